"""What containers print, on its way to CloudWatch Logs through the network of their task."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from private_fargate.fabric.agent.causes import Refused, Unreachable
from private_fargate.fabric.agent.telling import tell

if TYPE_CHECKING:
    from private_fargate.fabric.agent.calls import Calls

_EVERY: Final = 1.0  # seconds
_KEPT: Final = 20_000  # lines that wait; older ones are lost, as when the buffer of the driver is full

# Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
_EVENTS: Final = 10_000
_BYTES: Final = 1_048_576
_BYTES_BESIDE: Final = 26
_LONGEST: Final = 262_144 - _BYTES_BESIDE


@dataclass(slots=True)
class LogStream:
    """The lines of one container that are not there yet.

    Attributes:
        is_failing: whether the last attempt came to nothing, which is said once.
    """

    container: str
    region: str
    group: str
    name: str
    lines: deque[tuple[int, str]] = field(default_factory=lambda: deque[tuple[int, str]](maxlen=_KEPT))
    is_failing: bool = False

    def take(self, pipe: IO[bytes]) -> None:
        """Read lines until the container has closed its output."""
        for line in pipe:
            text = line.rstrip(b"\r\n").decode("utf-8", "replace")
            now = time.time_ns() // 1_000_000
            for begin in range(0, len(text), _LONGEST // 4):  # a character has up to four bytes
                self.lines.append((now, text[begin : begin + _LONGEST // 4]))

    def batch(self) -> list[dict[str, int | str]]:
        """Return the next lines that one call takes; they stay until it succeeded."""
        found: list[dict[str, int | str]] = []
        size = 0
        for moment, text in tuple(self.lines):
            size += len(text.encode()) + _BYTES_BESIDE
            if size > _BYTES or len(found) == _EVENTS:
                break
            found.append({"timestamp": moment, "message": text})
        return found

    def drop(self, count: int) -> None:
        """Forget the oldest lines."""
        for _ in range(min(count, len(self.lines))):
            self.lines.popleft()


class Sender:
    """Sends the lines of all containers each second, and goes on where it could not."""

    def __init__(self, calls: Calls, streams: list[LogStream]) -> None:
        """Begin at once."""
        self._calls = calls
        self._streams = streams
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self, within: float) -> None:
        """Send what is left, for some seconds."""
        self._is_over.set()
        self._thread.join(within)

    def _run(self) -> None:
        while not self._is_over.wait(_EVERY):
            self._send()
        self._send()

    def _send(self) -> None:
        for stream in self._streams:
            while (batch := stream.batch()) and self._put(stream, batch):
                stream.drop(len(batch))

    def _put(self, stream: LogStream, batch: list[dict[str, int | str]]) -> bool:
        try:
            self._calls.ask(
                "logs",
                "put_log_events",
                stream.region,
                logGroupName=stream.group,
                logStreamName=stream.name,
                logEvents=batch,
            )
        except (Refused, Unreachable) as cause:
            if not stream.is_failing:
                tell(event="logs", container=stream.container, holds=False, words=str(cause))
            stream.is_failing = True
            return False
        if stream.is_failing:
            tell(event="logs", container=stream.container, holds=True, words="")
        stream.is_failing = False
        return True
