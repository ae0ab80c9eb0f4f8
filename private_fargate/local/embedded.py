"""The embedded AWS as a child process, which is gone when its block ends, whatever happens in between.

    with EmbeddedAws() as aws:
        deploy_to(aws.url)

It runs in a virtual environment of its own, `.venv-emulator`, because it pins another botocore than the
deployer.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from types import TracebackType
    from typing import Self

_ROOT = Path(__file__).resolve().parents[2]
_PYTHON = _ROOT / ".venv-emulator" / "bin" / "python"
_READY_WITHIN = 60.0  # seconds; one or two where nothing else runs
_POLL = 0.05  # seconds
_GRACE = 5.0  # seconds from SIGTERM to SIGKILL
_ATTEMPTS = 3  # a port that was free may be taken by the time it is used
_LAST_LINES = 20
# A proxy, or a setting that ministack or moto reads, would make it another AWS.
_INHERITED = ("HOME", "LANG", "PATH", "TMPDIR")
_HEALTH = "/_ministack/health"
_TYPES = "/_private_fargate/types"


class EmbeddedAwsError(UserError):
    """The embedded AWS cannot run; the text says why, and what to do."""


class EmbeddedAws:
    """An AWS on the loopback interface of this machine, for as long as a `with` block lasts.

    Attributes:
        url: where it answers; the host is written `localhost`, by which it tells an address of its own S3.
        pid: of its process, which leads a process group.
    """

    def __init__(  # noqa: PLR0913 -- each is another way to run
        self,
        *,
        port: int | None = None,
        sync: bool = False,
        step_seconds: float = 0,
        keep: bool = False,
        extensions: Sequence[str] = (),
        python: Path = _PYTHON,
    ) -> None:
        """Say how it shall run; nothing is started yet.

        Args:
            port: where it answers; None takes a free one.
            sync: answer a stack operation when it is over, for clients that poll rarely, as the AWS CLI does.
            step_seconds: that each resource of a stack operation takes, so that an operation can be joined,
                cancelled, or survived by a client that comes back.
            keep: let it live when the block ends, and when this process does.
            extensions: modules below the project's root whose `extend()` adds services to it, in its process.
            python: the interpreter that has what it needs.
        """
        self._port = port
        self._sync = sync
        self._step_seconds = step_seconds
        self._keep = keep
        self._extensions = tuple(extensions)
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self._log: Path | None = None
        self.url = ""

    def __enter__(self) -> Self:
        """Start it, and return when it answers.

        Raises:
            EmbeddedAwsError: it does not start.
        """
        self.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it, unless it is to be kept and all went well."""
        if not self._keep or error is not None:
            self.stop()

    @property
    def pid(self) -> int:
        """The ID of its process.

        Raises:
            EmbeddedAwsError: it does not run.
        """
        if self._process is None:
            raise EmbeddedAwsError("the embedded AWS does not run; use it in a `with` block, or call start()")
        return self._process.pid

    def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            EmbeddedAwsError: it does not start; the text says why.
        """
        if self._process is not None:
            return
        if not self._python.exists():
            raise EmbeddedAwsError(
                f"{self._python} is not there; `make install` makes it, and needs a network once"
            )
        if self._port is not None and _is_taken(self._port):
            raise EmbeddedAwsError(
                f"port {self._port} is in use; name another one, or none to take a free one"
            )
        for attempt in range(1, _ATTEMPTS + 1):
            port = self._port or _free_port()
            self._launch(port)
            try:
                self._wait(port)
            except EmbeddedAwsError as error:
                taken = "ddress already in use" in str(error)
                if self._port is None and taken and attempt < _ATTEMPTS:
                    continue
                raise
            except BaseException:
                self.stop()
                raise
            self.url = f"http://localhost:{port}"
            return

    def stop(self) -> None:
        """Stop it and wait until it is gone; does nothing if it does not run."""
        process, self._process = self._process, None
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            os.close(lifeline)
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if self._log is not None:
            self._log.unlink(missing_ok=True)

    def environment(self) -> dict[str, str]:
        """Return the variables with which the AWS CLI and boto3 talk to this AWS and to no other.

        Nothing of the caller's is among them, so that they can be shown.  A process that is given them must
        have no AWS_PROFILE beside them.
        """
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_PAGER": "",
            "NO_PROXY": "localhost,127.0.0.1",
            "no_proxy": "localhost,127.0.0.1",
        }

    def created_types(self) -> frozenset[str]:
        """Return the types of resources that it creates, as it says itself."""
        return frozenset(json.loads(_get(f"{self.url}{_TYPES}")))

    def _launch(self, port: int) -> None:
        command = [str(self._python), "-m", "private_fargate.local.server"]
        command += ["--port", str(port)]
        command += ["--sync"] if self._sync else []
        command += ["--step-seconds", str(self._step_seconds)] if self._step_seconds else []
        command += [part for name in self._extensions for part in ("--extension", name)]
        passed_on: list[int] = []
        if not self._keep:
            lifeline, self._lifeline = os.pipe()  # closed by the kernel, if not by us
            command += ["--lifeline", str(lifeline)]
            passed_on.append(lifeline)
        handle, name = tempfile.mkstemp(prefix="private-fargate-aws-", suffix=".log")
        self._log = Path(name)
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        with os.fdopen(handle, "wb") as log, _closed_afterwards(passed_on):
            self._process = subprocess.Popen(  # noqa: S603 -- an interpreter of ours and numbers
                command,
                cwd=_ROOT,
                env={**environment, "PYTHONPATH": str(_ROOT)},
                pass_fds=passed_on,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we stop it
            )

    def _wait(self, port: int) -> None:
        """Wait until it answers, or raise what it said last."""
        assert self._process is not None  # noqa: S101 -- launched just now
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._failure(f"the embedded AWS ended with exit code {self._process.returncode}")
            try:
                _get(f"http://127.0.0.1:{port}{_HEALTH}")
            except (OSError, urllib.error.URLError):
                time.sleep(_POLL)
            else:
                return
        raise self._failure(f"the embedded AWS does not answer after {_READY_WITHIN:.0f} s")

    def _failure(self, what: str) -> EmbeddedAwsError:
        text = self._log.read_text(errors="replace") if self._log else ""
        last = "\n".join(text.splitlines()[-_LAST_LINES:])
        self.stop()
        return EmbeddedAwsError(
            f"{what}; it said:\n{last}\nIf its environment is broken, remove .venv-emulator and run make."
        )


@contextmanager
def _closed_afterwards(descriptors: Iterable[int]) -> Generator[None]:
    try:
        yield
    finally:
        for each in descriptors:
            os.close(each)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _get(url: str) -> bytes:
    """Return what answers, past any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=5) as answer:
        body: bytes = answer.read()
    return body
