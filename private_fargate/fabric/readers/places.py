"""Subnets, routes, gateways, endpoints and interfaces, from what EC2 describes.

What is gone or going is left out: EC2 shows a NAT gateway for an hour after it was deleted.
Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html
"""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import TYPE_CHECKING

from private_fargate.fabric.errors import NetworkNotReadError
from private_fargate.fabric.parts.places import (
    Endpoint,
    Interface,
    InternetGateway,
    Listed,
    NatAddress,
    NatGateway,
    PrefixList,
    Route,
    RouteTable,
    Subnet,
    Vpc,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from private_fargate.fabric.answers import Ec2Answers, Item
    from private_fargate.fabric.parts.places import Block, EndpointKind, Owner, Target

_GONE = frozenset({"deleted", "deleting", "disassociated", "disassociating", "expired", "failed", "rejected"})

_TARGETS: Mapping[str, Target] = {  # in this order: a route to an instance names its interface as well
    "NetworkInterfaceId": "interface",
    "NatGatewayId": "NAT gateway",
    "EgressOnlyInternetGatewayId": "egress-only internet gateway",
    "TransitGatewayId": "transit gateway",
    "VpcPeeringConnectionId": "peering connection",
}
_GATEWAYS: Mapping[str, Target] = {  # GatewayId is of several kinds, which its prefix tells
    "igw": "internet gateway",
    "vpce": "endpoint",
    "vgw": "virtual private gateway",
}
_OTHERS = ("InstanceId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn", "OdbNetworkArn")
_KINDS: Mapping[str, EndpointKind] = {"Interface": "Interface", "Gateway": "Gateway"}


def vpc_of(answers: Ec2Answers) -> Vpc:
    """Return the VPC itself, the block it was made with first."""
    first = answers.vpc["CidrBlock"]
    more = [
        each["CidrBlock"]
        for each in answers.vpc.get("CidrBlockAssociationSet", [])
        if each["CidrBlockState"]["State"] not in _GONE
    ]
    return Vpc(
        id=answers.vpc["VpcId"],
        blocks=tuple(IPv4Network(block) for block in dict.fromkeys([first, *more])),
        has_dns_support=answers.attributes["enableDnsSupport"],
        has_dns_hostnames=answers.attributes["enableDnsHostnames"],
    )


def subnets_of(answers: Ec2Answers) -> dict[str, Subnet]:
    """Return the subnets that have IPv4 addresses.

    Raises:
        NetworkNotReadError: a subnet has no route table or no ACL, which is not so on AWS.
    """
    tables = answers.of_the_vpc["describe_route_tables"]
    own = {
        association["SubnetId"]: table["RouteTableId"]
        for table, association in _associations(tables)
        if association.get("SubnetId")
    }
    main = next(
        (t["RouteTableId"] for t, association in _associations(tables) if association.get("Main")), None
    )
    acls = {
        association["SubnetId"]: acl["NetworkAclId"]
        for acl in answers.of_the_vpc["describe_network_acls"]
        for association in acl["Associations"]
    }
    return {
        each["SubnetId"]: Subnet(
            id=each["SubnetId"],
            block=IPv4Network(each["CidrBlock"]),
            zone=each["AvailabilityZone"],
            route_table_id=_there(own.get(each["SubnetId"], main), each["SubnetId"], "route table"),
            acl_id=_there(acls.get(each["SubnetId"]), each["SubnetId"], "network ACL"),
        )
        for each in answers.of_the_vpc["describe_subnets"]
        if each.get("CidrBlock")
    }


def _associations(tables: Iterable[Item]) -> list[tuple[Item, Item]]:
    return [
        (table, association)
        for table in tables
        for association in table["Associations"]
        if association.get("AssociationState", {}).get("State") not in _GONE
    ]


def _there(found: str | None, subnet: str, what: str) -> str:
    if found is None:
        message = f"{subnet}: EC2 shows no {what} for it; every subnet of AWS has one: read the network again"
        raise NetworkNotReadError(message)
    return found


def route_tables_of(answers: Ec2Answers, existing: Collection[str]) -> dict[str, RouteTable]:
    """Return the route tables.

    Args:
        answers: of EC2.
        existing: IDs of the gateways, endpoints and interfaces that are there.
    """
    tables = answers.of_the_vpc["describe_route_tables"]
    main = {table["RouteTableId"] for table, association in _associations(tables) if association.get("Main")}
    return {
        table["RouteTableId"]: RouteTable(
            id=table["RouteTableId"],
            is_main=table["RouteTableId"] in main,
            routes=tuple(_route(each, existing) for each in table["Routes"]),
        )
        for table in tables
    }


def _route(route: Item, existing: Collection[str]) -> Route:
    target, target_id = _target(route)
    is_ours = target in {"internet gateway", "NAT gateway", "endpoint", "interface"}
    return Route(
        destination=_destination(route),
        target=target,
        target_id=target_id,
        # Not every AWS notices that the target of a route is gone.
        is_blackhole=route["State"] == "blackhole" or (is_ours and target_id not in existing),
    )


def _destination(route: Item) -> Block | Listed:
    if named := route.get("DestinationPrefixListId"):
        return Listed(prefix_list_id=named)
    return ip_network(route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"])


def _target(route: Item) -> tuple[Target, str | None]:
    gateway = route.get("GatewayId")
    if gateway == "local":
        return "local", None
    for key, target in _TARGETS.items():
        if route.get(key):
            return target, route[key]
    if gateway:
        return _GATEWAYS.get(gateway.partition("-")[0], "other"), gateway
    return "other", next((route[key] for key in _OTHERS if route.get(key)), None)


def internet_gateways_of(answers: Ec2Answers) -> dict[str, InternetGateway]:
    """Return the internet gateway that is attached to the VPC; there is one at most."""
    return {
        each["InternetGatewayId"]: InternetGateway(id=each["InternetGatewayId"])
        for each in answers.of_the_vpc["describe_internet_gateways"]
        if any(
            attached["VpcId"] == answers.vpc["VpcId"] and attached["State"] not in {"detaching", "detached"}
            for attached in each["Attachments"]
        )
    }


def nat_gateways_of(answers: Ec2Answers) -> dict[str, NatGateway]:
    """Return the NAT gateways."""
    zones = {each["SubnetId"]: each["AvailabilityZone"] for each in answers.of_the_vpc["describe_subnets"]}
    return {
        each["NatGatewayId"]: NatGateway(
            id=each["NatGatewayId"],
            state=each["State"],
            mode="regional" if each.get("AvailabilityMode") == "regional" else "zonal",
            is_public=each.get("ConnectivityType", "public") == "public",
            subnet_id=each.get("SubnetId"),
            route_table_id=each.get("RouteTableId"),
            addresses=tuple(
                NatAddress(
                    zone=address.get("AvailabilityZone") or zones.get(each.get("SubnetId", "")),
                    private=_address(address.get("PrivateIp")),
                    public=_address(address.get("PublicIp")),
                    interface_id=address.get("NetworkInterfaceId"),
                )
                for address in each.get("NatGatewayAddresses", [])
                if address.get("Status", "succeeded") == "succeeded"
            ),
        )
        for each in answers.of_the_vpc["describe_nat_gateways"]
        if each["State"] not in _GONE
    }


def endpoints_of(answers: Ec2Answers) -> dict[str, Endpoint]:
    """Return the endpoints, with their policies as JSON.

    One of which nobody said the type is a gateway.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    """
    return {
        each["VpcEndpointId"]: Endpoint(
            id=each["VpcEndpointId"],
            service_name=each["ServiceName"],
            kind=_KINDS.get(each.get("VpcEndpointType", "Gateway"), "other"),
            state=each["State"].lower(),
            interface_ids=tuple(each.get("NetworkInterfaceIds", [])),
            route_table_ids=frozenset(each.get("RouteTableIds", [])),
            group_ids=frozenset(group["GroupId"] for group in each.get("Groups", [])),
            has_private_dns=each.get("PrivateDnsEnabled", False),
            names=tuple(entry["DnsName"] for entry in each.get("DnsEntries", []) if entry.get("DnsName")),
            policy=json.loads(each["PolicyDocument"]) if each.get("PolicyDocument") else None,
        )
        for each in answers.of_the_vpc["describe_vpc_endpoints"]
        if each["State"].lower() not in _GONE
    }


def prefix_lists_of(answers: Ec2Answers) -> dict[str, PrefixList]:
    """Return the prefix lists that are named by a route or a rule."""
    return {
        each["PrefixListId"]: PrefixList(
            id=each["PrefixListId"],
            name=each["PrefixListName"],
            blocks=tuple(ip_network(entry["Cidr"]) for entry in answers.blocks[each["PrefixListId"]]),
        )
        for each in answers.prefix_lists
    }


def interfaces_of(answers: Ec2Answers, owners: Mapping[str, Owner]) -> dict[str, Interface]:
    """Return the interfaces that have an IPv4 address.

    Args:
        answers: of EC2.
        owners: by the ID of the interface that is theirs.
    """
    found: Sequence[Item] = answers.of_the_vpc["describe_network_interfaces"]
    return {
        each["NetworkInterfaceId"]: Interface(
            id=each["NetworkInterfaceId"],
            subnet_id=each["SubnetId"],
            address=IPv4Address(each["PrivateIpAddress"]),
            public_address=_address(each.get("Association", {}).get("PublicIp")),
            group_ids=frozenset(group["GroupId"] for group in each["Groups"]),
            owner=owners.get(each["NetworkInterfaceId"]),
            checks_addresses=each.get("SourceDestCheck", True),
        )
        for each in found
        if each.get("PrivateIpAddress") and each.get("SubnetId")
    }


def _address(text: str | None) -> IPv4Address | None:
    return IPv4Address(text) if text else None
