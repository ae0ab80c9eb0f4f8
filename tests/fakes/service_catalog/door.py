"""The API over HTTP: JSON 1.1, checked against the service model, in pages, and once for each token."""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import traceback
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.validate import ParamValidator

from tests.fakes.service_catalog import (
    browsing,
    constraints,
    inside,
    launching,
    plans,
    portfolios,
    products,
    shares,
    state,
    tag_options,
    told,
)
from tests.fakes.service_catalog.call import Call
from tests.fakes.service_catalog.limits import violations
from tests.fakes.service_catalog.refusals import (
    InvalidError,
    InvalidParametersError,
    NotFakedError,
    RefusalError,
)

if TYPE_CHECKING:
    from tests.fakes.service_catalog.state import Json

TARGET = "AWS242ServiceCatalogService."
PAGE = 20  # what AWS gives where no size is named

OPERATIONS = {
    **portfolios.OPERATIONS,
    **products.OPERATIONS,
    **constraints.OPERATIONS,
    **tag_options.OPERATIONS,
    **shares.OPERATIONS,
    **browsing.OPERATIONS,
    **launching.OPERATIONS,
    **told.OPERATIONS,
    **plans.OPERATIONS,
}
_HEADERS = {"Content-Type": "application/x-amz-json-1.1"}
_OK, _REFUSED, _FAILED = 200, 400, 500


def open_up() -> None:
    """Let this AWS answer requests to Service Catalog."""
    inside.add_service("servicecatalog", TARGET, _handle)


async def _handle(
    _method: str, _path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> tuple[int, dict[str, str], bytes]:
    operation = headers["x-amz-target"].removeprefix(TARGET)
    # In a thread: a request may read templates, which this same process serves.
    status, answer = await asyncio.to_thread(_answer, operation, headers, body, query)
    return status, dict(_HEADERS), json.dumps(answer).encode()  # ministack adds to the headers


def _answer(operation: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> tuple[int, Json]:
    try:
        model = model_of(operation)
        asked = json.loads(body or b"{}")
        check(asked, model.input_shape)
        account, region = inside.whereabouts()
        call = Call(input=asked, account=account, region=region, caller=inside.caller(headers, query))
        with state.LOCK:
            answer = _once(operation, model, call)
            if "PageToken" in model.input_shape.members:  # else nobody could ask for the second page
                answer = _page(answer, asked, model.output_shape)
        _check_answer(answer, model.output_shape)
    except RefusalError as refusal:
        return _REFUSED, {"__type": refusal.code, "Message": str(refusal), "message": str(refusal)}
    except Exception:  # noqa: BLE001 -- a fault of the fake has to be seen by the test that meets it
        return _FAILED, {"__type": "InternalFailure", "message": traceback.format_exc()}
    return _OK, answer


@functools.lru_cache
def model_of(operation: str) -> Any:
    """Return botocore's model of an operation.

    Raises:
        InvalidError: AWS has none of that name.
    """
    service = botocore.session.get_session().get_service_model("servicecatalog")
    if operation not in service.operation_names:
        raise InvalidError(f"Unknown operation {operation}")
    return service.operation_model(operation)


def check(asked: Json, shape: Any) -> None:
    """Refuse what the service model does not know, or does not allow.

    Raises:
        InvalidError: the text says what.
    """
    report = ParamValidator().validate(asked, shape)
    if report.has_errors():
        raise InvalidError(report.generate_report())
    if found := violations(asked, shape):
        errors = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise InvalidError(f"{errors}: {'; '.join(found)}")


def _check_answer(answer: Json, shape: Any) -> None:
    report = ParamValidator().validate(answer, shape)
    if report.has_errors():
        raise TypeError(f"an answer that AWS would not give: {report.generate_report()}")


def _once(operation: str, model: Any, call: Call) -> Json:
    """Answer; a token that was heard before gets the same answer, unless something else is asked."""
    names = model.idempotent_members
    token = call.input.get(names[0]) if names else None
    answer_to = OPERATIONS.get(operation)
    if answer_to is None:
        raise NotFakedError(f"The fake of Service Catalog has no {operation}.")
    if not token:
        return answer_to(call)
    content = json.dumps([call.caller, call.input], sort_keys=True)
    known = call.book.answers.get((operation, token))
    if known is not None:
        asked, answer = known
        if asked != content:
            message = f"The idempotency token {token} was used before, with other parameters."
            raise InvalidParametersError(message)
        return answer
    answer = answer_to(call)
    call.book.answers[operation, token] = (content, json.loads(json.dumps(answer)))
    return answer


def _page(answer: Json, asked: Json, shape: Any) -> Json:
    """Return one page of an answer that comes in pages."""
    lists = [name for name, member in shape.members.items() if member.type_name == "list"]
    token = next((name for name in ("NextPageToken", "PageToken") if name in shape.members), None)
    if token is None or len(lists) != 1 or lists[0] not in answer:
        return answer
    start = _offset(asked.get("PageToken"))
    end = start + (asked.get("PageSize") or PAGE)
    items = answer[lists[0]]
    further = {token: base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return {**answer, lists[0]: items[start:end], **further}


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError as error:
        raise InvalidParametersError("The page token is not valid.") from error
