"""What a team types, from its first look to the end, as processes that talk to an AWS over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.catalog import provisioned
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from tests.catalog.launch_house import BUCKET, TOO_MUCH, house, offered, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from tests.catalog.launch_house import Shop

    Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.xdist_group("launch commands")]

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
name: house
services: { web: { image: "public.ecr.aws/nginx/nginx:1.29", port: 80 } }
catalog: { portfolio: Houses, provider: Builders, product: PRODUCT }
"""


@pytest.fixture(scope="module")
def running(extended_aws: EmbeddedAws) -> EmbeddedAws:
    ensure_bucket(connect_to(extended_aws.environment()), BUCKET)
    return extended_aws


@pytest.fixture(scope="module")
def session(running: EmbeddedAws) -> Session:
    return connect_to(running.environment())


@pytest.fixture(scope="module")
def shop(session: Session) -> Shop:
    shop = opened(session, "cottage", house())
    shop.offer_tag("Cost", "1", "2")
    return shop


@pytest.fixture(scope="module")
def run(running: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command of `build.py catalog`, with nobody at the terminal."""
    folder = tmp_path_factory.mktemp("environments")

    def command(verb: str, *arguments: str, product: str = "cottage") -> subprocess.CompletedProcess[str]:
        path = folder / f"{product}.yaml"
        path.write_text(SETTINGS.replace("PRODUCT", product))
        return subprocess.run(
            [sys.executable, "build.py", "catalog", verb, str(path), *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "COLUMNS": "400", **running.environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return command


def lines(done: subprocess.CompletedProcess[str], kind: str) -> list[dict[str, Any]]:
    """Return what a program reads of a kind: one JSON document for each line."""
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    return [document[kind] for document in documents if kind in document]


GOOD = ("--parameter", "Team=blue", "--tag", "Cost=1")


def test_a_product_lives_from_launch_to_termination(run: Run, shop: Shop, session: Session) -> None:
    launched = run("launch", "home", *GOOD, "--yes")
    assert launched.returncode == 0, launched.stderr
    assert "LAUNCH cottage v1 as home in us-east-1" in launched.stdout
    assert "home: AVAILABLE\n" in launched.stdout
    assert "CREATE_COMPLETE              home/Leaf/Task" in launched.stderr
    group = provisioned.outputs_of(session, provisioned.require(session, "home").id)["Group"]
    assert f"Group = {group}" in launched.stdout

    again = run("launch", "home", "--parameters", "Team=blue", "--tag", "Cost=1", "--yes")
    assert (again.returncode, "home: AVAILABLE, nothing to change" in again.stdout) == (0, True)

    (listed,) = json.loads(run("list", "--format", "json").stdout)
    assert (listed["name"], listed["status"], listed["product"], listed["version"]) == (
        "home",
        "AVAILABLE",
        "cottage",
        "v1",
    )
    assert json.loads(run("outputs", "home", "--format", "json").stdout)["Group"] == group

    shop.add("v2", house(description="second"))
    changed = run("update", "home", "--parameter", "Cpu=512", "--yes", "--format", "json")
    assert changed.returncode == 0, changed.stderr
    (plan,) = lines(changed, "plan")
    (leaf,) = plan["changes"]
    assert [each["logical_id"] for each in leaf["within"] if each["replacement"] == "yes"] == ["Task"]
    (outcome,) = lines(changed, "outcome")
    assert (outcome["status"], outcome["succeeded"]) == ("AVAILABLE", True)
    assert {event["status"] for event in lines(changed, "event")} >= {"UPDATE_COMPLETE"}

    refused = run("terminate", "home")
    assert refused.returncode == 3
    assert "Deleting home: 2 resources go, 0 stay" in refused.stderr
    assert "say --confirm home" in refused.stderr
    assert run("terminate", "home", "--confirm", "home").returncode == 0
    assert provisioned.find(session, "home") is None
    gone = run("terminate", "home", "--confirm", "home")
    assert (gone.returncode, "nothing to do" in gone.stderr) == (0, True)
    assert "nothing was launched" in run("list").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (GOOD, 3, "say --yes"),
        (("--tag", "Cost=1", "--yes"), 2, "--parameter: Team: has no value (Who lives there)"),
        ((*GOOD, "--parameter", "Days=3", "--yes"), 2, "Days: 3: not allowed; write 1, 7 or 14"),
        (("--parameter", "Team=blue", "--yes"), 2, "--tag: Cost: has to be chosen; write Cost=1 or 2"),
        (
            ("--parameter", "Team=red", "--tag", "Cost=1", "--yes"),
            2,
            "--parameter: Days=7, Team=red: The red team keeps logs for 1 day",
        ),
        ((*GOOD, "--version", "v9", "--yes"), 2, "v9: there is no such version"),
        ((*GOOD, "--path", "elsewhere", "--yes"), 2, "--path: elsewhere: there is no such way to cottage"),
        ((*GOOD, "--product", "castle", "--yes"), 2, "castle: not offered to you in us-east-1"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_mistake_is_told_before_anything_is_made(
    run: Run, session: Session, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run("launch", "mistaken", *arguments)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert provisioned.find(session, "mistaken") is None


@pytest.mark.usefixtures("shop")
def test_what_was_never_launched_says_where_to_look(run: Run) -> None:
    for verb in ("update", "outputs"):
        done = run(verb, "nobody")
        assert (done.returncode, "`build.py catalog list` shows what was" in done.stderr) == (2, True)


@pytest.mark.usefixtures("shop")
def test_a_failed_launch_and_its_way_out(run: Run) -> None:
    failed = run("launch", "broken", *GOOD, "--parameter", f"Cpu={TOO_MUCH}", "--yes")
    assert failed.returncode == 1, failed.stderr
    assert "broken: ERROR: it does not run" in failed.stdout
    assert "Leaf/Task" in failed.stderr
    again = run("launch", "broken", *GOOD, "--parameter", f"Cpu={TOO_MUCH}", "--yes")
    assert (again.returncode, "terminate it (`build.py catalog terminate`)" in again.stderr) == (4, True)
    assert "ERROR" in run("list").stdout
    assert run("terminate", "broken", "--confirm", "broken").returncode == 0


def test_a_plan_has_to_be_agreed_to(run: Run, shop: Shop, session: Session) -> None:
    run("launch", "calm", *GOOD, "--version", "v1", "--yes")
    done = run("update", "calm", "--version", "v1", "--parameter", "Days=1")
    assert (done.returncode, "UPDATE calm in us-east-1" in done.stdout) == (3, True), done.stderr
    there = provisioned.require(session, "calm")
    client = session.client("servicecatalog")
    plans = client.list_provisioned_product_plans(ProvisionProductId=there.id)
    assert (plans["ProvisionedProductPlans"], there.status, shop.name) == ([], "AVAILABLE", "cottage")


def test_a_deprecated_version_is_not_launched(run: Run, session: Session) -> None:
    shop = opened(session, "old", house())
    only = session.client("servicecatalog").describe_product(Id=shop.product)["ProvisioningArtifacts"][0][
        "Id"
    ]
    shop.add("v2", house(description="second"))
    shop.deprecate(only)
    done = run("launch", "ancient", *GOOD, "--version", "v1", "--yes", product="old")
    assert (done.returncode, "v1: this version is deprecated" in done.stderr) == (2, True), done.stderr
    newest = run("launch", "recent", *GOOD, "--format", "json", "--yes", product="old")
    assert lines(newest, "launch")[0]["version"] == "v2"


def test_of_several_ways_one_has_to_be_chosen(run: Run, session: Session) -> None:
    shop = opened(session, "corner", house())
    second = session.client("servicecatalog").create_portfolio(
        DisplayName="other", ProviderName="Builders", IdempotencyToken="other"
    )
    offered(shop, second["PortfolioDetail"]["Id"])
    done = run("launch", "crossing", *GOOD, "--yes", product="corner")
    assert (done.returncode, "offered in several ways" in done.stderr) == (2, True), done.stderr
    chosen = run("launch", "crossing", *GOOD, "--path", "other", "--yes", product="corner")
    assert chosen.returncode == 0, chosen.stderr
