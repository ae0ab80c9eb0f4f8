"""Sharing in the fake of Service Catalog: with an account, and with a part of the organization."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.service_catalog_house import Shop, allow, log_group, nesting, refused, wait

if TYPE_CHECKING:
    from tests.fakes.service_catalog_house import Offer

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("service catalog")]


@pytest.fixture
def other(extended_aws: Any) -> Shop:
    """An account with which portfolios are shared."""
    return Shop(extended_aws)


def share(shop: Shop, offer: Offer, other: Shop, **more: Any) -> None:
    shop.catalog.create_portfolio_share(PortfolioId=offer.portfolio, AccountId=other.account, **more)


def seen(shop: Shop) -> list[str]:
    return [each["ProductId"] for each in shop.catalog.search_products()["ProductViewSummaries"]]


def test_a_shared_portfolio_has_to_be_accepted_and_opened_to_somebody(shop: Shop, other: Shop) -> None:
    offer = shop.offer(log_group())
    with refused("ResourceNotFoundException"):
        other.catalog.accept_portfolio_share(PortfolioId=offer.portfolio)
    share(shop, offer, other)
    with refused("ResourceNotFoundException"):
        other.admit(offer.portfolio)
    other.catalog.accept_portfolio_share(PortfolioId=offer.portfolio)
    assert seen(other) == []
    other.admit(offer.portfolio)
    assert seen(other) == [offer.product]
    accepted = other.catalog.list_accepted_portfolio_shares()["PortfolioDetails"]
    assert [each["Id"] for each in accepted] == [offer.portfolio]
    (told,) = shop.catalog.describe_portfolio_shares(PortfolioId=offer.portfolio, Type="ACCOUNT")[
        "PortfolioShareDetails"
    ]
    assert (told["PrincipalId"], told["Accepted"]) == (other.account, True)
    shop.catalog.delete_portfolio_share(PortfolioId=offer.portfolio, AccountId=other.account)
    assert seen(other) == []


def test_principals_by_pattern_and_tag_options_are_shared_if_said_so(shop: Shop, other: Shop) -> None:
    offer = shop.offer(log_group())
    option = shop.catalog.create_tag_option(Key="team", Value="a")["TagOptionDetail"]["Id"]
    shop.catalog.associate_tag_option_with_resource(ResourceId=offer.portfolio, TagOptionId=option)
    share(shop, offer, other)
    other.catalog.accept_portfolio_share(PortfolioId=offer.portfolio)
    assert other.catalog.describe_portfolio(Id=offer.portfolio)["TagOptions"] == []
    shop.catalog.update_portfolio_share(
        PortfolioId=offer.portfolio, AccountId=other.account, ShareTagOptions=True, SharePrincipals=True
    )
    assert len(other.catalog.describe_portfolio(Id=offer.portfolio)["TagOptions"]) == 1
    other.admit(offer.portfolio)
    form = other.catalog.describe_provisioning_parameters(
        ProductId=offer.product, ProvisioningArtifactId=offer.version
    )
    assert form["TagOptions"] == [{"Key": "team", "Values": ["a"]}]


@pytest.mark.parametrize("readable", [True, False])
def test_another_account_launches_with_a_role_and_a_bucket_that_let_it(
    shop: Shop, other: Shop, *, readable: bool
) -> None:
    offer = shop.offer(nesting(shop.put(log_group())))
    shop.constrain(offer, "LAUNCH", {"LocalRoleName": "launch"})
    share(shop, offer, other)
    other.catalog.accept_portfolio_share(PortfolioId=offer.portfolio)
    other.admit(offer.portfolio)
    other.role("launch", allow("*"))
    if readable:
        principal = {"AWS": f"arn:aws:iam::{other.account}:root"}
        statement = allow("s3:GetObject", resource=f"arn:aws:s3:::{shop.bucket}/*", Principal=principal)
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        shop.client("s3").put_bucket_policy(Bucket=shop.bucket, Policy=document)
    record = other.provision(offer)["RecordDetail"]
    assert record["Status"] == ("SUCCEEDED" if readable else "FAILED")
    assert record["LaunchRoleArn"] == f"arn:aws:iam::{other.account}:role/launch"
    if readable:
        with refused("ResourceInUseException"):
            shop.catalog.delete_product(Id=offer.product)


@pytest.mark.slow
def test_a_role_of_the_other_account_cannot_be_taken(shop: Shop, other: Shop) -> None:
    offer = shop.offer(log_group())
    arn = f"arn:aws:iam::{shop.account}:role/{shop.role('launch', allow('*'))}"
    shop.constrain(offer, "LAUNCH", {"RoleArn": arn})
    share(shop, offer, other)
    other.catalog.accept_portfolio_share(PortfolioId=offer.portfolio)
    other.admit(offer.portfolio)
    assert "sts:AssumeRole" in other.provision(offer)["RecordDetail"]["RecordErrors"][0]["Description"]


def test_a_unit_gets_the_portfolio_by_itself_once_access_is_enabled(shop: Shop) -> None:
    offer = shop.offer(log_group())
    organizations = shop.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="teams")["OrganizationalUnit"]["Id"]
    member = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]
    account = organizations.describe_create_account_status(CreateAccountRequestId=member["Id"])[
        "CreateAccountStatus"
    ]["AccountId"]
    node = {"Type": "ORGANIZATIONAL_UNIT", "Value": unit}
    with refused("OperationNotSupportedException", "not enabled"):
        shop.catalog.create_portfolio_share(PortfolioId=offer.portfolio, OrganizationNode=node)
    shop.catalog.enable_aws_organizations_access()
    made = shop.catalog.create_portfolio_share(PortfolioId=offer.portfolio, OrganizationNode=node)
    asked = {"PortfolioShareToken": made["PortfolioShareToken"]}

    def status() -> str:
        return str(shop.catalog.describe_portfolio_share_status(**asked)["Status"])

    again = {"PortfolioId": offer.portfolio, "OrganizationNode": node}
    assert shop.catalog.update_portfolio_share(**again, ShareTagOptions=True)["Status"] == "IN_PROGRESS"
    assert wait(status, {"IN_PROGRESS"}) == "COMPLETED"
    member_shop = Shop.__new__(Shop)
    member_shop.url, member_shop.account = shop.url, account
    member_shop.catalog = member_shop.client("servicecatalog")
    with refused("ResourceNotFoundException"):
        member_shop.admit(offer.portfolio)
    organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
    member_shop.admit(offer.portfolio)
    assert seen(member_shop) == [offer.product]
    listed = member_shop.catalog.list_accepted_portfolio_shares(PortfolioShareType="AWS_ORGANIZATIONS")
    assert [each["Id"] for each in listed["PortfolioDetails"]] == [offer.portfolio]


def test_a_portfolio_is_shared_with_an_account_or_a_node_and_not_with_its_owner(shop: Shop) -> None:
    portfolio = shop.portfolio()
    with refused("InvalidParametersException", "Either"):
        shop.catalog.create_portfolio_share(PortfolioId=portfolio)
    with refused("InvalidParametersException", "owns"):
        shop.catalog.create_portfolio_share(PortfolioId=portfolio, AccountId=shop.account)
