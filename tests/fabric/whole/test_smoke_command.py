"""`build.py smoke` against an embedded AWS: through the network that is built on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from private_fargate.cli_doctor import smoke

if TYPE_CHECKING:
    from tests.fabric.whole.systems import System

pytestmark = [pytest.mark.slow, pytest.mark.fabric, pytest.mark.emulator, pytest.mark.xdist_group("whole")]


def replies(system: System, monkeypatch: pytest.MonkeyPatch, code: int) -> list[dict[str, Any]]:
    for name, value in system.variables.items():
        monkeypatch.setenv(name, value)
    arguments = [str(system.path), "nginx", "--format", "json"]
    done = CliRunner().invoke(smoke, arguments, standalone_mode=False)
    assert done.return_value == code, done.output
    return json.loads(done.stdout)


def test_the_reference_test_is_made_in_the_built_network(
    isolated: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    (reply,) = replies(isolated, monkeypatch, 0)
    assert (reply["url"], reply["status"], reply["good"]) == (isolated.url, 200, True)
    assert "nginx" in reply["body"]
    assert reply["way"].startswith("jump-host, in the network that was built on this machine")
    assert 0 < reply["seconds"] < 10


def test_a_service_that_nobody_may_reach_is_exit_code_1(
    isolated: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    ec2 = isolated.session.client("ec2")
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [isolated.vpc_id]}])
    opened = [
        (group["GroupId"], rule)
        for group in found["SecurityGroups"]
        for rule in group["IpPermissions"]
        if rule.get("FromPort") == 80
    ]
    assert opened
    for group, rule in opened:
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    try:
        (reply,) = replies(isolated, monkeypatch, 1)
    finally:
        for group, rule in opened:
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    assert (reply["good"], reply["status"]) == (False, 0)
    assert "curl" in reply["error"]
