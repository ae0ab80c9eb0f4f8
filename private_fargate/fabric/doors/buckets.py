"""S3: the bucket of ECR's layers, buckets of AWS that anybody may read, and those of the account.

Source: AmazonS3/latest/API and the Service Authorization Reference of S3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote

from private_fargate.fabric.doors.messages import text
from private_fargate.fabric.doors.needs import Need
from private_fargate.fabric.doors.refusals import Refused
from private_fargate.fabric.doors.registry import blob
from private_fargate.fabric.doors.signatures import check_time, signature_of, signed_by_account

if TYPE_CHECKING:
    from private_fargate.fabric.authority import Caller
    from private_fargate.fabric.doors.hearings import Hearing
    from private_fargate.fabric.doors.messages import Answer, Request
    from private_fargate.fabric.doors.places import Here
    from private_fargate.fabric.doors.signatures import Signature
    from private_fargate.fabric.doors.tokens import Links
    from private_fargate.fabric.doors.upstream import Upstream

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_OF_ANYBODY = re.compile(r"al2023-repos-[a-z0-9-]+\Z")  # Source: linux/al2023/ug/package-repos.html
_SOMEBODY_ELSE: Final = ("999999999999", "999999999998")
_READING: Final = frozenset({"GET", "HEAD"})
_PRESIGNED: Final = "X-Amz-"
_OK = 200

_WHOLE: Final = {
    ("GET", False): "ListBucket",
    ("HEAD", False): "ListBucket",
    ("PUT", False): "CreateBucket",
    ("DELETE", False): "DeleteBucket",
    ("GET", True): "GetObject",
    ("HEAD", True): "GetObject",
    ("PUT", True): "PutObject",
    ("DELETE", True): "DeleteObject",
}
_PARTS: Final = {
    ("GET", False, "acl"): "GetBucketAcl",
    ("GET", False, "cors"): "GetBucketCORS",
    ("GET", False, "encryption"): "GetEncryptionConfiguration",
    ("GET", False, "lifecycle"): "GetLifecycleConfiguration",
    ("GET", False, "location"): "GetBucketLocation",
    ("GET", False, "policy"): "GetBucketPolicy",
    ("GET", False, "tagging"): "GetBucketTagging",
    ("GET", False, "uploads"): "ListBucketMultipartUploads",
    ("GET", False, "versioning"): "GetBucketVersioning",
    ("GET", False, "versions"): "ListBucketVersions",
    ("GET", True, "acl"): "GetObjectAcl",
    ("GET", True, "tagging"): "GetObjectTagging",
    ("GET", True, "uploadId"): "ListMultipartUploadParts",
    ("GET", True, "versionId"): "GetObjectVersion",
    ("HEAD", True, "versionId"): "GetObjectVersion",
    ("PUT", True, "acl"): "PutObjectAcl",
    ("PUT", True, "tagging"): "PutObjectTagging",
    ("PUT", True, "uploadId"): "PutObject",
    ("POST", True, "uploads"): "PutObject",
    ("POST", True, "uploadId"): "PutObject",
    ("POST", False, "delete"): "DeleteObject",
    ("DELETE", True, "tagging"): "DeleteObjectTagging",
    ("DELETE", True, "uploadId"): "AbortMultipartUpload",
    ("DELETE", True, "versionId"): "DeleteObjectVersion",
}
_PLAIN_PARAMETERS: Final = frozenset(
    {
        "continuation-token",
        "delimiter",
        "encoding-type",
        "fetch-owner",
        "list-type",
        "marker",
        "max-keys",
        "partNumber",
        "prefix",
        "start-after",
        "x-id",
    }
)
_ASKED_BY_CONDITIONS: Final = ("prefix", "delimiter", "max-keys")


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """What answers at S3's names of the region."""

    here: Here
    upstream: Upstream
    links: Links

    def answer(self, request: Request, bucket: str | None, hearing: Hearing) -> Answer:
        """Return what S3 answers.

        Args:
            request: to a bucket.
            bucket: that the host's name begins with; None if the path does.
            hearing: in which it is judged.

        Raises:
            Refused: the signature is not good, or the caller may not do this.
        """
        raw_key = request.raw_path.removeprefix("/")
        if bucket is None:
            bucket, _, raw_key = raw_key.partition("/")
        if bucket and not _BUCKET.match(bucket):
            raise Refused("malformed", f"The specified bucket is not valid: {bucket}")
        if bucket == self.links.bucket:
            return self._layer(request, unquote(raw_key), hearing)
        if _OF_ANYBODY.match(bucket):
            return self._of_anybody(request, bucket, unquote(raw_key), hearing)
        return self._own(request, bucket, raw_key, hearing)

    def _layer(self, request: Request, key: str, hearing: Hearing) -> Answer:
        """Return a layer to whoever has a link to it: ECR signed it, so the caller is none of ours."""
        if request.method not in _READING:
            raise Refused("denied", "Access Denied")
        if "authorization" in request.headers:
            signature_of(request)  # two signatures are one too many
        layer = self.links.layer(key, request, hearing.now)
        hearing.require(None, self._foreign(self.links.bucket, key, is_signed=True))
        wanted = {name: value for name, value in request.headers.items() if name == "range"}
        return self.upstream.ask(request.method, blob(self.here, layer), wanted)

    def _of_anybody(self, request: Request, bucket: str, key: str, hearing: Hearing) -> Answer:
        if request.method not in _READING:
            raise Refused("denied", "Access Denied")
        hearing.require(None, self._foreign(bucket, key, is_signed=False))
        return text(_OK, f"{bucket} has no packages on this machine")

    def _own(self, request: Request, bucket: str, raw_key: str, hearing: Hearing) -> Answer:
        signature = signature_of(request)
        caller = self._caller(signature, hearing) if signature else None
        if signature and signature.is_in_query:
            check_time(request, hearing.now)
        for need in self._needs(request, bucket, unquote(raw_key)):
            hearing.require(caller, need)
        path = f"/{bucket}/{raw_key}" if bucket else "/"
        query, headers = signed_by_account(request, signature, self.here, "s3")
        return self.upstream.forward(request, f"{path}?{query}" if query else path, headers=headers)

    def _caller(self, signature: Signature, hearing: Hearing) -> Caller:
        if signature.service != "s3" or signature.region != self.here.region:
            words = f"The authorization header is malformed; the scope must be {self.here.region}/s3"
            raise Refused("wrong scope", words)
        return hearing.caller(signature)

    def _needs(self, request: Request, bucket: str, key: str) -> list[Need]:
        if not bucket:
            return [Need(action="s3:ListAllMyBuckets")]
        action = _action(request, has_key=bool(key))
        is_batch = action == "DeleteObject" and not key
        arn = self._arn(f"{bucket}/{'*' if is_batch else key}" if key or is_batch else bucket)
        needs = [Need(action=f"s3:{action}", resource=arn, context=_context(request))]
        if source := request.headers.get("x-amz-copy-source"):
            needs.append(Need(action="s3:GetObject", resource=self._arn(unquote(source).lstrip("/"))))
        return needs

    def _foreign(self, bucket: str, key: str, *, is_signed: bool) -> Need:
        """Return what it takes to read an object of AWS itself, signed by AWS or by nobody."""
        other = next(each for each in _SOMEBODY_ELSE if each != self.here.account)
        return Need(
            action="s3:GetObject",
            resource=self._arn(f"{bucket}/{key}"),
            context={
                "aws:resourceaccount": other,
                **({"aws:principalaccount": other} if is_signed else {}),
            },
            words="Access Denied",
        )

    def _arn(self, name: str) -> str:
        return f"arn:{self.here.partition}:s3:::{name}"


def _action(request: Request, *, has_key: bool) -> str:
    """Return the action without its prefix; one that nobody allows by name if it is not known here."""
    names = [name for name, _ in parse_qsl(request.query, keep_blank_values=True)]
    parts = [
        name
        for name in names
        if name not in _PLAIN_PARAMETERS and not name.startswith((_PRESIGNED, "response-"))
    ]
    if not parts:
        return _WHOLE.get((request.method, has_key), "Unknown")
    if len(parts) > 1:
        return "Unknown"
    return _PARTS.get((request.method, has_key, parts[0]), "Unknown")


def _context(request: Request) -> dict[str, str | list[str]]:
    parameters = request.parameters()
    asked: dict[str, str | list[str]] = {
        f"s3:{name}": parameters[name] for name in _ASKED_BY_CONDITIONS if name in parameters
    }
    headers = {
        f"s3:{name}": value
        for name, value in request.headers.items()
        if name in {"x-amz-acl", "x-amz-server-side-encryption", "x-amz-storage-class"}
        or name.startswith("x-amz-server-side-encryption-aws-")
    }
    return asked | headers
