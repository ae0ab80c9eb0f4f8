"""What `make parts` does: for real where apt and a network are, and on machines that lack one of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from nobody import NOBODY, as_nobody, python_for, run_as

from private_fargate.fabric import tools
from private_fargate.local import parts

PROVIDE = """
import sys
from pathlib import Path
from private_fargate.fabric import tools
from private_fargate.local import parts
tools.is_on_path = lambda name: name not in {"nft", "nginx"}
parts.provide(Path(sys.argv[1]))
"""


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that has no program at all, but a folder on PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "os-release").write_text("ID=debian\n")
    monkeypatch.setattr(tools, "OS_RELEASE", tmp_path / "os-release")
    monkeypatch.setattr(tools, "ADMINISTRATOR", ())
    monkeypatch.setattr(tools, "PARTS", tmp_path / "parts")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def program(folder: Path, name: str, text: str = "exit 0") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def state_of_apt() -> dict[str, int]:
    """Return when what apt and dpkg keep of the system was last changed."""
    folders = ("/var/lib/apt/lists", "/var/cache/apt/archives", "/var/lib/dpkg", "/var/log/apt")
    return {
        str(path): path.stat().st_mtime_ns
        for folder in map(Path, folders)
        if folder.exists()
        for path in (folder, *folder.glob("*"))
        if path.name not in {"lock", "partial"}
    }


@pytest.mark.slow  # it fetches from where apt of this machine fetches
@pytest.mark.skipif(shutil.which("apt-get") is None, reason="there is no apt here")
@pytest.mark.parametrize(
    "user",
    [os.getuid(), pytest.param(NOBODY, marks=as_nobody)],
    ids=["who-runs-the-tests", "nobody"],
)
def test_what_is_missing_is_fetched_and_runs_and_the_system_is_as_it_was(user: int) -> None:
    before = state_of_apt()
    with TemporaryDirectory() as temporary:
        os.chown(temporary, user, -1)
        folder = Path(temporary, "par ts")
        command = [python_for(user) or "", "-c", PROVIDE, str(folder)]
        for _ in range(2):
            done = run_as(user, command)
            assert done.returncode == 0, done.stderr
        assert done.stderr == ""  # the second time there was nothing to do
        assert sorted(path.name for path in folder.iterdir()) == ["made-for", "root"]
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]
        nft = tools.part("nft", folder)
        assert nft is not None
        assert run_as(user, [*nft, "--version"]).stdout.startswith("nftables v")
        assert (folder / "root/usr/share/nginx/html/index.html").exists()
    assert state_of_apt() == before


def test_a_machine_that_has_all_fetches_nothing(bare: Path) -> None:
    for name in tools.packages():
        program(bare / "bin", name)
    parts.provide(tools.PARTS)
    assert not tools.PARTS.exists()


def test_without_apt_it_says_how_to_install_what_is_missing(
    bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bare / "os-release").write_text("ID=fedora\n")
    for name in set(tools.packages()) - {"nft", "nginx"}:
        program(bare / "bin", name)
    assert parts.main([]) == tools.ToolMissingError.exit_code
    message = capsys.readouterr().err
    assert (
        message == "error: nft, nginx: not on this machine; install it: `sudo dnf install nftables nginx`\n"
    )
    assert parts.main(["--optional"]) == 0
    assert capsys.readouterr().err == message.replace("error", "No network can be shown")


def test_without_a_network_the_words_of_apt_are_shown_and_nothing_is_left(
    bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in {"dpkg-deb", *tools.packages()} - {"nft"}:
        program(bare / "bin", name)
    program(bare / "bin", "apt-get", "echo 'E: Could not resolve' >&2; exit 100")
    before = sorted(bare.iterdir())
    assert parts.main([]) == parts.PartsError.exit_code
    assert capsys.readouterr().err == (
        "Fetching nft into parts; this is done once\n"
        "error: nft: apt-get failed (E: Could not resolve); try again, or install it: "
        "`sudo apt-get install nftables`\n"
    )
    assert sorted(bare.iterdir()) == before


def test_old_parts_stay_until_new_ones_are_there(bare: Path) -> None:
    for name in {"dpkg-deb", *tools.packages()} - {"nft"}:
        program(bare / "bin", name)
    program(bare / "bin", "apt-get", "exit 100")
    program(tools.PARTS / "root/usr/sbin", "nft")  # of another release: there is no stamp of this one
    with pytest.raises(parts.PartsError):
        parts.provide(tools.PARTS)
    assert tools.part("nft") is not None


def test_what_comes_and_does_not_run_is_no_part(bare: Path) -> None:
    system = os.defpath
    for name in {"dpkg-deb", *tools.packages()} - {"nft"}:
        program(bare / "bin", name)
    cache = 'sed -n \'s/Dir::Cache "\\(.*\\)";/\\1/p\' "$2"'
    program(bare / "bin", "apt-get", f'PATH={system}; touch "$({cache})/archives/nft.deb"')
    unpack = 'mkdir -p "$3/usr/sbin"; printf "#!/bin/sh\\necho too old >&2; exit 1\\n" > "$3/usr/sbin/nft"'
    program(bare / "bin", "dpkg-deb", f'PATH={system}; {unpack}; chmod +x "$3/usr/sbin/nft"')
    program(bare / "bin", "env", f'PATH={system}; exec env "$@"')
    with pytest.raises(parts.PartsError, match="too old"):
        parts.provide(tools.PARTS)
    assert not tools.PARTS.exists()
