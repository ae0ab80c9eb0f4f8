"""Rollouts that somebody leaves, and comes back to, or stops."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from private_fargate.config.rollout import Addresses, Rollout
from private_fargate.deploy.following import LeftRunningError
from private_fargate.rollout.jobs import preferences
from private_fargate.rollout.operations import begin, under_way
from private_fargate.rollout.removing import dissolve
from private_fargate.rollout.rolling import defined, roll_out
from private_fargate.rollout.stopping import StoppedError, stop
from tests.rollout.house import Witness, environment, order, prepare, readers, run

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.rolling import Order
    from private_fargate.rollout.watching import Wish

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


@dataclass
class Interrupted(Witness):
    """Presses Ctrl-C as soon as something has begun, and answers when asked what is to become of it."""

    answer: Wish = "leave"
    asked: list[int] = field(default_factory=list[int])
    presses: bool = True

    def show(self, instance: Instance) -> None:
        super().show(instance)
        if self.presses:
            self.presses = False
            signal.raise_signal(signal.SIGINT)

    def interrupted(self, running: int) -> Wish:
        self.asked.append(running)
        return self.answer


def test_what_is_left_running_after_ctrl_c_is_joined_by_the_same_command(
    slow_aws: EmbeddedAws, name: str
) -> None:
    accounts = ("222000000001",)
    administrator = prepare(slow_aws, accounts)
    settings = environment(Rollout(permissions="self-managed", accounts=accounts), "us-east-1", name=name)
    wanted, witness = order(administrator, settings), Interrupted()
    with pytest.raises(LeftRunningError, match="AWS goes on") as left:
        roll_out(wanted, witness, readers(administrator))
    assert left.value.exit_code == 130
    assert witness.asked == [1]
    assert len(under_way(wanted.stack_set)) == 1
    outcome, second = run(administrator, settings)
    assert (outcome.succeeded, outcome.changed) == (True, False)
    assert second.said == [f"{name} is being changed already; joining that"]


def test_what_is_stopped_after_ctrl_c_begins_no_more_and_tells_how_far_it_came(
    slow_aws: EmbeddedAws, name: str
) -> None:
    """Each network has a range of its own, so that there are as many operations as accounts."""
    accounts = tuple(f"22300000000{number}" for number in range(3))
    administrator = prepare(slow_aws, accounts)
    rollout = Rollout(permissions="self-managed", accounts=accounts, addresses=Addresses(pool="10.0.0.0/8"))
    settings = environment(rollout, "us-east-1", name=name)
    witness = Interrupted(answer="stop")
    wanted = order(administrator, settings)
    outcome = roll_out(wanted, witness, readers(administrator))
    assert witness.asked == [1]
    assert under_way(wanted.stack_set) == ()
    assert len(outcome.missing) == 2
    assert not outcome.succeeded
    assert run(administrator, settings)[0].succeeded

    # Taking it back can be stopped as well, and goes on with the same command.
    again = Interrupted(answer="stop")
    with pytest.raises(StoppedError, match="the same command goes on"):
        dissolve(wanted.stack_set, rollout, again, retain=False)
    assert under_way(wanted.stack_set) == ()
    assert wanted.stack_set.summaries()
    dissolve(wanted.stack_set, rollout, Witness(), retain=False)
    assert wanted.stack_set.described() is None
