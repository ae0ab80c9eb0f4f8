"""What a person reads before agreeing to a rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from private_fargate.cli_rollout import rollout
from private_fargate.config.rollout import Addresses, Rollout
from private_fargate.rollout.definition import Definition
from private_fargate.rollout.ipam import Allocation
from private_fargate.rollout.model import Instance, Place
from private_fargate.rollout.planning import Situation, plan
from private_fargate.rollout.tables import plan_document, plan_text

if TYPE_CHECKING:
    from private_fargate.rollout.planning import RolloutPlan

POOL = "ipam-pool-0123456789abcdef0"
ACCOUNTS = tuple(f"10000000000{number}" for number in range(4))
GIVEN, HELD, PROMISED, NEW = (Place(account, "us-east-1") for account in ACCOUNTS)
LOST = Place("100000000009", "us-east-1")


def made(addresses: Addresses, *instances: Instance) -> RolloutPlan:
    def allocation(cidr: str) -> Allocation:
        return Allocation(id=f"ipam-pool-alloc-{cidr}", cidr=cidr, pool=POOL, region="us-east-1")

    return plan(
        Situation(
            stack_set="house",
            region="us-east-1",
            settings=Rollout(permissions="self-managed", accounts=ACCOUNTS, addresses=addresses),
            accounts=ACCOUNTS,
            regions=("us-east-1",),
            definition=Definition(arguments={}, parameters={"VpcCidr": "10.0.0.0/16"}, digest="0"),
            described=None,
            instances={each.place: each for each in instances},
            allocated={PROMISED: [allocation("10.3.0.0/16")], LOST: [allocation("10.4.0.0/16")]},
        )
    )


def shown(found: RolloutPlan) -> list[str]:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(plan_text(found))
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_each_range_is_shown_with_where_it_is_from() -> None:
    addresses = Addresses(ipam_pool=POOL, given={str(GIVEN): "10.1.0.0/16"})
    held = Instance(place=HELD, status="CURRENT", overrides={"VpcCidr": "10.2.0.0/16"})
    lines = shown(made(addresses, held))
    assert [line for line in lines if line.startswith("1")][:4] == [
        f"{ACCOUNTS[0]} us-east-1 create 10.1.0.0/16 given is not there",
        f"{ACCOUNTS[1]} us-east-1 update 10.2.0.0/16 as it is the StackSet is not there",
        f"{ACCOUNTS[2]} us-east-1 create 10.3.0.0/16 {POOL}, allocated is not there",
        f"{ACCOUNTS[3]} us-east-1 create next free {POOL} is not there",
    ]
    assert f"{LOST}: 10.4.0.0/16 goes back to IPAM; no network has it" in lines
    document = plan_document(made(addresses, held))
    assert document["freed"] == [{"account": LOST.account, "region": "us-east-1", "vpc_cidr": "10.4.0.0/16"}]


@pytest.mark.parametrize(
    ("addresses", "said"), [(Addresses(pool="10.0.0.0/8"), "dealt"), (Addresses(), "of all")]
)
def test_without_ipam_a_range_is_dealt_or_that_of_all(addresses: Addresses, said: str) -> None:
    assert {step.source for step in made(addresses).steps} == {said}


def test_an_instance_that_could_not_be_deleted_is_told_with_an_option_that_there_is() -> None:
    stuck = Instance(place=HELD, status="INOPERABLE", overrides={"VpcCidr": "10.2.0.0/16"})
    (why,) = [step.why for step in made(Addresses(pool="10.0.0.0/8"), stuck).steps if step.place == HELD]
    assert why.endswith("take it out with --remove retain")
    (option,) = [each for each in rollout.params if each.name == "remove"]
    assert "--remove" in option.opts
    assert "retain" in option.type.choices  # type: ignore[attr-defined]
