"""IAM where ministack's differs: instance profiles, and policies of a role that are resources of their own.

`AWS::IAM::ManagedPolicy`, `AWS::IAM::Policy` and, but for its boundary, `AWS::IAM::Role` are ministack's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import iam
from ministack.services.cloudformation import provisioners

from private_fargate.local.server.handlers import Handler, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_NAME_LENGTH = 128


def register_all() -> None:
    """Register the types of this module."""
    _keep_boundaries()
    profile_only = frozenset({"InstanceProfileName", "Path"})
    register(
        "AWS::IAM::InstanceProfile",
        Handler(create=_profile, delete=_no_profile, update=_change_profile, create_only=profile_only),
    )
    policy_only = frozenset({"PolicyName", "RoleName"})
    register(
        "AWS::IAM::RolePolicy",
        Handler(create=_policy, delete=_no_policy, update=_change_policy, create_only=policy_only),
    )


def _keep_boundaries() -> None:
    """Let a role have the permissions boundary of its template, which ministack's handlers drop."""
    role = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    create, update = role["create"], role["update"]

    def create_bounded(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        return _bounded(create(logical_id, properties, stack), properties)

    def update_bounded(
        name: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None
    ) -> tuple[str, Attributes]:
        return _bounded(update(name, old, new, stack, logical_id), new)

    role |= {"create": create_bounded, "update": update_bounded}


def _bounded(made: tuple[str, Attributes], properties: Properties) -> tuple[str, Attributes]:
    iam._roles[made[0]]["PermissionsBoundary"] = properties.get("PermissionsBoundary")
    return made


def _profile(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
    """Make an instance profile; `Ref` gives its name, as on AWS, where ministack gives the ARN."""
    roles = _existing_roles(properties)
    name = properties.get("InstanceProfileName") or provisioners._physical_name(
        stack, logical_id, max_len=_NAME_LENGTH
    )
    _call(iam._create_instance_profile, InstanceProfileName=name, Path=properties.get("Path", "/"))
    record = iam._instance_profiles[name]
    record["Roles"] = roles
    return name, {"Arn": record["Arn"]}


def _change_profile(name: str, _old: Properties, new: Properties) -> None:
    iam._instance_profiles[name]["Roles"] = _existing_roles(new)


def _no_profile(name: str, _properties: Properties) -> None:
    iam._instance_profiles.pop(name, None)


def _existing_roles(properties: Properties) -> list[str]:
    roles: list[str] = properties.get("Roles", [])
    for role in roles:
        if role not in iam._roles:
            raise ValueError(f"The role with name {role} cannot be found.")
    return roles


def _policy(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    policy, role = properties["PolicyName"], properties["RoleName"]
    document = properties.get("PolicyDocument", {})
    text = document if isinstance(document, str) else json.dumps(document)
    _call(iam._put_role_policy, RoleName=role, PolicyName=policy, PolicyDocument=text)
    return f"{policy}|{role}", {}


def _change_policy(_physical_id: str, _old: Properties, new: Properties) -> None:
    _policy("", new, "")


def _no_policy(_physical_id: str, properties: Properties) -> None:
    if properties["RoleName"] in iam._roles:  # a role takes its policies with it
        names = {name: properties[name] for name in ("PolicyName", "RoleName")}
        _call(iam._delete_role_policy, **names)


def _call(operation: Any, **parameters: str) -> None:  # noqa: ANN401 -- ministack has no types
    status, _, body = operation({name: [value] for name, value in parameters.items()})
    if status >= 400:  # noqa: PLR2004 -- HTTP
        raise ValueError(body.decode() if isinstance(body, bytes) else str(body))
