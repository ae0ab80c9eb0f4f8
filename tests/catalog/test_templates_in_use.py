"""What a version nests is read at every launch, so that no collection of garbage may take it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from private_fargate.catalog import differences, versions
from private_fargate.deploy.garbage import survey
from private_fargate.deploy.packaging import package
from private_fargate.deploy.references import references
from tests.catalog.shop import BUCKET, publication, published
from tests.deploy.house import house

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.deploy.session import Session

pytestmark = pytest.mark.emulator


def cellar() -> dict[str, bytes]:
    return house(extra={"WineCellar": {"Type": "AWS::Logs::LogGroup"}})


def keys(aws: Session) -> set[str]:
    pages = aws.client("s3").list_objects_v2(Bucket=BUCKET)
    return {each["Key"] for each in pages["Contents"]}


def test_templates_of_every_version_are_kept_root_and_children(aws: Session, path: Path) -> None:
    package(aws, house(), BUCKET, with_root=True)
    before = keys(aws)
    published(publication(aws, path, cellar()))
    wanted = keys(aws) - before
    package(aws, house(extra={"Folly": {"Type": "AWS::Logs::LogGroup"}}), BUCKET, with_root=True)
    unwanted = keys(aws) - before - wanted
    assert (len(wanted), len(unwanted)) == (3, 3)
    found = survey(aws, BUCKET, older_than=timedelta(0), catalog=True)
    unused = {each.key for each in found.unused}
    assert found.doubts == ()
    assert unwanted <= unused
    assert not wanted & unused


def test_the_templates_of_a_version_are_read_back_whole(aws: Session, path: Path) -> None:
    _, done = published(publication(aws, path, cellar()))
    assert done.product is not None
    assert done.version is not None
    url = versions.template_url(aws, done.product.id, done.version.id)
    found = differences.published(aws, url)
    assert len(found) == 3
    compared = differences.difference(
        found, cellar(), names=("1", "2"), product="house", parameters={}, region="us-east-1"
    )
    assert (compared.templates, compared.plan.changes) == ((), ())


def test_a_list_of_versions_that_is_cut_short_is_a_doubt(aws: Session) -> None:
    """The operation takes no page token, so that nobody can ask for the rest."""
    view = {"ProductId": "prod-1", "Name": "Houses", "Type": "CLOUD_FORMATION_TEMPLATE"}
    stubbed: Any = Stubber(aws.client("servicecatalog"))
    stubbed.add_response("search_products_as_admin", {"ProductViewDetails": [{"ProductViewSummary": view}]})
    listed = {"ProvisioningArtifactDetails": [], "NextPageToken": "more"}
    stubbed.add_response("list_provisioning_artifacts", listed)
    with stubbed:
        found = references(aws, BUCKET, catalog=True, others=False)
    assert found.doubts == ["the product Houses: Service Catalog lists only a part of its versions"]
