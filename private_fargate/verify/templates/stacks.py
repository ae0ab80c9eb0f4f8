"""One template as it will be deployed: its parameters bound, its conditions decided, its stacks nested."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from private_fargate.aws.attributes import (
    ARNS,
    DEFAULT_PATH,
    NAME_PROPERTY_OF_ARN,
    NAME_PROPERTY_OF_REF,
    REF,
    SAME_AS_PROPERTY,
    SAME_AS_REF,
    TEXTS,
)
from private_fargate.aws.endpoints import partition_of
from private_fargate.verify.templates.loops import expand
from private_fargate.verify.templates.resolving import NO_VALUE, resolve, truth
from private_fargate.verify.templates.spellings import as_cloudformation_spells
from private_fargate.verify.templates.values import (
    DRAWN,
    Address,
    Items,
    as_bool,
    as_int,
    as_items,
    as_text,
    has_unknown,
    is_unknown,
    same,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from private_fargate.verify.templates.sources import Template, Tree
    from private_fargate.verify.templates.values import Symbols, Truth, Value

STACK: Final = "AWS::CloudFormation::Stack"
PSEUDO: Final = "AWS::"

RANDOM_CHARACTERS: Final = 6
"""How many characters Secrets Manager puts behind a secret's name.

Source: secretsmanager/latest/userguide/whats-in-a-secret.html, "ARN"
"""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_OWN: Final = ("AWS::StackName", "AWS::StackId")  # each nested stack has its own
_NEVER_EMPTY: Final = (*_OWN, "AWS::Region", "AWS::AccountId")
_OUTPUTS: Final = "Outputs."
_PSEUDO_OF: Final = {
    "partition": "AWS::Partition",
    "region": "AWS::Region",
    "account": "AWS::AccountId",
    "suffix": "AWS::URLSuffix",
}


class World:
    """What is taken for granted while a system is looked at once.

    Attributes:
        symbols: The characters that stand for what only a deployment tells.
        region: The region of the deployment, or None if nobody said.
        exhaustive: Whether the worlds that are looked at are all there are.
        partition: Its partition: that of the region, else what the templates say, else the commercial one.
        choices: What is assumed about values that conditions ask for: an unknown's name to its value, or
            to None for "none of those that the conditions name"; and a comparison to True or False.
    """

    def __init__(
        self,
        symbols: Symbols,
        region: str | None = None,
        choices: Mapping[str, str | bool | None] | None = None,
        partition: str | None = None,
    ) -> None:
        """Take some things for granted."""
        self.symbols = symbols
        self.choices: Mapping[str, str | bool | None] = choices or {}
        self.exhaustive = True
        chosen = self.choices.get("AWS::Region")
        self.region = chosen if isinstance(chosen, str) else region
        self.partition = partition_of(self.region) if self.region else partition or "aws"

    def pseudo(self, name: str) -> Value:
        """Give the value of a pseudo parameter."""
        if name == "AWS::NoValue":
            return NO_VALUE
        if name == "AWS::Region" and self.region:
            return self.region
        if name == "AWS::Partition":
            return self.partition
        if name == "AWS::URLSuffix":
            return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        return self.symbols.unknown(name, f"{name} is known at the deployment")

    def equal(self, one: Value, other: Value) -> Truth:
        """Compare two values as a condition does, under what is assumed."""
        plain = same(one, other)
        if plain is not None:
            return plain
        if self._is_some_name(one, other) or self._is_some_name(other, one):
            return False
        for unknown, literal in ((one, other), (other, one)):
            if is_unknown(unknown) and not has_unknown(literal):
                name = str(self.symbols.meaning(unknown))
                if name in self.choices:
                    chosen = self.choices[name]
                    return False if chosen is None else same(chosen, literal)
        assumed = self.choices.get(self.comparison(one, other))
        return assumed if isinstance(assumed, bool) else None

    def _is_some_name(self, value: Value, other: Value) -> bool:
        """Say whether a value is one that every deployment has, and the other is nothing."""
        name = str(self.symbols.meaning(value)) if is_unknown(value) else ""
        return other == "" and name.rpartition("/")[2] in _NEVER_EMPTY

    def comparison(self, one: Value, other: Value) -> str:
        """Name a comparison, so that it is the same wherever it is written."""
        return " = ".join(sorted((self.symbols.show(one), self.symbols.show(other))))


class Resource:
    """A resource that will exist, its properties resolved when they are asked for.

    Attributes:
        address: Where it stands.
        type: As `AWS::EC2::VPC`.
        stack: The stack that it is part of.
        body: What the template says, unresolved.
    """

    def __init__(self, stack: Stack, logical_id: str, body: dict[str, Tree]) -> None:
        """Take a resource from its template."""
        self.stack = stack
        self.address = Address(stack.path, logical_id)
        self.type: str = as_text(body.get("Type", ""))
        self.body = body
        self._resolved: dict[str, Value] = {}
        self._resolving: set[str] = set()

    def __repr__(self) -> str:
        """Name it."""
        return f"<{self.type} {self.address}>"

    @property
    def logical_id(self) -> str:
        """Its name within its template."""
        return self.address.logical_id

    @property
    def is_foreign(self) -> bool:
        """Whether somebody's own code makes it, so that what it gives can be anything."""
        return self.type == "AWS::CloudFormation::CustomResource" or not self.type.startswith("AWS::")

    @cached_property
    def raw(self) -> dict[str, Tree]:
        """Its properties as they are written, `Fn::If` around all of them decided."""
        properties = self.body.get("Properties") or {}
        if isinstance(properties, dict) and set(properties) == {"Fn::If"}:
            properties = resolve(self.stack, properties)
        if self.type == "AWS::ECS::TaskDefinition":
            properties = as_cloudformation_spells(properties)
        return properties if isinstance(properties, dict) else {}

    def get(self, name: str, *path: str) -> Value:
        """Give a property, or what is below it; None if it is not there."""
        value = self._property(name)
        for key in path:
            if is_unknown(value):
                return value
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _property(self, name: str) -> Value:
        if name in self._resolved:
            return self._resolved[name]
        if name not in self.raw:
            return None
        if name in self._resolving:
            return self.stack.unknown(f"{self.address}.{name}", f"{self.address}.{name} refers to itself")
        self._resolving.add(name)
        value = resolve(self.stack, self.raw[name])
        self._resolving.discard(name)
        self._resolved[name] = None if value is NO_VALUE else value
        return self._resolved[name]

    @cached_property
    def properties(self) -> dict[str, Value]:
        """All properties, resolved."""
        values = {name: self.get(name) for name in self.raw}
        return {name: value for name, value in values.items() if value is not None}

    def flag(self, *path: str, default: bool = False) -> Truth:
        """Give a property that is true or false; None if it is not known."""
        return as_bool(self.get(*path), default=default)

    def number(self, *path: str) -> int | None:
        """Give a property that is a whole number; None if it is not there, or not known."""
        return as_int(self.get(*path))

    def text(self, *path: str) -> str | None:
        """Give a property as text, with the symbols in it; None if it is not there."""
        value = self.get(*path)
        return None if value is None or isinstance(value, list | dict) else as_text(value)

    def items(self, *path: str) -> Items:
        """Give a property that is a list, as far as it is known."""
        return as_items(self.get(*path))

    @cached_property
    def ref(self) -> Value:
        """What `Ref` gives: the value that tells this resource from all others."""
        return self.attribute(REF)

    def attribute(self, name: str) -> Value:
        """Give what `Fn::GetAtt`, or `Ref`, gives; one value for all the spellings of one thing."""
        if name in SAME_AS_REF.get(self.type, ()):
            name = REF
        template = ARNS.get((self.type, name)) or TEXTS.get((self.type, name))
        if template:
            return self._filled(template)
        written = SAME_AS_PROPERTY.get((self.type, name)) or (
            NAME_PROPERTY_OF_REF.get(self.type) if name == REF else None
        )
        value = self.get(written) if written else None
        if value is not None:
            return value if isinstance(value, list) else as_text(value)
        return self.symbol(name)

    def symbol(self, name: str) -> str:
        """Give the character for something that only the deployment tells."""
        return self.stack.world.symbols.attribute(self.address, name)

    def _filled(self, template: str) -> str:
        """Fill an ARN's template, with a symbol for each part that the deployment makes."""

        def part(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in _PSEUDO_OF:
                return self.stack.world.pseudo(_PSEUDO_OF[name])
            if name == "path":
                return as_text(self.get("Path") or DEFAULT_PATH)
            if name == "random":
                return DRAWN * RANDOM_CHARACTERS
            named = self.get(NAME_PROPERTY_OF_ARN.get(self.type, "")) if name == "name" else None
            return as_text(named) if named is not None else self.symbol(REF)

        return _PLACEHOLDER.sub(part, template)

    @cached_property
    def depends_on(self) -> tuple[str, ...]:
        """The logical IDs that `DependsOn` names."""
        named = self.body.get("DependsOn") or []
        return tuple(as_text(name) for name in named) if isinstance(named, list) else (as_text(named),)

    def line(self, *keys: str | int) -> int:
        """Give the line of something in it, such as `("Properties", "SubnetIds")`."""
        return self.stack.template.line(("Resources", self.logical_id, *keys))


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

    def __init__(
        self,
        template: Template,
        world: World,
        arguments: Mapping[str, Value],
        load: Callable[[Template, str], Template | None],
        above: tuple[Stack, str] | None = None,
    ) -> None:
        """Bind a template's parameters.

        Args:
            template: The template.
            world: What is taken for granted.
            arguments: The parameters that are given, resolved by whoever gives them.
            load: Finds a nested stack's template from the `TemplateURL`, or gives None.
            above: The stack that nests this one, and the logical ID that this one has there.
        """
        self.template = template
        self.world = world
        self.root: Stack = above[0].root if above else self
        self.path: tuple[str, ...] = (*above[0].path, above[1]) if above else ()
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
        if name in _OWN and self.path:
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
            value = declared.get("Default")
        full = "/".join((*self.path, name))
        if value is None:
            allowed = tuple(as_text(item) for item in declared.get("AllowedValues") or ())
            chosen = self.world.choices.get(full)
            if isinstance(chosen, str):
                value = chosen
            else:
                return self.unknown(full, f"the parameter {full} has no value", allowed)
        value = resolve(self, value) if isinstance(value, str) else value  # it may be a dynamic reference
        if kind.startswith("AWS::SSM::Parameter::Value"):
            return self.unknown(f"ssm:{self.show(value)}", f"{self.show(value)} is read from Systems Manager")
        return _as_list(value) if kind.startswith("List<") or kind == "CommaDelimitedList" else value


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
