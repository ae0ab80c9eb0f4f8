"""Roles with everything that decides what they may do, as IAM has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from private_fargate.deploy.session import AccessError, DeployError, code_of, explained, pages
from private_fargate.fabric.authority.statements import MalformedPolicyError, Policy, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.session import Client, Session
    from private_fargate.fabric.authority.statements import Kind

_TRUST = "the trust policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role.

    Attributes:
        id: `AROA…`, which another role of the same name will not have.
        trust: None if it is no policy.
        identity: inline policies and those that are attached.
        problem: what is wrong with a policy of it other than the trust policy, so that nothing can be said of
            what the role may do; an empty text if nothing is.
    """

    arn: str
    name: str
    id: str
    tags: Mapping[str, str]
    trust: Policy | None
    identity: tuple[Policy, ...]
    boundary: Policy | None
    problem: str

    @property
    def account(self) -> str:
        """The account that it is in."""
        return self.arn.split(":")[4]


def read(session: Session, arn: str) -> Role | None:
    """Return a role; None if there is none, or one of the same name in another place.

    Raises:
        DeployError: IAM does not answer as it should; the message says what to do.
    """
    iam, name = session.client("iam"), arn.rpartition("/")[2]
    try:
        with explained():
            found = iam.get_role(RoleName=name)["Role"]
    except DeployError as error:
        if code(error) in {"NoSuchEntity", "ValidationError"}:
            return None
        raise
    if found["Arn"] != arn:
        return None
    with explained():
        return _role(iam, found)


def code(error: DeployError) -> str:
    """Return the code of an API's refusal; an empty text if no API answered."""
    return "" if isinstance(error, AccessError) else code_of(cast("Any", error.__cause__))


def _role(iam: Client, found: Mapping[str, Any]) -> Role:
    problems: list[str] = []
    boundary_arn = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    boundary = _managed(iam, boundary_arn) if boundary_arn else None
    return Role(
        arn=found["Arn"],
        name=found["RoleName"],
        id=found["RoleId"],
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        trust=_parsed(found["AssumeRolePolicyDocument"], _TRUST, "trust", []),
        identity=tuple(
            policy
            for name, document in _documents(iam, found["RoleName"])
            if (policy := _parsed(document, name, "identity", problems))
        ),
        boundary=_parsed(boundary, boundary_arn, "identity", problems) if boundary_arn else None,
        problem="; ".join(problems),
    )


def _documents(iam: Client, role: str) -> Iterator[tuple[str, object]]:
    for page in pages(iam, "list_role_policies", RoleName=role):
        for name in page["PolicyNames"]:
            yield name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for page in pages(iam, "list_attached_role_policies", RoleName=role):
        for each in page["AttachedPolicies"]:
            yield each["PolicyArn"], _managed(iam, each["PolicyArn"])


def _managed(iam: Client, arn: str) -> object:
    """Return the document of a managed policy in its default version; None if IAM does not have it."""
    try:
        with explained():
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    except DeployError as error:
        if code(error) == "NoSuchEntity":
            return None
        raise


def _parsed(document: object, name: str, kind: Kind, problems: list[str]) -> Policy | None:
    try:
        return parse(document, name, kind)
    except MalformedPolicyError as error:
        problems.append(f"{name} is a policy that AWS would refuse ({error})")
        return None
