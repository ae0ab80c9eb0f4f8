from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.local.census import difference, take_census
from private_fargate.local.oci import push
from private_fargate.local.placeholder import placeholder
from private_fargate.local.support import not_created

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

LOG = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}
LEDGER = {"Type": "AWS::QLDB::Ledger", "Properties": {"PermissionsMode": "STANDARD"}}
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
IMPOSSIBLE_TASK = {
    "Type": "AWS::ECS::TaskDefinition",
    "Properties": {
        "Cpu": "256",
        "Memory": "8192",
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "web", "Image": "example/web:1"}],
    },
}


def after(resource: dict[str, Any], *logical_ids: str) -> dict[str, Any]:
    return {**resource, "DependsOn": list(logical_ids)}


@pytest.mark.parametrize(
    "canary",
    [
        "AWS::QLDB::Ledger",  # nobody has it
        "AWS::EC2::LaunchTemplate",  # ministack would record it where moto's EC2 does not see it
        "AWS::CloudFormation::Macro",  # ministack would take it for nothing at all
    ],
)
def test_a_type_that_nothing_makes_is_refused_before_anything_is_made(
    local_aws: Session, stack: Stack, canary: str
) -> None:
    """Without this a backend that ignores things would turn every other test green."""
    before = take_census(local_aws)
    with pytest.raises(Exception, match=canary):
        stack.create({"Log": LOG, "Canary": {"Type": canary, "Properties": {"Name": "x"}}})
    assert difference(before, take_census(local_aws)) == {}


def test_a_type_that_nothing_makes_is_refused_in_a_nested_stack_and_rolled_back(
    local_aws: Session, stack: Stack
) -> None:
    nested = stack.nested({"Log": LOG, "Canary": LEDGER})
    before = take_census(local_aws)
    assert stack.create({"Log": LOG, "Child": after(nested, "Log")}) == "ROLLBACK_COMPLETE"
    assert "AWS::QLDB::Ledger" in stack.reasons()
    stack.delete()
    assert difference(before, take_census(local_aws)) == {}


def test_what_is_said_before_a_deployment_is_what_the_server_says(embedded_aws: EmbeddedAws) -> None:
    types = embedded_aws.created_types()
    assert "AWS::ECS::Service" in types
    template = json.dumps(
        {"Resources": {f"R{n}": {"Type": each} for n, each in enumerate([*types, "AWS::QLDB::Ledger"])}}
    )
    assert list(not_created({"parent.json": template.encode()})) == ["AWS::QLDB::Ledger"]


def test_what_a_nested_stack_made_before_it_failed_is_gone(local_aws: Session, stack: Stack) -> None:
    child = stack.nested({"Log": LOG, "Task": after(IMPOSSIBLE_TASK, "Log")})
    sibling = stack.nested({"Log": LOG})
    before = take_census(local_aws)
    assert stack.create({"Sibling": sibling, "Child": after(child, "Sibling")}) == "ROLLBACK_COMPLETE"
    assert "No Fargate configuration exists for given values" in stack.reasons()
    stack.delete()
    assert difference(before, take_census(local_aws)) == {}


def test_a_failed_update_of_a_nested_stack_is_taken_back(local_aws: Session, stack: Stack) -> None:
    good = stack.nested({"Log": LOG})
    assert stack.create({"Child": good}) == "CREATE_COMPLETE"
    before = take_census(local_aws)
    bad = stack.nested({"Log": LOG, "Other": LOG, "Task": after(IMPOSSIBLE_TASK, "Log", "Other")})
    assert stack.update({"Child": bad}) == "UPDATE_ROLLBACK_COMPLETE"
    assert difference(before, take_census(local_aws)) == {}


def test_an_update_of_a_nested_stack_still_knows_what_it_did_not_touch(stack: Stack) -> None:
    arn = {"Fn::GetAtt": ["Log", "Arn"]}
    assert stack.create({"Child": stack.nested({"Log": LOG}, Arn=arn)}) == "CREATE_COMPLETE"
    child = stack.nested({"Log": LOG, "Other": LOG}, Arn=arn)
    outputs: dict[str, Any] = {"Arn": {"Fn::GetAtt": ["Child", "Outputs.Arn"]}}
    assert stack.update({"Child": child}, **outputs) == "UPDATE_COMPLETE"
    assert stack.outputs()["Arn"].startswith("arn:aws:logs:us-east-1:")


