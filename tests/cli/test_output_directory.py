"""`output/<environment>/` is all of one build or all of the build before it, and never a person's loss."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from private_fargate import output
from private_fargate.errors import OutputError
from private_fargate.inputs import ROOT, Inputs

OLD = {"parent.json": b'{"Resources": {"A": {}, "B": {}}, "Outputs": {"C": {}}}', "network.json": b"{}"}
NEW = {"parent.json": b'{"Resources": {}}', "service.json": b"{}"}
INPUTS = Inputs(environment="demo.yaml", sources={"demo.yaml": "1"}, code="2", tools={"awacs": "2.6.1"})


def write(directory: Path, templates: dict[str, bytes]) -> None:
    output.write(directory, templates, output.manifest(templates, inputs=INPUTS))


def tree(directory: Path) -> dict[str, bytes]:
    """Read all that lies in a directory, leftovers and hidden files included."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give the place of an environment that was built once."""
    write(tmp_path / "output" / "demo", OLD)
    return tmp_path / "output" / "demo"


def test_a_build_replaces_all_of_the_build_before_it(place: Path) -> None:
    write(place, NEW)
    assert set(tree(place.parent)) == {"demo/parent.json", "demo/service.json", "demo/manifest.json"}
    assert (place / "parent.json").read_bytes() == NEW["parent.json"]


def test_the_manifest_says_what_each_file_is(place: Path) -> None:
    manifest = json.loads((place / "manifest.json").read_bytes())
    assert manifest["templates"]["parent.json"] == {
        "sha256": hashlib.sha256(OLD["parent.json"]).hexdigest(),
        "bytes": 55,
        "resources": 2,
        "parameters": 0,
        "outputs": 1,
    }
    assert manifest["inputs"]["tools"] == {"awacs": "2.6.1"}
    assert manifest["inputs"]["digest"] == INPUTS.digest()


def test_a_build_is_current_for_its_own_inputs_only(place: Path) -> None:
    assert output.is_current(place, INPUTS.digest())
    assert not output.is_current(place, "0" * 64)


@pytest.mark.parametrize("file", ["parent.json", "network.json", "manifest.json"])
def test_a_build_is_not_current_once_a_byte_of_it_has_changed(place: Path, file: str) -> None:
    (place / file).write_bytes((place / file).read_bytes().replace(b"{", b"{ ", 1) + b"x")
    assert not output.is_current(place, INPUTS.digest())


@pytest.mark.parametrize("file", ["parent.json", "network.json", "manifest.json"])
def test_a_build_is_not_current_without_one_of_its_files(place: Path, file: str) -> None:
    (place / file).unlink()
    assert not output.is_current(place, INPUTS.digest())


def test_numbers_edited_in_the_manifest_are_not_believed(place: Path) -> None:
    path = place / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"resources": 2', b'"resources": 3'))
    assert output.read_manifest(place) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b"{}", b'{"digest": 1}', b"\xff", b"[" * 99_999]
)
def test_a_foreign_or_damaged_manifest_is_none_and_is_replaced(place: Path, content: bytes) -> None:
    (place / "manifest.json").write_bytes(content)
    assert output.read_manifest(place) is None
    write(place, OLD)
    assert output.is_current(place, INPUTS.digest())


