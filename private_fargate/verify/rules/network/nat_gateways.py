"""Rules about NAT gateways: what each kind of them takes, and which zones they serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.aws.limits import ELASTIC_IPS
from private_fargate.verify.network.zones import are_apart, zone_of
from private_fargate.verify.rules.network.facts import is_word
from private_fargate.verify.rules.network.internet_gateways import is_public
from private_fargate.verify.rules.paths import listed, plain
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.values import any_of, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

_NAT: Final = "EC2::NatGateway"
_TEMPLATE: Final = "AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-natgateway.html"
_REGIONAL: Final = "vpc/latest/userguide/nat-gateways-regional.html"


@rule(
    "NET-029",
    "error",
    "A public NAT gateway has an Elastic IP address",
    symptom="The request must include the AllocationId parameter.",
    fix="Write AllocationId: !GetAtt Address.AllocationId, of an AWS::EC2::EIP with Domain: vpc.",
    source=_TEMPLATE,
)
def public_gateways_have_an_address(model: Model) -> Iterator[Fault]:
    """A private or a regional gateway does without, so that the schema cannot require it."""
    for nat in model.system.of(_NAT):
        if is_public(nat) and nat.get("AllocationId") is None:
            yield Fault(nat, f"{nat.address} is a public NAT gateway, and has no AllocationId")


@rule(
    "NET-031",
    "error",
    "A regional NAT gateway is of a VPC, not of a subnet, and public",
    symptom="A regional NAT gateway takes a VpcId, no SubnetId, and public connectivity only",
    fix="Write AvailabilityMode: regional with VpcId, and neither SubnetId nor ConnectivityType: private.",
    source=_REGIONAL,
)
def regional_gateways_are_of_the_vpc(model: Model) -> Iterator[Fault]:
    """The properties of both kinds are in one resource type, so that no schema tells them apart."""
    for nat in model.system.of(_NAT):
        if not is_word(nat.get("AvailabilityMode"), "regional"):
            continue
        if nat.get("SubnetId") is not None:
            message = f"{nat.address} is regional, and has the SubnetId {plain(model, nat.get('SubnetId'))}"
            yield Fault(nat, message, at=("SubnetId",))
        elif nat.get("VpcId") is None:
            yield Fault(nat, f"{nat.address} is regional, and has no VpcId", at=("AvailabilityMode",))
        if is_word(nat.get("ConnectivityType"), "private"):
            message = f"{nat.address} is regional, and its connectivity is private"
            yield Fault(nat, message, at=("ConnectivityType",))


@rule(
    "NET-032",
    "error",
    "A private NAT gateway has no public address, and is no way to the internet",
    symptom="AllocationId cannot be specified for a NAT Gateway with Connectivity Type private.",
    fix="Remove ConnectivityType: private; or remove AllocationId, and lead only private networks there.",
    source="vpc/latest/userguide/nat-gateway-basics.html",
)
def private_gateways_stay_inside(model: Model) -> Iterator[Fault]:
    """It translates between private networks: an internet gateway drops what comes from it."""
    for nat in model.system.of(_NAT):
        if is_word(nat.get("ConnectivityType"), "private") and nat.get("AllocationId") is not None:
            yield Fault(nat, f"{nat.address} is private, and has an AllocationId", at=("AllocationId",))
    for route in model.system.of("EC2::Route"):
        nat = model.system.find(route.get("NatGatewayId"), _NAT)
        if nat is None or not is_word(nat.get("ConnectivityType"), "private"):
            continue
        # Behind it a transit gateway may lead on; an internet gateway does not.
        out = model.routes.internet(nat.get("SubnetId"), False)
        if as_text(route.get("DestinationCidrBlock")) == "0.0.0.0/0" and out.holds is False:
            message = f"the default route leads to {nat.address}, a private NAT gateway: {out.why}"
            yield Fault(route, message, at=("NatGatewayId",))


def _served(model: Model) -> Iterator[tuple[Resource, Resource, Resource]]:
    """Give each subnet whose default route leads to a NAT gateway of a zone, with the two."""
    for subnet in model.system.of("EC2::Subnet"):
        for route in model.routes.default_routes(subnet.ref, "ipv4"):
            nat = model.system.find(route.get("NatGatewayId"), _NAT)
            if nat is not None and is_public(nat):
                yield subnet, route, nat


def _has_gateway(model: Model, subnet: Resource) -> Truth:
    """Say whether a NAT gateway stands in a subnet's zone, in its VPC."""
    system = model.system
    zone = zone_of(system, subnet.ref)
    found: list[Truth] = []
    for nat in system.of(_NAT):
        place = nat.get("SubnetId")
        other = zone_of(system, place)
        if are_apart(system, zone, other) or same(model.routes.vpc_of(place), subnet.get("VpcId")) is False:
            continue
        together = zone is not None and other is not None and same(zone, other) is True
        found.append(together or None)
    return any_of(found)


