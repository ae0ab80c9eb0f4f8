"""CloudFormation's API of one StackSet, as whom it is asked, and its refusals.

boto3 ships no types: what comes back is the JSON that the API documents.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from private_fargate.deploy.paging import paged
from private_fargate.deploy.session import DeployError, code_of, explained
from private_fargate.rollout.model import Instance, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

_AT_ONCE = 8  # instances that are read, within the limits of the API
_MISSING = "StackSetNotFound"


class NoStackSetError(DeployError):
    """There is no such StackSet."""

    exit_code = 2


@dataclass(frozen=True, kw_only=True)
class StackSet:
    """A StackSet that is there or is to be.

    Attributes:
        session: The administrator's account, in the Region of the StackSet.
        name: Its name.
        delegated: Whether the account acts for the management account of the organization.
    """

    session: Session
    name: str
    delegated: bool = False

    def ask(self, operation: str, **arguments: object) -> dict[str, Any]:
        """Call an operation of the API on this StackSet."""
        client = self.session.client("cloudformation")
        caller = {"CallAs": "DELEGATED_ADMIN"} if self.delegated else {}
        return getattr(client, operation)(StackSetName=self.name, **caller, **arguments)

    def each(self, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Yield the summaries of an operation that lists, page after page."""
        for page in paged(partial(self.ask, operation), **arguments):
            yield from page["Summaries"]

    def described(self) -> dict[str, Any] | None:
        """Return what AWS says of it; None if it is not there."""
        try:
            found = self.ask("describe_stack_set")["StackSet"]
        except ClientError as error:
            if code_of(error).startswith(_MISSING):
                return None
            raise
        return found if found.get("Status") != "DELETED" else None

    def require(self) -> dict[str, Any]:
        """Return what AWS says of it.

        Raises:
            NoStackSetError: it is not there.
        """
        found = self.described()
        if found is None:
            message = (
                f"there is no StackSet {self.name} in {self.session.region}; `build.py rollout` makes it, "
                "or name another one with --stack, or its Region with --region"
            )
            raise NoStackSetError(message)
        return found

    def summaries(self) -> dict[Place, Instance]:
        """Return its instances, without their values."""
        found = (_instance(each) for each in self.each("list_stack_instances"))
        return {each.place: each for each in found}

    def instances(self) -> dict[Place, Instance]:
        """Return its instances with their values; for each one AWS is asked."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(self.instance, self.summaries())
            return {each.place: each for each in found if each is not None}

    def instance(self, place: Place) -> Instance | None:
        """Return one instance; None if it is gone."""
        where = {"StackInstanceAccount": place.account, "StackInstanceRegion": place.region}
        try:
            return _instance(self.ask("describe_stack_instance", **where)["StackInstance"])
        except ClientError as error:
            if code_of(error).startswith("StackInstanceNotFound"):
                return None
            raise


def looked_up(stack_set: StackSet) -> dict[Place, Instance] | None:
    """Return the instances of a StackSet, without their values; None if it is not there.

    Raises:
        DeployError: AWS refuses to tell.
    """
    with explained():
        return stack_set.summaries() if stack_set.described() else None


def _instance(told: dict[str, Any]) -> Instance:
    return Instance(
        place=Place(told["Account"], told["Region"]),
        status=told.get("Status", ""),
        detail=told.get("StackInstanceStatus", {}).get("DetailedStatus", ""),
        reason=told.get("StatusReason", ""),
        stack_id=told.get("StackId", ""),
        unit=told.get("OrganizationalUnitId", ""),
        drift=told.get("DriftStatus", "NOT_CHECKED"),
        overrides={
            each["ParameterKey"]: each["ParameterValue"] for each in told.get("ParameterOverrides", [])
        },
    )
