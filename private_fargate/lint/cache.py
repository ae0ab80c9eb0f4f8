"""Verdicts of earlier runs, found by the content that they were given about.

A verdict is reused only if everything it depends on is the same: the template and the templates it
nests, their names, the linter and its release, the regions, and the rules that were asked.  An entry
holds its key and a digest of itself; what is cut short, foreign or altered is a miss, never a verdict.
Writers never share a file: each writes its own and renames it into place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.lint.excluded import ASKED_OF_CFN_LINT, EXCLUDED
from private_fargate.lint.findings import Finding, Verdict
from private_fargate.lint.nesting import with_nested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.lint.findings import Templates

MAX_ENTRIES: Final = 4_096  # two linters, some thousand versions of templates; about 1 MB when all are clean
MAX_ENTRY_BYTES: Final = 65_536  # a verdict longer than this is cheaper to find again than to trust
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Question:
    """What a verdict answers, apart from the template.

    Attributes:
        linter: Its name.
        version: Its installed release.
        regions: For which it judges.
        informational: Whether the notes were asked for too.
    """

    linter: str
    version: str
    regions: tuple[str, ...]
    informational: bool

    def key(self, name: str, templates: Templates) -> str:
        """Digest everything that the verdict about one template depends on: 64 hexadecimal digits."""
        parts = [
            *(str(_FORMAT), self.linter, self.version, str(self.informational)),
            *("regions", *sorted(set(self.regions))),
            *("excluded", *sorted(EXCLUDED | ASKED_OF_CFN_LINT)),
        ]
        digest = hashlib.sha256(json.dumps(parts).encode())
        for file in with_nested(name, templates):  # cfn-lint compares parameters and outputs with theirs
            body = templates[file]
            digest.update(f"\n{file} {len(body)}\n".encode())
            digest.update(body)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of verdicts.  A folder that cannot be read or written only makes everything a miss."""

    directory: Path

    def read(self, key: str) -> Verdict | None:
        """Give the verdict for a key, or None if there is none that can be trusted."""
        try:
            with self._path(key).open("rb") as file:
                content = file.read(MAX_ENTRY_BYTES + 1)
            return _parse(content, key)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # whatever is in that file, it is not ours

    def write(self, key: str, verdict: Verdict) -> None:
        """Remember a verdict, if the linter came to its end and the folder takes it."""
        content = _serialise(key, verdict)
        if not verdict.complete or len(content) > MAX_ENTRY_BYTES:
            return
        with contextlib.suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True)
            _replace(self._path(key), content)

    def prune(self) -> None:
        """Remove the entries that were written longest ago, so that `MAX_ENTRIES` stay."""
        with contextlib.suppress(OSError):
            entries = sorted(self._ages(), reverse=True)
            for _, path in entries[MAX_ENTRIES:]:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _ages(self) -> Iterator[tuple[float, Path]]:
        for path in self.directory.glob("*.json"):
            with contextlib.suppress(OSError):  # removed by another build in the meantime
                yield path.lstat().st_mtime, path

    def _path(self, key: str) -> Path:
        return self.directory / f"{key}.json"


def _replace(path: Path, content: bytes) -> None:
    """Put a file in place in one step, so that a reader sees all of it or none."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _serialise(key: str, verdict: Verdict) -> bytes:
    body = {"key": key, "findings": [asdict(finding) for finding in verdict.findings]}
    return json.dumps({**body, "digest": _digest(body)}, sort_keys=True).encode()


def _parse(content: bytes, key: str) -> Verdict | None:
    """Read an entry; its digest covers the key that was asked for, so a renamed one does not pass."""
    entry: Any = json.loads(content)
    body = {"key": key, "findings": entry["findings"]}
    if entry["digest"] != _digest(body):
        return None
    return Verdict(tuple(Finding(**finding) for finding in entry["findings"]))


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