def test_nested_stacks_name_their_parent_and_their_root(local_aws: Session, stack: Stack) -> None:
    inner = stack.nested({"Log": LOG})
    outer = stack.nested({"Inner": inner}, Inner={"Ref": "Inner"})
    outputs: dict[str, Any] = {"Outer": {"Ref": "Outer"}, "Inner": {"Fn::GetAtt": ["Outer", "Outputs.Inner"]}}
    assert stack.create({"Outer": outer}, **outputs) == "CREATE_COMPLETE"
    cloudformation = local_aws.client("cloudformation")
    root = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    described = cloudformation.describe_stacks(StackName=stack.outputs()["Inner"])["Stacks"][0]
    assert (described["ParentId"], described["RootId"]) == (stack.outputs()["Outer"], root["StackId"])
    assert "ParentId" not in root


def test_what_is_to_be_retained_outlives_its_nested_stack(local_aws: Session, stack: Stack) -> None:
    kept = {**LOG, "DeletionPolicy": "Retain", "Properties": {"LogGroupName": f"/kept/{stack.name}"}}
    assert stack.create({"Child": stack.nested({"Kept": kept, "Log": LOG})}) == "CREATE_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"
    logs = local_aws.client("logs")
    names = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    assert f"/kept/{stack.name}" in names
    assert not [name for name in names if "-Log-" in name and stack.name in name]
    logs.delete_log_group(logGroupName=f"/kept/{stack.name}")


@pytest.mark.parametrize("is_nested", [False, True], ids=["root", "nested"])
def test_a_repository_with_an_image_is_deleted_only_if_it_may_be_emptied(
    local_aws: Session, stack: Stack, *, is_nested: bool
) -> None:
    def resources(*, empty: bool) -> dict[str, Any]:
        repository = {
            "Type": "AWS::ECR::Repository",
            "Properties": {"RepositoryName": stack.name, "EmptyOnDelete": empty},
        }
        return {"Child": stack.nested({"Images": repository})} if is_nested else {"Images": repository}

    assert stack.create(resources(empty=False)) == "CREATE_COMPLETE"
    push(local_aws, stack.name, placeholder("X86_64"))
    assert stack.delete() == "DELETE_FAILED"
    assert "not empty" in stack.reasons() or "failed to delete" in stack.reasons()
    local_aws.client("ecr").describe_repositories(repositoryNames=[stack.name])
    local_aws.client("ecr").delete_repository(repositoryName=stack.name, force=True)
    assert stack.delete() == "DELETE_COMPLETE"

    before = take_census(local_aws)
    other = type(stack)(local_aws, f"{stack.name}-2")
    assert other.create(resources(empty=True)) == "CREATE_COMPLETE"
    push(local_aws, stack.name, placeholder("X86_64"))
    assert other.delete() == "DELETE_COMPLETE"
    assert difference(before, take_census(local_aws)) == {}


def test_the_tags_of_a_stack_reach_its_resources_and_replace_none_when_they_change(
    local_aws: Session, stack: Stack
) -> None:
    child = stack.nested(
        {"Vpc": VPC, "Log": LOG, "Cluster": {"Type": "AWS::ECS::Cluster"}}, Vpc={"Ref": "Vpc"}
    )
    vpc = {"Fn::GetAtt": ["Child", "Outputs.Vpc"]}
    assert stack.create({"Child": child}, tags={"team": "blue", "cost": "7"}, Vpc=vpc) == "CREATE_COMPLETE"
    made = stack.outputs()["Vpc"]
    assert tags_of(local_aws, made) == {"team": "blue", "cost": "7"}
    before = take_census(local_aws)
    assert stack.update({"Child": child}, tags={"team": "green"}, Vpc=vpc) == "UPDATE_COMPLETE"
    assert difference(before, take_census(local_aws)) == {}
    assert stack.outputs()["Vpc"] == made
    assert tags_of(local_aws, made) == {"team": "green"}


def tags_of(aws: Session, vpc: str) -> dict[str, str]:
    (found,) = aws.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    own = {key for key in tags if key.startswith("aws:cloudformation:")}
    assert len(own) == 3
    return {key: value for key, value in tags.items() if key not in own}


