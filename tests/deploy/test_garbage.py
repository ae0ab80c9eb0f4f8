"""What is removed from the bucket for templates, and above all what is not."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from private_fargate.deploy.change_set import create, request_for
from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.garbage import DoubtError, Survey, remove, survey
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import BODY_LIMIT, canonical, ensure_bucket, key_of, package
from private_fargate.deploy.references import References, references
from private_fargate.deploy.session import connect_to
from private_fargate.deploy.watching import Watcher
from private_fargate.local.embedded import EmbeddedAws
from tests.deploy.house import house
from tests.support.deployments import delete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

pytestmark = pytest.mark.emulator

NOW = timedelta(0)


@pytest.fixture(scope="module")
def own_aws() -> Iterator[EmbeddedAws]:
    """An AWS of their own: stacks of other tests, which may be stuck, would be a reason for doubt."""
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture
def aws(own_aws: EmbeddedAws) -> Iterator[Session]:
    """No stack is left afterwards."""
    session = connect_to(own_aws.environment())
    yield session
    for stack in session.client("cloudformation").describe_stacks()["Stacks"]:
        delete(session, stack["StackId"])


@pytest.fixture
def bucket(aws: Session) -> str:
    name = f"templates-{uuid.uuid4().hex[:8]}"
    ensure_bucket(aws, name)
    return name


def unique() -> dict[str, bytes]:
    """A house of which no other test has the templates."""
    return house(extra={f"Log{uuid.uuid4().hex}": {"Type": "AWS::Logs::LogGroup"}})


def without_stack_sets(stubbed: Any) -> None:
    """Let AWS say that the account has none, neither of its own nor as a delegated administrator."""
    stubbed.add_response("list_stack_sets", {"Summaries": []})
    stubbed.add_client_error("list_stack_sets", "ValidationError", "not a delegated administrator")


def look(aws: Session, bucket: str, *, catalog: bool = False, others: bool = True) -> Survey:
    return survey(aws, bucket, older_than=NOW, catalog=catalog, others=others)


def clear(aws: Session, bucket: str) -> set[str]:
    removed = remove(aws, look(aws, bucket), older_than=NOW, catalog=False)
    return {each.key for each in removed}


def keys(aws: Session, bucket: str) -> set[str]:
    listed = aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return {each["Key"] for each in listed}


def deployed(aws: Session, bucket: str, templates: dict[str, bytes], stack: str = "house") -> None:
    deployment = Deployment(session=aws, stack=stack, templates=templates, bucket=bucket)
    outcome = deploy(deployment, Watcher())
    assert outcome.succeeded, outcome.explain()


def test_what_nothing_uses_is_removed(aws: Session, bucket: str) -> None:
    package(aws, unique(), bucket)
    before = keys(aws, bucket)
    assert len(before) == 2
    assert clear(aws, bucket) == before
    assert keys(aws, bucket) == set()


def test_a_stack_in_use_keeps_its_templates(aws: Session, bucket: str) -> None:
    """Those of children and grandchildren; what the update before it used goes."""
    deployed(aws, bucket, unique())
    old = keys(aws, bucket)
    deployed(aws, bucket, unique())
    new = keys(aws, bucket) - old
    assert (len(old), len(new)) == (2, 2)
    found = look(aws, bucket)
    assert ({each.key for each in found.unused}, found.used) == (old, 2)
    assert clear(aws, bucket) == old
    assert keys(aws, bucket) == new


def test_the_templates_of_a_deleted_stack_are_unused(aws: Session, bucket: str) -> None:
    deployed(aws, bucket, unique())
    assert delete(aws, "house")
    assert len(clear(aws, bucket)) == 2


def test_a_large_root_that_was_read_from_the_bucket_is_in_use(aws: Session, bucket: str) -> None:
    """No API tells the address that it was read from."""
    templates = unique()
    parent = json.loads(templates["parent.json"])
    parent["Metadata"] = {"Text": "x" * BODY_LIMIT}
    deployed(aws, bucket, templates | {"parent.json": json.dumps(parent).encode()})
    assert len(keys(aws, bucket)) == 3
    assert look(aws, bucket).unused == ()


def test_a_change_set_that_waits_for_approval_keeps_its_templates(aws: Session, bucket: str) -> None:
    templates = unique()
    made = package(aws, templates, bucket)
    request = request_for(
        aws, "planned", None, made, parameters={}, options=StackOptions(), digest="d", purpose="plan"
    )
    change_set = create(aws, request, owns_stack=True)
    assert look(aws, bucket).unused == ()
    aws.client("cloudformation").delete_change_set(ChangeSetName=change_set.arn)
    assert len(look(aws, bucket).unused) == 2


def test_a_plan_for_a_stack_that_is_there_keeps_its_templates_too(aws: Session, bucket: str) -> None:
    deployed(aws, bucket, unique())
    made = package(aws, unique(), bucket)
    aws.client("cloudformation").create_change_set(
        StackName="house", ChangeSetName="by-hand", ChangeSetType="UPDATE", **made.source()
    )
    found = look(aws, bucket)
    assert (found.used, found.unused) == (4, ())


def test_what_is_young_is_spared(aws: Session, bucket: str) -> None:
    package(aws, unique(), bucket)
    found = survey(aws, bucket, catalog=False)
    assert (found.unused, found.young) == ((), 2)


def test_what_came_into_use_after_it_was_shown_is_spared(aws: Session, bucket: str) -> None:
    """A person takes an hour to say yes, and somebody else deploys meanwhile."""
    templates = unique()
    package(aws, templates, bucket)
    shown = look(aws, bucket)
    assert len(shown.unused) == 2
    deployed(aws, bucket, templates)
    assert remove(aws, shown, older_than=NOW, catalog=False) == ()
    assert len(keys(aws, bucket)) == 2


def test_what_became_unused_after_it_was_shown_is_not_removed_unseen(aws: Session, bucket: str) -> None:
    shown = look(aws, bucket)
    package(aws, unique(), bucket)
    assert remove(aws, shown, older_than=NOW, catalog=False) == ()


def test_what_others_have_put_into_the_bucket_is_not_touched(aws: Session, bucket: str) -> None:
    for key in ("notes.txt", "templates/by-hand.json", "lambda/" + "a" * 64 + ".json"):
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"{}")
    assert clear(aws, bucket) == set()
    assert len(keys(aws, bucket)) == 3


def test_what_was_removed_can_be_brought_back(aws: Session, bucket: str) -> None:
    package(aws, unique(), bucket)
    clear(aws, bucket)
    s3 = aws.client("s3")
    versions = s3.list_object_versions(Bucket=bucket)
    assert len(versions["Versions"]) == len(versions["DeleteMarkers"]) == 2


def test_nothing_is_removed_while_somebody_deploys(aws: Session, bucket: str) -> None:
    package(aws, unique(), bucket)
    shown = look(aws, bucket)
    aws.client("s3").put_object(Bucket=bucket, Key="deployments/house.json", Body=b"{}")
    with pytest.raises(DoubtError, match=r"house: it is being deployed"):
        remove(aws, shown, older_than=NOW, catalog=False)
    assert len(keys(aws, bucket)) == 3


def test_nothing_is_removed_where_service_catalog_does_not_answer(aws: Session, bucket: str) -> None:
    """The embedded AWS has none; where there are no products, a person says so."""
    package(aws, unique(), bucket)
    found = look(aws, bucket, catalog=True)
    assert [doubt.split(":")[0] for doubt in found.doubts] == ["Service Catalog"]
    with pytest.raises(DoubtError, match=r"nothing is removed.*--without-service-catalog.*\n  Service Cat"):
        remove(aws, found, older_than=NOW, catalog=True)
    assert len(keys(aws, bucket)) == 2


def test_nothing_is_removed_from_a_bucket_that_others_read(aws: Session, bucket: str) -> None:
    package(aws, unique(), bucket)
    reading = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/templates/*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [reading]}
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    with pytest.raises(DoubtError, match=r"other accounts may read it"):
        clear(aws, bucket)
    assert look(aws, bucket, others=False).doubts == ()


@pytest.mark.parametrize("operation", ["list_stacks", "get_template", "list_change_sets"])
def test_nothing_is_removed_if_something_may_not_be_read(aws: Session, bucket: str, operation: str) -> None:
    """The embedded AWS asks no one for rights, so the refusal is written here."""
    deployed(aws, bucket, unique())
    answers: dict[str, dict[str, Any]] = {
        "list_stacks": {"StackSummaries": [summary("CREATE_COMPLETE")]},
        "get_template": {"TemplateBody": "{}"},
        "list_change_sets": {"Summaries": []},
    }
    stubbed: Any = Stubber(aws.client("cloudformation"))
    for name, answer in answers.items():
        if name == operation:
            stubbed.add_client_error(name, "AccessDenied", "not allowed")
            if name != "list_stacks":
                stubbed.add_response("describe_stacks", {"Stacks": [summary("CREATE_COMPLETE")]})
            break
        stubbed.add_response(name, answer)
    without_stack_sets(stubbed)
    with stubbed:
        found = references(aws, bucket, catalog=False, others=False)
    assert [doubt.split(": ")[1][:29] for doubt in found.doubts] == ["An error occurred (AccessDeni"]


@pytest.mark.parametrize(
    ("status", "is_in_doubt"),
    [
        ("UPDATE_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_FAILED", True),
        ("UPDATE_FAILED", True),
        ("A_STATUS_OF_NEXT_YEAR", True),
        ("UPDATE_ROLLBACK_COMPLETE", False),
        ("DELETE_FAILED", False),
    ],
)
def test_a_stack_that_may_go_back_to_templates_unseen_is_a_doubt(
    aws: Session, bucket: str, status: str, *, is_in_doubt: bool
) -> None:
    """The embedded AWS does not stay in these states; botocore checks the shapes."""
    stubbed: Any = Stubber(aws.client("cloudformation"))
    stubbed.add_response("list_stacks", {"StackSummaries": [summary(status)]})
    stubbed.add_response("get_template", {"TemplateBody": house()["parent.json"].decode()})
    stubbed.add_response("list_change_sets", {"Summaries": []})
    without_stack_sets(stubbed)
    with stubbed:
        found = references(aws, bucket, catalog=False, others=False)
    assert bool(found.doubts) == is_in_doubt, found.doubts


def test_nothing_is_removed_where_stack_sets_may_not_be_listed(aws: Session, bucket: str) -> None:
    stubbed: Any = Stubber(aws.client("cloudformation"))
    stubbed.add_response("list_stacks", {"StackSummaries": []})
    stubbed.add_client_error("list_stack_sets", "AccessDenied", "not allowed")
    stubbed.add_client_error("list_stack_sets", "ValidationError", "not a delegated administrator")
    with stubbed:
        found = references(aws, bucket, catalog=False, others=False)
    assert [doubt.split(":")[0] for doubt in found.doubts] == ["the StackSets of the region"]


def test_every_version_of_a_product_keeps_its_templates(aws: Session, bucket: str) -> None:
    """Service Catalog keeps the root, its children stay where they are.  Two pages of products."""
    made = package(aws, unique(), bucket)
    aws.client("s3").put_object(Bucket=bucket, Key="copy/root.json", Body=made.parent)
    url = f"https://{bucket}.s3.us-east-1.amazonaws.com/copy/root.json"
    with products(aws, {"TemplateUrl": url}):
        found = look(aws, bucket, catalog=True)
    assert (found.used, found.unused, found.doubts) == (2, (), ())


@pytest.mark.parametrize(
    ("info", "doubt"),
    [
        ({}, "does not tell where"),
        ({"TemplateUrl": "https://elsewhere.s3.us-east-1.amazonaws.com/root.json"}, "NoSuchBucket"),
    ],
)
def test_a_product_whose_template_cannot_be_read_is_a_doubt(
    aws: Session, bucket: str, info: dict[str, str], doubt: str
) -> None:
    with products(aws, info):
        (said,) = look(aws, bucket, catalog=True).doubts
    assert said.startswith("version v1 of the product Fargate: ")
    assert doubt in said


def test_a_template_counts_itself_and_whatever_it_names_in_any_form() -> None:
    found = References()
    body = {"Resources": {"A": {"TemplateURL": {"Fn::Sub": f"https://${{Bucket}}/x/{'a' * 64}.json"}}}}
    found.add(json.dumps(body, indent=3))
    found.add(f"Resources:\n  B:\n    TemplateURL: https://host/{'b' * 64}.json\n")
    own = key_of(canonical(body)).removeprefix("templates/").removesuffix(".json")
    assert found.digests == {"a" * 64, "b" * 64, own}


def summary(status: str) -> dict[str, Any]:
    arn = "arn:aws:cloudformation:us-east-1:123456789012:stack/house/1"
    return {
        "StackName": "house",
        "StackId": arn,
        "StackStatus": status,
        "CreationTime": "2026-11-26T12:00:00Z",
    }


def products(aws: Session, info: dict[str, str]) -> Any:
    """Service Catalog with a product of Terraform's, and on a second page one of ours with a version."""
    stubbed: Any = Stubber(aws.client("servicecatalog"))

    def page(kind: str) -> dict[str, Any]:
        view = {"ProductViewSummary": {"ProductId": "prod-1", "Name": "Fargate", "Type": kind}}
        return {"ProductViewDetails": [view]}

    first = {**page("TERRAFORM_OPEN_SOURCE"), "NextPageToken": "more"}
    stubbed.add_response("search_products_as_admin", first, {})
    stubbed.add_response("search_products_as_admin", page("CLOUD_FORMATION_TEMPLATE"), {"PageToken": "more"})
    versions = {"ProvisioningArtifactDetails": [{"Id": "pa-1", "Name": "v1", "Active": False}]}
    stubbed.add_response("list_provisioning_artifacts", versions, {"ProductId": "prod-1"})
    asked = {"ProductId": "prod-1", "ProvisioningArtifactId": "pa-1", "Verbose": True}
    stubbed.add_response("describe_provisioning_artifact", {"Info": info}, asked)
    return stubbed
