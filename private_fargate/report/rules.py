"""The page of rules, `docs/rules.md`: `python -m private_fargate.report.rules > docs/rules.md`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_fargate.report.verification.rules import rules_page
from private_fargate.verify.examples import examples
from private_fargate.verify.rules import RULES
from private_fargate.verify.rules.account import ACCOUNT_CHECKS

if TYPE_CHECKING:
    from private_fargate.verify.examples import Example
    from private_fargate.verify.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class _Shown:
    """A rule with the example that shows it."""

    id: str
    severity: str
    claim: str
    why: str
    symptom: str
    fix: str
    source: str
    base: str = ""
    fails: str = ""
    passes: str = ""


def page() -> str:
    """Return the page, the rules in the order of the catalogue."""
    known = examples()
    shown = [_shown(rule, known[rule.id][0]) for rule in sorted(RULES, key=_in_catalogue)]
    return rules_page(shown, ACCOUNT_CHECKS)


_GROUPS = ("NET", "SG", "IAM", "TASK", "SVC", "LB", "DISC", "JUMP", "CFN")


def _in_catalogue(rule: Rule) -> tuple[int, str]:
    return _GROUPS.index(rule.id.partition("-")[0]), rule.id


def _shown(rule: Rule, example: Example) -> _Shown:
    return _Shown(
        id=rule.id,
        severity=rule.severity,
        claim=rule.claim,
        why=rule.why,
        symptom=rule.symptom,
        fix=rule.fix,
        source=rule.source,
        base=example.base,
        fails=example.fails,
        passes=example.passes,
    )


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  # a page on standard output is what it is run for
