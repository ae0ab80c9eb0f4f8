"""Requests and answers of CloudFormation's API: a form with dotted names, read by botocore's own model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.model import NoShapeFoundError, ServiceModel
from botocore.validate import ParamValidator
from ministack.services.cloudformation import helpers

from private_fargate.local.server.answers import to_xml

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

Record = dict[str, Any]

PAGE = 100  # at most, and where a request says nothing

# Members that came after the botocore of the embedded AWS, each with a shape like its own.
_NEWER = {
    "CreateStackSetInput": {
        "ExecutionRoleTemplateBody": "TemplateBody",
        "ExecutionRoleTemplateUrl": "TemplateURL",
        "StackSetOutputBucket": "StackSetName",
    },
    "UpdateStackSetInput": {
        "ExecutionRoleTemplateBody": "TemplateBody",
        "ExecutionRoleTemplateUrl": "TemplateURL",
        "StackSetOutputBucket": "StackSetName",
        "UseAdminExecutionRole": "AutoDeploymentNullable",
    },
}


@dataclass
class RefusalError(Exception):
    """What AWS answers in the place of doing it."""

    code: str
    message: str

    def answer(self) -> tuple[int, Any, bytes]:
        """Return the answer to the request."""
        try:
            status = _model().shape_for(self.code).metadata["error"]["httpStatusCode"]
        except NoShapeFoundError:
            status = 400
        return helpers._error(self.code, self.message, status)


def invalid(message: str) -> RefusalError:
    """Return the refusal of a request that makes no sense."""
    return RefusalError("ValidationError", message)


@cache
def _model() -> ServiceModel:
    raw = (
        botocore.session.get_session()
        .get_component("data_loader")
        .load_service_model("cloudformation", "service-2")
    )
    for name, members in _NEWER.items():
        for member, shape in members.items():
            raw["shapes"][name]["members"].setdefault(member, {"shape": shape})
    return ServiceModel(raw, "cloudformation")


def operation(name: str) -> OperationModel:
    """Return the model of an operation."""
    return _model().operation_model(name)


def read(name: str, form: Record) -> Record:
    """Return the parameters of a request.

    Raises:
        RefusalError: something required is missing, has a wrong type, or is none of the allowed values.
    """
    shape = operation(name).input_shape
    flat = {key: value[0] if isinstance(value, list) else value for key, value in form.items()}
    parameters = _value(shape, flat, "")
    problems = [*_enum_problems(shape, parameters), *_pattern_problems(shape, parameters)]
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise invalid(report.generate_report())
    if problems:
        raise invalid(helpers.validation_error_message(problems))
    return parameters


def _value(shape: Shape, flat: dict[str, str], path: str) -> Any:
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            where = f"{path}.{name}" if path else name
            if _mentions(flat, where):
                found[name] = _value(member, flat, where)
        return found
    if shape.type_name == "list":
        numbers = sorted(
            {int(match[1]) for key in flat if (match := re.match(rf"{re.escape(path)}\.member\.(\d+)", key))}
        )
        return [_value(shape.member, flat, f"{path}.member.{number}") for number in numbers]
    text = flat.get(path, "")
    if shape.type_name == "boolean":
        return text.lower() == "true"
    if shape.type_name in {"integer", "long"}:
        return int(text)
    return text


def _mentions(flat: dict[str, str], path: str) -> bool:
    return any(key == path or key.startswith(f"{path}.") for key in flat)


def _enum_problems(shape: Shape, value: Any) -> list[str]:
    """Return what is wrong with values out of a fixed set, which botocore's own check does not look at."""
    if shape.type_name == "structure":
        pairs = [(shape.members[name], each) for name, each in value.items()]
    elif shape.type_name == "list":
        pairs = [(shape.member, each) for each in value]
    else:
        allowed = getattr(shape, "enum", None)
        if not allowed or value in allowed:
            return []
        name = shape.name[0].lower() + shape.name[1:]
        wanted = f"enum value set: [{', '.join(allowed)}]"
        return [f"Value '{value}' at '{name}' failed to satisfy constraint: Member must satisfy {wanted}"]
    return [problem for each in pairs for problem in _enum_problems(*each)]


def _pattern_problems(shape: Shape, parameters: Record) -> list[str]:
    found = []
    for name, value in parameters.items():
        pattern = shape.members[name].metadata.get("pattern")
        if pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
            wire = name[0].lower() + name[1:]
            found.append(
                f"Value '{value}' at '{wire}' failed to satisfy constraint: Member must satisfy regular "
                f"expression pattern: {pattern}"
            )
    return found


def answer(name: str, result: Record) -> tuple[int, Any, bytes]:
    """Return the answer to a request, with the result as botocore reads it."""
    body = to_xml({key: value for key, value in result.items() if value is not None})
    return helpers._xml(200, f"{name}Response", f"<{name}Result>{body}</{name}Result>")


def page(items: list[Record], parameters: Record, key: str) -> Record:
    """Return the part of a list that a request asks for, and where the next part begins."""
    size = parameters.get("MaxResults", PAGE)
    if not 1 <= size <= PAGE:
        wanted = f"less than or equal to {PAGE}" if size > PAGE else "greater than or equal to 1"
        raise invalid(
            f"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: "
            f"Member must have value {wanted}"
        )
    token = parameters.get("NextToken", f"{key}:0")
    where, _, start = token.partition(":")
    if where != key or not start.isdigit():
        raise invalid("Invalid NextToken")
    end = int(start) + size
    following = {"NextToken": f"{key}:{end}"} if end < len(items) else {}
    return {key: items[int(start) : end], **following}
