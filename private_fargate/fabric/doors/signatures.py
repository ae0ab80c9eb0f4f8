"""Who signed a request, by Signature Version 4.

The signature itself is not computed again: nobody here has the secrets of others.
Source: IAM/latest/UserGuide/reference_sigv.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from private_fargate.fabric.doors.refusals import Refused

if TYPE_CHECKING:
    from private_fargate.fabric.doors.messages import Request
    from private_fargate.fabric.doors.places import Here

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TIME_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_PARTS = 5
_IN_QUERY: Final = frozenset(
    f"X-Amz-{name}"
    for name in ("Algorithm", "Credential", "Date", "Expires", "Security-Token", "Signature", "SignedHeaders")
)
_LONGEST: Final = 7 * 24 * 3600  # seconds that a presigned URL may be good for


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a signature says of itself.

    Attributes:
        service: for which it was made.
        is_in_query: whether the URL was signed, for whoever has it.
    """

    access_key: str
    region: str
    service: str
    is_in_query: bool


def signature_of(request: Request) -> Signature | None:
    """Return who signed a request; None if nobody did.

    Raises:
        Refused: it is signed in two ways, or in none that is known.
    """
    header = request.headers.get("authorization")
    parameters = request.parameters()
    is_in_query = "X-Amz-Credential" in parameters
    if header and is_in_query:
        words = (
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
            "Signature query string parameter or the Authorization header should be specified"
        )
        raise Refused("malformed", words)
    if is_in_query:
        return _signature(parameters["X-Amz-Credential"], is_in_query=True)
    if not header:
        return None
    found = _CREDENTIAL.search(header)
    if not header.startswith(f"{ALGORITHM} ") or found is None:
        raise Refused("unsigned", "Missing Authentication Token")
    return _signature(found[1], is_in_query=False)


def check_time(request: Request, now: float) -> None:
    """Refuse a presigned URL whose time is over.

    Raises:
        Refused: it is, or it says no time.
    """
    parameters = request.parameters()
    try:
        made = datetime.strptime(parameters["X-Amz-Date"], TIME_FORMAT).replace(tzinfo=UTC)
        seconds = int(parameters["X-Amz-Expires"])
    except (KeyError, ValueError) as error:
        raise Refused("malformed", "X-Amz-Date and X-Amz-Expires must be given") from error
    if not 0 < seconds <= _LONGEST:
        raise Refused("malformed", f"X-Amz-Expires must be between 1 and {_LONGEST} seconds")
    if datetime.fromtimestamp(now, UTC) > made + timedelta(seconds=seconds):
        raise Refused("denied", "Request has expired")


def signed_by_account(
    request: Request, signature: Signature | None, here: Here, service: str
) -> tuple[str, dict[str, str]]:
    """Return query and headers of a request as the account itself would send it to the AWS behind.

    That one checks no signature, but takes whoever it does not know for somebody of another account; and a
    URL that was signed is not valid for its address.
    """
    query, headers = request.query, dict(request.headers)
    if signature and signature.is_in_query:
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([(name, value) for name, value in pairs if name not in _IN_QUERY])
    headers.pop("x-amz-security-token", None)
    day = datetime.now(UTC).strftime("%Y%m%d")
    scope = f"{here.account}/{day}/{here.region}/{service}/aws4_request"
    headers["authorization"] = f"{ALGORITHM} Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
    return query, headers


def _signature(credential: str, *, is_in_query: bool) -> Signature:
    parts = credential.split("/")
    if len(parts) != _PARTS or parts[-1] != "aws4_request" or not all(parts):
        raise Refused("wrong scope", "Credential must have 5 slash-delimited elements")
    return Signature(
        access_key=parts[0],
        region=parts[2],
        service=parts[3],
        is_in_query=is_in_query,
    )
