"""The network of a system as resources: VPC, subnets, routes, ACLs, security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from tests.verify.generated.systems import ANYWHERE, INTERNET, S3_ADDRESSES
from tests.verify.generated.written import Cut, Of, Pseudo, Resource, Zone, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.verify.generated.systems import Group, Rule, System
    from tests.verify.generated.written import Manner


NOBODY: Final = {"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}
"""A rule that keeps the default away, which would let everything out."""


def network(system: System, manner: Manner) -> Iterator[Resource]:
    """Write the network, each resource after those that it refers to."""
    yield from _vpc(system)
    yield from _subnets(system, manner)
    yield from _acls(system, manner)
    yield from _groups(system, manner)


def _vpc(system: System) -> Iterator[Resource]:
    switches = {"EnableDnsSupport": system.dns_support, "EnableDnsHostnames": system.dns_hostnames}
    yield Resource("Vpc", "EC2::VPC", "Network", {"CidrBlock": system.block, **switches})
    if system.has_internet:
        yield Resource(INTERNET, "EC2::InternetGateway", "Network", {})
        if system.is_attached:
            both = {"VpcId": Of("Vpc"), "InternetGatewayId": Of(INTERNET)}
            yield Resource("Attachment", "EC2::VPCGatewayAttachment", "Network", both)


def attached(system: System) -> tuple[str, ...]:
    return ("Attachment",) if system.is_attached and system.has_internet else ()


def _subnets(system: System, manner: Manner) -> Iterator[Resource]:
    for subnet in system.subnets:
        block = Cut(subnet.block, system.block, Of("Vpc", "CidrBlock")) if manner.cuts else subnet.block
        where = {"VpcId": Of("Vpc"), "AvailabilityZone": Zone(subnet.zone), "CidrBlock": block}
        yield Resource(subnet.name, "EC2::Subnet", "Network", where)
    for table in system.tables:
        yield Resource(table.name, "EC2::RouteTable", "Network", {"VpcId": Of("Vpc")})
    for nat in system.nats:
        properties: dict[str, Any] = {"VpcId": Of("Vpc"), "AvailabilityMode": "regional"}
        if nat.subnet:
            yield Resource(f"{nat.name}Address", "EC2::EIP", "Network", {"Domain": "vpc"}, attached(system))
            address = Of(f"{nat.name}Address", "AllocationId")
            properties = {"SubnetId": Of(nat.subnet), "AllocationId": address}
        yield Resource(nat.name, "EC2::NatGateway", "Network", properties, attached(system))
    for table in system.tables:
        if table.way:
            kind = "GatewayId" if table.way == INTERNET else "NatGatewayId"
            route = {"RouteTableId": Of(table.name), "DestinationCidrBlock": ANYWHERE, kind: Of(table.way)}
            yield Resource(f"{table.name}Out", "EC2::Route", "Network", route, attached(system))
    for subnet in system.subnets:
        if subnet.table:
            both = {"SubnetId": Of(subnet.name), "RouteTableId": Of(subnet.table)}
            yield Resource(f"{subnet.name}Routes", "EC2::SubnetRouteTableAssociation", "Network", both)


def _acls(system: System, manner: Manner) -> Iterator[Resource]:
    for acl in system.acls:
        yield Resource(acl.name, "EC2::NetworkAcl", "Network", {"VpcId": Of("Vpc")})
        yield Resource(f"{acl.name}Deny", "EC2::NetworkAclEntry", "Network", _denied(acl.name))
        for number, entry in enumerate(acl.entries):
            properties = {
                "NetworkAclId": Of(acl.name),
                "RuleNumber": 100 + 10 * number,
                "Protocol": 6,
                "RuleAction": "allow",
                "Egress": entry.egress,
                "CidrBlock": _block(system, manner, entry.block),
                "PortRange": {"From": entry.first, "To": entry.last},
            }
            yield Resource(f"{acl.name}Entry{number + 1}", "EC2::NetworkAclEntry", "Network", properties)
    for subnet in system.subnets:
        if subnet.acl:
            both = {"SubnetId": Of(subnet.name), "NetworkAclId": Of(subnet.acl)}
            yield Resource(f"{subnet.name}Acl", "EC2::SubnetNetworkAclAssociation", "Network", both)


def _denied(acl: str) -> dict[str, Any]:
    """Deny what no task is called on."""
    ports = {"PortRange": {"From": 22, "To": 22}, "Protocol": 6}
    first = {"NetworkAclId": Of(acl), "RuleNumber": 10, "RuleAction": "deny", "CidrBlock": ANYWHERE}
    return {**first, **ports}


def _block(system: System, manner: Manner, block: str) -> object:
    """Give a block, which may be said to be that of the VPC."""
    return Of("Vpc", "CidrBlock") if manner.cuts and block == system.block else block


def _groups(system: System, manner: Manner) -> Iterator[Resource]:
    known = {group.name for group in system.groups}
    for group in system.groups:
        properties: dict[str, Any] = {"GroupDescription": group.name, "VpcId": Of("Vpc")}
        is_apart = _is_apart(group, manner, known)
        if group.ingress and not is_apart:
            properties["SecurityGroupIngress"] = [
                _rule(system, manner, rule, "Source") for rule in group.ingress
            ]
        if group.egress is not None:
            inside = () if is_apart else group.egress
            said = [_rule(system, manner, rule, "Destination") for rule in inside]
            properties["SecurityGroupEgress"] = said or [NOBODY]
        yield Resource(group.name, "EC2::SecurityGroup", "Network", properties)
    for group in system.groups:
        if _is_apart(group, manner, known):
            yield from _rules_apart(system, manner, group)


def _is_apart(group: Group, manner: Manner, known: set[str]) -> bool:
    """Groups that speak of each other are a circle, unless their rules are resources of their own."""
    rules = [*group.ingress, *(group.egress or ())]
    return group.name in manner.apart or any(rule.peer in known for rule in rules)


def _rules_apart(system: System, manner: Manner, group: Group) -> Iterator[Resource]:
    for number, rule in enumerate(group.ingress):
        said = {"GroupId": Of(group.name, "GroupId"), **_rule(system, manner, rule, "Source")}
        yield Resource(f"{group.name}In{number + 1}", "EC2::SecurityGroupIngress", "Network", said)
    for number, rule in enumerate(group.egress or ()):
        said = {"GroupId": Of(group.name, "GroupId"), **_rule(system, manner, rule, "Destination")}
        yield Resource(f"{group.name}Out{number + 1}", "EC2::SecurityGroupEgress", "Network", said)


def _rule(system: System, manner: Manner, rule: Rule, side: str) -> dict[str, Any]:
    found: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": rule.port, "ToPort": rule.port}
    if rule.peer == S3_ADDRESSES:
        return {**found, f"{side}PrefixListId": S3_PREFIX_LISTS[system.region]}
    if rule.peer[0].isdigit():
        return {**found, "CidrIp": _block(system, manner, rule.peer)}
    return {**found, f"{side}SecurityGroupId": Of(rule.peer, "GroupId")}


def neighbour(system: System) -> Iterator[Resource]:
    """Write another VPC, whose doors and ways are of no use to the tasks."""
    vpc = {"VpcId": Of("OtherVpc")}
    switches = {"EnableDnsSupport": True, "EnableDnsHostnames": True}
    yield Resource("OtherVpc", "EC2::VPC", "Network", {"CidrBlock": system.block, **switches})
    where = {**vpc, "AvailabilityZone": Zone(0), "CidrBlock": system.block}
    yield Resource("OtherSubnet", "EC2::Subnet", "Network", where)
    yield Resource("OtherTable", "EC2::RouteTable", "Network", vpc)
    both = {"SubnetId": Of("OtherSubnet"), "RouteTableId": Of("OtherTable")}
    yield Resource("OtherRoutes", "EC2::SubnetRouteTableAssociation", "Network", both)
    yield Resource("OtherGateway", "EC2::InternetGateway", "Network", {})
    attached_to = {**vpc, "InternetGatewayId": Of("OtherGateway")}
    yield Resource("OtherAttachment", "EC2::VPCGatewayAttachment", "Network", attached_to)
    route = {
        "RouteTableId": Of("OtherTable"),
        "DestinationCidrBlock": ANYWHERE,
        "GatewayId": Of("OtherGateway"),
    }
    yield Resource("OtherOut", "EC2::Route", "Network", route, ("OtherAttachment",))
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": ANYWHERE}
    group = {"GroupDescription": "doors", **vpc, "SecurityGroupIngress": [rule]}
    yield Resource("OtherGroup", "EC2::SecurityGroup", "Network", group)
    for name in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
        door = {
            **vpc,
            "ServiceName": text("com.amazonaws.", Pseudo("Region"), f".{name}"),
            "VpcEndpointType": "Interface",
            "PrivateDnsEnabled": True,
            "SubnetIds": [Of("OtherSubnet")],
            "SecurityGroupIds": [Of("OtherGroup", "GroupId")],
        }
        title = f"Other{name.title().replace('.', '')}Endpoint"
        yield Resource(title, "EC2::VPCEndpoint", "Network", door)
    door = {**vpc, "ServiceName": text("com.amazonaws.", Pseudo("Region"), ".s3")}
    routed = {**door, "RouteTableIds": [Of("OtherTable")]}
    yield Resource("OtherS3Endpoint", "EC2::VPCEndpoint", "Network", routed)
