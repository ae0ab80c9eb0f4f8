"""What was promised about speed, as ratios of figures from one run on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks import cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.measure import Figures

CDK_BARE = "CDK, no validation"
CDK_DEFAULT = "CDK, as it is by default"

RENDER_FLOORS = 6
CDK_TIMES = {1: 5, 100: 20}
UNCHANGED_FLOORS, UNCHANGED_SECONDS = 2, 0.020
CHANGED_SERVICES, CHANGED_SECONDS = 100, 1.0


class Verdict(NamedTuple):
    """One target and what came of it.

    Attributes:
        services: Number of services of the system.
        target: What was promised.
        limit: The number that must not be passed.
        got: The number measured; the target is met if it is at most the limit.
        unit: What both count: `x` for a ratio, `s` for seconds.
    """

    services: int
    target: str
    limit: float
    got: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Say whether the promise was kept."""
        return self.got <= self.limit


def verdicts(services: int, figures: Mapping[str, Figures]) -> Iterator[Verdict]:
    """Yield the targets that the figures of one number of services can decide, by minimum wall time."""
    least = {name: figure.minimum for name, figure in figures.items()}
    floor, render = least[cases.FLOOR], least[cases.RENDER]
    yield Verdict(services, "rendering, beside the floor", RENDER_FLOORS, render / floor, "x")
    allowed = UNCHANGED_FLOORS * floor + UNCHANGED_SECONDS
    yield Verdict(services, "nothing changed, two floors and 20 ms", allowed, least[cases.UNCHANGED], "s")
    if services == CHANGED_SERVICES:
        changed = least[cases.CHANGED]
        yield Verdict(services, "one service changed", CHANGED_SECONDS, changed, "s")
    if CDK_BARE in least:
        if services in CDK_TIMES:
            limit, got = 1 / CDK_TIMES[services], render / least[CDK_BARE]
            yield Verdict(services, "rendering, beside the CDK without validation", limit, got, "x")
        got = least[cases.COLD] / least[CDK_DEFAULT]
        yield Verdict(services, "cold build, beside the CDK by default", 1, got, "x")
