"""Where host names lead, asked once for each."""

from __future__ import annotations

import socket
import threading
from typing import Final

from private_fargate.fabric.agent.causes import HTTPS, unreachable

_found: Final[dict[str, tuple[str, ...]]] = {}
_lock: Final = threading.Lock()


def look_up(host: str) -> tuple[str, ...]:
    """Return the addresses of a host.

    Raises:
        Unreachable: its name leads nowhere.
    """
    with _lock:
        if host in _found:
            return _found[host]
    try:
        answers = socket.getaddrinfo(host, HTTPS, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise unreachable(error, host) from error
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in answers))
    with _lock:
        _found[host] = addresses
    return addresses


def known(host: str) -> str:
    """Return the first address of a host that was looked up before; nothing of one that was not."""
    with _lock:
        return next(iter(_found.get(host, ())), "")


def share(patience: float, addresses: tuple[str, ...]) -> float:
    """Return how long to wait for each address, so that all of them together take the whole patience.

    Source: Go's net.Dialer, which divides its time among the addresses in the same way.
    """
    return patience / max(len(addresses), 1)
