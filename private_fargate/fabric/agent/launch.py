"""One container: the process that is started for it, and what it does until it becomes the container's own.

`python -m private_fargate.fabric.agent.launch DESCRIPTOR` reads what to run from standard input, writes a
line of JSON to the descriptor if it cannot, and closes it when the program runs.  It passes signals on, and
ends as the program does.  It imports nothing big, because it stays there.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.fabric.agent import kernel
from private_fargate.fabric.agent.inside import inside
from private_fargate.fabric.agent.users import UserNotFoundError, user_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_RUN: Final = 255  # Source: runc, exit code of a container whose program the kernel refuses
_PASSED_ON: Final = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS: Final = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
_HIDDEN: Final = (
    "acpi",
    "kcore",
    "keys",
    "latency_stats",
    "timer_list",
    "timer_stats",
    "sched_debug",
    "scsi",
)
_PROTECTED: Final = ("bus", "fs", "irq", "sys", "sysrq-trigger")
"""Below /proc. Source: defaults of containerd, pkg/oci/spec.go."""


class NotStartedError(Exception):
    """A container cannot be started; the text is what runc says."""


def main() -> None:
    """Run what standard input says, and end as it does."""
    report = int(sys.argv[1])
    wanted: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    kernel.die_with_parent()
    os.set_inheritable(report, False)  # noqa: FBT003 -- it has no name
    kernel.separate()
    child = os.fork()
    if child == 0:
        _become(wanted, report)
    os.close(report)
    os._exit(_wait(child))


def _wait(child: int) -> int:
    """Pass signals on to a child, and return its exit code when it ends."""
    for each in _PASSED_ON:
        signal.signal(each, lambda number, _: os.kill(child, number))
    while True:
        ended, status = os.wait()  # also those that the child left behind, where this is the first process
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _become(wanted: Mapping[str, Any], report: int) -> None:
    """Become the program; nothing comes back from it."""
    try:
        root = Path(wanted["root"])
        _furnish(root, wanted)
        kernel.enter(root)
        socket.sethostname(wanted["hostname"])
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        if wanted["has_init"]:
            kernel.die_with_parent()
            child = os.fork()
            if child != 0:
                os.close(report)
                os.dup2(0, 1)
                os.dup2(0, 2)
                os._exit(_wait(child))
            os.setsid()
        _shed(wanted, report)
        kernel.die_with_parent()
        _execute(wanted)
    except (NotStartedError, UserNotFoundError, OSError) as error:
        _say(report, error=str(error))
    os._exit(_NOT_RUN)


def _say(report: int, **words: str) -> None:
    os.write(report, json.dumps(words).encode() + b"\n")


def _furnish(root: Path, wanted: Mapping[str, Any]) -> None:
    """Mount what a container sees; places for it are made while the root can still be written."""
    kernel.bind(root, root)
    _processes(_folder(root, "/proc"))
    _devices(_folder(root, "/dev"))
    with contextlib.suppress(OSError):  # not in a user namespace that does not own the network
        kernel.mount("sysfs", _folder(root, "/sys"), kernel.READ_ONLY | _CAREFUL)
    inside(root, wanted["directory"], follow=True).mkdir(parents=True, exist_ok=True)
    for target, source in wanted["files"].items():
        kernel.bind(Path(source), _file(root, target))
    for each in sorted(wanted["binds"], key=lambda one: one["target"].count("/")):
        target = _folder(root, each["target"])
        kernel.bind(Path(each["source"]), target, is_read_only=each["is_read_only"])
    for each in wanted["tmpfs"]:
        kernel.mount("tmpfs", _folder(root, each["path"]), each["flags"], each["options"])
    if wanted["is_read_only"]:
        kernel.protect(root)


_CAREFUL: Final = kernel.NO_SUID | kernel.NO_DEVICES | kernel.NO_PROGRAMS


def _processes(proc: Path) -> None:
    kernel.mount("proc", proc, _CAREFUL)
    for name in _PROTECTED:
        with contextlib.suppress(OSError):
            kernel.bind(proc / name, proc / name, is_read_only=True)
    for name in _HIDDEN:
        with contextlib.suppress(OSError):
            if (proc / name).is_dir():
                kernel.mount("tmpfs", proc / name, kernel.READ_ONLY | _CAREFUL, "size=0k")
            elif (proc / name).exists():
                kernel.bind(Path("/dev/null"), proc / name)


def _devices(dev: Path) -> None:
    """Make the few devices that a container has; they are those of the machine, as none can be made here."""
    kernel.mount("tmpfs", dev, kernel.NO_SUID, "mode=755,size=64k")
    for name in _DEVICES:
        (dev / name).touch()
        kernel.bind(Path("/dev", name), dev / name)
    for folder, kind, options in (
        ("pts", "devpts", "newinstance,ptmxmode=0666,mode=0620"),
        ("mqueue", "mqueue", ""),
        ("shm", "tmpfs", "mode=1777,size=64m"),
    ):
        (dev / folder).mkdir()
        with contextlib.suppress(OSError):
            kernel.mount(kind, dev / folder, kernel.NO_SUID | kernel.NO_PROGRAMS, options)
    for name, target in _DEVICE_LINKS.items():
        (dev / name).symlink_to(target)


def _folder(root: Path, name: str) -> Path:
    folder = inside(root, name, follow=True)
    if folder.exists() and not folder.is_dir():
        raise NotStartedError(
            f'error during container init: error mounting to rootfs at "{name}": not a directory'
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file(root: Path, name: str) -> Path:
    file = inside(root, name, follow=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return file


def _shed(wanted: Mapping[str, Any], report: int) -> None:
    """Give up what a container does not have: open files, capabilities, other users."""
    soft, hard = wanted["open_files"]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    except (OSError, ValueError):  # more than this machine gives
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, most), min(hard, most)))
    user = user_of(wanted["user"], Path("/"))
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):  # so that it can open /dev/stdout
            os.fchown(descriptor, user.number, -1)
    kept = kernel.numbers(wanted["capabilities"])
    kernel.bound(kept)
    if wanted["has_one_user"]:
        is_ignored = kernel.ignore_changes_of_user()
        if user.number != 0 or not is_ignored:
            _say(
                report,
                note=f"it runs as root instead of {wanted['user'] or 'root'}: there is no other user here",
            )
    else:
        os.setgroups(user.groups)
        os.setgid(user.group)
        os.setuid(user.number)
    if os.geteuid() == 0:
        kernel.reduce(kept)
    wanted["environment"].setdefault("HOME", user.home)


def _execute(wanted: Mapping[str, Any]) -> None:
    """Become the program.

    Raises:
        NotStartedError: there is no such program, or it may not be run.
    """
    for each in range(1, signal.NSIG):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(each, signal.SIG_DFL)
    os.chdir(wanted["directory"])
    os.umask(0o022)
    arguments, environment = wanted["arguments"], wanted["environment"]
    program = _program(arguments[0], environment)
    try:
        os.execve(program, arguments, environment)  # noqa: S606 -- this is what it is for
    except OSError as error:  # the kernel looked into it, as after the start on Fargate
        os.write(2, f"exec {program}: {(error.strerror or '').lower()}\n".encode())


def _program(name: str, environment: Mapping[str, str]) -> str:
    if "/" in name:
        if not Path(name).exists():
            raise NotStartedError(f'exec: "{name}": stat {name}: no such file or directory')
        found: str | None = name
    else:
        folders = environment.get("PATH", "").split(":")
        places = (f"{folder or '.'}/{name}" for folder in folders)
        found = next((place for place in places if _is_program(place)), None)
        if found is None:
            raise NotStartedError(f'exec: "{name}": executable file not found in $PATH')
    if not _is_program(found):
        raise NotStartedError(f'exec: "{found}": permission denied')
    return found


def _is_program(place: str) -> bool:
    try:
        mode = os.stat(place).st_mode  # noqa: PTH116 -- the same as below
    except OSError:
        return False
    return stat.S_ISREG(mode) and os.access(
        place, os.X_OK, effective_ids=os.access in os.supports_effective_ids
    )


if __name__ == "__main__":
    main()
