"""The DNS server of the VPC, on sockets that somebody else made."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.names.messages import packed, refused, understood

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.fabric.names.zones import Answer, Zones

_THREADS: Final = 2  # for each socket of UDP
_REMEMBERED: Final = 10_000
_LARGEST: Final = 65_535
_PATIENCE: Final = 10.0  # seconds for which a connection may say nothing
_PAUSE: Final = 0.1  # seconds, after which a socket that failed is tried again
_END_WITHIN: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asked.

    Attributes:
        client: the address that it came from.
        code: `NOERROR`, `NXDOMAIN`, `NOTIMP`, `REFUSED`, `SERVFAIL`; `` if nobody answered.
        answer: the values of the records.
    """

    client: str
    name: str
    type: str
    code: str
    answer: tuple[str, ...]


class Resolver:
    """Answers questions from zones, until it is closed."""

    def __init__(self, zones: Zones) -> None:
        """Prepare it to answer from these zones; nothing listens yet."""
        self._zones = zones
        self._asked: deque[Question] = deque(maxlen=_REMEMBERED)
        self._closed = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def questions(self) -> tuple[Question, ...]:
        """The last ten thousand questions, the oldest first."""
        return tuple(self._asked)

    def serve(self, udp: socket.socket, tcp: socket.socket) -> None:
        """Answer on two sockets, of which the second one listens; may be called for several addresses."""
        self._sockets += [udp, tcp]
        for _ in range(_THREADS):
            self._start(lambda: self._receive(udp))
        self._start(lambda: self._accept(tcp))

    def replace(self, zones: Zones) -> None:
        """Answer from other zones from now on."""
        self._zones = zones

    def close(self) -> None:
        """Stop answering, and close the sockets."""
        self._closed.set()
        for each in self._sockets:
            with suppress(OSError):  # one of UDP is not connected, says Linux, and wakes who waits for it
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_END_WITHIN)
        for each in self._sockets:
            each.close()

    def _start(self, errand: Callable[[], None]) -> None:
        thread = threading.Thread(target=errand, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _receive(self, udp: socket.socket) -> None:
        while not self._closed.is_set():
            try:
                packet, client = udp.recvfrom(_LARGEST)
            except OSError:
                self._closed.wait(_PAUSE)
                continue
            if reply := self._reply(packet, str(client[0]), over_udp=True) if client else None:
                with suppress(OSError):  # who asked is gone
                    udp.sendto(reply, client)

    def _accept(self, tcp: socket.socket) -> None:
        while not self._closed.is_set():
            try:
                connection, client = tcp.accept()
            except OSError:
                self._closed.wait(_PAUSE)
                continue
            threading.Thread(target=self._converse, args=(connection, str(client[0])), daemon=True).start()

    def _converse(self, connection: socket.socket, client: str) -> None:
        """Answer one question after the other, each with its length before it: RFC 7766."""
        connection.settimeout(_PATIENCE)
        with connection, suppress(OSError), connection.makefile("rb") as incoming:
            while not self._closed.is_set() and len(length := incoming.read(2)) == 2:  # noqa: PLR2004 -- bytes
                packet = incoming.read(struct.unpack("!H", length)[0])
                reply = self._reply(packet, client, over_udp=False)
                if reply is None:
                    return
                connection.sendall(struct.pack("!H", len(reply)) + reply)

    def _reply(self, packet: bytes, client: str, *, over_udp: bool) -> bytes | None:
        """Return what to say to a packet; None for silence."""
        query = understood(packet)
        if query is None:
            return None
        if query.problem:
            self._remember(client, query.name, query.type, query.problem)
            return refused(query, query.problem)
        answer = self._zones.answer(query.name, query.type)
        try:
            reply = packed(query, answer, over_udp=over_udp) if answer else None
        except Exception:  # noqa: BLE001 -- a record that DNS cannot hold must not end the thread that others ask
            self._remember(client, query.name, query.type, "SERVFAIL")
            return refused(query, "SERVFAIL")
        self._remember(client, query.name, query.type, _code(answer), answer)
        return reply

    def _remember(self, client: str, name: str, kind: str, code: str, answer: Answer | None = None) -> None:
        values = tuple(each.value for each in answer.records) if answer else ()
        self._asked.append(Question(client=client, name=name, type=kind, code=code, answer=values))


def _code(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return "NOERROR" if answer.exists else "NXDOMAIN"
