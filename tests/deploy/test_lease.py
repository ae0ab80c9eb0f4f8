from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy import lease as leases
from private_fargate.deploy.lease import BusyError, Entry, held
from tests.deploy.house import BUCKET

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session

pytestmark = pytest.mark.emulator


@pytest.fixture
def name() -> str:
    return f"leased-{uuid.uuid4().hex[:8]}"


def take(aws: Session, name: str, *, patience: float = 0, told: list[Entry] | None = None) -> Any:
    heard: list[Entry] = [] if told is None else told
    return held(aws, BUCKET, name, "digest", patience=patience, waiting=heard.append)


def left_behind(aws: Session, name: str, **facts: Any) -> Entry:
    """Write what a client leaves that was killed: by default, of this machine, and its process is gone."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with take(aws, name) as lease:
        entry = replace(lease.entry, run="another", **{"process": gone.pid, **facts})
    body = json.dumps(asdict(entry))
    aws.client("s3").put_object(Bucket=BUCKET, Key=f"deployments/{name}.json", Body=body)
    return entry


def entries(aws: Session, name: str) -> list[str]:
    found = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"deployments/{name}")
    return [each["Key"] for each in found.get("Contents", [])]


def test_of_two_deployers_the_second_learns_who_is_deploying(aws: Session, name: str) -> None:
    with take(aws, name) as first, pytest.raises(BusyError) as refused, take(aws, name):
        pass
    assert first.entry.who in str(refused.value)
    assert first.entry.since in str(refused.value)


def test_a_lease_is_gone_when_its_block_ends(aws: Session, name: str) -> None:
    def fail() -> None:
        with take(aws, name):
            assert entries(aws, name)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert entries(aws, name) == []


def test_another_stack_is_another_lease(aws: Session, name: str) -> None:
    with take(aws, name), take(aws, f"{name}-2") as second:
        assert second.taken_over is None


def test_what_a_killed_client_of_this_machine_left_is_taken_over_at_once(aws: Session, name: str) -> None:
    left = left_behind(aws, name, change_set="private-fargate-deploy-1", makes_stack=True)
    with take(aws, name) as lease:
        assert lease.taken_over == left
        assert lease.entry.run != left.run


def test_a_client_that_lives_is_not_robbed(aws: Session, name: str) -> None:
    left_behind(aws, name, process=os.getppid())
    told: list[Entry] = []
    with pytest.raises(BusyError), take(aws, name, patience=0.5, told=told):
        pass
    assert len(told) == 1


def test_of_another_machine_only_silence_tells_that_a_client_is_dead(
    aws: Session, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(aws, name, host="another machine")
    with pytest.raises(BusyError), take(aws, name):
        pass
    monkeypatch.setattr(leases, "_EXPIRES", -1)
    with take(aws, name) as lease:
        assert lease.taken_over is not None


def test_what_is_noted_is_there_for_the_next(aws: Session, name: str) -> None:
    with take(aws, name) as lease:
        lease.note(change_set="private-fargate-deploy-2")
        body = aws.client("s3").get_object(Bucket=BUCKET, Key=lease.key)["Body"].read()
    assert json.loads(body)["change_set"] == "private-fargate-deploy-2"


def test_a_client_that_was_robbed_after_all_stops(aws: Session, name: str) -> None:
    with take(aws, name) as lease:
        aws.client("s3").put_object(
            Bucket=BUCKET, Key=lease.key, Body=json.dumps(asdict(replace(lease.entry, run="robber")))
        )
        with pytest.raises(BusyError, match="took this one over"):
            lease.note(change_set="mine")
    assert entries(aws, name), "what is another's is left to it"


def test_a_sign_of_life_is_written_only_now_and_then(
    aws: Session, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = aws.client("s3")
    with take(aws, name) as lease:
        before = s3.head_object(Bucket=BUCKET, Key=lease.key)["VersionId"]
        lease.show_life()
        assert s3.head_object(Bucket=BUCKET, Key=lease.key)["VersionId"] == before
        monkeypatch.setattr(leases, "_SIGN_OF_LIFE", 0)
        lease.show_life()
        assert s3.head_object(Bucket=BUCKET, Key=lease.key)["VersionId"] != before


def test_of_many_who_take_over_at_once_one_holds_it_at_a_time(aws: Session, name: str) -> None:
    left_behind(aws, name)
    holders: list[int] = []
    most = 0
    taken: list[Entry | None] = []

    def deploy(number: int) -> None:
        nonlocal most
        with take(aws, name, patience=60) as lease:
            taken.append(lease.taken_over)
            holders.append(number)
            most = max(most, len(holders))
            time.sleep(0.05)
            holders.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(deploy, range(8)))
    assert (len(taken), most) == (8, 1)
    assert sum(each is not None for each in taken) == 1, "what was left behind is cleared up once"
