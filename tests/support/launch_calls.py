"""What Service Catalog and CloudFormation call with the launch role of a product, and what they must not.

Which resources an action is about is not taken from our code, but from cfn-lint's copy of the Service
Authorization Reference; the names are those that CloudFormation gives in the stack of a product.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cfnlint
from account import Account
from flatten import PLACE, flatten

from private_fargate.aws.handlers import HANDLERS, permissions
from private_fargate.aws.handlers.launching import ON_STACKS, ON_TEMPLATES
from private_fargate.config.derived import boundary_name, launch_role_name
from private_fargate.verify.iam import Request, identity, read
from stacks import launch_role, launchable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from account import Document

    from private_fargate.config.models import Environment
    from private_fargate.verify.iam import Policy

HERE, REGION = PLACE["AWS::AccountId"], PLACE["AWS::Region"]
BUCKET = "private-fargate-artifacts-123456789012-us-east-1"
STACK = f"SC-{HERE}-pp-wzq3sq5mxhdji"
ID = "0a1b2c3d-0000-1111-2222-333344445555"
STEPS = ("create", "read", "update", "delete")

REFERENCE: dict[str, Any] = json.loads(
    (Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text()
)


def arn(service: str, resource: str, *, region: str = REGION, account: str = HERE) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def named(resource: str) -> str:
    """Return the ARN of a resource of IAM with a name that CloudFormation gives in a product."""
    return f"arn:aws:iam::{HERE}:{resource}/SC-{HERE}-pp-wzq3sq5-Role-1A2B3C4D5E6F"


_EC2 = {
    "elastic-ip": "eipalloc",
    "instance": "i",
    "internet-gateway": "igw",
    "natgateway": "nat",
    "network-interface": "eni",
    "route-table": "rtb",
    "security-group": "sg",
    "security-group-rule": "sgr",
    "subnet": "subnet",
    "volume": "vol",
    "vpc": "vpc",
    "vpc-endpoint": "vpce",
    "vpc-flow-log": "fl",
}
_CLUSTER = f"{STACK}-Foundation-1A2B3C-Cluster-4D5E6F"
_SERVICE = f"{_CLUSTER}/{STACK}-Nginx-1A2B3C-Service-4D5E6F"

RESOURCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("cloudformation", "stack"): (
        arn("cloudformation", f"stack/{STACK}/{ID}"),
        arn("cloudformation", f"stack/{STACK}-Network-1A2B3C4D5E6F/{ID}"),
    ),
    ("ecr", "repository"): (arn("ecr", "repository/payments/nginx"),),
    ("ecs", "capacity-provider"): (arn("ecs", "capacity-provider/FARGATE"),),
    ("ecs", "cluster"): (arn("ecs", f"cluster/{_CLUSTER}"),),
    ("ecs", "service"): (arn("ecs", f"service/{_SERVICE}"),),
    ("ecs", "service-deployment"): (arn("ecs", f"service-deployment/{_SERVICE}/abc"),),
    ("ecs", "task-definition"): (
        arn("ecs", f"task-definition/{STACK}-Nginx-1A2B3C-TaskDefinition-4D5E6F:1"),
    ),
    ("iam", "instance-profile"): (named("instance-profile"),),
    ("iam", "policy"): (named("policy"),),
    ("iam", "role"): (named("role"),),
    ("kms", "key"): (arn("kms", f"key/{ID}"),),
    ("logs", "log-group"): (
        arn("logs", f"log-group:{STACK}-Nginx-1A2B3C-LogGroup-4D5E6F"),
        arn("logs", f"log-group:{STACK}-Nginx-1A2B3C-LogGroup-4D5E6F:*"),
    ),
    ("route53", "hostedzone"): ("arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ",),
    ("servicediscovery", "namespace"): (arn("servicediscovery", "namespace/ns-0123456789abcdef"),),
    ("servicediscovery", "service"): (arn("servicediscovery", "service/srv-0123456789abcdef"),),
    ("ec2", "image"): ("arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0",),
    **{("ec2", kind): (arn("ec2", f"{kind}/{short}-0123456789abcdef0"),) for kind, short in _EC2.items()},
}
READ_ANYWHERE = {"ec2:Describe", "ssm:DescribeAssociation", "cloudformation:GetTemplateSummary"}
"""What looks at one resource where it can, and in a launch at anything."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call with the launch role."""

    action: str
    resource: str = "*"
    context: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        more = " ".join(f"{key}={value}" for key, value in self.context.items())
        return f"{self.action} {self.resource} {more}".replace("arn:aws:", "").rstrip()


