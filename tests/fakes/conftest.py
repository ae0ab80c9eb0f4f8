"""Embedded AWSs with what is tested here in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.local.embedded import EmbeddedAws
from tests.fakes.service_catalog_house import Shop
from tests.fakes.stack_sets_house import House, new_account

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP = 0.3  # seconds


@pytest.fixture(scope="session")
def stack_sets_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(extensions=("tests.fakes.stack_sets",)) as aws:
        yield aws


@pytest.fixture(scope="session")
def slow_stack_sets_aws() -> Iterator[EmbeddedAws]:
    """One in which each resource takes long enough for something to be seen, or done, meanwhile."""
    with EmbeddedAws(extensions=("tests.fakes.stack_sets",), step_seconds=STEP) as aws:
        yield aws


@pytest.fixture
def house(stack_sets_aws: EmbeddedAws) -> House:
    """An administrator account of its own for each test, with its role."""
    made = House(stack_sets_aws, new_account())
    made.administer()
    return made


@pytest.fixture
def slow_house(slow_stack_sets_aws: EmbeddedAws) -> House:
    made = House(slow_stack_sets_aws, new_account())
    made.administer()
    return made


@pytest.fixture(scope="session")
def catalog_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(extensions=("tests.fakes.service_catalog",)) as aws:
        yield aws


@pytest.fixture
def shop(catalog_aws: EmbeddedAws) -> Shop:
    """An account of its own for each test, which offers products."""
    return Shop(catalog_aws)
