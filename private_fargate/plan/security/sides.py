"""What is deployed beside what would be, as plain values in one set of symbols, world by world.

A value is resolved, its scalars are text, and the same symbol means the same thing on both sides.  What only
gets another logical ID is found by its content, and what refers to it is read as referring to the new one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from private_fargate.plan.pairs import NEW, OLD, loader_of
from private_fargate.plan.trees import STACK
from private_fargate.verify.templates.symbols import Address, Attribute, Symbols, has_symbol
from private_fargate.verify.templates.systems import systems
from private_fargate.verify.templates.translation import Translation, plain, texts
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.plan.trees import StackTemplate
    from private_fargate.verify.templates.places import Place
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System

Value: TypeAlias = Any
"""Text, or a list or dictionary of such; None for what is not there."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A resource on one side.

    Attributes:
        address: Where it stands.
        type: As `AWS::IAM::Role`.
        properties: Resolved; scalars are text.
        names: The values that refer to it: its `Ref`, its ARN.
        body: What the template says, unresolved.
    """

    address: Address
    type: str
    properties: Mapping[str, Value]
    names: frozenset[str]
    body: Mapping[str, Any]

    def get(self, *path: str) -> Value:
        """Return a property, or what is below it; None if it is not there."""
        value: Value = self.properties
        for key in path:
            value = cast("dict[str, Value]", value).get(key) if isinstance(value, dict) else None
        return value

    def texts(self, *path: str) -> tuple[str, ...]:
        """Return a property that is a list of texts, or one text."""
        value = self.get(*path)
        items = cast("list[Value]", value) if isinstance(value, list) else [] if value is None else [value]
        return tuple(item for item in items if isinstance(item, str))

    def items(self, *path: str) -> tuple[Value, ...]:
        """Return a property that is a list of anything."""
        value = self.get(*path)
        return tuple(cast("list[Value]", value)) if isinstance(value, list) else ()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A resource before and after; one of them is None if it is added or removed."""

    before: Item | None
    after: Item | None

    @property
    def item(self) -> Item:
        """What is there afterwards, else what was."""
        found = self.after or self.before
        assert found is not None, "a pair has a side"  # noqa: S101 -- by construction, and for the type checker
        return found

    @property
    def is_renamed(self) -> bool:
        """Whether it only stands somewhere else."""
        return bool(self.before and self.after and self.before.address != self.after.address)


