from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from private_fargate.deploy.session import connect_to
from private_fargate.local.embedded import EmbeddedAws, EmbeddedAwsError

pytestmark = pytest.mark.emulator

ROOT = Path(__file__).parents[2]


def answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/_private_fargate/types", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def is_alive(pid: int) -> bool:
    """A process that has ended but was not waited for does not live."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def ends_within(seconds: float, pid: int) -> bool:
    limit = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < limit:
        time.sleep(0.05)
    return not is_alive(pid)


def test_it_answers_inside_its_block_and_is_gone_after_it() -> None:
    with EmbeddedAws() as aws:
        url, pid = aws.url, aws.pid
        assert url.startswith("http://localhost:")
        assert answers(url)
        started = time.monotonic()
    assert time.monotonic() - started < 6
    assert not is_alive(pid)
    assert not answers(url)
    aws.stop()  # a second time does nothing


def test_it_stops_when_the_block_fails() -> None:
    aws = EmbeddedAws(keep=True)
    with pytest.raises(RuntimeError) as caught, aws:
        raise RuntimeError(aws.pid)
    assert not is_alive(caught.value.args[0])


def test_one_that_does_not_stop_when_asked_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("private_fargate.local.embedded._GRACE", 0.5)
    with EmbeddedAws() as aws:
        pid = aws.pid
        os.kill(pid, signal.SIGSTOP)
    assert not is_alive(pid)


def _start_elsewhere(*, keep: bool) -> tuple[subprocess.Popen[str], str, int]:
    """Start one in a process of its own, which then waits; return that, and the URL and PID of the AWS."""
    program = f"""
import time
from private_fargate.local.embedded import EmbeddedAws
with EmbeddedAws(keep={keep}) as aws:
    print(aws.url, aws.pid, flush=True)
    {"pass" if keep else "time.sleep(60)"}
"""
    starter = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    url, pid = starter.stdout.readline().split()
    starter.stdout.close()
    return starter, url, int(pid)


def test_it_ends_with_the_process_that_started_it_even_if_that_is_killed() -> None:
    starter, _, pid = _start_elsewhere(keep=False)
    starter.kill()
    starter.wait()
    assert ends_within(5, pid)


def test_one_that_is_kept_outlives_the_process_that_started_it() -> None:
    starter, url, pid = _start_elsewhere(keep=True)
    try:
        assert starter.wait(10) == 0
        assert answers(url)
    finally:
        os.kill(pid, signal.SIGTERM)
    assert ends_within(5, pid)


def test_its_environment_leads_nowhere_else_and_tells_nothing(
    embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make demo` prints it: whatever else the user has set is nobody's business."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    environment = embedded_aws.environment()
    assert environment["AWS_ENDPOINT_URL"] == embedded_aws.url
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert "localhost" in environment["NO_PROXY"]
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"}.isdisjoint(environment)
    assert {name for name in environment if not name.startswith("AWS_")} <= {"NO_PROXY", "no_proxy"}


def test_what_the_user_has_set_does_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("SERVICES", "sqs")  # all that ministack is to have
    monkeypatch.setenv("AUTH", "true")
    template = json.dumps({"Resources": {"Gateway": {"Type": "AWS::EC2::InternetGateway"}}})
    with EmbeddedAws(sync=True) as aws:
        cloudformation = connect_to(aws.environment()).client("cloudformation")
        cloudformation.create_stack(StackName="network", TemplateBody=template)
        assert (
            cloudformation.describe_stacks(StackName="network")["Stacks"][0]["StackStatus"]
            == "CREATE_COMPLETE"
        )


def test_it_outlives_the_thread_that_started_it() -> None:
    aws = EmbeddedAws()
    starter = threading.Thread(target=aws.__enter__)
    starter.start()
    starter.join()
    try:
        time.sleep(0.2)
        assert is_alive(aws.pid)
    finally:
        aws.stop()


def test_without_its_virtual_environment_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedAwsError, match="make install"), EmbeddedAws(python=tmp_path / "python"):
        pass


def test_a_server_that_ends_at_once_is_quoted(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no room on the moon\nexit 3\n", encoding="ascii")
    python.chmod(0o755)
    with pytest.raises(EmbeddedAwsError, match="no room on the moon"), EmbeddedAws(python=python):
        pass


@pytest.mark.parametrize(
    ("package", "version"), [("ministack", "1.5.34"), ("moto", "5.2.4")], ids=["ministack", "moto"]
)
def test_other_releases_are_refused(tmp_path: Path, package: str, version: str) -> None:
    """What is replaced in them has no public name: another release may have moved it."""
    metadata = tmp_path / f"{package}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n", encoding="ascii")
    program = "from private_fargate.local.server import versions; versions.check()"
    refused = subprocess.run(
        [ROOT / ".venv-emulator/bin/python", "-c", program],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert all(word in refused.stderr for word in (package, version, "make install"))


def test_one_that_is_to_answer_late_answers_when_the_stack_has_settled() -> None:
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::Logs::LogGroup"}}})
    with EmbeddedAws(sync=True) as aws:
        cloudformation = connect_to(aws.environment()).client("cloudformation")
        cloudformation.create_stack(StackName="late", TemplateBody=template)
        assert (
            cloudformation.describe_stacks(StackName="late")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        )
