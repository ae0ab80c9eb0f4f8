"""The fake of Service Catalog, as those see it who offer products."""

from __future__ import annotations

import pytest

from tests.fakes.service_catalog_house import (
    KIND,
    Shop,
    artifact,
    log_group,
    pages,
    refused,
    token,
)

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("service catalog")]


def test_a_product_is_creating_for_a_moment_and_then_available(shop: Shop) -> None:
    made = shop.catalog.create_product(
        Name="P",
        Owner="me",
        ProductType=KIND,
        ProvisioningArtifactParameters=artifact("v1", shop.put(log_group())),
        IdempotencyToken=token(),
    )["ProductViewDetail"]
    assert made["Status"] == "CREATING"
    product = made["ProductViewSummary"]["ProductId"]

    def status() -> str:
        return str(shop.catalog.describe_product_as_admin(Id=product)["ProductViewDetail"]["Status"])

    assert shop.settled(status) == "AVAILABLE"


def test_a_version_that_cloudformation_does_not_take_is_failed(shop: Shop) -> None:
    product, _ = shop.product(log_group())
    bad = {"Resources": {"A": {"Type": "AWS::Nonsense::Thing"}}}
    version = shop.version(product, bad)
    named = {"ProductId": product, "ProvisioningArtifactId": version}
    assert shop.catalog.describe_provisioning_artifact(**named)["Status"] == "FAILED"


@pytest.mark.parametrize("body", ["no template", "{}", '{"Resources": {}}', None])
def test_what_is_no_template_is_refused(shop: Shop, body: str | None) -> None:
    url = shop.put(body) if body is not None else f"{shop.url}/{shop.bucket}/missing.json"
    with refused("InvalidParametersException", "Invalid templateBody"):
        shop.catalog.create_product(
            Name="P",
            Owner="me",
            ProductType=KIND,
            ProvisioningArtifactParameters=artifact("v1", url),
            IdempotencyToken=token(),
        )


def test_the_type_of_a_version_has_to_be_said(shop: Shop) -> None:
    product, _ = shop.product(log_group())
    nameless = {key: value for key, value in artifact("v2", shop.put(log_group())).items() if key != "Type"}
    with refused("InvalidParametersException", "type"):
        shop.catalog.create_provisioning_artifact(
            ProductId=product, Parameters=nameless, IdempotencyToken=token()
        )


def test_a_name_of_a_version_has_no_spaces(shop: Shop) -> None:
    product, _ = shop.product(log_group())
    with refused("InvalidParametersException", "No spaces"):
        shop.version(product, log_group(), "v 2")


def test_a_version_tells_its_address_and_its_parameters(shop: Shop) -> None:
    product, version = shop.product(log_group(Description="How long"))
    told = shop.catalog.describe_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=version, IncludeProvisioningArtifactParameters=True
    )
    assert told["Info"]["TemplateUrl"].startswith(f"{shop.url}/{shop.bucket}/")
    (days,) = told["ProvisioningArtifactParameters"]
    assert (days["ParameterKey"], days["DefaultValue"], days["Description"]) == ("Days", "7", "How long")
    assert days["ParameterConstraints"]["AllowedValues"] == ["1", "7"]


def test_a_version_can_be_renamed_deprecated_and_hidden(shop: Shop) -> None:
    product, version = shop.product(log_group())
    named = {"ProductId": product, "ProvisioningArtifactId": version}
    shop.catalog.update_provisioning_artifact(**named, Name="v1b", Active=False, Guidance="DEPRECATED")
    (detail,) = shop.catalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    assert (detail["Name"], detail["Active"], detail["Guidance"]) == ("v1b", False, "DEPRECATED")


def test_the_last_version_stays(shop: Shop) -> None:
    product, first = shop.product(log_group())
    with refused("ResourceInUseException"):
        shop.catalog.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=first)
    shop.version(product, log_group())
    shop.catalog.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=first)
    left = shop.catalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    assert [each["Name"] for each in left] == ["v2"]


@pytest.mark.slow
def test_a_product_has_a_hundred_versions_at_most(shop: Shop) -> None:
    product, _ = shop.product(log_group())
    url = shop.put(log_group())
    for number in range(2, 101):
        shop.catalog.create_provisioning_artifact(
            ProductId=product, Parameters=artifact(f"v{number}", url), IdempotencyToken=token()
        )
    with refused("LimitExceededException"):
        shop.version(product, log_group(), "v101")


