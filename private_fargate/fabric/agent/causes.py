"""Why a call came to nothing, in the words of the Go programs that Fargate consists of.

Source: Go's packages net, crypto/tls and net/http, whose errors are what a stopped task shows.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

HTTPS: Final = 443

_CONNECT: Final = {
    errno.ECONNREFUSED: "connect: connection refused",
    errno.EHOSTUNREACH: "connect: no route to host",
    errno.ENETUNREACH: "connect: network is unreachable",
    errno.ECONNRESET: "read: connection reset by peer",
    errno.EPIPE: "write: broken pipe",
}
_EXPIRED: Final = 10  # Source: openssl-verification-options, X509_V_ERR_CERT_HAS_EXPIRED
_OTHER_NAME: Final = 62  # X509_V_ERR_HOSTNAME_MISMATCH
_LATE: Final = "ReadTimeoutError"  # of urllib3 and of botocore, which are not imported here


class Unreachable(Exception):  # noqa: N818 -- it is what befell a call, and no fault of ours
    """Nobody answered; the text is what Go says, without the URL.

    Attributes:
        address: where it was tried; empty if the name led nowhere.
        is_timeout: whether nothing at all came.
    """

    def __init__(self, words: str, *, address: str = "", is_timeout: bool = False) -> None:
        """Keep the words and what they are about."""
        super().__init__(words)
        self.address = address
        self.is_timeout = is_timeout


class Refused(Exception):  # noqa: N818 -- the same
    """An API said no; the text is code and words, as version 1 of AWS's SDK for Go joins them.

    Attributes:
        code: `AccessDeniedException`.
        status: of HTTP.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, request_id: str = "") -> None:
        """Keep what the API said."""
        super().__init__(f"{code}: {message} status code: {status}, request id: {request_id}")
        self.code = code
        self.message = message
        self.status = status


def unreachable(error: BaseException, host: str, address: str = "", port: int = HTTPS) -> Unreachable:
    """Return what befell a connection.

    Args:
        error: of Python; what caused it counts too.
        host: that was asked for.
        address: to which its name led; empty if it led nowhere.
        port: that was tried.
    """
    chain = tuple(_chain(error))
    for each in chain:
        if isinstance(each, socket.gaierror):
            return _no_name(each, host)
    if any(type(each).__name__ == _LATE for each in chain):
        return Unreachable("net/http: timeout awaiting response headers", address=address, is_timeout=True)
    for each in chain:
        if isinstance(each, ssl.SSLError):
            return Unreachable(_tls(each, host), address=address)
        if isinstance(each, TimeoutError):
            return Unreachable(f"dial tcp {address}:{port}: i/o timeout", address=address, is_timeout=True)
        if isinstance(each, OSError) and each.errno is not None:
            words = _CONNECT.get(each.errno) or f"connect: {os.strerror(each.errno).lower()}"
            verb = "read" if words.startswith("read") else "dial"
            return Unreachable(f"{verb} tcp {address}:{port}: {words}", address=address)
    return Unreachable("EOF", address=address)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _no_name(error: socket.gaierror, host: str) -> Unreachable:
    if error.errno == socket.EAI_AGAIN:  # whether it was late or failed, the C library does not say
        return Unreachable(f"dial tcp: lookup {host}: i/o timeout", is_timeout=True)
    return Unreachable(f"dial tcp: lookup {host} on {resolver()}:53: no such host")


def _tls(error: ssl.SSLError, host: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code == _OTHER_NAME:
            return f"tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match {host}"  # noqa: E501
        if error.verify_code == _EXPIRED:
            return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"
        return "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    reason = (error.reason or "handshake failure").lower().replace("_", " ")
    return f"remote error: tls: {reason.removeprefix('tlsv1 alert ').removeprefix('sslv3 alert ')}"


def resolver() -> str:
    """Return the server that names are asked of, as this mount namespace says."""
    try:
        with open("/etc/resolv.conf", encoding="ascii", errors="replace") as lines:  # noqa: PTH123 -- a loop
            words = (line.split() for line in lines)
            return next((each[1] for each in words if each[:1] == ["nameserver"] and each[1:]), "127.0.0.1")
    except OSError:
        return "127.0.0.1"
