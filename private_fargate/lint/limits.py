"""CloudFormation's limits of a template, checked before CloudFormation does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from private_fargate.aws import limits as aws
from private_fargate.lint.findings import Finding
from private_fargate.lint.nesting import nested_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.aws.limits import Limit
    from private_fargate.lint.findings import Severity, Templates

NAME: Final = "limits"

_SECTIONS: Final = {
    "Resources": (aws.RESOURCES, "nest a part of them in a stack of its own"),
    "Parameters": (aws.PARAMETERS, "nest the resources that use them in a stack of their own"),
    "Outputs": (aws.OUTPUTS, "keep the outputs that a stack or a person reads"),
    "Mappings": (aws.MAPPINGS, "decide in Python what is known before the deployment"),
}


def check(templates: Templates) -> tuple[Finding, ...]:
    """Find every template that is larger than CloudFormation allows.

    A body over 51,200 bytes is only worth a note, and only if no other template nests it: it deploys
    from S3, as nested templates always do, and not inside the request.

    Returns:
        Findings in the order of the templates; each names the number, the limit and a remedy.
    """
    nested = {child for name in templates for child in nested_in(name, templates)}
    return tuple(
        finding
        for name, body in templates.items()
        for finding in _check_one(name, body, is_root=name not in nested)
    )


def _check_one(name: str, body: bytes, *, is_root: bool) -> Iterator[Finding]:
    if len(body) > aws.TEMPLATE.value:
        yield _finding(name, len(body), aws.TEMPLATE, "split it into nested stacks")
    elif is_root and len(body) > aws.INLINE_TEMPLATE.value:
        remedy = "deploy it from S3, with `aws cloudformation deploy --s3-bucket`"
        yield _finding(name, len(body), aws.INLINE_TEMPLATE, remedy, severity="informational")
    template = _parse(body)
    for section, (limit, remedy) in _SECTIONS.items():
        count = len(template.get(section, {}))
        if count > limit.value:
            yield _finding(name, count, limit, remedy, path=section)


def _parse(body: bytes) -> dict[str, Any]:
    """Read a template; what is no JSON object has no sections, and the linters say so."""
    try:
        template = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", template) if isinstance(template, dict) else {}


def _finding(  # noqa: PLR0913 -- the parts of one sentence; a class for them would say no more
    name: str, value: int, limit: Limit, remedy: str, *, path: str = "", severity: Severity = "error"
) -> Finding:
    message = f"{value:,} {limit.unit}, where CloudFormation allows {limit.value:,}; {remedy}"
    rule = "bytes" if not path else path.lower()
    return Finding(file=name, linter=NAME, rule=rule, severity=severity, path=path, message=message)
