"""Service-managed rollouts: the accounts are those of organizational units, and AWS gives the rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.config.rollout import Addresses, Rollout
from private_fargate.deploy.session import DeployError
from private_fargate.rollout.client import StackSet
from private_fargate.rollout.organization import UnitError, accounts_of
from private_fargate.rollout.removing import dissolve
from tests.rollout.house import Witness, environment, order, run, session_in, share_bucket

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

MANAGER = "400000000001"


@pytest.fixture(scope="module")
def manager(aws: EmbeddedAws) -> Session:
    session = session_in(aws, MANAGER)
    session.client("organizations").list_roots()  # an account that asks has an organization here
    session.client("cloudformation").activate_organizations_access()
    return session


@pytest.fixture(scope="module")
def units(manager: Session) -> tuple[str, str]:
    """Two units, one in the other, with two accounts each."""
    organizations = manager.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    outer = organizations.create_organizational_unit(ParentId=root, Name="teams")["OrganizationalUnit"]["Id"]
    inner = organizations.create_organizational_unit(ParentId=outer, Name="web")["OrganizationalUnit"]["Id"]
    for unit in (outer, inner):
        for number in (1, 2):
            status = organizations.create_account(
                Email=f"{unit}-{number}@example.com", AccountName=f"{unit}-{number}"
            )["CreateAccountStatus"]
            organizations.move_account(
                AccountId=status["AccountId"], SourceParentId=root, DestinationParentId=unit
            )
    return outer, inner


def below(manager: Session, unit: str) -> set[str]:
    pages = manager.client("organizations").list_accounts_for_parent(ParentId=unit)
    return {each["Id"] for each in pages["Accounts"]}


def test_units_mean_the_accounts_below_them_but_not_the_management_account(
    manager: Session, units: tuple[str, str]
) -> None:
    outer, inner = units
    everyone = below(manager, outer) | below(manager, inner)
    root = manager.client("organizations").list_roots()["Roots"][0]["Id"]
    assert set(accounts_of(manager, Rollout(organizational_units=(root,)))) == everyone
    some, *_ = sorted(everyone)
    without = Rollout(organizational_units=(outer,), excluded_accounts=(some,))
    assert set(accounts_of(manager, without)) == everyone - {some}
    only = Rollout(organizational_units=(outer,), accounts=(some, "999999999999"))
    assert accounts_of(manager, only) == (some,)
    with pytest.raises(UnitError, match="hold no active account that is a target"):
        accounts_of(manager, Rollout(organizational_units=(inner,), accounts=("999999999999",)))


def test_each_account_of_a_unit_gets_a_range_of_its_own(
    manager: Session, units: tuple[str, str], name: str
) -> None:
    accounts = sorted(below(manager, units[0]) | below(manager, units[1]))
    share_bucket(manager, accounts, "unit-tests")
    settings = Rollout(
        organizational_units=units[:1],
        excluded_accounts=tuple(accounts[3:]),
        concurrency=3,
        concurrency_mode="soft",
        addresses=Addresses(pool="10.64.0.0/14"),
    )
    outcome, _ = run(manager, environment(settings, "us-east-1", name=name), bucket="unit-tests")
    assert outcome.succeeded, [row.cause for row in outcome.rows]
    assert {row.instance.place.account: row.vpc_cidr for row in outcome.rows} == {
        account: f"10.{64 + number}.0.0/16" for number, account in enumerate(accounts[:3])
    }
    described = StackSet(session=manager, name=name).require()
    assert described["ExecutionRoleName"] == f"stacksets-exec-custom-{name}"
    outcome, witness = run(manager, environment(settings, "us-east-1", name=name), bucket="unit-tests")
    assert witness.plans[0].is_empty, witness.plans[0]


def test_a_delegated_administrator_rolls_out_in_the_place_of_the_management_account(
    aws: EmbeddedAws, manager: Session, units: tuple[str, str], name: str
) -> None:
    """From its own account and bucket; the StackSet is the management account's."""
    delegate = session_in(aws, min(below(manager, units[0])))
    account = delegate.client("sts").get_caller_identity()["Account"]
    accounts = sorted(below(manager, units[1]))
    share_bucket(delegate, accounts, "delegate-tests")
    settings = Rollout(organizational_units=units[1:], delegated_administrator=True, concurrency_mode="soft")
    wanted = environment(settings, "eu-west-1", name=name)
    with pytest.raises(DeployError, match="not a delegated administrator"):
        run(delegate, wanted, bucket="delegate-tests")
    manager.client("organizations").register_delegated_administrator(
        AccountId=account, ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
    )
    outcome, _ = run(delegate, wanted, bucket="delegate-tests")
    assert outcome.succeeded, [row.cause for row in outcome.rows]
    assert sorted(row.instance.place.account for row in outcome.rows) == accounts
    described = StackSet(session=manager, name=name).require()
    assert described["StackSetARN"].split(":")[4] == MANAGER
    assert StackSet(session=delegate, name=name).described() is None, "its own StackSets are others"
    outcome, witness = run(delegate, wanted, bucket="delegate-tests")
    assert witness.plans[0].is_empty
    told = dissolve(
        order(delegate, wanted, bucket="delegate-tests").stack_set, settings, Witness(), retain=False
    )
    assert [each.status for each in told] == ["SUCCEEDED"] * 2
    assert StackSet(session=manager, name=name).described() is None
