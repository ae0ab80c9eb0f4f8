"""The verifier's word against that of the packets, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tests.fabric.oracle.claims import STEPS, Claim

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from tests.fabric.oracle.observing import Observation

START: Final = "start"
"""All steps together but for those that a task starts without."""

_NO_START: Final = frozenset({"exec", "exec key", "registry", "layer store"})

_AFTER: Final[Mapping[str, tuple[str, ...]]] = {
    "manifest": ("registry auth",),
    "layers": ("registry auth", "manifest"),
}
"""What has to succeed before a step can be tried at all."""

Key = tuple[str, str, str]
"""The task, its zone, and the step."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was observed of one step of a task in one subnet, whatever it was about."""

    holds: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A step of which the verifier says one thing, and the packets another.

    Attributes:
        verify: Whether the verifier says that it succeeds.
        packets: Whether it did.
        why: What the verifier says about it, if it says no.
        words: What ECS would say, if the packets did.
    """

    task: str
    zone: str
    step: str
    verify: bool
    packets: bool
    why: str
    words: str

    @property
    def key(self) -> Key:
        return self.task, self.zone, self.step

    def __str__(self) -> str:
        """Say it in one line."""
        if self.verify:
            return f"{self.task} in {self.zone}: {self.step}: proven, but {self.words or 'it failed'}"
        return f"{self.task} in {self.zone}: {self.step}: it works, but verify says: {self.why}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What came of one case.

    Attributes:
        agreements: Steps of which both say the same.
        unproven: Steps of which the verifier says nothing.
        untold: Steps of which the packets say nothing: they were not tried, or an earlier one failed.
        partly: Steps that work by one address of an endpoint and not by another, and did.
        unseen: Tasks of which the packets say nothing at all, though the verifier does.
    """

    agreements: int
    disagreements: tuple[Disagreement, ...]
    unproven: int
    untold: int
    unseen: tuple[str, ...]
    partly: int = 0

    def but_for(self, partly: Collection[Key]) -> Comparison:
        """Return what is left without steps that succeed by chance, of which the verifier says no."""
        left = tuple(each for each in self.disagreements if each.verify or each.key not in partly)
        return replace(self, disagreements=left, partly=len(self.disagreements) - len(left))


def compare(
    claims: Iterable[Claim], observations: Iterable[Observation], names: Mapping[str, str]
) -> Comparison:
    """Compare what is claimed of each task, subnet and step with what was observed.

    Args:
        claims: The verifier's.
        observations: The fabric's.
        names: The logical ID of each service, by its name in ECS, and of each subnet by its ID.
    """
    said = by_key(claims)
    seen = _with_start_seen(gathered(observations, names), said)
    agreements = unproven = untold = 0
    disagreements: list[Disagreement] = []
    for key, claim in said.items():
        if key not in seen or _follows_a_failure(key, seen):
            untold += 1
        elif claim.holds is None:
            unproven += 1
        elif claim.holds is seen[key].holds:
            agreements += 1
        else:
            disagreements.append(_disagreement(claim, seen[key]))
    there = {(task, zone) for task, zone, _ in seen}
    unseen = {f"{task} in {zone}" for task, zone, _ in said if (task, zone) not in there}
    return Comparison(
        agreements=agreements,
        disagreements=tuple(disagreements),
        unproven=unproven,
        untold=untold,
        unseen=tuple(sorted(unseen)),
    )


def by_key(claims: Iterable[Claim]) -> dict[Key, Claim]:
    """Return claims by what they are about, with one of each task's start."""
    said = {(each.task, each.zone, each.step): each for each in claims}
    return said | _starts(said.values())


def gathered(observations: Iterable[Observation], names: Mapping[str, str]) -> dict[Key, Seen]:
    """Gather what was observed of the same step: it succeeds if it does so with every secret."""
    found: dict[Key, Seen] = {}
    for each in observations:
        key = (names[each.service], names[each.subnet], each.step)
        if key not in found or not each.holds:
            found[key] = Seen(holds=each.holds, words=each.words)
    return found


def _with_start_seen(seen: dict[Key, Seen], said: Mapping[Key, Claim]) -> dict[Key, Seen]:
    """Add whether each task starts, where all was tried that is claimed of its start."""
    steps: dict[tuple[str, str], dict[str, Seen]] = {}
    for (task, zone, step), found in seen.items():
        if step not in _NO_START:
            steps.setdefault((task, zone), {})[step] = found
    claimed: dict[tuple[str, str], set[str]] = {}
    for task, zone, step in said:
        if step not in {*_NO_START, START}:
            claimed.setdefault((task, zone), set()).add(step)
    result = dict(seen)
    for (task, zone), found in steps.items():
        failed = next((each for each in found.values() if not each.holds), None)
        if failed is not None:
            result[task, zone, START] = failed
        elif claimed.get((task, zone), set()) <= found.keys():
            result[task, zone, START] = Seen(holds=True, words="")
    return result


def _starts(claims: Iterable[Claim]) -> dict[Key, Claim]:
    """Return, for each task and zone, whether all is claimed that its start takes."""
    by_task: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        if claim.step not in _NO_START:
            by_task.setdefault((claim.task, claim.zone), []).append(claim)
    found: dict[Key, Claim] = {}
    for (task, zone), steps in by_task.items():
        worst = min(steps, key=lambda claim: (False, None, True).index(claim.holds))
        holds, why = worst.holds, f"{worst.step}: {worst.why}" if worst.why else ""
        found[task, zone, START] = Claim(task=task, zone=zone, step=START, holds=holds, why=why)
    return found


def _follows_a_failure(key: Key, seen: Mapping[Key, Seen]) -> bool:
    """Say whether a step failed after another that it needs: then nothing is known of itself."""
    task, zone, step = key
    earlier = (seen.get((task, zone, each)) for each in _AFTER.get(step, ()))
    return not seen[key].holds and any(each is not None and not each.holds for each in earlier)


def _disagreement(claim: Claim, seen: Seen) -> Disagreement:
    return Disagreement(
        task=claim.task,
        zone=claim.zone,
        step=claim.step,
        verify=bool(claim.holds),
        packets=seen.holds,
        why=claim.why,
        words=seen.words,
    )


def in_order(disagreements: Iterable[Disagreement]) -> list[Disagreement]:
    """Sort disagreements as an agent meets them, the start as a whole last."""
    steps = [*STEPS, START]
    return sorted(disagreements, key=lambda each: (each.task, each.zone, steps.index(each.step)))
