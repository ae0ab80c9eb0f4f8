"""What networks let in and out: security groups, and network ACLs.

A rule is the same whether it is written in its group or as a resource of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from private_fargate.plan.security.packets import PacketRule, compare, ports_of, protocol_of, texts_of
from private_fargate.plan.security.wording import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.plan.model import Direction, SecurityChange
    from private_fargate.plan.security.packets import Openings
    from private_fargate.plan.security.sides import Item, Pair, Sides

Value: TypeAlias = Any

_Way: TypeAlias = Literal["ingress", "egress"]

_WAYS: Final[tuple[_Way, _Way]] = ("ingress", "egress")
_LETS: Final = {"ingress": "lets in", "egress": "lets out"}
_SEPARATE: Final = {
    "ingress": ("AWS::EC2::SecurityGroupIngress",),
    "egress": ("AWS::EC2::SecurityGroupEgress",),
}
_INLINE: Final = {"ingress": "SecurityGroupIngress", "egress": "SecurityGroupEgress"}
_PEERS: Final = (
    ("CidrIp", "block4"),
    ("CidrIpv6", "block6"),
    ("SourceSecurityGroupId", "group"),
    ("SourceSecurityGroupName", "group"),
    ("DestinationSecurityGroupId", "group"),
    ("SourcePrefixListId", "list"),
    ("DestinationPrefixListId", "list"),
)
_NOWHERE: Final = "127.0.0.1/32"
"""Egress to here is how one writes that a group lets nothing out."""


def network_changes(sides: Sides) -> Iterator[SecurityChange]:
    """Yield what networks newly let through, or no longer."""
    yield from _groups(sides)
    yield from _lists(sides)


def _groups(sides: Sides) -> Iterator[SecurityChange]:
    told: set[int] = set()
    for pair in sides.of("EC2::SecurityGroup"):
        both: list[list[PacketRule]] = []
        for after, item in ((False, pair.before), (True, pair.after)):
            separate = [rule for rule in sides.items(after=after) if item and _is_of(rule, item)]
            told |= {id(rule) for rule in separate}
            both.append(_rules(item, separate) if item else [])
        yield from _told(Teller(sides, pair.item), both)
    for pair in sides.of("EC2::SecurityGroupIngress", "EC2::SecurityGroupEgress"):
        # The group is somebody else's: the rule is all that we know of it.
        both = [
            [] if item is None or id(item) in told else list(_of_itself(item))
            for item in (pair.before, pair.after)
        ]
        yield from _told(Teller(sides, pair.item), both)


def _is_of(rule: Item, group: Item) -> bool:
    types = (*_SEPARATE["ingress"], *_SEPARATE["egress"])
    return rule.type in types and (rule.get("GroupId") or rule.get("GroupName")) in group.names


def _rules(group: Item, separate: list[Item]) -> list[PacketRule]:
    found: list[PacketRule] = []
    for way in _WAYS:
        inline = group.get(_INLINE[way])
        written = cast("list[Value]", inline) if isinstance(inline, list) else [inline] if inline else []
        if way == "egress" and not written:
            # Source: TemplateReference, AWS::EC2::SecurityGroup: without egress rules, all is let out.
            written = [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}, {"IpProtocol": "-1", "CidrIpv6": "::/0"}]
        found += [rule for body in written for rule in _read(body, way)]
    return found + [rule for item in separate for rule in _of_itself(item)]


def _of_itself(item: Item) -> Iterator[PacketRule]:
    way = "egress" if item.type in _SEPARATE["egress"] else "ingress"
    yield from _read(dict(item.properties), way)


def _read(body: Value, way: _Way) -> Iterator[PacketRule]:
    if not isinstance(body, dict):
        peer = str(body)
        yield PacketRule(way=way, protocol=peer, first=0, last=0, kind="block4", peer=peer, ports=peer)
        return
    rule = cast("Mapping[str, Value]", body)
    protocol = protocol_of(rule.get("IpProtocol"))
    first, last, ports = ports_of(protocol, rule.get("FromPort"), rule.get("ToPort"))
    for name, kind in _PEERS:
        peer = rule.get(name)
        if peer is not None and not (way == "egress" and peer == _NOWHERE):
            yield PacketRule(
                way=way, protocol=protocol, first=first, last=last, ports=ports, kind=kind, peer=str(peer)
            )


def _told(teller: Teller, both: list[list[PacketRule]]) -> Iterator[SecurityChange]:
    for way in _WAYS:
        before, after = ([rule for rule in rules if rule.way == way] for rules in both)
        found = compare(before, after)
        yield from _openings(teller, way, found, (before, after), _LETS[way])


def _openings(
    teller: Teller,
    subject: str,
    found: Openings,
    both: tuple[list[PacketRule], list[PacketRule]],
    lets: str,
) -> Iterator[SecurityChange]:
    old, new = (texts_of(rules) for rules in both)
    before = [text for text in old if text not in new]
    after = [text for text in new if text not in old]
    ends: tuple[tuple[Direction, str, tuple[PacketRule, ...]], ...] = (
        ("widened", f"newly {lets}", found.gained),
        ("narrowed", f"no longer {lets}", found.lost),
    )
    for direction, verb, rules in ends:
        if rules:
            yield teller.change(subject, direction, f"{verb} {', '.join(texts_of(rules))}", before, after)
    if found.unsure:
        message = f"{lets} something else; whether that is more cannot be told before the deployment"
        yield teller.change(subject, "changed", message, before, after)


def _lists(sides: Sides) -> Iterator[SecurityChange]:
    """Yield what changes in network ACLs, whose entries are asked in the order of their numbers."""
    pairs: dict[str, list[Pair]] = {}
    for pair in sides.of("EC2::NetworkAclEntry"):
        pairs.setdefault(str(pair.item.get("NetworkAclId")), []).append(pair)
    for members in pairs.values():
        both = (
            [rule for pair in members if pair.before for rule in _entry(pair.before)],
            [rule for pair in members if pair.after for rule in _entry(pair.after)],
        )
        changed = [pair for pair in members if _content(pair.before) != _content(pair.after)]
        if not changed:
            continue
        teller = Teller(sides, changed[0].item)
        for way in _WAYS:
            before, after = ([rule for rule in rules if rule.way == way] for rules in both)
            found = compare(before, after)
            yield from _openings(teller, f"network ACL {way}", found, (before, after), _LETS[way])


def _content(item: Item | None) -> object:
    return item and item.properties


def _entry(item: Item) -> Iterator[PacketRule]:
    protocol = protocol_of(item.get("Protocol"))
    first, last, ports = ports_of(protocol, item.get("PortRange", "From"), item.get("PortRange", "To"))
    number = str(item.get("RuleNumber"))
    for name, kind in (("CidrBlock", "block4"), ("Ipv6CidrBlock", "block6")):
        peer = item.get(name)
        if peer is not None:
            yield PacketRule(
                way="egress" if str(item.get("Egress")).lower() == "true" else "ingress",
                protocol=protocol,
                first=first,
                last=last,
                ports=ports,
                kind=kind,
                peer=str(peer),
                allows=str(item.get("RuleAction")).lower() == "allow",
                order=int(number) if number.isdigit() else 0,
            )
