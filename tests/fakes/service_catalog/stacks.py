"""The work behind a record: a stack is made, changed or deleted with the rights of the launch role."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.fakes.service_catalog import inside, rights
from tests.fakes.service_catalog.rights import DeniedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.service_catalog.records import Provisioned, Record
    from tests.fakes.service_catalog.rights import Rights
    from tests.fakes.service_catalog.state import Json

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_POLL = 0.02  # seconds
_BEGINS_AFTER = 0.05  # seconds in which a record is CREATED
_SUCCESS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
_SERVING = frozenset({"UPDATE_ROLLBACK_COMPLETE"})
_UNCHANGED = "No updates are to be performed."
_STACK = "cloudformation"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a stack shall be made of."""

    artifact: str
    body: str
    values: list[Json]
    tags: dict[str, str]
    topics: list[str] = field(default_factory=list)

    def arguments(self, stack: str) -> dict[str, Any]:
        """Return the order as CloudFormation takes it."""
        return {
            "StackName": stack,
            "TemplateURL": rights.keep_copy(self.artifact, self.body),
            "Parameters": self.values,
            "Capabilities": CAPABILITIES,
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "NotificationARNs": self.topics,
        }


def in_background(work: Callable[[], None]) -> None:
    """Do something while the answer is already given."""

    def later() -> None:
        time.sleep(_BEGINS_AFTER)
        work()

    threading.Thread(target=later, daemon=True).start()


def make(of: Provisioned, record: Record, order: Order) -> None:
    """Make the stack of a provisioned product."""

    def begin(client: Any) -> None:
        client.create_stack(**order.arguments(of.stack))

    _carry_out(of, record, "CreateStack", begin, copy=order.artifact)


def change(of: Provisioned, record: Record, order: Order) -> None:
    """Change the stack of a provisioned product."""

    def begin(client: Any) -> None:
        client.update_stack(**order.arguments(of.stack))

    _carry_out(of, record, "UpdateStack", begin, copy=order.artifact)


def execute(of: Provisioned, record: Record, change_set: str) -> None:
    """Do what a change set of the stack says."""

    def begin(client: Any) -> None:
        client.execute_change_set(ChangeSetName=change_set)

    _carry_out(of, record, "ExecuteChangeSet", begin, copy=record.artifact)


def delete(of: Provisioned, record: Record, forget: Callable[[], None], *, anyway: bool) -> None:
    """Delete the stack of a provisioned product, and forget the product when that is done.

    Args:
        of: the product.
        record: to tell how it goes.
        forget: the product.
        anyway: forget it whatever becomes of the stack.
    """
    client = inside.client(_STACK, of.account, of.region)
    record.become("IN_PROGRESS")
    try:
        _rights(of, "DeleteStack")
        stack = of.stack_id or of.stack
        client.delete_stack(StackName=stack)
        end = _settled(client, stack, record)
        _check_gone(end)
    except (ClientError, ValueError) as error:
        if anyway:
            forget()
        else:
            of.settle("ERROR", _text(error))
        record.fail(_code(error), _text(error))  # at last: who sees the end of a record looks at the product
        return
    forget()
    record.become("SUCCEEDED")


def _check_gone(end: Json | None) -> None:
    """Refuse a stack that is still there.

    Raises:
        ValueError: it is.
    """
    if end is not None and end["StackStatus"] != "DELETE_COMPLETE":
        raise ValueError(f"{end['StackStatus']}: {end.get('StackStatusReason', '')}")


def _carry_out(
    of: Provisioned, record: Record, action: str, begin: Callable[[Any], None], *, copy: str
) -> None:
    client = inside.client(_STACK, of.account, of.region)
    record.become("IN_PROGRESS")
    before = of.stack_id
    try:
        taken = _rights(of, action, copy=copy)
        rights.guard(of.stack, taken, of.account, of.region)
        begin(client)
        end = _settled(client, of.stack, record)
    except (ClientError, ValueError) as error:
        if _UNCHANGED in str(error):  # and so it is as it was asked for
            _succeed(of, record)
        else:
            of.settle("TAINTED" if before else "ERROR", _text(error))
            record.fail(_code(error), _text(error))
        return
    if end is None:
        of.settle("ERROR", f"Stack {of.stack} does not exist")
        record.fail("StackFailure", f"Stack {of.stack} does not exist")
        return
    _tell(client, of, record, end)


def _tell(client: Any, of: Provisioned, record: Record, end: Json) -> None:
    of.stack_id = end["StackId"]
    status = end["StackStatus"]
    if status in _SUCCESS:
        of.outputs = _outputs(end)
        _succeed(of, record)
        return
    record.outputs = _outputs(end)
    reason = f"{status}: {_reason(client, end)}"
    of.settle("TAINTED" if status in _SERVING else "ERROR", reason)
    record.fail("StackFailure", reason)


def _succeed(of: Provisioned, record: Record) -> None:
    record.outputs, of.last_successful = of.outputs, record.id
    of.settle("AVAILABLE")
    record.become("SUCCEEDED")


def _rights(of: Provisioned, action: str, *, copy: str = "") -> Rights | None:
    """Return what the launch role may do, after it was asked whether it may do this to the stack."""
    if not of.role:
        return None
    taken = rights.take(of.role, of.account, of.region)
    arn = of.stack_id or f"arn:aws:cloudformation:{of.region}:{of.account}:stack/{of.stack}/new"
    taken.require(f"cloudformation:{action}", arn)
    if copy:
        tagged = {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}
        taken.require("s3:GetObject", f"arn:aws:s3:::{rights.COPIES}/{copy}", **tagged)
    return taken


def _settled(client: Any, stack: str, record: Record) -> Json | None:
    """Wait for the end of what goes on with a stack; None if it is gone."""
    while True:
        try:
            found = client.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError:
            return None
        status = found["StackStatus"]
        if not status.endswith("IN_PROGRESS"):
            return found
        if "ROLLBACK" in status and record.status == "IN_PROGRESS":
            record.become("IN_PROGRESS_IN_ERROR")
        time.sleep(_POLL)


def _outputs(stack: Json) -> list[Json]:
    own = [
        {
            "OutputKey": each["OutputKey"],
            "OutputValue": each["OutputValue"],
            "Description": each.get("Description", ""),
        }
        for each in stack.get("Outputs", [])
    ]
    description = "The ARN of the launched Cloudformation Stack"
    arn = {"OutputKey": "CloudformationStackARN", "OutputValue": stack["StackId"], "Description": description}
    return [arn, *own]


def _reason(client: Any, stack: Json) -> str:
    """Return why a stack was rolled back, in AWS's words; ministack's name no resource."""
    failed: list[str] = []
    for event in client.describe_stack_events(StackName=stack["StackId"])[
        "StackEvents"
    ]:  # the last one first
        status, name = event["ResourceStatus"], event["LogicalResourceId"]
        if name == stack["StackName"] and status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            break
        if name != stack["StackName"] and status in {"CREATE_FAILED", "UPDATE_FAILED"}:
            failed.append(name)
    if not failed:
        return str(stack.get("StackStatusReason", ""))
    verb = "create" if stack["StackStatus"] == "ROLLBACK_COMPLETE" else "update"
    return f"The following resource(s) failed to {verb}: [{', '.join(sorted(failed))}]."


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return "AccessDenied" if isinstance(error, DeniedError) else "StackFailure"


def _text(error: Exception) -> str:
    return str(error.response["Error"]["Message"]) if isinstance(error, ClientError) else str(error)
