"""Which operations a rollout consists of: instances with equal values share one.

An operation gives the same values to all of its instances, so where each network has a range of its own, each
instance is an operation.  Then the order of Regions, the number at once and the tolerance, which StackSets
keeps within an operation, are kept by who starts the operations (`running`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from private_fargate.config.rollout import Amount, Rollout
    from private_fargate.rollout.model import Step

_WHOLE = 100  # percent


@dataclass(frozen=True, kw_only=True)
class Job:
    """One operation on a StackSet.

    Attributes:
        kind: What it does.
        accounts: Where, in order.
        regions: Where, in order.
        overrides: What all of these instances then have.
    """

    kind: Literal["create", "update"]
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    overrides: Mapping[str, str]


def jobs(steps: Iterable[Step], regions: Sequence[str]) -> tuple[Job, ...]:
    """Return the operations that create and update, in the order of the Regions.

    If a single one does it all, it is left to StackSets; else each is for one Region.

    Args:
        steps: what is to be done.
        regions: in their order.
    """
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, list[str]]] = {}
    for step in steps:
        if step.action in {"create", "update"}:
            of_group = groups.setdefault((step.action, tuple(sorted(step.overrides.items()))), {})
            of_group.setdefault(step.place.account, []).append(step.place.region)
    found: list[Job] = []
    for (kind, overrides), places in groups.items():
        alike: dict[tuple[str, ...], list[str]] = {}
        for account, there in places.items():
            alike.setdefault(tuple(sorted(there, key=regions.index)), []).append(account)
        found += (
            Job(
                kind="create" if kind == "create" else "update",
                accounts=tuple(accounts),
                regions=there,
                overrides=dict(overrides),
            )
            for there, accounts in alike.items()
        )
    if len(found) <= 1:
        return tuple(found)
    return tuple(
        Job(kind=job.kind, accounts=job.accounts, regions=(region,), overrides=job.overrides)
        for region in regions
        for job in found
        if region in job.regions
    )


def amount(said: Amount, accounts: int) -> int:
    """Return a number of accounts; a percentage is rounded down, as StackSets does it."""
    return said if isinstance(said, int) else accounts * int(said.rstrip("%")) // _WHOLE


def at_once(settings: Rollout, accounts: int, failed: int) -> int:
    """Return in how many accounts of a Region the work may go on at a time.

    Args:
        settings: with concurrency, tolerance and mode.
        accounts: of the Region.
        failed: of these.
    """
    most = max(amount(settings.concurrency, accounts), 1)
    if settings.concurrency_mode == "soft":
        return most
    return max(min(most, amount(settings.tolerance, accounts) + 1) - failed, 1)


def preferences(settings: Rollout, regions: Sequence[str]) -> dict[str, Any]:
    """Return how carefully an operation is to be done, as the API takes it."""
    concurrency, tolerance = settings.concurrency, settings.tolerance
    strict = settings.concurrency_mode == "strict"
    if strict and isinstance(concurrency, int) and isinstance(tolerance, int):
        concurrency = min(concurrency, tolerance + 1)  # more is refused
    return {
        "RegionConcurrencyType": settings.region_order.upper(),
        "RegionOrder": list(regions),
        "ConcurrencyMode": "STRICT_FAILURE_TOLERANCE" if strict else "SOFT_FAILURE_TOLERANCE",
        **_said("MaxConcurrent", concurrency),
        **_said("FailureTolerance", tolerance),
    }


def _said(name: str, said: Amount) -> dict[str, int]:
    if isinstance(said, int):
        return {f"{name}Count": said}
    return {f"{name}Percentage": int(said.rstrip("%"))}


def targeted(settings: Rollout, accounts: Sequence[str], units: Iterable[str] = ()) -> dict[str, Any]:
    """Return accounts as the API takes them for these permissions.

    Args:
        settings: of the rollout.
        accounts: the targets.
        units: in which they are, if these are not those of the settings.
    """
    if settings.permissions == "self-managed":
        return {"Accounts": list(accounts)}
    return {
        "DeploymentTargets": {
            "OrganizationalUnitIds": list(units) or list(settings.organizational_units),
            "Accounts": list(accounts),
            "AccountFilterType": "INTERSECTION",
        }
    }
