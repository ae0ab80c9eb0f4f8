"""What a linter says about a template, in one form for all linters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.pool import Pool

Severity = Literal["error", "warning", "informational"]
Templates = Mapping[str, bytes]


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Finding:
    """One thing that a linter found.

    Attributes:
        file: Name of the template, such as `network.json`.
        linter: Who found it: `cfn-lint`, `cloudformation-validate` or `limits`.
        rule: The linter's id of the rule, such as `E3002`.
        severity: Errors and warnings keep a template from being written; the rest is for reading.
        path: Where in the template, as `Resources/Vpc/Properties/CidrBlock`; empty if it is all of it.
        message: What is wrong, in the linter's words.
    """

    file: str
    linter: str
    rule: str
    severity: Severity
    path: str
    message: str

    def __str__(self) -> str:
        """Give the finding as one line, the file first, as compilers do."""
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place}: {self.message} [{self.linter} {self.rule}, {self.severity}]"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one linter says about one template.

    Attributes:
        findings: Sorted, each once.
        complete: False if the linter gave up half-way; such a verdict must not be remembered.
    """

    findings: tuple[Finding, ...]
    complete: bool = True


class Linter(Protocol):
    """A checker of templates; each is a module."""

    NAME: str

    def ask(
        self,
        names: Iterable[str],
        templates: Templates,
        regions: tuple[str, ...],
        *,
        informational: bool,
        second: Pool | None = None,
    ) -> Callable[[], dict[str, Verdict]]:
        """Begin to judge the named templates; what is returned waits for the verdicts.

        The other templates are there because templates nest each other.  `second` is a process that
        may take a part of the work.
        """
        ...


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the findings that forbid writing: errors and warnings."""
    return tuple(finding for finding in findings if finding.severity != "informational")
