"""The verifier's rules as cfn-lint's.

cfn-lint leaves the numbers from 9000 on to others and reads the severity off the first letter: the rule
NET-003, an error, is E9NET003 there.  Warnings begin with W9, and information with I9, which cfn-lint shows
with `--include-checks I` only.  Ids are ignored as cfn-lint's own are: in `ignore_checks` by any beginning
(`E9NET`, `W9`), in a resource's metadata in full; what the verifier itself suppresses is not shown.  Where a
rule is milder or more severe than usual, its id stays the same and the level says so.

One pass verifies the template with all that it nests.  Faults in a nested template stand at the nested
stack's resource and name the file and the line, for only from the root are they faults: by itself the nested
template leaves open what its parent decides.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cfnlint.rules import CloudFormationLintRule, RuleMatch

if find_spec("private_fargate") is None:
    # cfn-lint loads a path file by file, from a checkout that need not be installed.
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from private_fargate.verify.checking import verify
from private_fargate.verify.rules import RULES
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template, TemplateError
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnlint.template import Template as LintedTemplate

    from private_fargate.verify.findings import Finding, Severity
    from private_fargate.verify.rules.rule import Rule

_LETTERS: Final[dict[Severity, str]] = {"error": "E", "warning": "W", "info": "I"}
_LEVELS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "info": "informational"}
_DEFAULT_REGION: Final = "us-east-1"
_AWS_PAGE: Final = re.compile(r"[\w-]+/latest/[\w/-]+\.html")


class _Verified(CloudFormationLintRule):
    """A rule of the verifier; without an id cfn-lint does not count it as one."""

    level = ""

    @property
    def severity(self) -> str:
        """How bad a match is, in cfn-lint's words."""
        return self.level


def id_in_cfn_lint(rule: Rule) -> str:
    """Give the id that a rule has within cfn-lint: NET-003 is E9NET003."""
    return f"{_LETTERS[rule.severity]}9{rule.id.replace('-', '')}"


@cache
def _class(rule: Rule, severity: Severity) -> type[_Verified]:
    page = _AWS_PAGE.search(rule.source)
    name = id_in_cfn_lint(rule)
    attributes = {
        "__doc__": rule.claim,
        "id": name,
        "shortdesc": rule.claim,
        "description": f"{rule.why} AWS answers: {rule.symptom}" if rule.symptom else rule.why,
        "source_url": f"https://docs.aws.amazon.com/{page.group()}" if page else "",
        "tags": ["private-fargate", rule.id],
        "level": _LEVELS[severity],
    }
    return type(name, (_Verified,), attributes)


# cfn-lint takes for a rule what is a class of the module.
globals().update({id_in_cfn_lint(rule): _class(rule, rule.severity) for rule in RULES})


class Verifier(CloudFormationLintRule):
    """Verifies the template once, and reports for all the others."""

    id = "E9VERIFY"
    shortdesc = "The verifier can read the template and what it nests"
    description = "What cannot be read cannot be verified."
    tags = ["private-fargate"]  # noqa: RUF012 -- as it is in the class above

    def match(self, cfn: LintedTemplate) -> list[RuleMatch]:
        """Give what the verifier finds, each under its own rule."""
        try:
            return [_match(cfn, finding) for finding in dict.fromkeys(_findings(cfn))]
        except TemplateError as error:
            return [RuleMatch([], str(error))]


def _findings(cfn: LintedTemplate) -> Iterator[Finding]:
    """Verify with each set of parameters that cfn-lint was given, or with none."""
    path, loader = _where(cfn)
    # cfn-lint does not tell its default region from one that was asked for.
    region = None if cfn.regions == [_DEFAULT_REGION] or len(cfn.regions) != 1 else cfn.regions[0]
    given = [parameters.parameters for parameters in cfn.context.parameter_sets or ()]
    for arguments in given or [{}]:
        yield from verify(path, arguments=arguments, place=Place(region), loader=loader).findings


def _where(cfn: LintedTemplate) -> tuple[Path, Loader]:
    """Give the file that is linted, or what stands for it where cfn-lint reads from its input."""
    if cfn.filename:
        return Path(cfn.filename), Loader()
    template = Template(Path("-"), json.dumps(cfn.template, default=str))
    return template.path, Loader([template])


def _match(cfn: LintedTemplate, finding: Finding) -> RuleMatch:
    rule = next(rule for rule in RULES if rule.id == finding.rule)
    return RuleMatch(_path(cfn, finding), _message(cfn, finding), rule=_class(rule, finding.severity)())


def _is_nested(finding: Finding) -> bool:
    return "/" in finding.resource


def _path(cfn: LintedTemplate, finding: Finding) -> list[str | int]:
    """Give the way to a finding in the template that is linted."""
    path: list[str | int] = ["Resources", finding.resource.partition("/")[0]]
    if _is_nested(finding):
        return path
    keys = finding.property.split("/") if finding.property else []
    # What has no place of its own, cfn-lint shows at the nearest key above.
    node: Any = cfn.template["Resources"].get(path[1])
    for key in keys:
        step = int(key) if isinstance(node, list) and key.isdigit() else key
        path.append(step)
        node = _below(node, step)
    return path


def _below(node: Any, step: str | int) -> Any:  # noqa: ANN401 -- a template is JSON of any shape
    """Give what is under a key; None if it is not there, or within a function."""
    try:
        return node[step]
    except (KeyError, IndexError, TypeError):
        return None


def _message(cfn: LintedTemplate, finding: Finding) -> str:
    what = f"{finding.message}. {finding.fix}"
    if not _is_nested(finding):
        return what
    name = Path(finding.path)
    if cfn.filename and name.is_relative_to(Path(cfn.filename).parent):
        name = name.relative_to(Path(cfn.filename).parent)
    return f"{name}:{finding.line}: {finding.resource}: {what}"
