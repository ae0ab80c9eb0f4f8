"""The launch role in the judgement of other engines: all that a launch calls, and nothing beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from account import Account, Document
from flatten import flatten
from launch_calls import HERE, Call, Launch, refused
from node import installed

from private_fargate.config import loading
from private_fargate.config.catalog import Catalog

FOLDER = Path(__file__).parent
SETTINGS = loading.load(Path("environments/demo.yaml"))
CATALOG = Catalog(portfolio="Platform", provider="Platform team", notify=True)
LAUNCH = Launch(SETTINGS.model_copy(update={"catalog": CATALOG}))
KEY_POLICY = Account(flatten(LAUNCH.templates)).key_policy("FoundationDataKey")


def asked(call: Call, policies: list[Document]) -> dict[str, Any]:
    return {
        "principal": LAUNCH.role,
        "action": call.action,
        "resource": call.resource,
        "owner": HERE,
        "identity": policies,
        "resource_policy": KEY_POLICY if ":key/" in call.resource else None,  # a key has to consent
        "endpoint": None,
        "context": {"aws:PrincipalAccount": HERE, "aws:PrincipalArn": LAUNCH.role, **call.context},
    }


def engine(name: str) -> list[str]:
    if name == "principalmapper":
        return [sys.executable, str(FOLDER / "principalmapper_engine.py")]
    return ["node", str(FOLDER / "iam_simulate_engine.mjs"), str(installed(FOLDER))]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["principalmapper", "iam-simulate"])
def test_other_engines_allow_a_launch_and_refuse_what_lies_beside_it(name: str) -> None:
    policies = [document for title, document in LAUNCH.documents().items() if title != "Boundary"]
    calls = [(call, True) for call in LAUNCH.all_calls()] + [(call, False) for call in refused(LAUNCH)]
    questions = [asked(call, policies) for call, _ in calls]
    answered = subprocess.run(
        engine(name), input=json.dumps(questions), capture_output=True, text=True, check=False
    )
    assert answered.returncode == 0, answered.stderr
    verdicts = zip(calls, json.loads(answered.stdout), strict=True)
    assert [f"{call}: {verdict}" for (call, allowed), verdict in verdicts if verdict is not allowed] == []
    assert len(calls) > 200
