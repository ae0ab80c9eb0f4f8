"""Where a demand is served: by an endpoint, over the internet, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from private_fargate.verify.network.dns import has_zone, zones_for
from private_fargate.verify.tasks.path import Check
from private_fargate.verify.templates.remembering import remembered
from private_fargate.verify.templates.values import any_of, same

if TYPE_CHECKING:
    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.network.routes import Routes
    from private_fargate.verify.network.ways import Way
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth


@dataclass(frozen=True, slots=True)
class Door:
    """Where a demand is served for a subnet.

    Attributes:
        check: Whether it is served, and by what.
        endpoint: The endpoint that serves, or that is there and does not.
        way: How packets get to the internet, where that was looked at.
        uses: What has to be there before the workload starts.
        only: Whether nothing but the endpoint can serve, should it be that which serves.
    """

    check: Check
    endpoint: Endpoint | None = None
    way: Way | None = None
    uses: tuple[Resource, ...] = ()
    only: bool = True

    @property
    def is_certain(self) -> bool:
        """Whether it is known what one has to get through: a refusal there is one for good."""
        if self.check.holds is not None:
            return True
        endpoint = self.endpoint
        return self.only and endpoint is not None and (endpoint.has_addresses or endpoint.is_route)


class Doors:
    """The doors of a system: its endpoints, and its ways to the internet."""

    def __init__(self, system: System, routes: Routes, endpoints: tuple[Endpoint, ...]) -> None:
        """Sort the endpoints by what they lead to."""
        self.system = system
        self.routes = routes
        self._names: dict[Value, list[Endpoint]] = {}
        for endpoint in endpoints:
            self._names.setdefault(endpoint.name, []).append(endpoint)
        self.door = remembered(self._door)

    def _door(self, subnet: Value, name: str, host: str, has_address: Truth) -> Door:
        """Find the endpoint of a service that serves a subnet, or the way to its public name.

        Args:
            subnet: Where the caller is.
            name: The endpoint service; empty if the public name is the only way.
            host: What is called, for a message.
            has_address: Whether the caller has a public address.
        """
        vpc = self.routes.vpc_of(subnet)
        here = [e for e in self._names.get(name, ()) if same(e.vpc, vpc) is not False] if name else []
        doors = [door for endpoint in here if (door := self._by_endpoint(subnet, vpc, endpoint))]
        way = self.routes.internet(subnet, has_address)
        if doors:
            served = next((door for door in doors if door.check.holds), None)
            return served or replace(doors[0], only=len(doors) == 1 and self._is_only(doors[0], vpc, way))
        if way.holds:
            claim = f"{self.system.show(subnet)} has a way to the internet"
            uses = self._of_way(subnet)
            return Door(Check(claim=claim, holds=True, by=self._said(way)), None, way, uses)
        return self._closed(subnet, name, host, here, way)

    @staticmethod
    def _is_only(door: Door, vpc: Value | None, way: Way) -> bool:
        """Say whether an endpoint that may serve is the only one, in a VPC from which nothing gets out."""
        return door.endpoint is not None and same(door.endpoint.vpc, vpc) is True and way.holds is False

    def _by_endpoint(self, subnet: Value, vpc: Value | None, endpoint: Endpoint) -> Door | None:
        """Give the door that an endpoint is, None if it does not serve this subnet."""
        address = str(endpoint.resource.address)
        if endpoint.is_route:
            table = self.routes.table_of(subnet)
            known = any_of(same(value, table.value) for value in endpoint.route_tables.values)
            holds = known if endpoint.route_tables.complete and table.known else known or None
            if holds is False:
                return None
            claim = f"the route table of {self.system.show(subnet)} leads to {address}"
            uses = (endpoint.resource, *([table.association] if table.association else []))
        elif endpoint.has_addresses:
            holds = any_of([endpoint.private_dns, has_zone(self.system, endpoint)])
            if holds is False:
                return None
            claim = f"the public name of {endpoint.name} leads to {address}"
            uses = (endpoint.resource,)
        else:
            holds, uses, claim = None, (), f"{address} serves {endpoint.name}"
        if same(endpoint.vpc, vpc) is None:
            holds = None
        why = "" if holds else f"what {address} is attached to is not known"
        check = Check(
            claim=claim,
            holds=holds,
            by=address,
            why=why,
            cause="" if holds else "unknown",
            resource=endpoint.resource,
        )
        return Door(check, endpoint, None, uses)

    def _closed(self, subnet: Value, name: str, host: str, here: list[Endpoint], way: Way) -> Door:
        """Say why there is no way to a service from a subnet, or that it cannot be told."""
        vpc, what = self.routes.vpc_of(subnet), name or host
        here = [endpoint for endpoint in here if same(endpoint.vpc, vpc) is True]
        claim = f"there is a way to {what} from {self.system.show(subnet)}"
        unsure = "" if way.holds is False else way.why
        if not unsure and not self.routes.is_ours(vpc) and not here:
            unsure = f"{self.system.show(vpc)} is not in the templates, and may have an endpoint for {what}"
        strangers = [e for e in self._names.get("", ()) if same(e.vpc, vpc) is not False]
        if not unsure and strangers and what:
            unsure = f"which service {strangers[0].resource.address} leads to is not known"
        if not unsure and name and not here:
            unsure = self._elsewhere(subnet, what)
        if unsure:
            check = Check(claim=claim, holds=None, why=unsure, cause="unknown")
            return Door(check, way=way, uses=self._of_way(subnet) if way.holds is None else ())
        if not here:
            why = f"no endpoint for {what}, and {way.why}"
            check = Check(claim=claim, holds=False, why=why, cause="no way", resource=way.by)
            return Door(check, way=way)
        endpoint = next((e for e in here if e.is_route), here[0])
        address = endpoint.resource.address
        if endpoint.has_addresses:
            reason, cause = (
                f"{address} has no private DNS, so that the public name leads past it",
                "private DNS off",
            )
        else:
            reason, cause = f"{address} is not on its route table", "gateway elsewhere"
        check = Check(
            claim=claim,
            holds=False,
            by=str(address),
            why=f"{reason}, and {way.why}",
            cause=cause,
            resource=endpoint.resource,
        )
        return Door(check, endpoint, way)

    def _elsewhere(self, subnet: Value, service: str) -> str:
        """Say why a service may be reached at an endpoint in another network; empty if it is not.

        Networks of many VPCs keep their endpoints in one of them, behind a transit gateway.
        """
        vpc = self.routes.vpc_of(subnet)
        zone = next((zone for zone in zones_for(self.system, service, vpc)), None)
        if zone is not None:
            return f"where {zone.address} leads the name of {service} is not known"
        for route in self.routes.routes_of(self.routes.table_of(subnet)):
            if route.get("TransitGatewayId") is not None or route.get("CoreNetworkArn") is not None:
                return f"{route.address} leads to other networks, one of which may have an endpoint"
        return ""

    def _of_way(self, subnet: Value) -> tuple[Resource, ...]:
        """Give what puts a way to the internet in force: the association, and the route."""
        association = self.routes.table_of(subnet).association
        routes = self.routes.default_routes(subnet, "ipv4")
        return (*([association] if association else []), *routes)

    def _said(self, way: Way) -> str:
        return str(way.by.address) if way.by else way.kind
