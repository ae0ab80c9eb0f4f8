"""How change sets are described and listed: everything that was found out about them, in AWS's shape."""

from __future__ import annotations

import copy
import re
from typing import Any, TypeAlias

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, helpers

from private_fargate.local.server.answers import settings, to_xml
from private_fargate.local.server.change_sets import as_seen

Record: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[int, Any, bytes]

_SUMMARY = (
    "StackId",
    "StackName",
    "ChangeSetId",
    "ChangeSetName",
    "ExecutionStatus",
    "Status",
    "StatusReason",
    "CreationTime",
    "Description",
    "IncludeNestedStacks",
    "ParentChangeSetId",
    "RootChangeSetId",
    "ImportExistingResources",
)
_DETAIL = ("Capabilities", "Tags", "OnStackFailure", "ChangeSetType")
_VALUES = ("BeforeContext", "AfterContext")
_TARGET_VALUES = ("Path", "AttributeChangeType", "BeforeValue", "AfterValue")


def repair() -> None:
    """Describe change sets with what ministack does not know."""
    handlers._ACTION_HANDLERS["DescribeChangeSet"] = _described
    handlers._ACTION_HANDLERS["ListChangeSets"] = _listed


def _described(parameters: Record) -> Answer:
    name, stack_name = helpers._p(parameters, "ChangeSetName"), helpers._p(parameters, "StackName")
    stack = handlers._resolve_stack(stack_name) if stack_name else None
    _, record = changesets._find_change_set(name, stack["StackName"] if stack else stack_name)
    if record is None:
        return helpers._error("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
    record = as_seen(record)
    with_values = helpers._p(parameters, "IncludePropertyValues").lower() == "true"
    changes, token, error = helpers._page(record["Changes"], parameters, "DescribeChangeSet")
    if error is not None:
        return error
    hidden = {key for key, value in record.get("_resolved_params", {}).items() if value.get("NoEcho")}
    described = {
        **_given(record, (*_SUMMARY, *_DETAIL)),
        **settings(record.get("_settings", {})),
        "Parameters": [
            {**each, "ParameterValue": "****"} if each["ParameterKey"] in hidden else each
            for each in record["Parameters"]
        ],
        "Changes": [{"Type": "Resource", **_change(each, with_values=with_values)} for each in changes],
    }
    return helpers._xml(
        200,
        "DescribeChangeSetResponse",
        f"<DescribeChangeSetResult>{to_xml(described)}{token}</DescribeChangeSetResult>",
    )


def _given(record: Record, names: tuple[str, ...]) -> Record:
    return {name: record[name] for name in names if record.get(name) not in (None, "")}


def _change(change: Record, *, with_values: bool) -> Record:
    change = copy.deepcopy(change)
    if not with_values:
        for name in _VALUES:
            change["ResourceChange"].pop(name, None)
        for detail in change["ResourceChange"].get("Details", []):
            for name in _TARGET_VALUES:
                detail["Target"].pop(name, None)
    return change


def _listed(parameters: Record) -> Answer:
    asked = helpers._p(parameters, "StackName")
    stack = handlers._resolve_stack(asked)
    if stack is None or (stack["StackStatus"] == "DELETE_COMPLETE" and not re.match("arn:", asked)):
        return helpers._error("ValidationError", f"Stack [{asked}] does not exist")
    found = [each for each in cloudformation._change_sets.values() if each["StackId"] == stack["StackId"]]
    page, token, error = helpers._page(found, parameters, "ListChangeSets")
    if error is not None:
        return error
    summaries = to_xml({"Summaries": [_given(as_seen(each), _SUMMARY) for each in page]})
    return helpers._xml(
        200, "ListChangeSetsResponse", f"<ListChangeSetsResult>{summaries}{token}</ListChangeSetsResult>"
    )
