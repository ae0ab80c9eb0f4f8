"""What can be asked of a network that is kept: a line of JSON each way, over a socket of this machine.

The socket has a name and no file, so that nothing is left of it when the keeper is gone.  Only the user whose
network it is is answered.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from private_fargate.errors import UserError
from private_fargate.fabric.namespaces import entering
from private_fargate.fabric.orders import END, peer_of
from private_fargate.fabric.tracing import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from private_fargate.fabric.building import Fabric

_TRUST: Final = ("AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables by which programs are told whose certificates to believe."""


class Control:
    """The keeper's ear."""

    def __init__(self, fabric: Fabric, address: str, on_end: Callable[[], None]) -> None:
        """Listen at an abstract address, and call `on_end` when somebody wants an end."""
        self._fabric = fabric
        self._on_end = on_end
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"\0{address}")
        self._listener.listen()
        self._errands: Mapping[str, Callable[..., Any]] = {
            "status": lambda: asdict(fabric.status()),
            "run": self._run,
            "entrance": self._entrance,
            "trace": self._trace,
            "probe": fabric.probe,
            END: lambda: None,
        }

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rw", encoding="utf-8") as stream:
            if peer_of(connection)[1] != os.getuid():
                return
            for line in stream:
                request = json.loads(line)
                errand = request.pop("do")
                stream.write(json.dumps(self._reply(errand, request), default=str) + "\n")
                stream.flush()
                if errand == END:
                    self._on_end()

    def _reply(self, errand: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"answer": self._errands[errand](**arguments)}
        except UserError as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 -- the network outlives a question that went wrong
            return {"error": f"a bug in the fabric: {error!r}"}

    def _entrance(self, place: str) -> list[str]:
        """Return the beginning of a command that runs where somebody is."""
        trust = [f"{name}={self._fabric.authority_file}" for name in _TRUST]
        return entering(self._fabric.find(place).interface_id, ["env", *trust])

    def _trace(self, source: str, target: str, port: int | None = None) -> dict[str, Any]:
        return asdict(trace(self._fabric, source, target, port))

    def _run(self, place: str, argv: list[str], timeout: float) -> dict[str, Any]:
        """Run a program where somebody is, and return what came of it."""
        interface = self._fabric.find(place).interface_id
        try:
            done = subprocess.run(  # noqa: S603 -- the user's own program, with the user's own rights
                entering(interface, argv), capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return {"code": None, "out": "", "err": f"no answer after {timeout:g} s"}
        return {"code": done.returncode, "out": done.stdout, "err": done.stderr}
