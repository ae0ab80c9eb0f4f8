"""What CloudFormation calls to make, read, change and remove a resource, by its type.

CloudFormation has no rights of its own: its handlers act with those of whoever deploys.  A role that deploys
one system needs what the handlers of that system's types call, and not more.

The lists are those of the schemas.  They name what any property may need, so that each property that is not
used brings rights that are not needed; `permissions` leaves them out.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.aws.handlers.model import Handlers
from private_fargate.aws.handlers.network import NETWORK
from private_fargate.aws.handlers.uses import BESIDES, NEVER, ONLY_WITH, SERVICE_LINKED
from private_fargate.aws.handlers.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["HANDLERS", "NEVER", "ONLY_WITH", "STEPS", "Handlers", "linked_services", "permissions"]

STEPS: Final = ("create", "read", "update", "delete", "tags")
"""The handlers of a type that a stack calls, and what its tags call."""

HANDLERS: Final[Mapping[str, Handlers]] = MappingProxyType({**NETWORK, **WORKLOADS})
"""Resource type -> what its handlers call; a type that is not here is not known."""


def permissions(cfn_type: str, properties: Collection[str]) -> frozenset[str]:
    """Return what the handlers of a resource call that has these properties.

    Args:
        cfn_type: a type of `HANDLERS`.
        properties: names of the properties that the template gives it, under a condition or not.

    Raises:
        KeyError: the type is not known.

    >>> sorted(permissions("AWS::EC2::InternetGateway", []))[:2]
    ['ec2:CreateInternetGateway', 'ec2:CreateTags']
    """
    handlers, given = HANDLERS[cfn_type], frozenset(properties)
    listed = frozenset(action for step in STEPS for action in handlers.of(step))
    callers, besides = ONLY_WITH.get(cfn_type, {}), BESIDES.get(cfn_type, {})
    needed = {action for action in listed if action not in callers or callers[action] & given}
    never = NEVER.get(cfn_type, {}).keys()
    return frozenset((needed - never) | {action for action, by in besides.items() if by & given})


def linked_services(cfn_type: str, properties: Collection[str]) -> frozenset[str]:
    """Return the services that may get a service-linked role when such a resource is made.

    >>> sorted(linked_services("AWS::ECS::Cluster", []))
    ['ecs.amazonaws.com']
    """
    return frozenset(
        service
        for (of_type, with_property), service in SERVICE_LINKED.items()
        if of_type == cfn_type and with_property in ("", *properties)
    )
