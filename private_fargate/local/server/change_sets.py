"""Change sets: one for the root, and one for each nested stack, as deep as they go.

A nested one can be looked at, but only the root's can be executed or deleted.  A nested stack that is yet to
be made is there as soon as it can be looked at, in review, and goes with a change set that is not executed.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, TypeAlias

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, helpers

from private_fargate.local.server import children, foresight, nested_change_sets, steps
from private_fargate.local.server.answers import settings_form
from private_fargate.local.server.foresight import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable

Record: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[int, Any, bytes]

_OK = 200
_ID = re.compile(rb"<Id>([^<]+)</Id>")
_STACK_ID = re.compile(rb"<StackId>[^<]*</StackId>")
_create, _remove = changesets._create_change_set, changesets._delete_change_set
_track, _drop_others = changesets._track_change_set_execution, changesets._drop_other_change_sets


def repair() -> None:
    """Let ministack's change sets have those of nested stacks."""
    handlers._ACTION_HANDLERS["CreateChangeSet"] = _created
    handlers._ACTION_HANDLERS["DeleteChangeSet"] = _deleted
    changesets._track_change_set_execution = _tracked
    changesets._drop_other_change_sets = _others_dropped


def _created(parameters: Record) -> Answer:
    name = helpers._p(parameters, "StackName")
    reviewed = handlers._resolve_stack(name)
    if reviewed is not None and reviewed["StackStatus"] != "REVIEW_IN_PROGRESS":
        reviewed = None
    status, headers, body = _create(parameters)
    if reviewed is not None:  # ministack puts a new stack in the place of one that is in review
        cloudformation._stacks[reviewed["StackName"]] = reviewed
    if status != _OK or (found := _ID.search(body)) is None:
        return status, headers, body
    record = cloudformation._change_sets[found[1].decode()]
    if reviewed is not None:
        record["StackId"] = reviewed["StackId"]
        body = _STACK_ID.sub(f"<StackId>{record['StackId']}</StackId>".encode(), body)
    record["_settings"] = settings_form(parameters)
    if record["ChangeSetType"] != "IMPORT":
        nested = helpers._p(parameters, "IncludeNestedStacks").lower() == "true"
        record["IncludeNestedStacks"] = nested
        _complete_root(record)
        record["_ready_at"] = time.monotonic() + steps.seconds()
    return status, headers, body


def as_seen(record: Record) -> Record:
    """Return a change set as it is seen now: for a step's time it is still worked out."""
    if time.monotonic() >= record.get("_ready_at", 0):
        return record
    unfinished = {"Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE", "StatusReason": ""}
    return {**record, **unfinished, "Changes": []}


def _complete_root(record: Record) -> None:
    stack = cloudformation._stacks[record["StackName"]]
    plan = Plan(stack=stack, template=record["_template"], parameters=record["_resolved_params"])
    failed = nested_change_sets.complete(record, plan)
    was_empty = record["StatusReason"] == nested_change_sets.NO_CHANGES
    if not failed and was_empty and (record["Changes"] or foresight.outputs_differ(plan)):
        record.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")


def _deleted(parameters: Record) -> Answer:
    stack = handlers._resolve_stack(helpers._p(parameters, "StackName"))
    name = stack["StackName"] if stack else ""
    _, record = changesets._find_change_set(helpers._p(parameters, "ChangeSetName"), name)
    if record is not None and record.get("RootChangeSetId") in cloudformation._change_sets:
        message = f"ChangeSet [{record['ChangeSetId']}] can only be deleted from the root change set"
        return helpers._error("InvalidChangeSetStatus", message)
    if record is not None and record["ExecutionStatus"] == "EXECUTE_IN_PROGRESS":
        status = "its current status of [EXECUTE_IN_PROGRESS]"
        message = f"ChangeSet [{record['ChangeSetId']}] cannot be deleted in {status}"
        return helpers._error("InvalidChangeSetStatus", message)
    answer: Answer = _remove(parameters)
    if answer[0] == _OK and record is not None:
        nested_change_sets.drop(record)
    return answer


def _others_dropped(stack_id: str, executed: str) -> None:
    others = [each for each in cloudformation._change_sets.values() if each["StackId"] == stack_id]
    _drop_others(stack_id, executed)
    drop_all(each for each in others if each["ChangeSetId"] != executed)


def drop_all(records: Iterable[Record]) -> None:
    """Remove what belongs to change sets that are gone."""
    for record in list(records):
        nested_change_sets.drop(record)


async def _tracked(record: Record, stack: Record, operation: Any) -> None:  # noqa: ANN401 -- a coroutine
    """Execute a change set; what becomes of the root's becomes of the nested ones that had changes."""
    nested = [
        child for child in nested_change_sets.descendants(record) if child["Status"] == "CREATE_COMPLETE"
    ]
    for each in (record, *nested):
        each["ExecutionStatus"] = "EXECUTE_IN_PROGRESS"
    stack["ChangeSetId"] = record["ChangeSetId"]
    await _track(record, stack, operation)
    for child in nested:
        child["ExecutionStatus"] = record["ExecutionStatus"]
        made = cloudformation._stacks.get(child["StackName"])
        if made is not None and made["StackId"] == child["StackId"]:
            made["ChangeSetId"] = child["ChangeSetId"]
        children.forget_review(child["StackName"], child["StackId"])  # the operation failed before it
