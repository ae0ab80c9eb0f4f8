"""Images of the machine's own programs, as registries have them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
USERS = "root:x:0:0:root:/root:/bin/sh\nweb:x:101:102:web:/home/web:/bin/sh\n"
GROUP = "root:x:0:\nweb:x:102:\nothers:x:103:web\n"


@dataclass
class Layer:
    """A tar file that is being made."""

    members: list[tuple[tarfile.TarInfo, bytes]] = field(default_factory=list)

    def file(self, name: str, content: str | bytes = b"", mode: int = 0o644, **more: Any) -> Layer:
        data = content.encode() if isinstance(content, str) else content
        return self._add(name, data, mode=mode, size=len(data), **more)

    def folder(self, name: str, mode: int = 0o755, **more: Any) -> Layer:
        return self._add(name, b"", type=tarfile.DIRTYPE, mode=mode, **more)

    def link(self, name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Layer:
        return self._add(name, b"", type=kind, linkname=target, mode=0o777)

    def device(self, name: str) -> Layer:
        return self._add(name, b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)

    def _add(self, name: str, data: bytes, **attributes: Any) -> Layer:
        info = tarfile.TarInfo(name)
        info.mtime = 1_700_000_000
        for key, value in attributes.items():
            setattr(info, key, value)
        self.members.append((info, data))
        return self

    def plain(self) -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for info, data in self.members:
                archive.addfile(info, io.BytesIO(data))
        return packed.getvalue()

    def zipped(self) -> bytes:
        return gzip.compress(self.plain(), mtime=0)


def machine(*programs: str) -> Layer:
    """Return a layer with programs of this machine, and what they need to run."""
    layer = Layer().folder("bin").folder("etc").folder("tmp", 0o1777).folder("home/web", uid=101, gid=102)
    layer.file("etc/passwd", USERS).file("etc/group", GROUP)
    libraries: set[str] = set()
    for name in programs:
        found = shutil.which(name)
        assert found, name
        layer.file(f"bin/{name}", Path(found).resolve().read_bytes(), 0o755)
        listed = subprocess.run(
            [shutil.which("ldd") or "ldd", found], capture_output=True, text=True, check=False
        ).stdout
        libraries |= set(re.findall(r"(/\S+) \(0x", listed))
    for path in sorted(libraries):
        layer.file(path.lstrip("/"), Path(path).resolve().read_bytes(), 0o755)
    return layer


@dataclass
class Image:
    """What a registry has of an image: its blobs, its manifest, and what is asked for by a tag."""

    layers: list[bytes]
    config: dict[str, Any] = field(default_factory=dict)
    architecture: str = ARCHITECTURE
    is_index: bool = False

    def blobs(self) -> dict[str, bytes]:
        return {digest(each): each for each in (*self.layers, self.configuration())}

    def configuration(self) -> bytes:
        return json.dumps({"architecture": self.architecture, "os": "linux", "config": self.config}).encode()

    def manifest(self) -> bytes:
        described = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"digest": digest(self.configuration())},
            "layers": [{"digest": digest(each)} for each in self.layers],
        }
        return json.dumps(described).encode()

    def manifests(self, tag: str) -> dict[str, bytes]:
        """Return the manifests by tag and digest, with an index above them if there is one."""
        own = self.manifest()
        found = {digest(own): own, tag: own}
        if self.is_index:
            platforms = {"0" * 64: "other", digest(own): self.architecture}
            listed = [
                {"digest": key, "platform": {"os": "linux", "architecture": value}}
                for key, value in platforms.items()
            ]
            found[tag] = json.dumps({"schemaVersion": 2, "manifests": listed}).encode()
        return found


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
