"""cloudformation-validate: AWS's engine, in process, a hundred templates in about a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.lint.excluded import ASKED_OF_CFN_LINT, EXCLUDED
from private_fargate.lint.findings import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.pool import Pool

    from cloudformation_validate import CompositeEngine, Diagnostic, ValidateConfig

    from private_fargate.lint.findings import Severity, Templates

NAME: Final = "cloudformation-validate"

_SEVERITIES: Final[dict[str, Severity]] = {"FATAL": "error", "ERROR": "error", "WARN": "warning"}


def ask(
    names: Iterable[str],
    templates: Templates,
    regions: tuple[str, ...],
    *,
    informational: bool,
    second: Pool | None = None,
) -> Callable[[], dict[str, Verdict]]:
    """Judge templates when the verdicts are waited for, each once for every region.

    What is found in several regions is told once.  The second process is left to the slower linter.
    """
    del second

    def verdicts() -> dict[str, Verdict]:
        from cloudformation_validate import CompositeEngine  # noqa: PLC0415 -- 50 ms, and 250 to build one

        engine = CompositeEngine()
        configs = [_config(region, informational=informational) for region in regions]
        return {name: _verdict(engine, configs, name, templates[name]) for name in names}

    return verdicts


def _config(region: str, *, informational: bool) -> ValidateConfig:
    from cloudformation_validate import (  # noqa: PLC0415 -- as above
        DetailLevel,
        PseudoParameterOverrides,
        RuleFilterConfig,
        Severity,
        ValidateConfig,
    )

    return ValidateConfig(
        exclude=RuleFilterConfig(ids=sorted(EXCLUDED | ASKED_OF_CFN_LINT)),
        detail_level=DetailLevel.STANDARD,
        severity_level=Severity.INFO if informational else Severity.WARN,
        pseudo_parameter_overrides=PseudoParameterOverrides(region=region),
    )


def _verdict(engine: CompositeEngine, configs: list[ValidateConfig], name: str, body: bytes) -> Verdict:
    from cloudformation_validate import ReportStatus, TemplateContent  # noqa: PLC0415 -- as above

    content = TemplateContent(body, name)
    reports = [
        engine.validate_template(content, config)  # pyright: ignore[reportUnknownMemberType] -- bare PathLike
        for config in configs
    ]
    findings = {_finding(name, diagnostic) for report in reports for diagnostic in report.diagnostics}
    complete = all(report.status is not ReportStatus.ANALYSIS_INCOMPLETE for report in reports)
    if not complete:
        findings.add(_gave_up(name))
    return Verdict(tuple(sorted(findings)), complete)


def _finding(name: str, diagnostic: Diagnostic) -> Finding:
    return Finding(
        file=name,
        linter=NAME,
        rule=diagnostic.rule_id,
        severity=_SEVERITIES.get(diagnostic.severity.name, "informational"),
        path=_path(diagnostic),
        message=diagnostic.message,
    )


def _path(diagnostic: Diagnostic) -> str:
    """Write the place as cfn-lint does: `Resources/Vpc/Properties/CidrBlock`."""
    path = (diagnostic.property_path or "").replace(".", "/")
    entity = diagnostic.entity
    if entity is None or entity.entity_type.name != "RESOURCE":
        return path
    return f"Resources/{entity.logical_id}/{path}".rstrip("/")


def _gave_up(name: str) -> Finding:
    message = "the analysis ran into the linter's own budget and is not complete; split the template"
    return Finding(file=name, linter=NAME, rule="incomplete", severity="warning", path="", message=message)
