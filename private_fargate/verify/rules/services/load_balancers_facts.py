"""Which listener forwards to which target group, and where load balancers stand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.services.facts import below, mappings
from private_fargate.verify.tasks.workloads import one_word
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import Items, as_items, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

BALANCER: Final = "ElasticLoadBalancingV2::LoadBalancer"
GROUP: Final = "ElasticLoadBalancingV2::TargetGroup"
LISTENER: Final = "ElasticLoadBalancingV2::Listener"
LISTENER_RULE: Final = "ElasticLoadBalancingV2::ListenerRule"


@dataclass(frozen=True, slots=True)
class Forward:
    """Something that sends traffic to a target group.

    Attributes:
        by: The listener, or the rule of one.
        target: What refers to the target group.
        at: Where in it that is written.
    """

    by: Resource
    target: Value
    at: tuple[str | int, ...]


class Forwards:
    """What sends traffic where, looked up by target group."""

    def __init__(self, system: System) -> None:
        """Read every listener and every rule of a system, once."""
        self.system = system
        self.all = tuple(_forwards(system))
        self._to: dict[str, list[Forward]] = defaultdict(list)
        for forward in self.all:
            self._to[as_text(forward.target)].append(forward)
        self.unsure = tuple(forward for forward in self.all if has_unknown(forward.target))
        """Those whose target group is not known: it may be any."""

    def to(self, group: Value) -> list[Forward]:
        """Give what sends traffic to a target group for certain."""
        return self._to.get(as_text(group), [])

    def listener(self, forward: Forward) -> Resource | None:
        """Give the listener, which a rule only names; None if it is not ours."""
        if forward.by.type == f"AWS::{LISTENER}":
            return forward.by
        return self.system.find(forward.by.get("ListenerArn"), LISTENER)

    def balancer(self, forward: Forward) -> Resource | None:
        """Give the load balancer; None if it is not ours."""
        listener = self.listener(forward)
        return self.system.find(listener.get("LoadBalancerArn"), BALANCER) if listener else None


def _forwards(system: System) -> Iterator[Forward]:
    for name, kind in (("DefaultActions", LISTENER), ("Actions", LISTENER_RULE)):
        for by in system.of(kind):
            actions = by.items(name)
            if actions.unknown is not None:
                yield Forward(by, actions.unknown, (name,))
            for index, action in enumerate(actions.values):
                yield from _targets(by, action, (name, index))


def _targets(by: Resource, action: Value, at: tuple[str | int, ...]) -> Iterator[Forward]:
    """Give where an action forwards to: to one group, or to several with weights."""
    if not isinstance(action, dict):
        yield Forward(by, action, at)
        return
    if action.get("TargetGroupArn") is not None:
        yield Forward(by, action["TargetGroupArn"], (*at, "TargetGroupArn"))
    groups = as_items(below(action, "ForwardConfig", "TargetGroups"))
    if groups.unknown is not None:
        yield Forward(by, groups.unknown, (*at, "ForwardConfig", "TargetGroups"))
    for index, weighted in mappings(groups):
        if weighted.get("TargetGroupArn") is not None:
            place = (*at, "ForwardConfig", "TargetGroups", index, "TargetGroupArn")
            yield Forward(by, weighted["TargetGroupArn"], place)


def is_application(balancer: Resource) -> bool:
    """Say whether a load balancer is an Application Load Balancer for certain."""
    kind = balancer.get("Type")
    return kind is None or one_word(kind, "APPLICATION") is True


def subnets_of(balancer: Resource) -> tuple[str, Items]:
    """Give the subnets of a load balancer, and the property that names them."""
    if balancer.get("Subnets") is not None:
        return "Subnets", balancer.items("Subnets")
    found = balancer.items("SubnetMappings")
    if found.unknown is not None or not all(isinstance(item, dict) for item in found.values):
        return "SubnetMappings", Items((), found.unknown or "")
    return "SubnetMappings", Items(tuple(item.get("SubnetId") for item in found.values))
