"""On what, and under which conditions, each action may be allowed to the launch role.

What CloudFormation names by the stack is held to that name: stacks, roles, policies, log groups, services.
What has an identifier of its own is held to the account and Region.  Tags are no guard: KMS takes up to five
minutes to see them, for which a stack that rolls back at once does not wait.  Instances are the exception:
CloudFormation tags them as it starts them, and AWS's own policies for Elastic Beanstalk rest on that tag.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from awacs.aws import Action, ArnLike, Bool, StringEquals, StringLike
from troposphere import Sub

from private_fargate.aws.handlers.launching import STACK_PREFIX
from private_fargate.kit.policy import allow, arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from awacs.aws import ConditionElement, Statement

    from stacks.launch_role.needs import Needs

STACKS, NETWORK, WORKLOAD, IDENTITY = "Stacks", "Network", "Workload", "Identity"
POLICIES: Final = (STACKS, NETWORK, WORKLOAD, IDENTITY)
"""The policies into which the statements go, by what they are about."""

EVERYTHING: Final = ("*",)


@dataclass(frozen=True, kw_only=True)
class Guards:
    """What the conditions compare with.

    Attributes:
        boundary: Name of the policy that bounds each role of a product, a text for Fn::Sub; None for none.
        role: Name of the launch role itself, a text for Fn::Sub.
        topic: Name of the topic that gets the events of launches; None for none.
        prefix: How the names of stacks begin, and so of what is in them.
    """

    boundary: str | None
    role: str
    topic: str | None
    prefix: str = STACK_PREFIX


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Some actions on some resources.

    Attributes:
        policy: The policy that it goes into.
        sid: What it is for.
        patterns: The actions that it may have.
        resources: On what.
        conditions: Under which conditions.
    """

    policy: str
    sid: str
    patterns: tuple[str, ...]
    resources: Sequence[object] = EVERYTHING
    conditions: Sequence[ConditionElement] = ()

    def fits(self, action: str) -> bool:
        """Say whether an action belongs here."""
        return any(fnmatchcase(action, pattern) for pattern in self.patterns)

    def statement(self, actions: Sequence[str]) -> Statement:
        """Return the statement that allows these of its actions."""
        spelled = [Action(*action.split(":")) for action in actions]
        return allow(self.sid, spelled, self.resources, conditions=self.conditions)


def table(needs: Needs, guards: Guards) -> tuple[Grant, ...]:
    """Return the grants in the order in which an action looks for its own."""
    return (*_stacks(guards), *_network(guards), *_workload(needs, guards), *_identity(needs, guards))


def of_iam(resource: str) -> Sub:
    """Return an ARN of IAM, which knows no Region."""
    return Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{resource}")


def _stacks(guards: Guards) -> Iterator[Grant]:
    yield Grant(
        policy=STACKS,
        sid="LookAtTemplates",
        patterns=("cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate"),
    )
    yield Grant(
        policy=STACKS,
        sid="RunTheStacksOfProducts",
        patterns=("cloudformation:*",),
        resources=[arn("cloudformation", f"stack/{guards.prefix}*")],
    )


def _network(guards: Guards) -> Iterator[Grant]:
    here = arn("ec2", "*")
    yield Grant(
        policy=NETWORK, sid="LookAtTheNetwork", patterns=("ec2:Describe*", "autoscaling:DescribeTags")
    )
    yield Grant(
        policy=NETWORK,
        sid="StartHosts",
        patterns=("ec2:RunInstances",),
        resources=[here, Sub("arn:${AWS::Partition}:ec2:${AWS::Region}::*")],  # images are nobody's or AWS's
    )
    ours = StringLike(
        {"ec2:ResourceTag/aws:cloudformation:stack-id": arn("cloudformation", f"stack/{guards.prefix}*")}
    )
    yield Grant(
        policy=NETWORK,
        sid="EndTheHostsOfProducts",
        patterns=("ec2:TerminateInstances",),
        resources=[arn("ec2", "instance/*")],
        conditions=[ours],
    )
    yield Grant(policy=NETWORK, sid="BuildTheNetwork", patterns=("ec2:*",), resources=[here])
    yield Grant(
        policy=NETWORK,
        sid="FindNames",
        patterns=(
            "route53:CreateHostedZone",
            "route53:List*",
            "servicediscovery:CreatePrivateDnsNamespace",
            "servicediscovery:GetOperation",
            "servicediscovery:List*",
            "servicediscovery:TagResource",
            "servicediscovery:UntagResource",
        ),
    )
    yield Grant(
        policy=NETWORK,
        sid="NameServices",
        patterns=("route53:*", "servicediscovery:*"),
        resources=[arn("servicediscovery", "*"), Sub("arn:${AWS::Partition}:route53:::hostedzone/*")],
    )


