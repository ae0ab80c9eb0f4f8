"""Values of a root's parameters, as a command line gives them: `KEY=VALUE`, or a file of the AWS CLI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from private_fargate.verify.templates.sources import plain_yaml
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from private_fargate.verify.templates.sources import Template, Tree


class ArgumentError(Exception):
    """A parameter that cannot be read, or that no template has; the message says what to write."""


def read(given: Iterable[str]) -> dict[str, str]:
    """Read the parameters that are given.

    Args:
        given: `KEY=VALUE`, or the path of a file: `{Key: value}`, `{Parameters: {Key: value}}`, or a list of
            `{ParameterKey: …, ParameterValue: …}` or of `KEY=VALUE`, in JSON or YAML.

    Raises:
        ArgumentError: If one is neither.

    >>> read(["VpcCidr=10.0.0.0/16", "Zones=a,b"])
    {'VpcCidr': '10.0.0.0/16', 'Zones': 'a,b'}
    """
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if equals and key.isalnum():
            found[key] = value
        else:
            found |= _from_file(Path(text.removeprefix("file://")))
    return found


def _from_file(path: Path) -> dict[str, str]:
    try:
        content = plain_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"--parameters {path}: it is neither KEY=VALUE nor a readable file ({error.strerror})"
        raise ArgumentError(message) from error
    except ValueError as error:
        raise ArgumentError(f"--parameters {path}: {error}") from error
    found = _parameters(content)
    if found is None:
        raise ArgumentError(
            f"--parameters {path}: it holds no parameters; write {{Name: value}}, or a list of "
            "{ParameterKey: …, ParameterValue: …}"
        )
    return found


def _parameters(content: Tree) -> dict[str, str] | None:
    """Read the content of a file; None if there are no parameters in it."""
    match content:
        case {"Parameters": dict() as values}:
            return _texts(values)
        case dict():
            return _texts(content)
        case [*entries] if all(isinstance(entry, dict) and "ParameterKey" in entry for entry in entries):
            return {entry["ParameterKey"]: as_text(entry.get("ParameterValue", "")) for entry in entries}
        case [*entries] if all(isinstance(entry, str) and "=" in entry for entry in entries):
            return {entry.partition("=")[0]: entry.partition("=")[2] for entry in entries}
        case _:
            return None


def _texts(values: dict[str, Tree]) -> dict[str, str]:
    """Write values as CloudFormation takes them: a list is joined by commas."""
    return {
        key: ",".join(map(as_text, value)) if isinstance(value, list) else as_text(value)
        for key, value in values.items()
    }


def expect_known(values: dict[str, str], templates: Sequence[Template]) -> None:
    """Refuse a parameter that no template has: it is most likely misspelled.

    Raises:
        ArgumentError: If there is one.
    """
    known = {name for template in templates for name in template.body.get("Parameters") or {}}
    for name in values:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise ArgumentError(f"--parameters {name}: no template has such a parameter; there are {listed}")
