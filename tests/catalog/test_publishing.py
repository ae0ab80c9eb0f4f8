"""What publishing does to a product that teams use, against a Service Catalog inside the embedded AWS."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.catalog import products, versions
from private_fargate.catalog.proposals import propose, withdraw
from private_fargate.catalog.publishing import settle
from private_fargate.catalog.versions import BadVersionError, VersionLimitError
from private_fargate.deploy.deploy import deploy
from private_fargate.deploy.inventory import NoSuchStackError, root_of
from private_fargate.deploy.stack_state import find_stack
from private_fargate.deploy.watching import Watcher
from tests.catalog.shop import publication, published, settings
from tests.deploy.house import house

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.deploy.session import Session

pytestmark = pytest.mark.emulator


def catalog_of(aws: Session, product: str) -> list[dict[str, Any]]:
    listed = aws.client("servicecatalog").list_provisioning_artifacts(ProductId=product)
    return listed["ProvisioningArtifactDetails"]


def launched(aws: Session, product: str, version: str, name: str | None = None) -> dict[str, Any]:
    """Launch a version as a team does, and return what came of it."""
    client = aws.client("servicecatalog")
    record = client.provision_product(
        ProductId=product,
        ProvisioningArtifactId=version,
        ProvisionedProductName=name or f"house-{uuid.uuid4().hex[:8]}",
        ProvisioningParameters=[],
        ProvisionToken=uuid.uuid4().hex,
    )["RecordDetail"]
    while record["Status"] in {"CREATED", "IN_PROGRESS"}:
        record = client.describe_record(Id=record["RecordId"])["RecordDetail"]
    return record


def test_what_is_not_published_is_told_as_a_stack_that_is_not_deployed(aws: Session, path: Path) -> None:
    with pytest.raises(products.NoCatalogError, match=r"`build\.py catalog publish` makes it") as caught:
        products.require(aws, f"{path.stem}-catalog")
    with pytest.raises(NoSuchStackError) as status:
        root_of(aws, path.stem)
    assert caught.value.exit_code == status.value.exit_code == 2


def test_the_first_time_makes_the_product_with_its_first_version(aws: Session, path: Path) -> None:
    wanted = publication(aws, path, house())
    proposal, done = published(wanted)
    assert (proposal.product, proposal.there) == (None, None)
    assert done.added
    assert done.product is not None
    (only,) = catalog_of(aws, done.product.id)
    assert (only["Name"], only["Description"]) == (wanted.name, "- A house.")
    assert launched(aws, done.product.id, only["Id"])["Status"] == "SUCCEEDED"


def test_publishing_twice_changes_nothing(aws: Session, path: Path) -> None:
    _, first = published(publication(aws, path, house()))
    assert first.product is not None
    stack = find_stack(aws, publication(aws, path, house()).stack)
    before = catalog_of(aws, first.product.id)
    proposal, second = published(publication(aws, path, house()))
    assert proposal.is_empty
    assert (second.added, second.outcome, second.version) == (False, None, first.version)
    assert catalog_of(aws, first.product.id) == before
    assert find_stack(aws, publication(aws, path, house()).stack) == stack


def test_changed_templates_add_one_version_and_leave_the_first_launchable(aws: Session, path: Path) -> None:
    _, first = published(publication(aws, path, house()))
    assert first.product is not None
    before = catalog_of(aws, first.product.id)
    _, second = published(publication(aws, path, larger()))
    assert second.version is not None
    assert second.added
    after = catalog_of(aws, first.product.id)
    assert [each for each in after if each["Id"] != second.version.id] == before
    for each in after:
        assert launched(aws, first.product.id, each["Id"])["Status"] == "SUCCEEDED"


@pytest.mark.slow
def test_other_settings_of_the_catalog_update_its_stack_and_touch_no_version(
    aws: Session, path: Path
) -> None:
    _, first = published(publication(aws, path, house()))
    assert first.product is not None
    published(publication(aws, path, larger()))
    before = catalog_of(aws, first.product.id)
    _, done = published(publication(aws, path, larger(), description="A better house"))
    assert done.outcome is not None
    assert done.outcome.status == "UPDATE_COMPLETE"
    told = aws.client("servicecatalog").describe_portfolio(Id=first.product.portfolio)
    assert told["PortfolioDetail"]["Description"] == "A better house"
    assert catalog_of(aws, first.product.id) == before


@pytest.mark.slow
def test_going_back_to_earlier_templates_adds_nothing_and_says_so(aws: Session, path: Path) -> None:
    _, first = published(publication(aws, path, house()))
    _, second = published(publication(aws, path, larger()))
    assert second.version is not None
    proposal, done = published(publication(aws, path, house()))
    assert (done.added, done.version) == (False, first.version)
    assert proposal.notes == (f"{second.version.name} is newer, and stays the newest",)


def test_a_proposal_that_is_withdrawn_leaves_nothing(aws: Session, path: Path) -> None:
    wanted = publication(aws, path, house())
    withdraw(propose(wanted))
    state = find_stack(aws, wanted.stack)
    assert state is None or state.status == "DELETE_IN_PROGRESS"


def bad() -> dict[str, bytes]:
    """Templates that are JSON and that CloudFormation refuses."""
    templates = house()
    root = json.loads(templates["parent.json"])
    root["Resources"]["Nothing"] = {"Type": "AWS::Nothing::Here"}
    return {**templates, "parent.json": json.dumps(root).encode()}


def larger(*names: str) -> dict[str, bytes]:
    """Other templates, that make more."""
    return house(extra={name: {"Type": "AWS::Logs::LogGroup"} for name in names or ("Attic",)})


def test_a_version_that_is_refused_is_removed_and_the_reason_told(aws: Session, path: Path) -> None:
    _, first = published(publication(aws, path, house()))
    assert first.product is not None
    with pytest.raises(BadVersionError, match="does not take its template, and the version is removed"):
        published(publication(aws, path, bad()))
    assert [each["Name"] for each in catalog_of(aws, first.product.id)] == [first.product.first]


@pytest.mark.slow
def test_a_run_that_was_killed_after_the_stack_is_finished(aws: Session, path: Path) -> None:
    """The stack is there, and nobody has seen its end."""
    wanted = publication(aws, path, house())
    deploy(wanted.deployment(None), Watcher())
    again, done = published(wanted)
    assert again.planned.plan.is_empty
    assert done.version is not None
    assert done.version.name == wanted.name


@pytest.mark.slow
def test_a_run_that_was_killed_while_the_stack_was_made_is_joined(aws: Session, path: Path) -> None:
    wanted = publication(aws, path, house())
    proposal = propose(wanted)
    aws.client("cloudformation").execute_change_set(ChangeSetName=proposal.planned.plan.change_set)
    outcome = settle(wanted, Watcher())
    assert outcome is None or outcome.succeeded
    _, done = published(wanted)
    assert done.version is not None
    assert done.version.name == wanted.name


def test_a_run_that_was_killed_while_a_version_was_made_is_finished(aws: Session, path: Path) -> None:
    """The version was asked for, and its end not awaited."""
    _, first = published(publication(aws, path, house()))
    assert first.product is not None
    wanted = publication(aws, path, larger())
    begun = aws.client("servicecatalog").create_provisioning_artifact(
        ProductId=first.product.id,
        Parameters={
            "Name": wanted.name,
            "Info": {"LoadTemplateFromURL": wanted.url},
            "Type": "CLOUD_FORMATION_TEMPLATE",
        },
        IdempotencyToken=uuid.uuid4().hex,
    )["ProvisioningArtifactDetail"]["Id"]
    _, done = published(wanted)
    assert done.version is not None
    assert done.version.id == begun
    assert versions.status(aws, first.product.id, begun) == "AVAILABLE"
    assert len(catalog_of(aws, first.product.id)) == 2


@pytest.mark.slow
def test_a_refused_version_that_a_killed_run_has_left_is_cleared_away(aws: Session, path: Path) -> None:
    _, first = published(publication(aws, path, house()))
    assert first.product is not None
    wanted = publication(aws, path, bad())
    aws.client("servicecatalog").create_provisioning_artifact(
        ProductId=first.product.id,
        Parameters={
            "Name": wanted.name,
            "Info": {"LoadTemplateFromURL": wanted.url},
            "Type": "CLOUD_FORMATION_TEMPLATE",
        },
        IdempotencyToken=uuid.uuid4().hex,
    )
    with pytest.raises(BadVersionError):
        published(wanted)
    assert len(catalog_of(aws, first.product.id)) == 1


def filled(aws: Session, product: str, url: str) -> None:
    """Give a product as many versions as it can have."""
    there = len(catalog_of(aws, product))
    for number in range(there, versions.LIMIT):
        aws.client("servicecatalog").create_provisioning_artifact(
            ProductId=product,
            Parameters={
                "Name": f"0.0.{number}",
                "Info": {"LoadTemplateFromURL": url},
                "Type": "CLOUD_FORMATION_TEMPLATE",
            },
            IdempotencyToken=uuid.uuid4().hex,
        )


@pytest.mark.slow
def test_before_the_hundredth_version_old_ones_make_room(aws: Session, path: Path) -> None:
    first = publication(aws, path, house())
    _, done = published(first)
    assert done.product is not None
    filled(aws, done.product.id, first.url)
    proposal, added = published(publication(aws, path, larger()))
    assert added.version is not None
    assert len(proposal.pruning.removed) == 80
    left = products.require(aws, first.stack)
    assert len(left.versions) == 21, "the newest twenty, and the one that the stack has made"
    assert left.versions[0] == added.version
    assert left.versions[-1].name == left.first
    assert left.versions[-1].deprecated


@pytest.mark.slow
def test_a_full_product_of_which_nothing_may_go_takes_no_version(
    aws: Session, path: Path, tmp_path: Path
) -> None:
    """What accounts with which it is shared use cannot be seen."""
    first = publication(aws, path, house())
    _, done = published(first)
    assert done.product is not None
    filled(aws, done.product.id, first.url)
    shared = settings(tmp_path, path.stem, shares="{ accounts: ['111122223333'] }")
    with pytest.raises(VersionLimitError, match=r"has 100 versions.*`build\.py catalog prune`"):
        propose(publication(aws, shared, larger()))
    assert len(catalog_of(aws, done.product.id)) == 100


@pytest.mark.slow
def test_a_version_that_somebody_uses_is_not_removed(aws: Session, path: Path, tmp_path: Path) -> None:
    _, first = published(publication(aws, path, house()))
    assert first.product is not None
    _, used = published(publication(aws, path, larger()))
    _, unused = published(publication(aws, path, larger("Cellar")))
    assert used.version is not None
    assert unused.version is not None
    assert launched(aws, first.product.id, used.version.id)["Status"] == "SUCCEEDED"
    few = settings(tmp_path, path.stem, keep=1)
    _, done = published(publication(aws, few, larger("Attic", "Cellar")))
    assert [each.id for each in done.pruned.removed] == [unused.version.id]
    assert {each.id for each in done.pruned.deprecated} >= {used.version.id}
    left = {each["Id"]: each.get("Guidance") for each in catalog_of(aws, first.product.id)}
    assert left[used.version.id] == "DEPRECATED"
    assert unused.version.id not in left


@pytest.mark.slow
def test_a_deprecated_version_cannot_be_launched_and_then_again(aws: Session, path: Path) -> None:
    _, first = published(publication(aws, path, house()))
    assert first.product is not None
    assert first.version is not None
    versions.deprecate(aws, first.product.id, first.version.id)
    proposal, _ = published(publication(aws, path, house()))
    assert "is deprecated or hidden" in proposal.notes[0]
    with pytest.raises(Exception, match=r"(?i)deprecated"):
        launched(aws, first.product.id, first.version.id)
    versions.deprecate(aws, first.product.id, first.version.id, deprecated=False)
    assert launched(aws, first.product.id, first.version.id)["Status"] == "SUCCEEDED"