def _workload(needs: Needs, guards: Guards) -> Iterator[Grant]:
    yield Grant(
        policy=WORKLOAD,
        sid="LookAtTasks",
        patterns=("ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition"),
    )
    kinds_of_ecs = ("cluster", "service", "service-deployment", "task-definition")
    yield Grant(
        policy=WORKLOAD,
        sid="RunServices",
        patterns=("ecs:*",),
        resources=[
            arn("ecs", "capacity-provider/*"),
            *(arn("ecs", f"{kind}/{guards.prefix}*") for kind in kinds_of_ecs),
        ],
    )
    # Their names are what the team types, so that only the account and the Region hold them.
    yield Grant(
        policy=WORKLOAD, sid="KeepImages", patterns=("ecr:*",), resources=[arn("ecr", "repository/*")]
    )
    yield Grant(policy=WORKLOAD, sid="MakeKeys", patterns=("kms:CreateKey",))
    yield Grant(
        policy=WORKLOAD,
        sid="LetServicesUseKeys",
        patterns=("kms:CreateGrant",),
        resources=[arn("kms", "key/*")],
        conditions=[Bool({"kms:GrantIsForAWSResource": "true"})],
    )
    yield Grant(policy=WORKLOAD, sid="KeepKeys", patterns=("kms:*",), resources=[arn("kms", "key/*")])
    yield Grant(
        policy=WORKLOAD,
        sid="LookAtLogs",
        patterns=("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:Describe*"),
    )
    yield Grant(
        policy=WORKLOAD,
        sid="KeepLogs",
        patterns=("logs:*",),
        resources=[arn("logs", f"log-group:{guards.prefix}*")],
    )
    yield Grant(
        policy=WORKLOAD,
        sid="FindTheImageOfTheHost",
        patterns=("ssm:GetParameters",),
        resources=[Sub(text) for text in dict.fromkeys(map(_parameter, needs.stored))],
    )
    yield Grant(policy=WORKLOAD, sid="LookAtHosts", patterns=("ssm:Describe*", "ssm:List*"))


def _parameter(name: str) -> str:
    """Return the ARN of a parameter and its neighbours; those that AWS publishes are in no account."""
    account = "" if name.startswith("/aws/") else "${AWS::AccountId}"
    folder = name.rpartition("/")[0]
    return f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:{account}:parameter{folder}/*"


def _identity(needs: Needs, guards: Guards) -> Iterator[Grant]:
    roles, policies = of_iam(f"role/{guards.prefix}*"), of_iam(f"policy/{guards.prefix}*")
    bounded = (
        [StringEquals({"iam:PermissionsBoundary": of_iam(f"policy/{guards.boundary}")})]
        if guards.boundary is not None
        else []
    )
    one = Grant(policy=IDENTITY, sid="", patterns=(), resources=[roles])
    yield replace(
        one,
        sid="MakeRolesWithinTheBoundary" if bounded else "MakeRoles",
        patterns=(
            "iam:CreateRole",
            "iam:DeleteRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
        ),
        conditions=bounded,
    )
    yield replace(
        one,
        sid="AttachPoliciesOfProducts",
        patterns=("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        conditions=[*bounded, ArnLike({"iam:PolicyARN": policies})],
    )
    yield replace(
        one,
        sid="PassRolesToTheirServices",
        patterns=("iam:PassRole",),
        conditions=[StringEquals({"iam:PassedToService": list(needs.passed_to)})],
    )
    yield replace(
        one,
        sid="LetServicesHaveTheirRoles",
        patterns=("iam:CreateServiceLinkedRole",),
        resources=[of_iam(f"role/aws-service-role/{name}/*") for name in needs.linked_services],
        conditions=[StringEquals({"iam:AWSServiceName": list(needs.linked_services)})],
    )
    yield replace(
        one,
        sid="KeepInstanceProfiles",
        patterns=("iam:*InstanceProfile*",),
        resources=[of_iam(f"instance-profile/{guards.prefix}*")],
    )
    yield replace(
        one,
        sid="KeepRoles",
        patterns=("iam:*Role", "iam:*RoleDescription", "iam:*RolePolic*", "iam:*RoleTags"),
    )
    yield replace(
        one,
        sid="KeepPolicies",
        patterns=(
            "iam:CreatePolicy*",
            "iam:DeletePolicy*",
            "iam:GetPolicy*",
            "iam:ListEntitiesForPolicy",
            "iam:ListPolicyVersions",
        ),
        resources=[policies],
    )
