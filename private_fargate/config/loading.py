"""From an environment's YAML file to its settings, or to all mistakes in it at once.

A file may extend another.  Mappings are merged, everything else replaces what was there, and null
removes it.  A mistake names the file and the line in which the bad value stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from private_fargate.config.documents import Document, Place, read
from private_fargate.config.errors import ConfigError, Mistake
from private_fargate.config.explaining import explain
from private_fargate.config.models import Environment
from private_fargate.config.rules import broken_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from private_fargate.config.documents import KeyPath

EXTENDS = "extends"
MAX_CHAIN = 5
MAX_ROUNDS = 4  # of taking out what is wrong to judge the rest


def load(path: Path) -> Environment:
    """Return the settings of an environment.

    Raises:
        ConfigError: with every mistake in the file and in those that it extends.
    """
    document = _merged(path)
    environment, mistakes = _validate(path, document)
    if environment is not None:
        mistakes = [*mistakes, *_rule_mistakes(path, document, environment)]
    if environment is None or mistakes:
        raise ConfigError(mistakes)
    return environment


def sources(path: Path) -> tuple[Path, ...]:
    """Return the file and those that it extends, in that order.

    Raises:
        ConfigError: one of them cannot be read, or they extend each other.
    """
    return tuple(file for file, _ in _chain(path))


def _chain(path: Path) -> Iterator[tuple[Path, Document]]:
    seen: list[Path] = []
    file, place = path, Place(str(path), 0)
    while True:
        if file.resolve() in seen:
            raise _extends_mistake(place, f"{file.name} extends itself", "end the circle")
        if len(seen) == MAX_CHAIN:
            raise _extends_mistake(
                place, f"more than {MAX_CHAIN} files extend each other", "merge some of them"
            )
        seen.append(file.resolve())
        document = read(file)
        yield file, document
        if EXTENDS not in document.values:
            return
        place = document.places[EXTENDS,]
        file = _base(path, file, document.values[EXTENDS], place)


def _base(path: Path, file: Path, name: object, place: Place) -> Path:
    if not isinstance(name, str) or not name:
        raise _extends_mistake(place, "there is no name of a file", "write one such as base.yaml")
    base = file.parent / name
    try:
        inside, there = base.resolve().is_relative_to(path.parent.resolve()), base.is_file()
    except (OSError, RuntimeError, ValueError):  # too long, links in a circle, a NUL character
        raise _extends_mistake(place, f"{name[:60]!a} cannot be a file", "name a file beside it") from None
    if not inside:
        raise _extends_mistake(place, f"{name} is outside the folder of the file", "name a file beside it")
    if not there:
        raise _extends_mistake(place, f"there is no file {name}", "name a file beside it")
    return base


def _extends_mistake(place: Place, what: str, remedy: str) -> ConfigError:
    return ConfigError([Mistake(place.file, place.line, EXTENDS, what, remedy)])


def _merged(path: Path) -> Document:
    values: dict[str, Any] = {}
    places: dict[KeyPath, Place] = {}
    for _, document in reversed(list(_chain(path))):
        own = {key: value for key, value in document.values.items() if key != EXTENDS}
        _merge(values, own)
        places |= document.places
    return Document(values=values, places=places)


def _merge(values: dict[str, Any], own: Mapping[str, Any]) -> None:
    """Merge a file's values into those of the file that it extends."""
    for key, value in own.items():
        if value is None and key in values:
            del values[key]
        elif isinstance(value, dict) and isinstance(values.get(key), dict):
            _merge(values[key], cast("dict[str, Any]", value))
        else:
            values[key] = value


def _validate(path: Path, document: Document) -> tuple[Environment | None, list[Mistake]]:
    """Return the settings and the mistakes; where there are any, the settings without the bad ones."""
    values = document.values
    mistakes: list[Mistake] = []
    for _ in range(MAX_ROUNDS):
        try:
            return Environment.model_validate(values), mistakes
        except ValidationError as error:
            found = [explain(details, values, document.places) for details in error.errors(include_url=False)]
            # What is missing after the first round is what was taken out.
            new = [item for item in found if not (mistakes and item.is_missing)]
            mistakes += [_mistake(path, document, item.path, item.what, item.remedy) for item in new]
            values = _without(values, [item.prune for item in found])
            values.setdefault("name", "unnamed")
    return None, mistakes


def _without(values: Mapping[str, Any], paths: list[KeyPath]) -> dict[str, Any]:
    """Return the values without those at the paths, to judge the rest by the rules."""
    inside: dict[str, list[KeyPath]] = {}  # by first key, so that many mistakes cost no more than each
    for path in paths:
        if path:
            inside.setdefault(path[0], []).append(path[1:])
    pruned: dict[str, Any] = {}
    for key, value in values.items():
        below = inside.get(key, [])
        if () in below:
            continue
        nested = below and isinstance(value, dict)
        pruned[key] = _without(cast("dict[str, Any]", value), below) if nested else value
    return pruned


def _rule_mistakes(path: Path, document: Document, environment: Environment) -> Iterator[Mistake]:
    services = document.values.get("services")
    names = frozenset(cast("dict[str, Any]", services)) if isinstance(services, dict) else frozenset[str]()
    for broken in broken_rules(environment, names):
        yield _mistake(path, document, broken.path, broken.what, broken.remedy)


def _mistake(path: Path, document: Document, setting: KeyPath, what: str, remedy: str) -> Mistake:
    """Return a mistake at the nearest place that the files know of a setting."""
    place = Place(str(path), 0)
    for length in range(len(setting), 0, -1):
        if setting[:length] in document.places:
            place = document.places[setting[:length]]
            break
    return Mistake(place.file, place.line, _dotted(setting), what, remedy)


def _dotted(setting: KeyPath) -> str:
    """Return the path as people write it; an entry of a list is named by its list.

    >>> _dotted(("services", "web", "allow_to", "0"))
    'services.web.allow_to'
    """
    return ".".join(part for part in setting if not part.isdigit())
