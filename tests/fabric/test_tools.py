"""Programs are found where they are; and who lacks one is told what to type."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from private_fargate.fabric import tools

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = '#!/bin/sh\necho "$LD_LIBRARY_PATH"\n'


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that has no program at all, but a folder on PATH and a place for parts."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(tools, "ADMINISTRATOR", ())
    monkeypatch.setattr(tools, "PARTS", tmp_path / "parts")
    release(monkeypatch, tmp_path, "ID=debian\n")
    return tmp_path


def release(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    (folder / "os-release").write_text(text)
    monkeypatch.setattr(tools, "OS_RELEASE", folder / "os-release")


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCRIPT)
    path.chmod(0o755)
    return path


def test_a_program_on_path_is_called_as_it_is(bare: Path) -> None:
    nft = program(bare / "bin/nft")
    program(bare / "parts/root/usr/sbin/nft")
    assert tools.tool("nft") == [str(nft)]


def test_a_program_that_only_the_administrator_has_on_path_is_found(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nft = program(bare / "sbin/nft")
    monkeypatch.setattr(tools, "ADMINISTRATOR", (str(bare / "sbin"),))
    assert tools.tool("nft") == [str(nft)]
    assert tools.is_on_path("nft")


def test_a_part_runs_with_the_libraries_that_came_with_it(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nft = program(bare / "parts/root/usr/sbin/nft")
    own = bare / "parts/root/usr/lib/aarch64-linux-gnu"
    older = bare / "parts/root/lib/aarch64-linux-gnu"
    for folder in (own, older, bare / "parts/root/usr/lib/nginx"):
        folder.mkdir(parents=True)
    command = tools.tool("nft")
    assert command[-1] == str(nft)
    assert not tools.is_on_path("nft")
    monkeypatch.undo()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{older}:{own}"


def test_what_is_missing_is_named_in_the_order_asked(bare: Path) -> None:
    program(bare / "bin/ip")
    program(bare / "parts/root/usr/bin/curl")
    assert tools.missing(["unshare", "ip", "nft", "curl"]) == ["unshare", "nft"]


def test_all_missing_programs_are_named_in_one_message_each_package_once(bare: Path) -> None:
    program(bare / "bin/curl")
    with pytest.raises(tools.ToolMissingError) as refused:
        tools.require()
    assert str(refused.value) == (
        "ip, nft, nsenter, unshare: not on this machine; `make parts` fetches what is missing without "
        "touching the system, or install it: `sudo apt-get install iproute2 nftables util-linux`"
    )


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("ID=ubuntu\nID_LIKE=debian\n", "`make parts` fetches"),
        ('NAME="Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', "`sudo apt-get install iproute2 nftables`"),
        ("ID=fedora\n", "`sudo dnf install iproute nftables`"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "`sudo dnf install iproute nftables`"),
        ("ID=arch\n", "package manager of this system (Debian's packages: iproute2 nftables)"),
    ],
)
def test_the_remedy_is_that_of_the_distribution(
    bare: Path, monkeypatch: pytest.MonkeyPatch, text: str, remedy: str
) -> None:
    release(monkeypatch, bare, text)
    message = tools.explain(["ip", "nft"])
    assert remedy in message
    assert ("make parts" in message) == ("debian" in text)


def test_where_there_is_no_distribution_nobody_is_told_to_install(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "OS_RELEASE", bare / "none")
    assert tools.explain(["ip"]) == (
        "ip: not on this machine; it needs Linux; on another system run this in a virtual machine with Linux"
    )


def test_every_program_that_is_needed_has_its_package_in_the_list() -> None:
    assert set(tools.NEEDED) | {"nginx"} == set(tools.packages())
