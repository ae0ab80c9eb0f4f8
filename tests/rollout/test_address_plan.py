"""The address plan: nobody's network overlaps another's, and none is ever renumbered."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from private_fargate.config.rollout import Addresses
from private_fargate.rollout.addresses import AddressError, ranges
from private_fargate.rollout.model import Place

REGIONS = ("eu-west-1", "us-east-1", "ap-south-1")
PLACES = [Place(f"{number:012}", region) for number in range(1, 9) for region in REGIONS]
some_places = st.lists(st.sampled_from(PLACES), unique=True)


def overlaps(dealt: dict[Place, str]) -> list[tuple[Place, Place]]:
    return [
        (one, other)
        for (one, first), (other, second) in combinations(dealt.items(), 2)
        if IPv4Network(first).overlaps(IPv4Network(second))
    ]


@given(first=some_places, second=some_places, prefix=st.integers(16, 18))
def test_what_an_instance_has_is_kept_whoever_joins_or_leaves(
    first: list[Place], second: list[Place], prefix: int
) -> None:
    settings = Addresses(pool="10.0.0.0/10", prefix=prefix)
    held = ranges(settings, first, {})
    later = ranges(settings, second, held)
    assert {place: later[place] for place in second if place in held} == {
        place: held[place] for place in second if place in held
    }
    assert overlaps({**held, **later}) == []


@given(
    wanted=some_places,
    fixed=st.dictionaries(st.sampled_from(PLACES), st.integers(0, 63), max_size=6),
    prefix=st.integers(16, 20),
)
def test_no_range_overlaps_another_or_one_that_is_given(
    wanted: list[Place], fixed: dict[Place, int], prefix: int
) -> None:
    blocks = list(IPv4Network("10.0.0.0/10").subnets(new_prefix=17))
    given_ones = {str(place): str(blocks[at]) for place, at in fixed.items()}
    if len(set(given_ones.values())) < len(given_ones):
        return
    settings = Addresses(pool="10.0.0.0/10", prefix=prefix, given=given_ones)
    dealt = ranges(settings, wanted, {})
    assert list(dealt) == wanted
    assert overlaps({**{Place(*key.split("/")): cidr for key, cidr in given_ones.items()}, **dealt}) == []
    pool = IPv4Network("10.0.0.0/10")
    assert all(IPv4Network(cidr).subnet_of(pool) for cidr in dealt.values())


@given(wanted=some_places, pool_prefix=st.integers(12, 18))
def test_a_pool_that_ends_is_told_with_a_size_that_would_do(wanted: list[Place], pool_prefix: int) -> None:
    settings = Addresses(pool=f"10.64.0.0/{pool_prefix}", prefix=16)
    room = 2 ** max(16 - pool_prefix, 0) if pool_prefix <= 16 else 0
    if len(wanted) <= room:
        assert len(ranges(settings, wanted, {})) == len(wanted)
        return
    with pytest.raises(AddressError) as refused:
        ranges(settings, wanted, {})
    enough = int(str(refused.value).split("use a /")[1].split()[0])
    assert len(ranges(Addresses(pool=f"10.0.0.0/{enough}", prefix=16), wanted, {})) == len(wanted)
    if enough < 15:
        with pytest.raises(AddressError):
            ranges(Addresses(pool=f"10.0.0.0/{enough + 1}", prefix=16), wanted, {})


def test_a_pool_that_ends_is_told_with_numbers() -> None:
    held = {PLACES[0]: "10.64.0.0/16", PLACES[1]: "10.66.0.0/15"}
    with pytest.raises(AddressError) as refused:
        ranges(Addresses(pool="10.64.0.0/14"), PLACES[:4], held)
    assert str(refused.value) == (
        "rollout.addresses.pool: 10.64.0.0/14 has 4 ranges of /16, 1 of them free, and 2 more are needed; "
        "use a /13 or larger, or a `prefix` longer than 16"
    )


def test_a_network_that_exists_is_not_renumbered() -> None:
    settings = Addresses(given={str(PLACES[0]): "10.9.0.0/16"})
    with pytest.raises(AddressError, match=r"000000000001/eu-west-1 has 10\.1\.0\.0/16, and 10\.9\.0\.0/16"):
        ranges(settings, PLACES[:1], {PLACES[0]: "10.1.0.0/16"})


def test_a_given_range_gives_way_to_one_that_somebody_has() -> None:
    """Also to one of an account that the settings no longer name: its network is there still."""
    settings = Addresses(given={str(PLACES[0]): "10.1.128.0/17"})
    with pytest.raises(AddressError, match=r"overlaps 10\.1\.0\.0/16, which 000000000001/us-east-1 has"):
        ranges(settings, PLACES[:1], {PLACES[1]: "10.1.0.0/16"})


def test_without_a_pool_each_place_needs_a_range() -> None:
    settings = Addresses(given={str(PLACES[0]): "10.1.0.0/16"})
    with pytest.raises(AddressError, match="1 of the instances have no range: 000000000001/us-east-1; give"):
        ranges(settings, PLACES[:2], {})


def test_without_a_plan_nothing_is_dealt() -> None:
    assert ranges(Addresses(), PLACES, {PLACES[0]: "10.1.0.0/16"}) == {}
