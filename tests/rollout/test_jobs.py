"""Which operations a rollout consists of, and how carefully they are done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from private_fargate.config.rollout import Rollout
from private_fargate.rollout.jobs import at_once, jobs, preferences, targeted
from private_fargate.rollout.model import Place, Step

REGIONS = ("us-east-1", "eu-west-1", "ap-south-1")
PLACES = [Place(f"{number:012}", region) for number in range(1, 5) for region in REGIONS]


def test_instances_with_equal_values_are_one_operation_of_stack_sets_own() -> None:
    """Then order, concurrency and tolerance are those of the distributed engine."""
    (job,) = jobs([Step(place=place, action="create") for place in PLACES], REGIONS)
    assert (job.regions, len(job.accounts)) == (REGIONS, 4)


@given(
    st.dictionaries(
        st.sampled_from(PLACES),
        st.tuples(st.sampled_from(["create", "update", "unchanged", "remove"]), st.sampled_from("ab")),
    )
)
def test_every_instance_is_in_one_operation_with_its_own_values(chosen: dict[Place, tuple[str, str]]) -> None:
    steps = [
        Step(place=place, action=action, overrides={"Colour": colour})  # type: ignore[arg-type]
        for place, (action, colour) in chosen.items()
    ]
    done = [
        (Place(account, region), job.kind, job.overrides["Colour"])
        for job in jobs(steps, REGIONS)
        for account in job.accounts
        for region in job.regions
    ]
    wanted = [
        (place, action, colour)
        for place, (action, colour) in chosen.items()
        if action in {"create", "update"}
    ]
    assert sorted(done) == sorted(wanted)
    order = [REGIONS.index(job.regions[0]) for job in jobs(steps, REGIONS)]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("said", "accounts", "failed", "expected"),
    [
        ({"concurrency": 5, "tolerance": 0}, 10, 0, 1),
        ({"concurrency": 5, "tolerance": 2}, 10, 0, 3),
        ({"concurrency": 5, "tolerance": 2}, 10, 2, 1),
        ({"concurrency": 5, "tolerance": 0, "concurrency_mode": "soft"}, 10, 0, 5),
        ({"concurrency": "25%", "tolerance": "50%"}, 10, 0, 2),
        ({"concurrency": "1%", "tolerance": "0%"}, 10, 0, 1),
    ],
)
def test_as_many_go_on_at_once_as_stack_sets_would_let(
    said: dict[str, object], accounts: int, failed: int, expected: int
) -> None:
    assert at_once(Rollout.model_validate(said), accounts, failed) == expected


def test_what_strict_mode_would_refuse_is_not_asked_for() -> None:
    found = preferences(Rollout(concurrency=9, tolerance=2), REGIONS)
    assert (found["MaxConcurrentCount"], found["FailureToleranceCount"]) == (3, 2)
    found = preferences(Rollout(concurrency="50%", tolerance="10%", region_order="parallel"), REGIONS)
    assert (found["MaxConcurrentPercentage"], found["FailureTolerancePercentage"]) == (50, 10)
    assert found["RegionConcurrencyType"] == "PARALLEL"


def test_accounts_of_units_are_named_one_by_one_so_that_each_has_its_own_values() -> None:
    found = targeted(Rollout(organizational_units=("r-abcd",)), ["111111111111"])
    assert found["DeploymentTargets"]["AccountFilterType"] == "INTERSECTION"
    assert targeted(Rollout(permissions="self-managed"), ["111111111111"]) == {"Accounts": ["111111111111"]}
