"""Who deploys a stack at the moment: an object in the artifact bucket that only one client can write.

It is lock and journal in one.  A client that was killed leaves it behind; the next one of the same machine
takes it over at once, one on another machine after two minutes without a sign of life, and both learn from
it what was under way.  S3 decides who is first (conditional writes), and whose clock counts is S3's.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
import uuid
from collections.abc import Callable  # noqa: TC003 - a dataclass's annotations are read at run time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import DeployError, code_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from private_fargate.deploy.session import Client, Session

_EXPIRES = 120  # seconds without a sign of life
_SIGN_OF_LIFE = 30  # seconds between two
_LOST = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_HELD = set[str]()  # runs of this process: one that could not give its lease back is none of them any more
_GONE = frozenset({"NoSuchKey", "404"})


class BusyError(DeployError):
    """Somebody else deploys this stack."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the object says.

    Attributes:
        who: `alice@host`.
        since: When the deployment began, UTC.
        digest: Of the templates and parameters that are deployed.
        makes_stack: Whether the stack was not there before.
        change_set: The name of the change set that was asked for; empty before that.
        host: The machine, and the boot of it.
        process: The process on that machine.
        run: What tells this run from all others.
    """

    who: str
    since: str
    digest: str
    makes_stack: bool = False
    change_set: str = ""
    host: str
    process: int
    run: str

    def is_dead(self) -> bool:
        """Say whether who wrote it is known to have ended; of another machine's nothing is known."""
        if self.host != _host():
            return False
        return self.run not in _HELD if self.process == os.getpid() else not _lives(self.process)


@dataclass
class Lease:
    """The right to deploy one stack, as long as it is held.

    Attributes:
        entry: What the object says.
        taken_over: What it said of a run that was cut off; None if there was none.
    """

    bucket: str
    key: str
    entry: Entry
    taken_over: Entry | None
    _s3: Client
    _etag: str
    _written: float = field(default_factory=time.monotonic)

    def note(self, **facts: Any) -> None:
        """Write down what is about to be done, before it is done.

        Raises:
            BusyError: somebody took the lease over, because this client was silent for too long.
        """
        self.entry = replace(self.entry, **facts)
        body = _body(self.entry)
        try:
            self._etag = self._s3.put_object(Bucket=self.bucket, Key=self.key, Body=body, IfMatch=self._etag)[
                "ETag"
            ]
        except ClientError as error:
            if code_of(error) not in _LOST | _GONE:
                raise
            found = _read(self._s3, self.bucket, self.key)
            if found is None or found.entry.run != self.entry.run:
                message = (
                    "another deployment took this one over, because it was silent for too long; run it again"
                )
                raise BusyError(message) from error
            self._etag = found.etag  # the write had taken effect before its answer was lost
        self._written = time.monotonic()

    def show_life(self) -> None:
        """Tell the others that this client is alive, if that was long ago."""
        if time.monotonic() - self._written > _SIGN_OF_LIFE:
            self.note()

    def release(self) -> None:
        """Give the right back."""
        found = _read(self._s3, self.bucket, self.key)
        if found is not None and found.entry.run == self.entry.run:
            self._s3.delete_object(Bucket=self.bucket, Key=self.key)


@contextmanager
def held(  # noqa: PLR0913 - whose right to what, and how to get it
    session: Session,
    bucket: str,
    stack: str,
    digest: str,
    *,
    patience: float,
    waiting: Callable[[Entry], None],
) -> Generator[Lease]:
    """Hold the right to deploy a stack.

    It is given back whatever happens, except that this process is killed.

    Args:
        session: where.
        bucket: the artifact bucket.
        stack: the root's name.
        digest: of what is to be deployed.
        patience: seconds to wait for another deployment to end.
        waiting: is called once with what the other says of itself.

    Raises:
        BusyError: the other had not ended by then.
    """
    entry = _own(digest)
    _HELD.add(entry.run)
    try:
        lease = _acquire(session.client("s3"), bucket, f"deployments/{stack}.json", entry, patience, waiting)
        try:
            yield lease
        except BaseException:
            with suppress(BotoCoreError, ClientError):  # what went wrong is told, not what follows
                lease.release()
            raise
        lease.release()
    finally:
        _HELD.discard(entry.run)


@dataclass(frozen=True)
class _Found:
    entry: Entry
    etag: str
    silent: float  # seconds since the last sign of life, by S3's clock


def _acquire(  # noqa: PLR0913, PLR0917 - what `held` takes
    s3: Client, bucket: str, key: str, entry: Entry, patience: float, waiting: Callable[[Entry], None]
) -> Lease:
    deadline = time.monotonic() + patience
    was_told = False
    left: Entry | None = None
    for pause in pauses():
        condition: dict[str, str] = {"IfNoneMatch": "*"}
        found = _read(s3, bucket, key)
        if found is not None and found.entry.run == entry.run:
            return Lease(bucket, key, entry, left, s3, found.etag)  # the answer to its write was lost
        if found is not None and (found.entry.is_dead() or found.silent > _EXPIRES):
            condition, left = {"IfMatch": found.etag}, found.entry
        elif found is not None:
            if time.monotonic() > deadline:
                raise BusyError(_busy(found.entry))
            if not was_told:
                waiting(found.entry)
                was_told = True
            time.sleep(pause)
            continue
        else:
            left = None
        try:
            etag = s3.put_object(Bucket=bucket, Key=key, Body=_body(entry), **condition)["ETag"]
        except ClientError as error:
            if code_of(error) not in _LOST | _GONE:
                raise
            continue  # somebody was faster, or it was ourselves and the answer was lost: look again
        return Lease(bucket, key, entry, left, s3, etag)
    raise AssertionError  # pragma: no cover - `pauses` has no end


def _busy(entry: Entry) -> str:
    return (
        f"{entry.who} has been deploying this stack since {entry.since}; "
        "wait for the end of that, or let the command wait (--wait)"
    )


def _own(digest: str) -> Entry:
    return Entry(
        who=f"{_user()}@{socket.gethostname()}",
        since=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        digest=digest,
        host=_host(),
        process=os.getpid(),
        run=uuid.uuid4().hex,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has a number only
        return str(os.getuid())


def _host() -> str:
    """Return what tells this machine, since it was started, from all others.

    A container has its own name and its own processes; a machine that was started anew has other processes.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no Linux
        return f"{socket.gethostname()} {uuid.getnode():x}"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(s3: Client, bucket: str, key: str) -> _Found | None:
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if code_of(error) in _GONE:
            return None
        raise
    said = cast("dict[str, Any]", json.loads(answer["Body"].read()))
    known = {name: said[name] for name in Entry.__dataclass_fields__ if name in said}
    return _Found(entry=Entry(**known), etag=answer["ETag"], silent=_silence(answer))


def _silence(answer: dict[str, Any]) -> float:
    """Return how long ago the object was written, by the clock of the one who answers."""
    headers = cast("dict[str, str]", answer["ResponseMetadata"]["HTTPHeaders"])
    now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
    return (now - cast("datetime", answer["LastModified"])).total_seconds()


def _body(entry: Entry) -> bytes:
    return json.dumps(asdict(entry), indent=2).encode()
