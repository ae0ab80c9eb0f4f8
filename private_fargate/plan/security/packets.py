"""Rules for packets as ranges: protocols, ports and peers, with the exact set of what they let through.

Ports and addresses are cut at every end of a range that any rule has; between two cuts all rules agree.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from private_fargate.verify.templates.symbols import has_unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Value: TypeAlias = Any

_Way: TypeAlias = Literal["ingress", "egress"]
_Segment: TypeAlias = tuple[str, int, int]
"""Addresses or a name: `4` or `6` with the first and the last, or the name with 0 and 0."""

ANY: Final = "-1"
_NUMBERS: Final = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": ANY}
_WITH_PORTS: Final = ("tcp", "udp")
_LAST_PORT: Final = 65_535
_FAMILY_OF: Final = {"block4": "4", "block6": "6", "group": "4", "list": "4"}
_UNKNOWN_PORT: Final = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketRule:
    """One rule.

    Attributes:
        way: In or out.
        protocol: `tcp`, …; `-1` is all.
        first: The first port; 0 to 65535 are all.
        last: The last port.
        ports: The ports as they are written, if they are not known; else empty.
        kind: What the peer is: `block4`, `block6`, `group`, `list`.
        peer: Its block, or what refers to it.
        allows: Whether it lets through; else it stops.
        order: Rules are asked in this order, and the first that fits decides.
    """

    way: _Way
    protocol: str
    first: int
    last: int
    kind: str
    peer: str
    ports: str = ""
    allows: bool = True
    order: int = 0

    def __str__(self) -> str:
        """Say it for a person: `tcp 443 from 10.0.0.0/16`."""
        ports = self.ports or (f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}")
        everything = not self.ports and (self.first, self.last) == (0, _LAST_PORT)
        what = "everything" if self.protocol == ANY else self.protocol + ("" if everything else f" {ports}")
        whom = {"0.0.0.0/0": "anywhere", "::/0": "anywhere by IPv6"}.get(self.peer, self.peer)
        return f"{what} {'from' if self.way == 'ingress' else 'to'} {whom}"

    @property
    def is_unknown(self) -> bool:
        """Whether a part of it is known only to whoever deploys."""
        return has_unknown([self.protocol, self.ports, self.peer])


def protocol_of(value: Value) -> str:
    """Return a protocol by its name."""
    text = str(ANY if value is None else value).lower()
    return _NUMBERS.get(text, text)


def ports_of(protocol: str, first: Value, last: Value) -> tuple[int, int, str]:
    """Return the first and the last port, and the ports as text if they are not known."""
    if protocol == ANY or (first is None and last is None):
        return 0, _LAST_PORT, ""
    if protocol not in (*_WITH_PORTS, "icmp", "icmpv6"):
        return 0, _LAST_PORT, ""
    try:
        low, high = int(str(first)), int(str(last))
    except ValueError:
        return _UNKNOWN_PORT, _UNKNOWN_PORT, f"{first}-{last}"
    if protocol not in _WITH_PORTS:
        return (0, _LAST_PORT, "") if low == -1 else (low, low, "")
    return (0, _LAST_PORT, "") if low == -1 else (low, high, "")


@dataclass(frozen=True, slots=True)
class Openings:
    """What passes on one side alone.

    Attributes:
        gained: The rules that let through what did not pass before.
        lost: The rules that let through what no longer passes.
        unsure: Whether unknowns may hide that both mean the same.
    """

    gained: tuple[PacketRule, ...]
    lost: tuple[PacketRule, ...]
    unsure: bool


def compare(before: Iterable[PacketRule], after: Iterable[PacketRule]) -> Openings:
    """Return what passes on one side alone."""
    old, new = tuple(dict.fromkeys(before)), tuple(dict.fromkeys(after))
    gained: dict[PacketRule, None] = {}
    lost: dict[PacketRule, None] = {}
    for cell in _cells((*old, *new)):
        was, will = _deciding(old, cell), _deciding(new, cell)
        if (was is not None and was.allows) == (will is not None and will.allows):
            continue
        if will is not None and will.allows:
            gained[will] = None
        elif was is not None:
            lost[was] = None
    return _weighed(tuple(gained), tuple(lost))


def _weighed(gained: tuple[PacketRule, ...], lost: tuple[PacketRule, ...]) -> Openings:
    """Leave out what may be the same under another name, and a group that a block may hold."""
    lost = tuple(rule for rule in lost if not _is_held(rule, gained))
    certain = tuple(rule for rule in gained if not any(_may_be(rule, other) for other in lost))
    ended = tuple(rule for rule in lost if not any(_may_be(rule, other) for other in gained))
    left_out = len(certain) + len(ended) < len(gained) + len(lost)
    return Openings(certain, ended, unsure=left_out and not certain)


def _is_held(rule: PacketRule, gained: tuple[PacketRule, ...]) -> bool:
    return rule.kind == "group" and any(
        other.kind == "block4" and _overlap(rule, other) and not other.is_unknown for other in gained
    )


def _may_be(rule: PacketRule, other: PacketRule) -> bool:
    """Say whether an unknown can be such that both rules are about the same packets."""
    unknown = rule.is_unknown or other.is_unknown
    return unknown and rule.kind == other.kind and _overlap(rule, other)


def _overlap(rule: PacketRule, other: PacketRule) -> bool:
    protocols = (rule.protocol, other.protocol)
    alike = protocols[0] == protocols[1] or ANY in protocols or has_unknown(list(protocols))
    ports = bool(rule.ports or other.ports) or (rule.first <= other.last and other.first <= rule.last)
    return rule.way == other.way and alike and ports


@dataclass(frozen=True, slots=True)
class _Cell:
    way: str
    protocol: str
    port: int
    ports: str
    peer: _Segment


def _cells(rules: tuple[PacketRule, ...]) -> Iterator[_Cell]:
    """Yield one packet of each kind that the rules tell apart."""
    for way in dict.fromkeys(rule.way for rule in rules):
        here = [rule for rule in rules if rule.way == way]
        peers = list(_peers(here))
        for protocol in dict.fromkeys([*(rule.protocol for rule in here), "some other"]):
            if protocol == ANY:
                continue
            about = [rule for rule in here if rule.protocol in (protocol, ANY)]
            cuts = {0, *(rule.first for rule in about), *(rule.last + 1 for rule in about)}
            ports = [(port, "") for port in sorted(cuts) if 0 <= port <= _LAST_PORT]
            ports += [(_UNKNOWN_PORT, text) for text in {rule.ports for rule in about if rule.ports}]
            for port, text in ports:
                for peer in peers:
                    yield _Cell(way, protocol, port, text, peer)


def _peers(rules: list[PacketRule]) -> Iterator[_Segment]:
    for family in ("4", "6"):
        ranges = [found for rule in rules if (found := _range(rule)) and found[0] == family]
        cuts = {*(first for _, first, _ in ranges), *(last + 1 for _, _, last in ranges)}
        yield from ((family, cut, cut) for cut in sorted(cuts))
    named = {(f"{rule.kind} {rule.peer}", 0, 0) for rule in rules if _range(rule) is None}
    yield from sorted(named)


def _range(rule: PacketRule) -> _Segment | None:
    """Return the addresses of a peer; None if only its name is known."""
    if not rule.kind.startswith("block"):
        return None
    try:
        network = ipaddress.ip_network(rule.peer, strict=False)
    except ValueError:
        return None
    return str(network.version), int(network[0]), int(network[-1])


def _deciding(rules: tuple[PacketRule, ...], cell: _Cell) -> PacketRule | None:
    fitting = (rule for rule in rules if _fits(rule, cell))
    return min(fitting, key=lambda rule: rule.order, default=None)


def _fits(rule: PacketRule, cell: _Cell) -> bool:
    if rule.way != cell.way or rule.protocol not in (cell.protocol, ANY):
        return False
    if cell.port == _UNKNOWN_PORT:
        if rule.ports != cell.ports and (rule.ports or (rule.first, rule.last) != (0, _LAST_PORT)):
            return False
    elif rule.ports or not rule.first <= cell.port <= rule.last:
        return False
    return _is_about(rule, cell.peer)


def _is_about(rule: PacketRule, peer: _Segment) -> bool:
    family, first, _ = peer
    covered = _range(rule)
    if family in ("4", "6"):
        return covered is not None and covered[0] == family and covered[1] <= first <= covered[2]
    if covered is None:
        return f"{rule.kind} {rule.peer}" == family
    kind = family.partition(" ")[0]
    whole = ipaddress.ip_network("0.0.0.0/0" if covered[0] == "4" else "::/0")
    return _FAMILY_OF[kind] == covered[0] and (covered[1], covered[2]) == (int(whole[0]), int(whole[-1]))


def texts_of(rules: Iterable[PacketRule]) -> list[str]:
    """Return rules for a person."""
    return list(dict.fromkeys(map(str, rules)))
