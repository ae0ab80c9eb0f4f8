"""The real cfn-lint, run from another directory, shows what the verifier finds, where it stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from private_fargate.cfn_lint_rules.rules import id_in_cfn_lint
from private_fargate.verify.rules import RULES

ROOT = Path(__file__).parents[2]
OURS = ROOT / "private_fargate" / "cfn_lint_rules"
CFN_LINT = Path(sys.executable).with_name("cfn-lint")
CORRECT = ROOT / "private_fargate" / "verify" / "examples" / "bases" / "isolated.yaml"

CHILD = """\
Parameters:
  HostPort:
    Type: Number
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
  TaskDefinition:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      ContainerDefinitions:
        - Name: web
          Image: public.ecr.aws/nginx/nginx:1.29
          PortMappings:
            - ContainerPort: 80
              HostPort: !Ref HostPort
  Service:
    Type: AWS::ECS::Service
    Properties:
      Cluster: !Ref Cluster
      LaunchType: FARGATE
      TaskDefinition: !Ref TaskDefinition
      NetworkConfiguration:
        AwsvpcConfiguration:
          Subnets: [subnet-11111111]
"""
ROOT_OF_IT = """\
Resources:
  Tasks:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: nested/child.yaml
      Parameters:
        HostPort: 8080
"""
BROKEN = CHILD.replace("HostPort: !Ref HostPort", "HostPort: 8080\n          Privileged: true").replace(
    "Parameters:\n  HostPort:\n    Type: Number\n", ""
)
IGNORING = BROKEN.replace(
    "    Type: AWS::ECS::TaskDefinition\n",
    "    Type: AWS::ECS::TaskDefinition\n"
    "    Metadata: { cfn-lint: { config: { ignore_checks: [E9TASK003] } } }\n",
)
SUPPRESSING = IGNORING.replace(
    "cfn-lint: { config: { ignore_checks: [E9TASK003] } }",
    "private-fargate: { ignore: { TASK-003: a test } }",
)
CRASHED = "E0002"


def lint(
    folder: Path, *arguments: str, text: str | None = None, rules: str = str(OURS), **environment: str
) -> list[dict[str, Any]]:
    """Give the matches of our rules, and of rules that crashed."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    done = subprocess.run(
        [CFN_LINT, *arguments, "--append-rules", rules, "--format", "json"],
        cwd=folder,
        env=settings | environment | {"HOME": str(folder)},
        input=text,
        stdin=None if text is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    matches = json.loads(done.stdout)
    return [match for match in matches if match["Rule"]["Id"][1:2] == "9" or match["Rule"]["Id"] == CRASHED]


def short(matches: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(match["Rule"]["Id"], match["Location"]["Start"]["LineNumber"]) for match in matches]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("templates")
    shutil.copy(CORRECT, made / "correct.yaml")
    (made / "broken.yaml").write_text(BROKEN)
    (made / "ignoring.yaml").write_text(IGNORING)
    (made / "suppressing.yaml").write_text(SUPPRESSING)
    (made / "parent.yaml").write_text(ROOT_OF_IT)
    (made / "nested").mkdir()
    (made / "nested" / "child.yaml").write_text(CHILD)
    (made / "unreadable.yaml").write_text(ROOT_OF_IT.replace("child", "broken"))
    (made / "nested" / "broken.yaml").write_text("Resources:\n  - [\n")
    return made


