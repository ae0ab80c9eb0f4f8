"""`build.py` as people and programs meet it: run as a process, in a copy of the project."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from private_fargate.inputs import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    Run = subprocess.CompletedProcess[str]

TINY = """\
name: tiny
services:
  nginx:
    image: {repository: nginx}
    port: 80
"""
PROVEN = "2 tasks, 10 needs: 10 proven, 0 fail, 0 unproven\n"
LINTERS = ("cfnlint", "cloudformation_validate")
HEAVY = ("pydantic", "troposphere", "boto3", "botocore", "rich", "ruamel", *LINTERS)
BROKEN = """
_render = render
def render(environment):
    vpc = b'{"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlok": "10.0.0.0/16"}}}}'
    return {**_render(environment), "broken.json": vpc}
"""
SLOW = """
def render(environment):
    open("started", "w").close()
    import time
    time.sleep(60)
"""


SOURCES = ("build.py", "pyproject.toml", "private_fargate", "stacks", "environments")


def copy_of(project: Path, place: Path, names: tuple[str, ...] = (*SOURCES, "output", ".cache")) -> Path:
    place.mkdir(parents=True)
    for name in names:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, place / name)
    return place


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project whose environment `tiny` was built; only to be copied."""
    place = tmp_path_factory.mktemp("project") / "built"
    copy_of(ROOT, place, SOURCES)
    (place / "environments" / "tiny.yaml").write_text(TINY)
    assert build(place, "templates", "tiny").returncode == 0
    return place


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    return copy_of(built, tmp_path / "project")


