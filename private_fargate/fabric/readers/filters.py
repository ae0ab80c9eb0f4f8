"""Security groups and network ACLs, from what EC2 describes: each rule about one peer."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from private_fargate.fabric.parts.filters import (
    EVERY_PROTOCOL,
    Acl,
    AclEntry,
    GroupRule,
    Members,
    SecurityGroup,
    Traffic,
)
from private_fargate.fabric.parts.places import Listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.fabric.answers import Ec2Answers, Item
    from private_fargate.fabric.parts.filters import Direction, Peer

# Groups say `tcp`, ACLs say `6`.
# Source: https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml
_PROTOCOLS: Mapping[str, str] = {"-1": EVERY_PROTOCOL, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_ALL_PORTS = (0, 65535)
_EVERY = -1  # type or code of ICMP


def groups_of(answers: Ec2Answers) -> dict[str, SecurityGroup]:
    """Return the security groups."""
    return {
        each["GroupId"]: SecurityGroup(
            id=each["GroupId"],
            name=each["GroupName"],
            rules=(*_rules(each, "IpPermissions", "in"), *_rules(each, "IpPermissionsEgress", "out")),
        )
        for each in answers.of_the_vpc["describe_security_groups"]
    }


def acls_of(answers: Ec2Answers) -> dict[str, Acl]:
    """Return the network ACLs."""
    return {
        each["NetworkAclId"]: Acl(
            id=each["NetworkAclId"],
            entries=tuple(
                _entry(entry) for entry in sorted(each["Entries"], key=lambda entry: entry["RuleNumber"])
            ),
        )
        for each in answers.of_the_vpc["describe_network_acls"]
    }


def _rules(group: Item, key: str, direction: Direction) -> Iterator[GroupRule]:
    for permission in group[key]:
        traffic = _traffic(permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort"))
        for peer in _peers(permission):
            yield GroupRule(direction=direction, traffic=traffic, peer=peer)


def _peers(permission: Item) -> Iterator[Peer]:
    for each in permission.get("IpRanges", []):
        yield ip_network(each["CidrIp"])
    for each in permission.get("Ipv6Ranges", []):
        yield ip_network(each["CidrIpv6"])
    for each in permission.get("UserIdGroupPairs", []):
        yield Members(group_id=each["GroupId"])
    for each in permission.get("PrefixListIds", []):
        yield Listed(prefix_list_id=each["PrefixListId"])


def _entry(entry: Item) -> AclEntry:
    ports, icmp = entry.get("PortRange", {}), entry.get("IcmpTypeCode", {})
    is_icmp = "Type" in icmp
    return AclEntry(
        number=entry["RuleNumber"],
        direction="out" if entry["Egress"] else "in",
        allows=entry["RuleAction"] == "allow",
        traffic=_traffic(
            entry["Protocol"],
            icmp["Type"] if is_icmp else ports.get("From"),
            icmp.get("Code") if is_icmp else ports.get("To"),
        ),
        block=ip_network(entry.get("CidrBlock") or entry["Ipv6CidrBlock"]),
    )


def _traffic(protocol: str, first: int | None, last: int | None) -> Traffic:
    """Return which packets a rule is about.

    With any other protocol than these, ports do not count; with ICMP they are its type and code.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html and
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    """
    name = _PROTOCOLS.get(protocol, protocol)
    if name in {"tcp", "udp"}:
        ports = None if first is None or last is None else (first, last)
        return Traffic(protocol=name, ports=None if ports == _ALL_PORTS else ports)
    if name in {"icmp", "icmpv6"}:
        return Traffic(protocol=name, icmp_type=_unless_every(first), icmp_code=_unless_every(last))
    return Traffic(protocol=name)


def _unless_every(number: int | None) -> int | None:
    return None if number == _EVERY else number
