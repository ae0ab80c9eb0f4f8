"""What somebody changed in stacks behind the back of their StackSet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ministack.core.responses import now_iso

from tests.fakes.stack_sets import operations, stacks
from tests.fakes.stack_sets.forms import page

if TYPE_CHECKING:
    from tests.fakes.stack_sets.records import Instance, StackSet

Record = dict[str, Any]

_LISTED = (
    "StackId",
    "LogicalResourceId",
    "PhysicalResourceId",
    "ResourceType",
    "PropertyDifferences",
    "StackResourceDriftStatus",
    "Timestamp",
)


def detect(parameters: Record) -> Record:
    """Look at the stack of each instance as CloudFormation does: nested stacks are not looked into."""
    stack_set = operations.found(parameters)
    if known := operations.again(stack_set, parameters):
        return known
    operations.check_request(stack_set, parameters)
    seen: list[Instance] = []

    async def work(instance: Instance) -> None:
        try:
            instance.drift_status, instance.drifts = stacks.detect_drift(stack_set, instance)
        except stacks.StackError:
            instance.drift_status = "UNKNOWN"
            raise
        finally:
            instance.drift_checked = now_iso()
            seen.append(instance)
            _sum_up(stack_set, operation_id, seen)

    begun = operations.begin(stack_set, parameters, "DETECT_DRIFT", list(stack_set.instances), work)
    operation_id = begun["OperationId"]
    _sum_up(stack_set, operation_id, seen)
    return begun


def _sum_up(stack_set: StackSet, operation_id: str, seen: list[Instance]) -> None:
    operation, counts = stack_set.operations[operation_id], Counter(each.drift_status for each in seen)
    total = len(operation.results)
    over = len(seen) == total
    failed = counts["UNKNOWN"]
    state = ("FAILED" if failed == total else "PARTIAL_SUCCESS") if failed else "COMPLETED"
    operation.drift = {
        "DriftStatus": "DRIFTED" if counts["DRIFTED"] else "IN_SYNC" if seen else "NOT_CHECKED",
        "DriftDetectionStatus": state if over else "IN_PROGRESS",
        "LastDriftCheckTimestamp": now_iso(),
        "TotalStackInstancesCount": total,
        "DriftedStackInstancesCount": counts["DRIFTED"],
        "InSyncStackInstancesCount": counts["IN_SYNC"],
        "InProgressStackInstancesCount": total - len(seen),
        "FailedStackInstancesCount": failed,
    }
    if over:  # the description of a StackSet has the last detection that is over
        stack_set.drift = operation.drift


def list_resources(parameters: Record) -> Record:
    """List what was found of the resources of one instance by the operation that has looked at it last."""
    stack_set = operations.found(parameters)
    instance = stack_set.instance(parameters["StackInstanceAccount"], parameters["StackInstanceRegion"])
    operation = stack_set.operation(parameters["OperationId"])
    wanted = set(parameters.get("StackInstanceResourceDriftStatuses", []))
    found = [
        {key: each[key] for key in _LISTED if each.get(key)}
        for each in instance.drifts
        if instance.target in operation.results and (not wanted or each["StackResourceDriftStatus"] in wanted)
    ]
    return page(found, parameters, "Summaries")
