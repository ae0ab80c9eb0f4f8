"""Which versions are deprecated, and which go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from private_fargate.catalog.pruning import BY_STACK, CURRENT, pruning
from private_fargate.catalog.versions import UnknownVersionError, Version, chosen

START = datetime(2026, 11, 1, tzinfo=UTC)


def version(number: int, **settings: Any) -> Version:
    return Version(
        id=f"pa-{number}",
        name=f"0.{number}.0-{number:08x}",
        created=START + timedelta(days=number),
        **settings,
    )


FIVE = tuple(version(number) for number in (5, 4, 3, 2, 1))  # the newest first
FIRST = {FIVE[-1].name: BY_STACK}


def names(versions: Any) -> list[str]:
    return [each.id for each in versions]


def test_the_newest_stay_as_they_are() -> None:
    assert pruning(FIVE, keep=5, kept=FIRST, uses={}, shared=False).is_empty
    found = pruning(FIVE, keep=2, kept=FIRST, uses={}, shared=False)
    assert not {"pa-5", "pa-4"} & {*names(found.deprecated), *names(found.removed)}


def test_what_nobody_uses_goes_the_oldest_first() -> None:
    found = pruning(FIVE, keep=2, kept={}, uses={}, shared=False)
    assert names(found.removed) == ["pa-1", "pa-2", "pa-3"]
    assert found.deprecated == ()


def test_what_somebody_uses_is_deprecated_and_told_why_it_stays() -> None:
    found = pruning(FIVE, keep=3, kept={}, uses={"pa-2": 2}, shared=False)
    assert names(found.deprecated) == ["pa-2"]
    assert names(found.removed) == ["pa-1"]
    assert [(each.id, why) for each, why in found.spared] == [
        ("pa-2", "2 provisioned products of this account")
    ]


def test_the_version_that_the_stack_has_made_is_never_removed() -> None:
    found = pruning(FIVE, keep=3, kept=FIRST, uses={}, shared=False)
    assert (names(found.deprecated), names(found.removed)) == (["pa-1"], ["pa-2"])


def test_of_a_shared_portfolio_nothing_is_removed() -> None:
    """What other accounts have launched cannot be seen."""
    found = pruning(FIVE, keep=1, kept=FIRST, uses={}, shared=True)
    assert found.removed == ()
    assert names(found.deprecated) == ["pa-4", "pa-3", "pa-2", "pa-1"]


def test_what_is_deprecated_already_is_not_deprecated_again() -> None:
    old = (FIVE[0], version(1, deprecated=True))
    assert pruning(old, keep=1, kept={}, uses={"pa-1": 1}, shared=False).is_empty


def test_the_version_with_the_present_templates_stays_as_it_is_however_old() -> None:
    """Somebody has gone back to it."""
    found = pruning(FIVE, keep=2, kept={FIVE[2].name: CURRENT}, uses={}, shared=False)
    assert "pa-3" not in {*names(found.deprecated), *names(found.removed)}


def test_a_version_is_meant_by_name_id_digest_or_latest() -> None:
    for text in ("0.3.0-00000003", "pa-3", "00000003"):
        assert chosen(FIVE, text).id == "pa-3"
    assert chosen(FIVE, "latest").id == "pa-5"


def test_an_unknown_version_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UnknownVersionError, match=r"^9\.9: there is no such version; there are 0\.5\.0-"):
        chosen(FIVE, "9.9")


def test_a_digest_that_two_versions_have_is_no_name() -> None:
    twice = (*FIVE, version(3))
    with pytest.raises(UnknownVersionError, match="several versions are called so; write the ID"):
        chosen(twice, "00000003")
