"""HTTP at a socket that listens already: a thread for each connection, which serves it to its end."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.doors.messages import (
    Answer,
    BrokenRequestError,
    Chunked,
    Request,
    Sized,
    text,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

_HANDSHAKE = 10.0  # seconds
_PAUSE = 0.05  # seconds
_IDLE = 75.0  # seconds between two requests, or two parts of one
_LEFT_UNREAD = 1024 * 1024  # bytes of a body that nobody wanted; for more of them a connection is not kept
_PIECE = 64 * 1024  # bytes
_WITHOUT_BODY: Final = frozenset({204, 304})
_LENGTH = re.compile(r"\d{1,18}\Z")


class Server:
    """Sockets that are being served, until all of them are closed."""

    def __init__(self) -> None:
        """Serve nothing yet."""
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    def serve(
        self,
        listener: socket.socket,
        answer: Callable[[Request], Answer],
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Answer whoever connects, from now on; with TLS if there is a context for it."""
        self._keep(listener)
        threading.Thread(
            target=self._accept, args=(listener, answer, context), daemon=True, name="door"
        ).start()

    def close(self) -> None:
        """Close all sockets; what is being answered breaks off."""
        with self._lock:
            self._is_closed = True
            sockets = list(self._open)
        for each in sockets:
            self._end(each)

    def _accept(
        self,
        listener: socket.socket,
        answer: Callable[[Request], Answer],
        context: ssl.SSLContext | None,
    ) -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                if self._is_closed:
                    return
                time.sleep(_PAUSE)  # the client was gone at once, or there are too many of them
                continue
            arguments = (connection, address[0], answer, context)
            threading.Thread(target=self._converse, args=arguments, daemon=True, name="caller").start()

    def _converse(
        self,
        connection: socket.socket,
        client: str,
        answer: Callable[[Request], Answer],
        context: ssl.SSLContext | None,
    ) -> None:
        """Serve one connection; a client that goes, or speaks something else, is nobody's fault."""
        self._keep(connection)
        secured = connection
        try:
            connection.settimeout(_HANDSHAKE)
            if context:
                secured = context.wrap_socket(connection, server_side=True)
                self._keep(secured)
            _Conversation(secured, client, answer)
        except (OSError, BrokenRequestError):
            pass
        finally:
            self._end(secured)
            self._end(connection)

    def _keep(self, opened: socket.socket) -> None:
        with self._lock:
            self._open.add(opened)
            is_late = self._is_closed
        if is_late:
            self._end(opened)

    def _end(self, opened: socket.socket) -> None:
        with self._lock:
            self._open.discard(opened)
        with contextlib.suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it in another thread
        with contextlib.suppress(OSError):
            opened.close()


class _Conversation(BaseHTTPRequestHandler):
    """The requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    disable_nagle_algorithm = True  # headers and body are written one after the other

    def __init__(self, connection: socket.socket, client: str, answer: Callable[[Request], Answer]) -> None:
        """Serve the connection to its end."""
        self._answer = answer
        super().__init__(connection, (client, 0), None)  # type: ignore[arg-type]

    def version_string(self) -> str:
        """Return what the header `Server` says."""
        return "private-fargate"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- it is called so
        """Say nothing: what came in is kept elsewhere."""

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Return what serves a request, which has the same name for no two methods of HTTP."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        try:
            request = self._request()
        except BrokenRequestError as error:
            self.close_connection = True
            self._send(text(400, str(error)))
            return
        self._send(self._answer(request))
        self._drain(request)

    def _request(self) -> Request:
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        chunked, length = headers.get("transfer-encoding"), headers.get("content-length", "")
        if chunked is not None and (chunked.lower() != "chunked" or length):
            raise BrokenRequestError("a body is chunked or has a length, and comes in no other way")
        if length and not _LENGTH.match(length):
            raise BrokenRequestError("the length of a body is one number")
        if not self.path.startswith("/"):
            raise BrokenRequestError("a target begins with a slash")
        size = int(length or 0)
        return Request(
            method=self.command,
            host=headers.get("host", "").partition(":")[0].rstrip(".").lower(),
            target=self.path,
            headers=headers,
            body=Chunked(self.rfile) if chunked else Sized(self.rfile, size) if size else None,
            length=None if chunked else size,
            client=self.client_address[0],
        )

    def _send(self, answer: Answer) -> None:
        """Send an answer; one that breaks off in the middle ends the connection, so that it shows."""
        self.send_response(answer.status)
        headers = {name.lower(): (name, value) for name, value in answer.headers.items()}
        is_bare = self.command == "HEAD" or answer.status in _WITHOUT_BODY
        if isinstance(answer.body, bytes) and answer.status not in _WITHOUT_BODY:
            headers.setdefault("content-length", ("Content-Length", str(len(answer.body))))
        is_chunked = not is_bare and "content-length" not in headers
        if is_chunked:
            headers["transfer-encoding"] = ("Transfer-Encoding", "chunked")
        if self.close_connection:
            headers["connection"] = ("Connection", "close")
        for name, value in headers.values():
            if name.lower() not in {"date", "server"}:
                self.send_header(name, value)
        self.end_headers()
        if is_bare:
            answer.discard()
        else:
            self._write(answer, is_chunked=is_chunked)

    def _write(self, answer: Answer, *, is_chunked: bool) -> None:
        pieces: Iterator[bytes] = iter([answer.body]) if isinstance(answer.body, bytes) else answer.body
        for piece in pieces:
            if is_chunked and piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            elif piece:
                self.wfile.write(piece)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _drain(self, request: Request) -> None:
        """Read what is left of a body, as the next request begins behind it."""
        left = _LEFT_UNREAD
        while request.body is not None and left > 0:
            piece = request.body.read(_PIECE)
            if not piece:
                return
            left -= len(piece)
        if request.body is not None:
            self.close_connection = True
