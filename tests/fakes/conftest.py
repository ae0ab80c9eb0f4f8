"""Embedded AWSs with what is tested here in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.local.embedded import EmbeddedAws
from tests import fakes
from tests.fakes.service_catalog_house import Shop
from tests.fakes.stack_sets_house import House, new_account

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP = 1.5  # seconds; much longer than a few requests take on a machine that has other things to do


@pytest.fixture(scope="session")
def slow_aws() -> Iterator[EmbeddedAws]:
    """One in which each resource takes long enough for something to be seen, or done, meanwhile."""
    with EmbeddedAws(extensions=fakes.ALL, step_seconds=STEP) as aws:
        yield aws


@pytest.fixture
def house(extended_aws: EmbeddedAws) -> House:
    """An administrator account of its own for each test, with its role."""
    made = House(extended_aws, new_account())
    made.administer()
    return made


@pytest.fixture
def slow_house(slow_aws: EmbeddedAws) -> House:
    made = House(slow_aws, new_account())
    made.administer()
    return made


@pytest.fixture
def shop(extended_aws: EmbeddedAws) -> Shop:
    """An account of its own for each test, which offers products."""
    return Shop(extended_aws)


@pytest.fixture
def slow_shop(slow_aws: EmbeddedAws) -> Shop:
    return Shop(slow_aws)
