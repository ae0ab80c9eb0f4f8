"""`build.py bootstrap`, `package` and `gc` against an AWS, and what the AWS CLI makes of what they print."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate import cli, inputs, output
from private_fargate.artifacts import write
from private_fargate.cli_artifacts import COMMANDS, collect
from private_fargate.config import load
from private_fargate.deploy.packaging import ensure_bucket, package
from private_fargate.deploy.session import connect_to
from private_fargate.errors import OutputError
from private_fargate.local.embedded import EmbeddedAws
from stacks import parent
from tests.deploy.house import house

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

BUCKET = "private-fargate-artifacts-123456789012-us-east-1"
MINIMAL = inputs.ROOT / "environments" / "minimal.yaml"
AWS_CLI = Path(sys.executable).with_name("aws")


@pytest.fixture(scope="module")
def own_aws() -> Iterator[EmbeddedAws]:
    """Its own, for it makes the account's bucket; it answers when a stack has settled, for the AWS CLI."""
    with EmbeddedAws(sync=True) as aws:
        yield aws


@pytest.fixture(autouse=True)
def _caller(own_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in own_aws.environment().items():
        monkeypatch.setenv(name, value)
    for command in COMMANDS:
        cli.cli.add_command(command)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates of an environment, as a build writes them."""
    directory = tmp_path_factory.mktemp("output") / "minimal"
    templates = parent.render(load(MINIMAL))
    output.write(directory, templates, output.manifest(templates, inputs=inputs.read(MINIMAL, [MINIMAL])))
    return directory


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def aws(aws: EmbeddedAws, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [AWS_CLI, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **aws.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def bootstrapped(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "bootstrap")[0] == 0


def test_bootstrap_names_the_bucket_and_is_done_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "bootstrap") == (0, f"{BUCKET}: ready\n", "")
    assert run(capsys, "bootstrap") == (0, f"{BUCKET}: is there, and as it should be\n", "")
    code, said, _ = run(capsys, "bootstrap", "--format", "json")
    document = json.loads(said)
    assert (code, document["bucket"], document["changed"], document["failure"]) == (0, BUCKET, False, None)


@pytest.mark.usefixtures("bootstrapped")
def test_an_organization_that_is_none_is_refused_with_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, error = run(capsys, "bootstrap", "--organization", "123456789012")
    assert (code, said) == (2, "")
    assert "--organization" in error
    assert "o-" in error


@pytest.mark.usefixtures("bootstrapped")
def test_the_aws_cli_deploys_what_package_prints(
    capsys: pytest.CaptureFixture[str], own_aws: EmbeddedAws, built: Path, tmp_path: Path
) -> None:
    code, printed, said = run(capsys, "package", "minimal", "--from", built)
    assert code == 0, said
    assert said.endswith(" templates sent, 0 were there\n")
    (tmp_path / "parent.json").write_text(printed)
    again = ("--s3-bucket", BUCKET, "--use-json", "--output-template-file", "again.json")
    aws(own_aws, tmp_path, "cloudformation", "package", "--template-file", "parent.json", *again)
    assert json.loads((tmp_path / "again.json").read_text()) == json.loads(printed)
    deploy = (
        "--template-file",
        "parent.json",
        "--stack-name",
        "packaged",
        "--capabilities",
        "CAPABILITY_IAM",
    )
    aws(own_aws, tmp_path, "cloudformation", "deploy", *deploy)
    (stack,) = stacks(own_aws, "packaged")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    # Now they are in use, and everybody who asks for them is told so.
    code, said, _ = run(capsys, "gc", "--without-service-catalog", "--format", "json", "--yes")
    children = len(list(built.glob("*.json"))) - 2  # parent and manifest
    document = json.loads(said)
    assert (code, document["used"], document["unused"], document["removed"]) == (0, children, [], 0)


def stacks(aws: EmbeddedAws, name: str) -> list[dict[str, Any]]:
    return connect_to(aws.environment()).client("cloudformation").describe_stacks(StackName=name)["Stacks"]


@pytest.mark.usefixtures("bootstrapped")
def test_package_writes_a_file_and_says_what_it_sent(
    capsys: pytest.CaptureFixture[str], built: Path, tmp_path: Path
) -> None:
    run(capsys, "package", "minimal", "--from", built)
    out = tmp_path / "parent.json"
    code, said, _ = run(capsys, "package", "minimal", "--from", built, "--out", out, "--format", "json")
    children = len(list(built.glob("*.json"))) - 2
    assert (code, json.loads(said)) == (
        0,
        {"parent": str(out), "url": None, "sent": 0, "already_there": children},
    )
    urls = [each["Properties"]["TemplateURL"] for each in json.loads(out.read_text())["Resources"].values()]
    assert urls
    assert all(f"/{BUCKET}/templates/" in url for url in urls)


def test_templates_that_somebody_has_changed_are_not_sent(
    capsys: pytest.CaptureFixture[str], built: Path, tmp_path: Path
) -> None:
    """They were neither linted nor verified."""
    copy = tmp_path / "minimal"
    copy.mkdir()
    for file in built.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "network.json").write_text("{}")
    code, said, error = run(capsys, "package", "minimal", "--from", copy)
    assert (code, said) == (2, "")
    assert "network.json: is not as it was built" in error
    assert "`build.py templates minimal`" in error


def test_without_a_build_the_command_that_makes_one_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, said, error = run(capsys, "package", "minimal", "--from", tmp_path / "minimal")
    assert (code, said) == (2, "")
    assert "`build.py templates minimal` writes them" in error


def test_without_the_bucket_the_command_that_makes_it_is_named(
    capsys: pytest.CaptureFixture[str], built: Path
) -> None:
    code, said, error = run(capsys, "package", "minimal", "--from", built, "--region", "eu-west-3")
    assert (code, said) == (4, "")
    assert "-eu-west-3 for templates" in error
    assert "`build.py bootstrap`" in error


def test_a_file_that_cannot_be_written_is_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written: .*--out"):
        write(tmp_path / "nowhere" / "parent.json", b"{}")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "folder", b"{}")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


@pytest.mark.usefixtures("bootstrapped")
def test_gc_says_why_it_removes_nothing_yet(capsys: pytest.CaptureFixture[str], built: Path) -> None:
    run(capsys, "package", "minimal", "--from", built)
    code, said, _ = run(capsys, "gc", "--yes", "--without-service-catalog")
    assert code == 0
    assert said.startswith(f"{BUCKET}: 0 unused, ")


def test_gc_takes_no_age_under_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = run(capsys, "gc", "--older-than", "0")
    assert code == 2
    assert "--older-than" in error


# The command takes no age under a day, and nothing in an AWS that has just started is so old.  So what the
# command does is called here with another age.
AT_ONCE = {"older_than": timedelta(0), "catalog": False}


@pytest.fixture
def litter(own_aws: EmbeddedAws) -> tuple[Any, str]:
    """A session, and a bucket with two templates that nothing uses."""
    session, bucket = connect_to(own_aws.environment()), f"litter-{uuid.uuid4().hex[:8]}"
    ensure_bucket(session, bucket)
    package(session, house(), bucket)
    return session, bucket


def count(session: Any, bucket: str) -> int:
    return session.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"]


def test_unused_templates_are_shown_and_kept_until_somebody_says_yes(
    litter: tuple[Any, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    assert collect(*litter, AT_ONCE, "table", yes=False) == 3
    said = capsys.readouterr()
    assert said.out.count("templates/") == 2
    assert said.out.endswith(f"{litter[1]}: 2 unused, 0 in use, 0 too young\n")
    assert "--yes" in said.err
    assert count(*litter) == 2


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, 0), ("n\n", 3, 2), ("\n", 3, 2)])
def test_a_person_decides(  # noqa: PLR0913, PLR0917 -- what is asked, answered, and comes of it
    litter: tuple[Any, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    left: int,
) -> None:
    terminal = StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    assert collect(*litter, AT_ONCE, "table", yes=False) == code
    assert f"Remove 2 templates from {litter[1]}? [y/N]" in "".join(capsys.readouterr())
    assert count(*litter) == left


def test_with_yes_programs_read_what_was_removed(
    litter: tuple[Any, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect(*litter, AT_ONCE, "json", yes=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert (len(document["unused"]), document["removed"], document["doubts"]) == (2, 2, [])
    assert count(*litter) == 0


def test_in_doubt_even_a_yes_removes_nothing(
    litter: tuple[Any, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The embedded AWS has no Service Catalog that could be asked."""
    assert collect(*litter, {"older_than": timedelta(0)}, "json", yes=True) == 4
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (len(document["unused"]), document["removed"], len(document["doubts"])) == (2, 0, 1)
    assert "--without-service-catalog" in said.err
    assert count(*litter) == 2
