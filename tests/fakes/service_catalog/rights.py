"""What a launch role may do, and the embedded CloudFormation's asking before it does something with one.

Judged exactly, with conditions and permissions boundary: whether Service Catalog may take the role; the
reading of templates from S3, bucket policies included; what is done to stacks; the making of roles and their
policies; the passing of roles.  Judged roughly: other types of resources, of each of which one action has to
be allowed on something, whatever the conditions.  Not judged: deletions of resources, and whether somebody
without a launch role may do what is launched.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from private_fargate.deploy.session import DeployError, connect_to
from private_fargate.fabric.authority import roles
from private_fargate.fabric.authority.evaluation import Policies, Request, opinion, refusal
from private_fargate.fabric.authority.patterns import matches
from private_fargate.fabric.authority.principals import Who
from private_fargate.fabric.authority.statements import MalformedPolicyError, parse
from private_fargate.local.server import buckets, organizations, steps
from tests.fakes.service_catalog import inside
from tests.fakes.service_catalog.needs import ROUGHLY, needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.fabric.authority.roles import Role
    from private_fargate.fabric.authority.statements import Policy
    from private_fargate.local.server.handlers import Properties

SERVICE = "servicecatalog.amazonaws.com"
COPIES = "servicecatalog-copies"  # the bucket of Service Catalog's own, which nobody sees
_TEMPLATE_STACK = "AWS::CloudFormation::Stack"

_copies: dict[str, bytes] = {}
_guarded: dict[tuple[str, str, str], Rights] = {}  # by account, Region and name of the root stack


class DeniedError(ValueError):
    """The role may not; the text says it as AWS does."""


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What a role may do that Service Catalog has taken, in an account and a Region."""

    role: Role
    account: str
    region: str
    organization: str | None

    @property
    def session(self) -> str:
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role.name}/servicecatalog"

    def require(self, action: str, resource: str, **context: str) -> None:
        """Refuse what no policy allows.

        Raises:
            DeniedError: none does.
        """
        policies = Policies(identity=self.role.identity, boundary=self.role.boundary)
        if reason := refusal(policies, self._request(action, resource, context)):
            message = f"User: {self.session} is not authorized to perform: {action} on resource: {resource}"
            raise DeniedError(f"{message} {reason}")

    def require_reading(self, url: str) -> None:
        """Refuse the address of a template that is none of S3, or that the role may not read.

        Raises:
            DeniedError: it may not.
            ValueError: there is no such address.
        """
        place = inside.bucket_and_key(url)
        if place is None:
            raise ValueError("TemplateURL must be a supported URL.")
        owner = inside.owner(place[0])
        if owner is None or not self.may_read(owner, *place):
            raise DeniedError(buckets.DENIED)

    def may_read(self, owner: str, bucket: str, key: str) -> bool:
        """Say whether the role may read an object: by its own policies, and by the bucket's where it must."""
        request = self._request(
            "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", {"aws:ResourceAccount": owner}
        )
        policies = Policies(
            identity=self.role.identity,
            boundary=self.role.boundary,
            resource=_bucket_policy(bucket, owner),
            consent="either" if owner == self.account else "both",
        )
        return not refusal(policies, request)

    def require_roughly(self, action: str) -> None:
        """Refuse an action that no statement allows on anything.

        Raises:
            DeniedError: none does.
        """
        bounds = [self.role.identity, *([(self.role.boundary,)] if self.role.boundary else [])]
        if not all(_names(policies, action) for policies in bounds):
            message = f"User: {self.session} is not authorized to perform: {action}"
            raise DeniedError(f"{message} because no identity-based policy allows the {action} action")

    def _request(self, action: str, resource: str, context: dict[str, str]) -> Request:
        known = {
            "aws:CalledVia": "cloudformation.amazonaws.com",
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalArn": self.role.arn,
            "aws:RequestedRegion": self.region,
            "aws:ResourceAccount": self.account,
            "aws:SecureTransport": "true",
            "aws:ViaAWSService": "true",
            **({"aws:PrincipalOrgID": self.organization} if self.organization else {}),
            **context,
        }
        return Request(
            who=Who(
                session_arn=self.session,
                role_arn=self.role.arn,
                role_id=self.role.id,
                account=self.account,
            ),
            action=action,
            resource=resource,
            context={key.lower(): (value,) for key, value in known.items()},
        )


