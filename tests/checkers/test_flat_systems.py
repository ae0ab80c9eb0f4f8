from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flatten import flatten
from systems import Rendered, environment, service

from private_fargate.config.models import Network

CFN_LINT = Path(sys.executable).with_name("cfn-lint")
DIGEST = {"NginxImageDigest": f"sha256:{'0' * 64}"}
SYSTEMS = {
    "demo": environment(),
    "isolated": environment(network=Network(egress="none"), jump_host="none"),
    "talkative": environment({"nginx": service(exec=True, allow_to=("internet", "10.9.0.0/16:5432"))}),
}


@pytest.fixture(params=SYSTEMS)
def rendered(request: pytest.FixtureRequest) -> Rendered:
    return Rendered(SYSTEMS[request.param])


def references(value: Any) -> set[str]:
    """Return the logical IDs that a value refers to."""
    match value:
        case {"Ref": str() as name}:
            return set() if name.startswith("AWS::") else {name}
        case {"Fn::GetAtt": [str() as name, _]}:
            return {name}
        case dict():
            return set[str]().union(*map(references, value.values()))
        case list():
            return set[str]().union(*map(references, value))
        case _:
            return set()


def test_a_flat_system_has_every_resource_and_refers_to_nothing_else(rendered: Rendered) -> None:
    flat = flatten(rendered.files, DIGEST)
    assert flat.keys() == {"AWSTemplateFormatVersion", "Description", "Resources"}
    assert references(flat) <= flat["Resources"].keys()
    in_children = [
        resource["Type"] for child in rendered.children.values() for resource in child["Resources"].values()
    ]
    assert sorted(resource["Type"] for resource in flat["Resources"].values()) == sorted(in_children)


def test_a_digest_decides_whether_tasks_run(rendered: Rendered) -> None:
    counts = [
        flatten(rendered.files, parameters)["Resources"]["NginxService"]["Properties"]["DesiredCount"]
        for parameters in ({}, DIGEST)
    ]
    assert counts == [0, 1]


def test_cfn_lint_has_nothing_to_say_of_a_flat_system(rendered: Rendered, tmp_path: Path) -> None:
    """Informational rules included; inlined, a value meets the rules of the property that it becomes."""
    template = tmp_path / "flat.json"
    template.write_text(json.dumps(flatten(rendered.files, DIGEST)))
    command = [CFN_LINT, "--include-checks", "I", "--template", template]
    linted = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")
