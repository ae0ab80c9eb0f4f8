"""The bucket for templates and what goes into it: from our stacks and our output to AWS."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from private_fargate import output
from private_fargate.deploy import artifacts
from private_fargate.deploy.packaging import package
from private_fargate.deploy.session import explained
from private_fargate.errors import OutputError, UserError

if TYPE_CHECKING:
    from private_fargate.deploy.following import Outcome
    from private_fargate.deploy.packaging import Package
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher


def make_bucket(session: Session, watcher: Watcher, *, organization: str | None = None) -> Outcome:
    """Bring the bucket for templates into being, or up to date.

    Args:
        session: where.
        watcher: who looks on.
        organization: whose accounts may read; None leaves that as it is.

    Raises:
        DeployError: the bucket is there and does not belong to the stack, or the stack is stuck.
    """
    from stacks.artifacts import FILE, render  # noqa: PLC0415 -- troposphere

    return artifacts.bootstrap(session, render()[FILE], watcher, organization=organization)


def packaged(session: Session, directory: Path, bucket: str | None = None) -> Package:
    """Upload the templates of a directory, and return the parent that refers to them.

    Args:
        session: where.
        directory: what a build has written.
        bucket: where to; None takes the account's own for templates.

    Raises:
        UserError: there are no templates, or somebody has changed them.
        DeployError: the bucket is not there, or a template is too large.
    """
    templates = built(directory)
    with explained():
        return package(session, templates, bucket or artifacts.require_bucket(session, may_choose=True))


def built(directory: Path) -> dict[str, bytes]:
    """Return the templates that a build has written, file name -> JSON.

    Raises:
        UserError: there are none, or they are no longer as they were linted and verified.
    """
    found = output.read_manifest(directory)
    if found is None:
        message = f"{directory}: holds no templates; `build.py templates {directory.name}` writes them"
        raise UserError(message)
    templates: dict[str, bytes] = {}
    for name, row in found["templates"].items():
        with suppress(FileNotFoundError):
            templates[name] = (directory / name).read_bytes()
        if hashlib.sha256(templates.get(name, b"")).hexdigest() != row["sha256"]:
            message = (
                f"{directory / name}: is not as it was built, linted and verified; "
                f"`build.py templates {directory.name}` writes it anew"
            )
            raise UserError(message)
    return templates


def write(path: Path, body: bytes) -> None:
    """Write a file in one step: whoever reads it sees the old one or the new one, whole.

    Raises:
        OutputError: it cannot be written; what was there is as it was.
    """
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
            Path(beside).chmod(0o644)  # others may read what they are to deploy; a temporary file is private
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}; name another file with --out"
        raise OutputError(message) from error
