"""A plan from templates alone: what one output would do where another is deployed, with no account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from private_fargate.errors import UserError
from private_fargate.plan.comparing import compare
from private_fargate.plan.digests import digest_of, template_digests
from private_fargate.plan.judging import Planned, judged
from private_fargate.plan.model import Plan
from private_fargate.plan.trees import PARENT, template_of
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.plan.trees import StackTemplate

_NOTE = "compared with templates, not with what is deployed: what somebody changed there by hand is not seen"
_NOTHING: Mapping[str, str] = {}


class UnplannableError(UserError):
    """What is to be compared is no system of templates."""


def offline_plan(  # noqa: PLR0913 - two sides with their parameters, and where: no two of these belong together
    old: Mapping[str, bytes] | None,
    new: Mapping[str, bytes],
    *,
    stack: str,
    parameters: Mapping[str, str] = _NOTHING,
    old_parameters: Mapping[str, str] | None = None,
    region: str = "",
) -> Plan:
    """Return what a deployment of `new` would do where `old` is deployed.

    Args:
        old: file name -> JSON; None if nothing is deployed.
        new: the same of what would be.
        stack: the root's name.
        parameters: of the new root.
        old_parameters: of the old root; None if they are those of the new.
        region: where; empty if that is open.

    Raises:
        UnplannableError: one of the templates cannot be read, or the root is missing.
    """
    before = None if old is None else _tree(old, parameters if old_parameters is None else old_parameters)
    after = _tree(new, parameters)
    try:
        plan = Plan(
            stack=stack,
            kind="OFFLINE",
            digest=digest_of(new, parameters),
            templates=template_digests(new),
            region=region,
            changes=compare(before, after, Place(region or None)),
            notes=() if old is None else (_NOTE,),
        )
        return judged(Planned(plan=plan, old=before, new=after))
    except TemplateError as error:
        message = f"{error}; build the templates again"
        raise UnplannableError(message) from error


def _tree(templates: Mapping[str, bytes], parameters: Mapping[str, str]) -> StackTemplate:
    for name, body in templates.items():
        try:
            document = json.loads(body)
        except ValueError as error:
            message = f"{name}: this is no JSON ({error}); build the templates again"
            raise UnplannableError(message) from error
        if not isinstance(document, dict) or "Resources" not in document:
            message = (
                f"{name}: this is no CloudFormation template: it has no Resources; build the templates again"
            )
            raise UnplannableError(message)
    try:
        return template_of(templates, parameters)
    except KeyError as error:
        missing = str(error.args[0])
        what = "the root" if missing == PARENT else "a nested stack"
        message = (
            f"{missing}: the template of {what} is not among {', '.join(sorted(templates)) or 'nothing'}"
        )
        raise UnplannableError(f"{message}; build the templates again") from error
