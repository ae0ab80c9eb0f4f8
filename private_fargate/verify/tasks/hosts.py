"""The instances that one reaches through Session Manager, and what they are made of.

An instance has properties of its own, and behind them those of its launch template.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.tasks.workloads import Workload
from private_fargate.verify.templates.values import as_bool, as_items, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System


def setting(system: System, host: Resource, *path: str) -> Value:
    """Give a property of an instance, or of its launch template; None if neither has it."""
    value = host.get(*path)
    named = host.get("LaunchTemplate")
    if value is not None or named is None:
        return value
    reference = (
        named.get("LaunchTemplateId") or named.get("LaunchTemplateName") if isinstance(named, dict) else named
    )
    template = system.find(reference, "EC2::LaunchTemplate")
    if template is None:
        reason = "the launch template is not in the templates"
        return host.stack.unknown(f"{host.address}.LaunchTemplate.{'.'.join(path)}", reason)
    return template.get("LaunchTemplateData", *path)


def profile(system: System, host: Resource) -> Resource | None:
    """Give the instance profile of an instance; None if it has none, or it is not ours.

    A launch template names it as `IamInstanceProfile: {Arn: …}` or `{Name: …}`.
    """
    value = setting(system, host, "IamInstanceProfile")
    if isinstance(value, dict):
        value = value.get("Arn") or value.get("Name")
    return system.find(value, "IAM::InstanceProfile")


_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_STRONG: Final = re.compile(
    r"jump|jumphost|jumpbox|jumpserver|bastion|ssm|sessions?|shell|tunnel|debug", re.IGNORECASE
)
_WEAK: Final = re.compile(
    r"host|admin|ops|management|access|instance|ec|private|public|dev|test|staging|prod", re.IGNORECASE
)
"""What is called a host, and nothing besides, is for people; a `DbHost` is for what runs on it."""

_ALLOWED: Final = re.compile(
    r"ssmmessages|UpdateInstanceInformation|ssm:\*|AmazonSSM|EC2RoleforSSM|session", re.IGNORECASE
)
"""What shows in a role that its instance answers to Session Manager; to read a parameter is no sign."""


def hosts(system: System) -> Iterator[Workload]:
    """Give the instances that are reached through Session Manager.

    Nothing in a template says that one is.  One with a key is reached by its key, one that forwards packets
    is a NAT instance; of the rest, those that are named for it, or whose role is.
    """
    for instance in system.of("EC2::Instance"):
        forwards = as_bool(setting(system, instance, "SourceDestCheck"), default=True) is False
        if setting(system, instance, "KeyName") is not None or forwards:
            continue
        if _is_for_sessions(system, instance):
            yield _host(system, instance)


def _host(system: System, instance: Resource) -> Workload:
    interfaces = as_items(setting(system, instance, "NetworkInterfaces")).values
    first = interfaces[0] if interfaces and isinstance(interfaces[0], dict) else {}
    groups = first.get("GroupSet", first.get("Groups"))
    return Workload(
        name=str(instance.address),
        kind="host",
        resource=instance,
        subnets=as_items(first.get("SubnetId", instance.get("SubnetId"))),
        groups=as_items(setting(system, instance, "SecurityGroupIds") if groups is None else groups),
        public_ip=first.get("AssociatePublicIpAddress", _address_of(system, instance)),
    )


def _is_for_sessions(system: System, instance: Resource) -> bool:
    """Say whether an instance, or its role, is named for Session Manager, or may use it."""
    own = profile(system, instance)
    role = system.find(next(iter(own.items("Roles").values), None), "IAM::Role") if own else None
    tags = (tag.get("Value") for tag in instance.items("Tags").values if isinstance(tag, dict))
    names = [*instance.address.stack, instance.logical_id, *(as_text(value) for value in tags)]
    grants = [as_text(arn) for arn in role.items("ManagedPolicyArns").values] if role else []
    grants += [str(role.get("Policies"))] if role else []
    return any(map(_is_named_for_sessions, names)) or any(map(_ALLOWED.search, grants))


def _is_named_for_sessions(name: str) -> bool:
    """Say whether a name is one of a host for people.

    >>> [_is_named_for_sessions(name) for name in ("JumpHost", "Host", "OpsHost", "DbHost", "Workshop")]
    [True, True, True, False, False]
    """
    words: list[str] = _WORD.findall(name)
    is_host = any(word.lower() == "host" for word in words) and all(map(_WEAK.fullmatch, words))
    return is_host or any(map(_STRONG.fullmatch, words))


def _address_of(system: System, instance: Resource) -> bool | None:
    """Give True if an Elastic IP address is given to an instance."""
    for address in system.of("EC2::EIP", "EC2::EIPAssociation"):
        if same(address.get("InstanceId"), instance.ref) is True:
            return True
    return None
