"""Where an operation goes: accounts by Regions, of one request."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from tests.fakes.stack_sets import organization
from tests.fakes.stack_sets.forms import invalid

if TYPE_CHECKING:
    from tests.fakes.stack_sets.records import StackSet, Target

Record = dict[str, Any]


def of(stack_set: StackSet, parameters: Record, *, creates: bool = False) -> dict[Target, str | None]:
    """Return the targets that a request names, in its order, each with the unit by which it is one.

    Raises:
        RefusalError: it names no accounts or no Regions, or such as cannot be.
    """
    regions = parameters.get("Regions", [])
    if not regions:
        raise invalid("Regions must be specified")
    for region in regions:
        if region not in _known_regions():
            raise invalid(f"Region {region} is not supported")
    accounts = _accounts(stack_set, parameters, creates=creates)
    return {(account, region): unit for region in regions for account, unit in accounts.items()}


def _accounts(stack_set: StackSet, parameters: Record, *, creates: bool) -> dict[str, str | None]:
    targets = parameters.get("DeploymentTargets", {})
    if stack_set.is_service_managed:
        if parameters.get("Accounts"):
            raise invalid(
                "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target"
            )
        return dict(organization.accounts(targets, creates=creates))
    if targets.get("OrganizationalUnitIds"):
        raise invalid("StackSets with SELF_MANAGED permission model can only have Accounts as target")
    if parameters.get("Accounts") and targets.get("Accounts"):
        raise invalid("Only one of Accounts and DeploymentTargets can be specified")
    named = parameters.get("Accounts") or targets.get("Accounts") or []
    if not named:
        raise invalid("Accounts or DeploymentTargets must be specified")
    for account in named:
        if not re.fullmatch(r"\d{12}", account):
            raise invalid(f"Account {account} must be 12 digits")
    return dict.fromkeys(named)


@cache
def _known_regions() -> frozenset[str]:
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    return frozenset(
        region for each in partitions for region in session.get_available_regions("cloudformation", each)
    )
