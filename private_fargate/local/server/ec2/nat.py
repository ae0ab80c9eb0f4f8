"""Elastic IP addresses and NAT gateways: of one zone, and of a whole region, which moto does not know."""

from __future__ import annotations

from ipaddress import ip_network
from itertools import chain
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.utils import random_nat_gateway_id

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.ec2 import interfaces
from private_fargate.local.server.ec2.tags import retag
from private_fargate.local.server.handlers import Handler, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_PUBLIC = (ip_network("203.0.113.0/24"), ip_network("198.51.100.0/24"))  # for documentation: RFC 5737


class RegionalNatGateway(NatGateway):
    """A NAT gateway in no subnet; AWS allocates its addresses and stretches it over the zones in use."""

    def __init__(
        self,
        backend: Any,  # noqa: ANN401 -- moto's records
        vpc_id: str,
        route_table_id: str,
    ) -> None:
        """Make the record; not with moto's `__init__`, which puts an interface into a subnet."""
        self.id = random_nat_gateway_id()
        self.ec2_backend = backend
        self.vpc_id = vpc_id
        self.subnet_id = None
        self.address_set: list[dict[str, Any]] = []
        self.state = "available"
        self.connectivity_type = "public"
        self.availability_mode = "regional"
        self.route_table_id = route_table_id
        self._created_at = utcnow()

    @property
    def nat_gateway_addresses(self) -> list[dict[str, Any]]:
        """The addresses: one for each zone in which the VPC has a subnet, taken when they are looked at."""
        if self.state == "available":
            in_use = {each["availabilityZone"] for each in self.address_set}
            for zone in sorted(_zones(self.ec2_backend, self.vpc_id) - in_use):
                address = self.ec2_backend.allocate_address("vpc", address=unused_public_ip(self.ec2_backend))
                address.service_managed = "rnat"
                self.address_set.append(
                    {
                        "allocationId": address.allocation_id,
                        "availabilityZone": zone,
                        "publicIp": address.public_ip,
                        "status": "succeeded",
                    }
                )
        return self.address_set

    def release(self) -> None:
        """Give the addresses back."""
        for each in self.address_set:
            self.ec2_backend.release_address(allocation_id=each["allocationId"])


def _zones(backend: Any, vpc_id: str) -> set[str]:  # noqa: ANN401 -- the same
    subnets = (each for by_zone in list(backend.subnets.values()) for each in list(by_zone.values()))
    return {each.availability_zone for each in subnets if each.vpc_id == vpc_id}


def register_all() -> None:
    """Register the types of this module."""
    register("AWS::EC2::EIP", Handler(create=_address, delete=_no_address, retag=_retag_address))
    register("AWS::EC2::NatGateway", Handler(create=_nat, delete=_no_nat, retag=retag))


def _address(_logical_id: str, _properties: Properties, _stack: str) -> tuple[str, Attributes]:
    address = moto.client().allocate_address(Domain="vpc", Address=unused_public_ip(moto.backend()))
    return address["PublicIp"], {name: address[name] for name in ("AllocationId", "PublicIp")}


def unused_public_ip(backend: Any) -> str:  # noqa: ANN401 -- moto's records
    """Return an address that is nobody's; moto would give one of 127.0.0.0/8, the machine itself."""
    taken = {each.public_ip for each in (*backend.addresses, *backend.enis.values())}
    for host in chain.from_iterable(block.hosts() for block in _PUBLIC):
        if str(host) not in taken:
            return str(host)
    raise ValueError("AddressLimitExceeded: the addresses for documentation are used up")


def _allocation(public_ip: str) -> str:
    return moto.client().describe_addresses(PublicIps=[public_ip])["Addresses"][0]["AllocationId"]


def _retag_address(public_ip: str, properties: Properties) -> None:
    retag(_allocation(public_ip), properties)


def _no_address(public_ip: str, _properties: Properties) -> None:
    moto.client().release_address(AllocationId=_allocation(public_ip))


def _nat(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    if properties.get("AvailabilityMode") == "regional":
        return _regional(properties)
    return _zonal(properties)


def _zonal(properties: Properties) -> tuple[str, Attributes]:
    kind = properties.get("ConnectivityType", "public")
    subnet, allocation = properties["SubnetId"], properties.get("AllocationId")
    backend = moto.backend()
    if kind == "public":
        if not allocation:
            raise ValueError("InvalidParameter: a public zonal NAT gateway needs an AllocationId")
        _internet_gateway(backend.get_subnet(subnet).vpc_id)
    options = {"AllocationId": allocation} if allocation else {}
    made = moto.client().create_nat_gateway(SubnetId=subnet, ConnectivityType=kind, **options)
    nat = backend.nat_gateways[made["NatGateway"]["NatGatewayId"]]
    nat.availability_mode = "zonal"
    interfaces.remove([nat._eni.id])
    nat._eni = interfaces.create(subnet, [], f"Interface for NAT Gateway {nat.id}", "nat_gateway")
    nat.private_ip = nat._eni.private_ip_address
    for address in nat.address_set:
        address.update(networkInterfaceId=nat._eni.id, privateIp=nat.private_ip)
    return nat.id, {"NatGatewayId": nat.id, "EniId": nat._eni.id}


def _regional(properties: Properties) -> tuple[str, Attributes]:
    if properties.get("SubnetId") or properties.get("AllocationId"):
        raise ValueError("InvalidParameter: a regional NAT gateway takes neither SubnetId nor AllocationId")
    vpc = properties.get("VpcId")
    if not vpc:
        raise ValueError("MissingParameter: a regional NAT gateway needs a VpcId")
    gateway = _internet_gateway(vpc)
    table = moto.client().create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    # Source: vpc/latest/userguide/nat-gateways-regional.html: it comes with this route.
    moto.client().create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    backend = moto.backend()
    nat = RegionalNatGateway(backend, vpc, table)
    backend.nat_gateways[nat.id] = nat
    return nat.id, {"NatGatewayId": nat.id, "RouteTableId": table}


def _internet_gateway(vpc: str) -> str:
    """Return the internet gateway of a VPC; without it a NAT gateway never becomes available on AWS.

    Raises:
        ValueError: there is none, or its attachment comes too late.
    """
    for each in moto.backend().internet_gateways.values():
        if getattr(each.vpc, "id", None) == vpc:
            return str(each.id)
    raise ValueError(f"Gateway.NotAttached: Network {vpc} has no Internet gateway attached")


def _no_nat(nat_id: str, _properties: Properties) -> None:
    backend = moto.backend()
    nat = backend.nat_gateways[nat_id]
    moto.client().delete_nat_gateway(NatGatewayId=nat_id)
    if isinstance(nat, RegionalNatGateway):
        nat.release()
        moto.client().delete_route_table(RouteTableId=nat.route_table_id)
        return
    interfaces.remove([nat._eni.id])
    for address in backend.addresses:
        if address.eni is not None and address.allocation_id in {
            a.get("allocationId") for a in nat.address_set
        }:
            address.eni = address.association_id = None
