"""Ranges that IPAM allocates: one for each network, found again after a kill, given back at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from private_fargate.config.rollout import Addresses, Rollout
from private_fargate.rollout import ipam as ipam_module
from private_fargate.rollout.addresses import AddressError
from private_fargate.rollout.client import StackSet
from private_fargate.rollout.ipam import Ipam
from private_fargate.rollout.model import Place
from private_fargate.rollout.removing import dissolve
from private_fargate.rollout.rolling import planned
from tests.rollout.house import (
    EXECUTION_ROLE,
    Witness,
    environment,
    network_of,
    order,
    prepare,
    run,
    session_in,
)

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator


def a_pool(administrator: Session, cidr: str, **more: object) -> str:
    """Return a new pool with a range; of the Region of the StackSet, if nothing else is said."""
    ec2 = administrator.client("ec2")
    arguments = {"AddressFamily": "ipv4", "Locale": administrator.region, **more}
    pool = str(ec2.create_ipam_pool(IpamScopeId="ipam-scope-1", **arguments)["IpamPool"]["IpamPoolId"])
    ec2.provision_ipam_pool_cidr(IpamPoolId=pool, Cidr=cidr)
    return pool


def allocated(administrator: Session, pool: str) -> dict[str, str]:
    """Return the ranges of a pool by what their allocations are called."""
    found = administrator.client("ec2").get_ipam_pool_allocations(IpamPoolId=pool)["IpamPoolAllocations"]
    return {each["Description"]: each["Cidr"] for each in found}


def settings(
    name: str, accounts: tuple[str, ...], addresses: Addresses, *regions: str, **more: object
) -> Environment:
    rollout = Rollout.model_validate(
        {"permissions": "self-managed", "accounts": accounts, "addresses": addresses, **more}
    )
    return environment(rollout, *(regions or ("us-east-1",)), name=name)


def test_each_network_has_the_range_that_the_pool_of_its_region_allocates(
    aws: EmbeddedAws, name: str
) -> None:
    accounts = ("260000000001", "260000000002")
    here = prepare(aws, accounts)
    there = session_in(aws, "999999999999", "eu-west-1")
    pools = {"us-east-1": a_pool(here, "10.8.0.0/14"), "eu-west-1": a_pool(there, "10.12.0.0/14")}
    given = {f"{accounts[0]}/us-east-1": "10.8.0.0/16"}
    wanted = settings(name, accounts, Addresses(ipam_pool=pools, given=given), "us-east-1", "eu-west-1")
    plan, _ = planned(order(here, wanted))
    assert [(str(step.place), step.vpc_cidr, step.source) for step in plan.steps] == [
        (f"{accounts[0]}/us-east-1", "10.8.0.0/16", "given"),
        (f"{accounts[0]}/eu-west-1", "", pools["eu-west-1"]),
        (f"{accounts[1]}/us-east-1", "", pools["us-east-1"]),
        (f"{accounts[1]}/eu-west-1", "", pools["eu-west-1"]),
    ]
    assert allocated(here, pools["us-east-1"]) == {}, "a plan takes nothing"

    outcome, _ = run(here, wanted)
    assert outcome.succeeded, outcome
    for row in outcome.rows:
        assert network_of(aws, row.instance.place, row.instance.stack_id) == [row.vpc_cidr]
    ranges = {str(row.instance.place): row.vpc_cidr for row in outcome.rows}
    assert allocated(here, pools["us-east-1"]) == {
        f"private-fargate {name} {accounts[1]}/us-east-1": ranges[f"{accounts[1]}/us-east-1"]
    }
    assert ranges[f"{accounts[1]}/us-east-1"] != "10.8.0.0/16", "IPAM knows nothing of what is given"
    assert len(allocated(there, pools["eu-west-1"])) == 2
    outcome, witness = run(here, wanted)
    assert (witness.plans[0].is_empty, outcome.changed) == (True, False)
    assert {step.source for step in witness.plans[0].steps} == {"given", "as it is"}


def test_a_client_that_was_killed_finds_what_it_had_allocated(aws: EmbeddedAws, name: str) -> None:
    place = Place("261000000001", "us-east-1")
    here = prepare(aws, [place.account])
    pool = a_pool(here, "10.8.0.0/14")
    ipam = Ipam.of(StackSet(session=here, name=name), Addresses(ipam_pool=pool))
    assert ipam is not None
    first = ipam.allocate(place, ())
    assert ipam.allocate(place, ()) == first, "a request whose answer was lost is done once"
    lost = Place("261000000009", "us-east-1")
    ipam.allocate(lost, ())
    outcome, witness = run(here, settings(name, (place.account,), Addresses(ipam_pool=pool)))
    assert [row.vpc_cidr for row in outcome.rows] == [first]
    assert witness.plans[0].steps[0].source == f"{pool}, allocated"
    assert [each for each, _ in witness.plans[0].freed] == [lost], "its account is no longer named"
    assert allocated(here, pool) == {f"private-fargate {name} {place}": first}


def test_a_range_goes_back_when_the_network_is_gone_and_not_before(
    aws: EmbeddedAws, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ipam_module, "_PAUSE", 0.01)  # here AWS tells of everything at once
    accounts = ("262000000001", "262000000002", "262000000003")
    here = prepare(aws, accounts)
    pool = a_pool(here, "10.8.0.0/14")
    addresses = Addresses(ipam_pool=pool)
    assert run(here, settings(name, accounts, addresses))[0].succeeded
    before = allocated(here, pool)

    # A stack that stays keeps its range, and another network never gets it.
    fewer = settings(name, accounts[:2], addresses)
    run(here, fewer, remove=True)
    stays = before[f"private-fargate {name} {accounts[2]}/us-east-1"]
    assert allocated(here, pool)[f"private-fargate {name} {accounts[2]}/us-east-1 (its stack stays)"] == stays

    # One that cannot be deleted keeps it too.
    one = settings(name, accounts[:1], addresses)
    gone = f"private-fargate {name} {accounts[1]}/us-east-1"
    iam = session_in(aws, accounts[1]).client("iam")
    policy = iam.get_role_policy(RoleName=EXECUTION_ROLE, PolicyName="Anything")["PolicyDocument"]
    iam.delete_role_policy(RoleName=EXECUTION_ROLE, PolicyName="Anything")
    assert not run(here, one, remove=False)[0].succeeded
    assert gone in allocated(here, pool)
    iam.put_role_policy(RoleName=EXECUTION_ROLE, PolicyName="Anything", PolicyDocument=json.dumps(policy))
    assert run(here, one, remove=False)[0].succeeded
    assert gone not in allocated(here, pool)

    # All that are gone are given back, but not that of the stack that stays.
    assert one.rollout is not None
    stack_set = StackSet(session=here, name=name)
    ipam = Ipam.of(stack_set, addresses)
    assert ipam is not None
    ipam.allocate(Place("262000000009", "us-east-1"), ())
    told = dissolve(stack_set, one.rollout, Witness(), retain=False)
    assert [each.status for each in told] == ["SUCCEEDED"]
    assert list(allocated(here, pool).values()) == [stays]

    # EC2 answers the same request as before, with a range that somebody else may have by now.
    client = here.client("ec2")
    client.allocate_ipam_pool_cidr(
        IpamPoolId=pool, Cidr=before[f"private-fargate {name} {accounts[0]}/us-east-1"]
    )
    (row,) = run(here, one)[0].rows
    assert row.vpc_cidr not in {stays, before[f"private-fargate {name} {accounts[0]}/us-east-1"]}
    assert allocated(here, pool)[f"private-fargate {name} {accounts[0]}/us-east-1"] == row.vpc_cidr


def test_a_pool_that_cannot_give_such_a_range_is_told_before_anything_is_made(
    aws: EmbeddedAws, name: str
) -> None:
    accounts = ("263000000001", "263000000002")
    here = prepare(aws, accounts)
    small = a_pool(here, "10.8.0.0/16", AllocationMinNetmaskLength=18)
    with pytest.raises(AddressError, match="gives /18 to /32; write such a `prefix`, and not 16"):
        run(here, settings(name, accounts, Addresses(ipam_pool=small)))
    foreign = {"us-east-1": small, "eu-west-1": a_pool(here, "10.8.0.0/14", Locale="None")}
    with pytest.raises(AddressError, match=r"there is no ipam-pool-\w+ in eu-west-1 .* AWS RAM, or"):
        run(here, settings(name, accounts, Addresses(ipam_pool=foreign, prefix=18), "us-east-1", "eu-west-1"))
    assert StackSet(session=here, name=name).described() is None


def test_a_pool_without_room_is_told_with_the_place_and_what_was_made_is_found_again(
    aws: EmbeddedAws, name: str
) -> None:
    accounts = ("264000000001", "264000000002")
    here = prepare(aws, accounts)
    pool = a_pool(here, "10.8.0.0/16")
    wanted = settings(name, accounts, Addresses(ipam_pool=pool))
    with pytest.raises(AddressError, match=rf"{pool} gives no /16 for {accounts[1]}/us-east-1: .*provision"):
        run(here, wanted)
    here.client("ec2").provision_ipam_pool_cidr(IpamPoolId=pool, Cidr="10.9.0.0/16")
    outcome, _ = run(here, wanted)
    assert outcome.succeeded
    assert sorted(row.vpc_cidr for row in outcome.rows) == ["10.8.0.0/16", "10.9.0.0/16"]
