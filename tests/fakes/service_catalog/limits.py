"""Lengths, ranges, patterns and enumerations of the model, which botocore's validator leaves to AWS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNKNOWN_TO_PYTHON = re.compile(r"\\p\{|\\u\w{4}-\\u")


def violations(value: Any, shape: Any) -> list[str]:
    """Return what is wrong with input, each in a sentence as AWS words it."""
    return list(_violations(value, shape, ""))


def _violations(value: Any, shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, each in value.items():
            yield from _violations(each, shape.members[name], f"{path}.{name[:1].lower()}{name[1:]}")
    elif shape.type_name == "list":
        yield from _sized(len(value), shape, value, path)
        for number, each in enumerate(value, 1):
            yield from _violations(each, shape.member, f"{path}.{number}.member")
    elif shape.type_name == "map":
        yield from _sized(len(value), shape, value, path)
    elif shape.type_name == "string":
        yield from _sized(len(value), shape, value, path)
        yield from _spelled(value, shape, path)
    elif shape.type_name in {"integer", "long"}:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and value < least:
            yield _sentence(value, path, f"Member must have value greater than or equal to {least}")
        if most is not None and value > most:
            yield _sentence(value, path, f"Member must have value less than or equal to {most}")


def _sized(length: int, shape: Any, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and length < least:
        yield _sentence(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and length > most:
        yield _sentence(value, path, f"Member must have length less than or equal to {most}")


def _spelled(value: str, shape: Any, path: str) -> Iterator[str]:
    pattern = shape.metadata.get("pattern")
    if pattern and not _UNKNOWN_TO_PYTHON.search(pattern) and not re.fullmatch(pattern, value):
        yield _sentence(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    if shape.enum and value not in shape.enum:
        yield _sentence(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")


def _sentence(value: Any, path: str, what: str) -> str:
    return f"Value '{value}' at '{path.lstrip('.')}' failed to satisfy constraint: {what}"
