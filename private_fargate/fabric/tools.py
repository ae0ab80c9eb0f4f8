"""The programs of Linux that the fabric runs: where they are, and how to come by those that are not there.

They are looked for on PATH and in the folders of the administrator, which are not on everybody's PATH; then
among the parts, a folder of the project that `make parts` fills without touching the system.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROJECT = Path(__file__).resolve().parents[2]
PARTS: Final = _PROJECT / ".parts"
PACKAGES: Final = _PROJECT / "requirements" / "debian.txt"
NEEDED: Final = ("curl", "ip", "nft", "nsenter", "unshare")
"""What the fabric runs. nginx is not among them: only an image is made of it."""

ADMINISTRATOR = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_FOLDERS = ("usr/sbin", "usr/bin", "sbin", "bin")  # Debian moved all to /usr in release 12
OS_RELEASE = Path("/etc/os-release")

_IN_FEDORA = {
    "ip": "iproute",
    "nsenter": "util-linux-core",
    "unshare": "util-linux-core",
}  # else as in Debian


class ToolMissingError(UserError):
    """A program is not on this machine; the message has the command that installs it."""


def tool(name: str) -> list[str]:
    """Return how to call a program: the beginning of a command line, to which its arguments are added.

    Raises:
        ToolMissingError: it is not here; the message says how to get it.
    """
    if program := _on_path(name):
        return [program]
    if unpacked := part(name):
        return unpacked
    raise ToolMissingError(explain([name]))


def part(name: str, folder: Path | None = None) -> list[str] | None:
    """Return how to call a program of the parts, those of the project or others; None if it is not one."""
    root = (folder or PARTS) / "root"
    program = _unpacked(name, root)
    if program is None:
        return None
    libraries = (each for lib in ("usr/lib", "lib") for each in (root / lib).glob("*-linux-*"))
    return ["env", f"LD_LIBRARY_PATH={os.pathsep.join(sorted(map(str, libraries)))}", str(program)]


def missing(names: Iterable[str]) -> list[str]:
    """Return those of these programs that are not here, in the order given."""
    return [name for name in names if find(name) is None]


def require(names: Iterable[str] = NEEDED) -> None:
    """Refuse to go on without any of these programs.

    Raises:
        ToolMissingError: some are not here; the message names all of them.
    """
    if absent := missing(names):
        raise ToolMissingError(explain(absent))


def find(name: str) -> Path | None:
    """Return the file of a program, or None if it is not here."""
    program = _on_path(name)
    return Path(program) if program else _unpacked(name, PARTS / "root")


def is_on_path(name: str) -> bool:
    """Say whether the system itself has a program, so that no part is needed for it."""
    return _on_path(name) is not None


def packages() -> dict[str, str]:
    """Return Debian's package of each program that is used here, as the list in `PACKAGES` has them."""
    lines = (line.partition("#")[0].split() for line in PACKAGES.read_text(encoding="utf-8").splitlines())
    return {line[0]: line[1] for line in lines if line}


def explain(names: Iterable[str]) -> str:
    """Return what to tell a person who lacks these programs, with the command that installs them."""
    absent = list(names)
    return f"{', '.join(absent)}: not on this machine; {_remedy(absent)}"


def _on_path(name: str) -> str | None:
    folders = [*os.environ.get("PATH", os.defpath).split(os.pathsep), *ADMINISTRATOR]
    return shutil.which(name, path=os.pathsep.join(folder for folder in folders if folder))


def _unpacked(name: str, root: Path) -> Path | None:
    files = (root / folder / name for folder in _FOLDERS)
    return next((file for file in files if os.access(file, os.X_OK)), None)


def _remedy(names: list[str]) -> str:
    family = _family()
    here = packages()
    if {"fedora", "rhel", "centos"} & family:
        here |= _IN_FEDORA
    wanted = " ".join(sorted({here.get(name, name) for name in names}))
    if {"debian", "ubuntu"} & family:
        return (
            "`make parts` fetches what is missing without touching the system, "
            f"or install it: `sudo apt-get install {wanted}`"
        )
    if {"fedora", "rhel", "centos"} & family:
        return f"install it: `sudo dnf install {wanted}`"
    if family:
        return f"install it with the package manager of this system (Debian's packages: {wanted})"
    return "it needs Linux; on another system run this in a virtual machine with Linux"


def _family() -> set[str]:
    """Return the identifiers of this distribution and of those that it descends from; empty if not Linux.

    Source: os-release(5), "ID" and "ID_LIKE".
    """
    try:
        lines = OS_RELEASE.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    settings = dict(line.split("=", 1) for line in lines if "=" in line)
    return {word for key in ("ID", "ID_LIKE") for word in settings.get(key, "").strip("\"'").split()}
