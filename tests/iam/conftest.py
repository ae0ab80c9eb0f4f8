"""The engines that decide requests; each decides all of them in one process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from neighbours import REFUSED
from node import installed
from work import ALLOWED

if TYPE_CHECKING:
    from scene import Request

HERE = Path(__file__).parent


@pytest.fixture(
    scope="session", params=["principalmapper", pytest.param("iam-simulate", marks=pytest.mark.slow)]
)
def verdicts(request: pytest.FixtureRequest) -> dict[str, bool]:
    """Whether each request is allowed, by its name, in the judgement of one engine."""
    requests = [*ALLOWED, *REFUSED]
    if request.param == "principalmapper":
        command = [sys.executable, str(HERE / "principalmapper_engine.py")]
    else:
        command = ["node", str(HERE / "iam_simulate_engine.mjs"), str(installed(HERE))]
        requests = [asked for asked in requests if not _has_encryption_context(asked)]
    return dict(zip(map(str, requests), _decide(command, requests), strict=True))


def _has_encryption_context(request: Request) -> bool:
    """Say whether a request has what iam-simulate 0.1.173 drops, whatever the policy says of it."""
    return any(key.startswith("kms:EncryptionContext:") for key in request.context)


def _decide(command: list[str], requests: list[Request]) -> list[bool]:
    asked = json.dumps([asdict(request) for request in requests])
    answered = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)  # ours
    assert answered.returncode == 0, answered.stderr
    return json.loads(answered.stdout)
