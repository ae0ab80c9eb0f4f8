"""A resource of a template: its properties, resolved when they are asked for, and what refers to it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

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
from private_fargate.verify.templates.resolving import NO_VALUE, resolve
from private_fargate.verify.templates.spellings import as_cloudformation_spells
from private_fargate.verify.templates.symbols import DRAWN, Address, is_unknown
from private_fargate.verify.templates.values import Items, as_bool, as_int, as_items, as_text

if TYPE_CHECKING:
    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.stacks import Stack
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

RANDOM_CHARACTERS: Final = 6
"""How many characters Secrets Manager puts behind a secret's name.

Source: secretsmanager/latest/userguide/whats-in-a-secret.html, "ARN"
"""

_NAMED_AFTER_STACKS: Final = ("AWS::Logs::LogGroup",)
"""What gets a name that begins with that of its stack, and so of the root, if the template gives it none.

Source: AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
"""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")

_PSEUDO_OF: Final = {
    "partition": "AWS::Partition",
    "region": "AWS::Region",
    "account": "AWS::AccountId",
    "suffix": "AWS::URLSuffix",
}


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
        """Give the character for something that only the deployment tells, behind what is known of it."""
        world = self.stack.world
        known = world.place.stack if name == REF and self.type in _NAMED_AFTER_STACKS else ""
        return known + world.symbols.attribute(self.address, name)

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
