"""A deployed system, and how a request to IAM in it is spelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from account import Account
from flatten import PLACE, flatten
from systems import environment, service

from private_fargate.config.models import SecretsManagerSecret
from stacks import parent

if TYPE_CHECKING:
    from account import Document

OURS, THEIRS = PLACE["AWS::AccountId"], "999999999999"
REGISTRY = "111122223333"  # holds an image that a service of ours pulls
EVERYTHING: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
FOR_ALL: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}

ENVIRONMENT = environment(
    {
        "web": service(
            exec=True,
            secrets={
                "PASSWORD": SecretsManagerSecret(secretsmanager="prod/db:password::"),
                "TOKEN": "/prod/token",
            },
        ),
        "api": service(image=f"{REGISTRY}.dkr.ecr.us-east-1.amazonaws.com/api:1"),
    }
)
SYSTEM = Account(flatten(parent.render(ENVIRONMENT), {"WebImageDigest": f"sha256:{'0' * 64}"}))
REPOSITORY, KEY = "RepositoryNginxRepository", "FoundationDataKey"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call to AWS, with every policy that decides about it.

    Attributes:
        principal: ARN of who calls, or the name of a service of AWS.
        owner: account of the resource.
        identity: policies of the principal.
        resource_policy: of the resource, where it has one.
        endpoint: policy of the VPC endpoint on the way, where there is one.
        note: what tells it from others, for the name of its test.
    """

    principal: str
    action: str
    resource: str
    owner: str = OURS
    identity: list[Document] = field(default_factory=list)
    resource_policy: Document | None = None
    endpoint: Document | None = None
    context: dict[str, str] = field(default_factory=dict)
    note: str = ""

    def __str__(self) -> str:
        who, what = (name.removeprefix("arn:aws:") for name in (self.principal, self.resource))
        return f"{who} {self.action} {what} {self.note}".rstrip()


def arn(service_name: str, resource: str, account: str = OURS) -> str:
    return f"arn:aws:{service_name}:us-east-1:{account}:{resource}"


def log_stream(log_group: str) -> str:
    return arn("logs", f"log-group:{log_group}:log-stream:stdout/web/0123456789abcdef")


def by_role(role: str, actions: str, resource: str, *doors: str, **more: Any) -> list[Request]:
    """Return what a role of the system calls.

    Args:
        role: logical ID.
        actions: of one service, as in `logs:CreateLogStream PutLogEvents`.
        resource: its ARN, or `*` where the action has no resource level.
        doors: endpoints through which each action is called; none for calls that do not come from the VPC.
        more: other fields of the request.
    """
    prefix, _, names = actions.partition(":")
    principal = SYSTEM.arn(role)
    return [
        Request(
            principal=principal,
            action=f"{prefix}:{name}",
            resource=resource,
            identity=SYSTEM.permissions(role),
            endpoint=SYSTEM.endpoint(door) if door else None,
            context={"aws:PrincipalAccount": OURS, "aws:PrincipalArn": principal},
            note=f"through {door}" if door else "",
            **more,
        )
        for name in names.split()
        for door in doors or (None,)
    ]


def by_anyone(account: str, action: str, resource: str, door: str, owner: str) -> Request:
    """Return a call from inside the VPC by somebody whom IAM and the resource let do everything."""
    principal = f"arn:aws:iam::{account}:role/Anyone"
    return Request(
        principal=principal,
        action=action,
        resource=resource,
        owner=owner,
        identity=[EVERYTHING],
        resource_policy=FOR_ALL if owner != account else None,
        endpoint=SYSTEM.endpoint(door),
        context={"aws:PrincipalAccount": account, "aws:PrincipalArn": principal},
        note=f"through {door}",
    )


def assumption(role: str, principal: str, source: str | None = None) -> Request:
    """Return the attempt to assume a role, for the resource with the ARN `source`."""
    account = source.split(":")[4] if source else None
    return Request(
        principal=principal,
        action="sts:AssumeRole",
        resource=SYSTEM.arn(role),
        identity=[EVERYTHING] if principal.startswith("arn:") else [],
        resource_policy=SYSTEM.trust(role),
        context={"aws:SourceAccount": account, "aws:SourceArn": source} if account and source else {},
        note=f"for {source}",
    )


def with_key(principal: str, action: str, context: dict[str, str]) -> Request:
    """Return the use of the system's key by a service, or by a role that may do everything."""
    return Request(
        principal=principal,
        action=action,
        resource=SYSTEM.arn(KEY),
        identity=[EVERYTHING] if principal.startswith("arn:") else [],
        resource_policy=SYSTEM.key_policy(KEY),
        context=context,
        note=" ".join(context.values()),
    )
