"""Whether a network can be built is tried; machines that forbid it are made of this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nobody import NOBODY, as_nobody, python_for, run_as

from private_fargate.fabric import privileges, tools

ROOT = Path(__file__).parents[2]
ASK = "from private_fargate.fabric import privileges; print(privileges.why_not())"

can = pytest.mark.skipif(bool(privileges.why_not()), reason=privileges.why_not() or "")
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")


def asked(*surroundings: str, script: str = ASK) -> str:
    done = subprocess.run(
        [*surroundings, sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def after(line: str) -> list[str]:
    """Return how to run something in a user namespace in which this line of a shell was run first."""
    return ["unshare", "--user", "--map-root-user", "sh", "-c", f'{line}\nexec "$@"', "sh"]


@can
@as_nobody
def test_who_has_no_privileges_can_build_a_network_as_well() -> None:
    script = f"{ASK}; print(privileges.unshare_command()[1:3])"
    done = run_as(NOBODY, [python_for(NOBODY) or "", "-c", script])
    assert done.stdout == "None\n['--user', '--map-root-user']\n"


@can
@is_root
def test_root_of_the_machine_needs_no_users_of_its_own() -> None:
    assert "--user" not in privileges.unshare_command()


@can
@is_root
def test_root_without_its_capabilities_is_like_everybody_else() -> None:
    script = f"{ASK}; print(privileges.unshare_command()[1:3])"
    assert (
        asked("setpriv", "--bounding-set=-sys_admin", script=script) == "None\n['--user', '--map-root-user']"
    )


@can
def test_what_was_tried_leaves_nothing_behind() -> None:
    assert privileges.why_not() is None
    assert not Path("/run/netns/probe").exists()
    assert "/run/netns/probe" not in Path("/proc/self/mountinfo").read_text()


@can
def test_where_user_namespaces_are_forbidden_the_switch_is_named() -> None:
    script = (
        "from private_fargate.fabric import privileges\n"
        "privileges.CONTAINERS = ()\n"
        "print(privileges.why_not())"
    )
    forbidden = [
        *after("echo 0 > /proc/sys/user/max_user_namespaces"),
        "setpriv",
        "--bounding-set=-sys_admin",
    ]
    message = asked(*forbidden, script=script)
    assert message.startswith("this machine does not let a network be built in it (unshare: ")
    assert message.endswith(
        "nobody may make user namespaces: allow it with `sudo sysctl -w user.max_user_namespaces=15000`, "
        "or run this as root"
    )


@can
def test_in_a_container_root_is_told_how_to_start_it(tmp_path: Path) -> None:
    (tmp_path / "mark").touch()
    script = (
        "from private_fargate.fabric import privileges\n"
        f"privileges.CONTAINERS = ({str(tmp_path / 'mark')!r},)\n"
        "print(privileges.why_not())"
    )
    forbidden = [
        *after("echo 0 > /proc/sys/user/max_user_namespaces"),
        "setpriv",
        "--bounding-set=-sys_admin",
    ]
    assert "it is a container: start that with `--privileged`" in asked(*forbidden, script=script)


@can
def test_a_kernel_that_refuses_rules_is_told_from_one_that_refuses_namespaces(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refusing = tmp_path / "nft"
    refusing.write_text("#!/bin/sh\necho 'Error: Operation not supported' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    message = privileges.why_not() or ""
    assert message.startswith(
        "the kernel of this machine has no packet filters for a namespace (Error: Operation not supported)"
    )
    assert "modprobe" in message
    with pytest.raises(privileges.NotAllowedError, match="packet filters"):
        privileges.require()


def test_without_the_programs_nothing_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "ADMINISTRATOR", ())
    monkeypatch.setattr(tools, "PARTS", tmp_path)
    assert (privileges.why_not() or "").startswith("ip, nft, nsenter, unshare: not on this machine; ")


def test_another_system_than_linux_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "this is darwin" in (privileges.why_not() or "")
