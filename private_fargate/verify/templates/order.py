"""What is complete before what is begun, inside a template and across nested stacks.

CloudFormation waits for a resource because of a `Ref`, an `Fn::GetAtt` or a `DependsOn`, and for nothing
else.  A nested stack is begun when all that its parent hands to it is there, and what waits for a nested
stack waits for all of it.

A set of resources is one large number, a bit for each: the closure of thousands takes milliseconds.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from private_fargate.verify.templates.resolving import resolve
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.stacks import Stack
    from private_fargate.verify.templates.symbols import Address
    from private_fargate.verify.templates.systems import System

_PLACEHOLDER: Final = re.compile(r"\$\{([^!}.][^}.]*)")


class Order:
    """The order in which the resources of a system come about."""

    def __init__(self, system: System) -> None:
        """Number the resources of a system."""
        self.system = system
        self._number = {resource.address: index for index, resource in enumerate(system.resources)}
        self._begun: dict[Address, int] = {}
        self._at_work: set[Address] = set()

    def before(self, resource: Resource) -> frozenset[Address]:
        """Give all resources that are complete before one is begun."""
        bits = self._before(resource)
        return frozenset(other.address for index, other in enumerate(self._all) if bits >> index & 1)

    def is_before(self, first: Resource, second: Resource) -> bool:
        """Say whether one resource is complete before another is begun."""
        return bool(self._before(second) >> self._number[first.address] & 1)

    @cached_property
    def _all(self) -> tuple[Resource, ...]:
        return self.system.resources

    def _before(self, resource: Resource) -> int:
        """Give the numbers of all that is complete before a resource is begun.

        The way down is kept in a list, for a chain of waiting can be longer than Python's calls go deep.
        """
        way = [] if resource.address in self._begun else [self._entered(resource)]
        while way:
            current, direct, parent, left = way[-1]
            for other in left:
                # What is on the way already closes a circle, which CloudFormation refuses.
                if other.address not in self._begun and other.address not in self._at_work:
                    way.append(self._entered(other))
                    break
            else:
                bits = self._begun.get(parent.address, 0) if parent else 0
                for other in direct:
                    bits |= self._complete(other)
                self._begun[current.address] = bits
                self._at_work.discard(current.address)
                way.pop()
        return self._begun[resource.address]

    def _entered(
        self, resource: Resource
    ) -> tuple[Resource, list[Resource], Resource | None, Iterator[Resource]]:
        """Begin with a resource: give what it waits for by itself, what nests it, and both to go through."""
        self._at_work.add(resource.address)
        direct, parent = self.direct(resource), self._parent(resource.stack)
        return resource, direct, parent, iter([*direct, *([parent] if parent else [])])

    def _complete(self, resource: Resource) -> int:
        """Give the numbers of all that is complete once a resource is, itself and what it nests included."""
        bits = 1 << self._number[resource.address] | self._begun.get(resource.address, 0)
        return bits | self._inside(resource)

    def _inside(self, resource: Resource) -> int:
        child = resource.stack.children.get(resource.logical_id)
        if child is None:
            return 0
        bits = 0
        for stack in child.all():
            for inner in stack.resources.values():
                bits |= 1 << self._number[inner.address]
        return bits

    def _parent(self, stack: Stack) -> Resource | None:
        """Give the resource that nests a stack."""
        return self.system.parents.get(stack.path)

    def direct(self, resource: Resource) -> list[Resource]:
        """Give what a resource waits for by itself, in its own template."""
        own = resource.stack.resources
        # Metadata counts too: it is how a template waits for what a condition may leave out.
        written = [resource.raw, resource.body.get("Metadata")]
        names = [*resource.depends_on, *references(resource.stack, written)]
        return [own[name] for name in dict.fromkeys(names) if name in own and name != resource.logical_id]


def references(stack: Stack, node: Tree) -> Iterator[str]:
    """Give the logical IDs that an expression refers to, in the branches that conditions choose."""
    if isinstance(node, list):
        for item in node:
            yield from references(stack, item)
    elif isinstance(node, dict):
        match node:
            case {"Ref": name} | {"Fn::GetAtt": [name, *_]}:
                yield as_text(resolve(stack, name))  # the language extensions put functions there
            case {"Fn::GetAtt": str() as path}:
                yield path.partition(".")[0]
            case {"Fn::Sub": str() as text}:
                yield from _in_text(text)
            case {"Fn::Sub": [str() as text, dict() as variables]}:
                yield from (name for name in _in_text(text) if name not in variables)
                yield from references(stack, variables)
            case {"Fn::If": [str() as condition, yes, no]}:
                yield from _chosen(stack, condition, yes, no)
            case _:
                for value in node.values():
                    yield from references(stack, value)


def _in_text(text: str) -> Iterator[str]:
    yield from (match.strip() for match in _PLACEHOLDER.findall(text))


def _chosen(stack: Stack, condition: str, yes: Tree, no: Tree) -> Iterator[str]:
    holds = stack.condition(condition)
    if holds is not False:
        yield from references(stack, yes)
    if holds is not True:
        yield from references(stack, no)
