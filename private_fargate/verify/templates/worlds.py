"""Which ways a template can turn out, where its conditions ask for something that nobody has said.

A condition that depends on a parameter without a value is explored both ways: each way is a *world*, in
which every condition is decided.  A fault in any of them is a fault; a proof has to hold in all.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.templates.resolving import UNDECIDED, resolve
from private_fargate.verify.templates.symbols import has_unknown, is_unknown
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.stacks import Stack
    from private_fargate.verify.templates.symbols import Symbols, Value

    Choice: TypeAlias = str | bool | None
    Build: TypeAlias = Callable[[dict[str, Choice]], Stack]

_NOTE: Final = "AWS::CDK::Metadata"
"""The type of what the CDK says of itself, in the regions where it may."""

MOST_WORLDS: Final = 32
"""Beyond this many, each choice is varied alone: faults that need two at once would be missed."""


def worlds(build: Build, symbols: Symbols) -> list[Stack]:
    """Give a system once for each way in which its conditions can turn out.

    Args:
        build: Makes the system under given choices.
        symbols: The characters of the system.
    """
    options: dict[str, list[Choice]] = {}
    # What a choice reveals may ask for another: a nested stack's condition on what the first one passes on.
    for _ in range(3):
        found = _open_choices(_some(build, options), symbols)
        fresh = {name: choices for name, choices in found.items() if name not in options}
        if not fresh:
            break
        options |= fresh
    found = [build(choices) for choices in _combinations(options)]
    for stack in found:
        stack.world.exhaustive = _number(options) <= MOST_WORLDS
    return found


def _some(build: Build, options: Mapping[str, list[Choice]]) -> list[Stack]:
    """Give the system for a few choices, in which to look for more."""
    few = itertools.islice(_one_at_a_time(options), min(2 * len(options) + 1, MOST_WORLDS))
    return [build(choices) for choices in few]


def _number(options: Mapping[str, list[Choice]]) -> int:
    return math.prod(len(choices) for choices in options.values())


def _combinations(options: Mapping[str, list[Choice]]) -> Iterator[dict[str, Choice]]:
    if _number(options) > MOST_WORLDS:
        yield from itertools.islice(_one_at_a_time(options), MOST_WORLDS)
        return
    for picked in itertools.product(*options.values()):
        yield dict(zip(options, picked, strict=True))


def _one_at_a_time(options: Mapping[str, list[Choice]]) -> Iterator[dict[str, Choice]]:
    """Give the first choice of everything, then each other choice alone, then the last of everything."""
    first = {name: choices[0] for name, choices in options.items()}
    yield first
    if options:
        yield {name: choices[-1] for name, choices in options.items()}
    for name, choices in options.items():
        for choice in choices[1:]:
            yield {**first, name: choice}


def _open_choices(systems: list[Stack], symbols: Symbols) -> dict[str, list[Choice]]:
    """Find what the undecided conditions ask for, with the answers that make a difference."""
    asked: dict[str, list[str]] = {}
    allowed: dict[str, tuple[str, ...]] = {}
    free: dict[str, list[Choice]] = {}
    for stack in (stack for system in systems for stack in system.all()):
        idle = _idle(stack)
        for name in stack.condition_names:
            if name in idle or stack.condition(name) is not None:
                continue
            for one, other in _comparisons(stack, stack.body["Conditions"][name]):
                if stack.equal(one, other) is not None or _waits(symbols, one, other):
                    continue
                found = _question(one, other)
                if found is None:
                    free[stack.world.comparison(one, other)] = [True, False]
                    continue
                meaning = symbols.meaning(found[0])
                asked.setdefault(str(meaning), []).append(found[1])
                allowed[str(meaning)] = getattr(meaning, "choices", ())
    return {name: _answers(literals, allowed[name]) for name, literals in asked.items()} | free


def _idle(stack: Stack) -> set[str]:
    """Give the conditions on which nothing depends but notes of the CDK, which ask for every region."""
    resources = [body for body in (stack.body.get("Resources") or {}).values() if isinstance(body, dict)]
    notes = [body for body in resources if body.get("Type") == _NOTE]
    if not notes:
        return set()
    others = [body for body in resources if body.get("Type") != _NOTE]
    return _asked_by(stack, notes) - _asked_by(stack, [*others, stack.body.get("Outputs")])


def _asked_by(stack: Stack, nodes: list[Tree]) -> set[str]:
    """Give the conditions that some parts of a template name, with those that these name."""
    conditions = stack.body.get("Conditions") or {}
    found: set[str] = set()
    fresh = set(_named(nodes))
    while fresh:
        found |= fresh
        fresh = {other for name in fresh for other in _named(conditions.get(name))} - found
    return found


def _named(node: Tree) -> Iterator[str]:
    """Give every name in a tree that may be one of a condition."""
    if isinstance(node, dict):
        match node:
            case {"Fn::If": [str(name), *_]} | {"Condition": str(name)}:
                yield name
            case _:
                pass
        for value in node.values():
            yield from _named(value)
    elif isinstance(node, list):
        for item in node:
            yield from _named(item)


def _waits(symbols: Symbols, *values: Value) -> bool:
    """Say whether values are not known only because a condition is not decided yet."""
    return any(unknown.name.startswith(UNDECIDED) for unknown in symbols.unknowns_in(values))


def _comparisons(stack: Stack, node: Tree) -> Iterator[tuple[Value, Value]]:
    """Give both sides of every `Fn::Equals` in a condition, resolved."""
    if isinstance(node, dict):
        match node:
            case {"Fn::Equals": [one, other]}:
                yield resolve(stack, one), resolve(stack, other)
            case _:
                for value in node.values():
                    yield from _comparisons(stack, value)
    elif isinstance(node, list):
        for item in node:
            yield from _comparisons(stack, item)


def _question(one: Value, other: Value) -> tuple[str, str] | None:
    """Give the unknown that is compared, and the text that it is compared with."""
    for unknown, literal in ((one, other), (other, one)):
        if is_unknown(unknown) and not has_unknown(literal):
            return unknown, as_text(literal)
    return None


def _answers(literals: list[str], allowed: tuple[str, ...]) -> list[Choice]:
    """Give each text that makes a difference, and once something else, if there can be such."""
    named = list(dict.fromkeys(literals))
    if not allowed:
        return [*named, None]
    others = [value for value in allowed if value not in named]
    return [*(value for value in named if value in allowed), *others[:1]] or [None]
