"""The borders of subnets: network ACLs, without memory, in the order of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.fabric.linux.chains import Chain, Rule
from private_fargate.fabric.linux.matching import describe, match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.fabric.linux.layout import Layout
    from private_fargate.fabric.parts.filters import Acl, AclEntry, Direction

_OUT_FIRST: Final = 0
_THEN_IN: Final = 10


def chains(layout: Layout) -> list[Chain]:
    """Return the chains of the router that judge what leaves a subnet, and then what enters one."""
    acl_ids = sorted({subnet.acl_id for subnet in layout.subnets})
    judged = [
        _chain(layout.network.acls.get(acl_id), acl_id, direction)
        for acl_id in acl_ids
        for direction in ("out", "in")
    ]
    return [
        *judged,
        Chain(
            name="leaving", hook="forward", priority=_OUT_FIRST, rules=tuple(_at(layout, "iifname", "out"))
        ),
        Chain(name="entering", hook="forward", priority=_THEN_IN, rules=tuple(_at(layout, "oifname", "in"))),
    ]


def _at(layout: Layout, which: str, direction: Direction) -> Iterator[Rule]:
    if not layout.bridges:
        return
    # Where br_netfilter is loaded, packets come here that a bridge passes on within itself.
    pairs = ", ".join(f'"{bridge}" . "{bridge}"' for bridge in layout.bridges.values())
    yield Rule(
        match=f"iifname . oifname {{ {pairs} }}",
        verdict="accept",
        comment=f"same subnet {direction}",
        meaning="the packet stays in its subnet, where no network ACL judges it",
    )
    jumps = ", ".join(
        f'"{layout.bridges[each.id]}" : jump {_name(each.acl_id, direction)}' for each in layout.subnets
    )
    yield Rule(match=f"{which} vmap {{ {jumps} }}", verdict="")


def _name(acl_id: str, direction: Direction) -> str:
    return f"{acl_id}-{direction}"


def _chain(acl: Acl | None, acl_id: str, direction: Direction) -> Chain:
    entries = [each for each in acl.entries if each.direction == direction] if acl else []
    rules = [rule for each in entries if (rule := _rule(acl_id, each)) is not None]
    last = Rule(
        match="",
        verdict="drop",
        comment=f"{acl_id} * {direction}",
        meaning=f"network ACL {acl_id}: {direction}, no entry is about this packet, so it is denied",
    )
    return Chain(name=_name(acl_id, direction), rules=(*rules, last))


def _rule(acl_id: str, entry: AclEntry) -> Rule | None:
    matched = match(entry.traffic, entry.direction, [entry.block])
    if matched is None:
        return None
    preposition = "from" if entry.direction == "in" else "to"
    return Rule(
        match=matched,
        verdict="accept" if entry.allows else "drop",
        comment=f"{acl_id} {entry.number} {entry.direction}",
        meaning=(
            f"network ACL {acl_id}: entry {entry.number}, {entry.direction}, "
            f"{'allows' if entry.allows else 'denies'} {describe(entry.traffic)}, {preposition} {entry.block}"
        ),
    )