def _names(policies: tuple[Policy, ...], action: str) -> bool:
    return any(
        statement.is_allow
        and any(matches(text.lower(), action.lower(), None) for text in statement.actions.texts)
        != statement.actions.is_negated
        for policy in policies
        for statement in policy.statements
    )


def _bucket_policy(bucket: str, owner: str) -> Policy | None:
    document = inside.bucket_policy(bucket, owner)
    try:
        return None if document is None else parse(document, bucket, "resource")
    except MalformedPolicyError:
        return None


def take(arn: str, account: str, region: str) -> Rights:
    """Return what Service Catalog may do once it has taken a role.

    Raises:
        DeniedError: it cannot: the role is in another account, or not there, or does not trust it.
    """
    refused = DeniedError(
        f"Service Catalog cannot assume the launch role {arn}: User: {SERVICE} is not authorized to perform: "
        f"sts:AssumeRole on resource: {arn}"
    )
    session = connect_to(
        {
            "AWS_ENDPOINT_URL": inside.address(),
            "AWS_REGION": region,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "test",
        }
    )
    try:
        role = roles.read(session, arn) if arn.split(":")[4] == account else None
    except DeployError as error:
        raise refused from error
    if role is None or role.trust is None or not _is_trusted(role, account):
        raise refused
    return Rights(
        role=role, account=account, region=region, organization=organizations.organization_id(account)
    )


def _is_trusted(role: Role, account: str) -> bool:
    assert role.trust is not None
    request = Request(
        who=Who(service=SERVICE),
        action="sts:AssumeRole",
        resource=role.arn,
        context={"aws:sourceaccount": (account,)},
    )
    said = opinion([role.trust], request)
    return bool(said.allows) and not said.is_denied


def keep_copy(artifact: str, body: str) -> str:
    """Keep a root template where CloudFormation can read it, and return its address."""
    key = f"{artifact}-{hashlib.sha256(body.encode()).hexdigest()[:8]}"  # rules of constraints are part of it
    _copies[key] = body.encode()
    return f"{inside.address()}/{COPIES}/{key}"


def guard(stack: str, rights: Rights | None, account: str, region: str) -> None:
    """Let what is done to a stack from now on be done with these rights; None is for everything."""
    if rights is None:
        _guarded.pop((account, region, stack), None)
    else:
        _guarded[account, region, stack] = rights


def guard_resources() -> None:
    """Let each resource of a guarded stack be made and changed only if its role may."""
    for resource_type, handler in inside.resource_handlers().items():
        if "create" in handler:
            handler["create"] = _guarded_create(resource_type, handler["create"])
        if "update" in handler:
            handler["update"] = _guarded_update(resource_type, handler["update"])
    inside.serve_objects(COPIES, _copies)


def _guarded_create(resource_type: str, create: Callable[..., Any]) -> Callable[..., Any]:
    def made(logical_id: str, properties: Properties, stack: str, *rest: Any) -> Any:
        return _with_rights(
            stack, resource_type, logical_id, properties, lambda: create(logical_id, properties, stack, *rest)
        )

    return made


def _guarded_update(resource_type: str, update: Callable[..., Any]) -> Callable[..., Any]:
    def changed(
        physical_id: str, old: Properties, new: Properties, stack: str, *rest: Any, **named: Any
    ) -> Any:
        def go_on() -> Any:
            return update(physical_id, old, new, stack, *rest, **named)

        if old == new:
            return go_on()
        return _with_rights(stack, resource_type, physical_id, new, go_on)

    return changed


def _with_rights(
    stack: str, resource_type: str, name: str, properties: Properties, go_on: Callable[[], Any]
) -> Any:
    """Do something to a resource, if it may be done.

    Raises:
        ValueError: it may not; the text is the reason that the resource failed.
    """
    account, region = inside.whereabouts()
    rights = _guarded.get((account, region, str(steps.root_of(stack)["StackName"])))
    if rights is None:
        return go_on()
    if resource_type == _TEMPLATE_STACK:
        rights.require_reading(str(properties.get("TemplateURL", "")))
    for need in needs(resource_type, name, properties, stack, account, region):
        rights.require(need.action, need.resource, **need.context)
    if resource_type in ROUGHLY:
        rights.require_roughly(ROUGHLY[resource_type])
    return go_on()
