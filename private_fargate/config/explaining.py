"""pydantic's errors in the words of the person who has to mend them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from pydantic import BaseModel

from private_fargate.config.checks import EMPTY, MISTAKE, meant
from private_fargate.config.kinds import TAGS
from private_fargate.config.models import Environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from private_fargate.config.documents import KeyPath, Place

_TYPES = {
    "string_type": ("a text", "put it in quotes"),
    "int_type": ("a whole number", "write it with digits only, without quotes"),
    "bool_type": ("true or false", "write one of them, without quotes"),
    "tuple_type": ("a list", "write [ONE, TWO] or a line with - for each"),
    "dict_type": ("a mapping", "write NAME: VALUE lines below it"),
    "model_type": ("a mapping", "write NAME: VALUE lines below it"),
}
_EXAMPLES = {
    "name": "name: demo",
    "services": "services: and a service below it",
    "image": "image: REGISTRY/NAME:TAG, or image: {repository: NAME}",
    "port": "port: 80",
    "repository": "repository: NAME",
    "secretsmanager": "secretsmanager: NAME",
    "command": 'command: [CMD-SHELL, "curl -f http://localhost/"]',
}


@dataclass(frozen=True)
class Explained:
    """An error of one setting.

    Attributes:
        path: of the setting that is wrong.
        prune: of what has to go for the rest to be judged.
        what: what is wrong.
        remedy: what to write instead.
    """

    path: KeyPath
    prune: KeyPath
    what: str
    remedy: str
    is_missing: bool = False  # rather than wrong


def explain(error: ErrorDetails, values: Mapping[str, Any], places: Mapping[KeyPath, Place]) -> Explained:
    """Return what an error of pydantic means.

    Args:
        error: one of `ValidationError.errors()`.
        values: what was validated.
        places: where each setting stands, and how its value is written there.
    """
    path = _settings_path(error["loc"], values)
    context = error.get("ctx", {})
    kind = error["type"]
    if kind == MISTAKE:
        inner = (str(context["setting"]),) if context["setting"] else ()
        return Explained((*path, *inner), path, str(context["what"]), str(context["remedy"]))
    if kind == EMPTY:
        return Explained(path, path, "there is none", "write at least one", is_missing=True)
    if kind == "missing":
        return Explained(
            path, path[:-1], "is required and not there", f"write {_EXAMPLES[path[-1]]}", is_missing=True
        )
    if kind == "extra_forbidden":
        return Explained(path, path, "there is no such setting", meant(path[-1], _known(path[:-1])))
    written = places[path].written if path in places else ""
    value = written if written and isinstance(error["input"], (int, float)) else error["input"]
    return Explained(path, path, *_wrong_value(kind, value, context))


def _wrong_value(kind: str, value: object, context: Mapping[str, Any]) -> tuple[str, str]:
    if value is None:
        return "there is no value", "write one, or remove the line"
    if kind == "literal_error":
        choices = [
            choice.strip("'").replace("False", "false")
            for choice in str(context["expected"]).replace(" or ", ", ").split(", ")
        ]
        return f"{_shown(value)} is none of its values", meant(str(value), choices)
    expected, remedy = _TYPES.get(kind, ("a value of the right kind", "see `build.py schema`"))
    return f"{_shown(value)} is not {expected}", remedy


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple):
        return "a list"
    text = str(value)
    return f"{text[:60]}…" if len(text) > 60 else text or "an empty text"  # noqa: PLR2004


def _settings_path(location: tuple[str | int, ...], values: Mapping[str, Any]) -> KeyPath:
    """Return the location without what pydantic adds of its own: names of ways, and of keys as such."""
    path: list[str] = []
    inside: Any = values
    for part in location:
        key = str(part)
        if key == "[key]" or (key in TAGS and not (isinstance(inside, dict) and key in inside)):
            continue
        path.append(key)
        inside = _step(inside, key)
    return tuple(path)


def _step(inside: Any, key: str) -> Any:  # noqa: ANN401  # whatever YAML can hold
    if isinstance(inside, dict):
        return cast("dict[str, Any]", inside).get(key)
    if isinstance(inside, tuple) and key.isdigit():
        return dict(enumerate(cast("tuple[Any, ...]", inside))).get(int(key))
    return None


def _known(path: KeyPath) -> list[str]:
    """Return the settings that there are below a path, sorted."""
    model: Any = Environment
    for key in path:
        inner = (
            model.model_fields[key].annotation if _is_model(model) and key in model.model_fields else model
        )
        model = next(iter(_models_in(inner)), inner)
    names = list(model.model_fields) if _is_model(model) else []
    return sorted([*names, "extends"] if not path else names)


def _models_in(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401  # any annotation
    if _is_model(annotation):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _is_model(annotation: Any) -> bool:  # noqa: ANN401
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
