"""Which range each account has in each Region: given, kept, dealt out of the pool, or allocated by IPAM.

Networks that may one day be joined must not overlap, and one that exists cannot be renumbered without being
replaced.  So what an instance has is read from it and kept; only new ones are dealt a range, the lowest that
is free, in the order of the settings.  Where accounts and Regions come and go, nothing else moves.
"""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses
from itertools import islice
from typing import TYPE_CHECKING

from private_fargate.errors import UserError
from private_fargate.rollout.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from private_fargate.config.rollout import Addresses

_SETTING = "rollout.addresses"


class AddressError(UserError):
    """Ranges overlap, or there are not enough of them."""


def ranges(
    settings: Addresses,
    wanted: Sequence[Place],
    held: Mapping[Place, str],
    promised: Mapping[Place, str] | None = None,
) -> dict[Place, str]:
    """Return the range of each place that is wanted; none at all if the settings have no plan.

    Where IPAM allocates them, those of new places are known only afterwards, and left out.

    Args:
        settings: the pool, and what is given.
        wanted: where instances are to be, in the order in which they are dealt to.
        held: the ranges of the instances that exist, those that are no longer wanted included.
        promised: what IPAM has allocated already for places where no instance is yet.

    Raises:
        AddressError: a given range overlaps what somebody else has, an instance would be renumbered, or the
            pool ends; the message has the numbers.
    """
    given = given_ranges(settings)
    if settings.pool is None and settings.ipam_pool is None and not given:
        return {}
    _refuse_renumbering(given, held)
    _refuse_overlaps(given, held)
    settled = {**(promised or {}), **held, **given}
    missing = [place for place in wanted if place not in settled]
    dealt = {} if settings.ipam_pool is not None else _dealt(settings, missing, settled)
    return {place: cidr for place in wanted if (cidr := settled.get(place) or dealt.get(place))}


def source(
    settings: Addresses, place: Place, held: Mapping[Place, str], promised: Mapping[Place, str] | None = None
) -> str:
    """Return in words from where a place has its range."""
    if place in given_ranges(settings):
        return "given"
    if place in held:
        return "as it is"
    if settings.ipam_pool is not None:
        pool = settings.ipam_pool if isinstance(settings.ipam_pool, str) else settings.ipam_pool[place.region]
        return f"{pool}, allocated" if promised and place in promised else pool
    return "dealt" if settings.pool is not None else "of all"


def given_ranges(settings: Addresses) -> dict[Place, str]:
    """Return the ranges that the settings give, by place."""
    found = ((key.partition("/"), cidr) for key, cidr in settings.given.items())
    return {Place(account, region): cidr for (account, _, region), cidr in found}


def _refuse_renumbering(given: Mapping[Place, str], held: Mapping[Place, str]) -> None:
    for place, cidr in given.items():
        if place in held and held[place] != cidr:
            message = (
                f"{_SETTING}.given: {place} has {held[place]}, and {cidr} would replace its network and all "
                f"that is in it; write {held[place]}, or remove that instance first"
            )
            raise AddressError(message)


def _refuse_overlaps(given: Mapping[Place, str], held: Mapping[Place, str]) -> None:
    for place, cidr in given.items():
        for other, taken in held.items():
            if other != place and IPv4Network(cidr).overlaps(IPv4Network(taken)):
                message = (
                    f"{_SETTING}.given: {cidr} of {place} overlaps {taken}, which {other} has already; "
                    "give another range"
                )
                raise AddressError(message)


def _dealt(settings: Addresses, missing: Sequence[Place], settled: Mapping[Place, str]) -> dict[Place, str]:
    if not missing:
        return {}
    if settings.pool is None:
        some = ", ".join(map(str, missing[:3])) + (", …" if len(missing) > 3 else "")  # noqa: PLR2004
        message = (
            f"{_SETTING}: {len(missing)} of the instances have no range: {some}; give each one "
            f"(`given`), or name a `pool` or an `ipam_pool` out of which they are dealt"
        )
        raise AddressError(message)
    pool = IPv4Network(settings.pool)
    taken = [IPv4Network(cidr) for cidr in settled.values()]
    free = list(islice(_free(pool, settings.prefix, taken), len(missing)))
    if len(free) < len(missing):
        raise AddressError(_exhausted(pool, settings.prefix, len(free), len(missing)))
    return {place: str(block) for place, block in zip(missing, free, strict=True)}


def _free(pool: IPv4Network, prefix: int, taken: Iterable[IPv4Network]) -> Iterator[IPv4Network]:
    """Yield the blocks of the pool that nobody has, the lowest first."""
    if prefix < pool.prefixlen:
        return
    busy = list(collapse_addresses(taken))  # in order, and apart
    at = 0
    for block in pool.subnets(new_prefix=prefix):
        while at < len(busy) and busy[at].broadcast_address < block.network_address:
            at += 1
        if at == len(busy) or not busy[at].overlaps(block):
            yield block


def _exhausted(pool: IPv4Network, prefix: int, free: int, needed: int) -> str:
    """Return that the pool is too small, and which would do."""
    total = 2 ** (prefix - pool.prefixlen) if prefix >= pool.prefixlen else 0
    enough = prefix - (total - free + needed - 1).bit_length()
    return (
        f"{_SETTING}.pool: {pool} has {total} ranges of /{prefix}, {free} of them free, and {needed} more "
        f"are needed; use a /{max(enough, 8)} or larger, or a `prefix` longer than {prefix}"
    )