@dataclass(frozen=True)
class Launch:
    """An environment offered as a product, with the policies of its launch role as they are deployed."""

    environment: Environment

    @cached_property
    def templates(self) -> dict[str, bytes]:
        return launchable.render(self.environment)

    @property
    def role(self) -> str:
        return f"arn:aws:iam::{HERE}:role/{launch_role_name(self.environment, REGION)}"

    @property
    def boundary(self) -> str:
        return f"arn:aws:iam::{HERE}:policy/{boundary_name(self.environment, REGION)}"

    def documents(self, *earlier: Launch) -> dict[str, Document]:
        """Return the document of each policy of the role, and of the boundary, by logical ID.

        It is that of the versions together, if there are earlier ones.
        """
        files = launch_role.render(self.environment, self.templates, [each.templates for each in earlier])
        account = Account(flatten(files, {"ArtifactBucketName": BUCKET}))
        return account.policies("AWS::IAM::ManagedPolicy")

    def resources(self) -> Iterator[tuple[str, set[str]]]:
        """Give the type of each resource of the system, and the properties that it has."""
        for text in self.templates.values():
            for resource in json.loads(text)["Resources"].values():
                yield resource["Type"], set(resource.get("Properties", {}))

    def listed(self) -> dict[str, set[str]]:
        """Return what the schema of each type of the system lists for its handlers."""
        return {
            cfn_type: {action for step in STEPS for action in HANDLERS[cfn_type].of(step)}
            for cfn_type, _ in self.resources()
        }

    def needed(self) -> dict[str, set[str]]:
        """Return what of it the properties of the resources call, by type."""
        found: dict[str, set[str]] = {cfn_type: set() for cfn_type in self.listed()}
        for cfn_type, properties in self.resources():
            found[cfn_type] |= permissions(cfn_type, properties)
        return found

    def calls(self, action: str) -> list[Call]:
        """Return the calls of an action that a launch makes, one for each kind of resource in it."""
        context = self._context(action)
        return [Call(action=action, resource=resource, context=context) for resource in _about(action)]

    def all_calls(self) -> list[Call]:
        """Return all that is called while products are made, looked at, changed and removed."""
        actions = set().union(*self.needed().values(), ON_STACKS, ON_TEMPLATES)
        return [call for action in sorted(actions) for call in self.calls(action)]

    def _context(self, action: str) -> dict[str, str]:
        """Return the condition keys that a call of an action has in a launch."""
        bounded = {"iam:PermissionsBoundary": self.boundary}
        stack = arn("cloudformation", f"stack/{STACK}-JumpHost-1A2B3C4D5E6F/{ID}")
        keys = {
            "ec2:TerminateInstances": {"ec2:ResourceTag/aws:cloudformation:stack-id": stack},
            "iam:AttachRolePolicy": {**bounded, "iam:PolicyARN": named("policy")},
            "iam:CreateRole": bounded,
            "iam:CreateServiceLinkedRole": {"iam:AWSServiceName": "ecs.amazonaws.com"},
            "iam:DetachRolePolicy": {**bounded, "iam:PolicyARN": named("policy")},
            "iam:PassRole": {"iam:PassedToService": "ecs-tasks.amazonaws.com"},
            "iam:PutRolePermissionsBoundary": bounded,
            "kms:CreateGrant": {"kms:GrantIsForAWSResource": "true"},
        }
        return keys.get(action, {})


