"""Plans: what launching or updating a product would do, as a change set of its stack says."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, WaiterError

from tests.fakes.service_catalog import inside, launching, rights, stacks
from tests.fakes.service_catalog.call import found
from tests.fakes.service_catalog.records import new_record
from tests.fakes.service_catalog.refusals import InvalidParametersError, InvalidStateError
from tests.fakes.service_catalog.state import new_id, tags_of

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.launching import Choice
    from tests.fakes.service_catalog.records import Provisioned
    from tests.fakes.service_catalog.stacks import Order
    from tests.fakes.service_catalog.state import Book, Json

_PLANNABLE = frozenset({"AVAILABLE", "TAINTED"})
_CHANGES = {"Add": "ADD", "Modify": "MODIFY", "Remove": "REMOVE"}


@dataclass(kw_only=True)
class Plan:
    """A plan.

    Attributes:
        is_new: whether the product is not there yet.
        before: the state of the product before the plan.
    """

    id: str
    name: str
    of: Provisioned
    choice: Choice
    order: Order
    is_new: bool
    before: str
    status: str = "CREATE_IN_PROGRESS"
    message: str = ""
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    change_set: str = ""
    changes: list[Json] = field(default_factory=list)

    def become(self, status: str, message: str = "") -> None:
        self.status, self.message, self.updated = status, message, time.time()

    def summary(self) -> Json:
        return {
            "PlanName": self.name,
            "PlanId": self.id,
            "ProvisionProductId": self.of.id,
            "ProvisionProductName": self.of.name,
            "PlanType": "CLOUDFORMATION",
            "ProvisioningArtifactId": self.choice.artifact.id,
        }


def create(call: Call) -> Json:
    name = call.input["ProvisionedProductName"]
    known = next((each for each in call.book.provisioned.values() if each.name == name), None)
    if known is not None and known.status not in _PLANNABLE:
        raise InvalidStateError(f"Provisioned product {known.id} is in status {known.status}.")
    if known is not None and any(
        plan.of is known and not plan.status.startswith("EXECUTE") for plan in call.book.plans.values()
    ):
        raise InvalidStateError(f"Provisioned product {known.id} has a plan already.")
    choice = launching.choose(call) if known is None else launching.choose_for(call, known)
    token = call.input["IdempotencyToken"]
    of = launching.new_product(call, choice, token) if known is None else known
    plan = Plan(
        id=new_id("plan"),
        name=call.input["PlanName"],
        of=of,
        choice=choice,
        order=launching.order(call, choice, of),
        is_new=known is None,
        before=of.status,
    )
    if known is None:
        of.settle("PLAN_IN_PROGRESS")
        call.book.provisioned[of.id] = of
    call.book.plans[plan.id] = plan
    stacks.in_background(lambda: _make(plan))
    return {
        "PlanName": plan.name,
        "PlanId": plan.id,
        "ProvisionProductId": of.id,
        "ProvisionedProductName": of.name,
        "ProvisioningArtifactId": choice.artifact.id,
    }


def _make(plan: Plan) -> None:
    """Make the change set of a plan, and note what it says."""
    of = plan.of
    client = inside.client("cloudformation", of.account, of.region)
    try:
        role = launching.role_of(plan.choice.way, of.account)
        if role:
            arn = f"arn:aws:cloudformation:{of.region}:{of.account}:stack/{of.stack}/new"
            rights.take(role, of.account, of.region).require("cloudformation:CreateChangeSet", arn)
        answer = client.create_change_set(
            ChangeSetName=plan.id,
            ChangeSetType="CREATE" if plan.is_new else "UPDATE",
            **plan.order.arguments(of.stack),
        )
        plan.change_set = answer["Id"]
        waiter = client.get_waiter("change_set_create_complete")
        waiter.wait(ChangeSetName=plan.change_set, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
        pages = client.get_paginator("describe_change_set").paginate(ChangeSetName=plan.change_set)
        plan.changes = [_change(each["ResourceChange"]) for page in pages for each in page["Changes"]]
    except WaiterError as error:
        plan.become("CREATE_FAILED", str(error.last_response.get("StatusReason", error)))
    except ClientError as error:
        plan.become("CREATE_FAILED", error.response["Error"]["Message"])
    except ValueError as error:
        plan.become("CREATE_FAILED", str(error))
    else:
        plan.become("CREATE_SUCCESS")


def _change(change: Json) -> Json:
    """Return a change of a change set as a plan has it."""
    replacement = {"True": "TRUE", "False": "FALSE", "Conditional": "CONDITIONAL"}.get(
        change.get("Replacement", "")
    )
    told = {
        "Action": _CHANGES.get(change["Action"], "MODIFY"),
        "LogicalResourceId": change["LogicalResourceId"],
        "PhysicalResourceId": change.get("PhysicalResourceId", ""),
        "ResourceType": change["ResourceType"],
        "Scope": [each.upper() for each in change.get("Scope", [])],
        "Details": [_detail(each) for each in change.get("Details", [])],
    }
    return {**told, **({"Replacement": replacement} if replacement else {})}


def _detail(detail: Json) -> Json:
    target = detail.get("Target", {})
    told: Json = {
        "Target": {
            "Attribute": target.get("Attribute", "Properties").upper(),
            **({"Name": target["Name"]} if "Name" in target else {}),
            "RequiresRecreation": target.get("RequiresRecreation", "Never").upper(),
        }
    }
    if "Evaluation" in detail:
        told["Evaluation"] = detail["Evaluation"].upper()
    if "CausingEntity" in detail:
        told["CausingEntity"] = detail["CausingEntity"]
    return told


def describe(call: Call) -> Json:
    plan = _plan(call)
    details = {
        **plan.summary(),
        "CreatedTime": plan.created,
        "UpdatedTime": plan.updated,
        "PathId": plan.choice.way.id,
        "ProductId": plan.choice.way.product.id,
        "Status": plan.status,
        "StatusMessage": plan.message,
        "NotificationArns": plan.order.topics,
        "ProvisioningParameters": [_parameter(each) for each in plan.order.values],
        "Tags": tags_of(plan.order.tags),
    }
    return {"ProvisionedProductPlanDetails": details, "ResourceChanges": plan.changes}


def _parameter(value: Json) -> Json:
    if value.get("UsePreviousValue"):
        return {"Key": value["ParameterKey"], "UsePreviousValue": True}
    return {"Key": value["ParameterKey"], "Value": value["ParameterValue"]}


def list_all(call: Call) -> Json:
    wanted = call.input.get("ProvisionProductId")
    listed = [plan for plan in call.book.plans.values() if wanted in {None, plan.of.id}]
    return {"ProvisionedProductPlans": [plan.summary() for plan in listed]}


def execute(call: Call) -> Json:
    plan = _plan(call)
    if plan.status != "CREATE_SUCCESS":
        raise InvalidStateError(f"Plan {plan.id} is in status {plan.status}.")
    of = plan.of
    if not plan.is_new:
        launching.check_state(of)
    launching.move(of, plan.choice, plan.order.tags)
    kind = "PROVISION_PRODUCT" if plan.is_new else "UPDATE_PROVISIONED_PRODUCT"
    record = new_record(call.book, of, kind)
    told = record.detail()
    plan.become("EXECUTE_IN_PROGRESS")

    def ended(status: str) -> None:
        plan.become("EXECUTE_SUCCESS" if status == "SUCCEEDED" else "EXECUTE_FAILED", of.message)

    record.about_to_end = ended
    stacks.in_background(lambda: stacks.execute(of, record, plan.change_set))
    return {"RecordDetail": told}


def delete(call: Call) -> Json:
    plan = _plan(call)
    if plan.status.endswith("IN_PROGRESS"):
        raise InvalidParametersError(f"Plan {plan.id} is in status {plan.status}.")
    del call.book.plans[plan.id]
    if not plan.status.startswith("EXECUTE"):
        _forget(call.book, plan)
    return {}


def _forget(book: Book, plan: Plan) -> None:
    """Remove the change set of a plan, and a product that would have come of it."""
    client: Any = inside.client("cloudformation", plan.of.account, plan.of.region)
    if plan.change_set:
        client.delete_change_set(ChangeSetName=plan.change_set)
    if plan.is_new:
        book.provisioned.pop(plan.of.id, None)
        client.delete_stack(StackName=plan.of.stack)


def _plan(call: Call) -> Plan:
    return found(call.book.plans, call.input["PlanId"], "Plan")


OPERATIONS = {
    "CreateProvisionedProductPlan": create,
    "DescribeProvisionedProductPlan": describe,
    "ListProvisionedProductPlans": list_all,
    "ExecuteProvisionedProductPlan": execute,
    "DeleteProvisionedProductPlan": delete,
}
