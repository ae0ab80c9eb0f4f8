"""Change sets of nested stacks, and what they tell beforehand: as on AWS, over boto3."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.test_embedded_cloudformation import LEDGER, LOG

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

NO_CHANGES = "The submitted information didn't contain changes."
GROUP = {
    "Type": "AWS::EC2::SecurityGroup",
    "Properties": {"GroupDescription": "of a test", "VpcId": {"Ref": "Vpc"}},
}
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}


def log(days: int) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": days}}


def make(
    aws: Session,
    stack: Stack,
    resources: dict[str, Any],
    *,
    kind: str = "UPDATE",
    name: str = "one",
    **more: Any,
) -> str:
    """Make a change set with those of the nested stacks, and return its ID."""
    body = json.dumps({"Resources": resources, **more.pop("template", {})})
    made = aws.client("cloudformation").create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=body,
        IncludeNestedStacks=True,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        **more,
    )
    return str(made["Id"])


def described(aws: Session, change_set: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = aws.client("cloudformation").describe_change_set(ChangeSetName=change_set, **more)
    return found


def changes(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in found["Changes"]}


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def is_there(aws: Session, stack: str) -> bool:
    try:
        aws.client("cloudformation").describe_stacks(StackName=stack)
    except ClientError:
        return False
    return True


def test_a_nested_stack_has_a_change_set_of_its_own_down_to_the_grandchild(
    local_aws: Session, stack: Stack
) -> None:
    def tree(days: int) -> dict[str, Any]:
        middle = stack.nested({"Leaf": stack.nested({"Log": log(days)}), "Own": LOG})
        return {"Middle": middle}

    assert stack.create(tree(7)) == "CREATE_COMPLETE"
    root = make(local_aws, stack, tree(14))
    found = described(local_aws, root)
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert changes(found)["Middle"]["Replacement"] == "False"
    middle = described(local_aws, changes(found)["Middle"]["ChangeSetId"])
    leaf = described(local_aws, changes(middle)["Leaf"]["ChangeSetId"])
    assert list(changes(leaf)) == ["Log"]
    assert [each["ParentChangeSetId"] for each in (middle, leaf)] == [root, middle["ChangeSetId"]]
    assert [each["RootChangeSetId"] for each in (middle, leaf)] == [root, root]
    for child in (middle, leaf):
        assert child["IncludeNestedStacks"] is True
        assert (child["Status"], child["ExecutionStatus"]) == ("CREATE_COMPLETE", "UNAVAILABLE")
        assert child["StatusReason"] == "Only executable from the root change set."
    client = local_aws.client("cloudformation")
    code, _ = refused(client.execute_change_set, ChangeSetName=leaf["ChangeSetId"])
    assert code == "InvalidChangeSetStatus"
    client.execute_change_set(ChangeSetName=root)
    assert stack.settled() == "UPDATE_COMPLETE"
    executed = [
        described(local_aws, each["ChangeSetId"])["ExecutionStatus"] for each in (found, middle, leaf)
    ]
    assert executed == ["EXECUTE_COMPLETE"] * 3
    for each in (found, middle, leaf):
        record = client.describe_stacks(StackName=each["StackId"])["Stacks"][0]
        assert record["ChangeSetId"] == each["ChangeSetId"]


def test_a_nested_stack_that_does_not_change_is_listed_and_its_set_has_failed(
    local_aws: Session, stack: Stack
) -> None:
    quiet = stack.nested({"Log": log(7)})
    assert stack.create({"Quiet": quiet, "Busy": stack.nested({"Log": log(7)})}) == "CREATE_COMPLETE"
    found = described(
        local_aws, make(local_aws, stack, {"Quiet": quiet, "Busy": stack.nested({"Log": log(14)})})
    )
    listed = changes(found)
    assert {name: each["Action"] for name, each in listed.items()} == {"Quiet": "Modify", "Busy": "Modify"}
    assert listed["Quiet"]["Details"][0]["ChangeSource"] == "Automatic"
    child = described(local_aws, listed["Quiet"]["ChangeSetId"])
    assert (child["Status"], child["Changes"]) == ("FAILED", [])
    assert child["StatusReason"].startswith(NO_CHANGES)


def test_nothing_to_change_anywhere_is_said_of_the_root(local_aws: Session, stack: Stack) -> None:
    resources = {"Child": stack.nested({"Log": log(7)}), "Own": LOG}
    assert stack.create(resources) == "CREATE_COMPLETE"
    found = described(local_aws, make(local_aws, stack, resources))
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"].startswith(NO_CHANGES)


def test_outputs_alone_are_a_change_that_lists_nothing(local_aws: Session, stack: Stack) -> None:
    assert stack.create({"Log": LOG}) == "CREATE_COMPLETE"
    outputs = {"Outputs": {"Name": {"Value": {"Ref": "Log"}}}}
    found = described(local_aws, make(local_aws, stack, {"Log": LOG}, template=outputs))
    assert (found["Status"], found["ExecutionStatus"], found["Changes"]) == (
        "CREATE_COMPLETE",
        "AVAILABLE",
        [],
    )


def test_a_template_that_is_no_good_fails_the_root_by_the_name_of_the_nested_set(
    local_aws: Session, stack: Stack
) -> None:
    assert stack.create({"Child": stack.nested({"Log": log(7)})}) == "CREATE_COMPLETE"
    found = described(
        local_aws, make(local_aws, stack, {"Child": stack.nested({"Log": LOG, "Ledger": LEDGER})})
    )
    child = changes(found)["Child"]["ChangeSetId"]
    assert found["Status"] == "FAILED"
    assert (
        found["StatusReason"]
        == f"Nested change set {child} was not successfully created: Currently in FAILED."
    )
    assert "AWS::QLDB::Ledger" in described(local_aws, child)["StatusReason"]


def test_new_nested_stacks_are_in_review_and_go_with_their_change_set(
    local_aws: Session, stack: Stack
) -> None:
    tree = {"Middle": stack.nested({"Leaf": stack.nested({"Log": LOG})})}
    root = make(local_aws, stack, tree, kind="CREATE")
    middle = described(local_aws, changes(described(local_aws, root))["Middle"]["ChangeSetId"])
    leaf = described(local_aws, changes(middle)["Leaf"]["ChangeSetId"])
    client = local_aws.client("cloudformation")
    for each in (middle, leaf):
        record = client.describe_stacks(StackName=each["StackId"])["Stacks"][0]
        assert record["StackStatus"] == "REVIEW_IN_PROGRESS"
    code, _ = refused(client.delete_change_set, ChangeSetName=leaf["ChangeSetId"])
    assert code == "InvalidChangeSetStatus"
    client.delete_change_set(ChangeSetName=root)
    for each in (root, middle["ChangeSetId"], leaf["ChangeSetId"]):
        assert refused(client.describe_change_set, ChangeSetName=each)[0] == "ChangeSetNotFound"
    assert not is_there(local_aws, middle["StackId"])
    assert not is_there(local_aws, leaf["StackId"])
    assert is_there(local_aws, stack.name)


def test_what_was_in_review_is_what_is_made(local_aws: Session, stack: Stack) -> None:
    tree = {"Middle": stack.nested({"Leaf": stack.nested({"Log": LOG})})}
    make(local_aws, stack, tree, kind="CREATE", name="other")
    root = make(local_aws, stack, tree, kind="CREATE")
    middle = described(local_aws, changes(described(local_aws, root))["Middle"]["ChangeSetId"])
    leaf = described(local_aws, changes(middle)["Leaf"]["ChangeSetId"])
    client = local_aws.client("cloudformation")
    client.execute_change_set(ChangeSetName=root)
    assert stack.settled() == "CREATE_COMPLETE"
    for each in (middle, leaf):
        record = client.describe_stacks(StackName=each["StackId"])["Stacks"][0]
        assert record["StackStatus"] == "CREATE_COMPLETE"
    left = [
        each["StackName"]
        for each in client.describe_stacks()["Stacks"]
        if each["StackName"].startswith(stack.name)
    ]
    assert sorted(left) == sorted([stack.name, middle["StackName"], leaf["StackName"]])


def test_a_second_change_set_leaves_a_stack_in_review_what_it_is(local_aws: Session, stack: Stack) -> None:
    made = [
        local_aws.client("cloudformation").create_change_set(
            StackName=stack.name,
            ChangeSetName=name,
            ChangeSetType="CREATE",
            TemplateBody=json.dumps({"Resources": {"Log": LOG}}),
        )["StackId"]
        for name in ("one", "two")
    ]
    assert made[0] == made[1]
    summaries = local_aws.client("cloudformation").list_change_sets(StackName=made[0])["Summaries"]
    assert [each["ChangeSetName"] for each in summaries] == ["one", "two"]


def test_values_before_and_after_are_told_to_those_who_ask(local_aws: Session, stack: Stack) -> None:
    assert stack.create({"Log": log(7)}) == "CREATE_COMPLETE"
    root = make(local_aws, stack, {"Log": log(14)})
    change = changes(described(local_aws, root, IncludePropertyValues=True))["Log"]
    target = change["Details"][0]["Target"]
    assert (target["Path"], target["BeforeValue"], target["AfterValue"]) == (
        "/Properties/RetentionInDays",
        "7",
        "14",
    )
    assert target["AttributeChangeType"] == "Modify"
    assert json.loads(change["BeforeContext"]) == {"Properties": {"RetentionInDays": 7}}
    assert json.loads(change["AfterContext"]) == {"Properties": {"RetentionInDays": 14}}
    plain = changes(described(local_aws, root))["Log"]
    assert "BeforeContext" not in plain
    assert "BeforeValue" not in plain["Details"][0]["Target"]


def test_what_replaces_a_resource_is_said_to_and_what_becomes_of_the_old_one(
    local_aws: Session, stack: Stack
) -> None:
    kept = {**LOG, "DeletionPolicy": "Retain"}
    before = {"Vpc": VPC, "Group": GROUP, "Kept": kept, "Gone": LOG}
    assert stack.create(before) == "CREATE_COMPLETE"
    group = {**GROUP, "Properties": {**GROUP["Properties"], "GroupDescription": "another"}}
    found = changes(described(local_aws, make(local_aws, stack, {"Vpc": VPC, "Group": group})))
    assert (found["Group"]["Replacement"], found["Group"]["PolicyAction"]) == ("True", "ReplaceAndDelete")
    assert found["Group"]["Details"][0]["Target"]["RequiresRecreation"] == "Always"
    actions = {
        name: (each["Action"], each.get("PolicyAction")) for name, each in found.items() if name != "Group"
    }
    assert actions == {"Kept": ("Remove", "Retain"), "Gone": ("Remove", "Delete")}


def test_another_image_replaces_a_task_definition_for_certain(local_aws: Session, stack: Stack) -> None:
    def task(image: str) -> dict[str, Any]:
        containers = [{"Name": "web", "Image": image}]
        return {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": containers}}

    assert stack.create({"Task": task("example/web:1")}) == "CREATE_COMPLETE", stack.reasons()
    found = changes(described(local_aws, make(local_aws, stack, {"Task": task("example/web:2")})))
    assert found["Task"]["Replacement"] == "True"


def test_what_only_the_update_can_tell_is_written_so_and_replaces_nothing_for_certain(
    local_aws: Session, stack: Stack
) -> None:
    def tree(days: int, cidr: str) -> dict[str, Any]:
        vpc = {**VPC, "Properties": {"CidrBlock": cidr}}
        first = stack.nested({"Vpc": vpc, "Log": log(days)}, Vpc={"Ref": "Vpc"})
        second = stack.nested(
            {}, template={"Parameters": {"Vpc": {"Type": "String"}}, "Resources": {"Group": GROUP}}
        )
        second["Properties"]["Parameters"] = {"Vpc": {"Fn::GetAtt": ["First", "Outputs.Vpc"]}}
        return {"First": first, "Second": second}

    def second(days: int, cidr: str) -> dict[str, Any]:
        name = f"set-{uuid.uuid4().hex[:6]}"
        found = described(local_aws, make(local_aws, stack, tree(days, cidr), name=name))
        return described(local_aws, changes(found)["Second"]["ChangeSetId"], IncludePropertyValues=True)

    assert stack.create(tree(7, "10.0.0.0/16")) == "CREATE_COMPLETE"
    assert second(14, "10.0.0.0/16")["StatusReason"].startswith(NO_CHANGES)
    moved = changes(second(7, "10.1.0.0/16"))["Group"]
    assert moved["Replacement"] == "Conditional"
    assert {each["Evaluation"] for each in moved["Details"]} == {"Dynamic"}
    assert moved["Details"][0]["Target"]["AfterValue"] == "{{changeSet:KNOWN_AFTER_APPLY}}"


def test_many_changes_come_in_pages(local_aws: Session, stack: Stack) -> None:
    resources = {f"Log{number:03}": LOG for number in range(130)}
    root = make(local_aws, stack, resources, kind="CREATE")
    first = described(local_aws, root)
    second = described(local_aws, root, NextToken=first["NextToken"])
    assert "NextToken" not in second
    assert sorted({**changes(first), **changes(second)}) == sorted(resources)
