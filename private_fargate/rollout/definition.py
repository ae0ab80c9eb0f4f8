"""What a StackSet is to be: its template, the values of all, its roles; and whether it is that already."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.options import takes
from private_fargate.deploy.session import DeployError, explained
from private_fargate.errors import UserError
from private_fargate.plan.trees import STACK
from private_fargate.rollout.model import VPC_CIDR
from private_fargate.rollout.targets import check_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.config.models import Environment
    from private_fargate.config.rollout import Rollout
    from private_fargate.deploy.packaging import Package
    from private_fargate.deploy.session import Client, Session
    from private_fargate.rollout.client import StackSet

CUSTOM_ROLE: Final = "stacksets-exec-custom-"
"""How the name of a role of ours begins; the one that StackSets makes for itself cannot make nested stacks.

Source: AWSCloudFormation/latest/UserGuide/stacksets-custom-execution-role.html
"""

_DIGITS: Final = 64
_ROLE_NAME: Final = 64


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a StackSet is to be.

    Attributes:
        arguments: As CreateStackSet takes them, without its name.
        parameters: The values that all instances have, defaults of the template included.
        digest: Of all that; it stands in the description, which AWS gives back.
    """

    arguments: Mapping[str, Any]
    parameters: Mapping[str, str]
    digest: str

    def differences(self, described: Mapping[str, Any] | None) -> tuple[str, ...]:
        """Return in words what of it is not so; nothing if the StackSet is what it is to be."""
        if described is None:
            return ("the StackSet is not there",)
        found: list[str] = []
        if _document(described.get("TemplateBody")) != _document(self.template):
            found.append("the template")
        given = {each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])}
        if given != self.parameters:
            names = {*given, *self.parameters}
            changed = sorted(name for name in names if given.get(name) != self.parameters.get(name))
            found.append(f"values of all: {', '.join(changed)}")
        if self.digest not in described.get("Description", "") and not found:
            found.append("settings of the StackSet")
        return tuple(found)

    @property
    def template(self) -> str:
        """The root template, whether it is sent or read from S3."""
        return str(self.arguments["TemplateBody"])

    def sent(self, url: str | None) -> dict[str, Any]:
        """Return the arguments as they are sent: a large template by its address."""
        if url is None:
            return dict(self.arguments)
        return {**{k: v for k, v in self.arguments.items() if k != "TemplateBody"}, "TemplateURL": url}


def definition(  # noqa: PLR0913, PLR0917 -- which, whose, how, and what of
    stack_set: StackSet,
    environment: Environment,
    settings: Rollout,
    package: Package,
    bucket: str,
    templates: Mapping[str, bytes],
) -> Definition:
    """Return what the StackSet of an environment is to be.

    Args:
        stack_set: which.
        environment: whose templates these are.
        settings: of the rollout.
        package: the templates, with absolute addresses.
        bucket: where they are.
        templates: the same by file name, as they were built.

    Raises:
        UserError: a field of the launch form has no value, or a value is for no field.
        DeployError: the installed boto3 does not know what the settings need.
    """
    values = _values(environment, settings, package)
    arguments: dict[str, Any] = {
        "TemplateBody": package.parent.decode(),
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in sorted(values.items())],
        "Tags": [
            {"Key": key, "Value": value}
            for key, value in sorted({"Environment": environment.name, **environment.tags}.items())
        ],
        "ManagedExecution": {"Active": True},
    }
    if settings.permissions == "self-managed":
        arguments |= _self_managed(stack_set.session, settings)
    else:
        arguments |= _service_managed(stack_set, settings)
        if _nests(package.parent):
            arguments |= _nesting(stack_set, environment, settings, bucket, templates)
    digest = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()
    arguments["Description"] = f"{environment.name}, rolled out by private-fargate; sha256 {digest}"
    return Definition(arguments=arguments, parameters=values, digest=digest)


