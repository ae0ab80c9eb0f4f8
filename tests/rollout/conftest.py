"""An embedded AWS that knows StackSets, and a name there for each test."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from private_fargate.local.embedded import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(extensions=("tests.fakes.stack_sets",)) as embedded:
        yield embedded


@pytest.fixture
def name() -> str:
    return f"house-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def slow_aws() -> Iterator[EmbeddedAws]:
    """One in which each resource takes its time, so that something can happen meanwhile."""
    with EmbeddedAws(extensions=("tests.fakes.stack_sets",), step_seconds=0.4) as embedded:
        yield embedded
