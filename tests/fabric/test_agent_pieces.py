"""Names of images, places of secrets, users, paths, and layers over each other."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tarfile
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from agent_images import GROUP, USERS, Layer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from private_fargate.fabric.agent.inside import inside
from private_fargate.fabric.agent.layers import BadLayerError, unpack
from private_fargate.fabric.agent.references import reference
from private_fargate.fabric.agent.secrets import BadSecretError, as_go, secret_place, value_of
from private_fargate.fabric.agent.signing import signed
from private_fargate.fabric.agent.specs import variables
from private_fargate.fabric.agent.users import UserNotFoundError, user_of

if TYPE_CHECKING:
    from pathlib import Path

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("image", "host", "repository", "tag", "full", "region"),
    [
        ("nginx", "registry-1.docker.io", "library/nginx", "latest", "docker.io/library/nginx:latest", None),
        ("a/b:1", "registry-1.docker.io", "a/b", "1", "docker.io/a/b:1", None),
        ("quay.io/a/b", "quay.io", "a/b", "latest", "quay.io/a/b:latest", None),
        ("localhost:5000/a:1", "localhost:5000", "a", "1", "localhost:5000/a:1", None),
        (
            "public.ecr.aws/nginx/nginx:1",
            "public.ecr.aws",
            "nginx/nginx",
            "1",
            "public.ecr.aws/nginx/nginx:1",
            None,
        ),
        (f"{ECR}/a/b:1@sha256:00", ECR, "a/b", "sha256:00", f"{ECR}/a/b@sha256:00", "eu-west-1"),
        (f"{ECR}.cn/a", f"{ECR}.cn", "a", "latest", f"{ECR}.cn/a:latest", "eu-west-1"),
    ],
)
def test_a_name_means_what_docker_takes_it_for(  # noqa: PLR0913, PLR0917 -- what a name consists of
    image: str, host: str, repository: str, tag: str, full: str, region: str | None
) -> None:
    found = reference(image)
    assert (found.host, found.repository, found.tag, found.full) == (host, repository, tag, full)
    assert found.region == region


def test_a_place_of_a_secret_may_say_key_stage_and_version() -> None:
    assert secret_place(ARN, "us-east-1").arguments() == {"SecretId": ARN}
    assert secret_place(ARN, "us-east-1").region == "eu-west-1"
    whole = secret_place(f"{ARN}:user:AWSPREVIOUS:v1", "us-east-1")
    assert whole.arguments() == {"SecretId": ARN, "VersionStage": "AWSPREVIOUS", "VersionId": "v1"}
    assert whole.key == "user"
    with pytest.raises(BadSecretError, match="invalid ARN format"):
        secret_place(f"{ARN}:user", "us-east-1")


def test_a_value_of_json_is_what_go_prints() -> None:
    assert value_of('{"a": {"x": [1, true, null]}, "b": "y"}', "a") == "map[x:[1 true <nil>]]"
    assert value_of("plain", "") == "plain"
    assert as_go("text") == "text"


def test_a_file_of_variables_has_comments_and_equal_signs() -> None:
    assert variables("# no\nA=1\n\nB=x=y\nnothing\n=z\n") == {"A": "1", "B": "x=y"}


def test_the_signature_is_the_one_that_botocore_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doors do not check signatures, AWS does."""
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: moment.replace(tzinfo=None))
    keys = {"access_key": "A", "secret_key": "S", "session_token": "T"}
    mine = signed(keys, host="h", path="/v1/a%253Ab", body=b"{}", service="s", region="r", now=moment)
    request = AWSRequest("POST", "https://h/v1/a%3Ab", {"content-type": "application/json"}, b"{}")
    SigV4Auth(Credentials("A", "S", "T"), "s", "r").add_auth(request)
    assert request.headers["Authorization"] == mine["authorization"]