@cache
def _about(action: str) -> tuple[str, ...]:
    """Return the resources of a product that an action is about, or a star where it names none."""
    if action == "iam:CreateServiceLinkedRole":
        return (f"arn:aws:iam::{HERE}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",)
    if action.startswith(tuple(READ_ANYWHERE)):
        return ("*",)
    service, _, name = action.partition(":")
    listed = REFERENCE[service]["Actions"][name.lower()].get("Resources") or ()
    kinds = [kind for kind in listed if kind != "image" or name == "RunInstances"]  # others tag theirs
    found = tuple(arn for kind in kinds for arn in RESOURCES.get((service, kind), ()))
    assert found or not kinds, f"{action} is about {kinds}, of which there is no example"
    return found or ("*",)


def decide(policies: list[Policy], call: Call) -> bool | None:
    """Say whether the policies of a role let a call pass, in the judgement of the verifier's engine."""
    absent = dict.fromkeys(CONDITIONS, ())
    given = {key: (value,) for key, value in call.context.items()}
    request = Request(
        action=call.action,
        resource=call.resource,
        principal=f"arn:aws:iam::{HERE}:role/launch",
        account=HERE,
        context={**absent, **given},
    )
    return identity(policies, None, request).holds


CONDITIONS = (
    "ec2:ResourceTag/aws:cloudformation:stack-id",
    "iam:AWSServiceName",
    "iam:PassedToService",
    "iam:PermissionsBoundary",
    "iam:PolicyARN",
    "kms:GrantIsForAWSResource",
    "s3:ExistingObjectTag/servicecatalog:provisioning",
)
"""The keys on which the role's policies rest; absent where a call does not have them."""


def policies_of(documents: dict[str, Document]) -> list[Policy]:
    """Return the policies of the role itself."""
    return [read(document, title) for title, document in documents.items() if title != "Boundary"]


def refused(launch: Launch) -> list[Call]:
    """Return what the launch role must not do, each beside something that it may."""
    return [*_roles(launch), *_itself(launch), *_templates(), *_others()]


def _roles(launch: Launch) -> Iterator[Call]:
    """Give the ways to a role that may do more."""
    role, inside = named("role"), {"iam:PermissionsBoundary": launch.boundary}
    foreign = {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}
    outside = f"arn:aws:iam::{HERE}:role/Admin"
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    for action in ("iam:CreateRole", "iam:PutRolePermissionsBoundary"):
        yield Call(action=action, resource=role)
        yield Call(action=action, resource=role, context=foreign)
        yield Call(action=action, resource=outside, context=inside)
    yield Call(action="iam:DeleteRolePermissionsBoundary", resource=role, context=inside)
    yield Call(action="iam:PutRolePolicy", resource=role, context=inside)
    yield Call(action="iam:AttachRolePolicy", resource=role, context={**inside, "iam:PolicyARN": admin})
    yield Call(action="iam:AttachRolePolicy", resource=role, context={"iam:PolicyARN": named("policy")})
    yield Call(
        action="iam:AttachRolePolicy", resource=outside, context={**inside, "iam:PolicyARN": named("policy")}
    )
    for action in ("iam:DeleteRole", "iam:UpdateAssumeRolePolicy", "iam:TagRole"):
        yield Call(action=action, resource=outside)
    for service in ("lambda.amazonaws.com", "cloudformation.amazonaws.com"):
        yield Call(action="iam:PassRole", resource=role, context={"iam:PassedToService": service})
    to_tasks = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    yield Call(action="iam:PassRole", resource=role)
    yield Call(action="iam:PassRole", resource=outside, context=to_tasks)
    yield Call(action="iam:PassRole", resource=launch.role, context=to_tasks)
    other = "lambda.amazonaws.com"
    yield Call(
        action="iam:CreateServiceLinkedRole",
        resource=f"arn:aws:iam::{HERE}:role/aws-service-role/{other}/AWSServiceRoleForLambda",
        context={"iam:AWSServiceName": other},
    )
    yield Call(
        action="iam:CreateServiceLinkedRole",
        resource=f"arn:aws:iam::{HERE}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForLambda",
        context={"iam:AWSServiceName": other},
    )
    yield Call(action="iam:CreateUser", resource=f"arn:aws:iam::{HERE}:user/SC-user")
    yield Call(action="iam:CreateAccessKey", resource=f"arn:aws:iam::{HERE}:user/SC-user")
    yield Call(action="sts:AssumeRole", resource=role)


