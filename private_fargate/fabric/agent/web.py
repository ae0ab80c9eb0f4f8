"""HTTPS to registries: one request at a time, in the way that Go connects."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from private_fargate.fabric.agent.addresses import look_up, share
from private_fargate.fabric.agent.causes import HTTPS, Unreachable, unreachable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

_PIECE: Final = 256 * 1024
_ANSWER_WITHIN: Final = 30.0  # seconds without a byte, of whoever took the connection
_ALMOST_ANY: Final = 64 * 1024 * 1024  # bytes that a manifest or a configuration may have


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a server answers.

    Attributes:
        headers: by name in small letters.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    _response: http.client.HTTPResponse
    _host: str
    _address: str

    @property
    def line(self) -> str:
        """Status and reason: `403 Forbidden`."""
        return f"{self.status} {self.reason or http.client.responses.get(self.status, '')}".strip()

    def pieces(self) -> Iterator[bytes]:
        """Yield the body.

        Raises:
            Unreachable: the connection broke off.
        """
        try:
            while piece := self._response.read(_PIECE):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(error, self._host, self._address) from error

    def content(self) -> bytes:
        """Return the body, as far as anybody could want it in memory."""
        parts: list[bytes] = []
        left = _ALMOST_ANY
        for piece in self.pieces():
            parts.append(piece)
            left -= len(piece)
            if left < 0:
                break
        return b"".join(parts)


class Web:
    """Requests that believe one authority."""

    def __init__(self, authority_file: str, patience: float) -> None:
        """Say whom to believe, and how many seconds to wait for a connection."""
        self._context = ssl.create_default_context(cafile=authority_file)
        self._patience = patience

    @contextmanager
    def open(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Generator[Reply]:
        """Send a request and give the answer, whose body is still to come.

        Raises:
            Unreachable: nobody answers.
        """
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS
        connected, address = self._connect(host, port)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = connected
        name = host if port == HTTPS else f"{host}:{port}"
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        try:
            try:
                connection.request(method, target, body, {"host": name, **(headers or {})})
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise unreachable(error, host, address, port) from error
            yield Reply(
                status=response.status,
                reason=response.reason,
                headers={name.lower(): value for name, value in response.getheaders()},
                _response=response,
                _host=host,
                _address=address,
            )
        finally:
            connection.close()

    def connects(self, host: str) -> None:
        """Connect to a host and say nothing.

        Raises:
            Unreachable: it does not come to a connection that can be believed.
        """
        self._connect(host, HTTPS)[0].close()

    def _connect(self, host: str, port: int) -> tuple[ssl.SSLSocket, str]:
        addresses = look_up(host)
        first: Unreachable | None = None
        for address in addresses:
            try:
                plain = socket.create_connection((address, port), share(self._patience, addresses))
                plain.settimeout(self._patience)
                secured = self._context.wrap_socket(plain, server_hostname=host)
            except OSError as error:
                first = first or unreachable(error, host, address, port)
            else:
                secured.settimeout(max(self._patience, _ANSWER_WITHIN))
                return secured, address
        raise first or Unreachable("EOF")
