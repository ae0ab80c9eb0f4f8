"""`build.py rollout` and its companions, with the system of the demo in two accounts by two Regions."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from private_fargate.approving import ApprovalError
from private_fargate.cli_rollout import COMMANDS
from private_fargate.inputs import ROOT
from private_fargate.rollout.preparing import UnreadableError
from tests.rollout.house import ADMINISTRATOR, BUCKET, prepare, session_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from private_fargate.local.embedded import EmbeddedAws

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

ACCOUNTS = ("510000000001", "510000000002")
REGIONS = ("us-east-1", "eu-west-1")


class Shell:
    """Runs the commands as a person or a script does, against one AWS."""

    def __init__(self, aws: EmbeddedAws, file: Path) -> None:
        self._variables = {**aws.environment(), "AWS_ACCESS_KEY_ID": ADMINISTRATOR}
        self._commands = {each.name: each for each in COMMANDS}
        self.file = file

    def __call__(self, command: str, *words: str) -> Result:
        return CliRunner().invoke(
            self._commands[command], [str(self.file), *words], env=self._variables, standalone_mode=False
        )

    def code(self, command: str, *words: str) -> tuple[int, str]:
        done = self(command, *words)
        if done.exception is not None:
            raise done.exception
        return done.return_value, done.stdout


@pytest.fixture(scope="module")
def shell(aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    prepare(aws, ACCOUNTS)
    settings: dict[str, Any] = yaml.safe_load((ROOT / "environments" / "demo.yaml").read_text())
    del settings["catalog"]  # a rollout needs no product
    settings["network"] |= {"zones": 2, "egress": "nat-single"}  # as much as it takes to see all of it
    settings |= {
        "name": "rollout-demo",
        "regions": list(REGIONS),
        "rollout": {
            "permissions": "self-managed",
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
    shutil.rmtree(ROOT / "output" / f"{file.stem}-product", ignore_errors=True)


def test_the_whole_system_in_two_accounts_by_two_regions(aws: EmbeddedAws, shell: Shell) -> None:
    """From the plan to what describe calls find in each account; then all of it is taken back."""
    code, shown = shell.code("rollout", "--bucket", BUCKET, "--dry-run")
    assert (code, shown.count(" create ")) == (0, 4)
    assert isinstance(shell("rollout", "--bucket", BUCKET).exception, ApprovalError)
    # A name that is taken makes one of the four fail.
    taken = session_in(aws, ACCOUNTS[1], "eu-west-1").client("ecr")
    taken.create_repository(repositoryName="rollout-demo/nginx")
    code, shown = shell.code("rollout", "--bucket", BUCKET, "--yes")
    assert code == 1
    assert "rollout-demo: 3 of 4 instances are done" in shown
    assert re.search(rf"{ACCOUNTS[1]}/eu-west-1: (\w+/)+Repository: .*already exists", shown), shown

    taken.delete_repository(repositoryName="rollout-demo/nginx", force=True)
    code, shown = shell.code("rollout", "--bucket", BUCKET, "--yes", "--format", "json")
    assert code == 0
    lines = [json.loads(line) for line in shown.splitlines()]
    plan, outcome = lines[0]["plan"], lines[-1]["outcome"]
    assert sorted(step["action"] for step in plan["steps"]) == ["unchanged"] * 3 + ["update"]
    assert outcome["succeeded"]

    code, shown = shell.code("rollout-status", "--format", "json")
    instances = json.loads(shown)["instances"]
    assert (code, len(instances)) == (0, 4)
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

    code, shown = shell.code("rollout-stop")
    assert (code, shown) == (0, "rollout-demo: nothing is being done to it\n")
    assert isinstance(shell("rollout-remove", "--stacks", "delete").exception, ApprovalError)
    code, shown = shell.code("rollout-remove", "--stacks", "delete", "--confirm", "rollout-demo")
    assert (code, shown.count("SUCCEEDED")) == (0, 4)


def test_a_bucket_that_only_this_account_may_read_is_told_beforehand(aws: EmbeddedAws, shell: Shell) -> None:
    """The nested stacks of every instance would fail, minutes later."""
    session_in(aws, ADMINISTRATOR).client("s3").create_bucket(Bucket="private-rollout-tests")
    refused = shell("rollout", "--bucket", "private-rollout-tests", "--yes").exception
    assert isinstance(refused, UnreadableError)
    assert "build.py bootstrap --organization o-" in str(refused)
