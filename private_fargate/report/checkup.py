"""What was found before a deployment, for people and programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from private_fargate.live.checkup import Checkup, Verdict

_STYLES: Final[Mapping[Verdict, str]] = {
    "ok": "green",
    "warning": "yellow",
    "failed": "bold red",
    "unknown": "magenta",
}
_WIDTH: Final = max(map(len, _STYLES))


def checkup_view(checkup: Checkup) -> RenderableType:
    """Return each check with what it found, and the remedy below what is not ok."""
    lines = [Text(f"{checkup.environment} in {checkup.region}, account {checkup.account}", "bold")]
    for result in checkup.results:
        lines.append(
            Text.assemble((f"{result.verdict:<{_WIDTH}}  ", _STYLES[result.verdict]), (result.name, "bold"))
        )
        lines[-1].append(f": {result.claim}", "dim")
        for finding in result.findings:
            indent = " " * (_WIDTH + 2)
            mark = "" if finding.verdict == result.verdict else f"{finding.verdict}: "
            lines.append(Text(f"{indent}{mark}{finding.found}"))
            if finding.remedy:
                lines.append(Text(f"{indent}→ {finding.remedy}", "cyan"))
    counts = ", ".join(f"{checkup.count(verdict)} {verdict}" for verdict in _STYLES)
    lines.append(Text(counts, "red" if checkup.has_failed else "green"))
    return Group(*lines)


def checkup_document(checkup: Checkup) -> dict[str, Any]:
    """Return the same for programs."""
    results = [{**asdict(result), "verdict": result.verdict} for result in checkup.results]
    return {**asdict(checkup), "results": results, "failed": checkup.has_failed}
