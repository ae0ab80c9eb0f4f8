"""Blocks of addresses, and prefix lists: which hold which."""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth

_NAMES_S3: Final = re.compile(r"s3[-_]?prefix[-_]?list", re.IGNORECASE)

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class Within(str):
    """A block in which a subnet lies, not that of the subnet itself."""

    __slots__ = ()


def joined(blocks: Iterable[Value]) -> list[str]:
    """Join blocks that are written down into as few as hold the same addresses."""
    known = [found for block in blocks if (found := network(as_text(block))) is not None]
    v4 = ipaddress.collapse_addresses(block for block in known if isinstance(block, ipaddress.IPv4Network))
    v6 = ipaddress.collapse_addresses(block for block in known if isinstance(block, ipaddress.IPv6Network))
    return [str(block) for block in (*v4, *v6)]


@cache
def network(block: str) -> Network | None:
    """Read a block of addresses; None if it is none.

    >>> network("10.0.0.0/16"), network("x")
    (IPv4Network('10.0.0.0/16'), None)
    """
    try:
        return ipaddress.ip_network(block, strict=False)
    except ValueError:
        return None


def covers(block: Value, other: Value) -> Truth:
    """Say whether all addresses of one block are in another.

    >>> covers("10.0.0.0/16", "10.0.1.0/24"), covers("10.0.1.0/24", "10.0.0.0/16")
    (True, False)
    """
    outer, inner = network(as_text(block)), network(as_text(other))
    if outer is None or inner is None:
        return None
    if outer.version != inner.version:
        return False
    holds = inner.subnet_of(outer)  # pyright: ignore[reportArgumentType] -- both of one version
    return None if not holds and isinstance(other, Within) and outer.overlaps(inner) else holds


def is_everywhere(block: Value) -> bool:
    """Say whether a block holds every address of IPv4.

    >>> is_everywhere("0.0.0.0/0"), is_everywhere("::/0")
    (True, False)
    """
    return as_text(block) == "0.0.0.0/0"


def is_public(block: Value) -> Truth:
    """Say whether a block may hold what is called: a part of the internet may, a private block does not."""
    found = network(as_text(block))
    if found is None:
        return None
    return None if found.version == 4 and not found.is_private else False  # noqa: PLR2004 -- of IP


def is_s3(system: System, prefix_list: Value) -> Truth:
    """Say whether a prefix list is that of S3: by its id, in whichever region that is.

    The name of an unknown may say so too: somebody who has a parameter `S3PrefixListId` means it.
    """
    known = set(S3_PREFIX_LISTS.values())
    if as_text(prefix_list) in known:
        return True
    unknowns = system.world.symbols.unknowns_in(prefix_list)
    if unknowns and unknowns[0].choices and set(unknowns[0].choices) <= known:
        return True
    return True if len(unknowns) == 1 and _NAMES_S3.search(unknowns[0].name) else None
