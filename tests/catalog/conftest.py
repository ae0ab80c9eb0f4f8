"""An AWS with Service Catalog, and an environment that is offered there."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.local.embedded import EmbeddedAws
from tests.catalog.shop import BUCKET, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from private_fargate.deploy.session import Session


@pytest.fixture(scope="session")
def catalog_aws() -> Iterator[EmbeddedAws]:
    """Each process that runs tests has its own, and starts it when a test asks."""
    with EmbeddedAws(extensions=("tests.fakes.service_catalog",)) as running:
        yield running


@pytest.fixture(scope="session")
def aws(catalog_aws: EmbeddedAws) -> Session:
    session = connect_to(catalog_aws.environment())
    ensure_bucket(session, BUCKET)
    return session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The settings of an environment of its own for each test."""
    return settings(tmp_path, f"shop-{uuid.uuid4().hex[:8]}")
