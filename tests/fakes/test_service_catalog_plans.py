"""Plans in the fake of Service Catalog: what would be done, and then is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.service_catalog_house import log_group, refused, token, values, wait

if TYPE_CHECKING:
    from tests.fakes.service_catalog_house import Offer, Shop

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("service catalog")]


def plan(shop: Shop, offer: Offer, **more: Any) -> tuple[str, dict[str, Any]]:
    """Make a plan, wait for it, and return its ID and its description."""
    asked = {
        "PlanName": "plan",
        "PlanType": "CLOUDFORMATION",
        "ProductId": offer.product,
        "ProvisionedProductName": "mine",
        "ProvisioningArtifactId": offer.version,
        "IdempotencyToken": token(),
        **more,
    }
    made = shop.catalog.create_provisioned_product_plan(**asked)["PlanId"]

    def status() -> str:
        found = shop.catalog.describe_provisioned_product_plan(PlanId=made)
        return str(found["ProvisionedProductPlanDetails"]["Status"])

    wait(status, {"CREATE_IN_PROGRESS"})
    return made, shop.catalog.describe_provisioned_product_plan(PlanId=made)


def test_a_plan_of_a_launch_lists_what_would_be_made_and_makes_it(shop: Shop) -> None:
    offer = shop.offer(log_group())
    made, told = plan(shop, offer, ProvisioningParameters=values(Days="1"))
    assert told["ProvisionedProductPlanDetails"]["Status"] == "CREATE_SUCCESS"
    (change,) = told["ResourceChanges"]
    assert (change["Action"], change["ResourceType"]) == ("ADD", "AWS::Logs::LogGroup")
    assert shop.status() == "PLAN_IN_PROGRESS"
    for act in (shop.update, shop.terminate):
        with refused("InvalidParametersException", "PLAN_IN_PROGRESS"):
            act()
    assert shop.client("logs").describe_log_groups()["logGroups"] == []
    answer = shop.catalog.execute_provisioned_product_plan(PlanId=made, IdempotencyToken=token())
    assert shop.recorded(answer)["RecordDetail"]["Status"] == "SUCCEEDED"
    (group,) = shop.client("logs").describe_log_groups()["logGroups"]
    assert (group["retentionInDays"], shop.status()) == (1, "AVAILABLE")
    with refused("InvalidStateException", "EXECUTE_"):
        shop.catalog.execute_provisioned_product_plan(PlanId=made, IdempotencyToken=token())


@pytest.mark.slow
def test_a_plan_of_an_update_says_what_would_change(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.provision(offer)
    made, told = plan(shop, offer, ProvisioningParameters=values(Days="1"))
    (change,) = told["ResourceChanges"]
    assert (change["Action"], change["Replacement"]) == ("MODIFY", "FALSE")
    assert shop.status() == "AVAILABLE"
    with refused("InvalidStateException", "plan already"):
        plan(shop, offer)
    shop.catalog.delete_provisioned_product_plan(PlanId=made)
    assert shop.catalog.list_provisioned_product_plans()["ProvisionedProductPlans"] == []
    with refused("ResourceNotFoundException"):
        shop.catalog.describe_provisioned_product_plan(PlanId=made)


def test_a_plan_that_is_deleted_leaves_no_product(shop: Shop) -> None:
    made, _ = plan(shop, shop.offer(log_group()))
    shop.catalog.delete_provisioned_product_plan(PlanId=made)
    with refused("ResourceNotFoundException"):
        shop.status()


def test_a_plan_with_a_value_that_is_not_allowed_fails(shop: Shop) -> None:
    _, told = plan(shop, shop.offer(log_group()), ProvisioningParameters=values(Days="2"))
    details = told["ProvisionedProductPlanDetails"]
    assert details["Status"] == "CREATE_FAILED"
    assert "'Days'" in details["StatusMessage"]
