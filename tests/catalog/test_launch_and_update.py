"""What a team does with a product, against a Service Catalog inside the embedded AWS."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from private_fargate.catalog import provisioned
from private_fargate.catalog.launching import Launch, NameTakenError, launch
from private_fargate.catalog.offers import NotOfferedError, find_offer, find_own_offer
from private_fargate.catalog.provisioned import StateError
from private_fargate.catalog.terminating import going, terminate
from private_fargate.catalog.updating import Update, update, values_of
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.deploy.stack_state import find_stack
from tests.catalog.launch_house import BUCKET, TOO_MUCH, Visitor, house, let_in, opened

if TYPE_CHECKING:
    from private_fargate.catalog.records import Result
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from tests.catalog.launch_house import Shop

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("launches")]


@pytest.fixture(scope="module")
def aws(extended_aws: EmbeddedAws) -> Session:
    session = connect_to(extended_aws.environment())
    ensure_bucket(session, BUCKET)
    return session


@pytest.fixture(scope="module")
def shop(aws: Session) -> Shop:
    return opened(aws, "house", house())


@pytest.fixture
def name() -> str:
    return f"home-{uuid.uuid4().hex[:8]}"


def asked(shop: Shop, name: str, version: str = "v1", **parameters: str) -> Launch:
    offer = find_offer(shop.session, shop.name, version=version)
    return Launch(name=name, offer=offer, parameters={"Team": "blue", **parameters})


def launched(shop: Shop, name: str, **parameters: str) -> Result:
    return launch(shop.session, asked(shop, name, **parameters), Visitor())


def test_a_launch_shows_every_event_and_ends_with_the_outputs(aws: Session, shop: Shop, name: str) -> None:
    visitor = Visitor()
    result = launch(aws, asked(shop, name, Days="14"), visitor)
    assert (result.status, result.succeeded, result.changed) == ("AVAILABLE", True, True)
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=result.outputs["Group"])["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [14]
    done = {(*event.path, event.logical_id) for event in visitor.events if event.status == "CREATE_COMPLETE"}
    assert {("Leaf", "Group"), ("Leaf", "Task")} <= done
    assert len({event.id for event in visitor.events}) == len(visitor.events)


def test_the_same_again_is_there_already(aws: Session, shop: Shop, name: str) -> None:
    first, again = launched(shop, name), launched(shop, name)
    assert (again.changed, again.id, again.outputs) == (False, first.id, first.outputs)
    assert [each.name for each in provisioned.launched(aws)].count(name) == 1


def test_a_launch_that_is_under_way_is_joined(aws: Session, shop: Shop, name: str) -> None:
    """The client was killed right after it had asked."""
    wanted = asked(shop, name)
    begun = aws.client("servicecatalog").provision_product(
        ProductId=wanted.offer.product,
        ProvisioningArtifactId=wanted.offer.version.id,
        PathId=wanted.offer.path,
        ProvisionedProductName=name,
        ProvisioningParameters=[{"Key": "Team", "Value": "blue"}],
        ProvisionToken=wanted.token(),
    )["RecordDetail"]
    result = launch(aws, wanted, Visitor())
    assert (result.id, result.succeeded) == (begun["ProvisionedProductId"], True)


@pytest.mark.slow
def test_something_else_under_the_name_is_left_alone(shop: Shop, name: str) -> None:
    launched(shop, name)
    with pytest.raises(NameTakenError, match=f"{name}: something else was launched under this name"):
        launched(shop, name, Days="1")


@pytest.mark.slow
def test_what_was_terminated_can_be_launched_again(aws: Session, shop: Shop, name: str) -> None:
    """The same values have the same token, which Service Catalog still knows."""
    first = launched(shop, name)
    terminate(aws, provisioned.require(aws, name), Visitor())
    again = launched(shop, name)
    assert (again.succeeded, again.changed) == (True, True)
    assert again.id != first.id


def test_a_failed_launch_names_the_one_reason(shop: Shop, name: str) -> None:
    result = launched(shop, name, Cpu=TOO_MUCH)
    assert (result.succeeded, result.status, result.needs_a_person) == (False, "ERROR", False)
    assert result.outcome is not None
    assert result.outcome.failure is not None
    assert (*result.outcome.failure.path, result.outcome.failure.logical_id) == ("Leaf", "Task")
    assert result.outcome.diagnosis is not None
    with pytest.raises(StateError, match=r"does not run: .* terminate it"):
        launched(shop, name, Cpu=TOO_MUCH)


@pytest.mark.slow
def test_without_its_launch_role_nothing_is_made_and_a_person_is_needed(aws: Session, name: str) -> None:
    shop = opened(aws, f"roleless-{name}", house())
    shop.constrain("LAUNCH", LocalRoleName="nobody")
    result = launched(shop, name)
    assert (result.succeeded, result.needs_a_person, result.outcome) == (False, True, None)
    assert result.errors


@pytest.mark.slow
def test_a_launch_carries_its_tags(aws: Session, shop: Shop, name: str) -> None:
    offer = find_offer(aws, shop.name)
    wanted = Launch(name=name, offer=offer, parameters={"Team": "blue"}, tags={"Cost": "1"})
    result = launch(aws, wanted, Visitor())
    assert result.outcome is not None
    state = find_stack(aws, result.outcome.stack_arn)
    assert state is not None
    assert state.tags["Cost"] == "1"


def updated(shop: Shop, name: str, visitor: Visitor, version: str = "v1", **parameters: str) -> Result:
    session = shop.session
    there = provisioned.require(session, name)
    offer = find_offer(session, shop.name, version=version, current=there.version)
    kept = frozenset(values_of(session, there))
    wanted = Update(there=there, offer=offer, parameters=parameters, kept=kept)
    return update(session, wanted, visitor, visitor)


def plans_of(shop: Shop, name: str) -> list[str]:
    there = provisioned.require(shop.session, name)
    client = shop.session.client("servicecatalog")
    listed = client.list_provisioned_product_plans(ProvisionProductId=there.id)["ProvisionedProductPlans"]
    return [plan["PlanName"] for plan in listed]


def test_an_update_says_what_is_replaced_inside_of_nested_stacks(aws: Session, shop: Shop, name: str) -> None:
    launched(shop, name)
    visitor = Visitor()
    result = updated(shop, name, visitor, Cpu="512", Days="1")
    assert (result.status, result.succeeded, result.changed) == ("AVAILABLE", True, True)
    (planned,) = visitor.planned
    (leaf,) = planned.plan.changes
    assert {(change.logical_id, change.replacement) for change in leaf.within} == {
        ("Group", "no"),
        ("Task", "yes"),
    }
    there = provisioned.require(aws, name)
    assert values_of(aws, there) == {"Team": "blue", "Days": "1", "Cpu": "512"}


@pytest.mark.slow
def test_an_update_that_nobody_agrees_to_leaves_no_plan(aws: Session, shop: Shop, name: str) -> None:
    launched(shop, name)
    with pytest.raises(RuntimeError, match="no"):
        updated(shop, name, Visitor(RuntimeError("no")), Days="1")
    assert plans_of(shop, name) == []
    assert values_of(aws, provisioned.require(aws, name))["Days"] == "7"


@pytest.mark.slow
def test_an_update_to_what_is_there_does_nothing(shop: Shop, name: str) -> None:
    launched(shop, name)
    visitor = Visitor()
    result = updated(shop, name, visitor)
    assert (result.succeeded, result.changed, visitor.plans) == (True, False, [])
    assert plans_of(shop, name) == []


@pytest.mark.slow
def test_a_failed_update_leaves_what_ran_and_says_so(aws: Session, shop: Shop, name: str) -> None:
    launched(shop, name)
    result = updated(shop, name, Visitor(), Cpu=TOO_MUCH)
    assert (result.succeeded, result.status, result.needs_a_person) == (False, "TAINTED", False)
    there = provisioned.require(aws, name)
    assert "runs as before" in there.in_words()
    mended = updated(shop, name, Visitor(), Cpu="512")
    assert (mended.succeeded, mended.status) == (True, "AVAILABLE")


@pytest.mark.slow
def test_what_does_not_run_cannot_be_updated(shop: Shop, name: str) -> None:
    launched(shop, name, Cpu=TOO_MUCH)
    with pytest.raises(StateError, match=r"terminate it \(`build.py catalog terminate`\)"):
        updated(shop, name, Visitor(), Cpu="512")


@pytest.mark.slow
def test_a_version_without_a_template_to_read_is_planned_by_service_catalog_alone(
    shop: Shop, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team need not be allowed to read the bucket."""
    launched(shop, name)
    monkeypatch.setattr("private_fargate.catalog.updating.template_url", lambda *_: "")
    visitor = Visitor()
    assert updated(shop, name, visitor, Days="1").succeeded
    assert visitor.planned == []
    (plan,) = visitor.plans
    assert [change.logical_id for change in plan.changes] == ["Leaf"]
    assert "not told" in plan.notes[0]


