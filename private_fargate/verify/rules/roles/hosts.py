"""The role with which a host is reached through Session Manager."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules import paths as paths_of
from private_fargate.verify.rules.hosts.jump_hosts import setting
from private_fargate.verify.rules.roles import faults as role_faults
from private_fargate.verify.rules.rule import Fault, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.roles import Role
    from private_fargate.verify.tasks.workloads import Workload

_NOT_CONNECTED: Final = "TargetNotConnected: <instance> is not connected; it is not in Fleet Manager either"
_PROFILE: Final = "systems-manager/latest/userguide/setup-instance-permissions.html"
_FOR_SESSIONS: Final = re.compile(r"jump|bastion|ssm|session|tunnel", re.IGNORECASE)


@rule(
    "IAM-022",
    "error",
    "The role of a host lets its agent register and open sessions",
    symptom=_NOT_CONNECTED,
    fix="Attach the managed policy AmazonSSMManagedInstanceCore to the role.",
    source=_PROFILE,
)
def agents_may_call(model: Model) -> Iterator[Fault]:
    """The agent runs and is refused; nothing but its own log on the host says so."""
    for group in [] if _has_another_way(model) else role_faults.gathered(model, "host"):
        meant = _is_meant(group[0].path.workload) or _speaks_of_sessions(group[0].role)
        yield role_faults.fault(model, group, severity=None if meant else "warning")


@rule(
    "IAM-023",
    "error",
    "A host of Session Manager has an instance profile",
    symptom=_NOT_CONNECTED,
    fix="Set IamInstanceProfile to an AWS::IAM::InstanceProfile whose role has AmazonSSMManagedInstanceCore.",
    source=f"{_PROFILE}; the Default Host Management Configuration of an account does without",
)
def hosts_have_a_profile(model: Model) -> Iterator[Fault]:
    """Without a profile the agent has no credentials, unless the account gives all instances some."""
    found = [
        (path, check)
        for path, check in paths_of.failing(model, "no role")
        if path.demand.caller == "instance"
        and setting(model.system, path.workload.resource, "IamInstanceProfile") is None
    ]
    if _has_another_way(model):
        return
    for resource, group in paths_of.gathered(found, paths_of.at_workload):
        workload = group[0][0].workload
        message = f"{workload.name} has no IamInstanceProfile, and no key to be reached by"
        severity = None if _is_meant(workload) else "warning"
        yield Fault(resource, message, breaks=paths_of.breaks(group), severity=severity)


def _is_meant(workload: Workload) -> bool:
    """Say whether a host is for sessions by its name; many others are called a host, too."""
    return bool(_FOR_SESSIONS.search(workload.name))


def _speaks_of_sessions(role: Role) -> bool:
    """Say whether a role allows anything of Systems Manager."""
    actions = [text for policy in role.policies for s in policy.statements for text in s.actions.texts]
    return any(action.startswith("ssm") for action in actions)


def _has_another_way(model: Model) -> bool:
    """Say whether hosts may be reached without an agent."""
    return any(True for _ in model.system.of("EC2::InstanceConnectEndpoint"))


RULES: Final[tuple[Rule, ...]] = (agents_may_call, hosts_have_a_profile)
