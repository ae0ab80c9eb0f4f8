"""What an expression of a template stands for before anybody deploys it, and how such values compare.

A resolved value is plain Python: text, numbers, lists and dictionaries, with symbols for what is not known.

Truth has three values here: True, False, and None for what cannot be told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.templates.symbols import (
    AN_UNKNOWN,
    FIRST_OF_UNKNOWNS,
    Value,
    has_unknown,
    is_unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Truth: TypeAlias = bool | None
"""Whether something holds; None if the templates do not tell."""

RANK: Final = {False: 0, None: 1, True: 2}
"""How well something holds, from the worst: what is best or worst of many is found by it."""


def as_text(value: Value) -> str:
    """Give a scalar as CloudFormation hands it on: `true`, not `True`.

    >>> as_text(True), as_text(80), as_text("x")
    ('true', '80', 'x')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def as_bool(value: Value, *, default: bool = False) -> Truth:
    """Read a flag, which may be written as text; None if it is not known.

    >>> as_bool("true"), as_bool(None), as_bool(None, default=True)
    (True, False, True)
    """
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    text = as_text(value).lower()
    return None if has_unknown(text) else text == "true"


def as_int(value: Value) -> int | None:
    """Read a whole number, which may be written as text; None if it is not one, or not known.

    >>> as_int("443"), as_int(443.0), as_int("x"), as_int(True)
    (443, 443, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Items:
    """A list as far as it is known.

    Attributes:
        values: Its items that are known to be there.
        unknown: What stands in for the rest, if the list is not known as a whole.
    """

    values: tuple[Value, ...]
    unknown: str | None = None

    @property
    def complete(self) -> bool:
        """Whether these are all."""
        return self.unknown is None


NOTHING: Final = Items(())
"""The empty list."""


def as_items(value: Value) -> Items:
    """Read a list, which may be one unknown, or a single item that stands for itself.

    >>> as_items(["a", "b"]).values, as_items(None).values, as_items("a").values
    (('a', 'b'), (), ('a',))
    """
    if value is None or value == "":
        return NOTHING
    if is_unknown(value):
        return Items((), value)
    if isinstance(value, list):
        return Items(tuple(value))
    return Items((value,))


def same(one: Value, other: Value) -> Truth:
    """Say whether two values are the same once deployed.

    Attributes of different resources differ from each other and from any text that is written down.

    >>> same("a", "a"), same("a", "b"), same(443, "443")
    (True, False, True)
    """
    if isinstance(one, list | dict) or isinstance(other, list | dict):
        return True if one == other else None if has_unknown(one) or has_unknown(other) else False
    left, right = as_text(one), as_text(other)
    if left == right:
        return True
    if not (AN_UNKNOWN.search(left) or AN_UNKNOWN.search(right)):
        return False
    return None if _could_be(left, right, wildcards=False) else False


@lru_cache(maxsize=65536)
def matches(pattern: str, text: str) -> Truth:
    """Say whether a pattern with `*` and `?`, as IAM has it, covers a text.

    >>> matches("arn:aws:s3:::*", "arn:aws:s3:::bucket"), matches("a?c", "abd")
    (True, False)
    """
    if pattern in ("*", text) or _compiled(pattern).fullmatch(text):
        return True
    if not (AN_UNKNOWN.search(pattern) or AN_UNKNOWN.search(text)):
        return False
    return None if _could_be(pattern, text, wildcards=True) else False


@lru_cache(maxsize=16384)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = ("[\\s\\S]*" if c == "*" else "[\\s\\S]" if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts))


def _could_be(pattern: str, text: str, *, wildcards: bool) -> bool:
    """Say whether unknowns on either side could be such that the pattern covers the text.

    `row` holds, for the pattern read so far, which lengths of the text it can have covered.  Both sides'
    unknowns can be anything, also nothing; so can `*`.
    """
    # What both begin and end with is left out first: mostly that decides it.
    for _ in ("beginning", "end"):
        alike = _alike(pattern, text, wildcards=wildcards)
        if alike is None:
            return False
        pattern, text = pattern[alike:][::-1], text[alike:][::-1]
    row = [True, *_reach_of_nothing(text)]
    for mark in pattern:
        anything = mark >= FIRST_OF_UNKNOWNS or (wildcards and mark == "*")
        nxt = [row[0] and anything]
        for index, character in enumerate(text):
            free = character >= FIRST_OF_UNKNOWNS
            if anything:
                fits = nxt[index] or row[index + 1]
            else:
                same_mark = mark == character or (wildcards and mark == "?")
                fits = row[index] and (same_mark or free)
            # An unknown in the text can cover this mark too, or nothing at all.
            nxt.append(fits or (free and (nxt[index] or row[index + 1])))
        row = nxt
    return row[-1]


def _alike(pattern: str, text: str, *, wildcards: bool) -> int | None:
    """Count the characters with which both begin; None if they begin with different ones."""
    length = 0
    for mark, character in zip(pattern, text, strict=False):
        if max(mark, character) >= FIRST_OF_UNKNOWNS or (wildcards and mark in "*?"):
            break
        if mark != character:
            return None
        length += 1
    return length


def _reach_of_nothing(text: str) -> Iterable[bool]:
    """Say for each length of the text whether it can be empty: only if it is all unknown."""
    possible = True
    for character in text:
        possible = possible and character >= FIRST_OF_UNKNOWNS
        yield possible


def all_of(truths: Iterable[Truth]) -> Truth:
    """Say whether all hold: False if any does not, None if any cannot be told.

    >>> all_of([True, None]), all_of([None, False]), all_of([])
    (None, False, True)
    """
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """Say whether any holds: True if one does, None if one may.

    >>> any_of([False, None]), any_of([None, True]), any_of([])
    (None, True, False)
    """
    result: Truth = False
    for truth in truths:
        if truth:
            return True
        if truth is None:
            result = None
    return result


def negation(truth: Truth) -> Truth:
    """Say whether something does not hold."""
    return None if truth is None else not truth


def one_of(value: Value, options: Sequence[str]) -> Truth:
    """Say whether a value is one of some texts."""
    return any_of(same(value, option) for option in options)
