"""The AWS CDK, installed on demand from its lock file into a folder that git ignores."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = Path(__file__).parent / "cdk"


def install() -> str | None:
    """Install what the lock file says, once; return why that is impossible, or None."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not there"
    installed = PLACE / "node_modules" / ".package-lock.json"
    locked = PLACE / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= locked.stat().st_mtime:
        return None
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],  # noqa: S607 -- whichever the person has
        cwd=PLACE,
        check=False,
        capture_output=True,
        text=True,
    )
    return None if done.returncode == 0 else f"npm ci failed: {done.stderr.strip()[-500:]}"


def cases(services: int, scratch: Path) -> Iterator[Case]:
    """Yield the CDK's rendering of a system of this many services, without and with its own validation."""
    for name, validation in (("CDK, no validation", "false"), ("CDK, as it is by default", "true")):
        directory = scratch / f"cdk-{validation}"
        yield Case(
            name,
            ["node", str(PLACE / "app.js"), str(services), str(directory)],
            {"CDK_VALIDATION": validation, "CDK_OUTDIR": ""},
            before=lambda directory=directory: shutil.rmtree(directory, ignore_errors=True),
        )
