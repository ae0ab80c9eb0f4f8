"""One template as it will be deployed: its parameters bound, its conditions decided, its stacks nested."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from private_fargate.verify.templates.loops import expand
from private_fargate.verify.templates.resolving import NO_VALUE, resolve, truth
from private_fargate.verify.templates.resources import Resource
from private_fargate.verify.templates.symbols import Address, is_unknown
from private_fargate.verify.templates.values import as_items, as_text
from private_fargate.verify.templates.world import OWN_TO_A_STACK, PSEUDO, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from private_fargate.verify.templates.sources import Template, Tree
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

STACK: Final = "AWS::CloudFormation::Stack"


_OUTPUTS: Final = "Outputs."


class Stack:
    """A template with its parameters bound.

    Attributes:
        template: The file.
        world: What is taken for granted.
        path: The logical IDs of the nested stacks that lead here; empty for a root.
        files: The file of each stack that leads here, and of this one.
        mappings: As they are written.
        root: The stack that nests this one at the top; itself if none does.
        children: The nested stacks whose template is at hand, by logical ID.
        resources: What will exist, by logical ID.
    """

    def __init__(  # noqa: PLR0913 -- a template and all that decides how it turns out
        self,
        template: Template,
        world: World,
        arguments: Mapping[str, Value],
        load: Callable[[Template, str], Template | None],
        above: tuple[Stack, str] | None = None,
        *,
        beside: str = "",
    ) -> None:
        """Bind a template's parameters.

        Args:
            template: The template.
            world: What is taken for granted.
            arguments: The parameters that are given, resolved by whoever gives them.
            load: Finds a nested stack's template from the `TemplateURL`, or gives None.
            above: The stack that nests this one, and the logical ID that this one has there.
            beside: What a stack is called that is deployed beside the one that is looked at.
        """
        self.template = template
        self.world = world
        self.root: Stack = above[0].root if above else self
        self.path: tuple[str, ...] = (*above[0].path, above[1]) if above else (beside,) if beside else ()
        self.files: tuple[Path, ...] = (*(above[0].files if above else ()), template.file)
        self.body: dict[str, Tree] = template.body
        self._arguments = arguments
        self._conditions: dict[str, Truth] = {}
        self._deciding: set[str] = set()
        self._outputs: dict[str, Value] = {}
        self._exports: dict[str, tuple[Stack, str]] | None = None
        self._is_complete = False
        self.resources: dict[str, Resource] = {}
        if template.has_loops:
            self.body = {**self.body, **self._without_loops()}
        self.mappings: Tree = self.body.get("Mappings") or {}
        self.resources = {
            logical_id: Resource(self, logical_id, body)
            for logical_id, body in (self.body.get("Resources") or {}).items()
            if isinstance(body, dict) and self._exists(body)
        }
        self.children: dict[str, Stack] = {}
        for logical_id, resource in self.resources.items():
            if resource.type == STACK:
                self._nest(logical_id, resource, load)
        self._is_complete = True

    def _without_loops(self) -> dict[str, Tree]:
        self.mappings = self.body.get("Mappings") or {}

        def collection(node: Tree) -> list[Any] | str:
            value = resolve(self, node)
            if isinstance(value, list):
                return value
            return self.unknown(f"item of {self.show(value)}", f"the list {self.show(value)} is not known")

        sections = ("Conditions", "Resources", "Outputs")
        return {name: expand(self.body[name], collection) for name in sections if name in self.body}

    def _exists(self, body: dict[str, Tree]) -> bool:
        condition = body.get("Condition")
        return not isinstance(condition, str) or self.condition(condition) is not False

    def _nest(
        self, logical_id: str, resource: Resource, load: Callable[[Template, str], Template | None]
    ) -> None:
        template = load(self.template, as_text(resource.get("TemplateURL") or ""))
        if template is None and (asset := _asset(resource)):
            template = load(self.template, asset)
        if template is None or template.file in self.files:
            return  # it is not at hand, or nests itself without an end
        given = resource.raw.get("Parameters")
        nodes = given if isinstance(given, dict) else {}
        arguments = _Lazily({name: (self, node) for name, node in nodes.items()})
        self.children[logical_id] = Stack(template, self.world, arguments, load, (self, logical_id))

    def all(self) -> Iterator[Stack]:
        """Give this stack and all that are nested in it."""
        yield self
        for child in self.children.values():
            yield from child.all()

    def unknown(self, name: str, reason: str, choices: tuple[str, ...] = ()) -> str:
        """Give the character for something that the templates do not tell."""
        return self.world.symbols.unknown(name, reason, choices)

    def zone(self, name: str) -> str:
        """Give the character for an Availability Zone that is known by its number only."""
        return self.world.symbols.attribute(Address((), name), "Zone")

    def show(self, value: Value) -> str:
        """Write a value for a person."""
        return self.world.symbols.show(value)

    def equal(self, one: Value, other: Value) -> Truth:
        """Compare two values as a condition does."""
        return self.world.equal(one, other)

    def condition(self, name: str) -> Truth:
        """Say whether a named condition holds; None if it cannot be told, or there is none."""
        if name not in self._conditions:
            if name in self._deciding:
                return None
            self._deciding.add(name)
            self._conditions[name] = truth(self, (self.body.get("Conditions") or {}).get(name))
            self._deciding.discard(name)
        return self._conditions[name]

    @property
    def condition_names(self) -> list[str]:
        """The conditions that the template declares."""
        return list(self.body.get("Conditions") or {})

    def reference(self, name: str) -> Value:
        """Give what `Ref` gives for a parameter, a pseudo parameter or a resource."""
        if name in self.resources:
            resource = self.resources[name]
            return self._foreign(resource, str(resource.address)) if resource.is_foreign else resource.ref
        if name in OWN_TO_A_STACK and self.path:
            full = "/".join((*self.path, name))
            return self.unknown(full, f"{full} is known at the deployment")
        if name.startswith(PSEUDO):
            return self.world.pseudo(name)
        if name in (self.body.get("Parameters") or {}):
            return self.parameter(name)
        return self._missing(name)

    def _missing(self, name: str) -> str:
        written = name in (self.body.get("Resources") or {})
        reason = f"{name} is not created" if written else f"there is no {name} in the template"
        return self.unknown("/".join((*self.path, name)), reason)

    def attribute(self, logical_id: str, name: str) -> Value:
        """Give what `Fn::GetAtt` gives."""
        resource = self.resources.get(logical_id)
        if resource is None:
            return self._missing(f"{logical_id}.{name}") if logical_id else self._missing(name)
        if resource.type == STACK and name.startswith(_OUTPUTS):
            return self._child_output(logical_id, name.removeprefix(_OUTPUTS))
        if resource.is_foreign:
            return self._foreign(resource, f"{resource.address}.{name}")
        return resource.attribute(name)

    def _foreign(self, resource: Resource, name: str) -> str:
        return self.unknown(name, f"{name} is made by a custom resource, {resource.type}")

    def _child_output(self, logical_id: str, name: str) -> Value:
        child = self.children.get(logical_id)
        if child is None:
            full = "/".join((*self.path, f"{logical_id}.{name}"))
            return self.unknown(full, f"{full} is an output of a nested stack whose template is not at hand")
        return child.output(name)

    def output(self, name: str) -> Value:
        """Give the value of an output, as text."""
        if name not in self._outputs:
            full = "/".join((*self.path, name))
            self._outputs[name] = self.unknown(full, f"the output {full} refers to itself")
            declared = (self.body.get("Outputs") or {}).get(name)
            if not isinstance(declared, dict) or not self._exists(declared):
                self._outputs[name] = self.unknown(full, f"there is no output {full}")
            else:
                self._outputs[name] = as_text(resolve(self, declared.get("Value")))
        return self._outputs[name]

    def imported(self, name: Value) -> Value:
        """Give what a stack of this system exports under a name; None if none is known to."""
        return self.root.exported(as_text(name))

    def exported(self, name: str) -> Value:
        """Give what this stack, or one that it nests, exports under a name; None if none is known to."""
        if not self._is_complete:
            return None
        if self._exports is None:
            self._exports = {}  # a name that is itself imported finds what was read before it
            for stack, output, node in self._named():
                self._exports[as_text(resolve(stack, node))] = (stack, output)
        found = self._exports.get(name)
        return found[0].output(found[1]) if found else None

    def _named(self) -> Iterator[tuple[Stack, str, Tree]]:
        """Give the outputs that this stack and those below it export, each with its name as written."""
        for stack in self.all():
            for output, declared in (stack.body.get("Outputs") or {}).items():
                export = declared.get("Export") if isinstance(declared, dict) else None
                if isinstance(export, dict) and "Name" in export:
                    yield stack, output, export["Name"]

    @cached_property
    def _bound(self) -> dict[str, Value]:
        return {}

    def parameter(self, name: str) -> Value:
        """Give the value of a parameter: as given, else its default, else an unknown."""
        if name not in self._bound:
            self._bound[name] = self._bind(name, (self.body.get("Parameters") or {})[name])
        return self._bound[name]

    def _bind(self, name: str, declared: Tree) -> Value:
        declared = declared if isinstance(declared, dict) else {}
        kind = as_text(declared.get("Type", "String"))
        value = self._arguments.get(name)
        if value is None or value is NO_VALUE:
            value = self._presumed(name, declared)
        full = "/".join((*self.path, name))
        if value is None:
            allowed = tuple(as_text(item) for item in as_items(declared.get("AllowedValues")).values)
            chosen = self.world.choices.get(full)
            if isinstance(chosen, str):
                value = chosen
            else:
                return self.unknown(full, f"the parameter {full} has no value", allowed)
        value = resolve(self, value) if isinstance(value, str) else value  # it may be a dynamic reference
        if kind.startswith("AWS::SSM::Parameter::Value"):
            return self.unknown(f"ssm:{self.show(value)}", f"{self.show(value)} is read from Systems Manager")
        return _as_list(value) if kind.startswith("List<") or kind == "CommaDelimitedList" else value

    def _presumed(self, name: str, declared: dict[str, Tree]) -> Value:
        """Give what a parameter is if nobody says: its default, except where a world has something else."""
        chosen = self.world.parameters if not self.path else {}
        return chosen[name] if name in chosen else declared.get("Default")


def _asset(resource: Resource) -> str:
    """Give the file that a generator uploads as a nested stack's template, if it left word of that."""
    metadata = resource.body.get("Metadata")
    if not isinstance(metadata, dict) or metadata.get("aws:asset:property") != "TemplateURL":
        return ""
    return as_text(metadata.get("aws:asset:path") or "")


class _Lazily(dict[str, Any]):
    """Arguments that are resolved when they are asked for: an output may wait for another's."""

    def get(self, key: str, default: Value = None) -> Value:
        if key not in self:
            return default
        stack, node = self[key]
        value = resolve(stack, node)
        return ",".join(as_text(item) for item in value) if isinstance(value, list) else value


def _as_list(value: Value) -> Value:
    """Read a list from the text that hands it over; one that is unknown as a whole stays so."""
    if isinstance(value, list) or is_unknown(value):
        return value
    text = as_text(value)
    return [part.strip() for part in text.split(",")] if text else []
