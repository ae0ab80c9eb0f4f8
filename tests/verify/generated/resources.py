"""A system as resources of CloudFormation, before anybody spells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.verify.generated.networks import neighbour, network
from tests.verify.generated.permissions import doors, roles
from tests.verify.generated.tasks import balancers, cluster, data, services

if TYPE_CHECKING:
    from tests.verify.generated.systems import System
    from tests.verify.generated.written import Manner, Resource


def resources(system: System, manner: Manner) -> list[Resource]:
    """Write a system, each resource after those that it refers to."""
    found = [
        *network(system, manner),
        *(neighbour(system) if system.has_neighbour else ()),
        *data(system, manner),
        *roles(system, manner),
        *doors(system),
        *cluster(system, manner),
        *balancers(system),
    ]
    return [*found, *services(system, manner, found)]
