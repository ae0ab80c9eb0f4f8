"""Random single changes of a system, of which nobody says beforehand what they break.

The faults of the generator are those whose consequence its author knew.  A differential test needs no such
knowledge: whatever is changed, both sides have to say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from tests.fabric.oracle import changed_access as access
from tests.fabric.oracle import changed_filters as filters
from tests.fabric.oracle import changed_ways as ways
from tests.verify.generated.drawn_access import acls

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.fabric.oracle.changed_ways import Change
    from tests.verify.generated.systems import System

    Mutation: TypeAlias = Callable[[random.Random, System], Change]

_SHARE_OF_ACLS: Final = 0.6
"""Of the systems without ACLs, this share gets some before one is broken."""


def mutated(rng: random.Random, system: System) -> tuple[str, System]:
    """Change a system in one place; give the kind of change with the area that it is in."""
    while True:
        area = rng.choice(AREAS)
        if area == "ACLs" and not system.acls and rng.random() < _SHARE_OF_ACLS:
            system = acls(system)
        for mutate in rng.sample(_MUTATIONS[area], len(_MUTATIONS[area])):
            found = mutate(rng, system)
            if found is not None and found[1] != system:
                return f"{area}: {found[0]}", found[1]


_MUTATIONS: Final[dict[str, tuple[Mutation, ...]]] = {
    "ACLs": (
        filters.lost_entry,
        filters.other_entry,
        filters.other_entry,
        filters.denial,
        filters.denial,
        filters.new_acl,
    ),
    "DNS": (ways.no_resolver, ways.no_hostnames, ways.private_dns, ways.private_dns),
    "endpoints": (ways.lost_door, ways.moved_door, ways.moved_door, ways.other_service),
    "groups": (
        filters.lost_rule,
        filters.other_rule,
        filters.other_rule,
        filters.narrow,
        filters.other_groups,
    ),
    "policies": (access.other_policy,),
    "roles": (
        access.other_role,
        access.other_role,
        access.other_role,
        access.lost_statement,
        access.trust,
        access.swapped_role,
    ),
    "routes": (ways.other_table, ways.other_way, ways.moved_nat, ways.address, ways.place),
}

AREAS: Final = tuple(_MUTATIONS)
"""What a fault can be in."""
