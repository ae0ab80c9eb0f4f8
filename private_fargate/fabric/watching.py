"""Packets on their way through the rules, as `nft monitor trace` tells it in one namespace.

A packet that is traced is announced in each chain that it comes to, and then each rule that matches it is
told with its comment.  IDs are those of buffers, which the kernel uses again, so lines belong together only
as long as no other packet is announced under the same ID.
"""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.namespaces import entering, filter_by, run
from private_fargate.fabric.tools import tool

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

_TABLE: Final = "watch"
_BEFORE_ALL: Final = -400  # priority: before connections are tracked

_LINE: Final = re.compile(r"trace id (?P<id>\w+) (?P<family>\w+) (?P<table>\w+) (?P<chain>\S+) (?P<rest>.*)")
_PACKET: Final = re.compile(
    r'packet:(?: iif "(?P<enters>[^"]+)")?(?: oif "(?P<leaves>[^"]+)")?.* ip saddr (?P<source>\S+) '
    r"ip daddr (?P<target>\S+).* tcp sport (?P<from_port>\d+) tcp dport (?P<to_port>\d+) "
    r"tcp flags == (?P<flags>\S+)"
)
_COMMENT: Final = re.compile(r'comment "(?P<comment>[^"]*)"')
_VERDICT: Final = re.compile(r"\(verdict (?P<verdict>\w+)")

_SYN: Final = frozenset({"syn", "0x2", "0x02"})
_SYN_ACK: Final = frozenset({"0x12", "syn | ack", "syn|ack"})


@dataclass(slots=True, kw_only=True)
class Sight:
    """A packet in one namespace, from the hook at which it came in to where it left or was dropped.

    Attributes:
        enters: the link by which it came; None if it began here.
        is_reply: whether it answers the one that was sent.
        rules: the comments of the rules that matched, with their verdict, in order.
    """

    space: str
    enters: str | None
    source: str
    target: str
    is_reply: bool
    rules: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def is_dropped(self) -> bool:
        """Whether a rule dropped it."""
        return any(verdict == "drop" for _, verdict in self.rules)


@contextmanager
def watched(spaces: Iterable[str], port: int) -> Generator[dict[str, list[str]]]:
    """Trace the packets from and to a TCP port while the block runs.

    Yields:
        A mapping that is filled when the block ends: namespace -> the lines that were told there.
    """
    lines: dict[str, list[str]] = {}
    monitors: dict[str, subprocess.Popen[str]] = {}
    try:
        for space in spaces:
            filter_by(space, _rules(port))
            monitors[space] = subprocess.Popen(  # noqa: S603 -- a program of ours
                entering(space, [*tool("nft"), "monitor", "trace"]),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        for monitor in monitors.values():
            _wait_until_it_listens(monitor.pid)
        yield lines
    finally:
        time.sleep(_FLUSHED_WITHIN)
        for space, monitor in monitors.items():
            monitor.terminate()
            lines[space] = monitor.communicate()[0].splitlines()
            run(entering(space, [*tool("nft"), "delete", "table", "inet", _TABLE]))


_FLUSHED_WITHIN: Final = 0.05  # seconds
_LISTENS_WITHIN: Final = 2.0  # seconds
_POLL: Final = 0.005  # seconds


def _rules(port: int) -> str:
    marks = f"tcp sport {port} meta nftrace set 1\ntcp dport {port} meta nftrace set 1\n"
    chains = "".join(
        f"chain {hook} {{ type filter hook {hook} priority {_BEFORE_ALL};\n{marks}}}\n"
        for hook in ("prerouting", "output")
    )
    return f"table inet {_TABLE} {{\n{chains}}}\n"


def _wait_until_it_listens(pid: int) -> None:
    """Wait until a program sleeps in a system call that receives: it listens then."""
    deadline = time.monotonic() + _LISTENS_WITHIN
    seen = 0
    while seen < 3 and time.monotonic() < deadline:  # noqa: PLR2004 -- it sleeps for other reasons too, but briefly
        time.sleep(_POLL)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        name = Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
        seen = seen + 1 if state == "S" and name == "nft" else 0


def sights(space: str, lines: Iterable[str], port: int) -> Iterator[Sight]:
    """Yield the opening packet and its answer as a namespace saw them, each once for each way in.

    Args:
        space: the name of the namespace.
        lines: what `nft monitor trace` told there.
        port: from which the opening packet was sent.
    """
    found: dict[tuple[str | None, bool, str, str], Sight] = {}
    open_under: dict[str, Sight | None] = {}
    for line in lines:
        told = _LINE.match(line)
        if told is None:
            continue
        number, rest = told["id"], told["rest"]
        if rest.startswith("packet:"):
            open_under[number] = _announced(space, rest, port, open_under.get(number), found)
        elif told["table"] != _TABLE and (sight := open_under.get(number)) is not None:
            _judged(sight, rest)
    yield from found.values()


def _announced(
    space: str,
    rest: str,
    port: int,
    before: Sight | None,
    found: dict[tuple[str | None, bool, str, str], Sight],
) -> Sight | None:
    """Return the sight to which what follows belongs; None if it is about another packet."""
    packet = _PACKET.match(rest)
    if packet is None:
        return None
    is_opening = packet["flags"] in _SYN and packet["from_port"] == str(port)
    is_reply = packet["flags"] in _SYN_ACK
    if not (is_opening or is_reply):
        return None
    if before is not None and before.is_reply == is_reply and not before.is_dropped and packet["leaves"]:
        return before  # the next hook of the same passage, where addresses may have changed
    key = (packet["enters"], is_reply, packet["source"], packet["target"])
    if before is not None and before.enters == packet["enters"] and before.is_reply == is_reply:
        return before
    return found.setdefault(
        key,
        Sight(
            space=space,
            enters=packet["enters"],
            source=packet["source"],
            target=packet["target"],
            is_reply=is_reply,
        ),
    )


def _judged(sight: Sight, rest: str) -> None:
    comment, verdict = _COMMENT.search(rest), _VERDICT.search(rest)
    if comment is not None and verdict is not None and verdict["verdict"] in {"accept", "drop", "return"}:
        judgement = (comment["comment"], verdict["verdict"])
        if judgement not in sight.rules:
            sight.rules.append(judgement)
