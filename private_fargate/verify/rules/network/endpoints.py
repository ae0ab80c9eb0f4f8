"""Rules about endpoints as they are created: DNS, types, subnets."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from private_fargate.verify.network.zones import are_apart, zone_of
from private_fargate.verify.rules.network.endpoint_names import belongs_to_interface
from private_fargate.verify.rules.network.facts import demands_of
from private_fargate.verify.rules.paths import listed, plain
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.symbols import Value

_API: Final = "AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html"


def _interfaces(model: Model) -> list[Endpoint]:
    return [endpoint for endpoint in model.endpoints if endpoint.is_interface]


@rule(
    "NET-013",
    "error",
    "A VPC whose endpoints have private DNS has DNS host names",
    symptom="Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes",
    fix="Write EnableDnsHostnames: true at the VPC.",
    source="vpc/latest/privatelink/create-interface-endpoint.html; vpc/latest/userguide/vpc-dns.html",
)
def private_dns_needs_host_names(model: Model) -> Iterator[Fault]:
    """A VPC that a template creates has no host names unless it says so; the default VPC has them."""
    for vpc in model.system.of("EC2::VPC"):
        if vpc.flag("EnableDnsHostnames") is not False:
            continue
        users = [
            str(endpoint.resource.address)
            for endpoint in _interfaces(model)
            if endpoint.private_dns and same(endpoint.vpc, vpc.ref)
        ]
        if users:
            how = (
                "is false" if vpc.get("EnableDnsHostnames") is not None else "is left out, which means false"
            )
            message = f"EnableDnsHostnames {how}, and the private DNS of {listed(users)} needs it"
            yield Fault(vpc, message, at=("EnableDnsHostnames",))


@rule(
    "NET-015",
    "error",
    "A VPC has one endpoint with private DNS to each service",
    symptom="private-dns-enabled cannot be set because there is already a conflicting DNS domain",
    fix="Remove the second endpoint, or give the first the subnets of both.",
    source="vpc/latest/privatelink/create-interface-endpoint.html",
)
def private_names_are_unique(model: Model) -> Iterator[Fault]:
    """Stacks that each bring their own endpoints pass alone, and collide in one VPC."""
    named = [
        endpoint
        for endpoint in _interfaces(model)
        if endpoint.private_dns and endpoint.resource.get("ServiceName") is not None
    ]
    known: dict[tuple[str, ...], Endpoint] = {}
    for endpoint in named:
        names = ("ServiceName", "VpcId", "IpAddressType")
        key = tuple(as_text(endpoint.resource.get(name) or "") for name in names)
        first = known.setdefault(key, endpoint)
        if first is not endpoint:
            name = endpoint.name or key[0]
            message = f"{first.resource.address} has the private DNS name of {name} in this VPC already"
            yield Fault(endpoint.resource, message, at=("PrivateDnsEnabled",))


@rule(
    "NET-017",
    "error",
    "Only a gateway endpoint has route tables",
    symptom="Route table IDs are only supported for Gateway type VPC Endpoint.",
    fix="Remove RouteTableIds from the interface endpoint; it is reached by addresses in its subnets.",
    source=_API,
)
def interfaces_have_no_route_tables(model: Model) -> Iterator[Fault]:
    """The properties of both types are in one resource type, so that no schema tells them apart."""
    for endpoint in model.endpoints:
        if endpoint.type in ("Interface", "GatewayLoadBalancer") and endpoint.route_tables.values:
            message = f"an endpoint of type {endpoint.type} has RouteTableIds"
            yield Fault(endpoint.resource, message, at=("RouteTableIds",))


@rule(
    "NET-018",
    "error",
    "A gateway endpoint has neither subnets nor security groups",
    symptom="Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.",
    fix="Write RouteTableIds instead, or VpcEndpointType: Interface if an interface is meant.",
    source=_API,
)
def gateways_have_no_subnets(model: Model) -> Iterator[Fault]:
    """`VpcEndpointType` is Gateway where it is left out, also where all else is that of an interface."""
    for endpoint in model.endpoints:
        # Where the service has no gateway at all, that is the fault.
        if not endpoint.is_gateway or belongs_to_interface(endpoint):
            continue
        sides = {"SubnetIds": endpoint.subnets, "SecurityGroupIds": endpoint.groups}
        wrong = [name for name, items in sides.items() if items.values]
        if wrong:
            message = f"a gateway endpoint to {endpoint.name or 'a service'} has {listed(wrong)}"
            yield Fault(endpoint.resource, message, at=(wrong[0],))


@rule(
    "NET-021",
    "error",
    "An endpoint has one subnet in a zone",
    symptom="DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone",
    fix="Keep one subnet of each zone in SubnetIds; every subnet of the VPC reaches the endpoint there.",
    source=_API,
)
def endpoints_have_one_subnet_per_zone(model: Model) -> Iterator[Fault]:
    """Which zone a subnet is in is written at the subnet, not where it is listed."""
    for endpoint in _interfaces(model):
        places = [
            (i, subnet, zone_of(model.system, subnet)) for i, subnet in enumerate(endpoint.subnets.values)
        ]
        for (_, first, zone), (index, second, other) in combinations(places, 2):
            if zone is None or other is None or first == second or same(zone, other) is not True:
                continue
            message = f"{plain(model, first)} and {plain(model, second)} are in one zone"
            yield Fault(endpoint.resource, message, at=("SubnetIds", index))
            break


@rule(
    "NET-022",
    "warning",
    "An endpoint has an address in each zone of the tasks that call it",
    symptom="Nothing, until the endpoint's zone fails; traffic between zones costs $0.01 per GB each way",
    fix="Add a subnet of each of the tasks' zones to SubnetIds.",
    source="vpc/latest/privatelink/create-interface-endpoint.html; AWS PrivateLink pricing",
)
def endpoints_cover_the_zones_of_tasks(model: Model) -> Iterator[Fault]:
    """Private DNS leads to the zones that are left, so that nothing shows until one of them fails."""
    faults: dict[int, tuple[Endpoint, list[str], list[str]]] = {}
    for task in model.tasks:
        wanted = {demand.endpoint for demand in demands_of(model, task) if not demand.region}
        for endpoint in _interfaces(model):
            if endpoint.name not in wanted or endpoint.private_dns is False:
                continue
            far = _uncovered(model, task, endpoint)
            if far:
                _, names, subnets = faults.setdefault(id(endpoint.resource), (endpoint, [], []))
                names.append(task.name)
                subnets += far
    for endpoint, names, subnets in faults.values():
        message = f"{listed(subnets)} of {listed(names)}: no subnet of the endpoint is in the same zone"
        breaks = tuple(f"{name} -> {endpoint.name}" for name in names)
        yield Fault(endpoint.resource, message, at=("SubnetIds",), breaks=breaks)


def _uncovered(model: Model, task: Workload, endpoint: Endpoint) -> list[str]:
    """Give the subnets of a task that no endpoint to the same service shares a zone with."""
    zones: list[Value | None] = []
    for other in _interfaces(model):
        if other.name == endpoint.name and same(other.vpc, endpoint.vpc) is True:
            if not other.subnets.complete or not other.subnets.values:
                return []
            zones += [zone_of(model.system, subnet) for subnet in other.subnets.values]
    return [
        plain(model, subnet)
        for subnet in task.subnets.values
        if same(model.routes.vpc_of(subnet), endpoint.vpc) is True
        and all(are_apart(model.system, zone_of(model.system, subnet), zone) for zone in zones)
    ]


RULES: Final[tuple[Rule, ...]] = (
    private_dns_needs_host_names,
    private_names_are_unique,
    interfaces_have_no_route_tables,
    gateways_have_no_subnets,
    endpoints_have_one_subnet_per_zone,
    endpoints_cover_the_zones_of_tasks,
)