def test_a_parameter_that_only_switches_something_off_is_a_change(local_aws: Session, stack: Stack) -> None:
    template = {
        "Parameters": {"With": {"Type": "String", "Default": "yes"}},
        "Conditions": {"IsWanted": {"Fn::Equals": [{"Ref": "With"}, "yes"]}},
        "Resources": {"Log": LOG, "Other": {**LOG, "Condition": "IsWanted"}},
    }
    assert stack.create(template["Resources"], template=template) == "CREATE_COMPLETE"
    cloudformation = local_aws.client("cloudformation")
    changes = {
        "StackName": stack.name,
        "ChangeSetName": "off",
        "TemplateBody": json.dumps(template),
        "Parameters": [{"ParameterKey": "With", "ParameterValue": "no"}],
    }
    cloudformation.create_change_set(**changes)
    found = cloudformation.describe_change_set(StackName=stack.name, ChangeSetName="off")
    changed = [
        (each["ResourceChange"]["Action"], each["ResourceChange"]["LogicalResourceId"])
        for each in found["Changes"]
    ]
    assert changed == [("Remove", "Other")]


def test_lists_tables_and_parameters_of_ssm_mean_what_they_mean_on_aws(
    local_aws: Session, stack: Stack
) -> None:
    name = f"/image/{stack.name}"
    local_aws.client("ssm").put_parameter(Name=name, Value="ami-0abc", Type="String")
    child = {
        "Parameters": {"Blocks": {"Type": "CommaDelimitedList"}},
        "Resources": {"Log": LOG},
        "Outputs": {"Second": {"Value": {"Fn::Select": ["1", {"Ref": "Blocks"}]}}},
    }
    nested = stack.nested({}, template=child)
    nested["Properties"]["Parameters"] = {"Blocks": {"Fn::Join": [",", {"Fn::Split": ["|", "a|b|c"]}]}}
    domain = {"Fn::FindInMap": ["Domains", {"Ref": "AWS::Partition"}, "Domain"]}
    template = {
        "Parameters": {"Image": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": name}},
        "Mappings": {"Domains": {"aws": {"Domain": "amazonaws.com"}}},
        "Resources": {"Child": nested},
        "Outputs": {
            "Image": {"Value": {"Ref": "Image"}},
            "Domain": {"Value": domain},
            "Second": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Second"]}},
        },
    }
    assert stack.create({}, template=template) == "CREATE_COMPLETE", stack.reasons()
    assert stack.outputs() == {"Image": "ami-0abc", "Domain": "amazonaws.com", "Second": "b"}


def test_a_region_has_more_than_three_zones(stack: Stack) -> None:
    """An environment may ask for six."""
    sixth = {"Fn::Select": ["5", {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}
    assert stack.create({"Log": LOG}, Sixth=sixth) == "CREATE_COMPLETE", stack.reasons()
    assert stack.outputs()["Sixth"] == "us-east-1f"


def test_a_rule_of_a_nested_stack_is_asserted(local_aws: Session, stack: Stack) -> None:
    child = {
        "Parameters": {"Days": {"Type": "Number", "Default": 0}},
        "Rules": {
            "SomeDays": {
                "Assertions": [
                    {
                        "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Days"}, "0"]}]},
                        "AssertDescription": "no days are too few",
                    }
                ]
            }
        },
        "Resources": {"Log": LOG},
    }
    before = take_census(local_aws)
    assert stack.create({"Child": stack.nested({}, template=child)}) == "ROLLBACK_COMPLETE"
    assert "no days are too few" in stack.reasons()
    stack.delete()
    assert difference(before, take_census(local_aws)) == {}


def test_an_instance_profile_is_called_by_its_name_and_has_its_role(local_aws: Session, stack: Stack) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
    resources = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"Path": "/jump/", "AssumeRolePolicyDocument": trust},
        },
        "Profile": {
            "Type": "AWS::IAM::InstanceProfile",
            "Properties": {"Path": "/jump/", "Roles": [{"Ref": "Role"}]},
        },
        "Managed": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"Path": "/jump/", "PolicyDocument": document, "Roles": [{"Ref": "Role"}]},
        },
        "Inline": {
            "Type": "AWS::IAM::RolePolicy",
            "Properties": {"PolicyName": "read", "PolicyDocument": document, "RoleName": {"Ref": "Role"}},
        },
    }
    before = take_census(local_aws)
    outputs = {name: {"Ref": name} for name in ("Role", "Profile", "Managed")}
    assert stack.create(resources, **outputs) == "CREATE_COMPLETE", stack.reasons()
    made = stack.outputs()
    iam = local_aws.client("iam")
    profile = iam.get_instance_profile(InstanceProfileName=made["Profile"])["InstanceProfile"]
    assert [(role["RoleName"], role["Path"]) for role in profile["Roles"]] == [(made["Role"], "/jump/")]
    assert profile["Path"] == "/jump/"
    attached = iam.list_attached_role_policies(RoleName=made["Role"])["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [made["Managed"]]
    assert iam.list_role_policies(RoleName=made["Role"])["PolicyNames"] == ["read"]
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}
