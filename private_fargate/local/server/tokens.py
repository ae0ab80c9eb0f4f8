"""Requests that are sent again: the same token is answered as it was the first time, and does nothing."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, helpers

if TYPE_CHECKING:
    from collections.abc import Callable

Parameters: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[int, Any, bytes]
Action: TypeAlias = "Callable[[Parameters], Answer]"

_ACTIONS = (
    "CancelUpdateStack",
    "ContinueUpdateRollback",
    "CreateStack",
    "DeleteStack",
    "ExecuteChangeSet",
    "RollbackStack",
    "UpdateStack",
)
_OK = 200
_ID = re.compile(rb"<Id>([^<]+)</Id>")
_answers = AccountRegionScopedDict()  # by token: the request, and its answer


def repair() -> None:
    """Let every operation that takes a token heed it."""
    for name in _ACTIONS:
        handlers._ACTION_HANDLERS[name] = _once(name, handlers._ACTION_HANDLERS[name])
    handlers._ACTION_HANDLERS["CreateChangeSet"] = _create_once(handlers._ACTION_HANDLERS["CreateChangeSet"])


def _once(name: str, handler: Action) -> Action:
    def handle(parameters: Parameters) -> Answer:
        token = helpers._p(parameters, "ClientRequestToken")
        if not token:
            return handler(parameters)
        request = _fingerprint(name, parameters)
        if token in _answers:
            known, answer = _answers[token]
            if known == request:
                return answer
            message = f"A client request token already exists: {token}"
            return helpers._error("TokenAlreadyExistsException", message)
        answer = handler(parameters)
        if answer[0] == _OK:
            _answers[token] = (request, answer)
        return answer

    return handle


def _create_once(handler: Action) -> Action:
    """Answer a change set of the same name and token with the first one, and refuse the name otherwise."""

    def handle(parameters: Parameters) -> Answer:
        token = helpers._p(parameters, "ClientToken")
        name = helpers._p(parameters, "ChangeSetName")
        stack = handlers._resolve_stack(helpers._p(parameters, "StackName"))
        request = _fingerprint("CreateChangeSet", parameters)
        if stack is not None and stack["StackStatus"] != "DELETE_COMPLETE":
            _, known = changesets._find_change_set(name, stack["StackName"])
            if known is not None and known["StackId"] == stack["StackId"]:
                return _again(known, name, token, request)
        answer = handler(parameters)
        if answer[0] == _OK and (found := _ID.search(answer[2])):
            record = cloudformation._change_sets[found[1].decode()]
            record.update(_token=token, _request=request, _answer=answer)
        return answer

    return handle


def _again(known: dict[str, Any], name: str, token: str, request: str) -> Answer:
    if token and token == known.get("_token") and request == known.get("_request"):
        first: Answer = known["_answer"]
        return first
    if not token:
        message = f"ChangeSet {name} already exists"
    else:
        differs = "Template" if token == known.get("_token") else "ClientToken"
        message = f"ChangeSet {name} cannot be created due to a mismatch with existing attribute {differs}"
    return helpers._error("AlreadyExistsException", message)


def _fingerprint(action: str, parameters: Parameters) -> str:
    """Return what is asked for, whichever of its names a stack or a change set is called by."""
    asked = {name: value for name, value in parameters.items() if name != "ClientRequestToken"}
    change_set, _ = changesets._find_change_set(
        helpers._p(parameters, "ChangeSetName"), _stack_name(helpers._p(parameters, "StackName"))
    )
    if action == "ExecuteChangeSet" and change_set:
        asked.pop("StackName", None)
        asked["ChangeSetName"] = change_set
    elif action not in {"CreateStack", "CreateChangeSet"}:
        stack = handlers._resolve_stack(helpers._p(parameters, "StackName"))
        asked["StackName"] = stack["StackId"] if stack else helpers._p(parameters, "StackName")
    text = json.dumps([action, asked], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _stack_name(stack: str) -> str:
    record = handlers._resolve_stack(stack)
    return str(record["StackName"]) if record else stack