@rule(
    "NET-030",
    "info",
    "Each zone has a NAT gateway of its own",
    symptom="When the gateway's zone fails, no zone gets out; until then traffic between zones is paid for",
    fix="Add an AWS::EC2::NatGateway in each zone, or one with AvailabilityMode: regional.",
    source="vpc/latest/userguide/nat-gateway-basics.html",
)
def zones_have_their_own_gateway(model: Model) -> Iterator[Fault]:
    """One gateway for all is a choice that is made for its price, and often forgotten."""
    far: dict[int, tuple[Resource, list[str]]] = {}
    for subnet, _, nat in _served(model):
        place = zone_of(model.system, nat.get("SubnetId"))
        apart = are_apart(model.system, zone_of(model.system, subnet.ref), place)
        if apart and _has_gateway(model, subnet) is False:
            far.setdefault(id(nat), (nat, []))[1].append(str(subnet.address))
    for nat, subnets in far.values():
        yield Fault(nat, f"{nat.address} also serves subnets of other zones: {listed(subnets)}")
    for subnet, route, nat in _astray(model):
        if _is_of_one_zone(model, subnet):
            message = f"{route.address} leads {subnet.address} to {nat.address}, of another zone than its own"
            yield Fault(route, message, at=("NatGatewayId",))


@rule(
    "NET-053",
    "info",
    "A subnet's way out is in its own zone, if there is one",
    symptom="When the other zone fails, so does the way out; until then traffic between zones is paid for",
    fix="Associate the subnet with the route table of its own zone.",
    source="vpc/latest/userguide/nat-gateway-basics.html",
)
def routes_stay_in_their_zone(model: Model) -> Iterator[Fault]:
    """Everything works, so that nobody looks at which of the route tables it is."""
    for subnet, route, nat in _astray(model):
        if not _is_of_one_zone(model, subnet):
            association = model.routes.table_of(subnet.ref).association
            message = f"{subnet.address} leaves by {nat.address}, of another zone than its own"
            yield Fault(association or route, message)


def _astray(model: Model) -> Iterator[tuple[Resource, Resource, Resource]]:
    """Give each subnet that leaves by a gateway of another zone, and has one in its own, with the two."""
    for subnet, route, nat in _served(model):
        place = zone_of(model.system, nat.get("SubnetId"))
        if are_apart(model.system, zone_of(model.system, subnet.ref), place) and _has_gateway(model, subnet):
            yield subnet, route, nat


def _is_of_one_zone(model: Model, subnet: Resource) -> bool:
    """Say whether a subnet's route table serves its zone alone: then the route is wrong, not the table."""
    system, table = model.system, model.routes.table_of(subnet.ref).value
    zone = zone_of(system, subnet.ref)
    others = (other for other in system.of("EC2::Subnet") if model.routes.table_of(other.ref).value == table)
    return table is not None and not any(are_apart(system, zone, zone_of(system, o.ref)) for o in others)


@rule(
    "NET-052",
    "warning",
    "The Elastic IP addresses fit into the quota of a new account",
    symptom="AddressLimitExceeded: The maximum number of addresses has been reached.",
    fix="Use fewer addresses, or one regional NAT gateway with few zones, or have the quota raised first.",
    source=ELASTIC_IPS.source,
)
def addresses_fit_the_quota(model: Model) -> Iterator[Fault]:
    """The quota is of the account and the region, and no template knows what else is in them."""
    addresses = [
        address
        for address in model.system.of("EC2::EIP")
        if address.get("PublicIpv4Pool") is None and address.get("IpamPoolId") is None
    ]
    regional = [
        nat
        for nat in model.system.of(_NAT)
        if is_word(nat.get("AvailabilityMode"), "regional") and _takes_addresses(nat)
    ]
    count = len(addresses) + sum(_zones_of(model, nat) for nat in regional)
    if count > ELASTIC_IPS.value:
        over = (
            addresses[ELASTIC_IPS.value] if len(addresses) > ELASTIC_IPS.value else (*regional, *addresses)[0]
        )
        message = (
            f"there are {count} Elastic IP addresses, and a new account has {ELASTIC_IPS.value} of a region"
        )
        yield Fault(over, message)


def _takes_addresses(nat: Resource) -> bool:
    """Say whether a regional gateway takes addresses by itself."""
    return nat.get("AvailabilityZoneAddresses") is None and nat.get("AllocationId") is None


def _zones_of(model: Model, nat: Resource) -> int:
    """Count the zones that a regional gateway certainly serves: it takes an address in each."""
    zones: list[Value] = []
    for subnet in model.system.of("EC2::Subnet"):
        routes = model.routes.default_routes(subnet.ref, "ipv4")
        zone = zone_of(model.system, subnet.ref)
        if zone is None or not any(same(route.get("NatGatewayId"), nat.ref) is True for route in routes):
            continue
        if all(are_apart(model.system, zone, other) for other in zones):
            zones.append(zone)
    return max(len(zones), 1)


RULES: Final[tuple[Rule, ...]] = (
    public_gateways_have_an_address,
    zones_have_their_own_gateway,
    regional_gateways_are_of_the_vpc,
    private_gateways_stay_inside,
    addresses_fit_the_quota,
    routes_stay_in_their_zone,
)
