"""What is known of StackSets, their instances and their operations; kept in memory, by account and Region."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region, now_iso

from tests.fakes.stack_sets.forms import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = dict[str, Any]
Target = tuple[str, str]  # account and Region

SERVICE_MANAGED = "SERVICE_MANAGED"
OVER = frozenset({"SUCCEEDED", "FAILED", "STOPPED"})


@dataclass
class Instance:
    """A stack in an account and a Region, or what has become of it."""

    account: str
    region: str
    unit: str | None = None
    stack_id: str | None = None
    status: str = "OUTDATED"
    detailed_status: str = "PENDING"
    reason: str | None = None
    overrides: list[Record] = field(default_factory=list)
    drift_status: str = "NOT_CHECKED"
    drift_checked: str | None = None
    drifts: list[Record] = field(default_factory=list)
    last_operation: str | None = None

    @property
    def target(self) -> Target:
        """Where it is."""
        return self.account, self.region


@dataclass
class Result:
    """What an operation has done in one account and Region."""

    account: str
    region: str
    unit: str | None = None
    status: str = "PENDING"
    reason: str | None = None


@dataclass
class Operation:
    """One operation on many instances.

    Attributes:
        imports: whether it takes stacks in that are there.
        asked: fingerprint of the request, by which one that is sent again is known.
        results: by account and Region, in the order of the request.
    """

    operation_id: str
    action: str
    preferences: Record
    asked: str
    results: dict[Target, Result]
    imports: bool = False
    retain: bool | None = None
    targets: Record | None = None
    status: str = "RUNNING"
    reason: str | None = None
    created: str = field(default_factory=now_iso)
    ended: str | None = None
    drift: Record | None = None
    roles: Record = field(default_factory=dict)


@dataclass
class StackSet:
    """A template, its parameters, and the places where it is.

    Attributes:
        settings: the members of the API's description that a request gives and that are only kept.
    """

    name: str
    set_id: str
    arn: str
    template: str
    parameters: list[Record]
    capabilities: list[str]
    tags: list[Record]
    settings: Record
    status: str = "ACTIVE"
    instances: dict[Target, Instance] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    drift: Record | None = None
    role_template: str | None = None

    @property
    def is_service_managed(self) -> bool:
        """Whether Organizations gives the rights."""
        return bool(self.settings["PermissionModel"] == SERVICE_MANAGED)

    def unfinished(self) -> list[Operation]:
        """Return the operations that run or wait, in the order of their requests."""
        return [each for each in self.operations.values() if each.status not in OVER]

    def operation(self, operation_id: str) -> Operation:
        """Return an operation.

        Raises:
            RefusalError: there is none of that ID.
        """
        if operation_id not in self.operations:
            raise RefusalError("OperationNotFoundException", f"Operation {operation_id} not found")
        return self.operations[operation_id]

    def instance(self, account: str, region: str) -> Instance:
        """Return an instance.

        Raises:
            RefusalError: there is none there.
        """
        if (account, region) not in self.instances:
            message = f"Stack instance not found for account {account} and region {region}"
            raise RefusalError("StackInstanceNotFoundException", message)
        return self.instances[account, region]


_sets = AccountRegionScopedDict()  # by ID


def add(stack_set: StackSet) -> None:
    """Keep a new StackSet in the current account and Region."""
    _sets[stack_set.set_id] = stack_set


def all_here() -> list[StackSet]:
    """Return the StackSets of the current account and Region, deleted ones too."""
    return list(_sets.values())


def all_anywhere() -> Iterable[StackSet]:
    """Return every StackSet of every account."""
    return list(_sets.all_values())


def find(asked: str, *, acts_for_organization: bool = False) -> StackSet:
    """Return the active StackSet of a name, an ID or an ARN.

    Raises:
        RefusalError: there is none.
    """
    for each in all_here():
        called = each.status == "ACTIVE" and asked == each.name
        hidden = acts_for_organization and not each.is_service_managed
        if not hidden and (called or asked in {each.set_id, each.arn}):
            return each
    raise RefusalError("StackSetNotFoundException", f"StackSet {asked} not found")


def arn_of(set_id: str) -> str:
    """Return the ARN of a StackSet of the current account and Region."""
    return f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:stackset/{set_id}"
