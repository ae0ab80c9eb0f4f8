"""cfn-lint, cloudformation-validate and CloudFormation's limits, over rendered templates.

The import is cheap: a linter is loaded when a template is first judged by it, and never if the
cache knows the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from private_fargate.installed import versions
from private_fargate.lint.findings import Finding, blocking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from private_fargate.lint.findings import Linter, Templates, Verdict

__all__ = ["Finding", "blocking", "lint"]


def lint(
    templates: Templates,
    regions: Sequence[str],
    *,
    cache: Path | None = None,
    informational: bool = False,
) -> tuple[Finding, ...]:
    """Judge all templates of a system by everything that we have.

    Args:
        templates: File name to content; a template may nest another by its file name.
        regions: Where they will be deployed; all of them are checked.
        cache: Folder of earlier verdicts, or None to ask the linters in any case.
        informational: Whether the linters' notes are wanted.  A note about the size of a template
            is always given: it changes how the template is deployed.

    Returns:
        Findings by file, then linter, then rule; none if all is well.

    Raises:
        UnknownRegionError: If a linter does not know a region.
    """
    from private_fargate.lint import limits  # noqa: PLC0415 -- nothing here is needed before a lint

    findings = list(limits.check(templates))
    for linter in _linters():
        for verdict in _verdicts(linter, templates, tuple(regions), cache, informational=informational):
            findings.extend(verdict.findings)
    return tuple(sorted(findings))


def _linters() -> tuple[Linter, ...]:
    """Give the linters, the fast one first."""
    from private_fargate.lint import aws_validate, cfn_lint  # noqa: PLC0415 -- as above

    return cast("Linter", aws_validate), cast("Linter", cfn_lint)


def _verdicts(
    linter: Linter,
    templates: Templates,
    regions: tuple[str, ...],
    folder: Path | None,
    *,
    informational: bool,
) -> list[Verdict]:
    """Take the verdicts that are known from the cache, and ask the linter for the others."""
    from private_fargate.lint.cache import Cache, Question  # noqa: PLC0415 -- as above

    question = Question(linter.NAME, versions([linter.NAME])[linter.NAME], regions, informational)
    cache = Cache(folder) if folder else None
    keys = {name: question.key(name, templates) for name in templates} if cache else {}
    known = {name: verdict for name, key in keys.items() if cache and (verdict := cache.read(key))}
    unknown = [name for name in templates if name not in known]
    fresh = linter.check(unknown, templates, regions, informational=informational) if unknown else {}
    if cache and fresh:
        for name, verdict in fresh.items():
            cache.write(keys[name], verdict)
        cache.prune()
    return [*known.values(), *fresh.values()]