def test_a_product_of_a_portfolio_cannot_be_deleted(shop: Shop) -> None:
    offer = shop.offer(log_group())
    with refused("ResourceInUseException", offer.portfolio):
        shop.catalog.delete_product(Id=offer.product)
    shop.catalog.disassociate_product_from_portfolio(ProductId=offer.product, PortfolioId=offer.portfolio)
    shop.catalog.delete_product(Id=offer.product)
    with refused("ResourceNotFoundException"):
        shop.catalog.describe_product_as_admin(Id=offer.product)


def test_a_portfolio_in_use_cannot_be_deleted(shop: Shop) -> None:
    offer = shop.offer(log_group())
    with refused("ResourceInUseException", "products, principals"):
        shop.catalog.delete_portfolio(Id=offer.portfolio)
    named = {"PortfolioId": offer.portfolio}
    shop.catalog.disassociate_product_from_portfolio(ProductId=offer.product, **named)
    shop.catalog.disassociate_principal_from_portfolio(PrincipalARN=shop.me, **named)
    shop.catalog.delete_portfolio(Id=offer.portfolio)
    assert shop.catalog.list_portfolios()["PortfolioDetails"] == []


def test_a_product_with_constraints_stays_in_its_portfolio(shop: Shop) -> None:
    offer = shop.offer(log_group())
    constraint = shop.constrain(offer, "LAUNCH", {"LocalRoleName": "launch"})
    with refused("ResourceInUseException", constraint):
        shop.catalog.disassociate_product_from_portfolio(ProductId=offer.product, PortfolioId=offer.portfolio)


def test_a_constraint_settles_and_tells_its_parameters(shop: Shop) -> None:
    offer = shop.offer(log_group())
    made = shop.catalog.create_constraint(
        PortfolioId=offer.portfolio,
        ProductId=offer.product,
        Type="LAUNCH",
        Parameters='{"LocalRoleName": "launch"}',
        IdempotencyToken=token(),
    )
    assert (made["Status"], made["ConstraintParameters"]) == ("CREATING", '{"LocalRoleName": "launch"}')
    constraint = made["ConstraintDetail"]["ConstraintId"]
    assert shop.settled(lambda: shop.catalog.describe_constraint(Id=constraint)["Status"]) == "AVAILABLE"


def test_a_constraint_with_rules_that_are_none_is_failed(shop: Shop) -> None:
    offer = shop.offer(log_group())
    constraint = shop.constrain(offer, "TEMPLATE", {"Rules": {"A": {"Assertions": "none"}}})
    assert shop.settled(lambda: shop.catalog.describe_constraint(Id=constraint)["Status"]) == "FAILED"


def test_there_is_one_launch_constraint_and_no_stack_set_beside_it(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.constrain(offer, "LAUNCH", {"LocalRoleName": "launch"})
    with refused("DuplicateResourceException"):
        shop.constrain(offer, "LAUNCH", {"LocalRoleName": "other"})
    stack_set = {"AccountList": [], "RegionList": [], "AdminRole": "a", "ExecutionRole": "e"}
    with refused("InvalidParametersException", "STACKSET"):
        shop.constrain(offer, "STACKSET", {"Version": "1.0", "Properties": stack_set})


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("LAUNCH", {"LocalRoleName": "a", "RoleArn": "arn:aws:iam::111122223333:role/a"}),
        ("LAUNCH", {"RoleArn": "launch"}),
        ("NOTIFICATION", {"NotificationArns": ["launch"]}),
        ("RESOURCE_UPDATE", {"Version": "2.0", "Properties": {}}),
        ("TEMPLATE", {"Assertions": []}),
        ("SOMETHING", {}),
    ],
)
def test_constraints_have_the_parameters_of_their_kind(shop: Shop, kind: str, parameters: object) -> None:
    offer = shop.offer(log_group())
    with refused("InvalidParametersException"):
        shop.constrain(offer, kind, parameters)