def build(
    project: Path, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Run:
    return subprocess.run(
        [sys.executable, str(project / "build.py"), *arguments],
        cwd=cwd or project,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def append(project: Path, code: str) -> None:
    with (project / "stacks" / "parent.py").open("a") as file:
        file.write(code)


def files(directory: Path) -> dict[str, bytes]:
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*.*")}


def modules_of(project: Path, *arguments: str) -> set[str]:
    """Run a command and name the packages that it has imported."""
    program = (
        f"import sys; sys.argv = ['build.py', *{arguments!r}]\n"
        "from private_fargate.front_door import main\n"
        "try: main()\n"
        "finally: print('', *{name.split('.')[0] for name in sys.modules}, sep='\\n')"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_help_tells_every_exit_code_and_imports_nothing_heavy(project: Path) -> None:
    result = build(project, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert [line.split()[0] for line in result.stdout.split("Exit codes:\n")[1].splitlines()] == [
        *("0", "1", "2", "3", "4", "70", "130")
    ]
    assert "click" in modules_of(project, "--help")
    assert modules_of(project, "--help").isdisjoint(HEAVY)


def test_a_build_prints_a_table_on_standard_output_and_its_state_on_standard_error(project: Path) -> None:
    shutil.rmtree(project / "output")
    result = build(project, "templates", "tiny")
    header, *rows, total = result.stdout.splitlines()
    assert header.split() == ["template", "resources", "parameters", "outputs", "bytes", "findings"]
    assert {row.split()[0] for row in rows} >= {"parent.json", "network.json"}
    assert {row.split()[-1] for row in rows} == {"0"}
    sizes = [path.stat().st_size for path in (project / "output" / "tiny").glob("*.json")]
    manifest = (project / "output" / "tiny" / "manifest.json").stat().st_size
    assert total.split()[0] == "total"
    assert total.split()[4] == f"{sum(sizes) - manifest:,}"
    assert (result.returncode, result.stderr) == (0, f"{PROVEN}output/tiny is written.\n")


def test_nothing_is_done_twice_and_the_same_is_printed(project: Path) -> None:
    shutil.rmtree(project / "output")
    first, second = (build(project, "templates", "tiny") for _ in range(2))
    assert second.stdout == first.stdout
    assert (second.returncode, second.stderr) == (0, f"{PROVEN}output/tiny is up to date.\n")
    assert modules_of(project, "templates", "tiny").isdisjoint((*HEAVY, "click"))


def test_json_for_programs_is_alone_on_standard_output_and_the_same_twice(project: Path) -> None:
    shutil.rmtree(project / "output")
    first, second = (build(project, "templates", "tiny", "--format", "json") for _ in range(2))
    document = json.loads(first.stdout)
    assert document["environment"] == "tiny"
    assert document["findings"] == []
    written = set(files(Path(document["directory"])))
    assert written == {*document["templates"], "manifest.json"}
    assert (first.stderr, first.returncode) == ("", 0)
    assert second.stdout == first.stdout


@pytest.mark.parametrize(
    "changed", ["environments/tiny.yaml", "stacks/network.py", "private_fargate/kit/scope.py"]
)
def test_a_changed_input_is_built_again(project: Path, changed: str) -> None:
    with (project / changed).open("a") as file:
        file.write("\n# changed\n")
    assert build(project, "templates", "tiny").stderr == f"{PROVEN}output/tiny is written.\n"
    assert build(project, "templates", "tiny").stderr == f"{PROVEN}output/tiny is up to date.\n"


@pytest.mark.parametrize("file", ["parent.json", "network.json", "manifest.json"])
def test_a_changed_or_lost_file_of_the_output_is_made_good(project: Path, file: str) -> None:
    before = files(project / "output")
    (project / "output" / "tiny" / file).write_bytes(b"{}")
    assert build(project, "templates", "tiny").stderr == f"{PROVEN}output/tiny is written.\n"
    assert files(project / "output") == before
    (project / "output" / "tiny" / file).unlink()
    assert build(project, "templates", "tiny").stderr == f"{PROVEN}output/tiny is written.\n"
    assert files(project / "output") == before


def test_the_same_bytes_come_from_any_directory_and_hash_seed(built: Path, tmp_path: Path) -> None:
    outputs = []
    for seed in ("1", "2"):
        project = copy_of(built, tmp_path / seed / "project")
        shutil.rmtree(project / "output")
        cwd = tmp_path / seed
        assert build(project, "templates", "tiny", cwd=cwd, env={"PYTHONHASHSEED": seed}).returncode == 0
        outputs.append(files(project / "output" / "tiny"))
    assert outputs[0] == outputs[1]


def test_a_finding_is_exit_1_and_leaves_the_output_as_it_was(project: Path) -> None:
    before = files(project / "output")
    append(project, BROKEN)
    result = build(project, "templates", "tiny")
    assert result.returncode == 1
    (row,) = (row for row in result.stdout.splitlines() if row.startswith("broken.json "))
    assert int(row.split()[-1]) > 1
    *findings, proven, state = result.stderr.splitlines()
    assert any("[cfn-lint E3002, error]" in line for line in findings)
    assert any("[cloudformation-validate F3002, error]" in line for line in findings)
    assert all(line.startswith("broken.json: ") for line in findings)
    assert f"{proven}\n" == PROVEN
    assert state == "output/tiny is as it was."
    assert files(project / "output") == before
    for_programs = build(project, "templates", "tiny", "--format", "json")
    assert for_programs.returncode == 1
    assert {finding["file"] for finding in json.loads(for_programs.stdout)["findings"]} == {"broken.json"}


def test_mistakes_of_a_person_are_exit_2_and_one_line(project: Path) -> None:
    for arguments, message in {
        ("templates", "tini"): "environments/tini.yaml: there is no such environment; did you mean tiny?\n",
        ("templates", "lost/x.yaml"): (
            "lost/x.yaml: there is no such file; give the path of an environment's YAML file\n"
        ),
        ("endpoints", "tini"): "environments/tini.yaml: there is no such environment; did you mean tiny?\n",
    }.items():
        result = build(project, *arguments)
        assert (result.returncode, result.stdout, result.stderr) == (2, "", message)


@pytest.mark.parametrize("arguments", [("frobnicate",), ("templates", "--frob"), ("templates", "a", "b")])
def test_a_wrong_command_line_is_exit_2_with_the_usage(project: Path, arguments: tuple[str, ...]) -> None:
    result = build(project, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: build.py ")
    assert "Traceback" not in result.stderr


def test_wrong_settings_are_exit_2_without_a_traceback(project: Path) -> None:
    before = files(project / "output")
    (project / "environments" / "tiny.yaml").write_text(TINY.replace("port: 80", "prot: 80"))
    result = build(project, "templates", "tiny")
    assert (result.returncode, result.stdout) == (2, "")
    assert "environments/tiny.yaml:5: " in result.stderr
    assert "Traceback" not in result.stderr
    assert files(project / "output") == before


def test_an_output_that_cannot_be_written_is_exit_3_and_one_line(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    result = build(project, "templates", "tiny", "--output", str(tmp_path / "file"))
    remedy = "remove it, or choose another place with --output"
    assert (result.returncode, result.stdout) == (4, "")
    assert result.stderr == f"{tmp_path / 'file'}: is a file; {remedy}\n"
    assert (tmp_path / "file").read_text() == "mine"


def test_output_goes_where_it_is_told(project: Path, tmp_path: Path) -> None:
    shutil.copy(project / "environments" / "tiny.yaml", tmp_path / "elsewhere.yaml")
    result = build(project, "templates", "elsewhere.yaml", "--output", "here", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, f"{PROVEN}here is written.\n")
    assert (tmp_path / "here" / "parent.json").read_bytes() == (
        project / "output" / "tiny" / "parent.json"
    ).read_bytes()
    assert not (project / "output" / "elsewhere").exists()


def test_a_bug_shows_its_traceback_and_is_exit_70(project: Path) -> None:
    append(project, "\ndef render(environment): raise RuntimeError('a bug')\n")
    result = build(project, "templates", "tiny")
    assert (result.returncode, result.stdout) == (70, "")
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    assert result.stderr.endswith("RuntimeError: a bug\n")


def test_ctrl_c_is_exit_130_and_leaves_the_output_as_it_was(project: Path) -> None:
    before = files(project / "output")
    append(project, SLOW)
    process = subprocess.Popen(
        [sys.executable, "build.py", "templates", "tiny"], cwd=project, stderr=subprocess.PIPE, text=True
    )
    while not (project / "started").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=10)
    assert (process.returncode, error.strip()) == (130, "Stopped.")
    assert files(project / "output") == before


@pytest.mark.parametrize(("env", "count"), [({}, 1), ({"NO_COLOR": "1"}, 0), ({"TERM": "dumb"}, 0)])
def test_a_terminal_gets_one_bold_heading_unless_its_owner_objects(
    project: Path, env: dict[str, str], count: int
) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "build.py", "templates", "tiny"],
        cwd=project,
        env={**clean, "TERM": "xterm", **env},
        stdout=theirs,
        check=True,
    )
    os.close(theirs)
    assert os.read(ours, 10_000).count(b"\033[1m") == count
    os.close(ours)
    assert "\033" not in build(project, "templates", "tiny").stdout


def test_the_schema_and_the_endpoints_are_json_for_programs(project: Path) -> None:
    schema = json.loads(build(project, "schema").stdout)
    assert "services" in schema["properties"]
    document = json.loads(build(project, "endpoints", "tiny", "--format", "json").stdout)
    assert {endpoint["service"] for endpoint in document["endpoints"]} >= {"ecr.api", "ecr.dkr", "s3"}


def test_the_version_is_that_of_the_project(project: Path) -> None:
    version = (ROOT / "pyproject.toml").read_text().split('version = "')[1].split('"')[0]
    assert build(project, "--version").stdout == f"private-fargate {version}\n"
