"""Whether this machine lets us build a network in it, found by building a small one.

Every distribution, container engine and security module has a switch of its own that forbids a part of it. So
nothing is concluded from switches; they are read only to explain an attempt that failed.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

from private_fargate.fabric.errors import FabricError
from private_fargate.fabric.tools import explain, missing, tool

_PATIENCE: Final = 20  # seconds; the attempt takes less than a tenth of one

_CAP_NET_ADMIN: Final = 12  # Source: capabilities(7), and linux/capability.h for the numbers
_CAP_SYS_ADMIN: Final = 21

# What a network needs of the kernel, each kind once.  The step that was begun last is the one that failed.
_ATTEMPT: Final = """\
set -e
echo mounts
mount -t tmpfs none /run
mkdir /run/netns
touch /run/netns/probe
echo namespaces
{unshare} --net=/run/netns/probe true
echo links
{nsenter} --net=/run/netns/probe {ip} link add v0 type veth peer name v1
{nsenter} --net=/run/netns/probe {ip} link add s0 type bridge
echo policy routing
{nsenter} --net=/run/netns/probe {ip} rule add iif v0 lookup 100
echo packet filters
{nsenter} --net=/run/netns/probe {nft} -f - <<'RULES'
table ip probe {{
  chain input {{ type filter hook input priority 0; ct state established accept; }}
  chain leave {{ type nat hook postrouting priority 100; masquerade; }}
}}
RULES
echo nothing more
"""
_PROGRAMS: Final = ("ip", "nft", "nsenter", "unshare")
_MODULES: Final = "sudo modprobe -a veth bridge nf_tables nft_ct nft_chain_nat nft_masq"

_SWITCHES: Final = (
    (
        "kernel.apparmor_restrict_unprivileged_userns",
        "1",
        "0",
        "AppArmor keeps everybody but root from making user namespaces",
    ),
    ("kernel.unprivileged_userns_clone", "0", "1", "only root may make user namespaces"),
    ("user.max_user_namespaces", "0", "15000", "nobody may make user namespaces"),
)
"""Settings of the kernel: the value that forbids, the one that allows, and what the first one means."""

CONTAINERS: Final = ("/.dockerenv", "/run/.containerenv")  # of Docker, and of Podman


class NotAllowedError(FabricError):
    """This machine does not let a network be built in it; the message says why, and what allows it."""


def require() -> None:
    """Refuse to go on where no network can be built.

    Raises:
        NotAllowedError: with what `why_not` says.
    """
    if reason := why_not():
        raise NotAllowedError(reason)


def why_not() -> str | None:
    """Return why no network can be built on this machine and what to do about it; None if it can."""
    if sys.platform != "linux":
        return (
            f"the network is built of Linux network namespaces, and this is {sys.platform}; "
            "run it on Linux, or in a virtual machine with Linux"
        )
    if absent := missing(_PROGRAMS):
        return explain(absent)
    command = [*unshare_command(), "sh", "-c", _ATTEMPT.format_map(_commands())]
    try:
        done = subprocess.run(  # noqa: S603 -- our own words, and programs that were found
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"a network of one namespace was not built within {_PATIENCE} s; is this machine overloaded?"
    if done.returncode == 0:
        return None
    begun = done.stdout.split("\n")[-2] if done.stdout else ""
    return _explained(begun, done.stderr.strip() or f"exit code {done.returncode}")


def unshare_command() -> list[str]:
    """Return how to start a program as the first process of namespaces of its own.

    When the program ends, however it ends, the kernel ends every process in there and frees what they held.
    Who may not administer this machine gets a user namespace around it, in which only uid 0 is there.

    Raises:
        ToolMissingError: there is no `unshare`.
    """
    own = [] if _may_administer() else ["--user", "--map-root-user"]
    return [*tool("unshare"), *own, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def _commands() -> dict[str, str]:
    return {name: shlex.join(tool(name)) for name in _PROGRAMS}


def _may_administer() -> bool:
    """Say whether this process may make namespaces as it is: root may, but not root of most containers."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    effective = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    needed = 1 << _CAP_SYS_ADMIN | 1 << _CAP_NET_ADMIN
    return os.geteuid() == 0 and int(effective, 16) & needed == needed


def _explained(begun: str, words: str) -> str:
    """Return a message about an attempt that failed.

    Args:
        begun: the step that failed, empty if the namespaces around it could not be made.
        words: what the program said that failed.
    """
    if begun in {"links", "policy routing", "packet filters"}:
        return f"the kernel of this machine has no {begun} for a namespace ({words}); try `{_MODULES}`"
    return f"this machine does not let a network be built in it ({words}); {_remedy()}"


def _remedy() -> str:
    is_container = any(Path(mark).exists() for mark in CONTAINERS)
    if not (is_container and os.geteuid() == 0):
        for setting, forbidding, allowing, meaning in _SWITCHES:
            if _setting(setting) == forbidding:
                return f"{meaning}: allow it with `sudo sysctl -w {setting}={allowing}`, or run this as root"
    if is_container:
        return (
            "it is a container: start that with `--privileged`, or with `--cap-add SYS_ADMIN "
            "--cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined`"
        )
    return "run this as root"


def _setting(name: str) -> str | None:
    try:
        return Path("/proc/sys", *name.split(".")).read_text(encoding="ascii").strip()
    except OSError:
        return None  # this kernel has no such setting
