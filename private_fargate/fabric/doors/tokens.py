"""What ECR hands out: tokens for its registries, and links to layers that are good for an hour."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from private_fargate.aws.buckets import layer_bucket
from private_fargate.fabric.doors.refusals import SIGNATURE_WORDS, Refused
from private_fargate.fabric.doors.signatures import ALGORITHM, TIME_FORMAT, check_time

if TYPE_CHECKING:
    from private_fargate.fabric.authority import Caller
    from private_fargate.fabric.doors.messages import Request
    from private_fargate.fabric.doors.places import Here

TOKEN_LIFE: Final = 12 * 3600
"""Seconds for which a token is good.

Source: AmazonECR/latest/APIReference/API_GetAuthorizationToken.html.
"""

_LINK_LIFE: Final = 3600  # seconds
_USER: Final = "AWS"


class Tokens:
    """The tokens that were given, and to whom."""

    def __init__(self) -> None:
        """Know none yet."""
        self._given: dict[str, tuple[Caller, float]] = {}
        self._lock = threading.Lock()

    def give(self, caller: Caller, now: float) -> str:
        """Return a new token, as a client sends it: user and password in base64."""
        password = base64.b64encode(secrets.token_bytes(96)).decode()
        with self._lock:
            self._given[password] = (caller, now + TOKEN_LIFE)
        return base64.b64encode(f"{_USER}:{password}".encode()).decode()

    def holder(self, authorization: str, now: float) -> Caller:
        """Return whom the token in a header was given.

        Raises:
            Refused: nobody, or its time is over.
        """
        kind, _, token = authorization.partition(" ")
        try:
            user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            user = password = ""
        with self._lock:
            found = self._given.get(password)
        if kind.lower() != "basic" or user != _USER or found is None:
            raise Refused("denied", "Your Authorization Token is invalid.")
        if now > found[1]:
            words = "Your authorization token has expired. Reauthenticate and try again."
            raise Refused("denied", words)
        return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A blob of a repository."""

    repository: str
    digest: str


class Links:
    """URLs of S3 that are signed by ECR, in the name of nobody in this account."""

    def __init__(self, here: Here) -> None:
        """Sign with a new secret."""
        self._here = here
        self._secret = secrets.token_bytes(32)
        self._access_key = "ASIA" + secrets.token_hex(8).upper()

    @property
    def bucket(self) -> str:
        """Where ECR keeps layers."""
        return layer_bucket(self._here.region)

    def url(self, layer: Layer, now: float) -> str:
        """Return where a layer can be had for an hour."""
        moment = datetime.fromtimestamp(now, UTC)
        scope = f"{moment:%Y%m%d}/{self._here.region}/s3/aws4_request"
        key = self._key(layer)
        query = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self._access_key}/{scope}",
            "X-Amz-Date": moment.strftime(TIME_FORMAT),
            "X-Amz-Expires": str(_LINK_LIFE),
            "X-Amz-SignedHeaders": "host",
        }
        query["X-Amz-Signature"] = self._sign(key, query)
        host = f"{self.bucket}.s3.{self._here.region}.{self._here.domain}"
        return f"https://{host}/{key}?{urlencode(query)}"

    def layer(self, key: str, request: Request, now: float) -> Layer:
        """Return which layer a link is for.

        Args:
            key: of the object that is asked for.
            request: with the link's query.
            now: seconds since 1970.

        Raises:
            Refused: the link is not ours, was changed, or its time is over.
        """
        query = request.parameters()
        signature = query.pop("X-Amz-Signature", "")
        if not signature:
            raise Refused("denied", "Access Denied")
        if not hmac.compare_digest(signature, self._sign(key, query)):
            raise Refused("bad signature", SIGNATURE_WORDS)
        check_time(request, now)
        repository, digest = json.loads(base64.urlsafe_b64decode(key.rpartition("/")[2]))
        return Layer(repository=repository, digest=digest)

    def _key(self, layer: Layer) -> str:
        name = base64.urlsafe_b64encode(json.dumps([layer.repository, layer.digest]).encode()).decode()
        return f"{self._here.account}/{name}"

    def _sign(self, key: str, query: dict[str, str]) -> str:
        text = json.dumps([key, sorted(query.items())]).encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()
