"""What changes in one resource: each place once, down to where a person reads it.

Values are compared as they will be deployed, not as they are written: a default that is spelled out is no
change, and a parameter with another value is one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from private_fargate.aws.create_only import CREATE_ONLY, replacement
from private_fargate.plan.model import KNOWN_LATER, PropertyChange
from private_fargate.plan.references import names_in
from private_fargate.verify.templates.translation import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.plan.model import Certainty
    from private_fargate.verify.templates.differences import Comparison, Replacement
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value

_ATTRIBUTES: Final = (
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "UpdatePolicy",
    "UpdateReplacePolicy",
)

_NAMED: Final = frozenset({"Key", "Name", "Value", "ValueFrom"})
# An item with nothing else, such as a tag or a variable, is read as a whole: its value alone has no name.

_Difference: TypeAlias = tuple[tuple[str, ...], Any, Any]  # where, and the values on both sides
_Part: TypeAlias = tuple[str, Any, Any]  # the same one level down


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A resource on both sides.

    Attributes:
        comparison: Of the two systems.
        was: What is deployed.
        becomes: What would be.
    """

    comparison: Comparison
    was: Resource
    becomes: Resource

    @property
    def replacement(self) -> Replacement | None:
        """What the update makes anew at this place; None if it keeps what is there."""
        return self.comparison.replaced.get(self.becomes.address)


def property_changes(subject: Subject) -> tuple[PropertyChange, ...]:
    """Return what changes in a resource, in the order of the paths."""
    was, becomes = subject.was, subject.becomes
    if was.type != becomes.type:
        return (PropertyChange(path="Type", before=was.type, after=becomes.type, replaces="yes"),)
    changes = [*_attributes(subject)]
    for name in sorted({*was.raw, *becomes.raw}):
        changes += [*_changes(subject, name)] or _opaque(subject, name)
    return tuple(changes)


def _opaque(subject: Subject, name: str) -> list[PropertyChange]:
    """Return the change of a property that a macro of AWS's makes: what is written for it is all we see."""
    before, after = subject.was.raw.get(name), subject.becomes.raw.get(name)
    if before == after or "Fn::Transform" not in f"{before}{after}":
        return []
    kind = replacement(subject.becomes.type, name)
    return [
        PropertyChange(
            path=f"Properties/{name}",
            before=_written(before),
            after=_written(after),
            replaces="no" if kind == "never" else "perhaps",
        )
    ]


def _attributes(subject: Subject) -> Iterator[PropertyChange]:
    for name in _ATTRIBUTES:
        before, after = subject.was.body.get(name), subject.becomes.body.get(name)
        if before != after:
            yield PropertyChange(path=name, before=_written(before), after=_written(after))


def _changes(subject: Subject, name: str) -> Iterator[PropertyChange]:
    """Yield what changes in one property."""
    comparison = subject.comparison
    before = comparison.translation.translated(subject.was.get(name))
    after = plain(subject.becomes.get(name))
    for path, one, other in _differences(comparison, (name,), before, after):
        later = comparison.may_be_replaced(other)
        yield PropertyChange(
            path="/".join(("Properties", *path)),
            before=_shown(subject, one),
            after=KNOWN_LATER if later else _shown(subject, other),
            replaces=_replaces(subject, path, other),
            cause=_replaced_in(subject, other) if later else _parameter(subject, name),
        )


def _differences(
    comparison: Comparison, path: tuple[str, ...], one: Value, other: Value
) -> Iterator[_Difference]:
    """Yield where two values differ, or will because something that they name is replaced."""
    if one == other and not comparison.may_be_replaced(other):
        return
    parts = _parts(one, other)
    if parts is None:
        yield path, one, other
    for key, left, right in parts or ():
        yield from _differences(comparison, (*path, key), left, right)


