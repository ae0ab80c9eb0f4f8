"""Operations on stacks: when each is allowed, what is kept of its settings, and how to get out of trouble."""

from __future__ import annotations

import asyncio
import re
from typing import Any, TypeAlias

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, helpers, stacks

from private_fargate.local.server import change_sets, policies, steps
from private_fargate.local.server.answers import members, settings, settings_form, to_xml

Record: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[int, Any, bytes]

_OK = 200
_POLL = 0.05  # seconds
_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
_originals = dict(handlers._ACTION_HANDLERS)
_deploy, _delete_async = stacks._deploy_stack_async, stacks._delete_stack_async
_continue_async = handlers._continue_update_rollback_async


def repair() -> None:
    """Let stacks be operated on as on AWS, where ministack allows too much or forgets something."""
    _originals.update(handlers._ACTION_HANDLERS)
    for name, handler in (
        ("ContinueUpdateRollback", _continued),
        ("CreateChangeSet", _change_set_created),
        ("CreateStack", _created),
        ("DeleteStack", _deleted),
        ("DescribeStacks", _described),
        ("ExecuteChangeSet", _executed),
        ("UpdateStack", _updated),
    ):
        handlers._ACTION_HANDLERS[name] = handler
    handlers._delete_stack_async = _deleted_when_idle
    handlers._continue_update_rollback_async = _continued_without
    for module in (changesets, handlers):
        module._deploy_stack_async = _deployed


def _find(parameters: Record) -> Record | None:
    stack: Record | None = handlers._resolve_stack(helpers._p(parameters, "StackName"))
    return None if stack is None or stack["StackStatus"] == "DELETE_COMPLETE" else stack


def _refusal(stack: Record, *, besides: str = "") -> Answer | None:
    status = stack["StackStatus"]
    if status in _UPDATABLE or status == besides:
        return None
    message = f"Stack:{stack['StackId']} is in {status} state and can not be updated."
    return helpers._error("ValidationError", message)


def _created(parameters: Record) -> Answer:
    answer: Answer = _originals["CreateStack"](parameters)
    return _kept(answer, parameters)


def _updated(parameters: Record) -> Answer:
    stack = _find(parameters)
    if stack is not None and (refused := _refusal(stack)):
        return refused
    return _kept(_originals["UpdateStack"](parameters), parameters)


def _kept(answer: Answer, parameters: Record) -> Answer:
    """Keep what the request says of role, topics and alarms; what it does not mention stays."""
    stack = _find(parameters)
    if answer[0] == _OK and stack is not None:
        _keep(stack, settings_form(parameters))
        stack.pop("ChangeSetId", None)
    return answer


def _keep(stack: Record, form: Record) -> None:
    given = {name.split(".")[0] for name in form}
    stack["_settings"] = {
        **{key: value for key, value in stack.get("_settings", {}).items() if key not in given},
        **{key: value for key, value in settings(form).items() if key in given},
    }


def _change_set_created(parameters: Record) -> Answer:
    stack = _find(parameters)
    kind = helpers._p(parameters, "ChangeSetType", "UPDATE")
    if stack is not None and kind == "UPDATE" and (refused := _refusal(stack)):
        return refused
    if stack is not None and kind == "CREATE" and stack["StackStatus"] != "REVIEW_IN_PROGRESS":
        name = helpers._p(parameters, "ChangeSetName")
        already = f"Stack [{stack['StackName']}] already exists"
        message = f"{already} and cannot be created again with the changeSet [{name}]."
        return helpers._error("ValidationError", message)
    answer: Answer = _originals["CreateChangeSet"](parameters)
    return answer


def _executed(parameters: Record) -> Answer:
    stack = _find(parameters)
    name = stack["StackName"] if stack else helpers._p(parameters, "StackName")
    found, record = changesets._find_change_set(helpers._p(parameters, "ChangeSetName"), name)
    if record is None:
        return _originals["ExecuteChangeSet"](parameters)
    if (status := change_sets.as_seen(record)["ExecutionStatus"]) != "AVAILABLE":
        status = f"its current execution status of [{status}]"
        message = f"ChangeSet [{found}] cannot be executed in {status}"
        return helpers._error("InvalidChangeSetStatus", message)
    stack = handlers._resolve_stack(record["StackName"])
    if stack is not None and (refused := _refusal(stack, besides="REVIEW_IN_PROGRESS")):
        return refused
    answer: Answer = _originals["ExecuteChangeSet"](
        {**parameters, "ChangeSetName": [found], "StackName": [record["StackName"]]}
    )
    if answer[0] == _OK and stack is not None:
        _keep(stack, record.get("_settings", {}))
    return answer


def _deleted(parameters: Record) -> Answer:
    stack = _find(parameters)
    if stack is None:
        return _originals["DeleteStack"](parameters)
    status = stack["StackStatus"]
    if status == "DELETE_IN_PROGRESS":  # it joins the one that goes on
        return helpers._xml(200, "DeleteStackResponse", "")
    if status.endswith("IN_PROGRESS") and status not in {"CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"}:
        message = f"Stack [{stack['StackId']}] cannot be deleted while in status {status}"
        return helpers._error("ValidationError", message)
    pending = [each for each in cloudformation._change_sets.values() if each["StackId"] == stack["StackId"]]
    answer: Answer = _originals["DeleteStack"](parameters)
    if answer[0] == _OK:
        change_sets.drop_all(pending)
        if status == "CREATE_IN_PROGRESS":
            stack["_delete_requested"] = True
        else:
            stack["StackStatus"] = "DELETE_IN_PROGRESS"  # from this answer on, not from the next moment
    return answer