@pytest.fixture(scope="module")
def matches(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What one run says, by file."""
    files = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.yaml"))]
    files.remove("nested/broken.yaml")
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in files}
    for match in lint(folder, *files):
        found[match["Filename"]].append(match)
    return found


def test_faults_stand_where_they_are_written(matches: dict[str, list[dict[str, Any]]]) -> None:
    found = {match["Rule"]["Id"]: match for match in matches["broken.yaml"]}
    line = BROKEN.splitlines().index("              HostPort: 8080") + 1
    port = found["E9TASK003"]
    assert port["Location"]["Start"] == {"LineNumber": line, "ColumnNumber": 15}
    assert port["Location"]["Path"] == [
        *("Resources", "TaskDefinition", "Properties", "ContainerDefinitions", 0),
        *("PortMappings", 0, "HostPort"),
    ]
    assert port["Message"] == "the container web has port 80, and HostPort 8080. Remove HostPort."
    assert port["Level"] == "Error"
    assert port["Rule"]["ShortDescription"].startswith("A port of the host")
    assert ("E9TASK009", line + 1) in short(matches["broken.yaml"])


def test_warnings_are_warnings(matches: dict[str, list[dict[str, Any]]]) -> None:
    levels = {match["Level"] for match in matches["broken.yaml"] if match["Rule"]["Id"] == "W9TASK031"}
    assert levels == {"Warning"}


def test_a_correct_template_has_no_match(matches: dict[str, list[dict[str, Any]]]) -> None:
    assert matches["correct.yaml"] == []


@pytest.mark.parametrize("file", ["ignoring.yaml", "suppressing.yaml"])
def test_a_resource_ignores_a_rule_in_its_metadata(
    matches: dict[str, list[dict[str, Any]]], file: str
) -> None:
    """As cfn-lint has it, or as the verifier has it."""
    ids = {identifier for identifier, _ in short(matches[file])}
    assert "E9TASK003" not in ids
    assert "E9TASK009" in ids


def test_a_fault_of_a_nested_template_stands_at_the_nested_stack(
    matches: dict[str, list[dict[str, Any]]],
) -> None:
    """Its parent gives the port; by itself the nested template has none that is wrong."""
    line = CHILD.splitlines().index("              HostPort: !Ref HostPort") + 1
    found = [match for match in matches["parent.yaml"] if match["Rule"]["Id"] == "E9TASK003"]
    assert short(found) == [("E9TASK003", 2)]
    assert found[0]["Message"].startswith(
        f"nested/child.yaml:{line}: Tasks/TaskDefinition: the container web"
    )
    assert "E9TASK003" not in {identifier for identifier, _ in short(matches["nested/child.yaml"])}


def test_a_nested_template_that_cannot_be_read_is_said(matches: dict[str, list[dict[str, Any]]]) -> None:
    assert [identifier for identifier, _ in short(matches["unreadable.yaml"])] == ["E9VERIFY"]
    assert matches["unreadable.yaml"][0]["Message"].startswith("nested/broken.yaml:3: ")


def test_no_rule_crashes(matches: dict[str, list[dict[str, Any]]]) -> None:
    assert [match for found in matches.values() for match in found if match["Rule"]["Id"] == CRASHED] == []


@pytest.mark.parametrize(
    ("ignored", "left"),
    [("E9TASK003", True), ("E9TASK", False), ("E9", False)],
    ids=["one rule", "a group", "all errors"],
)
def test_rules_are_ignored_by_id_and_by_the_beginning_of_ids(
    folder: Path, ignored: str, *, left: bool
) -> None:
    ids = {identifier for identifier, _ in short(lint(folder, "broken.yaml", "--ignore-checks", ignored))}
    assert "E9TASK003" not in ids
    assert ("E9TASK009" in ids) is left


def test_a_template_is_read_from_the_input(folder: Path) -> None:
    """Editors send what is not saved yet."""
    line = BROKEN.splitlines().index("              HostPort: 8080") + 1
    assert ("E9TASK003", line) in short(lint(folder, text=BROKEN))


def test_values_of_parameters_are_those_of_the_parameter_file(folder: Path) -> None:
    values = folder / "values.json"
    values.write_text(json.dumps([{"ParameterKey": "HostPort", "ParameterValue": "8080"}]))
    found = lint(folder, "nested/child.yaml", "--parameter-files", str(values))
    assert "E9TASK003" in {identifier for identifier, _ in short(found)}


@pytest.mark.parametrize(
    ("arguments", "levels"),
    [((), ["Warning"]), (("--regions", "eu-central-1"), ["Error"]), (("--regions", "eu-west-1"), [])],
    ids=["not said", "another", "the same"],
)
def test_a_region_that_is_asked_for_counts(
    folder: Path, arguments: tuple[str, ...], levels: list[str]
) -> None:
    """The default of cfn-lint does not: it cannot be told from what nobody asked for.

    Here is also a rule that is milder than usual: its id stays, and cfn-lint has it as a warning.
    """
    text = CORRECT.read_text().replace("awslogs-region: !Ref AWS::Region", "awslogs-region: eu-west-1")
    (folder / "region.yaml").write_text(text)
    found = [match for match in lint(folder, "region.yaml", *arguments) if "TASK007" in match["Rule"]["Id"]]
    assert [match["Level"] for match in found] == levels
    assert {match["Rule"]["Id"] for match in found} <= {"E9TASK007"}


def test_an_installed_package_does_by_its_name(folder: Path) -> None:
    name = "private_fargate.cfn_lint_rules.rules"
    found = lint(folder, "broken.yaml", rules=name, PYTHONPATH=str(ROOT))
    assert "E9TASK003" in {identifier for identifier, _ in short(found)}


def test_each_rule_has_an_id_of_its_own() -> None:
    ids = [id_in_cfn_lint(rule) for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert all(identifier[0] in "EWI" and identifier[1:].isalnum() for identifier in ids)
