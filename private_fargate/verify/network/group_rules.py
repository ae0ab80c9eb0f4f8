"""Security groups as they are written: in the group, or as resources of their own.

Source: AWSCloudFormation/latest/TemplateReference, AWS::EC2::SecurityGroup, ::SecurityGroupIngress,
::SecurityGroupEgress
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_int, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

Direction: TypeAlias = Literal["ingress", "egress"]

_PEER_GROUPS: Final = {"ingress": "SourceSecurityGroupId", "egress": "DestinationSecurityGroupId"}

_PEER_LISTS: Final = {"ingress": "SourcePrefixListId", "egress": "DestinationPrefixListId"}

INLINE: Final = {"ingress": "SecurityGroupIngress", "egress": "SecurityGroupEgress"}

_ANY: Final = ("-1", "all")

_NUMBERS: Final = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a group.

    Attributes:
        by: The resource that it is written in.
        protocol: `tcp`, `udp`, … or `-1` for all; may be unknown.
        first: The first port; None for all, or where it is not known.
        last: The last port.
        ports_known: Whether the two are to be trusted.
        group: The peer group; None if the peer is named by something else.
        block: The peer's addresses.
        prefix_list: The peer's prefix list.
    """

    by: Resource
    protocol: str
    first: int | None = None
    last: int | None = None
    ports_known: bool = True
    group: Value | None = None
    block: Value | None = None
    prefix_list: Value | None = None

    def covers(self, port: int | None, protocol: str = "tcp") -> Truth:
        """Say whether it is about a port; None for a port means all of them."""
        if self.protocol in _ANY:
            return True
        if has_unknown(self.protocol):
            return None
        if self.protocol != protocol:
            return False
        if not self.ports_known:
            return None
        if self.first is None or self.last is None:
            return True
        whole = (self.first, self.last) == (0, 65535) or self.first == -1
        return whole if port is None else whole or self.first <= port <= self.last


@dataclass(frozen=True, slots=True)
class Group:
    """A security group as far as the templates tell.

    Attributes:
        value: What refers to it.
        resource: The group, or the VPC whose default group it is; None if the group is not ours.
        ingress: What it lets in.
        egress: What it lets out.
        known: Whether these are all its rules.
        lets_all_out: Whether the default rule for egress is still there.
        is_default: Whether it is the default group of a VPC, which also admits itself.
    """

    value: Value
    resource: Resource | None
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    known: bool = True
    lets_all_out: bool = False
    is_default: bool = False

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        """Give what it lets in, or out."""
        return self.ingress if direction == "ingress" else self.egress


def by_group(rules: Iterable[Resource]) -> dict[Value, list[Resource]]:
    """Sort rules that are resources of their own by the group that they are added to."""
    found: dict[Value, list[Resource]] = {}
    for rule in rules:
        found.setdefault(as_text(rule.get("GroupId") or ""), []).append(rule)
    return found


def read_rule(by: Resource, body: Value, direction: Direction) -> Rule | None:
    """Read one rule; None if it is no rule at all."""
    if not isinstance(body, dict):
        return None
    protocol = as_text(body.get("IpProtocol", "-1")).lower()
    ports = [body.get("FromPort"), body.get("ToPort")]
    block = body.get("CidrIp") if body.get("CidrIp") is not None else body.get("CidrIpv6")
    group = body.get(_PEER_GROUPS[direction])
    if group is None and direction == "ingress":
        group = body.get("SourceSecurityGroupName")
    return Rule(
        by,
        _NUMBERS.get(protocol, protocol),
        as_int(ports[0]),
        as_int(ports[1]),
        ports_known=not has_unknown(ports),
        group=group,
        block=block,
        prefix_list=body.get(_PEER_LISTS[direction]),
    )
