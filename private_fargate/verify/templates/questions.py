"""What the conditions of templates ask for that nobody has said, with the answers that make a difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.templates.resolving import UNDECIDED, resolve
from private_fargate.verify.templates.symbols import has_unknown, is_unknown
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.stacks import Stack
    from private_fargate.verify.templates.symbols import Symbols, Value

Choice: TypeAlias = str | bool | None
"""A value; None for something else than what is asked for; or whether a comparison holds."""

_NOTE: Final = "AWS::CDK::Metadata"
"""The type of what the CDK says of itself, in the regions where it may."""


@dataclass(frozen=True, slots=True)
class Question:
    """What conditions ask for.

    Attributes:
        name: The unknown, or the comparison, that decides.
        answers: Those that make a difference, each once.
        texts: The texts that the unknown is compared with; none if two unknown values are compared.
        about: The names of what is not known in it.
    """

    name: str
    answers: tuple[Choice, ...]
    texts: tuple[str, ...]
    about: frozenset[str]


def questions(systems: Sequence[Stack], symbols: Symbols) -> dict[str, Question]:
    """Find what the undecided conditions of some worlds ask for, by name."""
    asked: dict[str, list[str]] = {}
    allowed: dict[str, tuple[str, ...]] = {}
    free: dict[str, Question] = {}
    for stack, one, other in _open_comparisons(systems, symbols):
        found = _question(one, other)
        if found is None:
            name = stack.world.comparison(one, other)
            about = frozenset(unknown.name for unknown in symbols.unknowns_in((one, other)))
            free[name] = Question(name, (True, False), (), about)
            continue
        meaning = symbols.meaning(found[0])
        asked.setdefault(str(meaning), []).append(found[1])
        allowed[str(meaning)] = getattr(meaning, "choices", ())
    known = {
        name: Question(name, _answers(texts, allowed[name]), tuple(dict.fromkeys(texts)), frozenset({name}))
        for name, texts in asked.items()
    }
    return known | free


def _open_comparisons(systems: Sequence[Stack], symbols: Symbols) -> Iterator[tuple[Stack, Value, Value]]:
    """Give the comparisons on which conditions wait that matter, with the stack that makes them."""
    for stack in (stack for system in systems for stack in system.all()):
        idle = _idle(stack)
        for name in stack.condition_names:
            if name in idle or stack.condition(name) is not None:
                continue
            for one, other in _comparisons(stack, stack.body["Conditions"][name]):
                if stack.equal(one, other) is None and not _waits(symbols, one, other):
                    yield stack, one, other


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


def _answers(texts: list[str], allowed: tuple[str, ...]) -> tuple[Choice, ...]:
    """Give each text that makes a difference, and once something else, if there can be such."""
    named = list(dict.fromkeys(texts))
    if not allowed:
        return (*named, None)
    others = [value for value in allowed if value not in named]
    return (*(value for value in named if value in allowed), *others[:1]) or (None,)
