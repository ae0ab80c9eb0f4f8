"""What nobody sees into: custom resources, and nested stacks whose templates are not at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System


def is_handed_on(system: System, value: str) -> bool:
    """Say whether something whose inside is not known gets a value, and may do more with it than is seen."""
    return any(is_closed(other) and _holds(other.properties, value) for other in system.resources)


def is_closed(resource: Resource) -> bool:
    """Say whether nobody knows what a resource does: a custom one, or a nested stack that is not at hand."""
    if resource.type == "AWS::CloudFormation::Stack":
        return resource.logical_id not in resource.stack.children
    return not resource.type.startswith("AWS::") or resource.type == "AWS::CloudFormation::CustomResource"


def _holds(value: Value, wanted: str) -> bool:
    if isinstance(value, dict):
        return any(_holds(item, wanted) for item in value.values())
    return (
        any(_holds(item, wanted) for item in value) if isinstance(value, list) else wanted in as_text(value)
    )
