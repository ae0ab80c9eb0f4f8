"""Whether a value of the deployed templates is still the same in the new ones.

Two systems have symbols of their own.  A value of the deployed templates is put into the symbols of the new
ones first: an attribute of the same resource, or an unknown of the same name, is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.verify.templates.symbols import Attribute, has_symbol, has_unknown
from private_fargate.verify.templates.values import as_text, negation, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.symbols import Symbols, Value
    from private_fargate.verify.templates.values import Truth


class Translation:
    """From the symbols of one system to those of another."""

    def __init__(self, before: Symbols, now: Symbols) -> None:
        """Take the symbols of both."""
        self._before = before
        self._now = now

    def changed(self, old: Value, new: Value) -> Truth:
        """Say whether a value of the deployed templates differs from one of the new ones."""
        was, will = self.translated(old), plain(new)
        if was == will:
            return False
        if _is_empty(was) or _is_empty(will):
            unsure = _is_empty(was) and _is_empty(will)
            return None if unsure or has_unknown(was) or has_unknown(will) else True
        one, other = self._zone(was), self._zone(will)
        if one or other:
            return True if one and other and one[0] != other[0] and one[1] == other[1] else None
        if has_symbol(was) != has_symbol(will):
            return None  # what is written down may be the very id that the other stands for
        return negation(same(was, will))

    def _zone(self, value: Value) -> tuple[str, str] | None:
        """Give the number and the region of a zone that is known by these only."""
        meaning = self._now.attribute_in(value)
        if meaning is None or meaning.name != "Zone":
            return None
        number, _, region = meaning.resource.logical_id.partition(" of ")
        return number, region

    def translated(self, value: Value) -> Value:
        """Put a value of the deployed templates into the symbols of the new ones, its scalars as text."""
        if isinstance(value, dict):
            return {key: self.translated(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.translated(item) for item in value]
        if value is None:
            return None
        text = as_text(value)
        return "".join(self._character(c) for c in text) if has_symbol(text) else text

    def _character(self, character: str) -> str:
        if not has_symbol(character):
            return character
        meaning = self._before.meaning(character)
        if isinstance(meaning, Attribute):
            return self._now.attribute(meaning.resource, meaning.name)
        return self._now.unknown(meaning.name, meaning.reason, meaning.choices)


def plain(value: Value) -> Value:
    """Write the scalars of a value as text, as CloudFormation does not tell 80 from "80"."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return None if value is None else as_text(value)


def texts(value: Value) -> Iterator[str]:
    """Give every text in a value."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def _is_empty(value: Value) -> bool:
    return value in (None, "", [], {})
