"""`make parts`: the programs of Linux that are not on this machine, in a folder of the project.

They are Debian's or Ubuntu's own packages, fetched and checked by the apt of the machine, from where it
always gets them; but its lists and its cache are private ones, and what comes is unpacked beside the system
instead of installed into it.  So nobody needs to be root, and nothing is left when the folder is deleted.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from private_fargate.errors import UserError
from private_fargate.fabric import tools

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAMP: Final = "made-for"
_PATIENCE: Final = 300  # seconds, for one command; all of it takes two where the network is good

# Hooks that images and desktops give apt would touch the system, and so would its lists and its cache.
# Source: apt.conf(5).
_SETTINGS: Final = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Debug::NoLocking "true";
Dir::Cache "{folder}/cache";
Dir::State::lists "{folder}/lists";
"""

_ASKED_BY: Final = {"ip": "-V", "nginx": "-v"}  # the version; every other program takes --version


class PartsError(UserError):
    """What is missing could not be fetched; the message says why, and what to do instead."""

    exit_code: ClassVar[int] = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch what is missing; return 0 if everything is here then, or if it may be absent."""
    parser = argparse.ArgumentParser(prog="python -m private_fargate.local.parts", description=__doc__)
    parser.add_argument("--optional", action="store_true", help="say what is missing, and do not fail")
    optional = parser.parse_args(arguments).optional
    try:
        provide(tools.PARTS)
    except UserError as error:
        sys.stderr.write(f"{'No network can be shown: ' if optional else 'error: '}{error}\n")
        return 0 if optional else error.exit_code
    return 0


def provide(folder: Path) -> None:
    """Fetch the programs that are not on PATH into a folder, unless they are in it already.

    The folder is made anew beside the old one, tried, and only then takes its place.

    Raises:
        ToolMissingError: there is no apt on this machine; the message says how to install what is missing.
        PartsError: apt could not fetch it, or what came does not run; the message has the words.
    """
    wanted = [name for name in tools.packages() if not tools.is_on_path(name)]
    if not wanted or _is_good(folder, wanted):
        return
    if not all(map(tools.is_on_path, ("apt-get", "dpkg-deb"))):
        raise tools.ToolMissingError(tools.explain(wanted))
    sys.stderr.write(f"Fetching {', '.join(wanted)} into {folder.name}; this is done once\n")
    new = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    try:
        _fill(new, wanted)
        (new / _STAMP).write_text(_made_for(), encoding="utf-8")
        _take_place(new, folder)
    except PartsError as error:
        raise PartsError(f"{', '.join(wanted)}: {error}; {_otherwise(wanted)}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _is_good(folder: Path, wanted: Sequence[str]) -> bool:
    try:
        made_for = (folder / _STAMP).read_text(encoding="utf-8")
    except OSError:
        return False
    return made_for == _made_for() and all(tools.part(name, folder) for name in wanted)


def _made_for() -> str:
    """Name what parts depend on: the list of packages, and the release and kind of the machine."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    listed = hashlib.sha256(tools.PACKAGES.read_bytes()).hexdigest()
    return " ".join([listed, release.get("ID", ""), release.get("VERSION_ID", ""), platform.machine()]) + "\n"


def _fill(folder: Path, wanted: Sequence[str]) -> None:
    settings = folder / "apt.conf"
    settings.write_text(_SETTINGS.format(folder=folder), encoding="utf-8")
    for name in ("cache/archives/partial", "lists/partial", "root"):
        (folder / name).mkdir(parents=True)
    packages = sorted({tools.packages()[name] for name in wanted})
    apt = [*tools.tool("apt-get"), "-c", str(settings), "-qq"]
    _run([*apt, "update", "--error-on=any"])
    _run([*apt, "install", "--yes", "--download-only", *packages])
    for archive in sorted((folder / "cache/archives").glob("*.deb")):
        _run([*tools.tool("dpkg-deb"), "--extract", str(archive), str(folder / "root")])
    for name in ("apt.conf", "cache", "lists"):
        path = folder / name
        path.unlink() if path.is_file() else shutil.rmtree(path)
    for name in wanted:
        program = tools.part(name, folder)
        if program is None:
            raise PartsError(f"{name} is not in what apt fetched ({', '.join(packages)})")
        _run([*program, _ASKED_BY.get(name, "--version")])


def _take_place(new: Path, folder: Path) -> None:
    """Put a folder in the place of another one, which may be there."""
    old = new.with_name(f"{new.name}-old")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    folder.chmod(0o755)  # a temporary folder is its owner's alone, but the programs are for everybody
    shutil.rmtree(old, ignore_errors=True)


def _run(command: Sequence[str]) -> None:
    """Run a command without a word, unless it fails.

    Raises:
        PartsError: it failed; with its last words.
    """
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603 -- programs that were found, and words of ours
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise PartsError(f"{Path(command[0]).name} did not end within {_PATIENCE} s") from None
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        raise PartsError(f"{Path(command[0]).name} failed ({words[-1]})")


def _otherwise(wanted: Sequence[str]) -> str:
    packages = sorted({tools.packages()[name] for name in wanted})
    return f"try again, or install it: `sudo apt-get install {' '.join(packages)}`"


if __name__ == "__main__":
    sys.exit(main())
