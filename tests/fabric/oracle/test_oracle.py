"""What the verifier says of a task is what the packets do: on drawn systems, and where they once differed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from private_fargate.fabric import privileges
from tests.fabric.oracle.cases import Account, case
from tests.fabric.oracle.claims import STEPS, claims, report
from tests.fabric.oracle.keeping import kept
from tests.fabric.oracle.kinds import area_of
from tests.fabric.oracle.mutations import AREAS
from tests.fabric.oracle.narrowing import draw
from tests.fabric.oracle.shrinking import shrunk
from tests.fabric.oracle.trials import tried

if TYPE_CHECKING:
    from private_fargate.local.embedded import EmbeddedAws
    from tests.fabric.oracle.keeping import Kept
    from tests.verify.generated.systems import System

SEEDS = range(40)
UNABLE = privileges.why_not()
with_packets = pytest.mark.skipif(UNABLE is not None, reason=f"no network can be built here: {UNABLE}")
ONE_CALL = "roles: a role without ecr:GetDownloadUrlForLayer"


@pytest.fixture(scope="module")
def account(embedded_aws: EmbeddedAws) -> Account:
    return Account(embedded_aws)


@pytest.mark.fabric
@pytest.mark.emulator
@with_packets
@pytest.mark.parametrize("seed", SEEDS)
def test_the_verifier_says_what_the_packets_do(account: Account, seed: int) -> None:
    drawn = case(seed)
    trial = tried(account.session(drawn.system.region), drawn.template, f"oracle-{seed}")
    assert trial.problems == [], f"seed {seed}: {drawn.fault or drawn.kind}"
    assert trial.refusal or (trial.comparison and trial.comparison.agreements > 0), f"seed {seed}"


@pytest.mark.fabric
@pytest.mark.emulator
@with_packets
@pytest.mark.parametrize("once", list(kept()), ids=lambda once: once.name)
def test_what_once_differed_does_not_any_more(account: Account, once: Kept) -> None:
    trial = tried(account.session(once.region), once.template, f"kept-{once.name.replace('_', '-')}")
    assert trial.problems == [], once.found


def test_a_correct_system_is_claimed_to_succeed_with_every_step() -> None:
    drawn = [each for each in map(case, range(200)) if each.fault is None]
    found = [claim for each in drawn for claim in claims(report(each.template, each.system.region))]
    assert {claim.step for claim in found} == set(STEPS)
    assert [claim for claim in found if claim.holds is not True] == []


def test_half_of_the_systems_have_endpoints_of_one_address_each() -> None:
    """A second address would hide that the first one cannot be reached."""
    several = 0
    for system in map(draw, range(100)):
        several += any(len(each.subnets) > 1 for each in system.endpoints)
    assert 20 <= several <= 50


def test_faults_are_drawn_in_every_area() -> None:
    assert {area_of(case(seed).kind) for seed in range(100)} == {*AREAS, "correct"}


def test_a_fault_of_one_call_leaves_the_other_call_of_its_endpoint_alone() -> None:
    """The manifest and the layers share the proof of ecr.dkr."""
    drawn = next(each for each in map(case, range(1000)) if each.kind == ONE_CALL)
    found = claims(report(drawn.template, drawn.system.region))
    assert {each.step for each in found if each.holds is not True} == {"layers"}


def test_what_does_not_matter_is_taken_away() -> None:
    def has_secrets(system: System) -> bool:
        return any(service.secrets for service in system.services)

    system = next(case(seed).system for seed in range(100) if has_secrets(case(seed).system))
    small = shrunk(system, has_secrets, most_attempts=1000)
    (service,) = small.services
    assert len(service.secrets) == len(small.secrets) == 1
    assert (small.parameters, small.endpoints, small.acls, service.can_exec) == ((), (), (), False)


def test_a_case_is_the_same_each_time() -> None:
    seed = random.Random(1).randrange(1000)  # noqa: S311 -- any seed
    assert case(seed) == case(seed)
    assert case(seed).template == case(seed).template
