"""One thing that a task or a host asks of AWS: where it is, as whom, and which calls it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from private_fargate.aws.buckets import ECR_LAYERS

if TYPE_CHECKING:
    from private_fargate.aws.needs import Need, Role
    from private_fargate.verify.templates.systems import System

HTTPS: Final = 443

NFS: Final = 2049


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an API.

    Attributes:
        action: As `ecr:BatchGetImage`.
        resources: The ARN that it is about; more than one where AWS takes either spelling.
    """

    action: str
    resources: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One thing that a workload asks for.

    Attributes:
        need: Its name in a proof: `ecr.api:443`.
        feature: The row of the table of needs; None for what is no call of an API.
        endpoint: The endpoint service that leads there; empty if none does.
        host: The public name that has to be reached if no endpoint serves; empty if it is AWS's.
        region: The region in which it is; empty for the stack's own.
        dual_stack: Whether it is called by a dual-stack name of ECR.
        caller: Whose credentials it takes: the execution role's, the task role's, the instance's.
        calls: What the caller does there, each of which its role and the endpoint have to allow.
        layers: Whether these are image layers, which AWS signs for itself.
        needs_network: False for what another service of AWS does in the caller's name.
        at: Where in the task definition it comes from.
        unknown: Why it is not known what is asked for; empty if it is.
    """

    need: str
    feature: Need | None = None
    endpoint: str = ""
    host: str = ""
    region: str = ""
    dual_stack: bool = False
    caller: Role | None = None
    calls: tuple[Call, ...] = ()
    layers: bool = False
    needs_network: bool = True
    at: tuple[str | int, ...] = field(default=(), compare=False)
    unknown: str = ""


class Names:
    """ARNs in the account and region of the deployment."""

    def __init__(self, system: System) -> None:
        """Ask the world in which the system is looked at."""
        pseudo = system.world.pseudo
        self.partition: str = pseudo("AWS::Partition")
        self.region: str = pseudo("AWS::Region")
        self.account: str = pseudo("AWS::AccountId")

    def arn(self, service: str, resource: str, region: str | None = None, account: str | None = None) -> str:
        """Give the ARN of a resource, of this region and account unless others are named."""
        own = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{region or self.region}:{own}:{resource}"

    def layers(self, region: str, layer: str) -> str:
        """Give the ARN of an image layer in the bucket that AWS keeps for a region."""
        text = ECR_LAYERS.replace("${AWS::Partition}", self.partition).replace("${AWS::Region}", region)
        return text.replace("*", layer)


def actions_of(need: Need, role: Role, kind: str) -> tuple[str, ...]:
    """Give the actions of a need that one role needs on one kind of resource."""
    found = [p.actions for p in need.permissions if p.role == role and p.resource == kind]
    return tuple(action for actions in found for action in actions)
