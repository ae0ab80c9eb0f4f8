"""All checks at once, each to its end: what one may not see does not keep the others from looking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from private_fargate.deploy.doctor import account, endpoints, images, network, quotas, secrets, stack
from private_fargate.deploy.doctor.model import Standing, ok, unknown
from private_fargate.deploy.inventory import AT_ONCE, each_found
from private_fargate.deploy.session import AccessError, DeployError, code_of, explained
from private_fargate.deploy.stack_state import find_stack
from private_fargate.live.checkup import Checkup, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from private_fargate.deploy.doctor.model import Case, Check
    from private_fargate.deploy.session import Session
    from private_fargate.live.checkup import Finding

CHECKS: Final[tuple[Check, ...]] = (
    account.CALLER,
    account.REGION,
    stack.STATE,
    endpoints.ZONES,
    *quotas.CHECKS,
    network.RANGE,
    network.NAMESPACE,
    images.IMAGES,
    secrets.SECRETS,
    account.SERVICE_ROLE,
    account.SETTINGS,
    account.GUARD_DUTY,
)

_DENIED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationErrorException", "UnauthorizedOperation"}
)
_CLIENTS: Final = {"servicequotas": "service-quotas"}  # where IAM's prefix is not boto3's name
_LONGEST: Final = 300  # characters of AWS's own words


def identify(session: Session) -> tuple[str, str]:
    """Return the account's number and the caller's ARN.

    Raises:
        AccessError: AWS cannot be reached, or does not know the credentials.
    """
    with explained():
        caller = session.client("sts").get_caller_identity()
    return caller["Account"], caller["Arn"]


def standing_of(session: Session, name: str) -> Standing:
    """Return what stands of a stack, as far as the caller may see it."""
    session.client("cloudformation")
    state = None
    try:
        with explained():
            state = find_stack(session, name)
            found = each_found(session, state) if state else []
    except DeployError as error:
        return Standing(name=name, state=state, untold=_words(error))
    resources: dict[str, tuple[str, ...]] = {}
    for each in found:
        for resource in each.resources:
            if resource.get("PhysicalResourceId"):
                kind = resource["ResourceType"]
                resources[kind] = (*resources.get(kind, ()), resource["PhysicalResourceId"])
    return Standing(name=name, state=state, resources=resources)


def examine(case: Case, report: Callable[[str], None], checks: Sequence[Check] = CHECKS) -> Checkup:
    """Return what all checks find.

    Args:
        case: what is to be deployed, and where.
        report: is told how far it is.
        checks: in the order in which they are shown.
    """
    for name in sorted({_client(call) for check in checks for call in check.calls}):
        case.session.client(name)  # boto3 makes clients in one thread only
    results: dict[str, Result] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(result_of, check, case): check for check in checks}
        for future in as_completed(waiting):
            results[waiting[future].name] = future.result()
            report(f"{len(results)} of {len(checks)} checks: {waiting[future].name}")
    return Checkup(
        environment=case.needs.environment,
        region=case.session.region,
        account=case.account,
        caller=case.caller,
        results=tuple(results[check.name] for check in checks),
    )


def result_of(check: Check, case: Case) -> Result:
    """Return what a check finds; what AWS does not tell is unknown, and never ok."""
    findings: list[Finding] = []
    try:
        with explained():
            findings.extend(check.look(case))
    except DeployError as error:
        findings.append(_untold(check, error))
    return Result(
        name=check.name, claim=check.claim, findings=tuple(findings) or (ok("there is nothing to look at"),)
    )


def _untold(check: Check, error: DeployError) -> Finding:
    cause = error.__cause__
    if not isinstance(cause, ClientError) or isinstance(error, AccessError):
        return unknown(_words(error))
    operation = str(cast("Any", cause).operation_name)
    if code_of(cause) not in _DENIED:
        return unknown(_words(error), f"this AWS does not answer {operation} as it should; look by hand")
    needed = [call for call in check.calls if call.endswith(f":{operation}")] or list(check.calls)
    return unknown(f"{operation} is denied", f"this takes the permission {', '.join(needed)}")


def _words(error: DeployError) -> str:
    """Return the first line of what AWS says: one that fails badly answers with a page of HTML."""
    return (str(error).splitlines() or [""])[0][:_LONGEST]


def _client(call: str) -> str:
    prefix = call.partition(":")[0]
    return _CLIENTS.get(prefix, prefix)