def _itself(launch: Launch) -> Iterator[Call]:
    """Give the ways to change the guards."""
    for action in ("iam:CreatePolicyVersion", "iam:DeletePolicy"):
        yield Call(action=action, resource=launch.boundary)
        yield Call(action=action, resource=f"arn:aws:iam::{HERE}:policy/catalog-LaunchRole-IdentityPolicy")
    for action in ("iam:DeleteRole", "iam:UpdateAssumeRolePolicy"):
        yield Call(action=action, resource=launch.role)
    mine = {"iam:PermissionsBoundary": launch.boundary, "iam:PolicyARN": named("policy")}
    yield Call(action="iam:AttachRolePolicy", resource=launch.role, context=mine)


def _templates() -> Iterator[Call]:
    """Give objects beside the templates, and stacks beside those of products."""
    for key in (f"{BUCKET}/leases/production", f"{BUCKET}/templates", "other-bucket/templates/parent.json"):
        yield Call(action="s3:GetObject", resource=f"arn:aws:s3:::{key}")
    copy = {"s3:ExistingObjectTag/servicecatalog:provisioning": "false"}
    yield Call(action="s3:GetObject", resource="arn:aws:s3:::somebody/object", context=copy)
    yield Call(action="s3:PutObject", resource=f"arn:aws:s3:::{BUCKET}/templates/parent.json")
    for stack in ("production", "production-SC-1"):
        yield Call(action="cloudformation:DeleteStack", resource=arn("cloudformation", f"stack/{stack}/{ID}"))
    yield Call(
        action="cloudformation:UpdateStack",
        resource=arn("cloudformation", f"stack/{STACK}/{ID}", account="999999999999"),
    )


def _others() -> Iterator[Call]:
    """Give what belongs to somebody else, and what no handler calls."""
    host = arn("ec2", "instance/i-0123456789abcdef0")
    tag = "ec2:ResourceTag/aws:cloudformation:stack-id"
    yield Call(action="ec2:TerminateInstances", resource=host)
    theirs = arn("cloudformation", f"stack/production/{ID}")
    yield Call(action="ec2:TerminateInstances", resource=host, context={tag: theirs})
    yield Call(action="ec2:DeleteVpc", resource=arn("ec2", "vpc/vpc-0123456789abcdef0", region="eu-west-1"))
    yield Call(action="ecs:UpdateService", resource=arn("ecs", "service/production/web"))
    yield Call(action="ecs:DeleteCluster", resource=arn("ecs", "cluster/production"))
    yield Call(action="logs:DeleteLogGroup", resource=arn("logs", "log-group:production"))
    yield Call(action="kms:Decrypt", resource=arn("kms", f"key/{ID}"))
    yield Call(action="kms:CreateGrant", resource=arn("kms", f"key/{ID}"))
    yield Call(
        action="kms:CreateGrant",
        resource=arn("kms", f"key/{ID}"),
        context={"kms:GrantIsForAWSResource": "false"},
    )
    yield Call(action="ecr:PutImage", resource=arn("ecr", "repository/payments/nginx"))
    yield Call(action="ecs:PutAccountSettingDefault")
    yield Call(action="ec2:CreateVpcPeeringConnection", resource=arn("ec2", "vpc/vpc-0123456789abcdef0"))
    yield Call(action="lambda:CreateFunction", resource=arn("lambda", "function:SC-1"))
    yield Call(action="route53:ChangeResourceRecordSets", resource="arn:aws:route53:::hostedzone/Z0123456789")
    yield Call(
        action="secretsmanager:GetSecretValue", resource=arn("secretsmanager", "secret:prod/db-a1b2c3")
    )
    yield Call(action="ssm:GetParameters", resource=arn("ssm", "parameter/prod/token"))
    yield Call(action="ssm:SendCommand", resource=host)
