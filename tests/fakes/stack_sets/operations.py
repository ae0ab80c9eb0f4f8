"""Operations: when one may begin, and how those of a StackSet are described."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from ministack.core.responses import new_uuid

from tests.fakes.stack_sets import organization, preferences, records, roles, running
from tests.fakes.stack_sets.forms import RefusalError, page
from tests.fakes.stack_sets.records import Operation, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.stack_sets.records import StackSet, Target

Record = dict[str, Any]


def found(parameters: Record) -> StackSet:
    """Return the StackSet that a request names.

    Raises:
        RefusalError: there is none.
    """
    return records.find(
        parameters["StackSetName"], acts_for_organization=parameters.get("CallAs") == "DELEGATED_ADMIN"
    )


def again(stack_set: StackSet, parameters: Record) -> Record | None:
    """Return the answer to a request that was made before, under the ID that it gives; None for a new one.

    Raises:
        RefusalError: the ID is another request's, or of an operation that others have followed.
    """
    known = stack_set.operations.get(parameters.get("OperationId", ""))
    if known is None:
        return None
    if known.asked != _fingerprint(parameters):
        message = f"Operation with id {known.operation_id} already exists"
        raise RefusalError("OperationIdAlreadyExistsException", message)
    if known is not list(stack_set.operations.values())[-1]:
        message = (
            f"Another operation has been performed on this StackSet since operation {known.operation_id}"
        )
        raise RefusalError("StaleRequestException", message)
    return {"OperationId": known.operation_id}


def check_idle(stack_set: StackSet, *, conflicts: bool = True) -> None:
    """Refuse what cannot be done while an operation goes on.

    Args:
        stack_set: the StackSet.
        conflicts: whether it could not wait, even where operations may.

    Raises:
        RefusalError: one goes on.
    """
    managed = stack_set.settings.get("ManagedExecution", {}).get("Active")
    unfinished = stack_set.unfinished()
    if unfinished and (conflicts or not managed):
        message = (
            f"Another Operation on StackSet {stack_set.arn} is in progress: {unfinished[0].operation_id}"
        )
        raise RefusalError("OperationInProgressException", message)


def begin(
    stack_set: StackSet, parameters: Record, action: str, targets: Iterable[Target], work: running.Work
) -> Record:
    """Begin an operation at these targets, whose instances exist, and return its ID.

    Raises:
        RefusalError: its preferences contradict each other.
    """
    asked = parameters.get("OperationPreferences", {})
    operation = Operation(
        operation_id=parameters.get("OperationId") or new_uuid(),
        action=action,
        preferences=asked,
        asked=_fingerprint(parameters),
        results={each: Result(*each, unit=stack_set.instances[each].unit) for each in dict.fromkeys(targets)},
        imports="StackIds" in parameters,
        retain=parameters.get("RetainStacks"),
        targets=parameters.get("DeploymentTargets"),
    )
    if not stack_set.is_service_managed:
        operation.roles = {
            "AdministrationRoleARN": roles.administration_arn(stack_set),
            "ExecutionRoleName": roles.execution_name(stack_set),
        }
    if action != "DETECT_DRIFT":
        for target in operation.results:
            stack_set.instances[target].detailed_status = "PENDING"
    stack_set.operations[operation.operation_id] = operation
    running.start(stack_set, operation, work)
    return {"OperationId": operation.operation_id}


def check_request(stack_set: StackSet, parameters: Record) -> None:
    """Refuse an operation that cannot begin, whatever its targets.

    Raises:
        RefusalError: another goes on, its preferences contradict each other, or there are no rights for it.
    """
    preferences.check(parameters.get("OperationPreferences", {}))
    check_idle(stack_set, conflicts=False)
    roles.check_administration(stack_set)
    if stack_set.is_service_managed:
        organization.check_access()


def _fingerprint(parameters: Record) -> str:
    text = json.dumps(
        {key: value for key, value in parameters.items() if key != "OperationId"}, sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def describe(parameters: Record) -> Record:
    """Describe one operation."""
    stack_set = found(parameters)
    operation = stack_set.operation(parameters["OperationId"])
    described = {
        "StackSetId": stack_set.set_id,
        **_summary(operation),
        "RetainStacks": operation.retain,
        "DeploymentTargets": operation.targets,
        "StackSetDriftDetectionDetails": operation.drift,
        **operation.roles,
    }
    return {"StackSetOperation": {key: value for key, value in described.items() if value is not None}}


def list_all(parameters: Record) -> Record:
    """List the operations of a StackSet, newest first."""
    known = reversed(found(parameters).operations.values())
    return page([_summary(each) for each in known], parameters, "Summaries")


def _summary(operation: Operation) -> Record:
    failed = sum(each.status == "FAILED" for each in operation.results.values())
    described = {
        "OperationId": operation.operation_id,
        "Action": operation.action,
        "Status": operation.status,
        "StatusReason": operation.reason,
        "CreationTimestamp": operation.created,
        "EndTimestamp": operation.ended,
        "OperationPreferences": operation.preferences or None,
        "StatusDetails": {
            "TotalAccountsCount": len({account for account, _ in operation.results}),
            "TotalStackInstancesCount": len(operation.results),
            "FailedStackInstancesCount": failed,
        },
    }
    return {key: value for key, value in described.items() if value is not None}


def results(parameters: Record) -> Record:
    """List what an operation has done at each of its targets."""
    operation = found(parameters).operation(parameters["OperationId"])
    wanted = {value for each in parameters.get("Filters", []) for value in each.get("Values", "").split(",")}
    listed = [_result(each) for each in operation.results.values() if not wanted or each.status in wanted]
    return page(listed, parameters, "Summaries")


def _result(result: Result) -> Record:
    gate = f"arn:aws:lambda:{result.region}:{result.account}:function:AWSCloudFormationStackSetAccountGate"
    described = {
        "Account": result.account,
        "Region": result.region,
        "Status": result.status,
        "StatusReason": result.reason,
        "OrganizationalUnitId": result.unit,
        "AccountGateResult": {"Status": "SKIPPED", "StatusReason": f"Function not found: {gate}"},
    }
    return {key: value for key, value in described.items() if value is not None}


def stop(parameters: Record) -> Record:
    """Begin nothing more of an operation."""
    operation = found(parameters).operation(parameters["OperationId"])
    if operation.status not in {"RUNNING", "QUEUED"}:
        message = f"Operation {operation.operation_id} is in {operation.status} state and cannot be stopped"
        raise RefusalError("InvalidOperationException", message)
    running.stop(operation)
    return {}
