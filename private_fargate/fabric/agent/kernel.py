"""What the kernel does for a container: namespaces, mounts, capabilities and a filter of system calls.

Python's own modules have none of it before 3.12.  Numbers are from the kernel's headers.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# sched.h
_NEW_MOUNTS: Final = 0x00020000
_NEW_NAMES: Final = 0x04000000
_NEW_IPC: Final = 0x08000000
_NEW_PROCESSES: Final = 0x20000000

# sys/mount.h
READ_ONLY: Final = 1
NO_SUID: Final = 2
NO_DEVICES: Final = 4
NO_PROGRAMS: Final = 8
_AGAIN: Final = 32
_BIND: Final = 4096
_DEEP: Final = 16384
_PRIVATE: Final = 1 << 18
_DETACH: Final = 2
_KEPT: Final = {2: 2, 4: 4, 8: 8, 1024: 1024, 2048: 2048, 4096: 1 << 21}
"""Flags of statvfs(3) that a mount must keep in a user namespace, and what mount(2) calls them."""

# sys/prctl.h
_PARENT_DIES: Final = 1
_KILL: Final = 9
_SECCOMP: Final = 22
_BOUNDS: Final = 24
_NO_NEW_PRIVILEGES: Final = 38
_FILTER: Final = 2

CAPABILITIES: Final = (
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
)
"""By number. Source: linux/capability.h."""

_VERSION: Final = 0x20080522

# System calls by which a process becomes somebody else or gives files away, for each machine.
# Source: asm/unistd_64.h and asm-generic/unistd.h.
_CHANGES: Final = {
    "x86_64": (0xC000003E, (92, 93, 94, 105, 106, 113, 114, 116, 117, 119, 122, 123, 260)),
    "aarch64": (0xC00000B7, (54, 55, 143, 144, 145, 146, 147, 149, 151, 152, 159)),
}

_libc: Final = ctypes.CDLL(None, use_errno=True)


class _Rule(ctypes.Structure):
    """A step of a filter. Source: linux/filter.h, sock_filter."""

    _fields_ = (
        ("code", ctypes.c_ushort),
        ("yes", ctypes.c_ubyte),
        ("no", ctypes.c_ubyte),
        ("k", ctypes.c_uint),
    )


class _Rules(ctypes.Structure):
    """A filter. Source: linux/filter.h, sock_fprog."""

    _fields_ = (("count", ctypes.c_ushort), ("rules", ctypes.POINTER(_Rule)))


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def separate() -> None:
    """Give this process mounts, names and shared memory of its own, and its children a world of processes."""
    _call("unshare", _NEW_MOUNTS | _NEW_NAMES | _NEW_IPC | _NEW_PROCESSES)
    _call("mount", None, b"/", None, ctypes.c_ulong(_DEEP | _PRIVATE), None)


def mount(kind: str, target: Path, flags: int = 0, options: str = "") -> None:
    """Mount a file system that has no device."""
    _call("mount", kind.encode(), bytes(target), kind.encode(), ctypes.c_ulong(flags), options.encode())


def bind(source: Path, target: Path, *, is_read_only: bool = False) -> None:
    """Let a file or folder be seen at a second place."""
    _call("mount", bytes(source), bytes(target), None, ctypes.c_ulong(_BIND | _DEEP), None)
    if is_read_only:
        protect(target)


def protect(target: Path) -> None:
    """Let nobody write where something is mounted."""
    found = os.statvfs(target).f_flag
    kept = sum(flag for known, flag in _KEPT.items() if found & known)
    _call("mount", None, bytes(target), None, ctypes.c_ulong(_BIND | _AGAIN | READ_ONLY | kept), None)


def enter(root: Path) -> None:
    """Make a folder the root, and let nothing of the old one be seen."""
    os.chdir(root)
    _call("pivot_root", b".", b".")  # Source: pivot_root(2), the example of `pivot_root(".", ".")`
    _call("umount2", b".", _DETACH)
    os.chdir("/")


def die_with_parent() -> None:
    """End this process when the one that started it ends."""
    _call("prctl", _PARENT_DIES, _KILL, 0, 0, 0)


def numbers(names: Iterable[str]) -> frozenset[int]:
    """Return the numbers of capabilities; unknown ones have none."""
    return frozenset(CAPABILITIES.index(name) for name in names if name in CAPABILITIES)


def bound(kept: frozenset[int]) -> None:
    """Let this process and its children never have other capabilities, nor gain privileges by a program."""
    for number in range(len(CAPABILITIES)):
        if number not in kept:
            with contextlib.suppress(OSError):  # an older kernel has fewer
                _call("prctl", _BOUNDS, number, 0, 0, 0)
    _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def reduce(kept: frozenset[int]) -> None:
    """Give up all capabilities but these."""
    mask = sum(1 << number for number in kept)
    halves = (mask & 0xFFFFFFFF, mask >> 32)
    header = (ctypes.c_uint * 2)(_VERSION, 0)
    data = (ctypes.c_uint * 6)(halves[0], halves[0], 0, halves[1], halves[1], 0)
    _call("capset", header, data)


def ignore_changes_of_user() -> bool:
    """Let calls that change user or owner succeed and do nothing; say whether this machine can.

    Where only one user is known, they would fail, and with them programs that begin as root and then take a
    user of their own.  Without privileges over the machine root is nobody special, so nothing is lost.
    """
    machine = _CHANGES.get(platform.machine())
    if machine is None:
        return False
    rules = tuple(_filter(*machine))
    array = (_Rule * len(rules))(*rules)
    _call("prctl", _SECCOMP, _FILTER, ctypes.byref(_Rules(len(rules), array)), 0, 0)
    return True


def _filter(architecture: int, calls: tuple[int, ...]) -> Iterator[_Rule]:
    """Yield a filter. Source: linux/bpf_common.h and linux/seccomp.h, struct seccomp_data."""
    load, equal, give = 0x20, 0x15, 0x06
    allowed, succeeds = 0x7FFF0000, 0x00050000  # the second is "fail", with no error
    yield _Rule(load, 0, 0, 4)
    yield _Rule(equal, 1, 0, architecture)
    yield _Rule(give, 0, 0, allowed)
    yield _Rule(load, 0, 0, 0)
    for index, number in enumerate(calls):
        yield _Rule(equal, len(calls) - index, 0, number)
    yield _Rule(give, 0, 0, allowed)
    yield _Rule(give, 0, 0, succeeds)
