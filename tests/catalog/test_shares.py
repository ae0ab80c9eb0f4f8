"""With whom a portfolio is shared: what the settings say, and what is there afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from private_fargate.catalog import shares
from private_fargate.catalog.proposals import propose
from private_fargate.catalog.shares import Share, ShareError, changes, found, share, wanted
from private_fargate.config.catalog import Shares
from private_fargate.deploy.session import DeployError, explained
from private_fargate.deploy.stack_state import find_stack
from tests.catalog.hub import Hub
from tests.catalog.shop import publication, published, settings
from tests.deploy.house import house

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

ORGANIZATION, UNIT, OTHER = "o-abcdefghij", "ou-abcd-11111111", "ou-abcd-22222222"


def unit(name: str = UNIT, **settings: bool) -> Share:
    return Share(kind="ORGANIZATIONAL_UNIT", id=name, **settings)


def test_units_are_shared_with_one_by_one() -> None:
    said = Shares(organizational_units=(UNIT, OTHER), organization=ORGANIZATION, principals=True)
    assert [(each.kind, each.id) for each in wanted(said)] == [
        ("ORGANIZATIONAL_UNIT", UNIT),
        ("ORGANIZATIONAL_UNIT", OTHER),
    ]
    assert all(each.tag_options and each.principals for each in wanted(said))


def test_an_organization_named_alone_gets_the_portfolio_whole() -> None:
    assert [each.kind for each in wanted(Shares(organization=ORGANIZATION))] == ["ORGANIZATION"]
    with_account = Shares(organization=ORGANIZATION, accounts=("111122223333",))
    assert wanted(with_account) == (), "then it only says who may read the templates"


def test_only_what_differs_is_done() -> None:
    found_there, said = (unit(), unit(OTHER)), (unit(principals=True), unit("ou-abcd-33333333"))
    differing = changes(found_there, said)
    assert [each.id for each in differing.added] == ["ou-abcd-33333333"]
    assert [each.id for each in differing.changed] == [UNIT]
    assert [each.id for each in differing.removed] == [OTHER]
    assert changes(said, said).is_empty


@pytest.fixture(scope="session")
def organization(aws: Session) -> str:
    """A unit of an organization that lets Service Catalog share with it."""
    client = aws.client("organizations")
    client.describe_organization()  # the embedded AWS makes it when it is first asked
    aws.client("servicecatalog").enable_aws_organizations_access()
    root = client.list_roots()["Roots"][0]["Id"]
    made: dict[str, Any] = client.create_organizational_unit(ParentId=root, Name="Teams")
    return made["OrganizationalUnit"]["Id"]


@pytest.mark.emulator
@pytest.mark.slow
def test_publishing_shares_with_a_unit_and_later_no_more(
    aws: Session, path: Path, tmp_path: Path, organization: str
) -> None:
    shared = settings(tmp_path, path.stem, shares=f"{{ organizational_units: [{organization}] }}")
    _, done = published(publication(aws, shared, house()))
    assert done.product is not None
    portfolio = done.product.portfolio
    assert found(aws, portfolio) == (unit(organization, tag_options=True),)
    assert shares.reaches_others(aws, portfolio)
    again, _ = published(publication(aws, shared, house()))
    assert again.is_empty
    alone = settings(tmp_path, path.stem)
    proposal, _ = published(publication(aws, alone, house()))
    assert [each.id for each in proposal.shares.removed] == [organization]
    assert found(aws, portfolio) == ()


@pytest.mark.emulator
def test_what_service_catalog_refuses_is_said_in_its_words(aws: Session) -> None:
    with pytest.raises(DeployError, match=r"port-nowhere"), explained():
        found(aws, "port-nowhere")


def test_accounts_that_did_not_get_the_portfolio_are_named(aws: Session) -> None:
    """The fake shares with everybody, so the answer is written here; botocore checks its shape."""
    errors = [{"Accounts": ["111122223333"], "Error": "Throttling", "Message": "slow down"}]
    stubbed: Any = Stubber(aws.client("servicecatalog"))
    stubbed.add_response("create_portfolio_share", {"PortfolioShareToken": "share-1"})
    stubbed.add_response("describe_portfolio_share_status", {"Status": "IN_PROGRESS"})
    ended = {"Status": "COMPLETED_WITH_ERRORS", "ShareDetails": {"ShareErrors": errors}}
    stubbed.add_response("describe_portfolio_share_status", ended)
    with stubbed, pytest.raises(ShareError, match=rf"{UNIT}: .*WITH_ERRORS: 111122223333: Throttling slow"):
        share(aws, "port-1", changes((), (unit(),)))


def test_without_the_organizations_trust_the_command_that_gives_it_is_named(aws: Session) -> None:
    """Before anything is made; whoever may not ask learns it when it is shared."""
    stubbed: Any = Stubber(aws.client("servicecatalog"))
    stubbed.add_response("get_aws_organizations_access_status", {"AccessStatus": "DISABLED"})
    with stubbed, pytest.raises(ShareError, match=rf"{UNIT}, .*`aws servicecatalog enable-aws-organizations"):
        shares.require_trust(aws, changes((), (unit(),)))
    with stubbed:
        shares.require_trust(aws, changes((unit(),), ()))  # is not even asked
    stubbed.add_client_error("get_aws_organizations_access_status", "OperationNotSupportedException")
    stubbed.add_client_error("create_portfolio_share", "OperationNotSupportedException")
    with stubbed:
        shares.require_trust(aws, changes((), (unit(),)))
        with pytest.raises(ShareError, match=rf"{UNIT}: .*`aws servicecatalog enable-aws-organizations"):
            share(aws, "port-1", changes((), (unit(),)))


@pytest.mark.emulator
def test_without_trust_nothing_is_made(extended_aws: EmbeddedAws, tmp_path: Path) -> None:
    hub = Hub(extended_aws, "515151515151")
    path = settings(tmp_path, "untrusted", shares=f"{{ organizational_units: [{UNIT}] }}")
    with pytest.raises(ShareError, match="does not trust Service Catalog"):
        propose(hub.publication(path, house()))
    assert find_stack(hub.session, "untrusted-catalog") is None
