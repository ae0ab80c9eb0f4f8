"""Templates as trees: a root with its nested stacks, and the values given for the parameters of each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from private_fargate.verify.templates.sources import Template, TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "ABSENT",
    "PARENT",
    "STACK",
    "StackTemplate",
    "TemplateError",
    "body_of",
    "comparable",
    "nested_in",
    "template_of",
]

PARENT = "parent.json"
STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, kw_only=True)
class StackTemplate:
    """A template with those of its nested stacks, and the values given for its parameters.

    `arguments` holds what the deployed stack was given, or what a new deployment would give: values for a
    root, the expressions of the parent's template for a child.
    """

    body: Mapping[str, Any]
    children: Mapping[str, StackTemplate] = field(default_factory=dict[str, "StackTemplate"])  # by logical ID
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by logical ID."""
        return self.body.get("Resources", {})

    def argument(self, name: str) -> object:
        """Return the value of a parameter: the one given, else its default."""
        declared = self.body.get("Parameters", {}).get(name, {})
        return comparable(self.arguments.get(name, declared.get("Default")))


ABSENT = StackTemplate(body={})


def template_of(
    templates: Mapping[str, bytes], arguments: Mapping[str, str], name: str = PARENT
) -> StackTemplate:
    """Return the tree of what would be deployed.

    Args:
        templates: file name -> JSON, with relative TemplateURLs.
        arguments: parameters of the root.
        name: the file of the root.
    """
    body = cast("dict[str, Any]", json.loads(templates[name]))
    children = {
        logical_id: template_of(templates, properties.get("Parameters", {}), properties["TemplateURL"])
        for logical_id, properties in nested_in(body)
    }
    return StackTemplate(body=body, children=children, arguments=arguments)


def body_of(text: str, name: str) -> dict[str, Any]:
    """Return a template from its text, JSON or YAML, with short forms written out.

    Args:
        text: of anybody's template.
        name: what a message calls it.

    Raises:
        TemplateError: it is no template.
    """
    return Template(Path(name), text).body


def nested_in(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield logical ID and properties of each nested stack."""
    resources = cast("dict[str, dict[str, Any]]", body.get("Resources", {}))
    for logical_id, resource in resources.items():
        if resource["Type"] == STACK:
            yield logical_id, resource.get("Properties", {})


def comparable(value: object) -> object:
    """Return a parameter's value as CloudFormation reports it: text, lists joined with commas."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        return items if any(isinstance(item, dict) for item in items) else ",".join(map(str, items))
    return str(value) if isinstance(value, int | float) else value
