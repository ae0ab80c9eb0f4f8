"""Templates in S3, each under the digest of its canonical JSON; parents point to their children there.

`aws cloudformation package` does the same.  A name that is a digest never changes its meaning: a stack of
last year can still be rolled back to the templates it was made of, so nothing expires or changes.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from private_fargate.aws.limits import INLINE_TEMPLATE, TEMPLATE
from private_fargate.deploy.session import DeployError, code_of
from private_fargate.plan.trees import PARENT, STACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Client, Session


BODY_LIMIT = INLINE_TEMPLATE.value  # bytes; a larger template is not sent, but read from S3
FOLDER = "templates/"

# An object that was sent long ago is sent again, so that its age says when it was last wanted: the garbage
# collector spares what is younger than a day.
_FRESH = timedelta(hours=12)

_PARALLEL_UPLOADS = 8


@dataclass(frozen=True, kw_only=True)
class Package:
    """A parent template, ready to be deployed, whose children are in S3.

    `parent` is the template with absolute TemplateURLs; `url` is where it lies if it is too large to be sent,
    or was to lie there.
    """

    parent: bytes
    url: str | None
    uploaded: int
    already_there: int

    def source(self) -> dict[str, str]:
        """Return the argument by which CloudFormation gets the parent."""
        return {"TemplateURL": self.url} if self.url else {"TemplateBody": self.parent.decode()}

    def parameters(self) -> frozenset[str]:
        """Return the names of the parent's parameters."""
        return frozenset(json.loads(self.parent).get("Parameters", {}))


def package(
    session: Session, templates: Mapping[str, bytes], bucket: str, *, with_root: bool = False
) -> Package:
    """Upload what `bucket` does not hold yet, and return the parent that refers to it.

    Args:
        session: where to.
        templates: file name -> JSON; `parent.json` refers to the others by relative TemplateURLs.
        bucket: an existing bucket in the session's region.
        with_root: whether the parent goes there too, however small it is: Service Catalog reads it there.

    Raises:
        DeployError: a template refers to one that is not among `templates`, or to itself, or is larger than
            CloudFormation takes; then nothing was sent.
    """
    objects: dict[str, bytes] = {}
    published: dict[str, bytes] = {}

    def publish(name: str, above: tuple[str, ...] = ()) -> bytes:
        """Return a template with its children's addresses, after noting these children for upload."""
        if name in published:
            return published[name]
        _check_name(name, above, templates)
        document = cast("dict[str, Any]", json.loads(templates[name]))
        for properties in _relative_children(document):
            properties["TemplateURL"] = address(store(publish(properties["TemplateURL"], (*above, name))))
        published[name] = canonical(document)
        _check_size(name, published[name])
        return published[name]

    def store(body: bytes) -> str:
        key = key_of(body)
        objects[key] = body
        return key

    def address(key: str) -> str:
        return object_url(session, bucket, key)

    parent = publish(PARENT)
    url = address(store(parent)) if with_root or len(parent) > BODY_LIMIT else None
    uploaded = _upload_missing(session.client("s3"), bucket, objects)
    return Package(parent=parent, url=url, uploaded=uploaded, already_there=len(objects) - uploaded)


def canonical(document: object) -> bytes:
    """Return JSON whose bytes depend on what it says, not on the order of keys, white space or a tool.

    >>> canonical({"B": 1, "A": [2]})
    b'{"A":[2],"B":1}'
    """
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def key_of(body: bytes) -> str:
    """Return the key under which a template in canonical JSON lies in the bucket."""
    return f"{FOLDER}{hashlib.sha256(body).hexdigest()}.json"


def _check_name(name: str, above: tuple[str, ...], templates: Mapping[str, bytes]) -> None:
    if name not in templates:
        message = f"a TemplateURL names {name}, which is not among the templates: {', '.join(templates)}"
        raise DeployError(message)
    if name in above:
        message = f"{' nests '.join((*above, name))}, so it would never end; take that TemplateURL out"
        raise DeployError(message)


def _check_size(name: str, body: bytes) -> None:
    if len(body) > TEMPLATE.value:
        message = (
            f"{name}: {len(body):,} bytes, where CloudFormation takes {TEMPLATE.value:,}; "
            "move a part of its resources to a nested stack"
        )
        raise DeployError(message)


def object_url(session: Session, bucket: str, key: str) -> str:
    """Return the URL under which CloudFormation reads an object.

    CloudFormation takes https URLs of S3 only, and not `s3://`.  The region is in the host name because a new
    bucket answers at its regional address at once, and at the global one only after hours.
    """
    if session.endpoint:
        return f"{session.endpoint.rstrip('/')}/{bucket}/{key}"
    return f"https://{bucket}.s3.{session.region}.{session.domain()}/{key}"


def ensure_bucket(session: Session, bucket: str) -> None:
    """Create `bucket` if it is not there: encrypted, versioned, closed to the public.

    Raises:
        botocore.exceptions.ClientError: the name belongs to somebody else, or creation is not allowed.
    """
    s3 = session.client("s3")
    if _is_there(s3.head_bucket, Bucket=bucket):
        return
    # us-east-1 is the one region that refuses to be named here.
    place = {} if session.region == "us-east-1" else {"LocationConstraint": session.region}
    s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": place} if place else {}))
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def _relative_children(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the properties of the nested stacks whose TemplateURL is a file name, to be changed in place."""
    resources = cast("dict[str, dict[str, Any]]", document.get("Resources", {}))
    nested = [resource["Properties"] for resource in resources.values() if resource["Type"] == STACK]
    return [
        properties
        for properties in nested
        if isinstance(properties["TemplateURL"], str) and "://" not in properties["TemplateURL"]
    ]


def _upload_missing(s3: Client, bucket: str, objects: Mapping[str, bytes]) -> int:
    """Upload the objects that are not there, in parallel; return how many these were."""

    def upload(key: str) -> bool:
        if _is_fresh(s3, bucket, key):
            return False
        body = objects[key]
        digest = b64encode(hashlib.sha256(body).digest()).decode()
        # S3 compares the digest with what arrived, and refuses an upload that was damaged on the way.
        s3.put_object(
            Bucket=bucket, Key=key, Body=body, ContentType="application/json", ChecksumSHA256=digest
        )
        return True

    with ThreadPoolExecutor(_PARALLEL_UPLOADS) as pool:
        return sum(pool.map(upload, objects))


def _is_fresh(s3: Client, bucket: str, key: str) -> bool:
    """Say whether an object is there and was sent lately, by the clock of S3."""
    found = _head(s3.head_object, Bucket=bucket, Key=key)
    return found is not None and clock_of(found) - found["LastModified"] < _FRESH


def clock_of(answer: Mapping[str, Any]) -> datetime:
    """Return the time at which AWS gave an answer; this machine's clock may be off."""
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])


def _is_there(head: Any, **names: str) -> bool:  # noqa: ANN401 - an operation of the untyped boto3
    return _head(head, **names) is not None


def _head(head: Any, **names: str) -> dict[str, Any] | None:  # noqa: ANN401 - as above
    """Return what is said of a bucket or object, None if it does not exist.

    Without s3:ListBucket a missing object is answered with 403, not 404.  Both mean "upload it": where
    uploading is not allowed either, that call says so.
    """
    try:
        return head(**names)
    except ClientError as error:
        if code_of(error) in {"404", "403", "NoSuchKey", "NoSuchBucket"}:
            return None
        raise
