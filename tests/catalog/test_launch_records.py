"""What the embedded AWS cannot be brought to do: plans that fail, stacks that a team may not see, Ctrl-C."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from stubbed import stubbed

from private_fargate.catalog import records
from private_fargate.catalog.offers import Offer
from private_fargate.catalog.provisioned import MEANING, Provisioned
from private_fargate.catalog.updating import PlanError, Update, update
from private_fargate.catalog.versions import Version
from private_fargate.deploy.following import LeftRunningError
from tests.catalog.launch_house import Visitor

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from private_fargate.deploy.session import Session

NOW = datetime(2026, 11, 26, tzinfo=UTC)
THERE = Provisioned(id="pp-1", name="home", status="AVAILABLE", created=NOW, record="rec-0")
OFFER = Offer(product="prod-1", name="house", version=Version(id="pa-1", name="v1", created=NOW), path="lp-1")
PLAN = {"PlanName": "private-fargate-x", "PlanId": "plan-1", "ProvisionProductId": "pp-1"}


def record(status: str, **more: Any) -> dict[str, Any]:
    detail = {
        "RecordId": "rec-1",
        "RecordType": "PROVISION_PRODUCT",
        "Status": status,
        "ProvisionedProductId": "pp-1",
        "ProvisionedProductName": "home",
        "CreatedTime": NOW,
        **more,
    }
    return {"RecordDetail": detail, "RecordOutputs": []}


def plan_fails(stubber: Stubber, reason: str) -> None:
    """Let a plan that a killed run has left be removed, and the new one fail."""
    left = {"PlanName": "private-fargate-old", "PlanId": "plan-0"}
    others = {"PlanName": "of somebody else", "PlanId": "plan-2"}
    stubber.add_response("list_provisioned_product_plans", {"ProvisionedProductPlans": [left, others]})
    stubber.add_response("delete_provisioned_product_plan", {}, {"PlanId": "plan-0", "IgnoreErrors": True})
    stubber.add_response("create_provisioned_product_plan", PLAN)
    details = {"PlanId": "plan-1", "Status": "CREATE_FAILED", "StatusMessage": reason}
    stubber.add_response("describe_provisioned_product_plan", {"ProvisionedProductPlanDetails": details})
    stubber.add_response("delete_provisioned_product_plan", {}, {"PlanId": "plan-1", "IgnoreErrors": True})


def test_an_update_that_cannot_be_made_leaves_no_plan_and_spares_those_of_others() -> None:
    with stubbed("servicecatalog") as (session, stubber):
        plan_fails(stubber, "Parameter Days must be one of 1, 7")
        visitor = Visitor()
        with pytest.raises(PlanError, match="cannot be made: Parameter Days must be one of 1, 7"):
            update(session, Update(there=THERE, offer=OFFER), visitor, visitor)


def test_a_plan_without_changes_is_nothing_to_do() -> None:
    with stubbed("servicecatalog") as (session, stubber):
        plan_fails(stubber, "The submitted information didn't contain changes.")
        stubber.add_response("get_provisioned_product_outputs", {"Outputs": []})
        visitor = Visitor()
        result = update(session, Update(there=THERE, offer=OFFER), visitor, visitor)
        assert (result.succeeded, result.changed) == (True, False)


def without_a_stack(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a session see no stack, as that of a team that may see Service Catalog alone."""
    monkeypatch.setattr(records, "account_of", lambda _: "111122223333")
    monkeypatch.setattr(records, "stack_of", lambda *_: "")
    assert session


def test_who_may_not_see_the_stack_is_told_by_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    with stubbed("servicecatalog") as (session, stubber):
        without_a_stack(session, monkeypatch)
        for status in ("CREATED", "IN_PROGRESS", "SUCCEEDED", "SUCCEEDED"):
            stubber.add_response("describe_record", record(status))
        detail = {"Id": "pp-1", "Name": "home", "Status": "AVAILABLE", "CreatedTime": NOW}
        stubber.add_response("describe_provisioned_product", {"ProvisionedProductDetail": detail})
        stubber.add_response(
            "get_provisioned_product_outputs", {"Outputs": [{"OutputKey": "Url", "OutputValue": "x"}]}
        )
        begun = records.record_of(record("CREATED")["RecordDetail"])
        result = records.follow(session, begun, Visitor())
        assert (result.status, result.succeeded, result.outputs) == ("AVAILABLE", True, {"Url": "x"})


def test_a_failed_record_is_told_in_the_words_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    with stubbed("servicecatalog") as (session, stubber):
        without_a_stack(session, monkeypatch)
        errors = [{"Code": "AccessDenied", "Description": "the role cannot be assumed"}]
        for _ in range(2):
            stubber.add_response("describe_record", record("FAILED", RecordErrors=errors))
        detail = {"Id": "pp-1", "Name": "home", "Status": "ERROR", "CreatedTime": NOW}
        stubber.add_response("describe_provisioned_product", {"ProvisionedProductDetail": detail})
        begun = records.record_of(record("CREATED")["RecordDetail"])
        result = records.follow(session, begun, Visitor())
        assert (result.errors, result.needs_a_person) == (("the role cannot be assumed",), True)


def test_ctrl_c_leaves_it_to_service_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(records, "account_of", interrupted)
    with stubbed("servicecatalog") as (session, _):
        begun = records.record_of(record("CREATED")["RecordDetail"])
        with pytest.raises(LeftRunningError, match="the same command again joins it"):
            records.follow(session, begun, Visitor())


def test_each_state_of_service_catalog_has_words() -> None:
    with stubbed("servicecatalog") as (session, _):
        model = session.client("servicecatalog").meta.service_model  # type: ignore[attr-defined]
        assert set(MEANING) == set(model.shape_for("ProvisionedProductStatus").enum)
