"""The roles with which StackSets makes a system: all that it calls, and nothing beside."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from account import Account
from flatten import flatten
from launch_calls import BUCKET, HERE, ID, Call, Launch, arn, decide, policies_of

from private_fargate.config import loading
from private_fargate.config.rollout import Rollout
from private_fargate.lint import lint
from stacks import launchable
from stacks.launch_role import stack_sets

if TYPE_CHECKING:
    from account import Document

    from private_fargate.config.models import Environment
    from private_fargate.verify.iam import Policy

ADMINISTRATOR = "999999999999"
REGIONS = ("us-east-1", "eu-west-1")
PRODUCT, INSTANCE = f"SC-{HERE}-pp-wzq3sq5", "StackSet-demo-0a1b2c3d"
SETTINGS = Rollout(
    permissions="self-managed",
    accounts=(HERE,),
    regions=REGIONS,
    administration_role="rollout-admin",
    execution_role="rollout",
)


@dataclass(frozen=True)
class Rolled(Launch):
    """An environment as StackSets makes it, with the policies of the execution role as they are deployed."""

    @cached_property
    def templates(self) -> dict[str, bytes]:
        return launchable.render(self.environment, bounded=False)

    def documents(self) -> dict[str, Document]:
        files = {"parent.json": stack_sets.render(self.environment, self.templates)["execution.json"]}
        values = {"ArtifactBucketName": BUCKET, "AdministratorAccount": ADMINISTRATOR}
        return Account(flatten(files, values)).policies("AWS::IAM::ManagedPolicy")


def rolled(name: str) -> Rolled:
    settings = loading.load(Path("environments") / f"{name}.yaml")
    return Rolled(settings.model_copy(update={"rollout": SETTINGS, "regions": REGIONS}))


DEMO = rolled("demo")
POLICIES: list[Policy] = policies_of(DEMO.documents())


def of_an_instance(call: Call, region: str = "us-east-1") -> Call:
    """Return the call as it is made for an instance of a StackSet, and not for a product."""
    context = {key: value.replace(PRODUCT, INSTANCE) for key, value in call.context.items()}
    context.setdefault("aws:ResourceAccount", HERE)
    here = call.resource.replace(PRODUCT, INSTANCE).replace("us-east-1", region)
    return replace(call, resource=here, context={**context, "aws:RequestedRegion": region})


def is_allowed(call: Call, policies: list[Policy] = POLICIES, region: str = "us-east-1") -> bool | None:
    return decide(policies, of_an_instance(call, region))


@pytest.mark.parametrize("name", ["demo", "isolated"])
@pytest.mark.parametrize("region", REGIONS)
def test_all_that_the_handlers_call_is_allowed_in_every_region_of_the_rollout(name: str, region: str) -> None:
    system = rolled(name)
    policies = policies_of(system.documents())
    calls = system.all_calls()
    assert len(calls) > 150
    assert [str(call) for call in calls if is_allowed(call, policies, region) is not True] == []


def test_stack_sets_itself_does_all_that_it_documents() -> None:
    stack = arn("cloudformation", f"stack/{INSTANCE}-Network-1A2B/{ID}")
    for action in ("CreateStack", "DetectStackDrift", "DescribeStackResourceDrifts", "SetStackPolicy"):
        assert is_allowed(Call(action=f"cloudformation:{action}", resource=stack)), action
    assert is_allowed(Call(action="cloudformation:DescribeStackDriftDetectionStatus"))
    foreign = {"aws:ResourceAccount": "000000000000"}
    root = Call(action="s3:GetObject", resource="arn:aws:s3:::stacksets-templates/1", context=foreign)
    assert is_allowed(root)
    nested = Call(action="s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/templates/0a1b/network.json")
    assert is_allowed(nested)
    topic = arn("sns", "CfnNotificationTopic", account="000000000000")
    assert is_allowed(Call(action="sns:Publish", resource=topic, context=foreign))


def named(resource: str, name: str = f"{INSTANCE}-Role-1A2B3C4D5E6F") -> str:
    return f"arn:aws:iam::{HERE}:{resource}/{name}"


REFUSED = [
    Call(action="cloudformation:DeleteStack", resource=arn("cloudformation", f"stack/production/{ID}")),
    Call(action="iam:CreateRole", resource=named("role", "Admin")),
    Call(action="iam:CreateUser", resource=named("user", "StackSet-user")),
    Call(action="iam:PutRolePolicy", resource=named("role", "rollout")),
    Call(action="iam:UpdateAssumeRolePolicy", resource=named("role", "rollout")),
    Call(
        action="iam:AttachRolePolicy",
        resource=named("role"),
        context={"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    Call(
        action="iam:PassRole",
        resource=named("role"),
        context={"iam:PassedToService": "lambda.amazonaws.com"},
    ),
    Call(
        action="iam:PassRole",
        resource=named("role", "Admin"),
        context={"iam:PassedToService": "ecs-tasks.amazonaws.com"},
    ),
    Call(action="s3:GetObject", resource="arn:aws:s3:::payroll/2026.csv"),
    Call(action="s3:PutObject", resource=f"arn:aws:s3:::{BUCKET}/templates/parent.json"),
    Call(action="sns:Publish", resource=arn("sns", "alarms")),
    Call(action="sts:AssumeRole", resource=named("role")),
    Call(action="ecs:DeleteCluster", resource=arn("ecs", "cluster/production")),
    Call(action="ec2:TerminateInstances", resource=arn("ec2", "instance/i-0123456789abcdef0")),
    Call(action="lambda:CreateFunction", resource=arn("lambda", "function:StackSet-1")),
    Call(action="logs:DeleteLogGroup", resource=arn("logs", "log-group:production")),
]


@pytest.mark.parametrize("call", REFUSED, ids=str)
def test_what_lies_beside_a_rollout_is_refused(call: Call) -> None:
    assert is_allowed(call) is False


def test_nothing_is_made_in_a_region_that_the_rollout_does_not_name() -> None:
    call = Call(action="ec2:CreateVpc", resource=arn("ec2", "vpc/vpc-0123456789abcdef0"))
    assert is_allowed(call) is True
    assert is_allowed(call, region="ap-south-1") is False


def trust_of(environment: Environment, template: str, role: str) -> dict[str, Any]:
    files = stack_sets.render(environment, DEMO.templates)
    document = json.loads(files[template])["Resources"][role]["Properties"]
    (statement,) = document["AssumeRolePolicyDocument"]["Statement"]
    return {**statement, "RoleName": document["RoleName"]}


def test_each_role_trusts_the_one_before_it_and_nobody_else() -> None:
    first = trust_of(DEMO.environment, "administration.json", "AdministrationRole")
    assert first["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert "aws:SourceAccount" in first["Condition"]["StringEquals"]
    second = trust_of(DEMO.environment, "execution.json", "ExecutionRole")
    wanted = f"arn:${{AWS::Partition}}:iam::${{AdministratorAccount}}:role/{first['RoleName']}"
    assert second["Principal"] == {"AWS": {"Fn::Sub": wanted}}
    assert (first["RoleName"], second["RoleName"]) == ("rollout-admin", "rollout")


def test_the_role_that_stack_sets_puts_into_accounts_needs_no_values_and_trusts_the_organization() -> None:
    body = stack_sets.service_managed(DEMO.environment, DEMO.templates, "stacksets-exec-custom-demo", BUCKET)
    document = json.loads(body)
    assert {name: each.get("Default") for name, each in document["Parameters"].items()} == {
        "ArtifactBucketName": BUCKET
    }
    role = document["Resources"]["ExecutionRole"]["Properties"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert "member.org.stacksets.cloudformation.amazonaws.com" in statement["Principal"]["AWS"]["Fn::Sub"]
    assert b"AdministratorAccess" not in body
    assert len(body) < 51_200, "it is sent, and not read from S3"


@pytest.mark.slow
def test_linters_find_nothing_in_any_partition() -> None:
    files = stack_sets.render(DEMO.environment, DEMO.templates)
    assert lint(files, ["us-east-1", "cn-north-1", "us-gov-west-1"]) == ()


def test_roles_of_a_rollout_have_no_boundary_that_nobody_has_made() -> None:
    """The environment is offered in Service Catalog too, where each role has one."""
    assert DEMO.environment.catalog is not None
    assert b"PermissionsBoundary" in launchable.render(DEMO.environment)["jump-host-profile.json"]
    assert all(b"PermissionsBoundary" not in text for text in DEMO.templates.values())
