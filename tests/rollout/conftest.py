"""An embedded AWS that knows StackSets, and a name there for each test."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from private_fargate.local.embedded import EmbeddedAws
from tests import fakes

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP = 1.5  # seconds; longer than a client takes to come back on a machine that has other things to do


@pytest.fixture(scope="session")
def aws(extended_aws: EmbeddedAws) -> EmbeddedAws:
    return extended_aws


@pytest.fixture
def name() -> str:
    return f"house-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def slow_aws() -> Iterator[EmbeddedAws]:
    """One in which each resource takes its time, so that something can happen meanwhile."""
    with EmbeddedAws(extensions=fakes.ALL, step_seconds=STEP) as embedded:
        yield embedded
