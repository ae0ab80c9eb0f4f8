"""What a StackSet is told to make: its template, its parameters, and what both need."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from ministack.services.cloudformation import engine, handlers, helpers

from tests.fakes.stack_sets.forms import RefusalError, invalid

Record = dict[str, Any]

_NESTED = "AWS::CloudFormation::Stack"


def read(parameters: Record, body: str = "TemplateBody", url: str = "TemplateURL") -> str | None:
    """Return the template that a request gives, or None if it gives none.

    Raises:
        RefusalError: it gives two, or one that cannot be read.
    """
    if parameters.get(body) and parameters.get(url):
        raise invalid(f"Only one of {body} and {url} can be specified")
    form = {"TemplateBody": [parameters.get(body, "")], "TemplateURL": [parameters.get(url, "")]}
    text, error = helpers._resolve_template(form)
    if error is not None:
        found = re.search(rb"<Message>(.*?)</Message>", error[2], re.DOTALL)
        raise invalid(unescape(found[1].decode()) if found else f"{url} cannot be read")
    return text


def check(text: str, parameters: list[Record], capabilities: list[str], *, nests: bool) -> None:
    """Refuse a template that no stack could be made of.

    Args:
        text: the template.
        parameters: values for it.
        capabilities: what is acknowledged.
        nests: whether the execution role may make nested stacks and use macros.

    Raises:
        RefusalError: it is no template, lacks values, or needs what is not acknowledged.
    """
    try:
        template = engine._parse_template(text)
    except Exception as error:
        raise invalid(f"Template format error: {error}") from error
    if not isinstance(template, dict) or not template.get("Resources"):
        raise invalid("Template format error: At least one Resources member must be defined.")
    check_values(template, parameters, complete=True)
    required, _ = handlers._required_capabilities(template, strict=True)
    missing = handlers._missing_capabilities(set(capabilities), required)
    if missing:
        raise RefusalError(
            "InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(missing)}]"
        )
    types = {each.get("Type") for each in template["Resources"].values()}
    if not nests and (_NESTED in types or template.get("Transform")):
        raise invalid(
            "Nested stacks, transforms and macros cannot be provisioned with the default execution role of "
            "service-managed StackSets"
        )


def check_values(template: Record, parameters: list[Record], *, complete: bool) -> None:
    """Refuse values for parameters that the template has not, and, if they must be complete, missing ones."""
    declared = template.get("Parameters", {})
    given = {each["ParameterKey"] for each in parameters}
    if unknown := sorted(given - declared.keys()):
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name, each in declared.items() if "Default" not in each and name not in given]
    if complete and missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")


def merged(new: list[Record], old: list[Record]) -> list[Record]:
    """Return new values; one that asks for the previous value has it.

    Raises:
        RefusalError: there is no previous value.
    """
    before = {each["ParameterKey"]: each.get("ParameterValue", "") for each in old}
    found = []
    for each in new:
        key = each["ParameterKey"]
        if each.get("UsePreviousValue"):
            if each.get("ParameterValue"):
                raise invalid(f"Parameter {key} has a value and UsePreviousValue; only one can be specified")
            if key not in before:
                raise invalid(f"Parameter {key} has no previous value")
            found.append({"ParameterKey": key, "ParameterValue": before[key]})
        else:
            found.append({"ParameterKey": key, "ParameterValue": each.get("ParameterValue", "")})
    return found
