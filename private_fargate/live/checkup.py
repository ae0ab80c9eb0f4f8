"""What was found of an account before a deployment: one result for each check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Verdict: TypeAlias = Literal["ok", "warning", "failed", "unknown"]
"""Whether something is as a deployment needs it; what could not be found out is `unknown`, never `ok`."""

_BY_WEIGHT: Final[tuple[Verdict, ...]] = ("failed", "unknown", "warning", "ok")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check looked at.

    Attributes:
        verdict: How it is.
        found: What was seen, with its name and number.
        remedy: What to do; empty if nothing is to be done.
    """

    verdict: Verdict
    found: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a check.

    Attributes:
        name: Of the check, as `elastic addresses`.
        claim: What has to be so.
        findings: At least one.
    """

    name: str
    claim: str
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings."""
        verdicts = {finding.verdict for finding in self.findings}
        return next(verdict for verdict in _BY_WEIGHT if verdict in verdicts)


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """Everything that was found before a deployment.

    Attributes:
        environment: Its name.
        region: Where it is to be deployed.
        account: The number of the account.
        caller: The ARN of whoever asked.
        results: In the order of the checks.
    """

    environment: str
    region: str
    account: str
    caller: str
    results: tuple[Result, ...]

    @property
    def has_failed(self) -> bool:
        """Whether a deployment would not come about, or its tasks would not start."""
        return any(result.verdict == "failed" for result in self.results)

    def count(self, verdict: Verdict) -> int:
        """Return how many checks ended so."""
        return sum(result.verdict == verdict for result in self.results)
