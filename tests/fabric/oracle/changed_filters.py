"""Random changes of what is let through: security groups and network ACLs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tests.fabric.oracle.changed_ways import one
from tests.verify.generated.systems import ANYWHERE, HTTPS, S3_ADDRESSES, Acl, Entry, Rule, changed

if TYPE_CHECKING:
    import random

    from tests.fabric.oracle.changed_ways import Change
    from tests.verify.generated.systems import Group, System

_PORTS: Final = (80, 442, 443, 444, 8443)
_BLOCKS: Final = (ANYWHERE, "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12")
_RANGES: Final = ((443, 443), (1024, 65535), (32768, 60999), (32768, 65535), (0, 65535), (80, 80))


@dataclass(frozen=True, kw_only=True)
class Denial(Entry):
    """An entry of an ACL that denies TCP."""


def _rules(group: Group, side: str) -> tuple[Rule, ...] | None:
    return group.ingress if side == "ingress" else group.egress


def _group_with_rules(rng: random.Random, system: System) -> tuple[Group, str, tuple[Rule, ...]] | None:
    found = [
        (group, side, rules)
        for group in system.groups
        for side in ("ingress", "egress")
        if (rules := _rules(group, side))
    ]
    return rng.choice(found) if found else None


def lost_rule(rng: random.Random, system: System) -> Change:
    if (found := _group_with_rules(rng, system)) is None:
        return None
    group, side, rules = found
    gone = rng.choice(rules)
    left = tuple(rule for rule in rules if rule != gone)
    return f"a rule of {side} less", changed(system, group.name, **{side: left})


def other_rule(rng: random.Random, system: System) -> Change:
    if (found := _group_with_rules(rng, system)) is None:
        return None
    group, side, rules = found
    new = [*rules]
    at = rng.randrange(len(new))
    if rng.random() < 0.3:
        new[at] = replace(new[at], port=rng.choice(_PORTS))
        return f"a rule of {side} with another port", changed(system, group.name, **{side: tuple(new)})
    peers = [*_BLOCKS, system.block, *(subnet.block for subnet in system.subnets)]
    peers += [other.name for other in system.groups]
    peers += [S3_ADDRESSES] if side == "egress" else []
    new[at] = replace(new[at], peer=rng.choice(peers))
    new = list(dict.fromkeys(new))
    return f"a rule of {side} with another peer", changed(system, group.name, **{side: tuple(new)})


def narrow(rng: random.Random, system: System) -> Change:
    group = rng.choice(system.groups)
    peers = [*_BLOCKS, system.block, S3_ADDRESSES, *(other.name for other in system.groups)]
    only = tuple(Rule(peer=peer, port=HTTPS) for peer in rng.sample(peers, rng.randint(0, 2)))
    return "a group with other rules out", changed(system, group.name, egress=only)


def other_groups(rng: random.Random, system: System) -> Change:
    holders = [*system.services, *(each for each in system.endpoints if not each.is_gateway)]
    holder = rng.choice(holders)
    return "something in another group", changed(
        system, holder.name, groups=(rng.choice(system.groups).name,)
    )


def lost_entry(rng: random.Random, system: System) -> Change:
    acl: Acl | None = one(rng, system.acls)
    if acl is None or not acl.entries:
        return None
    at = rng.randrange(len(acl.entries))
    left = acl.entries[:at] + acl.entries[at + 1 :]
    return "an entry less", changed(system, acl.name, entries=left)


def other_entry(rng: random.Random, system: System) -> Change:
    acl: Acl | None = one(rng, system.acls)
    if acl is None or not acl.entries:
        return None
    at = rng.randrange(len(acl.entries))
    old = acl.entries[at]
    if rng.random() < 0.5:
        first, last = rng.choice(_RANGES)
        new, what = replace(old, first=first, last=last), "an entry with other ports"
    else:
        blocks = [*_BLOCKS, system.block, *(subnet.block for subnet in system.subnets)]
        new, what = replace(old, block=rng.choice(blocks)), "an entry with another block"
    entries = (*acl.entries[:at], new, *acl.entries[at + 1 :])
    return what, changed(system, acl.name, entries=entries)


def denial(rng: random.Random, system: System) -> Change:
    acl: Acl | None = one(rng, system.acls)
    if acl is None:
        return None
    first, last = rng.choice(_RANGES)
    blocks = [*_BLOCKS, system.block, *(subnet.block for subnet in system.subnets)]
    new = Denial(egress=rng.random() < 0.5, block=rng.choice(blocks), first=first, last=last)
    at = rng.randint(0, len(acl.entries))
    return "a denial", changed(system, acl.name, entries=(*acl.entries[:at], new, *acl.entries[at:]))


def new_acl(rng: random.Random, system: System) -> Change:
    """Give one subnet an ACL of its own, which lets calls and answers through but for one thing."""
    entries = [
        Entry(egress=egress, block=ANYWHERE, first=first, last=last)
        for egress in (False, True)
        for first, last in ((HTTPS, HTTPS), (1024, 65535))
    ]
    entries.remove(rng.choice(entries))
    subnet = rng.choice(system.subnets)
    with_acl = changed(system, subnet.name, acl="OwnAcl")
    acl = Acl(name="OwnAcl", entries=tuple(entries))
    return "a subnet with an ACL of its own", replace(with_acl, acls=(*with_acl.acls, acl))
