"""An AWS with Service Catalog, and an environment that is offered there."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from tests.catalog.shop import BUCKET, settings

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws


@pytest.fixture(scope="session")
def catalog_aws(extended_aws: EmbeddedAws) -> EmbeddedAws:
    return extended_aws


@pytest.fixture(scope="session")
def aws(extended_aws: EmbeddedAws) -> Session:
    session = connect_to(extended_aws.environment())
    ensure_bucket(session, BUCKET)
    return session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The settings of an environment of its own for each test."""
    return settings(tmp_path, f"shop-{uuid.uuid4().hex[:8]}")
