"""StackSets: real stacks in accounts by Regions, and what becomes of them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.fakes.stack_sets_house import HOME, log_group, new_account, template

if TYPE_CHECKING:
    from tests.fakes.stack_sets_house import House

pytestmark = pytest.mark.emulator

AWAY = "eu-west-1"
AT_ONCE = {"MaxConcurrentCount": 5, "FailureToleranceCount": 4, "RegionConcurrencyType": "PARALLEL"}


def test_each_account_and_region_has_a_stack_of_its_own(house: House) -> None:
    accounts = house.targets(2)
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    assert house.create("net", accounts, (HOME, AWAY), OperationPreferences=AT_ONCE)["Status"] == "SUCCEEDED"
    instances = house.instances("net")
    assert set(instances) == {(account, region) for account in accounts for region in (HOME, AWAY)}
    for (account, region), instance in instances.items():
        assert (instance["Status"], instance["StackInstanceStatus"]["DetailedStatus"]) == (
            "CURRENT",
            "SUCCEEDED",
        )
        assert house.vpcs(account, region) == ["10.1.0.0/16"]
        client = house.client("cloudformation", account, region)
        stacks = client.describe_stacks()["Stacks"]
        assert [stack["StackId"] for stack in stacks] == [instance["StackId"]]
        assert stacks[0]["StackName"].startswith("StackSet-net-")
    assert house.vpcs(house.account, HOME) == []


def test_nested_stacks_are_made_in_each_account_from_one_bucket(house: House) -> None:
    """The bucket's policy is what lets other accounts read the templates."""
    friend, stranger = house.targets(2)
    bucket, s3 = f"templates-{house.account}", house.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="child.json", Body=template())
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{friend}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    url = f"{house.aws.url}/{bucket}/child.json"
    nested = {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
    house.api.create_stack_set(StackSetName="nested", TemplateBody=template(nested))
    done = house.create("nested", (friend, stranger), OperationPreferences=AT_ONCE)
    assert house.vpcs(friend, HOME) == ["10.1.0.0/16"]
    assert house.vpcs(stranger, HOME) == []
    refused = house.results("nested", done["OperationId"])[stranger, HOME]
    assert refused["Status"] == "FAILED"
    child, _, reason = refused["StatusReason"].partition(", ResourceStatusReason:")
    assert child == "ResourceLogicalId:Child, ResourceType:AWS::CloudFormation::Stack"
    assert reason.startswith("S3 error: Access Denied")


def test_an_instance_keeps_its_own_values_through_updates(house: House) -> None:
    (account,) = house.targets(1)
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    house.create(
        "net", [account], ParameterOverrides=[{"ParameterKey": "Cidr", "ParameterValue": "10.7.0.0/16"}]
    )
    house.create("net", [account], [AWAY])
    tagged = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Cidr"}, "EnableDnsSupport": True}}
    changed = template({"Vpc": tagged, "Group": log_group("new")}, Parameters={"Cidr": {"Type": "String"}})
    updated = house.api.update_stack_set(
        StackSetName="net",
        TemplateBody=changed,
        Parameters=[{"ParameterKey": "Cidr", "ParameterValue": "10.8.0.0/16"}],
        OperationPreferences=AT_ONCE,
    )
    assert house.finished("net", updated["OperationId"])["Status"] == "SUCCEEDED"
    assert (house.vpcs(account, HOME), house.vpcs(account, AWAY)) == (["10.7.0.0/16"], ["10.8.0.0/16"])
    own = house.api.describe_stack_instance(
        StackSetName="net", StackInstanceAccount=account, StackInstanceRegion=HOME
    )["StackInstance"]
    assert own["ParameterOverrides"] == [{"ParameterKey": "Cidr", "ParameterValue": "10.7.0.0/16"}]
    groups = house.client("logs", account, AWAY).describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["new"]
    house.finished(
        "net",
        house.api.update_stack_instances(
            StackSetName="net", Accounts=[account], Regions=[HOME], ParameterOverrides=[]
        )["OperationId"],
    )
    assert house.vpcs(account, HOME) == ["10.8.0.0/16"]  # an empty list takes the StackSet's values back


def test_an_update_of_some_leaves_the_others_outdated(house: House) -> None:
    first, second = house.targets(2)
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    house.create("net", [first, second], OperationPreferences=AT_ONCE)
    updated = house.api.update_stack_set(
        StackSetName="net",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Cidr", "ParameterValue": "10.9.0.0/16"}],
        Accounts=[first],
        Regions=[HOME],
    )
    house.finished("net", updated["OperationId"])
    statuses = {account: each["Status"] for (account, _), each in house.instances("net").items()}
    assert statuses == {first: "CURRENT", second: "OUTDATED"}
    assert (house.vpcs(first, HOME), house.vpcs(second, HOME)) == (["10.9.0.0/16"], ["10.1.0.0/16"])


def test_a_failure_is_told_with_its_cause_and_mended_by_a_second_run(house: House) -> None:
    """A name that is taken there is a failure like any other on AWS."""
    good, bad = house.targets(2)
    house.client("logs", bad).create_log_group(logGroupName="taken")
    house.api.create_stack_set(StackSetName="logs", TemplateBody=template({"Group": log_group("taken")}))
    done = house.create("logs", [bad, good], OperationPreferences=AT_ONCE)
    assert (done["Status"], done["StatusDetails"]["FailedStackInstancesCount"]) == ("SUCCEEDED", 1)
    failed = house.instances("logs")[bad, HOME]
    assert (failed["Status"], failed["StackInstanceStatus"]["DetailedStatus"]) == ("OUTDATED", "FAILED")
    assert failed["StatusReason"].startswith(
        "ResourceLogicalId:Group, ResourceType:AWS::Logs::LogGroup, ResourceStatusReason:"
    )
    assert "taken" in failed["StatusReason"]
    house.client("logs", bad).delete_log_group(logGroupName="taken")
    assert house.create("logs", [bad, good], OperationPreferences=AT_ONCE)["Status"] == "SUCCEEDED"
    mended = house.instances("logs")[bad, HOME]
    assert (mended["Status"], mended.get("StatusReason")) == ("CURRENT", None)
    stacks = house.client("cloudformation", bad).describe_stacks()["Stacks"]
    assert [stack["StackId"] for stack in stacks] == [mended["StackId"]]  # the failed one is gone


def test_deleting_instances_deletes_their_stacks_unless_they_are_retained(house: House) -> None:
    gone, kept = house.targets(2)
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    house.create("net", [gone, kept], OperationPreferences=AT_ONCE)
    for account, retain in ((gone, False), (kept, True)):
        begun = house.api.delete_stack_instances(
            StackSetName="net", Accounts=[account], Regions=[HOME], RetainStacks=retain
        )
        assert house.finished("net", begun["OperationId"])["Status"] == "SUCCEEDED"
    assert house.instances("net") == {}
    assert (house.vpcs(gone, HOME), house.vpcs(kept, HOME)) == ([], ["10.1.0.0/16"])
    house.api.delete_stack_set(StackSetName="net")
    listed = house.api.list_stack_sets(Status="ACTIVE")["Summaries"]
    assert listed == []


def test_an_instance_that_cannot_be_deleted_is_inoperable_and_left_out_of_updates(house: House) -> None:
    """Somebody has put something into the network, which goes no more."""
    (account,) = house.targets(1)
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    house.create("net", [account])
    ec2 = house.client("ec2", account)
    vpc = next(each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"])
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")
    begun = house.api.delete_stack_instances(
        StackSetName="net", Accounts=[account], Regions=[HOME], RetainStacks=False
    )
    assert house.finished("net", begun["OperationId"])["Status"] == "FAILED"
    stuck = house.instances("net")[account, HOME]
    assert (stuck["Status"], stuck["StackInstanceStatus"]["DetailedStatus"]) == ("INOPERABLE", "INOPERABLE")
    assert "ResourceLogicalId:Vpc" in stuck["StatusReason"]
    updated = house.api.update_stack_set(StackSetName="net", UsePreviousTemplate=True)
    assert house.results("net", updated["OperationId"]) == {}


@pytest.mark.slow
def test_ten_accounts_by_three_regions_with_one_failing_take_seconds(house: House) -> None:
    accounts, regions = [*house.targets(9), new_account()], (HOME, AWAY, "eu-central-1")
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    begun = time.monotonic()
    done = house.create("net", accounts, regions, OperationPreferences=AT_ONCE)
    assert time.monotonic() - begun < 30
    results = house.results("net", done["OperationId"])
    assert len(results) == 30
    failed = {target for target, each in results.items() if each["Status"] == "FAILED"}
    assert failed == {(accounts[-1], region) for region in regions}
    assert all(each["Status"] == "SUCCEEDED" for target, each in results.items() if target not in failed)
