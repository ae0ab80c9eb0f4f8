"""cfn-lint, cloudformation-validate and CloudFormation's limits, over rendered templates.

The import is cheap: a linter is loaded when a template is first judged by it, and never if the
cache knows the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from private_fargate.installed import versions
from private_fargate.lint.findings import Finding, blocking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from multiprocessing.pool import Pool
    from pathlib import Path

    from private_fargate.lint.findings import Linter, Templates, Verdict

__all__ = ["Finding", "ahead", "begin", "blocking", "lint"]


def lint(
    templates: Templates,
    regions: Sequence[str],
    *,
    cache: Path | None = None,
    informational: bool = False,
    second: Pool | None = None,
) -> tuple[Finding, ...]:
    """Judge all templates of a system by everything that we have; `begin` has the meaning of all this.

    Raises:
        UnknownRegionError: If a linter does not know a region.
    """
    return begin(templates, regions, cache=cache, informational=informational, second=second)()


def begin(
    templates: Templates,
    regions: Sequence[str],
    *,
    cache: Path | None = None,
    informational: bool = False,
    second: Pool | None = None,
) -> Callable[[], tuple[Finding, ...]]:
    """Begin to judge all templates of a system; what is returned waits for the verdicts.

    Args:
        templates: File name to content; a template may nest another by its file name.
        regions: Where they will be deployed; all of them are checked.
        cache: Folder of earlier verdicts, or None to ask the linters in any case.
        informational: Whether the linters' notes are wanted.  A note about the size of a template
            is always given: it changes how the template is deployed.
        second: A process that has cfn-lint loaded, from `ahead`, which is at work while something else is
            done here; None does all of it here, when it is waited for.

    Returns:
        What gives the findings by file, then linter, then rule; none if all is well.
    """
    from private_fargate.lint import limits  # noqa: PLC0415 -- nothing here is needed before a lint

    asked = [
        _ask(linter, templates, tuple(regions), cache, informational=informational, second=second)
        for linter in _linters()
    ]

    def findings() -> tuple[Finding, ...]:
        # The one that was asked last answers first: it computes here while the second process does the other.
        verdicts = [verdict for answer in reversed(asked) for verdict in answer()]
        found = [finding for verdict in verdicts for finding in verdict.findings]
        return tuple(sorted([*limits.check(templates), *found]))

    return findings


def ahead() -> AbstractContextManager[Pool | None]:
    """Load cfn-lint in a second process while something else is done here, such as rendering."""
    from private_fargate.lint import cfn_lint  # noqa: PLC0415 -- as above

    return cfn_lint.second_process()


def _linters() -> tuple[Linter, ...]:
    """Give the linters, the slow one first."""
    from private_fargate.lint import aws_validate, cfn_lint  # noqa: PLC0415 -- as above

    return cast("Linter", cfn_lint), cast("Linter", aws_validate)


def _ask(  # noqa: PLR0913  # what is asked, where the answer may be known, and who may help
    linter: Linter,
    templates: Templates,
    regions: tuple[str, ...],
    folder: Path | None,
    *,
    informational: bool,
    second: Pool | None,
) -> Callable[[], list[Verdict]]:
    """Take the verdicts that are known from the cache, and ask the linter for the others."""
    from private_fargate.lint.cache import Cache, Question  # noqa: PLC0415 -- as above

    question = Question(linter.NAME, versions([linter.NAME])[linter.NAME], regions, informational)
    cache = Cache(folder) if folder else None
    keys = {name: question.key(name, templates) for name in templates} if cache else {}
    known = {name: verdict for name, key in keys.items() if cache and (verdict := cache.read(key))}
    unknown = [name for name in templates if name not in known]
    if not unknown:
        return lambda: list(known.values())
    answer = linter.ask(unknown, templates, regions, informational=informational, second=second)

    def verdicts() -> list[Verdict]:
        fresh = answer()
        if cache:
            for name, verdict in fresh.items():
                cache.write(keys[name], verdict)
            cache.prune()
        return [*known.values(), *fresh.values()]

    return verdicts
