"""A certificate authority of this machine, and certificates for the names under which AWS is called."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING, Final

import trustme

if TYPE_CHECKING:
    from pathlib import Path

_UNASKED: Final = "amazonaws.com"  # for a client that names nobody, as one does that knows an address only
_AT_MOST = 1000  # names; whoever asks for more of them is no client of AWS


class Certificates:
    """An authority that is made anew each time, with whose file a client trusts every door.

    Attributes:
        authority_file: the certificate of the authority, as PEM.
    """

    def __init__(self, folder: Path) -> None:
        """Make the authority, and write its certificate into a folder, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        self.authority_file = folder / "authority.pem"
        self._folder = folder
        self._authority = trustme.CA(
            organization_name="private-fargate", organization_unit_name="the fabric of this machine"
        )
        self._authority.cert_pem.write_to_path(self.authority_file)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def context(self) -> ssl.SSLContext:
        """Return what a server needs: it shows a certificate for whatever name it is asked for."""
        context = self._issued(_UNASKED)
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        """Let a connection go on with the certificate for a name; return the alert if there is none."""
        if name is None:
            return None
        try:
            connection.context = self._for(name.lower())
        except (ValueError, LookupError):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None

    def _for(self, name: str) -> ssl.SSLContext:
        with self._lock:
            if name not in self._contexts:
                if len(self._contexts) >= _AT_MOST:
                    raise LookupError(name)
                self._contexts[name] = self._issued(name)
            return self._contexts[name]

    def _issued(self, name: str) -> ssl.SSLContext:
        """Return a context with a new certificate.

        Raises:
            ValueError: this is no name for a host.
        """
        certificate = self._authority.issue_cert(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        with certificate.private_key_and_cert_chain_pem.tempfile(str(self._folder)) as path:
            context.load_cert_chain(path)
        return context
