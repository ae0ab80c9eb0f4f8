"""A proxy between a client and its AWS that spoils one request, in one of the ways in which networks do."""

from __future__ import annotations

import http.client
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

Fault: TypeAlias = Literal["cut before", "cut after", "throttled", "killed before", "killed after", "expired"]

FAULTS: Final[tuple[Fault, ...]] = ("cut before", "cut after", "throttled", "killed before", "killed after")
_THROTTLED: Final = 5  # times in a row
_HOP_BY_HOP: Final = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass
class Proxy:
    """A proxy on the loopback interface, for as long as a `with` block lasts.

    Attributes:
        target: The URL of the AWS behind it.
        fault: What happens to the request `at`, counted from 1; None spoils nothing.  Credentials that have
            expired stay so for all requests after it.
        kill: Is called where the client is to be killed.
        calls: What was asked for, in order: `CreateChangeSet`, `PUT /bucket/…`.
    """

    target: str
    fault: Fault | None = None
    at: int = 0
    kill: Callable[[], None] = lambda: None
    calls: list[str] = field(default_factory=list[str])
    url: str = ""

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, call: str) -> Fault | None:
        """Count a request; return what is to happen to it."""
        with self._lock:
            self.calls.append(call)
            number = len(self.calls)
        last = {"throttled": self.at + _THROTTLED - 1, "expired": number}.get(self.fault or "", self.at)
        return self.fault if self.at and self.at <= number <= last else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that are killed leave connections behind."""


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        fault = self.proxy.take(self._call(body))
        if fault == "killed before":
            self.proxy.kill()
        if fault in {"cut before", "killed before"}:
            self._cut()
        elif fault == "throttled":
            self._throttle()
        elif fault == "expired":
            error = b"<Error><Code>ExpiredToken</Code><Message>The token is expired</Message></Error>"
            self._answer(403, {"Content-Type": "text/xml"}, b"<ErrorResponse>" + error + b"</ErrorResponse>")
        else:
            self._forward(body, fault)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _handle  # noqa: N815 - the base class calls them so

    def _call(self, body: bytes) -> str:
        target = self.headers.get("x-amz-target")
        if target:
            return target.rsplit(".", 1)[-1]
        action = [pair[7:] for pair in body[:2000].decode("latin-1").split("&") if pair.startswith("Action=")]
        return action[0] if action else f"{self.command} {urlsplit(self.path).path}"

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)

    def _throttle(self) -> None:
        if self.headers.get("x-amz-target"):
            kind, body = (
                "application/x-amz-json-1.1",
                b'{"__type": "ThrottlingException", "message": "Rate exceeded"}',
            )
            status = 400
        elif self.command == "POST":
            kind, status = "text/xml", 400
            error = b"<Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
            body = b"<ErrorResponse>" + error + b"</ErrorResponse>"
        else:
            kind, status = "application/xml", 503
            body = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
        self._answer(status, {"Content-Type": kind}, body)

    def _forward(self, body: bytes, fault: Fault | None) -> None:
        host = urlsplit(self.proxy.target)
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=120)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        connection.request(self.command, self.path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        said = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP}
        length = answer.headers.get("content-length", "0") if self.command == "HEAD" else None
        connection.close()
        if fault == "killed after":
            self.proxy.kill()
        if fault in {"cut after", "killed after"}:
            self._cut()
            return
        self._answer(answer.status, said, content, length)

    def _answer(self, status: int, headers: dict[str, str], body: bytes, length: str | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""
