"""What AWS describes and an embedded one does not: read from answers as its API reference shows them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any

import pytest

from private_fargate.fabric.errors import NetworkNotReadError
from private_fargate.fabric.parts.filters import GroupRule, Members, Traffic
from private_fargate.fabric.parts.places import Listed, NatAddress, Route
from private_fargate.fabric.readers import filters, places
from tests.fabric.described import VPC, ec2

MAIN = {
    "RouteTableId": "rtb-main",
    "Associations": [{"Main": True, "AssociationState": {"State": "associated"}}],
    "Routes": [],
}
ACL = {"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": []}
SUBNET = {"SubnetId": "subnet-1", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "us-east-1a"}


def test_blocks_that_were_added_follow_the_first() -> None:
    added = [("10.1.0.0/16", "associated"), ("10.0.0.0/16", "associated"), ("10.2.0.0/16", "disassociated")]
    associations = [{"CidrBlock": block, "CidrBlockState": {"State": state}} for block, state in added]
    found = places.vpc_of(ec2(vpc={"CidrBlockAssociationSet": associations}))
    assert found.blocks == (IPv4Network("10.0.0.0/16"), IPv4Network("10.1.0.0/16"))
    assert (found.has_dns_support, found.has_dns_hostnames) == (True, False)


def test_a_subnet_of_ipv6_alone_is_left_out() -> None:
    native = {"SubnetId": "subnet-6", "AvailabilityZone": "us-east-1a", "Ipv6Native": True}
    answers = ec2(
        describe_subnets=[SUBNET, native], describe_route_tables=[MAIN], describe_network_acls=[ACL]
    )
    assert places.subnets_of(answers).keys() == {"subnet-1"}


@pytest.mark.parametrize(
    ("described", "what"),
    [
        ({"describe_network_acls": [ACL]}, "route table"),
        ({"describe_route_tables": [MAIN]}, "network ACL"),
    ],
)
def test_a_subnet_without_what_every_subnet_has_is_not_guessed_at(
    described: dict[str, list[dict[str, Any]]], what: str
) -> None:
    with pytest.raises(NetworkNotReadError, match=f"^subnet-1: EC2 shows no {what} for it"):
        places.subnets_of(ec2(describe_subnets=[SUBNET], **described))


def test_an_association_that_failed_does_not_count() -> None:
    own = {
        "RouteTableId": "rtb-own",
        "Associations": [
            {"Main": False, "SubnetId": "subnet-1", "AssociationState": {"State": "failed"}},
            {"Main": False, "GatewayId": "igw-1", "AssociationState": {"State": "associated"}},
        ],
        "Routes": [],
    }
    answers = ec2(describe_subnets=[SUBNET], describe_route_tables=[own, MAIN], describe_network_acls=[ACL])
    assert places.subnets_of(answers)["subnet-1"].route_table_id == "rtb-main"


V4, V6 = {"DestinationCidrBlock": "10.5.0.0/16"}, {"DestinationIpv6CidrBlock": "::/0"}


@pytest.mark.parametrize(
    ("described", "target", "target_id", "is_blackhole"),
    [
        ({**V4, "GatewayId": "local"}, "local", None, False),
        ({**V4, "GatewayId": "igw-1"}, "internet gateway", "igw-1", False),
        ({**V4, "GatewayId": "igw-2"}, "internet gateway", "igw-2", True),
        ({**V4, "GatewayId": "vgw-1"}, "virtual private gateway", "vgw-1", False),
        ({**V4, "GatewayId": "vpce-1"}, "endpoint", "vpce-1", False),
        ({**V4, "NatGatewayId": "nat-1", "State": "blackhole"}, "NAT gateway", "nat-1", True),
        ({**V4, "InstanceId": "i-1", "NetworkInterfaceId": "eni-1"}, "interface", "eni-1", False),
        ({**V4, "TransitGatewayId": "tgw-1"}, "transit gateway", "tgw-1", False),
        ({**V4, "VpcPeeringConnectionId": "pcx-1"}, "peering connection", "pcx-1", False),
        ({**V6, "EgressOnlyInternetGatewayId": "eigw-1"}, "egress-only internet gateway", "eigw-1", False),
        ({**V4, "CarrierGatewayId": "cagw-1"}, "other", "cagw-1", False),
    ],
)
def test_a_route_has_one_target(
    described: dict[str, Any],
    target: Any,
    target_id: str | None,
    is_blackhole: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    table = {"RouteTableId": "rtb-1", "Associations": [], "Routes": [{"State": "active", **described}]}
    existing = {"igw-1", "vpce-1", "nat-1", "eni-1"}
    found = places.route_tables_of(ec2(describe_route_tables=[table]), existing)["rtb-1"]
    destination = IPv6Network("::/0") if V6.items() <= described.items() else IPv4Network("10.5.0.0/16")
    assert found.routes == (
        Route(destination=destination, target=target, target_id=target_id, is_blackhole=is_blackhole),
    )


def test_a_regional_nat_gateway_has_addresses_by_zone() -> None:
    addresses = [
        {
            "AllocationId": "a",
            "PublicIp": "203.0.113.1",
            "AvailabilityZone": "us-east-1a",
            "Status": "succeeded",
        },
        {
            "AllocationId": "b",
            "PublicIp": "203.0.113.2",
            "AvailabilityZone": "us-east-1b",
            "Status": "succeeded",
        },
        {
            "AllocationId": "c",
            "PublicIp": "203.0.113.3",
            "AvailabilityZone": "us-east-1c",
            "Status": "failed",
        },
    ]
    gateway = {
        "NatGatewayId": "nat-1",
        "State": "available",
        "VpcId": VPC,
        "ConnectivityType": "public",
        "AvailabilityMode": "regional",
        "RouteTableId": "rtb-1",
        "NatGatewayAddresses": addresses,
    }
    found = places.nat_gateways_of(ec2(describe_nat_gateways=[gateway]))["nat-1"]
    assert (found.mode, found.subnet_id, found.route_table_id) == ("regional", None, "rtb-1")
    assert found.addresses == tuple(
        NatAddress(zone=f"us-east-1{zone}", private=None, public=IPv4Address(public), interface_id=None)
        for zone, public in (("a", "203.0.113.1"), ("b", "203.0.113.2"))
    )


@pytest.mark.parametrize(
    ("state", "is_there"),
    [("pending", True), ("available", True), ("failed", False), ("deleting", False), ("deleted", False)],
)
def test_a_nat_gateway_that_will_not_come_is_left_out(
    state: str,
    is_there: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    gateway = {"NatGatewayId": "nat-1", "State": state, "SubnetId": "subnet-1"}
    answers = ec2(describe_subnets=[SUBNET], describe_nat_gateways=[gateway])
    found = places.nat_gateways_of(answers)
    assert [each.state for each in found.values()] == ([state] if is_there else [])


@pytest.mark.parametrize("state", ["Deleting", "deleted", "Rejected", "failed", "Expired"])
def test_an_endpoint_that_leads_nowhere_is_left_out(state: str) -> None:
    """The API reference writes the states with capitals, and AWS answers without."""
    endpoint = {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "ServiceName": "x", "State": state}
    assert places.endpoints_of(ec2(describe_vpc_endpoints=[endpoint])) == {}
    pending = {**endpoint, "State": "PendingAcceptance", "DnsEntries": [{"DnsName": "a.example"}, {}]}
    found = places.endpoints_of(ec2(describe_vpc_endpoints=[pending]))["vpce-1"]
    assert (found.state, found.names, found.policy) == ("pendingacceptance", ("a.example",), None)


def rules(permission: dict[str, Any]) -> tuple[GroupRule, ...]:
    group = {"GroupId": "sg-1", "GroupName": "web", "IpPermissions": [permission], "IpPermissionsEgress": []}
    return filters.groups_of(ec2(describe_security_groups=[group]))["sg-1"].rules


def test_a_permission_for_several_peers_is_several_rules() -> None:
    found = rules(
        {
            "IpProtocol": "tcp",
            "FromPort": 80,
            "ToPort": 81,
            "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
            "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
            "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "123456789012"}],
            "PrefixListIds": [{"PrefixListId": "pl-1"}],
        }
    )
    traffic = Traffic(protocol="tcp", ports=(80, 81))
    assert found == tuple(
        GroupRule(direction="in", traffic=traffic, peer=peer)
        for peer in (
            IPv4Network("10.0.0.0/8"),
            IPv6Network("2001:db8::/32"),
            Members(group_id="sg-2"),
            Listed(prefix_list_id="pl-1"),
        )
    )


@pytest.mark.parametrize(
    ("protocol", "first", "last", "traffic"),
    [
        ("-1", None, None, Traffic(protocol="any")),
        ("-1", 80, 80, Traffic(protocol="any")),
        ("tcp", 0, 65535, Traffic(protocol="tcp")),
        ("17", 53, 53, Traffic(protocol="udp", ports=(53, 53))),
        ("udp", 1, 65535, Traffic(protocol="udp", ports=(1, 65535))),
        ("icmp", -1, -1, Traffic(protocol="icmp")),
        ("icmp", 8, -1, Traffic(protocol="icmp", icmp_type=8)),
        ("icmp", 3, 4, Traffic(protocol="icmp", icmp_type=3, icmp_code=4)),
        ("icmp", 0, 0, Traffic(protocol="icmp", icmp_type=0, icmp_code=0)),
        ("icmpv6", None, None, Traffic(protocol="icmpv6")),
        ("50", 80, 80, Traffic(protocol="50")),
    ],
)
def test_ports_count_only_where_there_are_ports(
    protocol: str, first: int | None, last: int | None, traffic: Traffic
) -> None:
    ports = {} if first is None else {"FromPort": first, "ToPort": last}
    found = rules({"IpProtocol": protocol, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], **ports})
    assert [each.traffic for each in found] == [traffic]


@pytest.mark.parametrize(
    ("described", "traffic"),
    [
        (
            {"Protocol": "6", "PortRange": {"From": 1024, "To": 65535}},
            Traffic(protocol="tcp", ports=(1024, 65535)),
        ),
        ({"Protocol": "1", "IcmpTypeCode": {"Type": 8, "Code": -1}}, Traffic(protocol="icmp", icmp_type=8)),
        ({"Protocol": "1", "IcmpTypeCode": {"Type": -1, "Code": -1}}, Traffic(protocol="icmp")),
        ({"Protocol": "-1"}, Traffic(protocol="any")),
    ],
)
def test_an_acl_says_protocols_by_number(described: dict[str, Any], traffic: Traffic) -> None:
    entry = {"RuleNumber": 1, "Egress": True, "RuleAction": "allow", "Ipv6CidrBlock": "::/0", **described}
    acl = {"NetworkAclId": "acl-1", "Associations": [], "Entries": [entry]}
    (found,) = filters.acls_of(ec2(describe_network_acls=[acl]))["acl-1"].entries
    assert (found.traffic, found.direction, found.allows) == (traffic, "out", True)
    assert found.block == IPv6Network("::/0")
