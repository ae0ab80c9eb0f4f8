"""Running our programs as somebody else: only root can, and only where Python is not for root alone."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65534
_IMPORTED = "import private_fargate.local.parts, private_fargate.fabric.privileges"


@functools.cache
def python_for(user: int) -> str | None:
    """Return a Python that a user may run, None if there is none."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            done = run_as(user, [python, "-c", _IMPORTED])
        except OSError:
            continue
        if done.returncode == 0:
            return python
    return None


def run_as(user: int, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the root of the project as a user without groups."""
    change = {} if user == os.geteuid() else {"user": user, "group": user, "extra_groups": ()}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **change)


def is_possible() -> bool:
    return os.geteuid() == 0 and python_for(NOBODY) is not None


as_nobody = pytest.mark.skipif(not is_possible(), reason="nobody cannot run Python here, or this is not root")
