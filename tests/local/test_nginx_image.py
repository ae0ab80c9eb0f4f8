"""The image is unpacked and run as a task would have it: nothing but its own files, and a read-only root."""

from __future__ import annotations

import io
import json
import os
import platform
import shlex
import socket
import subprocess
import tarfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest

from private_fargate.config.models import Service
from private_fargate.fabric import privileges, tools
from private_fargate.local.images import image_of
from private_fargate.local.nginx_image import nginx_image, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.local.oci import Image

OWN = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")
NOBODY = 65534
OTHER = {"amd64": "arm64"}.get(OWN, "amd64")

needs_nginx = pytest.mark.skipif(bool(why_not(OWN)), reason=why_not(OWN) or "")
needs_namespaces = pytest.mark.skipif(bool(privileges.why_not()), reason=privileges.why_not() or "")

MOUNTS = """
mount --bind $root $root
for each in dev proc; do mount --rbind /$each $root/$each; done
for each in run tmp var/cache/nginx; do mount -t tmpfs none $root/$each; done
mount -o remount,bind,ro $root
exec chroot $root $command
"""


def service(**settings: object) -> Service:
    return Service.model_validate({"port": 80, "image": {"repository": "web"}, **settings})


def unpack(image: Image, folder: Path) -> None:
    for described in json.loads(image.manifest)["layers"]:
        with tarfile.open(fileobj=io.BytesIO(image.blobs[described["digest"]])) as archive:
            archive.extractall(folder, filter="tar")


def opened(folder: Path) -> Path:
    folder.chmod(0o755)
    return folder


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(image: Image, folder: Path, *, nobody: bool) -> Iterator[subprocess.Popen[str]]:
    """Run the image's command in its own files, with the system's `dev` and `proc` and nothing else."""
    unpack(image, folder)
    for each in ("dev", "proc"):
        (folder / each).mkdir()
    config = json.loads(image.blobs[json.loads(image.manifest)["config"]["digest"]])["config"]
    script = f"root={shlex.quote(str(folder))}; command={shlex.quote(shlex.join(config['Cmd']))}; {MOUNTS}"
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if nobody else []
    command = [*user, "unshare", "--mount", "--map-root-user", "--user", "sh", "-ec", script]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if nobody:  # as container engines do, since /dev/stdout is opened anew
            assert process.stdout is not None
            os.fchown(process.stdout.fileno(), NOBODY, NOBODY)
        yield process
    finally:
        process.kill()
        process.communicate()


def fetched(url: str) -> str:
    until = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- our own loopback address
                return str(answer.read().decode())
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@needs_nginx
@needs_namespaces
@pytest.mark.parametrize(
    "nobody",
    [
        False,
        pytest.param(
            True, marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
        ),
    ],
    ids=["who-runs-the-tests", "nobody"],
)
def test_it_answers_on_the_port_asked_for_with_a_read_only_root_and_one_user(
    nobody: bool,  # noqa: FBT001 -- a parameter of pytest
) -> None:
    port = free_port()
    with (
        TemporaryDirectory() as temporary,  # pytest's folders are closed to nobody
        running(nginx_image(OWN, port), opened(Path(temporary)), nobody=nobody) as process,
    ):
        assert "Welcome to nginx!" in fetched(f"http://127.0.0.1:{port}/")
        assert fetched(f"http://127.0.0.1:{port}/health") == "healthy\n"
        process.terminate()
        out, complaints = process.communicate(timeout=10)
    assert '"GET / HTTP/1.1" 200' in out
    assert "/health" not in out
    assert "[alert]" not in complaints
    assert "[emerg]" not in complaints


@needs_nginx
def test_the_same_nginx_gives_the_same_bytes_and_another_port_another_image() -> None:
    assert nginx_image(OWN, 80) == nginx_image(OWN, 80)
    one, other = nginx_image(OWN, 80), nginx_image(OWN, 8080)
    assert one.digest != other.digest
    assert len(one.blobs.keys() & other.blobs.keys()) == 1  # the layer with the program


@needs_nginx
def test_a_service_gets_nginx_on_its_own_port() -> None:
    image = image_of(service(port=8080))
    assert image == nginx_image(OWN, 8080) if OWN == "amd64" else image.name == "placeholder"


def test_a_task_of_another_architecture_gets_a_placeholder_that_says_why() -> None:
    platform_name = {"amd64": "linux/x86_64", "arm64": "linux/arm64"}[OTHER]
    image = image_of(service(platform=platform_name))
    assert image.name == "placeholder"
    assert f"a task for {OTHER} cannot run on this machine" in image.title


def test_without_nginx_there_is_a_placeholder_and_how_to_get_nginx(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tools, "PARTS", tmp_path)
    monkeypatch.setattr(tools, "ADMINISTRATOR", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "nginx: not on this machine" in (why_not(OWN) or "")