@pytest.mark.parametrize("broken", ["_write_beside", "_swap"])
@pytest.mark.parametrize(
    "cause", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "Ctrl-C"]
)
def test_a_failure_leaves_the_old_build_to_the_byte(
    place: Path, broken: str, cause: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure comes after half of the files, or between the two renames."""
    before = tree(place.parent)
    called = "write_bytes" if broken == "_write_beside" else "rename"
    original, calls = getattr(Path, called), []

    def fail_at_the_second(self: Path, argument: object) -> object:
        calls.append(self)
        if len(calls) == 2:
            raise cause
        return original(self, argument)

    monkeypatch.setattr(Path, called, fail_at_the_second)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write(place, NEW)
    assert len(calls) >= 2
    assert tree(place.parent) == before


def test_a_full_disk_is_one_clear_message_and_the_old_build_stays(place: Path) -> None:
    before = tree(place.parent)
    program = (
        "import sys; from pathlib import Path\n"
        "from private_fargate import output, inputs, errors\n"
        "templates = {'parent.json': b'{}' + b' ' * 100_000}\n"
        "i = inputs.Inputs('demo.yaml', {}, '', {})\n"
        "try: output.write(Path(sys.argv[1]), templates, output.manifest(templates, inputs=i))\n"
        "except errors.OutputError as error: sys.exit(str(error))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert result.stderr == (
        f"{place}: cannot be written: File too large; mend that, or choose another place with --output. "
        "What was there is unchanged\n"
    )
    assert tree(place.parent) == before


def test_what_a_killed_build_has_left_is_put_right_by_the_next(place: Path) -> None:
    old, new = (place.with_name(f".demo.private-fargate-{which}") for which in ("old", "new"))
    place.rename(old)
    new.mkdir()
    (new / "parent.json").write_bytes(b"half of i")
    write(place, NEW)
    assert set(tree(place.parent)) == {"demo/parent.json", "demo/service.json", "demo/manifest.json"}


def test_builds_at_the_same_time_leave_one_of_them_whole(place: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from private_fargate import output, inputs\n"
        "i = inputs.Inputs('demo.yaml', {}, '', {})\n"
        "t = {f'{sys.argv[2]}{n}.json': b'{}' for n in range(20)}\n"
        "for _ in range(20): output.write(Path(sys.argv[1]), t, output.manifest(t, inputs=i))\n"
    )
    builds = [
        subprocess.Popen([sys.executable, "-c", program, str(place), name], cwd=ROOT) for name in ("a", "b")
    ]
    assert [build.wait() for build in builds] == [0, 0]
    files = set(tree(place.parent))
    assert files in [{"demo/manifest.json", *(f"demo/{name}{n}.json" for n in range(20))} for name in "ab"]


def test_a_persons_file_beside_the_templates_is_not_deleted(place: Path) -> None:
    (place / "notes.txt").write_text("mine")
    before = tree(place.parent)
    with pytest.raises(OutputError) as caught:
        write(place, NEW)
    assert str(caught.value) == (
        f"{place}: holds files that no build has written (notes.txt) and that would be lost; "
        "move them away, or choose another place with --output"
    )
    assert tree(place.parent) == before


def test_templates_whose_manifest_is_lost_are_replaced_only_by_the_same(place: Path) -> None:
    (place / "manifest.json").unlink()
    with pytest.raises(OutputError, match=r"\(network\.json, parent\.json\)"):
        write(place, NEW)
    write(place, OLD)
    assert output.is_current(place, INPUTS.digest())


def test_a_persons_directory_is_not_replaced(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt", "parent.json"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match=r"no build has written \(a\.txt, b\.txt, c\.txt, \.\.\.\)"):
        write(tmp_path, NEW)
    assert len(tree(tmp_path)) == 4


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(OutputError) as caught:
        write(tmp_path / "demo", NEW)
    assert (
        str(caught.value) == f"{tmp_path}/demo: is a file; remove it, or choose another place with --output"
    )


def test_a_place_below_a_file_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError) as caught:
        write(tmp_path / "file" / "demo", NEW)
    assert str(caught.value) == (
        f"{tmp_path}/file/demo: cannot be written: File exists; mend that, or choose another place with "
        "--output. What was there is unchanged"
    )


def test_an_empty_directory_is_taken_with_its_mode(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir(mode=0o700)
    write(tmp_path / "demo", NEW)
    assert (tmp_path / "demo").stat().st_mode & 0o777 == 0o700
    assert output.is_current(tmp_path / "demo", INPUTS.digest())


def test_a_link_to_a_directory_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "demo").symlink_to("real")
    write(tmp_path / "demo", NEW)
    assert (tmp_path / "demo").is_symlink()
    assert output.is_current(tmp_path / "real", INPUTS.digest())
