"""What only a deployment can tell, as single characters that stand in texts and lists for it.

A *symbol* is one character from the private planes of Unicode, so that a text which is known in part is
text all the same: it is joined, split, compared and matched like any other.

There are two sorts.  An *attribute* is something that CloudFormation makes, such as the id of a security
group: nobody knows it, but it equals itself and nothing else.  An *unknown* is something that somebody else
decides, such as a parameter without a value: it may equal anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Value: TypeAlias = Any
"""A resolved value: str, int, float, bool, list or dict of such.  JSON has no narrower type."""

DRAWN: Final = "\ue000"
"""One character that AWS draws by lot, as at the end of a secret's ARN: no literal is meant for it, and `?`
covers it, for it is one and not many."""

_FIRST_ATTRIBUTE: Final = 0xF0000

_FIRST_UNKNOWN: Final = 0x100000

FIRST_OF_UNKNOWNS: Final = chr(_FIRST_UNKNOWN)

AN_UNKNOWN: Final = re.compile("[\U00100000-\U0010fffd]")

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
        found = dict.fromkeys(AN_UNKNOWN.findall(_text_of(value)))
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
    return bool(AN_UNKNOWN.search(_text_of(value)))


def has_symbol(value: Value) -> bool:
    """Say whether any part of a value is known only after the deployment."""
    return bool(_SYMBOL.search(_text_of(value)))


def is_unknown(value: Value) -> bool:
    """Say whether a value is one unknown and nothing else."""
    return isinstance(value, str) and len(value) == 1 and bool(AN_UNKNOWN.match(value))
