from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from security_pairs import CASES, Case

from private_fargate.plan.security import security_changes
from private_fargate.plan.trees import StackTemplate

if TYPE_CHECKING:
    from private_fargate.plan.model import SecurityChange


def tree(case: Case, resources: dict[str, object]) -> StackTemplate:
    return StackTemplate(body={**dict(case.more), "Resources": resources})


def changes(case: Case) -> tuple[SecurityChange, ...]:
    return security_changes(tree(case, case.before), tree(case, case.after))


def verdict(found: tuple[SecurityChange, ...]) -> list[tuple[str, str]]:
    return sorted({(change.subject, change.direction) for change in found})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_verdict_is_the_one_that_was_written_down(case: Case) -> None:
    found = changes(case)
    assert verdict(found) == sorted(case.expected), found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_does_not_change_is_not_told(case: Case) -> None:
    for resources in (case.before, case.after):
        same = tree(case, resources)
        assert security_changes(same, same) == ()


def test_there_are_enough_pairs_and_every_measured_verdict_of_the_cdk_is_among_them() -> None:
    counts = Counter(case.cdk for case in CASES)
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
    assert counts["missed"] >= 10
    assert counts["false alarm"] >= 6


def test_what_is_widened_comes_first() -> None:
    case = next(case for case in CASES if case.name == "another bucket")
    assert [change.direction for change in changes(case)] == ["widened", "narrowed"]
