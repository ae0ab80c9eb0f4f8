"""`build.py rollout` and its companions, with the system of the demo in two accounts by two Regions."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from rich.console import Console

from private_fargate.inputs import ROOT
from private_fargate.rollout.onlooker import Onlooker
from tests.rollout.house import ADMINISTRATOR, BUCKET, session_in, share_bucket, trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

ACCOUNTS = ("510000000001", "510000000002")
REGIONS = ("us-east-1", "eu-west-1")
READER = "rollout-reader"


class Shell:
    """Runs `build.py` as a person or a script does, against one AWS, with nobody at a terminal."""

    def __init__(self, aws: EmbeddedAws, file: Path) -> None:
        self._variables = {**os.environ, **aws.environment(), "AWS_ACCESS_KEY_ID": ADMINISTRATOR}
        self.file = file

    def __call__(self, command: str, *words: str, file: Path | None = None) -> tuple[int, str, str]:
        """Return the exit code, what is shown, and what is told."""
        done = subprocess.run(
            [sys.executable, "build.py", command, str(file or self.file), *words],
            cwd=ROOT,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def shell(aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    administrator = session_in(aws, ADMINISTRATOR)
    share_bucket(administrator, ACCOUNTS)
    settings: dict[str, Any] = yaml.safe_load((ROOT / "environments" / "demo.yaml").read_text())
    assert settings["catalog"], "what is offered as a product too is rolled out all the same"
    settings["network"] |= {"zones": 2, "egress": "nat-single"}  # as much as it takes to see all of it
    settings |= {
        "name": "rollout-demo",
        "regions": list(REGIONS),
        "rollout": {
            "permissions": "self-managed",
            "administration_role": "rollout-admin",
            "execution_role": "rollout-execution",
            "accounts": list(ACCOUNTS),
            "concurrency": 2,
            "tolerance": 1,
            "addresses": {"pool": "10.64.0.0/12"},
            "overrides": [{"accounts": [ACCOUNTS[1]], "parameters": {"WithJumpHost": "no"}}],
        },
    }
    file = tmp_path_factory.mktemp("environments") / "rollout-command-tests.yaml"
    file.write_text(yaml.safe_dump(settings))
    yield Shell(aws, file)
    for kind in ("roles", "rollout"):
        shutil.rmtree(ROOT / "output" / f"{file.stem}-{kind}", ignore_errors=True)


def make_roles(aws: EmbeddedAws, folder: Path) -> None:
    """Deploy the roles as the guide says, and one that may read, in each account."""
    deploy_roles(session_in(aws, ADMINISTRATOR), (folder / "administration.json").read_text())
    for account in ACCOUNTS:
        session = session_in(aws, account)
        values = {"AdministratorAccount": ADMINISTRATOR, "ArtifactBucketName": BUCKET}
        deploy_roles(session, (folder / "execution.json").read_text(), **values)
        trust(session, READER, {"AWS": f"arn:aws:iam::{ADMINISTRATOR}:root"})


def deploy_roles(session: Session, template: str, **values: str) -> None:
    cloudformation = session.client("cloudformation")
    cloudformation.create_stack(
        StackName="roles",
        TemplateBody=template,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName="roles", WaiterConfig={"Delay": 1, "MaxAttempts": 60})  # type: ignore[operator]


@pytest.mark.slow
def test_the_whole_system_in_two_accounts_by_two_regions(aws: EmbeddedAws, shell: Shell) -> None:
    """From the plan to what describe calls find in each account; then all of it is taken back."""
    code, shown, told = shell("rollout-role", "--format", "json")
    assert code == 0, told
    make_roles(aws, Path(json.loads(shown)["directory"]))
    code, shown, told = shell("rollout", "--bucket", BUCKET, "--dry-run")
    assert (code, shown.count(" create ")) == (0, 4), told
    code, shown, told = shell("rollout", "--bucket", BUCKET)
    assert (code, shown.count(" create "), told.count("say --yes")) == (3, 4, 1), told
    # A name that is taken makes one of the four fail.
    taken = session_in(aws, ACCOUNTS[1], "eu-west-1").client("ecr")
    taken.create_repository(repositoryName="rollout-demo/nginx")
    code, shown, _ = shell("rollout", "--bucket", BUCKET, "--yes", "--reader-role", READER)
    assert code == 1
    assert "rollout-demo: 3 of 4 instances are done" in shown
    assert re.search(rf"{ACCOUNTS[1]}/eu-west-1: (\w+/)+Repository: .*already exists", shown), shown

    taken.delete_repository(repositoryName="rollout-demo/nginx", force=True)
    code, shown, told = shell("rollout", "--bucket", BUCKET, "--yes", "--format", "json")
    assert code == 0, told
    lines = [json.loads(line) for line in shown.splitlines()]
    plan, outcome = lines[0]["plan"], lines[-1]["outcome"]
    assert sorted(step["action"] for step in plan["steps"]) == ["unchanged"] * 3 + ["update"]
    assert outcome["succeeded"]

    code, shown, told = shell("rollout-status", "--format", "json")
    instances = json.loads(shown)["instances"]
    assert (code, len(instances)) == (0, 4), told
    for each in instances:
        session = session_in(aws, each["account"], each["region"])
        networks = [vpc["CidrBlock"] for vpc in session.client("ec2").describe_vpcs()["Vpcs"]]
        assert each["vpc_cidr"] in networks
        ecs = session.client("ecs")
        (cluster,) = ecs.list_clusters()["clusterArns"]
        assert len(ecs.list_services(cluster=cluster)["serviceArns"]) == 1
        hosts = session.client("ec2").describe_instances()["Reservations"]
        assert bool(hosts) == (each["account"] == ACCOUNTS[0])
    assert len({each["vpc_cidr"] for each in instances}) == 4

    code, shown, told = shell("rollout-drift", "--reader-role", READER, "--format", "json")
    assert [each["drifted"] for each in json.loads(shown)["instances"]] == [[]] * 4, told
    assert shell("rollout-stop")[:2] == (0, "rollout-demo: nothing is being done to it\n")
    code, shown, told = shell("rollout-remove", "--stacks", "delete")
    assert (code, shown, told.count("is deleted, except what its settings retain")) == (3, "", 4)
    code, shown, told = shell("rollout-remove", "--stacks", "delete", "--confirm", "rollout-demo")
    places = sorted(f"{account}/{region} SUCCEEDED" for account in ACCOUNTS for region in REGIONS)
    assert (code, sorted(shown.splitlines())) == (0, places), told


def test_of_a_stack_set_that_is_not_there_nothing_can_be_shown_and_nothing_is_to_be_removed(
    shell: Shell,
) -> None:
    code, shown, told = shell("rollout-status", "--stack", "nowhere")
    assert (code, shown) == (2, "")
    assert told.startswith("there is no StackSet nowhere in us-east-1; `build.py rollout` makes it")
    remove = ("rollout-remove", "--stacks", "delete", "--stack", "nowhere", "--format", "json")
    code, shown, told = shell(*remove)
    assert (code, json.loads(shown)) == (0, {"outcome": []})
    assert told == "there is no StackSet nowhere in us-east-1; nothing to do\n"


@pytest.mark.slow
def test_what_stops_a_rollout_is_told_beforehand(aws: EmbeddedAws, shell: Shell, tmp_path: Path) -> None:
    """The nested stacks of every instance would fail, minutes later."""
    session_in(aws, ADMINISTRATOR).client("s3").create_bucket(Bucket="private-rollout-tests")
    code, _, told = shell("rollout", "--bucket", "private-rollout-tests", "--yes")
    assert code == 4
    assert "build.py bootstrap --organization o-" in told
    code, _, told = shell("rollout", "--bucket", "no-rollout-tests", "--yes")
    assert (code, told.count("--bucket: there is no bucket no-rollout-tests;")) == (2, 1), told
    settings = yaml.safe_load(shell.file.read_text())
    settings["rollout"]["parameters"] = {"NginxCoun": "2"}
    file = tmp_path / shell.file.name  # the same output, so that nothing is left that nobody removes
    file.write_text(yaml.safe_dump(settings))
    code, _, told = shell("rollout", "--bucket", BUCKET, "--dry-run", file=file)
    assert (code, told.count("NginxCoun is no field of the launch form; did you mean NginxCount?")) == (2, 1)


@pytest.mark.slow
def test_roles_that_stack_sets_makes_itself_are_not_written(shell: Shell, tmp_path: Path) -> None:
    settings = yaml.safe_load(shell.file.read_text())
    settings["rollout"] = {"organizational_units": ["r-abcd"]}
    file = tmp_path / "units.yaml"
    file.write_text(yaml.safe_dump(settings))
    code, _, told = shell("rollout-role", file=file)
    assert code == 2
    assert "there is nothing to deploy by hand" in told


@pytest.mark.parametrize("answer", ["leave", "stop"])
def test_whoever_presses_ctrl_c_is_asked_what_is_to_become_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    onlooker = Onlooker(Console(), Console(stderr=True))
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    assert onlooker.interrupted(2) == answer
    assert "AWS goes on with 2 operations" in capsys.readouterr().err
    assert onlooker.interrupted(0) == "leave"


def test_without_a_terminal_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("stop\n"))
    assert Onlooker(Console(), Console(stderr=True)).interrupted(2) == "leave"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
