"""Drift: what somebody changed or deleted without CloudFormation, in a root and every stack nested in it.

DetectStackDrift looks at one stack and not into those nested in it, so each is asked.  It reads every
resource through that resource's own API, with the caller's permissions and within the account's limits.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from private_fargate.deploy.inventory import each_found, root_of
from private_fargate.deploy.paging import paged
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import DeployError, code_of, explained
from private_fargate.live.model import Difference, Drift, DriftedResource
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from private_fargate.deploy.inventory import Found
    from private_fargate.deploy.session import Client, Session

_AT_ONCE: Final = 3  # stacks; each detection makes a call for every resource, and all count against limits
_DEADLINE: Final = 1_800  # seconds for one stack
_ROUNDS: Final = 3  # of asking again for resources whose own API was throttled
_PAGE: Final = 100  # resources in an answer, the most there may be

_DETECTABLE: Final = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"}
)
_UNKNOWN_OPERATION: Final = frozenset(
    {"InvalidAction", "NotImplemented", "UnknownOperation", "UnknownOperationException", "501"}
)
_THROTTLED: Final = ("Rate exceeded", "Throttl")
_BUSY: Final = "already in progress"
_FAILED: Final = "DETECTION_FAILED"


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What one stack's detection told.

    Attributes:
        compared: What was found of each resource.
        failures: Resources that could not be read -> why.
        trouble: Why the stack as a whole could not be compared; else empty.
    """

    compared: tuple[dict[str, Any], ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict[str, str])
    trouble: str = ""


def drift_of(session: Session, stack: str, *, report: Callable[[str], None] = lambda _: None) -> Drift:
    """Compare every resource of an environment with its template.

    Args:
        session: where.
        stack: the root's name or ARN.
        report: is told how far it is.

    Raises:
        NoSuchStackError: it is not deployed.
        DeployError: AWS cannot be asked, or knows no drift detection.
    """
    root = root_of(session, stack)
    with explained():
        every = each_found(session, root)
        answers: dict[tuple[str, ...], _Answer] = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            asked = {pool.submit(_ask, session.client("cloudformation"), found): found for found in every}
            report(f"0 of {len(every)} stacks compared")
            try:
                for done in as_completed(asked):
                    answers[asked[done].path] = done.result()
                    report(f"{len(answers)} of {len(every)} stacks compared")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    return _summed(stack, every, answers)


def _ask(cloudformation: Client, found: Found) -> _Answer:
    """Compare one stack, and what was throttled once more."""
    if found.state.status not in _DETECTABLE:
        return _Answer(trouble=f"it is {found.state.status}, and only a settled stack is compared")
    failures: dict[str, str] = {}
    reason = ""
    chosen: dict[str, Any] = {}
    for _, pause in zip(range(_ROUNDS), pauses(), strict=False):
        ended = _detected(cloudformation, found.state.arn, chosen)
        reason = ended.get("DetectionStatusReason", "") if ended["DetectionStatus"] == _FAILED else ""
        failures = failures_in(reason)
        throttled = [name for name, why in failures.items() if any(text in why for text in _THROTTLED)]
        if not throttled:
            break
        chosen = {"LogicalResourceIds": throttled}
        time.sleep(pause)
    compared = _compared(cloudformation, found.state.arn)
    # Of what could not be read now, AWS tells what it found some other day.
    fresh = tuple(each for each in compared if each["LogicalResourceId"] not in failures)
    return _Answer(compared=fresh, failures=failures, trouble="" if failures else reason)


