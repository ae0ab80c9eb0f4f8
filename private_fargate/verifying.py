"""What `build.py verify` does around the verifier: which templates, and which form of answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from private_fargate import inputs, output
from private_fargate.errors import UserError
from private_fargate.lint.findings import Finding
from private_fargate.report.verification.needs import summary_line
from private_fargate.verify.checking import ANYWHERE, verify
from private_fargate.verify.rules import RULES
from private_fargate.verify.templates import arguments
from private_fargate.verify.templates.places import Place, is_region
from private_fargate.verify.templates.sources import Template, TemplateError
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from rich.console import Console

    from private_fargate.verify import findings as verified
    from private_fargate.verify.findings import Report

Style: TypeAlias = Literal["table", "json", "sarif", "junit"]

ROOT_TEMPLATE: Final = "parent.json"
"""The root among the templates that a build writes."""


_DIGITS: Final = 12  # of an account

NAME: Final = "verify"
"""Who says so, among the linters."""


MOST_COMBINATIONS: Final = 4096
"""So many combinations of what can be chosen at a launch are looked at, at most."""

PRODUCT_STACKS: Final = "SC-"
"""How Service Catalog begins the name of each stack that it makes."""

COMBINATIONS: Final = "combinations"
"""The name of the finding that there are more of them, or that one cannot be decided."""


class Verdict(NamedTuple):
    """What the verifier says about a build.

    Attributes:
        findings: In the form of the linters'.
        summary: How much was proven, in one line.
    """

    findings: tuple[Finding, ...]
    summary: str


class UsageError(UserError):
    """What was asked for cannot be verified; the message says why, and what to write."""


def roots(named: Sequence[Path]) -> list[Path]:
    """Give the root templates: those that are named, a directory standing for ours in it; else all of ours.

    Those of products are not among all of ours: they were proven in every combination before they were
    written, and are again with `--product`.

    Raises:
        UsageError: If none is named and none was built.
    """
    if named:
        return [path / ROOT_TEMPLATE if path.is_dir() else path for path in named]
    found = sorted((inputs.ROOT / "output").glob(f"*/{ROOT_TEMPLATE}"))
    built = [path for path in found if _is_environment(path.parent)]
    if not built:
        raise UsageError("output/: there are no templates; run `make templates` first, or name a template")
    return [_shown(path) for path in built]


def _is_environment(directory: Path) -> bool:
    manifest = output.read_manifest(directory)
    return manifest is None or manifest["inputs"].get("kind", "environment") == "environment"


def _shown(path: Path) -> Path:
    """Write a path as a person below the same directory would."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def place(region: str | None, account: str | None, *, is_product: bool = False) -> Place:
    """Give the place of a deployment, and whether Service Catalog makes it.

    Raises:
        UsageError: If the region or the account has not the form of one.
    """
    if region is not None and not is_region(region):
        raise UsageError(f"--region {region}: this is no region; write one such as eu-west-1")
    if account is not None and not (len(account) == _DIGITS and account.isdigit()):
        raise UsageError(f"--account {account}: an account is a number of twelve digits")
    return Place(region, account, stack=PRODUCT_STACKS if is_product else "")


def reports(  # noqa: PLR0913 -- what the command line says
    templates: Sequence[Path],
    *,
    parameters: Sequence[str] = (),
    place: Place = ANYWHERE,
    against: Path | None = None,
    ignored: Collection[str] = (),
    beside: Sequence[Path] = (),
    every_combination: bool = False,
) -> list[Report]:
    """Verify root templates, one after the other.

    Args:
        templates: The roots.
        parameters: Values of their parameters: `KEY=VALUE`, or a file of them.
        place: Where they will be deployed.
        against: The root as it is deployed already.
        ignored: Rules whose findings are suppressed.
        beside: Roots that are deployed in the same account already.
        every_combination: Whether a default is only one of the values that a parameter can have, and all
            combinations of what conditions ask for are looked at.

    Raises:
        UsageError: If a template cannot be read, or something that is given is about nothing.
    """
    if against is not None and len(templates) != 1:
        raise UsageError(f"--against {against}: name one template to compare it with, not {len(templates)}")
    unknown = sorted(set(ignored) - {rule.id for rule in RULES})
    if unknown:
        raise UsageError(f"--ignore {unknown[0]}: there is no such rule; docs/rules.md lists them")
    loader = Loader()
    try:
        values = arguments.read(parameters)
        arguments.expect_known(values, [loader.read(path) for path in templates])
        return [
            verify(
                path,
                arguments=values,
                place=place,
                against=against,
                ignored=ignored,
                loader=loader,
                beside=beside,
                most_worlds=MOST_COMBINATIONS if every_combination else None,
            )
            for path in templates
        ]
    except (TemplateError, arguments.ArgumentError) as error:
        raise UsageError(str(error)) from error