@dataclass(frozen=True, kw_only=True)
class Sides:
    """One world.

    Attributes:
        before: What is deployed, by address.
        after: What would be.
        pairs: What belongs together, in order of address.
        symbols: What the characters stand for that are not known before the deployment.
    """

    before: Mapping[Address, Item]
    after: Mapping[Address, Item]
    pairs: tuple[Pair, ...]
    symbols: Symbols
    _by_name: dict[tuple[bool, str], Item] = field(default_factory=dict[tuple[bool, str], "Item"])

    def __post_init__(self) -> None:
        """Index what can be referred to."""
        for is_after, side in ((False, self.before), (True, self.after)):
            for item in side.values():
                for name in item.names:
                    self._by_name.setdefault((is_after, name), item)

    def find(self, name: str, *, after: bool) -> Item | None:
        """Return what a value refers to on one side; None if it is not in the templates."""
        return self._by_name.get((after, name))

    def items(self, *, after: bool) -> tuple[Item, ...]:
        """Return what there is on one side."""
        return tuple((self.after if after else self.before).values())

    def of(self, *types: str) -> Iterator[Pair]:
        """Yield the pairs of some types, `AWS::` left out."""
        wanted = {f"AWS::{name}" for name in types}
        return (pair for pair in self.pairs if pair.item.type in wanted)

    def show(self, value: Value) -> str:
        """Write a value for a person: text as it is, anything else as compact JSON."""
        if isinstance(value, str):
            return self.symbols.show(value)
        return json.dumps(self._readable(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def _readable(self, value: Value) -> Value:
        if isinstance(value, dict):
            return {key: self._readable(item) for key, item in cast("dict[str, Value]", value).items()}
        if isinstance(value, list | tuple):
            return [self._readable(item) for item in cast("list[Value]", value)]
        return self.symbols.show(value) if isinstance(value, str) else value


def worlds_of(old: StackTemplate | None, new: StackTemplate | None, place: Place) -> Iterator[Sides]:
    """Yield every world, each new one with every old one that it does not contradict.

    Raises:
        TemplateError: one of the templates is none.
    """
    loader = loader_of(old, new)
    before = systems(OLD, {}, place, loader) if old else []
    now = systems(NEW, {}, place, loader) if new else []
    for system in now or [None]:
        like = [one for one in before if system is None or _agree(one, system)]
        # What contradicts everything is compared with everything: better one line too many.
        for one in like or before or [None]:
            yield _sides(one, system)


def _agree(before: System, now: System) -> bool:
    assumed = now.assumptions
    return all(assumed.get(name, value) == value for name, value in before.assumptions.items())


def _sides(old: System | None, new: System | None) -> Sides:
    symbols = new.world.symbols if new else Symbols()
    after = {item.address: item for item in map(_item_of_new, _resources(new))}
    translation = Translation(old.world.symbols, symbols) if old else None
    before = {
        item.address: item
        for item in (_item(resource, translation) for resource in _resources(old) if translation)
    }
    renamed: dict[Address, Address] = {}
    while found := _renamed(before, after, renamed):
        renamed |= found
        before = {address: _moved(item, renamed, symbols) for address, item in before.items()}
    return Sides(before=before, after=after, pairs=_pairs(before, after, renamed), symbols=symbols)


def _resources(system: System | None) -> Iterator[Resource]:
    for resource in system.resources if system else ():
        if resource.type != STACK:
            yield resource


def _item_of_new(resource: Resource) -> Item:
    return _item(resource, None)


def _item(resource: Resource, translation: Translation | None) -> Item:
    read = translation.translated if translation else plain
    names = (read(value) for value in (resource.ref, resource.attribute("Arn")) if isinstance(value, str))
    properties = cast("dict[str, Value]", read(resource.properties))
    for name, written in resource.raw.items():
        if "Fn::Transform" in str(written):
            properties[name] = f"what a macro makes of {json.dumps(written, sort_keys=True, default=str)}"
    return Item(
        address=resource.address,
        type=resource.type,
        properties=properties,
        names=frozenset(as_text(name) for name in names),
        body=resource.body,
    )


def _renamed(
    before: Mapping[Address, Item], after: Mapping[Address, Item], known: Mapping[Address, Address]
) -> dict[Address, Address]:
    """Return old address -> new address of what vanishes here and appears there with the same properties."""
    taken = set(known.values())
    appeared: dict[str, list[Address]] = {}
    for address, item in after.items():
        if _at(before, address, item.type) is None and address not in taken:
            appeared.setdefault(_content(item), []).append(address)
    found: dict[Address, Address] = {}
    for address, item in before.items():
        if _at(after, address, item.type) is None and address not in known:
            there = appeared.get(_content(item))
            if there:
                found[address] = there.pop(0)
    return found


def _at(side: Mapping[Address, Item], address: Address, kind: str) -> Item | None:
    item = side.get(address)
    return item if item is not None and item.type == kind else None


def _content(item: Item) -> str:
    return f"{item.type} {json.dumps(item.properties, sort_keys=True, default=str)}"


def _moved(item: Item, renamed: Mapping[Address, Address], symbols: Symbols) -> Item:
    """Return a resource of the old side that refers to what is renamed by its new name."""
    used = {c for text in (*texts(item.properties), *item.names) for c in text if has_symbol(c)}
    table: dict[int, str] = {}
    for character in used:
        meaning = symbols.meaning(character)
        if isinstance(meaning, Attribute) and meaning.resource in renamed:
            table[ord(character)] = symbols.attribute(renamed[meaning.resource], meaning.name)
    if not table:
        return item
    return Item(
        address=item.address,
        type=item.type,
        properties=_replaced(item.properties, table),
        names=frozenset(name.translate(table) for name in item.names),
        body=item.body,
    )


def _replaced(value: Value, table: Mapping[int, str]) -> Value:
    if isinstance(value, dict):
        return {key: _replaced(item, table) for key, item in cast("dict[str, Value]", value).items()}
    if isinstance(value, list):
        return [_replaced(item, table) for item in cast("list[Value]", value)]
    return value.translate(table) if isinstance(value, str) else value


def _pairs(
    before: Mapping[Address, Item], after: Mapping[Address, Item], renamed: Mapping[Address, Address]
) -> tuple[Pair, ...]:
    pairs: list[Pair] = []
    taken = set(renamed.values())
    for address, item in before.items():
        twin = _at(after, renamed.get(address, address), item.type)
        pairs.append(Pair(before=item, after=twin))
    for address, item in after.items():
        if address not in taken and _at(before, address, item.type) is None:
            pairs.append(Pair(before=None, after=item))
    return tuple(sorted(pairs, key=lambda pair: str(pair.item.address)))
