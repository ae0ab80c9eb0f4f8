"""A run of many cases as a table for people, and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.fabric.oracle.comparing import in_order
from tests.fabric.oracle.kinds import area_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fabric.oracle.cases import Case
    from tests.fabric.oracle.trials import Trial

_COLUMNS: Final = ("cases", "refused", "agree", "disagree", "partly", "unproven", "untold")
_HEADS: Final = (*_COLUMNS, "kind of fault")
_SHOWN: Final = 5
_PARTS: Final = ("verify", "deploy", "observe", "delete")


@dataclass(frozen=True, kw_only=True)
class Run:
    """Cases with what came of them."""

    results: list[tuple[Case, Trial]]

    @property
    def disagreeing(self) -> list[tuple[Case, Trial]]:
        return [(case, trial) for case, trial in self.results if not trial.agrees]

    def rows(self, *, by_area: bool = False) -> dict[str, Counter[str]]:
        """Count by kind of fault, or by the area that it is in: cases, and steps of tasks."""
        found: dict[str, Counter[str]] = {}
        for case, trial in self.results:
            row = found.setdefault(area_of(case.kind) if by_area else case.kind, Counter())
            row.update(_counted(trial))
        return dict(sorted(found.items()))

    def seconds(self) -> dict[str, float]:
        """Return how long each part of a case took on average."""
        return {
            part: _mean([t.seconds[part] for _, t in self.results if part in t.seconds]) for part in _PARTS
        }

    def text(self) -> str:
        """Return the table, what the sides disagree about, and the time that it took."""
        rows = [*self.rows(by_area=True).items(), *self.rows().items()]
        total = sum(self.rows().values(), Counter[str]())
        lines = [_line(dict(zip(_COLUMNS, _COLUMNS, strict=True)), _HEADS[-1])]
        lines += [_line(row, name) for name, row in [*rows, ("all", total)]]
        for case, trial in self.disagreeing:
            lines += ["", f"seed {case.seed}: {case.fault or case.kind}", *_shortened(trial.problems)]
        times = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in self.seconds().items())
        return "\n".join([*lines, "", f"on average: {times}"])

    def document(self) -> dict[str, Any]:
        """Return the same for programs."""
        return {
            "areas": self.rows(by_area=True),
            "kinds": self.rows(),
            "seconds": self.seconds(),
            "disagreements": [_entry(case, trial) for case, trial in self.disagreeing],
            "refusals": [
                {
                    "seed": case.seed,
                    "fault": case.fault,
                    "reason": trial.refusal,
                    "foreseen": bool(trial.errors),
                }
                for case, trial in self.results
                if trial.refusal
            ],
        }


def _counted(trial: Trial) -> dict[str, int]:
    if trial.comparison is None:
        return {"cases": 1, "refused": int(trial.refusal is not None), "disagree": len(trial.problems)}
    return {
        "cases": 1,
        "agree": trial.comparison.agreements,
        "disagree": len(trial.problems),
        "partly": trial.comparison.partly,
        "unproven": trial.comparison.unproven,
        "untold": trial.comparison.untold,
    }


def _line(row: dict[str, Any] | Counter[str], name: str) -> str:
    return " ".join(f"{row.get(column, 0):>8}" for column in _COLUMNS) + f"  {name}"


def _shortened(problems: Sequence[str]) -> list[str]:
    more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
    return [f"  {each}" for each in [*problems[:_SHOWN], *more]]


def _entry(case: Case, trial: Trial) -> dict[str, Any]:
    found = trial.comparison.disagreements if trial.comparison else ()
    return {
        "seed": case.seed,
        "kind": case.kind,
        "fault": case.fault,
        "problems": trial.problems,
        "steps": [asdict(each) for each in in_order(found)],
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
