"""A parent and its nested templates as one graph: every resource, and what its wires lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks.references import Reference, Template, named, references

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STACK: Final = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Nest:
    """A template where it is nested, and with what.

    Attributes:
        path: Logical IDs from the parent down, each followed by a slash; empty for the parent.
        template: Its content.
        children: The stacks nested in it by logical ID.
        parent: Where it is nested, or None for the parent itself.
        values: What is given for each of its parameters, as the parent writes it.
    """

    path: str
    template: Template
    children: dict[str, Nest]
    parent: Nest | None
    values: Mapping[str, Any]

    @property
    def resources(self) -> dict[str, Template]:
        """Return the resources by logical ID, nested stacks included."""
        return self.template["Resources"]


def nest(
    templates: Mapping[str, Template],
    name: str = "parent.json",
    path: str = "",
    parent: Nest | None = None,
    values: Mapping[str, Any] | None = None,
) -> Nest:
    """Return the tree of stacks that a template begins.

    Args:
        templates: File name to content.
        name: File of the template at the top.
        path: Where it is nested.
        parent: The stack that nests it.
        values: What is given for its parameters.
    """
    this = Nest(path, templates[name], {}, parent, values or {})
    for title, resource in this.resources.items():
        if resource["Type"] == STACK:
            properties = resource["Properties"]
            given = properties.get("Parameters", {})
            this.children[title] = nest(templates, properties["TemplateURL"], f"{path}{title}/", this, given)
    return this


def everything(stack: Nest) -> Iterator[Nest]:
    """Yield a stack and all those nested in it."""
    yield stack
    for child in stack.children.values():
        yield from everything(child)


def wired(stack: Nest, value: object) -> set[str]:
    """Return the paths of the resources, in whatever stack, from which a value comes."""
    return {path for reference in references(value) for path in _source(stack, reference)}


def _source(stack: Nest, reference: Reference) -> set[str]:
    if reference.name in stack.children:
        child = stack.children[reference.name]
        outputs = child.template.get("Outputs", {})
        return wired(child, outputs[reference.output]["Value"]) if reference.output else set()
    if reference.name in stack.resources:
        return {f"{stack.path}{reference.name}"}
    if stack.parent is not None and reference.name in stack.values:
        return wired(stack.parent, stack.values[reference.name])
    return set()


def waits(stack: Nest, title: str) -> set[str]:
    """Return the logical IDs of the same template for which a resource waits."""
    resource = stack.resources[title]
    names = {reference.name for reference in references(resource.get("Properties", {}))}
    return (names & set(stack.resources)) | set(named(resource))