async def _deleted_when_idle(name: str, stack_id: str, *arguments: Any, **options: Any) -> None:
    """Delete a stack once its creation, which hears of the deletion, has stopped."""
    at_work = {"CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"}
    while cloudformation._stacks[name]["StackStatus"] in at_work:  # noqa: ASYNC110 -- nothing tells of its end
        await asyncio.sleep(_POLL)
    cloudformation._stacks[name].pop("_delete_requested", None)
    await _delete_async(name, stack_id, *arguments, **options)


def _continued(parameters: Record) -> Answer:
    """Continue a rollback; a resource of a nested stack is skipped as `NestedStack.Resource`."""
    stack = _find(parameters)
    if stack is None:
        return _originals["ContinueUpdateRollback"](parameters)
    if stack.get("_parent_stack_name"):
        message = f"RollbackUpdatedStack is only valid for the root stack of {stack['StackName']}"
        return helpers._error("ValidationError", message)
    skipped = members(parameters, "ResourcesToSkip.member")
    inner = {each for each in skipped if "." in each}
    stack["_skipped"] = {_inside(stack, each) for each in inner}
    rest = {key: value for key, value in parameters.items() if not key.startswith("ResourcesToSkip")}
    for number, each in enumerate((each for each in skipped if each not in inner), 1):
        rest[f"ResourcesToSkip.member.{number}"] = [each]
    answer: Answer = _originals["ContinueUpdateRollback"](rest)
    if answer[0] == _OK:
        stack["StackStatus"] = "UPDATE_ROLLBACK_IN_PROGRESS"
    return answer


def _inside(stack: Record, path: str) -> tuple[str, str]:
    """Return the name of the nested stack, and the logical ID in it, that a path means."""
    nested, logical_id = path.rsplit(".", 1)
    names = [each["StackName"] for each in cloudformation._stacks.values() if _is_called(each, stack, nested)]
    return (names[0] if names else nested, logical_id)


def _is_called(stack: Record, root: Record, nested: str) -> bool:
    """Say whether a nested stack of a root has this name, or this logical ID in its parent."""
    if not stack.get("_parent_stack_name") or stack["StackStatus"] == "DELETE_COMPLETE":
        return False
    if steps.root_of(stack["StackName"]) is not root:
        return False
    parent = cloudformation._stacks[stack["_parent_stack_name"]]
    record = parent.get("_resources", {}).get(nested, {})
    return nested == stack["StackName"] or record.get("PhysicalResourceId") == stack["StackId"]


async def _continued_without(name: str, stack_id: str, skipped: frozenset[str]) -> None:
    with steps.skipping(cloudformation._stacks[name].pop("_skipped", set())):
        await _continue_async(name, stack_id, skipped)


async def _deployed(name: str, stack_id: str, template: Record, *arguments: Any, **options: Any) -> None:
    """Deploy, unless the stack's policy protects something that the update would remove."""
    stack, previous = cloudformation._stacks[name], options.get("previous_stack")
    there = stack.get("_resources", {}) if previous else {}
    for logical_id in sorted(there.keys() - template.get("Resources", {}).keys()):
        resource = there[logical_id]
        resource_type, physical_id = resource["ResourceType"], resource["PhysicalResourceId"]
        try:
            policies.check_removal(stack, logical_id, resource_type)
        except ValueError as error:
            stacks._add_event(
                stack_id, name, logical_id, resource_type, "UPDATE_FAILED", str(error), physical_id
            )
            untouched = (logical_id, resource_type, physical_id, None, None, None)
            values, _, tags = arguments
            failure = stacks._failed_operation(
                True,  # noqa: FBT003 -- ministack calls it so: it is an update
                previous,
                [],
                untouched,
                logical_id,
                [],
                False,  # noqa: FBT003 -- and nobody cancelled it
                template,
                values,
                False,  # noqa: FBT003 -- and it keeps what is to be kept
                tags,
                previous.get("Tags") or [],
            )
            await stacks._roll_back_operation(name, stack_id, stack, failure)
            return
    await _deploy(name, stack_id, template, *arguments, **options)


def _described(parameters: Record) -> Answer:
    """Describe stacks with role, topics, alarms and the change set that was executed last."""
    status, headers, body = _originals["DescribeStacks"](parameters)
    text = body.decode() if isinstance(body, bytes) else body
    return status, headers, re.sub(r"<StackId>([^<]+)</StackId>", _with_settings, text).encode()


def _with_settings(match: re.Match[str]) -> str:
    stack = handlers._resolve_stack(match[1]) or {}
    found = {key: stack[key] for key in ("ChangeSetId",) if stack.get(key)}
    return match[0] + to_xml({**found, **stack.get("_settings", {})})
