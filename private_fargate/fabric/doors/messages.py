"""What comes in at a door and what goes out: requests and answers of HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, unquote

from private_fargate.fabric.doors.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import BufferedIOBase

_LINE = 8192  # bytes that a line between chunks may have
_IN_MEMORY = 16 * 1024 * 1024  # bytes; the largest body of an API that is no file is a Lambda payload of 6 MB
_PIECE = 64 * 1024  # bytes
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,15}\Z")


class BrokenRequestError(ValueError):
    """What came is no HTTP: the connection is of no use any more."""


class Readable(Protocol):
    """A body that is being received; an empty answer is its end."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most so many bytes, and none only at the end."""
        ...


@dataclass
class Sized:
    """A body whose length was announced."""

    stream: BufferedIOBase
    left: int

    def read(self, size: int = _PIECE, /) -> bytes:
        """Return at most so many bytes, and none only at the end."""
        data = self.stream.read(min(size, self.left))
        if len(data) < min(size, self.left):
            raise ConnectionError("hung up in the middle of a body")
        self.left -= len(data)
        return data


@dataclass
class Chunked:
    """A body that comes in chunks, the last of which is empty.

    Source: RFC 9112, section 7.1.
    """

    stream: BufferedIOBase
    _chunk: Sized | None = None
    _is_last: bool = False
    _is_over: bool = False

    def read(self, size: int = _PIECE, /) -> bytes:
        """Return at most so many bytes, and none only at the end."""
        while not self._is_over:
            if self._chunk is None:
                self._chunk = self._next()
            if data := self._chunk.read(size):
                return data
            self._end_of_chunk()
        return b""

    def _next(self) -> Sized:
        number = self._line().partition(b";")[0].strip()
        if not _CHUNK_SIZE.match(number):
            raise BrokenRequestError("a chunk begins with its size")
        self._is_last = int(number, 16) == 0
        return Sized(self.stream, int(number, 16))

    def _end_of_chunk(self) -> None:
        self._chunk = None
        if not self._is_last:
            if self._line():
                raise BrokenRequestError("a chunk is longer than its size")
            return
        while self._line():
            pass
        self._is_over = True

    def _line(self) -> bytes:
        line = self.stream.readline(_LINE)
        if not line.endswith(b"\n"):
            raise BrokenRequestError("a line between chunks has no end")
        return line.rstrip(b"\r\n")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came.

    Attributes:
        host: in small letters, without a port.
        target: path and query as the client wrote them.
        headers: by name in small letters; what came several times is joined by commas.
        body: None if there is none.
        length: of the body; None if it comes in chunks.
        client: the address that called, as the door sees it.
    """

    method: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: Readable | None
    length: int | None
    client: str
    _read: list[bytes] = field(default_factory=list[bytes])

    @property
    def path(self) -> str:
        """The path alone, decoded: `/v2/nginx/manifests/latest`."""
        return unquote(self.raw_path)

    @property
    def raw_path(self) -> str:
        """The path as it was written."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What stands after the question mark, as it was written."""
        return self.target.partition("?")[2]

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the query; of several values the first one."""
        return {name: values[0] for name, values in parse_qs(self.query, keep_blank_values=True).items()}

    def content(self) -> bytes:
        """Return the whole body; it can be asked for again.

        Raises:
            Refused: it is longer than any request of an API that carries no file.
        """
        if not self._read and self.body is not None:
            parts: list[bytes] = []
            size = 0
            while part := self.body.read(_PIECE):
                size += len(part)
                if size > _IN_MEMORY:
                    raise Refused("too large", f"Request is larger than {_IN_MEMORY} bytes")
                parts.append(part)
            self._read.append(b"".join(parts))
        return self._read[0] if self._read else b""

    def streamed(self) -> bytes | Readable | None:
        """Return the body for whoever passes it on: what was read already, or what is still to come."""
        return self._read[0] if self._read else self.body


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer to a request.

    Attributes:
        body: whole, or piece by piece as it comes; then its length is in the headers, or not known.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | Iterator[bytes] = b""

    def discard(self) -> None:
        """Take the body and forget it, so that what it comes from can be used again."""
        for _ in () if isinstance(self.body, bytes) else self.body:
            pass


def text(status: int, words: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer in plain text."""
    return Answer(
        status=status,
        headers={"Content-Type": "text/plain; charset=utf-8", **(headers or {})},
        body=f"{words}\n".encode(),
    )
