"""Signature Version 4, for the one API that boto3 has no client for.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


def signed(  # noqa: PLR0913 -- what a signature is about
    keys: Mapping[str, str],
    *,
    host: str,
    path: str,
    body: bytes,
    service: str,
    region: str,
    now: datetime | None = None,
) -> dict[str, str]:
    """Return the headers of a POST that is signed with the keys of a role.

    Args:
        keys: `access_key`, `secret_key` and `session_token`.
        host: that is asked.
        path: quoted, without a query.
        body: of the request.
        service: as its scope names it.
        region: of its scope.
        now: when; None is now.
    """
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    headers = {
        "content-type": "application/json",
        "host": host,
        "x-amz-date": moment,
        "x-amz-security-token": keys["session_token"],
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{keys['secret_key']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    credential = f"{keys['access_key']}/{scope}"
    authorization = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return headers | {"authorization": authorization}
