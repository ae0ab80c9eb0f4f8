"""Rollouts that somebody leaves, and comes back to, or stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.config.rollout import Rollout
from private_fargate.rollout.jobs import preferences
from private_fargate.rollout.operations import begin, under_way
from private_fargate.rollout.rolling import defined
from private_fargate.rollout.stopping import stop
from tests.rollout.house import Witness, environment, order, prepare, run

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from private_fargate.rollout.rolling import Order

pytestmark = [pytest.mark.emulator, pytest.mark.slow]


def left_alone(administrator: Session, settings: Environment) -> tuple[Order, str]:
    """Begin what a client begins, and go away."""
    wanted = order(administrator, settings)
    wanted.stack_set.ask("create_stack_set", **defined(wanted).sent(wanted.package.url))
    begun = begin(
        wanted.stack_set,
        "create_stack_instances",
        Accounts=list(wanted.settings.accounts),
        Regions=["us-east-1"],
        OperationPreferences=preferences(wanted.settings, ["us-east-1"]),
    )
    assert begun is not None
    return wanted, begun


def test_a_client_that_was_killed_joins_what_it_had_begun(slow_aws: EmbeddedAws, name: str) -> None:
    accounts = ("220000000001",)
    administrator = prepare(slow_aws, accounts)
    settings = environment(Rollout(permissions="self-managed", accounts=accounts), "us-east-1", name=name)
    wanted, begun = left_alone(administrator, settings)
    outcome, witness = run(administrator, settings)
    assert witness.said == [f"{name} is being changed already; joining that"]
    assert witness.shown, "a person who comes back wants to see how it goes on"
    assert witness.plans[0].is_empty
    assert (outcome.succeeded, outcome.changed) == (True, False)
    operations = list(wanted.stack_set.each("list_stack_set_operations"))
    assert [each["OperationId"] for each in operations] == [begun]


def test_what_is_stopped_begins_no_more_accounts_and_is_finished_later(
    slow_aws: EmbeddedAws, name: str
) -> None:
    accounts = tuple(f"22100000000{number}" for number in range(4))
    administrator = prepare(slow_aws, accounts)
    settings = environment(Rollout(permissions="self-managed", accounts=accounts), "us-east-1", name=name)
    wanted, begun = left_alone(administrator, settings)
    assert stop(wanted.stack_set, Witness()) == {begun: "STOPPED"}
    assert under_way(wanted.stack_set) == ()
    done = [each for each in wanted.stack_set.summaries().values() if each.is_done]
    assert len(done) < len(accounts)
    outcome, witness = run(administrator, settings)
    assert outcome.succeeded
    assert len(witness.plans[0].of("update")) == len(accounts) - len(done)
