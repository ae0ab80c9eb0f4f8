"""Rendering depends on the settings and on nothing else."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

RENDER = """
import socket, sys
from pathlib import Path

def refuse(*_arguments, **_named):
    raise AssertionError("rendering needs no network")

socket.socket.connect = refuse
sys.path.insert(0, sys.argv[1])
from private_fargate.config import load
from stacks import parent

for name, body in sorted(parent.render(load(Path(sys.argv[2]))).items()):
    print(name, len(body))
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
"""


def digest(environment: str, folder: Path, **variables: str) -> str:
    """Return the digest of everything rendered, in a process that has only these variables."""
    done = subprocess.run(
        [sys.executable, "-c", RENDER, str(ROOT), str(ROOT / "environments" / f"{environment}.yaml")],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        check=True,
    )
    assert len(done.stdout) > 10_000
    return hashlib.sha256(done.stdout).hexdigest()


@pytest.mark.parametrize("environment", ["demo", "prod", "isolated"])
def test_bytes_are_the_same_everywhere(environment: str, tmp_path: Path) -> None:
    first = digest(environment, ROOT, PYTHONHASHSEED="1", TZ="Asia/Tokyo", LANG="C")
    other = digest(
        environment,
        tmp_path,
        PYTHONHASHSEED="4711",
        TZ="America/Lima",
        AWS_REGION="eu-west-1",
        AWS_PROFILE="nobody",
        HOME=str(tmp_path),
    )
    assert first == other