def told_apart(path: str, before: str, after: str) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield where two values differ that are told as JSON: the path there, and both as they are written.

    >>> list(told_apart("Properties/Parameters", '{"Count":1,"Name":"a"}', '{"Count":2,"Name":"a"}'))
    [('Properties/Parameters/Count', '1', '2')]
    """

    def differences(path: str, one: Value, other: Value) -> Iterator[tuple[str, str | None, str | None]]:
        if one == other:
            return
        parts = _parts(one, other)
        if parts is None:
            yield path, _written(one), _written(other)
        for key, left, right in parts or ():
            yield from differences(f"{path}/{key}", left, right)

    try:
        yield from differences(path, json.loads(before), json.loads(after))
    except ValueError:  # text
        yield path, before, after


def _parts(one: Value, other: Value) -> list[_Part] | None:
    """Return what two values consist of, part by part; None if a person reads them as a whole."""
    if isinstance(one, dict) and isinstance(other, dict):
        left, right = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
        keys = sorted({*left, *right})
        return None if _NAMED.issuperset(keys) else [(key, left.get(key), right.get(key)) for key in keys]
    olds, news = _records(one), _records(other)
    return [*_aligned(olds, news)] if olds and news else None


def _records(value: Value) -> list[dict[str, Any]]:
    """Return the items of a list of objects; none if the value is anything else."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return items if all(isinstance(item, dict) for item in items) else []


def _aligned(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> Iterator[_Part]:
    """Yield the items of two lists with their number: alike ones together if the lists differ in length."""
    if len(one) == len(other):
        yield from ((str(index), *both) for index, both in enumerate(zip(one, other, strict=True)))
        return
    left = dict(enumerate(one))
    for index, item in enumerate(other):
        twin = next((number for number, old in left.items() if _label(old) == _label(item)), None)
        yield str(index), None if twin is None else left.pop(twin), item
    yield from ((str(number), old, None) for number, old in left.items())


def _label(item: dict[str, Any]) -> Any:  # noqa: ANN401 -- a name of any sort, or the item itself
    return next((item[key] for key in ("Name", "Key", "Sid", "Id") if key in item), item)


def _replaces(subject: Subject, path: tuple[str, ...], value: Value) -> Certainty:
    """Say whether a change at a path replaces the resource; of a type that nobody knows it cannot be told."""
    if subject.becomes.type not in CREATE_ONLY:
        return "perhaps"
    found = subject.replacement
    if found is None:
        return "no"
    here = "/".join(path)
    if any(f"{here}/".startswith(f"{p}/") or p.startswith(f"{here}/") for p in found.properties):
        return "yes" if found.certain else "perhaps"
    if replacement(subject.becomes.type, here) != "always":
        return "no"
    # Not what replaces it first, but it would by itself: a subnet's VPC beside its CIDR block.
    causes = [
        address for address in subject.comparison.named_in(value) if address in subject.comparison.replaced
    ]
    return "yes" if any(map(subject.comparison.is_replaced, causes)) else "perhaps"


def _replaced_in(subject: Subject, value: Value) -> str:
    """Return the replaced resource that a value names."""
    names = subject.comparison.named_in(value)
    return next((str(address) for address in names if address in subject.comparison.replaced), "")


def _parameter(subject: Subject, name: str) -> str:
    """Return the parameter that makes a property change which is written as before; empty if none does."""
    was, becomes = subject.was, subject.becomes
    written = becomes.raw.get(name)
    if was.raw.get(name) != written:
        return ""
    declared = [n for n in sorted(names_in(written)) if n in (becomes.stack.body.get("Parameters") or {})]
    changed = subject.comparison.translation.changed
    return next(
        (n for n in declared if changed(was.stack.parameter(n), becomes.stack.parameter(n)) is not False), ""
    )


def _shown(subject: Subject, value: Value) -> str | None:
    """Return a value as text, or as compact JSON; what only the deployment tells by its name."""
    return _written(_readable(subject, value))


def _readable(subject: Subject, value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _readable(subject, item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_readable(subject, item) for item in cast("list[Any]", value)]
    return subject.becomes.stack.show(value) if isinstance(value, str) else value


def _written(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
