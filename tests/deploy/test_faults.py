"""A deployment that is disturbed ends as one that was not, and what it does is done once.

All requests in all ways are tried by `python -m tests.deploy.faults`; here are those that change something.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.session import AccessError
from tests.deploy.faults.client import run
from tests.deploy.faults.proxy import FAULTS, Proxy
from tests.deploy.faults.trials import Case, disturbed, picture, undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from tests.deploy.faults.proxy import Fault

pytestmark = pytest.mark.emulator

CHANGING = ("CreateChangeSet", "ExecuteChangeSet", "SetStackPolicy", "UpdateTerminationProtection")
WORST = [(call, fault) for call in ("CreateChangeSet", "ExecuteChangeSet") for fault in ("killed after",)]
OTHERS = [(call, fault) for call in (*CHANGING, "lease") for fault in FAULTS if (call, fault) not in WORST]


@pytest.fixture(scope="module")
def calm(embedded_aws: EmbeddedAws, aws: Session) -> tuple[list[str], dict[str, Any]]:
    """Return the requests of the undisturbed deployments, and what is there after them."""
    return undisturbed(embedded_aws.url, aws, f"calm-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def name(aws: Session) -> Iterator[str]:
    name = f"spoilt-{uuid.uuid4().hex[:8]}"
    yield name
    cloudformation = aws.client("cloudformation")
    cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=name)


def number_of(call: str, calls: list[str]) -> int:
    """Return which request a call is; the lease is the first object below `deployments/` that is written."""
    wanted = (n for n, each in enumerate(calls, 1) if each == call)
    if call == "lease":
        wanted = (n for n, each in enumerate(calls, 1) if each.startswith("PUT ") and "/deployments/" in each)
    return next(wanted)


def ends_alike(  # noqa: PLR0913, PLR0917 - fixtures
    aws: Session, url: str, calm: tuple[list[str], dict[str, Any]], name: str, call: str, fault: Fault
) -> None:
    calls, expected = calm
    assert disturbed(url, aws, name, Case(fault, number_of(call, calls))) == expected


@pytest.mark.parametrize(("call", "fault"), WORST)
def test_what_took_effect_unseen_is_not_done_twice(  # noqa: PLR0913, PLR0917 - fixtures
    embedded_aws: EmbeddedAws,
    aws: Session,
    calm: tuple[list[str], dict[str, Any]],
    name: str,
    call: str,
    fault: Fault,
) -> None:
    ends_alike(aws, embedded_aws.url, calm, name, call, fault)


def test_credentials_that_expire_while_aws_is_at_work_are_told_and_the_next_run_ends_it(
    embedded_aws: EmbeddedAws, aws: Session, calm: tuple[list[str], dict[str, Any]], name: str
) -> None:
    calls, expected = calm
    at = calls.index("ExecuteChangeSet") + 2
    with Proxy(embedded_aws.url, fault="expired", at=at) as proxy:
        with pytest.raises(AccessError, match=r"have expired .* log in again .* AWS goes on with it"):
            run(proxy.url, name, "7")
        proxy.fault = None
        for days in ("7", "30"):
            run(proxy.url, name, days)
    assert picture(aws, name) == expected


@pytest.mark.slow
@pytest.mark.parametrize(("call", "fault"), OTHERS)
def test_a_disturbed_deployment_ends_as_an_undisturbed_one(  # noqa: PLR0913, PLR0917 - fixtures
    embedded_aws: EmbeddedAws,
    aws: Session,
    calm: tuple[list[str], dict[str, Any]],
    name: str,
    call: str,
    fault: Fault,
) -> None:
    ends_alike(aws, embedded_aws.url, calm, name, call, fault)
