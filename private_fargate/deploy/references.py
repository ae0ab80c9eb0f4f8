"""Which artifacts something in the account still points to: stacks, change sets, StackSets, products.

An artifact is known by the digest in its name.  Wherever those 64 digits stand in a text that counts it is in
use, in whatever form the address is written; and a template that counts is itself in use, by its own digest,
for a large root is read from an address that no API tells afterwards.

Whatever cannot be read is a doubt.  In doubt nothing may be removed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from private_fargate.deploy.packaging import canonical
from private_fargate.deploy.paging import paged
from private_fargate.deploy.session import code_of, pages
from private_fargate.deploy.stack_set_references import add_stack_sets
from private_fargate.deploy.stack_state import find_stack
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Client, Session

_DIGEST: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")

# In these a stack will not go back to a template that can no longer be read.  In all others it may, to one
# that AWS has and does not show.
_SETTLED: Final = frozenset(
    {
        "CREATE_COMPLETE",
        "CREATE_FAILED",
        "CREATE_IN_PROGRESS",
        "DELETE_FAILED",
        "DELETE_IN_PROGRESS",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "REVIEW_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "ROLLBACK_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    }
)
_OVER: Final = frozenset(
    {"EXECUTE_COMPLETE", "EXECUTE_FAILED", "OBSOLETE"}
)  # change sets never executed again
_ADDRESSES: Final = ("https://", "http://")  # the latter of an AWS on this machine
_TEMPLATES: Final = "CLOUD_FORMATION_TEMPLATE"  # the type of products that are made of stacks
_REFUSALS: Final = (ClientError, BotoCoreError, ResponseParserError)


@dataclass(frozen=True, kw_only=True)
class References:
    """What is in use, as far as it can be told.

    Attributes:
        digests: Of the artifacts in use, 64 hexadecimal digits each.
        doubts: What could not be told, a sentence each.
    """

    digests: set[str] = field(default_factory=set[str])
    doubts: list[str] = field(default_factory=list[str])

    def add(self, body: object) -> None:
        """Count a template, as text or as the JSON that boto3 has read."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.digests.update(_DIGEST.findall(text))
        try:
            document: object = json.loads(text)
        except ValueError:  # YAML, which is never of our making
            return
        self.digests.add(hashlib.sha256(canonical(document)).hexdigest())

    def doubt(self, what: str, why: object) -> None:
        """Note that something could not be told."""
        self.doubts.append(f"{what}: {why}")


def references(session: Session, bucket: str, *, catalog: bool, others: bool) -> References:
    """Return what in this account and region points to artifacts.

    Args:
        session: the account and region.
        bucket: where the artifacts are.
        catalog: whether to ask Service Catalog.
        others: whether accounts with which the bucket is shared count, although they cannot be asked.
    """
    found = References()
    try:
        for page in pages(session.client("cloudformation"), "list_stacks"):
            for stack in page["StackSummaries"]:
                if stack["StackStatus"] != "DELETE_COMPLETE":
                    _add_stack(session, stack, found)
    except _REFUSALS as error:
        found.doubt("the stacks of the region", error)
    add_stack_sets(session, found)
    if catalog:
        _add_products(session, found)
    if others:
        _doubt_sharing(session.client("s3"), bucket, found)
    return found


def _add_stack(session: Session, stack: dict[str, Any], found: References) -> None:
    cloudformation, name, status = session.client("cloudformation"), stack["StackName"], stack["StackStatus"]
    try:
        if status != "REVIEW_IN_PROGRESS":  # it has no template yet, only change sets
            body = cloudformation.get_template(StackName=stack["StackId"], TemplateStage="Original")
            found.add(body["TemplateBody"])
            if status not in _SETTLED and STACK in _text(body["TemplateBody"]):
                found.doubt(name, f"it is {status} and may go back to templates that AWS does not show")
        for change_set in _pending(cloudformation, name):
            arn = change_set["ChangeSetId"]
            found.add(
                cloudformation.get_template(ChangeSetName=arn, TemplateStage="Original")["TemplateBody"]
            )
    except _REFUSALS as error:
        if find_stack(session, stack["StackId"]) is not None:  # else it was deleted meanwhile
            found.doubt(name, error)


def _pending(cloudformation: Client, stack: str) -> Iterator[dict[str, Any]]:
    """Yield the change sets of a stack that somebody may still execute."""
    for page in pages(cloudformation, "list_change_sets", StackName=stack):
        for change_set in page["Summaries"]:
            is_gone = change_set["Status"] in {
                "FAILED",
                "DELETE_PENDING",
                "DELETE_IN_PROGRESS",
                "DELETE_COMPLETE",
            }
            if not is_gone and change_set["ExecutionStatus"] not in _OVER:
                yield change_set


def _add_products(session: Session, found: References) -> None:
    """Count every version of every product: one that is hidden may be shown again."""
    catalog = session.client("servicecatalog")
    try:
        for page in paged(catalog.search_products_as_admin, answered="NextPageToken", asked="PageToken"):
            for product in page["ProductViewDetails"]:
                view = product["ProductViewSummary"]
                if view["Type"] == _TEMPLATES:
                    _add_versions(session, view["ProductId"], view.get("Name", view["ProductId"]), found)
    except _REFUSALS as error:
        found.doubt("Service Catalog", error)


def _add_versions(session: Session, product: str, name: str, found: References) -> None:
    catalog = session.client("servicecatalog")
    listed = catalog.list_provisioning_artifacts(ProductId=product)
    if listed.get("NextPageToken"):  # the operation takes none, so that the rest cannot be asked for
        found.doubt(f"the product {name}", "Service Catalog lists only a part of its versions")
    for version in listed["ProvisioningArtifactDetails"]:
        what = f"version {version.get('Name', version['Id'])} of the product {name}"
        described = catalog.describe_provisioning_artifact(
            ProductId=product, ProvisioningArtifactId=version["Id"], Verbose=True
        )
        urls = [value for value in described.get("Info", {}).values() if value.startswith(_ADDRESSES)]
        if not urls:
            found.doubt(what, "Service Catalog does not tell where its template is")
        for url in urls:
            found.digests.update(_DIGEST.findall(url))
            bucket, key = place_of(url)
            try:
                body = session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
            except _REFUSALS as error:
                found.doubt(what, error)
            else:
                found.add(body.decode())


def place_of(url: str) -> tuple[str, str]:
    """Return bucket and key of an object's address, whichever way it is written.

    >>> place_of("https://b.s3.eu-west-1.amazonaws.com/a/k.json?versionId=1")
    ('b', 'a/k.json')
    >>> place_of("https://s3.eu-west-1.amazonaws.com/b/a/k.json")
    ('b', 'a/k.json')
    """
    parts = urlsplit(url)
    host, path = parts.netloc, unquote(parts.path).lstrip("/")
    match = re.match(r"(.+)\.s3[.-]", host)
    if match:
        return match[1], path
    bucket, _, key = path.partition("/")
    return bucket, key


def _doubt_sharing(s3: Client, bucket: str, found: References) -> None:
    """Doubt if other accounts may read the bucket: what they have deployed from it cannot be seen here."""
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if code_of(error) != "NoSuchBucketPolicy":
            found.doubt(f"the policy of {bucket}", error)
        return
    if any(statement["Effect"] == "Allow" for statement in policy["Statement"]):
        found.doubt(bucket, "other accounts may read it, and what they have deployed cannot be seen")


def _text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body)