def test_a_constraint_needs_an_association(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.catalog.disassociate_product_from_portfolio(ProductId=offer.product, PortfolioId=offer.portfolio)
    with refused("ResourceNotFoundException", "not associated"):
        shop.constrain(offer, "LAUNCH", {"LocalRoleName": "launch"})


def test_the_same_token_makes_one_portfolio_and_refuses_another(shop: Shop) -> None:
    asked = {"DisplayName": "P", "ProviderName": "me", "IdempotencyToken": "once"}
    first = shop.catalog.create_portfolio(**asked)["PortfolioDetail"]
    assert shop.catalog.create_portfolio(**asked)["PortfolioDetail"] == first
    with refused("InvalidParametersException", "once"):
        shop.catalog.create_portfolio(**{**asked, "DisplayName": "Q"})
    assert len(shop.catalog.list_portfolios()["PortfolioDetails"]) == 1


def test_lists_come_in_pages(shop: Shop) -> None:
    made = [shop.portfolio(f"P{number}") for number in range(5)]
    listed = list(pages(shop.catalog.list_portfolios, "PortfolioDetails", 2))
    assert [len(page) for page in listed] == [2, 2, 1]
    assert [each["Id"] for page in listed for each in page] == made
    with refused("InvalidParametersException", "token"):
        shop.catalog.list_portfolios(PageToken="nonsense")


def test_input_that_the_service_model_does_not_know_is_refused(shop: Shop) -> None:
    with refused("ValidationException", "less than or equal to 50"):
        shop.catalog.create_portfolio(DisplayName="P", ProviderName="x" * 51, IdempotencyToken="t")
    with refused("ValidationException", "regular expression pattern"):
        shop.catalog.create_portfolio(DisplayName="P", ProviderName="x", IdempotencyToken="not a token")
    with refused("ValidationException", "enum value set"):
        shop.catalog.describe_portfolio_shares(PortfolioId="port-x", Type="FRIENDS")


def test_what_the_fake_does_not_have_it_says(shop: Shop) -> None:
    with refused("NotImplemented", "ListServiceActions"):
        shop.catalog.list_service_actions()


def test_accounts_do_not_see_each_other(shop: Shop) -> None:
    other = Shop.__new__(Shop)
    assert shop.portfolio()
    other.url, other.account = shop.url, "999999999999"
    assert other.client("servicecatalog").list_portfolios()["PortfolioDetails"] == []


@pytest.mark.parametrize(
    ("kind", "arn"),
    [
        ("IAM", "arn:aws:iam::123456789012:role/of-another-account"),
        ("IAM", "arn:aws:iam::ACCOUNT:role/any-*"),
        ("IAM", "arn:aws:s3:::bucket"),
        ("IAM_PATTERN", "arn:aws:iam::ACCOUNT:role/any-*"),
    ],
)
def test_a_principal_is_one_of_the_account_or_a_pattern_without_one(shop: Shop, kind: str, arn: str) -> None:
    with refused("InvalidParametersException", "rincipal ARN"):
        shop.admit(shop.portfolio(), arn.replace("ACCOUNT", shop.account), kind)


@pytest.mark.slow
def test_a_portfolio_has_ten_patterns_at_most(shop: Shop) -> None:
    portfolio = shop.portfolio()
    for number in range(10):
        shop.admit(portfolio, f"arn:aws:iam:::role/any-{number}-*", "IAM_PATTERN")
    with refused("LimitExceededException"):
        shop.admit(portfolio, "arn:aws:iam:::role/one-more-*", "IAM_PATTERN")


def test_tag_options_in_use_stay(shop: Shop) -> None:
    portfolio = shop.portfolio()
    option = shop.catalog.create_tag_option(Key="team", Value="a")["TagOptionDetail"]["Id"]
    with refused("DuplicateResourceException"):
        shop.catalog.create_tag_option(Key="team", Value="a")
    shop.catalog.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId=option)
    with refused("ResourceInUseException", portfolio):
        shop.catalog.delete_tag_option(Id=option)
    shown = shop.catalog.describe_portfolio(Id=portfolio)["TagOptions"]
    assert [(each["Key"], each["Value"]) for each in shown] == [("team", "a")]
    shop.catalog.disassociate_tag_option_from_resource(ResourceId=portfolio, TagOptionId=option)
    shop.catalog.delete_tag_option(Id=option)


def test_products_are_found_by_words_and_sorted(shop: Shop) -> None:
    for name in ("alpha", "gamma", "beta"):
        shop.product(log_group(), name)
    found = shop.catalog.search_products_as_admin(SortBy="Title", SortOrder="DESCENDING")
    names = [each["ProductViewSummary"]["Name"] for each in found["ProductViewDetails"]]
    assert names == ["gamma", "beta", "alpha"]
    found = shop.catalog.search_products_as_admin(Filters={"FullTextSearch": ["ALPH"]})
    assert len(found["ProductViewDetails"]) == 1