def check(
    templates: Mapping[str, bytes],
    regions: Sequence[str],
    *,
    most_worlds: int | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> Verdict:
    """Verify our own templates before they are written.

    Args:
        templates: File name to content.
        regions: Where they will be deployed; each of them is looked at.
        most_worlds: For what others launch: how many combinations of what they can choose are looked at.  If
            there are more, that is a finding, for then nothing is proven.  None if the defaults are deployed.
        beside: Roots that are deployed in the same account already: that of the role with which Service
            Catalog launches these.
    """
    others = beside or {}
    loader = Loader(Template(Path(name), body.decode()) for name, body in {**others, **templates}.items())
    found = [
        verify(
            Path(ROOT_TEMPLATE),
            place=Place(region, stack=PRODUCT_STACKS if others else ""),
            loader=loader,
            beside=[Path(name) for name in others],
            most_worlds=most_worlds,
        )
        for region in regions or [None]
    ]
    findings = [_for_build(finding) for report in found for finding in report.findings]
    if most_worlds is not None:
        findings += [left_out for report in found for left_out in _left_out(report)]
    return Verdict(tuple(dict.fromkeys(findings)), summary_line(found[:1]))


def _left_out(report: Report) -> Iterator[Finding]:
    """Give a finding for what was not looked at, for what can be launched has to be proven."""
    counted = report.combinations
    for message in (entry.reason for entry in report.unproven if entry.need == "conditions"):
        yield _about_combinations(f"conditions: {message}")
    if not counted.looked_at:
        yield _about_combinations("the rules refuse every combination of what can be chosen")


def _about_combinations(message: str) -> Finding:
    return Finding(
        file=ROOT_TEMPLATE,
        linter=NAME,
        rule=COMBINATIONS,
        severity="error",
        path="Parameters",
        message=f"{message}; take out parameters that conditions ask for, or forbid combinations in Rules",
    )


def _for_build(finding: verified.Finding) -> Finding:
    severity = "informational" if finding.severity == "info" else finding.severity
    return Finding(
        file=finding.path,
        linter=NAME,
        rule=finding.rule,
        severity=severity,
        path=f"Resources/{finding.resource.rpartition('/')[2]}/{finding.property}".rstrip("/"),
        message=finding.message,
    )


def answer(found: Sequence[Report], style: Style) -> str:
    """Write reports for programs.

    Args:
        found: What the verifier said.
        style: Any form but the table.
    """
    if style == "junit":
        from private_fargate.report.verification.junit import junit  # noqa: PLC0415 -- one form is asked for

        return junit(found)
    if style == "sarif":
        from private_fargate.report.verification.sarif import sarif  # noqa: PLC0415 -- as above

        return json.dumps(sarif(found, RULES), indent=2, ensure_ascii=False)
    from private_fargate.report.verification.document import verification_document  # noqa: PLC0415 -- as above

    return json.dumps(verification_document(found), indent=2, ensure_ascii=False)


def show(found: Sequence[Report], task: str | None, console: Console) -> None:
    """Print a table of what was found, or the whole proof of one task.

    Raises:
        UserError: If there is no such task.
    """
    if task is None:
        from private_fargate.report.verification.table import verification_table  # noqa: PLC0415 -- as above

        console.print(verification_table(found))
        return
    from private_fargate.report.verification.tree import explanations  # noqa: PLC0415 -- as above

    for tree in explanations(found, task):
        console.print(tree)
