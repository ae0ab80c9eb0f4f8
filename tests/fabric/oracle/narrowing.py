"""Systems of the generator, narrowed to what the embedded AWS creates and the fabric's agents try.

No file systems, no load balancers, no Service Connect: the embedded AWS does not create them.  No images from
registries outside AWS: there is no internet behind the fabric in which they could be.  And all in one region:
a repository that is in several is found in the first one only, by the registry of the embedded AWS.

In half of the systems each interface endpoint is in one subnet: where it has an address in several, a fault
of one of them does not show if a client comes through by the other.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.verify.generated.drawing import draw as draw_any

if TYPE_CHECKING:
    from tests.verify.generated.systems import Acl, Group, Service, System

_OTHER: Final = 1_000_000
"""What is added to a seed whose system cannot be narrowed."""

_SHARE_OF_SINGLE_DOORS: Final = 0.5
_REGION: Final = "us-east-1"
_SMALL: Final = (80, 2049)
"""Ports that only load balancers and file systems are called on."""


def draw(seed: int) -> System:
    """Draw a correct system that can be deployed and tried."""
    rng = random.Random(f"doors {seed}")  # noqa: S311 -- no secret: the same doors on every machine
    system = draw_any(seed)
    while any(service.image for service in system.services):
        seed += _OTHER
        system = draw_any(seed)
    found = narrowed(system)
    return _with_single_doors(rng, found) if rng.random() < _SHARE_OF_SINGLE_DOORS else found


def _with_single_doors(rng: random.Random, system: System) -> System:
    """Leave each interface endpoint one of its subnets, not the same for all of them."""
    endpoints = tuple(
        endpoint if endpoint.is_gateway else replace(endpoint, subnets=(rng.choice(endpoint.subnets),))
        for endpoint in system.endpoints
    )
    return replace(system, endpoints=endpoints)


def narrowed(system: System) -> System:
    """Take out of a system what cannot be deployed, and what is only there for it."""
    gone = {"FilesGroup", *(name for balancer in system.balancers for name in balancer.groups)}
    groups = tuple(_group(group, gone) for group in system.groups if group.name not in gone)
    endpoints = tuple(endpoint for endpoint in system.endpoints if endpoint.service != "ecs-agent")
    if all(endpoint.is_gateway for endpoint in endpoints):
        groups = tuple(group for group in groups if group.name != "DoorGroup")
        groups = tuple(_group(group, {"DoorGroup"}) for group in groups)
    return replace(
        system,
        region=_REGION,
        services=tuple(map(_service, system.services)),
        groups=groups,
        endpoints=endpoints,
        acls=tuple(map(_acl, system.acls)),
        targets=(),
        balancers=(),
    )


def _service(service: Service) -> Service:
    return replace(service, mounts=False, connects=False, balancer="")


def _group(group: Group, gone: set[str]) -> Group:
    ingress = tuple(rule for rule in group.ingress if rule.peer not in gone)
    if group.egress is None:
        return replace(group, ingress=ingress)
    return replace(
        group,
        ingress=ingress,
        egress=tuple(rule for rule in group.egress if rule.peer not in gone and rule.port not in _SMALL),
    )


def _acl(acl: Acl) -> Acl:
    return replace(acl, entries=tuple(entry for entry in acl.entries if entry.first not in _SMALL))