def test_terminating_shows_what_goes_and_takes_it(aws: Session, shop: Shop, name: str) -> None:
    result = launched(shop, name)
    there = provisioned.require(aws, name)
    gone = going(aws, there)
    assert gone is not None
    assert [change.logical_id for change in gone] == ["Leaf"]
    ended = terminate(aws, there, Visitor())
    assert (ended.status, ended.succeeded) == ("TERMINATED", True)
    assert provisioned.find(aws, name) is None
    assert not aws.client("logs").describe_log_groups(logGroupNamePrefix=result.outputs["Group"])["logGroups"]


@pytest.mark.slow
def test_terminating_can_leave_the_stack_to_itself(aws: Session, shop: Shop, name: str) -> None:
    result = launched(shop, name)
    ended = terminate(aws, provisioned.require(aws, name), Visitor(), retain_resources=True)
    assert ended.succeeded
    assert provisioned.find(aws, name) is None
    assert aws.client("logs").describe_log_groups(logGroupNamePrefix=result.outputs["Group"])["logGroups"]


def test_what_was_launched_is_listed_by_product(aws: Session, shop: Shop, name: str) -> None:
    launched(shop, name)
    mine = provisioned.launched(aws, product=shop.product)
    assert name in [each.name for each in mine]
    assert provisioned.launched(aws, product="prod-other") == []


