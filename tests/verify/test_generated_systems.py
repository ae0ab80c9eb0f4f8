"""Systems that nobody wrote: correct ones are proven, single faults are found, however they are spelled."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader
from tests.verify.generated.drawing import draw
from tests.verify.generated.faults import faults
from tests.verify.generated.spellings import plain, spell
from tests.verify.generated.systems import HTTPS, NFS, Rule, changed

if TYPE_CHECKING:
    from private_fargate.verify.findings import Report
    from tests.verify.generated.breaking import Fault
    from tests.verify.generated.systems import System

SEEDS = [
    *range(40),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(40, 540)),
]
OTHER_SPELLING = 100_000
"""What is added to a seed for another spelling of the same system."""

OF_A_PAIR = {"CFN-006"}
"""Two subnets overlap each other: the later one is named."""

OF_SPELLING = {"CFN-005", "CFN-010"}
"""A zone or a name is written down or it is not: that is about the words alone."""

HIDDEN = (0.01, 0.05, 0.2)
"""Shares of values that are left to parameters which nobody gave."""

every_seed = pytest.mark.parametrize("seed", SEEDS)


def report(system: System, spelling: int, *, shuffled: bool = False, hidden: float = 0) -> Report:
    files = spell(system, spelling, shuffled=shuffled, hidden=hidden)
    templates = [Template(Path(name), text) for name, text in files.items()]
    return verify(templates[0].path, place=Place(system.region), loader=Loader(templates))


def one_fault(seed: int) -> Fault:
    found = faults(draw(seed))
    return random.Random(seed).choice(found)  # noqa: S311 -- the same fault on every machine


def either(seed: int) -> System:
    """Give a correct system, or one with a fault."""
    return one_fault(seed).system if seed % 2 else draw(seed)


def proven(found: Report) -> set[tuple[str, str, str, bool | None]]:
    return {(plain(p.task), plain(p.zone), plain(p.need), p.holds) for p in found.proofs}


def elsewhere(fault: Fault, found: Report) -> list[tuple[str, str, str]]:
    """Give the errors about what a fault does not concern."""
    errors = [finding for finding in found.findings if finding.severity == "error"]
    named = [(f, [f.resource, *(pair.split(" -> ")[0] for pair in f.breaks)]) for f in errors]
    return [
        (f.rule, f.resource, f.message)
        for f, names in named
        if not all(fault.concerns(plain(name)) for name in names)
    ]


@every_seed
def test_a_correct_system_is_proven(seed: int) -> None:
    found = report(draw(seed), seed)
    errors = [(f.rule, f.resource, f.message) for f in found.findings if f.severity == "error"]
    assert errors == [], f"seed {seed}"
    assert [proof for proof in found.proofs if proof.holds is not True] == [], f"seed {seed}"
    assert found.unproven == (), f"seed {seed}"


@every_seed
def test_a_single_fault_is_found_where_it_is(seed: int) -> None:
    fault = one_fault(seed)
    found = report(fault.system, seed)
    case = f"seed {seed}: {fault.name}"
    assert fault.expected & {f.rule for f in found.findings}, case
    assert elsewhere(fault, found) == [], case
    others = [proof for proof in found.proofs if not fault.concerns(plain(proof.task))]
    assert [proof for proof in others if proof.holds is not True] == [], case


@every_seed
def test_a_fault_among_values_that_are_not_known_is_nobody_elses(seed: int) -> None:
    fault = one_fault(seed)
    found = report(fault.system, seed, hidden=HIDDEN[seed % 3])
    case = f"seed {seed}: {fault.name}"
    assert elsewhere(fault, found) == [], case
    others = [proof for proof in found.proofs if not fault.concerns(plain(proof.task))]
    assert [proof for proof in others if proof.holds is False] == [], case


@every_seed
def test_another_spelling_says_the_same(seed: int) -> None:
    system = either(seed)
    one, other = report(system, seed), report(system, seed + OTHER_SPELLING)
    rules, others = ({f.rule for f in found.findings} - OF_SPELLING for found in (one, other))
    assert rules == others, f"seed {seed}"
    assert proven(one) == proven(other), f"seed {seed}"


@every_seed
def test_the_order_of_a_file_does_not_matter(seed: int) -> None:
    system = either(seed)
    one, other = report(system, seed), report(system, seed, shuffled=True)
    found, others = (
        {(f.rule, "" if f.rule in OF_A_PAIR else f.resource, f.property) for f in found.findings}
        for found in (one, other)
    )
    assert found == others, f"seed {seed}"
    assert proven(one) == proven(other), f"seed {seed}"
    assert {(u.task, u.need) for u in one.unproven} == {(u.task, u.need) for u in other.unproven}, (
        f"seed {seed}"
    )


@every_seed
def test_what_is_not_known_is_no_fault(seed: int) -> None:
    """Each value that is left open may be the right one."""
    found = report(draw(seed), seed, hidden=HIDDEN[seed % 3])
    errors = [(f.rule, f.resource, f.message) for f in found.findings if f.severity == "error"]
    assert errors == [], f"seed {seed}"
    assert [proof for proof in found.proofs if proof.holds is False] == [], f"seed {seed}"


@pytest.mark.parametrize("seed", range(5))
def test_two_halves_are_everywhere(seed: int) -> None:
    system = draw(seed)
    halves = tuple(
        Rule(peer=peer, port=port) for peer in ("0.0.0.0/1", "128.0.0.0/1") for port in (HTTPS, NFS)
    )
    for name in {name for service in system.services for name in service.groups}:
        system = changed(system, name, egress=halves)
    assert report(system, seed).unproven == ()


def test_every_kind_of_fault_is_drawn() -> None:
    """What is never drawn is never tested."""
    expected = {rule for seed in range(40) for fault in faults(draw(seed)) for rule in fault.expected}
    assert len(expected) > 50
