"""Stacks of Service Catalog's resource types, in the fake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.service_catalog_house import log_group, new_account, refused, wait

if TYPE_CHECKING:
    from tests.fakes.service_catalog_house import Shop

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("service catalog")]

TYPE = "AWS::ServiceCatalog::"


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"{TYPE}{kind}", "Properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def catalog(shop: Shop, *urls: str, owner: str = "Builders", **more: Any) -> dict[str, Any]:
    """A template that offers a product with a version for each address."""
    place = {"PortfolioId": ref("Portfolio"), "ProductId": ref("Product")}
    after = {"DependsOn": "Association"}
    versions = [{"Name": f"v{n}", "Info": {"LoadTemplateFromURL": url}} for n, url in enumerate(urls, 1)]
    rules = json.dumps({"Week": {"Assertions": [{"Assert": {"Fn::Equals": [ref("Days"), "7"]}}]}})
    resources = {
        "Portfolio": resource("Portfolio", DisplayName="P", ProviderName="me"),
        "Product": resource(
            "CloudFormationProduct", Name="P", Owner=owner, ProvisioningArtifactParameters=versions, **more
        ),
        "Association": resource("PortfolioProductAssociation", **place),
        "Principal": resource(
            "PortfolioPrincipalAssociation",
            PortfolioId=ref("Portfolio"),
            PrincipalARN=shop.me,
            PrincipalType="IAM",
        ),
        "Role": {**resource("LaunchRoleConstraint", LocalRoleName="launch", **place), **after},
        "Rules": {**resource("LaunchTemplateConstraint", Rules=rules, **place), **after},
        "Tags": {
            **resource("ResourceUpdateConstraint", TagUpdateOnProvisionedProduct="ALLOWED", **place),
            **after,
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Notices": {
            **resource("LaunchNotificationConstraint", NotificationArns=[ref("Topic")], **place),
            **after,
        },
        "Option": resource("TagOption", Key="team", Value="a"),
        "Options": resource("TagOptionAssociation", ResourceId=ref("Portfolio"), TagOptionId=ref("Option")),
        "Share": resource(
            "PortfolioShare", PortfolioId=ref("Portfolio"), AccountId=new_account(), ShareTagOptions=True
        ),
    }
    outputs = {
        "Product": ref("Product"),
        "Portfolio": ref("Portfolio"),
        "Versions": {"Fn::GetAtt": ["Product", "ProvisioningArtifactIds"]},
    }
    return {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}


def deployed(
    shop: Shop, template: dict[str, Any], operation: str = "create_stack"
) -> tuple[str, dict[str, str]]:
    """Create or update the stack, wait, and return its status and outputs."""
    cloudformation = shop.client("cloudformation")
    getattr(cloudformation, operation)(StackName="catalog", TemplateBody=json.dumps(template))

    def status() -> str:
        found = str(cloudformation.describe_stacks(StackName="catalog")["Stacks"][0]["StackStatus"])
        return "IN_PROGRESS" if found.endswith("IN_PROGRESS") else found

    end = wait(status, {"IN_PROGRESS"})
    (stack,) = cloudformation.describe_stacks(StackName="catalog")["Stacks"]
    return end, {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def versions(shop: Shop, product: str) -> dict[str, str]:
    listed = shop.catalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    return {each["Name"]: each["Id"] for each in listed}


def test_a_stack_offers_a_product_and_takes_it_back(shop: Shop) -> None:
    status, outputs = deployed(shop, catalog(shop, shop.put(log_group())))
    assert status == "CREATE_COMPLETE"
    portfolio, product = outputs["Portfolio"], outputs["Product"]
    listed = shop.catalog.list_constraints_for_portfolio(PortfolioId=portfolio)["ConstraintDetails"]
    kinds = {each["Type"] for each in listed}
    assert kinds == {"LAUNCH", "TEMPLATE", "RESOURCE_UPDATE", "NOTIFICATION"}
    assert shop.catalog.search_products()["ProductViewSummaries"][0]["ProductId"] == product
    told = shop.catalog.describe_portfolio(Id=portfolio)
    assert [each["Value"] for each in told["TagOptions"]] == ["a"]
    assert outputs["Versions"] == versions(shop, product)["v1"]
    shop.client("cloudformation").delete_stack(StackName="catalog")
    shop.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="catalog", WaiterConfig={"Delay": 0.1, "MaxAttempts": 600}
    )
    assert shop.catalog.list_portfolios()["PortfolioDetails"] == []
    assert shop.catalog.search_products_as_admin()["ProductViewDetails"] == []


def test_versions_of_a_template_come_and_go_and_those_of_the_api_stay(shop: Shop) -> None:
    one, two, three = (shop.put(log_group(Description=text)) for text in ("one", "two", "three"))
    _, outputs = deployed(shop, catalog(shop, one))
    product = outputs["Product"]
    by_api = shop.version(product, log_group(), "api")
    first = versions(shop, product)["v1"]
    deployed(shop, catalog(shop, one, two), "update_stack")
    assert versions(shop, product).keys() == {"v1", "v2", "api"}
    deployed(shop, catalog(shop, one, owner="Others"), "update_stack")
    assert versions(shop, product) == {"v1": first, "api": by_api}
    _, outputs = deployed(shop, catalog(shop, three, owner="Others"), "update_stack")
    after = versions(shop, product)
    assert (after["v1"] != first, after["api"], outputs["Versions"]) == (True, by_api, after["v1"])


@pytest.mark.slow
def test_versions_are_replaced_where_the_template_wants_it(shop: Shop) -> None:
    url = shop.put(log_group())
    _, outputs = deployed(shop, catalog(shop, url))
    first = versions(shop, outputs["Product"])
    changed = catalog(shop, url, owner="Others", ReplaceProvisioningArtifacts=True)
    deployed(shop, changed, "update_stack")
    second = versions(shop, outputs["Product"])
    assert (second.keys(), second != first) == (first.keys(), True)


def test_a_product_without_a_template_fails_its_stack(shop: Shop) -> None:
    status, _ = deployed(shop, catalog(shop, f"{shop.url}/{shop.bucket}/missing.json"))
    assert status == "ROLLBACK_COMPLETE"
    events = shop.client("cloudformation").describe_stack_events(StackName="catalog")["StackEvents"]
    reasons = " ".join(each.get("ResourceStatusReason", "") for each in events)
    assert "Invalid templateBody" in reasons
    assert "Error Code: InvalidParametersException" in reasons
    assert shop.catalog.list_portfolios()["PortfolioDetails"] == []


@pytest.mark.slow
def test_what_the_api_does_not_take_fails_its_stack(shop: Shop) -> None:
    portfolio = resource("Portfolio", DisplayName="P", ProviderName="x" * 51)
    status, _ = deployed(shop, {"Resources": {"Portfolio": portfolio}})
    assert status == "ROLLBACK_COMPLETE"


def test_a_product_that_is_launched_keeps_its_stack(shop: Shop) -> None:
    """Only what is offered without a role, so that nothing else stands in the way."""
    template = catalog(shop, shop.put(log_group()))
    for name in ("Role", "Notices"):
        del template["Resources"][name]
    _, outputs = deployed(shop, template)
    asked = {"ProductId": outputs["Product"], "ProvisioningArtifactName": "v1"}
    answer = shop.catalog.provision_product(ProvisionedProductName="mine", ProvisionToken="t", **asked)
    assert shop.recorded(answer)["RecordDetail"]["Status"] == "SUCCEEDED"
    cloudformation = shop.client("cloudformation")
    cloudformation.delete_stack(StackName="catalog")

    def status() -> str:
        return str(cloudformation.describe_stacks(StackName="catalog")["Stacks"][0]["StackStatus"])

    assert wait(status, {"CREATE_COMPLETE", "DELETE_IN_PROGRESS"}) == "DELETE_FAILED"
    with refused("ResourceInUseException"):
        shop.catalog.delete_product(Id=outputs["Product"])
