"""What an expression of a template stands for before anybody deploys it.

A resolved value is plain Python: text, numbers, lists and dictionaries.  What only a deployment can tell
is a *symbol*, one character from the private planes of Unicode, so that a text which is known in part is
text all the same: it is joined, split, compared and matched like any other.

There are two sorts of symbols.  An *attribute* is something that CloudFormation makes, such as the id of
a security group: nobody knows it, but it equals itself and nothing else.  An *unknown* is something that
somebody else decides, such as a parameter without a value: it may equal anything.

Truth has three values here: True, False, and None for what cannot be told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Truth: TypeAlias = bool | None
"""Whether something holds; None if the templates do not tell."""

Value: TypeAlias = Any
"""A resolved value: str, int, float, bool, list or dict of such.  JSON has no narrower type."""

DRAWN: Final = "\ue000"
"""One character that AWS draws by lot, as at the end of a secret's ARN: no literal is meant for it, and `?`
covers it, for it is one and not many."""

_FIRST_ATTRIBUTE: Final = 0xF0000
_FIRST_UNKNOWN: Final = 0x100000
_UNKNOWNS: Final = chr(_FIRST_UNKNOWN)
_UNKNOWN: Final = re.compile("[\U00100000-\U0010fffd]")
_SYMBOL: Final = re.compile("[\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_WORD: Final = re.compile(rf"(?<![^\s(\[]){_SYMBOL.pattern}(?=$|[\s)\]]|[,;:.](?:\s|$))")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a resource stands: the nested stacks that lead to it, and its logical ID.

    >>> str(Address(("Network",), "Vpc")), str(Address((), "Vpc"))
    ('Network/Vpc', 'Vpc')
    """

    stack: tuple[str, ...]
    logical_id: str

    def __str__(self) -> str:
        """Give the logical IDs on the way, from the root down."""
        return "/".join((*self.stack, self.logical_id))


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that a resource has once it is deployed; `Ref` is the name of its reference."""

    resource: Address
    name: str

    def __str__(self) -> str:
        """Say it as a template would."""
        return str(self.resource) if self.name in ("Ref", "Zone") else f"{self.resource}.{self.name}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that the templates do not say.

    Attributes:
        name: What tells it from other unknowns; the same name means the same value.
        reason: Why it is not known, for a person: "parameter VpcId has no value".
        choices: The values it can have, if the template says so.
    """

    name: str
    reason: str
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in the words of the template."""
        return self.name


class Symbols:
    """The symbols of one system of templates: each meaning has one character."""

    def __init__(self) -> None:
        """Begin with none."""
        self._characters: dict[Attribute | Unknown, str] = {}
        self._attributes: list[Attribute] = []
        self._unknowns: list[Unknown] = []

    def attribute(self, resource: Address, name: str = "Ref") -> str:
        """Give the character that stands for an attribute of a resource."""
        meaning = Attribute(resource, name)
        if meaning not in self._characters:
            self._characters[meaning] = chr(_FIRST_ATTRIBUTE + len(self._attributes))
            self._attributes.append(meaning)
        return self._characters[meaning]

    def unknown(self, name: str, reason: str, choices: tuple[str, ...] = ()) -> str:
        """Give the character that stands for something that is not known."""
        meaning = Unknown(name, reason, choices)
        if meaning not in self._characters:
            self._characters[meaning] = chr(_FIRST_UNKNOWN + len(self._unknowns))
            self._unknowns.append(meaning)
        return self._characters[meaning]

    def meaning(self, character: str) -> Attribute | Unknown:
        """Give what a character stands for."""
        code = ord(character)
        if code >= _FIRST_UNKNOWN:
            return self._unknowns[code - _FIRST_UNKNOWN]
        return self._attributes[code - _FIRST_ATTRIBUTE]

    def unknowns_in(self, value: Value) -> list[Unknown]:
        """Give the unknowns that a value depends on, each once, in order."""
        found = dict.fromkeys(_UNKNOWN.findall(_text_of(value)))
        return [meaning for character in found if isinstance(meaning := self.meaning(character), Unknown)]

    def attribute_in(self, value: Value) -> Attribute | None:
        """Give the attribute that a value is, if it is nothing else."""
        if isinstance(value, str) and len(value) == 1 and _SYMBOL.match(value):
            meaning = self.meaning(value)
            return meaning if isinstance(meaning, Attribute) else None
        return None

    def show(self, value: Value) -> str:
        """Write a value for a person: a symbol by its name, and as `${…}` within a longer word.

        >>> symbols = Symbols()
        >>> symbols.show("arn:aws:iam::" + symbols.unknown("AWS::AccountId", "") + ":role/x")
        'arn:aws:iam::${AWS::AccountId}:role/x'
        >>> symbols.show("no way from " + symbols.attribute(Address(("Network",), "Subnet1")))
        'no way from Network/Subnet1'
        """
        text = _text_of(value)
        if text.isascii():
            return text
        text = _WORD.sub(lambda match: str(self.meaning(match.group())), text)
        shown = _SYMBOL.sub(lambda match: f"${{{self.meaning(match.group())}}}", text)
        return shown.replace(DRAWN, "?")


def _text_of(value: Value) -> str:
    return value if isinstance(value, str) else repr(value) if _is_plain(value) else _joined(value)


def _is_plain(value: Value) -> bool:
    return not isinstance(value, list | dict | tuple)


def _joined(value: Value) -> str:
    """Write a list or a dictionary so that symbols in it stay the characters that they are."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text_of(item) for item in value) + "]"
    return str(value)


def has_unknown(value: Value) -> bool:
    """Say whether any part of a value is unknown; an attribute is not."""
    return bool(_UNKNOWN.search(_text_of(value)))


def has_symbol(value: Value) -> bool:
    """Say whether any part of a value is known only after the deployment."""
    return bool(_SYMBOL.search(_text_of(value)))


def is_unknown(value: Value) -> bool:
    """Say whether a value is one unknown and nothing else."""
    return isinstance(value, str) and len(value) == 1 and bool(_UNKNOWN.match(value))


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
    if not (_UNKNOWN.search(left) or _UNKNOWN.search(right)):
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
    if not (_UNKNOWN.search(pattern) or _UNKNOWN.search(text)):
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
        anything = mark >= _UNKNOWNS or (wildcards and mark == "*")
        nxt = [row[0] and anything]
        for index, character in enumerate(text):
            free = character >= _UNKNOWNS
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
        if max(mark, character) >= _UNKNOWNS or (wildcards and mark in "*?"):
            break
        if mark != character:
            return None
        length += 1
    return length


def _reach_of_nothing(text: str) -> Iterable[bool]:
    """Say for each length of the text whether it can be empty: only if it is all unknown."""
    possible = True
    for character in text:
        possible = possible and character >= _UNKNOWNS
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
