"""The rules as a page of Markdown, written from the rules, so that it cannot be out of date."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD: Final = """# Rules of the verifier

This page is written from the rules, by `python -m private_fargate.report.rules`. An `error` says that the
deployment or the task must fail; a `warning`, that it fails in some conditions, or degrades; an `info` is
about hygiene or cost. What templates do not tell is neither: it is listed as unproven.
"""
_ACCOUNT: Final = """## Checks of the deployer

These faults show only in the account, so they are no rules: the templates do not tell.
"""
_CODE: Final = re.compile(r"(`[^`]*`)")


class RuleText(Protocol):
    """What a rule says about itself; each a plain text, Markdown's code spans allowed."""

    @property
    def id(self) -> str:
        """As `NET-003`."""
        ...

    @property
    def severity(self) -> str:
        """One of `error`, `warning` and `info`."""
        ...

    @property
    def claim(self) -> str:
        """What has to be true, as one sentence."""
        ...

    @property
    def why(self) -> str:
        """What goes wrong otherwise."""
        ...

    @property
    def symptom(self) -> str:
        """What AWS answers, in its words; may be empty."""
        ...

    @property
    def fix(self) -> str:
        """What to write instead."""
        ...

    @property
    def source(self) -> str:
        """The page that says so."""
        ...


class RuleWithExamples(RuleText, Protocol):
    """A rule with two fragments of a template, in YAML, that are tests too."""

    @property
    def base(self) -> str:
        """The template that the fragments change; empty if they are whole."""
        ...

    @property
    def fails(self) -> str:
        """A fragment with which the rule finds something; may be empty."""
        ...

    @property
    def passes(self) -> str:
        """The same, mended; may be empty."""
        ...


def rules_page(rules: Sequence[RuleWithExamples], account: Sequence[tuple[str, str, str]] = ()) -> str:
    """Return the page: an index, a section per rule, and what only the account can tell.

    Args:
        rules: In the order of the page.
        account: Of each check of the deployer its id, the condition, and why it is no rule.
    """
    index = ["| id | severity | claim |", "|---|---|---|"]
    index += [
        f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity} | {_cell(rule.claim)} |" for rule in rules
    ]
    parts = [_HEAD, "\n".join([*index, ""]), *map(_section, rules)]
    if account:
        rows = ["| id | condition | why it is no rule |", "|---|---|---|"]
        rows += [f"| {name} | {_cell(condition)} | {_cell(why)} |" for name, condition, why in account]
        parts += [_ACCOUNT, "\n".join([*rows, ""])]
    return "\n".join(parts)


def _section(rule: RuleWithExamples) -> str:
    """Write one rule; its heading is its id alone, so that `#net-003` leads to it."""
    inside = f", in the template `{rule.base}`" if rule.base else ""
    parts = [f"## {rule.id}", f"**{_prose(rule.claim)}** ({rule.severity})"]
    parts += [_prose(rule.why)] if rule.why else []
    parts += ["What AWS says:", _block("text", rule.symptom)] if rule.symptom else []
    parts += [f"Fix: {_prose(rule.fix)}"] if rule.fix else []
    parts += [f"Fails{inside}:", _block("yaml", rule.fails)] if rule.fails else []
    parts += [f"Passes{inside}:", _block("yaml", rule.passes)] if rule.passes else []
    parts += [f"Source: {_prose(rule.source)}"] if rule.source else []
    return "\n\n".join(parts) + "\n"


def _block(language: str, text: str) -> str:
    """Fence a text, with more backticks than it holds itself."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = dedent(text).strip("\n").rstrip()
    return f"{fence}{language}\n{body}\n{fence}"


def _cell(text: str) -> str:
    """Fit a text into a cell of a table, where even a code span may hold no bare stroke."""
    return _prose(" ".join(text.split())).replace("|", "\\|")


def _prose(text: str) -> str:
    """Escape what Markdown would take for tags and stress; in code spans it takes nothing."""
    parts = _CODE.split(text.strip())
    return "".join(
        part if index % 2 else re.sub(r"([<*])", r"\\\1", part) for index, part in enumerate(parts)
    )