def _values(environment: Environment, settings: Rollout, package: Package) -> dict[str, str]:
    """Return the values of all: every one is said, for only such a value can be overridden."""
    declared: dict[str, dict[str, Any]] = json.loads(package.parent).get("Parameters", {})
    check_values(settings, declared)
    values = {name: str(each["Default"]) for name, each in declared.items() if "Default" in each}
    values.update(settings.parameters)
    if VPC_CIDR in declared:
        values.setdefault(VPC_CIDR, environment.network.cidr)
    missing = sorted(declared.keys() - values.keys())
    if missing:
        message = (
            f"rollout.parameters: {', '.join(missing)} has no default; give it a value for all instances"
        )
        raise UserError(message)
    return values


def _self_managed(session: Session, settings: Rollout) -> dict[str, Any]:
    with explained():
        caller = session.client("sts").get_caller_identity()
    partition = caller["Arn"].split(":")[1]
    role = f"arn:{partition}:iam::{caller['Account']}:role/{settings.administration_role}"
    return {
        "PermissionModel": "SELF_MANAGED",
        "AdministrationRoleARN": role,
        "ExecutionRoleName": settings.execution_role,
        "Capabilities": ["CAPABILITY_IAM"],
    }


def _service_managed(stack_set: StackSet, settings: Rollout) -> dict[str, Any]:
    """Return the part that AWS Organizations has in it."""
    return {
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": _automatic(stack_set.session.client("cloudformation"), settings),
        "Capabilities": ["CAPABILITY_IAM"],
    }


def _nesting(
    stack_set: StackSet,
    environment: Environment,
    settings: Rollout,
    bucket: str,
    templates: Mapping[str, bytes],
) -> dict[str, Any]:
    """Return what nested stacks need beyond that: a role of our making, which may do what they need."""
    if not takes(stack_set.session.client("cloudformation"), "CreateStackSet", "ExecutionRoleTemplateBody"):
        message = (
            "rollout.permissions: service-managed StackSets make nested stacks only with an execution role "
            "of one's own, which the installed boto3 does not know; update boto3, or write self-managed"
        )
        raise DeployError(message)
    from stacks.launch_role import stack_sets  # noqa: PLC0415 -- troposphere takes 100 ms

    name = execution_role(stack_set.name, settings)
    return {
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "ExecutionRoleName": name,
        "ExecutionRoleTemplateBody": stack_sets.service_managed(
            environment, templates, name, bucket
        ).decode(),
        "StackSetOutputBucket": bucket,
    }


def _automatic(client: Client, settings: Rollout) -> dict[str, Any]:
    """Return what happens when accounts join or leave a unit; the rest may be said only if something does."""
    if not settings.automatic:
        return {"Enabled": False}
    if settings.after and not takes(client, "CreateStackSet", "AutoDeployment", "DependsOn"):
        message = (
            "rollout.after: where accounts get instances by themselves, StackSets has to know what comes "
            "first, which the installed boto3 does not know; update boto3, or leave one of the two out"
        )
        raise DeployError(message)
    return {
        "Enabled": True,
        "RetainStacksOnAccountRemoval": settings.retain_when_leaving,
        **({"DependsOn": list(settings.after)} if settings.after else {}),
    }


def execution_role(stack_set: str, settings: Rollout) -> str:
    """Return the name of the role that StackSets takes in the target accounts."""
    if settings.permissions == "self-managed" or settings.execution_role.startswith(CUSTOM_ROLE):
        return settings.execution_role
    return f"{CUSTOM_ROLE}{stack_set}"[:_ROLE_NAME]


def _nests(template: bytes) -> bool:
    resources: dict[str, dict[str, Any]] = json.loads(template).get("Resources", {})
    return any(each["Type"] == STACK for each in resources.values())


def _document(text: str | None) -> object:
    try:
        return json.loads(text or "")
    except ValueError:
        return text


def digest_in(described: Mapping[str, Any]) -> str:
    """Return the digest of what was rolled out last; empty if that was not our doing."""
    _, found, digest = str(described.get("Description", "")).rpartition("sha256 ")
    return digest if found and len(digest) == _DIGITS else ""
