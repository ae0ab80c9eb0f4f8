"""The AWS behind the doors: requests are passed on to it over plain HTTP on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from private_fargate.fabric.doors.messages import Answer
from private_fargate.fabric.doors.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.fabric.doors.messages import Readable, Request

_OF_ONE_CONNECTION: Final = frozenset(
    {
        "connection",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_KEPT_OPEN = 16  # connections
_TIMEOUT = 120  # seconds
_PIECE = 64 * 1024  # bytes


class Upstream:
    """Where requests go that were allowed."""

    def __init__(self, url: str) -> None:
        """Pass on to an AWS at this URL, `http://localhost:4566`."""
        address = urlsplit(url)
        self._pool = urllib3.HTTPConnectionPool(
            address.hostname or "", address.port, maxsize=_KEPT_OPEN, timeout=_TIMEOUT
        )
        self._host = address.netloc

    def forward(
        self,
        request: Request,
        target: str,
        *,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return what the AWS answers to a request.

        Args:
            request: whose method, headers and body are passed on.
            target: path and query there.
            method: another one than that of the request.
            headers: in the place of those of the request.

        Raises:
            Refused: nobody answers.
        """
        passed_on = {
            name: value
            for name, value in (request.headers if headers is None else headers).items()
            if name not in _OF_ONE_CONNECTION
        }
        if request.length is None:
            passed_on.pop("content-length", None)
        return self._send(method or request.method, target, passed_on, request.streamed())

    def ask(self, method: str, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Return what the AWS answers to a request of our own, which has no body.

        Raises:
            Refused: nobody answers.
        """
        return self._send(method, target, headers or {}, None)

    def close(self) -> None:
        """End all connections that wait for another request."""
        self._pool.close()

    def _send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | Readable | None
    ) -> Answer:
        try:
            answer = self._pool.urlopen(
                method,
                target,
                body=cast("bytes | None", body),  # urllib3 reads what can be read; its types know files only
                headers={**headers, "host": self._host},
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except HTTPError as error:
            raise Refused("unavailable", f"the AWS at {self._host} does not answer: {error}") from error
        return Answer(status=answer.status, headers=_headers(answer), body=_pieces(answer))


def _headers(answer: urllib3.BaseHTTPResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower() not in _OF_ONE_CONNECTION}


def _pieces(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """Yield the body as it comes; the connection is used again only if it was read to its end."""
    try:
        yield from answer.stream(_PIECE, decode_content=False)
    except HTTPError as error:
        raise ConnectionError(f"an answer broke off: {error}") from error
    finally:
        answer.close()
