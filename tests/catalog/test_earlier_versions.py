"""What teams have launched from an old version lives on beside the new ones, with the one role that there is.

The launch role is judged here: the catalogs are those that are published, with small systems behind them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate import building
from private_fargate.catalog import publishing, versions
from private_fargate.catalog.changelog import version_name
from private_fargate.catalog.launch_roles import role_template
from private_fargate.catalog.products import NoCatalogError, require
from private_fargate.catalog.proposals import propose
from private_fargate.deploy.packaging import package
from private_fargate.deploy.stack_state import find_stack
from private_fargate.deploy.watching import Watcher
from stacks import launchable
from tests.catalog.hub import Hub, system
from tests.catalog.shop import published, settings
from tests.fakes.stack_sets_house import new_account

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

DAYS = {"Type": "Number", "Default": 7, "AllowedValues": [1, 7]}
LOG = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}}
GATEWAY = {"Type": "AWS::EC2::InternetGateway", "Properties": {}}
SIZE = {"Type": "String", "Default": "small"}
RULES = {
    "SizeIsSold": {
        "Assertions": [
            {
                "Assert": {"Fn::Contains": [["small", "large"], {"Ref": "Size"}]},
                "AssertDescription": "small or large",
            }
        ]
    },
    "DaysAreFew": {
        "Assertions": [
            {"Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Days"}, "1"]}]}, "AssertDescription": "not 1"}
        ]
    },
}


LOGS, GATEWAYS = system(LOG, Days=DAYS), system(GATEWAY, Days=DAYS)


@pytest.fixture
def hub(catalog_aws: EmbeddedAws) -> Hub:
    return Hub(catalog_aws, new_account())


def constraints(hub: Hub, path: Path) -> dict[str, Any]:
    portfolio = require(hub.session, f"{path.stem}-catalog").portfolio
    listed = hub.client.list_constraints_for_portfolio(PortfolioId=portfolio)["ConstraintDetails"]
    return {
        each["Type"]: json.loads(
            hub.client.describe_constraint(Id=each["ConstraintId"])["ConstraintParameters"]
        )
        for each in listed
    }


def test_a_product_of_an_old_version_is_updated_and_ended_when_the_new_one_has_no_such_type(
    hub: Hub, path: Path
) -> None:
    first, _ = hub.publish(path, LOGS)
    assert hub.launch(path, first) == "SUCCEEDED"
    _, notes = hub.publish(path, GATEWAYS)
    assert hub.update(Days="1") == "SUCCEEDED"
    assert hub.retention() == [1]
    assert hub.terminate() == "SUCCEEDED"
    assert hub.retention() == []
    assert notes == ()


@pytest.mark.slow
def test_an_old_version_is_launched_whose_form_lacks_what_a_new_rule_is_about(hub: Hub, path: Path) -> None:
    """A rule about what both ask for holds for both; the other one only where it is in the template."""
    first, _ = hub.publish(path, LOGS)
    second, _ = hub.publish(path, system(GATEWAY, rules=RULES, Days=DAYS, Size=SIZE))
    assert hub.launch(path, first) == "SUCCEEDED"
    assert "not 1" in hub.launch(path, first, "odd", Days="1")
    assert hub.launch(path, second, "new") == "SUCCEEDED"
    assert "small or large" in hub.launch(path, second, "huge", Size="huge")
    assert constraints(hub, path)["TEMPLATE"]["Rules"].keys() == {"DaysAreFew"}


@pytest.mark.slow
def test_publishing_twice_changes_nothing_whatever_the_versions_are_made_of(hub: Hub, path: Path) -> None:
    hub.publish(path, LOGS)
    hub.publish(path, GATEWAYS)
    before = find_stack(hub.session, f"{path.stem}-catalog")
    proposal, done = published(hub.publication(path, GATEWAYS))
    assert (proposal.is_empty, done.added) == (True, False)
    proposal, _ = published(hub.publication(path, LOGS))
    assert (proposal.planned.plan.is_empty, proposal.there is None) == (True, False)
    assert find_stack(hub.session, f"{path.stem}-catalog") == before


@pytest.mark.slow
def test_deprecated_versions_are_served_and_removed_ones_are_not(
    hub: Hub, path: Path, tmp_path: Path
) -> None:
    """Of one version that stays, the two others are old: the first the stack has made, the second goes."""
    first, _ = hub.publish(path, LOGS)
    assert hub.launch(path, first) == "SUCCEEDED"
    second, _ = hub.publish(path, GATEWAYS)
    few = settings(tmp_path, path.stem, keep=1)
    _, notes = hub.publish(few, system({"Type": "AWS::ECS::Cluster", "Properties": {}}, Days=DAYS))
    left = {each.id: each.deprecated for each in require(hub.session, f"{path.stem}-catalog").versions}
    assert (left[first], second in left) == (True, False)
    assert hub.update(Days="1") == "SUCCEEDED"
    assert ["no version needs any more" in note for note in notes] == [True]


@pytest.mark.slow
def test_a_version_whose_templates_are_gone_stops_nothing_and_is_told(hub: Hub, path: Path) -> None:
    hub.publish(path, LOGS)
    (first,) = require(hub.session, f"{path.stem}-catalog").versions
    s3 = hub.session.client("s3")
    for each in s3.list_objects_v2(Bucket=hub.bucket)["Contents"]:
        if "templates/" in each["Key"]:
            s3.delete_object(Bucket=hub.bucket, Key=each["Key"])
    second, notes = hub.publish(path, GATEWAYS)
    (told,) = (note for note in notes if note.startswith(first.name))
    assert "it is gone, or you may not read it" in told
    assert "can perhaps not be updated or terminated" in told
    assert hub.launch(path, second) == "SUCCEEDED"


@pytest.mark.slow
def test_a_version_that_the_role_could_not_make_stops_nothing_and_is_told(hub: Hub, path: Path) -> None:
    """It may be of a time when its types were known; what the others need is granted all the same."""
    hub.publish(path, LOGS)
    product_id = require(hub.session, f"{path.stem}-catalog").id
    foreign = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}}
    odd = {"parent.json": json.dumps(foreign).encode()}
    url = package(hub.session, odd, hub.bucket, with_root=True).url or ""
    versions.add(hub.session, product_id, name=version_name("0.1.0", odd), description="", url=url)
    _, notes = hub.publish(path, GATEWAYS)
    assert ["nobody knows what the handlers of AWS::SNS::Topic call" in note for note in notes] == [True]
    document = json.loads(role_template(hub.session, f"{path.stem}-catalog"))
    assert "logs:CreateLogGroup" in json.dumps(document)


@pytest.mark.slow
def test_two_regions_of_an_account_offer_the_same_and_both_launch_it(
    catalog_aws: EmbeddedAws, path: Path
) -> None:
    """IAM has one list of names for all Regions."""
    account = new_account()
    here, there = (Hub(catalog_aws, account, region) for region in ("us-east-1", "eu-west-1"))
    whole = launchable.render(building.load(path))
    for hub in (here, there):
        version, _ = hub.publish(path, whole)
        assert hub.launch(path, version, Name="blue") == "SUCCEEDED"
    iam = here.session.client("iam")
    bounds = {
        iam.get_role(RoleName=each["RoleName"])["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        for each in iam.list_roles()["Roles"]
        if each["RoleName"].startswith("SC-")
    }
    named = f"arn:aws:iam::{account}:policy/{path.stem}-boundary"
    assert bounds == {f"{named}-us-east-1", f"{named}-eu-west-1"}
    assert there.terminate() == "SUCCEEDED"
    assert here.update(WebCount="0") == "SUCCEEDED"


@pytest.mark.slow
def test_other_accounts_get_the_role_that_the_hub_has(catalog_aws: EmbeddedAws, hub: Hub, path: Path) -> None:
    hub.publish(path, LOGS)
    hub.publish(path, GATEWAYS)
    stack = f"{path.stem}-catalog"
    body = role_template(hub.session, stack).decode()
    other = Hub(catalog_aws, new_account())
    cloudformation = other.session.client("cloudformation")
    cloudformation.create_stack(
        StackName="launch-role", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="launch-role", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    rights = [_rights(each.session, f"{path.stem}-launch-us-east-1") for each in (hub, other)]
    assert rights[0] == rights[1].replace(other.account, hub.account)
    assert {"logs:CreateLogGroup", "ec2:CreateInternetGateway"} <= set(rights[0].split('"'))
    assert f"{hub.bucket}/templates/*" in rights[0], "it reads the templates of the hub"


def _rights(session: Session, role: str) -> str:
    """Return the policies of a role, sorted, as text."""
    iam = session.client("iam")
    documents = []
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        said = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        documents.append(json.dumps(said, sort_keys=True))
    return "\n".join(sorted(documents))


def test_what_is_not_published_has_no_role_for_others(hub: Hub, path: Path) -> None:
    with pytest.raises(NoCatalogError, match=r"`build\.py catalog publish` makes it"):
        role_template(hub.session, f"{path.stem}-catalog")


@pytest.mark.slow
def test_a_run_that_is_killed_while_the_role_grows_is_joined_by_the_next(
    hub: Hub, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has begun is known by its templates, and those depend on the versions that are there."""
    hub.publish(path, LOGS)
    begun = propose(hub.publication(path, GATEWAYS))
    stack = begun.publication.stack
    monkeypatch.setattr(publishing, "find_stack", lambda *_: replace(before, status="UPDATE_IN_PROGRESS"))
    before = find_stack(hub.session, stack)
    assert before is not None
    hub.session.client("cloudformation").execute_change_set(ChangeSetName=begun.planned.plan.change_set)
    outcome = publishing.settle(hub.publication(path, GATEWAYS), Watcher())
    assert outcome is not None
    assert (outcome.succeeded, outcome.status) == (True, "UPDATE_COMPLETE")
    assert propose(hub.publication(path, GATEWAYS)).planned.plan.is_empty
