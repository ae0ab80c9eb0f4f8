"""Systems of every kind, each deployed once when a test first asks for it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from private_fargate.local.embedded import EmbeddedAws
from tests.fabric.whole.systems import deployed, need_a_network, variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fabric.whole.systems import System


@pytest.fixture(scope="session", autouse=True)
def _network_can_be_built() -> None:
    need_a_network()


@pytest.fixture(scope="session")
def own_aws() -> Iterator[EmbeddedAws]:
    """An AWS of their own: they stay as long as tests run, and others count what is in theirs."""
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="session")
def system_with(
    _network_can_be_built: None, own_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], System]:
    """Give the demo with three tasks and some way out; where there is one, a second service may take it."""
    folder = tmp_path_factory.mktemp("settings")

    @functools.cache
    def system_with(egress: str) -> System:
        services = {"nginx": {"count": 3}}
        if egress != "none":
            services["outward"] = {"image": {"repository": "outward"}, "allow_to": ["internet"], "count": 3}
        return deployed(own_aws, variant(folder, f"whole-{egress}", egress, **services))

    return system_with


@pytest.fixture(scope="session")
def isolated(system_with: Callable[[str], System]) -> System:
    """The demo without a way out: what it calls, it calls through endpoints."""
    return system_with("none")
