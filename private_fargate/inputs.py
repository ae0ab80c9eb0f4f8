"""What a build depends on, reduced to digests: the settings, our own code, and the tools.

This module is what runs when nothing changed, so it imports nothing that is not needed for that;
`dataclasses`, for one, takes as long to import as all of our code to be read.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from private_fargate.installed import versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parent.parent
"""The project: where `environments/`, `stacks/` and `output/` are."""

TOOLS: Final = (
    "awacs",
    "cfn-lint",
    "cloudformation-validate",
    "orjson",
    "pydantic",
    "pyyaml",
    "ruamel.yaml",
    "troposphere",
)
"""The distributions whose release can change a template or what is said about it."""

_CODE: Final = ("stacks", "private_fargate")
_NOT_BUILDING: Final = frozenset(
    {"__pycache__", "catalog", "deploy", "examples", "fabric", "live", "local", "plan", "rollout"}
)
_MISSING: Final = "missing"


class Inputs(NamedTuple):
    """Everything that decides what a build writes.

    Attributes:
        environment: Name of the file that the build was asked for.
        sources: Each file of settings, relative to the folder of the first, to its sha256.
        code: The sha256 of all of our own code that takes part.
        tools: Distribution to installed release.
        kind: Which of the environment's sets of templates it is.
    """

    environment: str
    sources: Mapping[str, str]
    code: str
    tools: Mapping[str, str]
    kind: str = "environment"

    def digest(self) -> str:
        """Reduce it all to 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self._asdict(), sort_keys=True).encode()).hexdigest()


def read(environment: Path, sources: Iterable[str | Path], kind: str = "environment") -> Inputs:
    """Read the inputs of a build as they are now.

    Call it before the settings are loaded: whatever changes later is then found by the next build.

    Args:
        environment: The file that the build is asked for.
        sources: It and the files that it extends; relative ones lie beside it.
        kind: Which of its sets of templates is asked for.

    Returns:
        The digests; that of a file which is no longer there is `missing`.
    """
    folder = environment.parent
    paths = {Path(os.path.relpath(folder / source, folder)).as_posix() for source in sources}
    return Inputs(
        environment=environment.name,
        sources={path: _digest(folder / path) for path in sorted(paths)},
        code=_code_digest(),
        tools=versions(TOOLS),
        kind=kind,
    )


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return _MISSING


def _code_digest() -> str:
    """Digest our code: names and contents, in an order that no file system decides."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in _CODE for path in _files(os.path.join(ROOT, folder))):  # noqa: PTH118 -- see _files
        with open(path, "rb") as file:  # noqa: PTH123 -- see _files
            content = file.read()
        digest.update(f"\n{os.path.relpath(path, ROOT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: str) -> Iterator[str]:
    """Walk over our code; strings, because path objects take longer than the files' contents."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in _NOT_BUILDING or entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _files(entry.path)
            elif not entry.name.endswith(".pyc"):
                yield entry.path