def _detected(cloudformation: Client, stack: str, chosen: dict[str, Any]) -> dict[str, Any]:
    """Have a stack compared, and return the status when that has ended.

    Raises:
        DeployError: it does not end, or AWS has no such operation.
    """
    deadline = time.monotonic() + _DEADLINE
    detection = _begun(cloudformation, stack, chosen, deadline)
    for pause in pauses():
        status = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if status["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            return status
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
    message = f"{stack}: its drift detection has not ended after {_DEADLINE} s; run the command again later"
    raise DeployError(message)


def _begun(cloudformation: Client, stack: str, chosen: dict[str, Any], deadline: float) -> str:
    """Begin a detection and return its ID; one that somebody else began on the stack is waited for."""
    for pause in pauses():
        try:
            return cloudformation.detect_stack_drift(StackName=stack, **chosen)["StackDriftDetectionId"]
        except ClientError as error:
            if code_of(error) in _UNKNOWN_OPERATION:
                message = (
                    f"DetectStackDrift: what answers here has no drift detection ({code_of(error)}); "
                    "ask an AWS that has it (AWS_ENDPOINT_URL, --region)"
                )
                raise DeployError(message) from error
            if _BUSY not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(pause)
    raise AssertionError  # pragma: no cover - `pauses` has no end


def _compared(cloudformation: Client, stack: str) -> list[dict[str, Any]]:
    """Return what was found of each resource; the operation has pages, and botocore no paginator for it."""
    answers = paged(cloudformation.describe_stack_resource_drifts, StackName=stack, MaxResults=_PAGE)
    return [each for page in answers for each in page["StackResourceDrifts"]]


def failures_in(reason: str) -> dict[str, str]:
    """Return which resources a detection could not read, and why; AWS says it in JSON inside a sentence.

    >>> failures_in('it failed: {"Failures": [{"Resource": "Role", "FailureReason": "Rate exceeded"}]}')
    {'Role': 'Rate exceeded'}
    """
    try:
        said = cast("dict[str, Any]", json.loads(reason[reason.index("{") :]))
        return {each["Resource"]: each["FailureReason"] for each in said["Failures"]}
    except (KeyError, TypeError, ValueError):
        return {}


def _summed(root: str, every: Iterable[Found], answers: Mapping[tuple[str, ...], _Answer]) -> Drift:
    in_sync = 0
    drifted: list[DriftedResource] = []
    unsupported: list[tuple[str, str]] = []
    untold: list[str] = []
    for found in every:
        answer = answers[found.path]
        told = {each["LogicalResourceId"]: each for each in answer.compared}
        if answer.trouble:
            untold.append(f"{'/'.join((root, *found.path))}: {answer.trouble}")
        for resource in found.resources:
            name = "/".join((*found.path, resource["LogicalResourceId"]))
            each = told.get(resource["LogicalResourceId"], {"StackResourceDriftStatus": "UNSUPPORTED"})
            status = each["StackResourceDriftStatus"]
            if resource["LogicalResourceId"] in answer.failures:
                untold.append(f"{name}: {answer.failures[resource['LogicalResourceId']]}")
            elif status in {"MODIFIED", "DELETED"}:
                drifted.append(_drifted(name, each))
            elif status == "IN_SYNC":
                in_sync += 1
            elif status == "UNKNOWN":
                untold.append(f"{name}: {each.get('DriftStatusReason') or 'CloudFormation cannot tell'}")
            elif resource["ResourceType"] != STACK and not answer.trouble:  # a nested stack is asked itself
                unsupported.append((name, resource["ResourceType"]))
    return Drift(
        stacks=len(answers),
        in_sync=in_sync,
        drifted=tuple(drifted),
        unsupported=tuple(unsupported),
        untold=tuple(untold),
    )


def _drifted(name: str, told: Mapping[str, Any]) -> DriftedResource:
    return DriftedResource(
        resource=name,
        type=told["ResourceType"],
        physical_id=told.get("PhysicalResourceId", ""),
        status=told["StackResourceDriftStatus"],
        differences=tuple(
            Difference(
                path=each["PropertyPath"],
                kind=each["DifferenceType"],
                expected=each["ExpectedValue"],
                actual=each["ActualValue"],
            )
            for each in told.get("PropertyDifferences", [])
        ),
    )