def test_who_may_not_launch_sees_what_was_launched_and_why_it_cannot_be_updated(
    aws: Session, name: str
) -> None:
    shop = opened(aws, f"closed-{name}", house())
    launched(shop, name)
    client = aws.client("servicecatalog")
    (whom,) = client.list_principals_for_portfolio(PortfolioId=shop.portfolio)["Principals"]
    client.disassociate_principal_from_portfolio(
        PortfolioId=shop.portfolio, PrincipalARN=whom["PrincipalARN"], PrincipalType="IAM"
    )
    listed = provisioned.launched(aws, product=shop.name, everyones=True)
    assert [each.name for each in listed] == [name]
    with pytest.raises(
        NotOfferedError, match=f"^{name}: it was launched here, .* not offered to you .*--role"
    ):
        find_own_offer(aws, provisioned.require(aws, name))


def test_nothing_can_have_been_launched_under_a_name_that_aws_does_not_take(aws: Session) -> None:
    assert provisioned.find(aws, "bad name") is None


@pytest.mark.slow
def test_another_account_launches_what_is_shared_with_it(
    extended_aws: EmbeddedAws, shop: Shop, name: str
) -> None:
    """It imports the portfolio and names its own people; the product is found by the same name."""
    there = connect_to({**extended_aws.environment(), "AWS_ACCESS_KEY_ID": "222233334444"})
    shop.session.client("servicecatalog").create_portfolio_share(
        PortfolioId=shop.portfolio, AccountId="222233334444"
    )
    with pytest.raises(NotOfferedError, match="not offered to you in us-east-1, which offers you nothing"):
        find_offer(there, shop.name)
    let_in(shop.session, "222233334444")
    client = there.client("servicecatalog")
    client.accept_portfolio_share(PortfolioId=shop.portfolio)
    caller = there.client("sts").get_caller_identity()["Arn"]
    client.associate_principal_with_portfolio(
        PortfolioId=shop.portfolio, PrincipalARN=caller, PrincipalType="IAM"
    )
    wanted = Launch(name=name, offer=find_offer(there, shop.name), parameters={"Team": "blue"})
    result = launch(there, wanted, Visitor())
    assert result.succeeded, (result.errors, result.outcome and result.outcome.explain())
    assert result.outcome is not None
    assert result.outcome.stack_arn.split(":")[4] == "222233334444"
    assert [each.name for each in provisioned.launched(there)] == [name]