@pytest.mark.parametrize(
    ("wanted", "number", "group", "groups", "home"),
    [
        ("", 0, 0, (), "/root"),
        ("web", 101, 102, (103,), "/home/web"),
        ("101", 101, 102, (103,), "/home/web"),
        ("web:others", 101, 103, (), "/home/web"),
        ("7", 7, 0, (), "/"),
        ("7:8", 7, 8, (), "/"),
    ],
)
def test_a_user_is_who_the_image_says(  # noqa: PLR0913, PLR0917 -- what a user consists of
    wanted: str, number: int, group: int, groups: tuple[int, ...], home: str, tmp_path: Path
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(USERS)
    (tmp_path / "etc/group").write_text(GROUP)
    found = user_of(wanted, tmp_path)
    assert (found.number, found.group, found.groups, found.home) == (number, group, groups, home)


def test_a_user_that_is_not_in_the_image_is_missed(tmp_path: Path) -> None:
    with pytest.raises(
        UserNotFoundError, match="unable to find user web: no matching entries in passwd file"
    ):
        user_of("web", tmp_path)


def test_no_link_leads_out_of_a_root(tmp_path: Path) -> None:
    (tmp_path / "up").symlink_to("../../..")
    (tmp_path / "etc").symlink_to("/other")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert inside(tmp_path, "../../a") == tmp_path / "a"
    assert inside(tmp_path, "up/a") == tmp_path / "a"
    assert inside(tmp_path, "etc/a") == tmp_path / "other/a"
    assert inside(tmp_path, "/etc") == tmp_path / "etc"
    assert inside(tmp_path, "/etc/", follow=True) == tmp_path / "other"
    with pytest.raises(OSError, match="too many levels"):
        inside(tmp_path, "one/a")


def place(layers: list[Layer], folder: Path) -> Path:
    root = folder / "root"
    for number, layer in enumerate(layers):
        file = folder / f"{number}.tar.gz"
        file.write_bytes(layer.zipped())
        unpack(file, root, keep_owners=False)
    return root


def names(root: Path) -> list[str]:
    return sorted(str(each.relative_to(root)) for each in root.rglob("*"))


def test_a_white_mark_takes_away_what_lies_below(tmp_path: Path) -> None:
    below = Layer().folder("a").file("a/x").file("a/y").folder("b").file("b/x").folder("b/c").file("b/c/y")
    above = Layer().file("a/.wh.x").file("b/new").file("b/.wh..wh..opq").file("b/c/kept")
    assert names(place([below, above], tmp_path)) == ["a", "a/y", "b", "b/c", "b/c/kept", "b/new"]


def test_a_later_layer_replaces_kinds(tmp_path: Path) -> None:
    below = Layer().folder("a").file("a/x").file("b").link("c", "a")
    above = Layer().file("a", "file").folder("b").folder("c")
    root = place([below, above], tmp_path)
    assert (root / "a").read_text() == "file"
    assert (root / "b").is_dir()
    assert not (root / "c").is_symlink()


def test_modes_links_and_times_are_kept_and_devices_are_not(tmp_path: Path) -> None:
    layer = Layer().folder("d", 0o1777).file("d/x", "x", 0o4755).link("d/s", "/etc/x").device("d/null")
    layer.link("d/h", "d/x", tarfile.LNKTYPE)
    root = place([layer], tmp_path)
    assert stat.S_IMODE((root / "d").stat().st_mode) == 0o1777
    assert stat.S_IMODE((root / "d/x").stat().st_mode) == 0o4755
    assert str((root / "d/s").readlink()) == "/etc/x"
    assert (root / "d/h").samefile(root / "d/x")
    assert (root / "d").stat().st_mtime == 1_700_000_000
    assert not (root / "d/null").exists()


@pytest.mark.parametrize("kind", ["dots", "absolute", "link", "hard link", "white mark"])
def test_a_layer_stays_in_its_root(kind: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    bad = {
        "dots": Layer().file("../outside/kept", "gone"),
        "absolute": Layer().file(f"{outside}/kept", "gone"),
        "link": Layer().link("way", str(outside)).file("way/kept", "gone"),
        "hard link": Layer().link("mine", "../outside/kept", tarfile.LNKTYPE),
        "white mark": Layer().link("way", str(outside)).file("way/.wh.kept").file("way/.wh..wh..opq"),
    }[kind]
    with suppress(BadLayerError):
        place([bad], tmp_path)
    assert (outside / "kept").read_text() == "kept"
    assert [each.name for each in outside.iterdir()] == ["kept"]
    assert (outside / "kept").stat().st_nlink == 1


@pytest.mark.parametrize(
    "content", [b"no tar", b"\x1f\x8bbroken", Layer().file("a", "b" * 99).zipped()[:-30]]
)
def test_a_broken_layer_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "layer").write_bytes(content)
    with pytest.raises(BadLayerError):
        unpack(tmp_path / "layer", tmp_path / "root", keep_owners=False)


@pytest.mark.skipif(shutil.which("zstd") is None, reason="this machine has no zstd")
def test_a_layer_may_be_compressed_with_zstd_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(Layer().file("a", "1").plain())
    (tmp_path / "other").write_bytes(Layer().file("b", "2").plain())
    subprocess.run(
        [shutil.which("zstd") or "", "-q", str(tmp_path / "other"), "-o", str(tmp_path / "zstd")], check=True
    )
    for name in ("plain", "zstd"):
        unpack(tmp_path / name, tmp_path / "root", keep_owners=False)
    assert names(tmp_path / "root") == ["a", "b"]
