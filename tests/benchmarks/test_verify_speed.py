"""The systems that the verifier is measured with, and that it looks at twice as many in twice the steps.

Steps are calls of functions, which a busy machine does not change.  A part that grows with the square
shows in what services 21 to 40 cost beside services 11 to 20.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import others, verify_speed
from benchmarks.verify_speed import SHAPES, Beside, Growth, WrongSystemError, expect
from private_fargate import verifying
from private_fargate.verify.checking import verify
from private_fargate.verify.findings import Report

pytestmark = pytest.mark.slow

SIZES = (10, 20, 40)
SLACK = 1.05
"""How much more a service may cost among many: n log n would be 1.3 here, and a square 2."""

SHAPE = pytest.mark.parametrize("shape", SHAPES)
FAULTY = pytest.mark.parametrize("faulty", [False, True], ids=["right", "faulty"])


def calls(work: Callable[[], object]) -> int:
    """Count the calls of functions."""
    number = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    work()  # what is remembered from one run to the next is remembered now
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return number


def steepness(work: Callable[[int], Callable[[], object]]) -> float:
    """Give how much more one of the later services costs than one of the first."""
    few, some, many = (calls(work(services)) for services in SIZES)
    return ((many - some) / (SIZES[2] - SIZES[1])) / ((some - few) / (SIZES[1] - SIZES[0]))


def written(shape: str, services: int, folder: Path, *, faulty: bool) -> Path:
    return SHAPES[shape](services, folder / f"{shape}-{services}", faulty=faulty)


@SHAPE
@FAULTY
def test_a_system_is_as_right_as_it_is_said_to_be(shape: str, tmp_path: Path, *, faulty: bool) -> None:
    report = verify(written(shape, 3, tmp_path, faulty=faulty))
    expect(report, 3, faulty=faulty)
    assert report.has_errors is faulty
    assert not report.unproven


@SHAPE
@FAULTY
def test_twice_the_services_take_twice_the_steps(shape: str, tmp_path: Path, *, faulty: bool) -> None:
    paths = {services: written(shape, services, tmp_path, faulty=faulty) for services in SIZES}
    verify(paths[SIZES[-1]])
    assert steepness(lambda services: lambda: verify(paths[services])) < SLACK


@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
def test_twice_the_faults_are_written_in_twice_the_steps(form: verifying.Style, tmp_path: Path) -> None:
    found = {services: faulty_report(services, tmp_path) for services in SIZES}
    assert steepness(lambda services: lambda: verifying.answer([found[services]], form)) < SLACK


def test_twice_the_faults_are_shown_in_twice_the_steps(tmp_path: Path) -> None:
    found = {services: faulty_report(services, tmp_path) for services in SIZES}
    shown = steepness(
        lambda services: lambda: verifying.show([found[services]], None, verify_speed.nowhere())
    )
    assert shown < SLACK


def faulty_report(services: int, folder: Path) -> Report:
    return verify(others.one_template(services, folder / str(services), faulty=True))


def test_figures_of_another_system_than_was_meant_are_refused(tmp_path: Path) -> None:
    report = verify(others.one_template(2, tmp_path, faulty=True))
    with pytest.raises(WrongSystemError, match="of 2 tasks 2 fail"):
        expect(report, 2, faulty=False)


def test_the_worst_step_is_judged_by_n_log_n() -> None:
    worst = Growth("x", {10: 1.0, 100: 19.0, 200: 76.0}).worst()
    assert (worst.services, worst.got, worst.is_met) == (200, 4.0, False)
    assert Growth("x", {10: 1.0, 100: 19.0}).worst().is_met


def test_the_verifier_has_a_tenth_of_the_time_of_the_linter() -> None:
    assert Beside("x", 0.1, 1.0).verdict(1).is_met
    assert not Beside("x", 0.11, 1.0).verdict(1).is_met
