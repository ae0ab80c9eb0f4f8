"""VPC, subnets, internet gateway, route tables and routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.ec2.tags import retag
from private_fargate.local.server.handlers import Handler, is_true, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = (
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
)


def register_all() -> None:
    """Register the types of this module."""
    vpc_only = frozenset({"CidrBlock", "InstanceTenancy"})
    subnet_only = frozenset({"AvailabilityZone", "CidrBlock", "VpcId"})
    route_only = frozenset({"RouteTableId", *_DESTINATIONS})
    register(
        "AWS::EC2::VPC",
        Handler(create=_vpc, delete=_no_vpc, update=_change_vpc, create_only=vpc_only, retag=retag),
    )
    register(
        "AWS::EC2::Subnet",
        Handler(
            create=_subnet, delete=_no_subnet, update=_change_subnet, create_only=subnet_only, retag=retag
        ),
    )
    register("AWS::EC2::InternetGateway", Handler(create=_gateway, delete=_no_gateway, retag=retag))
    register("AWS::EC2::VPCGatewayAttachment", Handler(create=_attachment, delete=_no_attachment))
    register("AWS::EC2::RouteTable", Handler(create=_table, delete=_no_table, retag=retag))
    register(
        "AWS::EC2::Route",
        Handler(create=_route, delete=_no_route, update=_change_route, create_only=route_only),
    )
    register("AWS::EC2::SubnetRouteTableAssociation", Handler(create=_association, delete=_no_association))


def _vpc(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    ec2 = moto.client()
    tenancy = properties.get("InstanceTenancy", "default")
    vpc = ec2.create_vpc(CidrBlock=properties["CidrBlock"], InstanceTenancy=tenancy)["Vpc"]["VpcId"]
    _change_vpc(vpc, {}, properties)
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    return vpc, {
        "VpcId": vpc,
        "CidrBlock": properties["CidrBlock"],
        "CidrBlockAssociations": [],
        "Ipv6CidrBlocks": [],
        "DefaultNetworkAcl": ec2.describe_network_acls(Filters=inside)["NetworkAcls"][0]["NetworkAclId"],
        "DefaultSecurityGroup": ec2.describe_security_groups(Filters=inside)["SecurityGroups"][0]["GroupId"],
    }


def _change_vpc(vpc: str, _old: Properties, new: Properties) -> None:
    support = {"Value": is_true(new.get("EnableDnsSupport", True))}
    hostnames = {"Value": is_true(new.get("EnableDnsHostnames", False))}
    moto.client().modify_vpc_attribute(VpcId=vpc, EnableDnsSupport=support)
    moto.client().modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames=hostnames)


def _no_vpc(vpc: str, _properties: Properties) -> None:
    moto.client().delete_vpc(VpcId=vpc)


def _subnet(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    zone = properties.get("AvailabilityZone") or f"{moto.region()}a"
    subnet = moto.client().create_subnet(
        VpcId=properties["VpcId"], CidrBlock=properties["CidrBlock"], AvailabilityZone=zone
    )["Subnet"]["SubnetId"]
    _change_subnet(subnet, {}, properties)
    same = {name: properties[name] for name in ("CidrBlock", "VpcId")}
    return subnet, {"SubnetId": subnet, "AvailabilityZone": zone, **same}


def _change_subnet(subnet: str, _old: Properties, new: Properties) -> None:
    public = {"Value": is_true(new.get("MapPublicIpOnLaunch", False))}
    moto.client().modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch=public)


def _no_subnet(subnet: str, _properties: Properties) -> None:
    used = [each.id for each in moto.backend().enis.values() if each.subnet.id == subnet]
    if used:  # AWS refuses it; moto does not
        raise ValueError(f"The subnet '{subnet}' has dependencies and cannot be deleted: {', '.join(used)}")
    moto.client().delete_subnet(SubnetId=subnet)


def _gateway(_logical_id: str, _properties: Properties, _stack: str) -> tuple[str, Attributes]:
    gateway = moto.client().create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    return gateway, {"InternetGatewayId": gateway}


def _no_gateway(gateway: str, _properties: Properties) -> None:
    moto.client().delete_internet_gateway(InternetGatewayId=gateway)


def _attachment(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    moto.client().attach_internet_gateway(
        InternetGatewayId=properties["InternetGatewayId"], VpcId=properties["VpcId"]
    )
    return f"IGW|{properties['VpcId']}", {"AttachmentType": "IGW"}


def _no_attachment(_attachment_id: str, properties: Properties) -> None:
    moto.client().detach_internet_gateway(
        InternetGatewayId=properties["InternetGatewayId"], VpcId=properties["VpcId"]
    )


def _table(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    table = moto.client().create_route_table(VpcId=properties["VpcId"])["RouteTable"]["RouteTableId"]
    return table, {"RouteTableId": table}


def _no_table(table: str, _properties: Properties) -> None:
    moto.client().delete_route_table(RouteTableId=table)


def _route(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    _refuse_unknown_nat(properties)
    _refuse_detached_gateway(properties)
    moto.client().create_route(**_route_arguments(properties))
    destination = next(properties[name] for name in _DESTINATIONS if properties.get(name))
    return f"{properties['RouteTableId']}|{destination}", {
        "CidrBlock": properties.get("DestinationCidrBlock")
    }


def _change_route(_route_id: str, _old: Properties, new: Properties) -> None:
    _refuse_unknown_nat(new)
    _refuse_detached_gateway(new)
    moto.client().replace_route(**_route_arguments(new))


def _no_route(_route_id: str, properties: Properties) -> None:
    moto.client().delete_route(**_route_arguments(properties, targets=()))


def _route_arguments(properties: Properties, targets: tuple[str, ...] = _TARGETS) -> dict[str, str]:
    names = ("RouteTableId", *_DESTINATIONS, *targets)
    return {name: properties[name] for name in names if properties.get(name)}


def _refuse_unknown_nat(properties: Properties) -> None:
    nat = properties.get("NatGatewayId")
    known = moto.backend().nat_gateways
    if nat and (nat not in known or known[nat].state == "deleted"):  # moto makes a route to nowhere of it
        raise ValueError(f"InvalidNatGatewayID.NotFound: The natGateway ID '{nat}' does not exist")


def _refuse_detached_gateway(properties: Properties) -> None:
    """Refuse a route to an internet gateway of no VPC or another one, as AWS does and moto does not."""
    gateway = properties.get("GatewayId") or ""
    if not gateway.startswith("igw-"):
        return
    backend = moto.backend()
    vpc = backend.get_route_table(properties["RouteTableId"]).vpc_id
    attached = getattr(backend.get_internet_gateway(gateway).vpc, "id", None)
    if attached != vpc:
        raise ValueError(
            f"route table {properties['RouteTableId']} and network gateway {gateway} "
            "belong to different networks"
        )


def _association(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    association = moto.client().associate_route_table(
        RouteTableId=properties["RouteTableId"], SubnetId=properties["SubnetId"]
    )["AssociationId"]
    return association, {"Id": association}


def _no_association(association: str, _properties: Properties) -> None:
    moto.client().disassociate_route_table(AssociationId=association)
