"""The whole plan of a network."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from private_fargate.fabric.linux import cards, nat, outside, router
from private_fargate.fabric.linux.chains import meanings, render
from private_fargate.fabric.linux.layout import AVAILABLE, lay_out
from private_fargate.fabric.linux.plans import ANYWHERE, INTERNET, ROUTER, Door, Plan, Space, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.fabric.linux.chains import Chain
    from private_fargate.fabric.linux.layout import Layout
    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.places import Interface


def plan(network: Network) -> Plan:
    """Return what a network takes on Linux: the same text for the same network."""
    layout = lay_out(network)
    inside = [_router(layout), *_regional(layout), *_interfaces(layout)]
    beyond = outside.spaces(layout)
    first, *others = [_space(each, rules) for each, rules in inside]
    return Plan(
        spaces=(first, *beyond, *others),
        space_of_interface={each.id: each.id for each in layout.interfaces},
        doors=tuple(_doors(layout)),
        resolver_addresses=layout.resolver_addresses,
        meanings=meanings(chain.from_iterable(rules for _, rules in inside)),
    )


def _space(space: Space, chains: list[Chain]) -> Space:
    return Space(name=space.name, settings=space.settings, links=space.links, rules=render(chains))


def _router(layout: Layout) -> tuple[Space, list[Chain]]:
    space = Space(name=ROUTER, settings=settings(forwards=True), links=router.links(layout), rules="")
    return space, router.chains(layout)


def _regional(layout: Layout) -> Iterator[tuple[Space, list[Chain]]]:
    for gateway_id, line in layout.regional.items():
        links = nat.regional_links(line)
        space = Space(name=line.space, settings=settings(forwards=True), links=links, rules="")
        yield space, nat.regional_chains(layout, gateway_id)


def _interfaces(layout: Layout) -> Iterator[tuple[Space, list[Chain]]]:
    for each in layout.interfaces:
        gateway = layout.nat_gateway_of(each)
        forwards = gateway is not None or cards.passes_on(each)
        space = Space(
            name=each.id, settings=settings(forwards=forwards), links=cards.links(layout, each), rules=""
        )
        if gateway is not None:
            yield space, nat.zonal_chains(layout, gateway.id, each.address)
        else:
            yield space, cards.chains(layout, each)


def _doors(layout: Layout) -> Iterator[Door]:
    if layout.internet is not None:
        yield Door(space=INTERNET, address=ANYWHERE, endpoint_id=None)
    for endpoint_id, line in layout.endpoints.items():
        yield Door(space=line.space, address=ANYWHERE, endpoint_id=endpoint_id)
    at: dict[str, Interface] = {each.id: each for each in layout.interfaces}
    for _, endpoint in sorted(layout.network.endpoints.items()):
        if endpoint.kind == "Interface" and endpoint.state == AVAILABLE:
            for interface_id in endpoint.interface_ids:
                if interface_id in at:
                    address = at[interface_id].address
                    yield Door(space=interface_id, address=address, endpoint_id=endpoint.id)
