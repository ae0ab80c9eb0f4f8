"""An operation as it goes on: as much at once as it may, until it is over, is stopped, or has failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from ministack.core.responses import now_iso

from tests.fakes.stack_sets.preferences import Pace, regions_in_order
from tests.fakes.stack_sets.stacks import StackError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from tests.fakes.stack_sets.records import Instance, Operation, Result, StackSet

Work: TypeAlias = "Callable[[Instance], Awaitable[None]]"

_EXCEEDED = "Cancelled since failure tolerance has exceeded"
_STOPPED = "Cancelled since the operation was stopped by the user"
_running: set[asyncio.Task[None]] = set()  # the loop keeps no tasks alive by itself
_waiting: dict[str, Callable[[], None]] = {}  # by operation ID: what begins it


def start(stack_set: StackSet, operation: Operation, work: Work) -> None:
    """Begin an operation, or let it wait until those that it conflicts with are over."""

    def begin() -> None:
        operation.status = "RUNNING"
        task = asyncio.get_running_loop().create_task(_run(stack_set, operation, work))
        _running.add(task)
        task.add_done_callback(_running.discard)

    if _must_wait(stack_set, operation):
        operation.status = "QUEUED"
        _waiting[operation.operation_id] = begin
    else:
        begin()


def _must_wait(stack_set: StackSet, operation: Operation) -> bool:
    """Say whether an earlier operation waits, or is at work at one of the same targets."""
    earlier = [each for each in stack_set.unfinished() if each is not operation]
    return any(
        each.status == "QUEUED" or bool(each.results.keys() & operation.results.keys()) for each in earlier
    )


def stop(operation: Operation) -> None:
    """Begin nothing more of an operation; what is at work is brought to its end."""
    if _waiting.pop(operation.operation_id, None):
        _cancel(operation.results.values(), _STOPPED)
        operation.status, operation.ended = "STOPPED", now_iso()
    else:
        operation.status = "STOPPING"


async def _run(stack_set: StackSet, operation: Operation, work: Work) -> None:
    await asyncio.sleep(0)  # the answer to the request comes before anything begins
    try:
        failed = await _through_regions(stack_set, operation, work)
        operation.status = (
            "STOPPED" if operation.status == "STOPPING" else "FAILED" if failed else "SUCCEEDED"
        )
    except BaseException:
        operation.status, operation.reason = "FAILED", "Internal failure of the fake"
        raise
    finally:
        operation.ended = now_iso()
        _settle_drift(operation)
        _settle_cancelled(stack_set, operation)
        _begin_next(stack_set)


async def _through_regions(stack_set: StackSet, operation: Operation, work: Work) -> bool:
    regions = regions_in_order(
        operation.preferences, list(dict.fromkeys(each[1] for each in operation.results))
    )
    if operation.preferences.get("RegionConcurrencyType") == "PARALLEL":
        return any(await asyncio.gather(*(_through(stack_set, operation, each, work) for each in regions)))
    for region in regions:
        if await _through(stack_set, operation, region, work):
            _cancel(operation.results.values(), _EXCEEDED)
            return True
    return False


async def _through(stack_set: StackSet, operation: Operation, region: str, work: Work) -> bool:
    """Go through the accounts of a Region; return whether more have failed than may."""
    results = [each for each in operation.results.values() if each.region == region]
    pace, failures = Pace.of(operation.preferences, len(results)), 0
    waiting, at_work = list(results), set[asyncio.Task[bool]]()
    while True:
        while waiting and operation.status == "RUNNING" and len(at_work) < pace.allowed(failures):
            one = _one(stack_set, operation, waiting.pop(0), work)
            at_work.add(asyncio.get_running_loop().create_task(one))
        if not at_work:
            break
        done, at_work = await asyncio.wait(at_work, return_when=asyncio.FIRST_COMPLETED)
        failures += sum(not task.result() for task in done)
    _cancel(waiting, _EXCEEDED if failures > pace.tolerance else _STOPPED)
    return failures > pace.tolerance


async def _one(stack_set: StackSet, operation: Operation, result: Result, work: Work) -> bool:
    """Do the work at one target, write down how it went, and return whether it went well."""
    instance = stack_set.instances[result.account, result.region]
    result.status, instance.detailed_status = "RUNNING", "RUNNING"
    instance.last_operation = operation.operation_id
    try:
        await work(instance)
    except StackError as error:
        result.status, result.reason = "FAILED", str(error)
        _failed(operation, instance, str(error))
        return False
    result.status = "SUCCEEDED"
    instance.detailed_status, instance.reason = "SUCCEEDED", None
    if operation.action == "DELETE":
        del stack_set.instances[instance.target]
    elif operation.action != "DETECT_DRIFT":
        instance.status = "CURRENT"
    return True


def _failed(operation: Operation, instance: Instance, reason: str) -> None:
    """Write down a failure: what cannot be deleted can be nothing else, and drift changes no status."""
    instance.detailed_status, instance.reason = "FAILED", reason
    if operation.action == "DELETE":
        instance.status = instance.detailed_status = "INOPERABLE"
    elif operation.imports:
        instance.status, instance.detailed_status = "INOPERABLE", "FAILED_IMPORT"
    elif operation.action != "DETECT_DRIFT":
        instance.status = "OUTDATED"


def _cancel(results: Iterable[Result], reason: str) -> None:
    for result in results:
        if result.status == "PENDING":
            result.status, result.reason = "CANCELLED", reason


def _settle_cancelled(stack_set: StackSet, operation: Operation) -> None:
    for target, result in operation.results.items():
        if result.status == "CANCELLED" and (instance := stack_set.instances.get(target)):
            instance.detailed_status, instance.reason = "CANCELLED", result.reason
            instance.last_operation = operation.operation_id


def _settle_drift(operation: Operation) -> None:
    """Say of a detection that has not come to all instances that it is over."""
    if operation.drift and operation.drift["InProgressStackInstancesCount"]:
        ended = "STOPPED" if operation.status == "STOPPED" else "FAILED"
        operation.drift |= {"DriftDetectionStatus": ended, "InProgressStackInstancesCount": 0}


def _begin_next(stack_set: StackSet) -> None:
    """Begin the operations that have waited, in the order of their requests."""
    for operation in stack_set.unfinished():
        if operation.status != "QUEUED":
            continue
        at_work = [each for each in stack_set.unfinished() if each.status != "QUEUED"]
        if any(each.results.keys() & operation.results.keys() for each in at_work):
            return
        _waiting.pop(operation.operation_id)()
