"""`output/<environment>/`: all templates of one build, or all of the build before it; nothing between.

A build is written beside its place and renamed into it when complete.  For the instant between the
two renames there is nothing there; a build killed in that instant is put right by the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

from private_fargate.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping
    from pathlib import Path

    from private_fargate.inputs import Inputs

MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1  # of the manifest and of what is written beside it; a build of another format is redone
_NAMED: Final = 3  # foreign files that a message names
_SECTIONS: Final = ("Resources", "Parameters", "Outputs")

Manifest = dict[str, Any]


def manifest(templates: Mapping[str, bytes], *, inputs: Inputs, notes: Iterable[str] = ()) -> Manifest:
    """Describe a build: each template's digest and size, and everything that it was made from.

    Returns:
        The same for the same inputs on every machine; `digest` covers all the rest of it.
    """
    content: Manifest = {
        "format": _FORMAT,
        "inputs": {**inputs._asdict(), "digest": inputs.digest()},
        "notes": list(notes),
        "templates": {name: _row(templates[name]) for name in sorted(templates)},
    }
    return {**content, "digest": _digest_of(content)}


def _row(body: bytes) -> dict[str, str | int]:
    template = json.loads(body)
    row = {section.lower(): len(template.get(section, {})) for section in _SECTIONS}
    row |= {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    return dict(sorted(row.items()))  # as it is read from the manifest: a second run prints the same


def _digest_of(content: Manifest) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_manifest(directory: Path) -> Manifest | None:
    """Read the manifest of a build, or None if there is none, or it is not as we wrote it."""
    try:
        content = json.loads((directory / MANIFEST).read_bytes())
        digest = content.pop("digest")
        genuine = digest == _digest_of(content) and content["format"] == _FORMAT
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return {**content, "digest": digest} if genuine else None


def is_current(directory: Path, inputs_digest: str) -> bool:
    """Say whether a directory holds, to the byte, the templates that these inputs give."""
    found = read_manifest(directory)
    if found is None or found["inputs"]["digest"] != inputs_digest:
        return False
    return all(_is_intact(directory / name, row["sha256"]) for name, row in found["templates"].items())


def _is_intact(path: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def write(directory: Path, templates: Mapping[str, bytes], content: Manifest) -> None:
    """Replace a directory by the templates and their manifest, in one step.

    Args:
        directory: Where they go.  It may be missing, empty, or hold an earlier build.
        templates: File name to content.
        content: What `manifest` gave for them.

    Raises:
        OutputError: If it cannot be written, or holds files that are not ours.  Whatever was there
            is as it was.
    """
    target = directory.resolve()  # a link stays a link
    files = {**templates, MANIFEST: json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(target.parent):
            _refuse_foreign_files(directory, templates)
            _mend(target)
            _write_beside(target, files)
            _swap(target)
    except OSError as error:
        reason = error.strerror or str(error)
        message = (
            f"{directory}: cannot be written: {reason}; mend that, or choose another place with --output. "
            "What was there is unchanged"
        )
        raise OutputError(message) from error


@contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """Keep other builds out of a folder; a build that dies lets go of it."""
    import fcntl  # noqa: PLC0415 -- not on every system, and not needed to read

    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems lock no folders: then the renames alone protect
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _new(target: Path) -> Path:
    return target.with_name(f".{target.name}.private-fargate-new")


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.private-fargate-old")


def _mend(target: Path) -> None:
    """Finish what a build that was killed has left."""
    import shutil  # noqa: PLC0415 -- not needed to read

    if _old(target).exists() and not target.exists():
        _old(target).rename(target)
    for leftover in (_new(target), _old(target)):
        if leftover.exists():
            shutil.rmtree(leftover)


def _write_beside(target: Path, files: Mapping[str, bytes]) -> None:
    import shutil  # noqa: PLC0415 -- not needed to read

    new = _new(target)
    new.mkdir()
    try:
        for name, content in files.items():
            (new / name).write_bytes(content)
        if target.exists():
            shutil.copymode(target, new)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _swap(target: Path) -> None:
    """Put the new directory in the place of the old, or the old back into its own."""
    import shutil  # noqa: PLC0415 -- not needed to read

    new, old = _new(target), _old(target)
    try:
        if target.exists():
            target.rename(old)
        new.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(new, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign_files(directory: Path, templates: Mapping[str, bytes]) -> None:
    """Stop before a person's own files would go with the old build.

    Raises:
        OutputError: If the directory is a file, or holds what no build has written.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        message = f"{directory}: is a file; remove it, or choose another place with --output"
        raise OutputError(message)
    strange = set(os.listdir(directory)) - _ours(directory, templates)  # noqa: PTH208 -- names are enough
    foreign = sorted(name for name in strange if not _is_same(directory / name, templates.get(name)))
    if foreign:
        named = ", ".join(foreign[:_NAMED]) + (", ..." if len(foreign) > _NAMED else "")
        message = (
            f"{directory}: holds files that no build has written ({named}) and that would be lost; "
            "move them away, or choose another place with --output"
        )
        raise OutputError(message)


def _is_same(path: Path, content: bytes | None) -> bool:
    """Say whether a file is what would be written in its place: then nothing is lost with it."""
    return content is not None and path.is_file() and path.read_bytes() == content


def _ours(directory: Path, names: Collection[str]) -> set[str]:
    """Name the files that may be replaced: without any manifest, none; with a damaged one, our names."""
    if not (directory / MANIFEST).is_file():
        return set()
    found = read_manifest(directory)
    recorded = cast("dict[str, Any]", found["templates"]) if found else names
    return {MANIFEST, *recorded}
