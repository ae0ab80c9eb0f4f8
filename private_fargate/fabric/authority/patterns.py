"""Texts of a policy with wildcards and variables, and what they match.

A variable takes a value of the request, which is meant literally.  One that has none, or several, makes the
text match nothing.
Source: IAM/latest/UserGuide/reference_policies_variables.html.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Values: TypeAlias = "Mapping[str, tuple[str, ...]]"
"""What is known of a request, by condition keys in small letters."""

_TOKEN = re.compile(r"\$\{(?P<inside>[^{}]*)\}|(?P<wild>[*?])|(?P<plain>[^$*?]+|\$)", re.DOTALL)
_VARIABLE = re.compile(r"\s*(?P<key>[^,]+?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?\Z", re.DOTALL)
_ESCAPED: Final = frozenset("*?$")
_ARN_COLONS: Final = 5


class Piece(NamedTuple):
    """A part of a text: a wildcard, or characters that stand for themselves."""

    text: str
    is_wild: bool


def pieces(text: str, values: Values | None) -> tuple[Piece, ...] | None:
    """Return a text with its variables replaced; None if one of them has no value.

    Args:
        text: of a policy.
        values: for the variables; None if the version of the policy knows none, and they are plain text.
    """
    found: list[Piece] = []
    for match in _TOKEN.finditer(text):
        if match["inside"] is None:
            found.append(Piece(match[0], match["wild"] is not None))
            continue
        if values is None:
            # Before 2012 this is a text like any other, in which a star is a star still.
            found += [Piece(each, each in {"*", "?"}) for each in match[0]]
            continue
        value = _value(match["inside"], values)
        if value is None:
            return None
        found.append(Piece(value, is_wild=False))
    return tuple(found)


def exact(text: str, values: Values | None) -> str | None:
    """Return the text for operators that know no wildcards; None if a variable has no value."""
    found = pieces(text, values)
    return None if found is None else "".join(piece.text for piece in found)


def matches(text: str, candidate: str, values: Values | None) -> bool | None:
    """Say whether a text with wildcards fits another one as a whole; None if a variable has no value.

    >>> matches("arn:aws:s3:::store/*", "arn:aws:s3:::store/a/b", {})
    True
    """
    found = pieces(text, values)
    return None if found is None else _compiled(_whole(found)).fullmatch(candidate) is not None


def arn_matches(text: str, candidate: str, values: Values | None) -> bool | None:
    """Say whether an ARN fits, part by part; None if the text has no value, or is no ARN.

    >>> arn_matches("arn:aws:sns:*:111122223333:a", "arn:aws:sns:x:999999999999:b:111122223333:a", {})
    False
    """
    found = pieces(text, values)
    if found is None or sum(piece.text.count(":") for piece in found) < _ARN_COLONS:
        return None
    return _compiled(_by_parts(found)).fullmatch(candidate) is not None


def resource_matches(text: str, candidate: str, values: Values | None) -> bool | None:
    """Say whether an element `Resource` means a resource; None if a variable has no value.

    The missing parts of a short ARN are wildcards, and variables are known in its last part alone.
    Source: IAM/latest/UserGuide/reference_policies_elements_resource.html and, beside it,
    reference_policies_variables.html.
    """
    if text == "*":
        return True
    parts = text.split(":", _ARN_COLONS)
    if values is not None and any("${" in part for part in parts[:_ARN_COLONS]):
        return None
    whole = ":".join([*parts, *["*"] * (_ARN_COLONS + 1 - len(parts))])
    return matches(whole, candidate, values)


def _value(inside: str, values: Values) -> str | None:
    if inside in _ESCAPED:
        return inside
    match = _VARIABLE.match(inside)
    if match is None:
        return None
    known = values.get(match["key"].lower(), ())
    return known[0] if len(known) == 1 else None if known else match["default"]


def _whole(found: Sequence[Piece]) -> str:
    return "".join((".*" if text == "*" else ".") if wild else re.escape(text) for text, wild in found)


def _by_parts(found: Sequence[Piece]) -> str:
    """Return an expression in which a wildcard crosses no colon before the last part of an ARN."""

    def expressions() -> Iterator[str]:
        colons = 0
        for text, wild in found:
            if wild:
                one = "." if colons >= _ARN_COLONS else "[^:]"
                yield f"{one}*" if text == "*" else one
            else:
                colons += text.count(":")
                yield re.escape(text)

    return "".join(expressions())


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)
