"""Templates in the buckets of other accounts: read where the bucket's policy allows it, as on AWS.

ministack's CloudFormation reads the buckets of the account of the stack alone.
"""

from __future__ import annotations

from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import s3
from ministack.services.cloudformation import helpers

Answer: TypeAlias = "tuple[str | None, tuple[int, Any, bytes] | None]"

DENIED = (
    "S3 error: Access Denied\n"
    "For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
)
_resolve = helpers._resolve_document


def repair() -> None:
    """Let templates, of nested stacks too, be read from any account that allows it."""
    helpers._resolve_document = _resolved


def _resolved(parameters: dict[str, Any], body_key: str, url_key: str, label: str) -> Answer:
    url = "" if helpers._p(parameters, body_key) else helpers._p(parameters, url_key)
    bucket, _, key = urlsplit(url).path.lstrip("/").partition("/")
    owner = s3._bucket_owner_account(bucket) if key else None
    caller = get_account_id()
    if owner not in {None, caller} and not s3._foreign_bucket_allows(
        owner, bucket, key, "GET", {}, caller, {}
    ):
        return None, helpers._error("ValidationError", DENIED)
    with request_scope(owner or caller, get_region()):
        found: Answer = _resolve(parameters, body_key, url_key, label)
    return found
