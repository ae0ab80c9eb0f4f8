"""From the spelling of a template to the spelling of an API, guided by the API's own model.

CloudFormation writes `EFSVolumeConfiguration` and `"512"` where the ECS API has `efsVolumeConfiguration` and
512. The model, which comes with botocore, says which names and types there are, and what is a map whose keys
are data.
"""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
from botocore.validate import ParamValidator


@functools.lru_cache
def input_shape(service: str, operation: str) -> Any:  # noqa: ANN401 -- botocore has no types
    """Return the model of what an operation takes."""
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


def to_api(value: Any, shape: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return a property in the spelling and with the types of a shape; what that lacks is in camelCase.

    Args:
        value: of a template, all functions resolved.
        shape: of botocore's model; None if the model does not know the name.
    """
    kind = getattr(shape, "type_name", None)
    if isinstance(value, list):
        return [to_api(each, shape.member if kind == "list" else None) for each in value]
    if isinstance(value, dict):
        if kind == "map":
            return {key: to_api(each, shape.value) for key, each in value.items()}
        members = dict(getattr(shape, "members", {}))
        names = {name.lower(): name for name in members}
        renamed = {key: names.get(key.lower(), key[:1].lower() + key[1:]) for key in value}
        return {renamed[key]: to_api(each, members.get(renamed[key])) for key, each in value.items()}
    return _typed(value, kind)


def _typed(value: Any, kind: str | None) -> Any:  # noqa: ANN401 -- any JSON scalar
    if kind in {"integer", "long"} and isinstance(value, str):
        return int(value)
    if kind == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if kind == "string" and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def validate(arguments: dict[str, Any], shape: Any) -> None:  # noqa: ANN401 -- botocore has no types
    """Refuse what the API's model does not know.

    Raises:
        ValueError: names, types or required members are wrong; the text says which.
    """
    report = ParamValidator().validate(arguments, shape)
    if report.has_errors():
        raise ValueError(f"Invalid request provided: {report.generate_report()}")
