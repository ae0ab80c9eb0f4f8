"""Plans as JSON: what a program reads, and what is kept to be deployed later."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Final, cast

from pydantic import TypeAdapter, ValidationError

from private_fargate.errors import UserError
from private_fargate.plan.model import Plan

FORMAT: Final = 1
"""Of the document; it grows when a field changes its meaning or goes."""

_REMEDY: Final = "make the plan again and save it with `plan --save FILE`"
_NOTHING: Final = object()


class PlanFileError(UserError):
    """A file that is no plan of ours, or one of another time."""


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as values that JSON has; amounts of money are texts, so that they stay exact.

    `read_plan` gives the same plan back.
    """
    document = json.loads(json.dumps({"format": FORMAT, **asdict(plan)}, default=str))
    return cast("dict[str, Any]", document)


def read_plan(text: str, name: str) -> Plan:
    """Return the plan that a document holds, if it is one to the letter.

    Args:
        text: JSON.
        name: of the file, for messages.

    Raises:
        PlanFileError: it is none; the message names the file, the place in it, what is there and the remedy.
    """
    document = _object(text, name)
    if document.get("format") != FORMAT:
        found = "it is missing" if "format" not in document else f"{_short(document['format'])} is not known"
        raise _error(name, "format", f"{found}; this version reads {FORMAT}")
    content = {key: value for key, value in document.items() if key != "format"}
    try:
        plan = _adapter().validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _error(name, place, f"{_short(first['input'])}: {first['msg']}") from error
    # Whatever pydantic filled in or passed over differs when the plan is written down again.
    place, found = _difference(document, plan_document(plan))
    if place is not None:
        raise _error(name, place, found)
    return plan


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        message = f"{name}: this is no JSON ({error}); {_REMEDY}"
        raise PlanFileError(message) from error
    except RecursionError as error:
        message = f"{name}: this is nested too deep for a plan; {_REMEDY}"
        raise PlanFileError(message) from error
    if not isinstance(document, dict):
        message = f"{name}: this is no plan but {_short(document)}; {_REMEDY}"
        raise PlanFileError(message)
    return cast("dict[str, Any]", document)


def _difference(read: Any, written: Any, place: str = "") -> tuple[str | None, str]:  # noqa: ANN401 -- JSON
    """Return the first place at which two documents differ and what is wrong there; None if they do not."""
    if isinstance(read, dict) and isinstance(written, dict):
        one, other = cast("dict[str, Any]", read), cast("dict[str, Any]", written)
        pairs = {key: (one.get(key, _NOTHING), other.get(key, _NOTHING)) for key in [*one, *other]}
    elif isinstance(read, list) and isinstance(written, list):
        items = zip(cast("list[Any]", read), cast("list[Any]", written), strict=True)
        pairs = {str(index): both for index, both in enumerate(items)}
    elif read is _NOTHING:
        return place, "it is missing"
    elif written is _NOTHING:
        return place, "a plan has no such field"
    else:
        found = _short(cast("object", read))
        return (None, "") if read == written else (place, f"{found} is not as a plan has it")
    for key, (left, right) in pairs.items():
        found = _difference(left, right, f"{place}.{key}".lstrip("."))
        if found[0] is not None:
            return found
    return None, ""


def _error(name: str, place: str, what: str) -> PlanFileError:
    return PlanFileError(f"{name}: {place}: {what}; {_REMEDY}")


def _short(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    most = 60
    return text if len(text) <= most else f"{text[: most - 1]}…"
