"""Rollouts to several accounts and Regions of the embedded AWS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from private_fargate.config.rollout import Addresses, Override, Rollout
from private_fargate.rollout.addresses import AddressError
from private_fargate.rollout.client import StackSet
from private_fargate.rollout.dependencies import NotReadyError
from private_fargate.rollout.model import Place
from private_fargate.rollout.removing import dissolve
from private_fargate.rollout.stopping import stop
from private_fargate.rollout.watching import RolloutWatcher
from tests.rollout.house import (
    EXECUTION_ROLE,
    LOG_GROUP,
    Witness,
    environment,
    network_of,
    prepare,
    run,
    session_in,
    share_bucket,
    templates,
)

if TYPE_CHECKING:
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
TEN = tuple(f"1000000000{number:02}" for number in range(10))


def to_accounts(**more: object) -> Rollout:
    """Return settings of a rollout; each test has accounts of its own, so that logs do not collide."""
    said = {"permissions": "self-managed", "concurrency": 10, "concurrency_mode": "soft", **more}
    return Rollout.model_validate(said)


def test_ten_accounts_by_three_regions_with_one_target_failing(aws: EmbeddedAws, name: str) -> None:
    """The others finish, the table says which and why, and a second run finishes the rest."""
    administrator = prepare(aws, TEN)
    broken = Place(TEN[6], "eu-west-1")
    session_in(aws, *broken).client("logs").create_log_group(logGroupName=LOG_GROUP)
    rollout = to_accounts(accounts=TEN, tolerance=1, addresses=Addresses(pool="10.0.0.0/10"))
    settings = environment(rollout, *REGIONS, name=name)
    outcome, first = run(administrator, settings)
    assert first.plans[0].is_new
    assert len(first.plans[0].of("create")) == 30
    assert [row.instance.place for row in outcome.rows if row.cause] == [broken]
    (cause,) = [row.cause for row in outcome.rows if row.cause]
    assert cause.startswith("Logs/Log: ")
    assert LOG_GROUP in cause
    assert sum(row.instance.is_done for row in outcome.rows) == 29
    for row in outcome.rows:
        if row.instance.is_done and row.instance.place.account in TEN[6:8]:
            assert network_of(aws, row.instance.place, row.instance.stack_id) == [row.vpc_cidr]
    assert len({row.vpc_cidr for row in outcome.rows}) == 30

    session_in(aws, *broken).client("logs").delete_log_group(logGroupName=LOG_GROUP)
    outcome, second = run(administrator, settings)
    assert [(step.place, step.action) for step in second.plans[0].steps if step.action != "unchanged"] == [
        (broken, "update")
    ]
    assert outcome.succeeded
    assert {each.place for each in second.shown} == {broken}

    outcome, third = run(administrator, settings)
    assert third.plans[0].is_empty
    assert (outcome.succeeded, outcome.changed, third.shown) == (True, False, [])


def test_no_region_is_begun_after_one_in_which_too_many_failed(aws: EmbeddedAws, name: str) -> None:
    accounts = ("200000000001", "200000000002")
    administrator = prepare(aws, accounts)
    broken = Place(accounts[0], "us-east-1")
    session_in(aws, *broken).client("logs").create_log_group(logGroupName=LOG_GROUP)
    settings = environment(
        to_accounts(accounts=accounts, concurrency=1, addresses=Addresses(pool="10.0.0.0/10")), name=name
    )
    outcome, witness = run(administrator, settings)
    assert [str(place) for place in outcome.missing] == [
        "200000000001/eu-west-1",
        "200000000002/us-east-1",
        "200000000002/eu-west-1",
    ]
    assert not outcome.succeeded
    assert any("3 instances are not begun" in each for each in witness.said)


def test_only_what_differs_is_updated_and_no_network_is_renumbered(aws: EmbeddedAws, name: str) -> None:
    accounts = ("210000000001", "210000000002", "210000000003")
    administrator = prepare(aws, accounts)
    pool = Addresses(pool="10.64.0.0/14")
    outcome, _ = run(
        administrator, environment(to_accounts(accounts=accounts[1:], addresses=pool), "us-east-1", name=name)
    )
    assert outcome.succeeded
    before = {row.instance.place.account: row.vpc_cidr for row in outcome.rows}

    # An account that is named before the others gets what is free; another value touches one account only.
    rollout = to_accounts(
        accounts=accounts,
        addresses=pool,
        overrides=(Override(accounts=accounts[2:], parameters={"Colour": "blue"}),),
    )
    outcome, witness = run(administrator, environment(rollout, "us-east-1", name=name))
    assert [(step.action, step.why) for step in witness.plans[0].steps] == [
        ("create", "is not there"),
        ("unchanged", ""),
        ("update", "values: Colour"),
    ]
    after = {row.instance.place.account: row.vpc_cidr for row in outcome.rows}
    assert outcome.succeeded
    assert after == {**before, accounts[0]: "10.66.0.0/16"}

    # A changed template reaches all, also the one with other values, which it keeps.
    outcome, witness = run(
        administrator, environment(rollout, "us-east-1", name=name), templates(version="2")
    )
    assert witness.plans[0].changes == ("the template",)
    assert [step.action for step in witness.plans[0].steps] == ["update"] * 3
    assert outcome.succeeded
    assert {row.instance.overrides.get("Colour") for row in outcome.rows} == {None, "blue"}
    assert {row.instance.place.account: row.vpc_cidr for row in outcome.rows} == after

    # So does one that comes together with another value for one of them.
    override = Override(accounts=accounts[2:], parameters={"Colour": "green"})
    both = environment(rollout.model_copy(update={"overrides": (override,)}), "us-east-1", name=name)
    outcome, _ = run(administrator, both, templates(version="3"))
    assert outcome.succeeded
    assert {row.instance.overrides.get("Colour") for row in outcome.rows} == {None, "green"}
    assert run(administrator, both, templates(version="3"))[1].plans[0].is_empty

    # An account that the settings no longer name stays until that is asked for, and keeps its range.
    fewer = environment(to_accounts(accounts=accounts[:2], addresses=pool), "us-east-1", name=name)
    outcome, witness = run(administrator, fewer, templates(version="3"))
    assert [step.action for step in witness.plans[0].steps] == ["unchanged", "unchanged", "unnamed"]
    given = Addresses(
        given={f"{each}/us-east-1": f"10.{65 - number}.0.0/16" for number, each in enumerate(accounts)}
    )
    with pytest.raises(AddressError, match="would replace its network"):
        run(
            administrator,
            environment(to_accounts(accounts=accounts[:2], addresses=given), "us-east-1", name=name),
        )
    outcome, witness = run(administrator, fewer, templates(version="3"), remove=False)
    assert [step.action for step in witness.plans[0].steps] == ["unchanged", "unchanged", "remove"]
    assert [row.instance.place.account for row in outcome.rows] == list(accounts[:2])
    stacks = session_in(aws, accounts[2]).client("cloudformation").describe_stacks()["Stacks"]
    assert [each["StackName"] for each in stacks if name in each["StackName"]] == []


def test_a_stack_set_that_comes_first_has_to_be_done(aws: EmbeddedAws, name: str) -> None:
    accounts = ("230000000001",)
    administrator = prepare(aws, accounts)
    taken = session_in(aws, accounts[0]).client("logs")
    taken.create_log_group(logGroupName=LOG_GROUP)
    first = environment(to_accounts(accounts=accounts), "us-east-1", name=f"{name}-first")
    assert not run(administrator, first)[0].succeeded
    arn = StackSet(session=administrator, name=first.name).require()["StackSetARN"]
    second = environment(to_accounts(accounts=accounts, after=(arn,)), "us-east-1", name=name)
    with pytest.raises(NotReadyError, match=f"{first.name} comes before {name}, and 1 of its instances"):
        run(administrator, second)
    assert StackSet(session=administrator, name=name).described() is None


def test_an_account_without_the_role_is_named_with_it(aws: EmbeddedAws, name: str) -> None:
    good, bare = "240000000001", "240000000002"
    administrator = prepare(aws, (good,))
    outcome, _ = run(
        administrator, environment(to_accounts(accounts=(bare, good), tolerance=1), "us-east-1", name=name)
    )
    assert {row.instance.place.account: bool(row.cause) for row in outcome.rows} == {good: False, bare: True}
    (cause,) = [row.cause for row in outcome.rows if row.cause]
    assert f"Account {bare} should have '{EXECUTION_ROLE}' role" in cause


def test_an_account_that_may_not_read_the_templates_is_told_who_has_to_let_it_in(
    aws: EmbeddedAws, name: str
) -> None:
    """As where the bucket is open to an organization of which the account is no part."""
    stranger = "245000000001"
    administrator = prepare(aws, (stranger,))
    share_bucket(administrator, ("245000000009",), "rollout-tests-elsewhere")
    settings = environment(to_accounts(accounts=(stranger,)), "us-east-1", name=name)
    outcome, _ = run(administrator, settings, bucket="rollout-tests-elsewhere")
    (cause,) = [row.cause for row in outcome.rows]
    assert re.search(r"Logs.*S3 error: Access Denied: that account may not read ", cause), cause
    assert "`build.py bootstrap --organization o-…`" in cause
    assert "\n" not in cause


def test_everything_can_be_taken_back(aws: EmbeddedAws, name: str) -> None:
    accounts = ("250000000001",)
    administrator = prepare(aws, accounts)
    settings = environment(to_accounts(accounts=accounts), "us-east-1", "eu-west-1", name=name)
    outcome, _ = run(administrator, settings)
    assert outcome.succeeded
    stack_set = StackSet(session=administrator, name=name)
    assert stop(stack_set, RolloutWatcher()) == {}
    assert settings.rollout is not None
    told = dissolve(stack_set, settings.rollout, Witness(), retain=False)
    assert [(each.status, each.reason) for each in told] == [("SUCCEEDED", "")] * 2
    assert stack_set.described() is None
    stacks = session_in(aws, accounts[0]).client("cloudformation").describe_stacks()["Stacks"]
    assert [each["StackName"] for each in stacks if name in each["StackName"]] == []
