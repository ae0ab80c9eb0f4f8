"""Disagreements that were found once, each as the smallest template that shows it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.fabric.oracle.cases import Case
from tests.fabric.oracle.comparing import START, in_order
from tests.fabric.oracle.shrinking import shrunk
from tests.fabric.oracle.trials import tried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session
    from tests.fabric.oracle.trials import Trial
    from tests.verify.generated.systems import System

FOLDER: Final = Path(__file__).parent / "disagreements"
_PLAIN_WORD: Final = re.compile(r"(?<!\S)[a-z]+,?(?!\S)")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A template of which the two sides once said different things.

    Attributes:
        name: Its file's.
        found: How it came about: the seed, and what was done to a correct system.
        said: What each side said then.
        mended: Which side was wrong and what was done about it; empty until somebody knows.
    """

    name: str
    found: str
    region: str
    said: list[dict[str, Any]]
    mended: str
    template: dict[str, Any]


def kept() -> Iterator[Kept]:
    """Give all that are kept, by name."""
    for path in sorted(FOLDER.glob("*.json")):
        yield Kept(name=path.stem, **json.loads(path.read_text(encoding="utf-8")))


def keep(session: Session, case: Case, trial: Trial) -> Path:
    """Shrink a case on which the sides disagree, and write it where tests find it."""
    smallest = minimal(session, case, trial)
    last = tried(session, smallest.template, f"kept-{case.seed}")
    if last.agrees:  # it was the last one before; then something is left to chance
        smallest, last = case, trial
    document = {
        "found": f"seed {case.seed}: {case.fault or case.kind}",
        "region": case.system.region,
        "said": _said(last),
        "mended": "",
        "template": smallest.template,
    }
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"seed_{case.seed}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return path


def minimal(session: Session, case: Case, trial: Trial) -> Case:
    """Return the smallest case of which the sides disagree in the same way."""
    wanted = ways(trial)
    attempts = 0

    def still(system: System) -> bool:
        nonlocal attempts
        attempts += 1
        if not (system.services and system.subnets):
            return False
        template = _case(case, system).template
        return bool(ways(tried(session, template, f"shrinking-{case.seed}-{attempts}")) & wanted)

    return _case(case, shrunk(case.system, still))


def ways(trial: Trial) -> set[tuple[str, bool, str]]:
    """Return in which ways the sides disagree: about which steps, who says no, and why, but for names."""
    if trial.comparison is None:
        return {("deployment", True, _gist(each)) for each in trial.problems}
    found = trial.comparison.disagreements
    return {(each.step, each.verify, _gist(each.why or each.words)) for each in found if each.step != START}


def _gist(reason: str) -> str:
    """Return the words of a reason that name nothing of one system."""
    return " ".join(_PLAIN_WORD.findall(reason))


def _case(case: Case, system: System) -> Case:
    return Case(seed=case.seed, system=system, fault=case.fault, kind=case.kind)


def _said(trial: Trial) -> list[dict[str, Any]]:
    if trial.comparison is None:
        return [{"problem": each} for each in trial.problems]
    return [asdict(each) for each in in_order(trial.comparison.disagreements)]
