"""What the jump host may do; apart from the host, because an instance profile takes two minutes.

It needs no network, so it is begun in the first second, and the host waits for it no longer than for
its subnet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from awacs import ssm
from troposphere import Ref, Sub, iam

from private_fargate.kit import kinds
from private_fargate.kit.policy import SESSION_ACTIONS, allow, trust
from private_fargate.kit.roles import add_role

if TYPE_CHECKING:
    from private_fargate.kit.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Config:
    """There is nothing to choose."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A profile needs nothing."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What the instance is given."""

    instance_profile_name: kinds.InstanceProfileName


def build(scope: Scope, _config: Config, _inputs: Inputs) -> Outputs:
    """Jump host profile: Session Manager, and nothing else."""
    role, attached = add_role(
        scope,
        "JumpHost",
        trust(Sub("ec2.${AWS::URLSuffix}")),
        [
            allow("RegisterWithSystemsManager", [ssm.UpdateInstanceInformation], ["*"]),
            allow("CarrySessions", SESSION_ACTIONS, ["*"]),
        ],
        why=(
            "What the host itself may do",
            "Sessions and nothing else: AWS's managed policy also reads every parameter",
        ),
    )
    profile = scope.add(
        iam.InstanceProfile("JumpHostProfile", DependsOn=attached, Roles=[Ref(role)]),
        why="Hands the role to the instance",
    )
    return Outputs(instance_profile_name=kinds.InstanceProfileName.of(profile))
