"""The fake of Service Catalog, as those see it who launch products."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.service_catalog_house import (
    Shop,
    allow,
    broken,
    client,
    log_group,
    nesting,
    refused,
    token,
    values,
)

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("service catalog")]


def groups(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.client("logs").describe_log_groups()["logGroups"]
    return found


def test_a_launch_makes_a_stack_with_all_that_is_nested_in_it(shop: Shop) -> None:
    offer = shop.offer(nesting(shop.put(log_group())))
    told = shop.provision(offer, ProvisioningParameters=values(Days="1"), Tags=[{"Key": "t", "Value": "v"}])
    record = told["RecordDetail"]
    assert (record["Status"], record["RecordType"]) == ("SUCCEEDED", "PROVISION_PRODUCT")
    (group,) = groups(shop)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in told["RecordOutputs"]}
    assert (outputs["Group"], group["retentionInDays"]) == (group["logGroupName"], 1)
    name = f"SC-{shop.account}-{record['ProvisionedProductId']}"
    (stack,) = shop.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    assert outputs["CloudformationStackARN"] == stack["StackId"]
    assert {"Key": "t", "Value": "v"} in stack["Tags"]
    assert shop.status() == "AVAILABLE"


def test_a_launch_that_is_asked_for_twice_is_done_once(shop: Shop) -> None:
    offer = shop.offer(log_group())
    asked = {"ProductId": offer.product, "ProvisioningArtifactId": offer.version, "ProvisionToken": token()}
    answer = shop.catalog.provision_product(ProvisionedProductName="mine", **asked)
    assert answer["RecordDetail"]["Status"] == "CREATED"
    again = shop.catalog.provision_product(ProvisionedProductName="mine", **asked)
    assert again["RecordDetail"]["RecordId"] == answer["RecordDetail"]["RecordId"]
    assert shop.recorded(answer)["RecordDetail"]["Status"] == "SUCCEEDED"


@pytest.mark.slow
def test_a_product_is_under_change_until_its_record_has_ended(slow_shop: Shop) -> None:
    offer = slow_shop.offer(log_group())
    asked = {"ProductId": offer.product, "ProvisioningArtifactId": offer.version, "ProvisionToken": token()}
    answer = slow_shop.catalog.provision_product(ProvisionedProductName="mine", **asked)
    assert slow_shop.status() == "UNDER_CHANGE"
    assert slow_shop.recorded(answer)["RecordDetail"]["Status"] == "SUCCEEDED"
    assert slow_shop.status() == "AVAILABLE"


def test_outputs_are_got_by_the_name_of_the_product(shop: Shop) -> None:
    shop.provision(shop.offer(log_group()))
    asked = {"ProvisionedProductName": "mine", "OutputKeys": ["Group"]}
    (output,) = shop.catalog.get_provisioned_product_outputs(**asked)["Outputs"]
    assert output == {
        "OutputKey": "Group",
        "OutputValue": groups(shop)[0]["logGroupName"],
        "Description": "Where it is logged",
    }


def test_the_form_has_the_parameters_and_says_what_constrains_them(shop: Shop) -> None:
    offer = shop.offer(log_group(Description="How long"))
    shop.constrain(offer, "RESOURCE_UPDATE", tag_updates("ALLOWED"))
    form = shop.catalog.describe_provisioning_parameters(
        ProductName="Product", ProvisioningArtifactName="v1", PathName="Portfolio"
    )
    assert [each["ParameterKey"] for each in form["ProvisioningArtifactParameters"]] == ["Days"]
    assert [each["Type"] for each in form["ConstraintSummaries"]] == ["RESOURCE_UPDATE"]
    assert [each["Key"] for each in form["ProvisioningArtifactOutputKeys"]] == ["Group"]


def tag_updates(allowed: str) -> dict[str, Any]:
    return {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": allowed}}


def test_an_update_keeps_what_it_is_told_to_keep(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.provision(offer, ProvisioningParameters=values(Days="1"))
    version = shop.version(offer.product, log_group(Description="longer"))
    told = shop.update(
        ProvisioningArtifactId=version, ProvisioningParameters=[{"Key": "Days", "UsePreviousValue": True}]
    )
    assert told["RecordDetail"]["Status"] == "SUCCEEDED"
    assert groups(shop)[0]["retentionInDays"] == 1
    detail = shop.catalog.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    assert detail["ProvisioningArtifactId"] == version
    assert shop.update(ProvisioningParameters=values(Days="7"))["RecordDetail"]["Status"] == "SUCCEEDED"
    assert groups(shop)[0]["retentionInDays"] == 7


@pytest.mark.slow
def test_an_update_without_changes_succeeds(shop: Shop) -> None:
    shop.provision(shop.offer(log_group()))
    assert shop.update()["RecordDetail"]["Status"] == "SUCCEEDED"


@pytest.mark.slow
def test_a_failed_update_leaves_a_tainted_product_that_works(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.provision(offer)
    before = groups(shop)
    version = shop.version(offer.product, broken())
    told = shop.update(ProvisioningArtifactId=version)
    assert told["RecordDetail"]["Status"] == "FAILED"
    assert "UPDATE_ROLLBACK_COMPLETE" in told["RecordDetail"]["RecordErrors"][0]["Description"]
    assert (shop.status(), groups(shop)) == ("TAINTED", before)
    assert shop.update(ProvisioningArtifactId=offer.version)["RecordDetail"]["Status"] == "SUCCEEDED"
    assert shop.status() == "AVAILABLE"


def test_a_failed_launch_is_rolled_back_and_can_only_be_terminated(shop: Shop) -> None:
    offer = shop.offer(broken())
    record = shop.provision(offer)["RecordDetail"]
    assert (record["Status"], shop.status(), groups(shop)) == ("FAILED", "ERROR", [])
    assert "Other" in record["RecordErrors"][0]["Description"]
    assert shop.update()["RecordDetail"]["Status"] == "FAILED"
    assert shop.terminate()["RecordDetail"]["Status"] == "SUCCEEDED"
    with refused("ResourceNotFoundException"):
        shop.status()


def test_a_termination_removes_everything_and_its_record_stays(shop: Shop) -> None:
    shop.provision(shop.offer(log_group()))
    record = shop.terminate()["RecordDetail"]
    assert (record["Status"], groups(shop)) == ("SUCCEEDED", [])
    assert shop.catalog.scan_provisioned_products()["ProvisionedProducts"] == []
    history = shop.catalog.list_record_history()["RecordDetails"]
    kinds = [each["RecordType"] for each in history]
    assert kinds == ["TERMINATE_PROVISIONED_PRODUCT", "PROVISION_PRODUCT"]


@pytest.mark.slow
def test_a_termination_can_leave_the_stack(shop: Shop) -> None:
    shop.provision(shop.offer(log_group()))
    shop.terminate(RetainPhysicalResources=True)
    assert len(groups(shop)) == 1
    assert shop.catalog.scan_provisioned_products()["ProvisionedProducts"] == []


def test_two_products_do_not_have_one_name(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.provision(offer)
    with refused("DuplicateResourceException"):
        shop.provision(offer)


def test_the_root_is_copied_and_its_children_are_not(shop: Shop) -> None:
    child = shop.put(log_group(), "child.json")
    offer = shop.offer(nesting(child))
    root = shop.catalog.describe_provisioning_artifact(
        ProductId=offer.product, ProvisioningArtifactId=offer.version
    )["Info"]["TemplateUrl"]
    s3 = shop.client("s3")
    s3.delete_object(Bucket=shop.bucket, Key=root.partition(f"{shop.bucket}/")[2])
    assert shop.provision(offer)["RecordDetail"]["Status"] == "SUCCEEDED"
    s3.delete_object(Bucket=shop.bucket, Key="child.json")
    assert shop.provision(offer, "other")["RecordDetail"]["Status"] == "FAILED"


def test_a_child_at_a_relative_address_is_not_found(shop: Shop) -> None:
    assert shop.provision(shop.offer(nesting("child.json")))["RecordDetail"]["Status"] == "FAILED"


@pytest.mark.slow
def test_inactive_versions_are_hidden_and_deprecated_ones_only_updated(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.provision(offer)
    named = {"ProductId": offer.product, "ProvisioningArtifactId": offer.version}
    shop.catalog.update_provisioning_artifact(**named, Guidance="DEPRECATED")
    with refused("InvalidParametersException", "deprecated"):
        shop.provision(offer, "other")
    assert shop.update(ProvisioningParameters=values(Days="1"))["RecordDetail"]["Status"] == "SUCCEEDED"
    shop.catalog.update_provisioning_artifact(**named, Active=False, Guidance="DEFAULT")
    for act in (lambda: shop.provision(offer, "other"), shop.update):
        with refused("InvalidParametersException", "not active"):
            act()
    assert shop.catalog.describe_product(Id=offer.product)["ProvisioningArtifacts"] == []


@pytest.mark.slow
def test_versions_and_products_that_are_launched_stay(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.provision(offer)
    shop.version(offer.product, log_group())
    with refused("ResourceInUseException", "pp-"):
        shop.catalog.delete_provisioning_artifact(
            ProductId=offer.product, ProvisioningArtifactId=offer.version
        )
    shop.catalog.disassociate_product_from_portfolio(ProductId=offer.product, PortfolioId=offer.portfolio)
    with refused("ResourceInUseException", "pp-"):
        shop.catalog.delete_product(Id=offer.product)


def test_without_access_there_is_no_path(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.catalog.disassociate_principal_from_portfolio(PortfolioId=offer.portfolio, PrincipalARN=shop.me)
    with refused("ResourceNotFoundException", f"No launch paths found for resource: {offer.product}"):
        shop.provision(offer)
    assert shop.catalog.search_products()["ProductViewSummaries"] == []


@pytest.mark.parametrize("pattern", [False, True])
def test_a_role_launches_what_it_or_its_pattern_was_given(shop: Shop, *, pattern: bool) -> None:
    offer = shop.offer(log_group())
    role = shop.role("team-blue", allow("*"), service="ec2.amazonaws.com")
    arn = f"arn:aws:iam::{shop.account}:role/{role}"
    taken = shop.client("sts").assume_role(RoleArn=arn, RoleSessionName="somebody")["Credentials"]
    catalog = client(shop.url, taken["AccessKeyId"], "servicecatalog", taken["SessionToken"])
    assert catalog.search_products()["ProductViewSummaries"] == []
    if pattern:
        shop.admit(offer.portfolio, "arn:aws:iam:::role/team-*", "IAM_PATTERN")
    else:
        shop.admit(offer.portfolio, arn)
    (view,) = catalog.search_products()["ProductViewSummaries"]
    assert view["ProductId"] == offer.product


def test_of_several_paths_one_has_to_be_named(shop: Shop) -> None:
    offer = shop.offer(log_group())
    other = shop.portfolio("Other")
    shop.catalog.associate_product_with_portfolio(ProductId=offer.product, PortfolioId=other)
    shop.admit(other)
    with refused("InvalidParametersException", "PathId"):
        shop.provision(offer)
    paths = shop.catalog.list_launch_paths(ProductId=offer.product)["LaunchPathSummaries"]
    assert {each["Name"] for each in paths} == {"Portfolio", "Other"}
    told = shop.provision(offer, PathId=paths[0]["Id"])["RecordDetail"]
    assert (told["Status"], told["PathId"]) == ("SUCCEEDED", paths[0]["Id"])


def test_a_value_that_is_not_allowed_fails_the_launch(shop: Shop) -> None:
    record = shop.provision(shop.offer(log_group()), ProvisioningParameters=values(Days="2"))["RecordDetail"]
    assert (record["Status"], shop.status()) == ("FAILED", "ERROR")
    assert "'Days'" in record["RecordErrors"][0]["Description"]


def test_rules_of_a_template_constraint_fail_the_launch_with_their_sentence(shop: Shop) -> None:
    offer = shop.offer(log_group())
    week = {
        "Assert": {"Fn::Equals": [{"Ref": "Days"}, "7"]},
        "AssertDescription": "Logs are kept for a week here.",
    }
    shop.constrain(offer, "TEMPLATE", {"Rules": {"Week": {"Assertions": [week]}}})
    record = shop.provision(offer, ProvisioningParameters=values(Days="1"))["RecordDetail"]
    assert "Logs are kept for a week here." in record["RecordErrors"][0]["Description"]
    assert shop.provision(offer, "other")["RecordDetail"]["Status"] == "SUCCEEDED"


def test_a_value_has_4096_characters_at_most(shop: Shop) -> None:
    with refused("ValidationException", "4096"):
        shop.provision(shop.offer(log_group()), ProvisioningParameters=values(Days="1" * 4097))


def test_of_several_values_of_a_tag_option_one_has_to_be_chosen(shop: Shop) -> None:
    offer = shop.offer(log_group())
    for key, value in (("team", "a"), ("team", "b"), ("company", "c")):
        option = shop.catalog.create_tag_option(Key=key, Value=value)["TagOptionDetail"]["Id"]
        shop.catalog.associate_tag_option_with_resource(ResourceId=offer.portfolio, TagOptionId=option)
    with refused("InvalidParametersException", "a, b"):
        shop.provision(offer)
    with refused("InvalidParametersException", "not z"):
        shop.provision(offer, Tags=[{"Key": "team", "Value": "z"}])
    record = shop.provision(offer, Tags=[{"Key": "team", "Value": "b"}])["RecordDetail"]
    assert record["Status"] == "SUCCEEDED"
    found = {each["Key"]: each["Value"] for each in record["RecordTags"]}
    assert found == {"team": "b", "company": "c"}


@pytest.mark.slow
def test_tags_change_only_where_a_constraint_allows_it(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.provision(offer, Tags=[{"Key": "t", "Value": "1"}])
    with refused("InvalidParametersException", "RESOURCE_UPDATE"):
        shop.update(Tags=[{"Key": "t", "Value": "2"}])
    shop.constrain(offer, "RESOURCE_UPDATE", tag_updates("ALLOWED"))
    told = shop.update(Tags=[{"Key": "t", "Value": "2"}])
    assert told["RecordDetail"]["RecordTags"] == [{"Key": "t", "Value": "2"}]


@pytest.mark.slow
def test_the_topic_of_a_notification_constraint_is_that_of_the_stack(shop: Shop) -> None:
    offer = shop.offer(log_group())
    topic = shop.client("sns").create_topic(Name="launches")["TopicArn"]
    shop.constrain(offer, "NOTIFICATION", {"NotificationArns": [topic]})
    shop.provision(offer)
    (stack,) = shop.client("cloudformation").describe_stacks()["Stacks"]
    assert stack["NotificationARNs"] == [topic]


@pytest.mark.slow
def test_provisioned_products_are_found_by_what_they_are_of(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.provision(offer)
    for query, number in ((f"productId:{offer.product}", 1), ("status:ERROR", 0), ("mine", 1)):
        found = shop.catalog.search_provisioned_products(Filters={"SearchQuery": [query]})
        assert found["TotalResultsCount"] == number, query
    assert found["ProvisionedProducts"][0]["PhysicalId"].startswith("arn:aws:cloudformation:")


@pytest.mark.slow
def test_a_template_too_large_to_be_sent_is_launched(shop: Shop) -> None:
    large = {**log_group(), "Metadata": {"Text": "x" * 60_000}}
    assert shop.provision(shop.offer(large))["RecordDetail"]["Status"] == "SUCCEEDED"
