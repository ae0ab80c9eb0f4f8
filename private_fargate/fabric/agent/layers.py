"""Layers of images, unpacked one over the other.

Source: https://github.com/opencontainers/image-spec, layer.md.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import stat
import subprocess
import tarfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.agent.inside import inside

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from typing import BinaryIO

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_XATTR: Final = "SCHILY.xattr."  # Source: pax(1) as star and Go's archive/tar write it
_MODE: Final = 0o7777


class BadLayerError(Exception):
    """A layer is not what it should be; the text says what is wrong."""


def unpack(layer: Path, root: Path, *, keep_owners: bool) -> None:
    """Put a layer over what is there already.

    Devices are left out: whoever runs in there has its own.

    Args:
        layer: a tar file, plain or compressed with gzip or zstd.
        root: the folder that becomes the root of a container.
        keep_owners: whether files are given to whom the layer says; else they are ours.

    Raises:
        BadLayerError: it cannot be read, or it wants to be somewhere else.
    """
    root.mkdir(parents=True, exist_ok=True)
    own: set[Path] = set()
    folders: list[tuple[Path, tarfile.TarInfo]] = []
    try:
        with _plain(layer) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                _place(archive, member, root, own, keep_owners=keep_owners)
                if member.isdir():
                    folders.append((inside(root, member.name), member))
    except (OSError, EOFError, tarfile.TarError, UnicodeError) as error:
        raise BadLayerError(str(error)) from error
    for folder, member in reversed(folders):  # what was put into one changed its time
        if folder.is_dir() and not folder.is_symlink():
            os.utime(folder, (member.mtime, member.mtime))


@contextmanager
def _plain(layer: Path) -> Generator[BinaryIO]:
    with layer.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic.startswith(_GZIP):
            with gzip.GzipFile(fileobj=file) as stream:
                yield stream  # type: ignore[misc]  # it is a file, though typeshed has a name of its own for it
        elif magic == _ZSTD:
            with _zstd(layer) as stream:
                yield stream
        else:
            yield file


@contextmanager
def _zstd(layer: Path) -> Generator[BinaryIO]:
    """Give what is in a file; Python before 3.14 needs a program for it."""
    program = shutil.which("zstd")
    if program is None:
        raise BadLayerError("the layer is compressed with zstd, and this machine has no program `zstd`")
    with subprocess.Popen(  # noqa: S603 -- a program of this machine
        [program, "-dcq", str(layer)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None  # noqa: S101 -- piped
        yield process.stdout  # type: ignore[misc]  # buffered
        while process.stdout.read(65536):
            pass
    if process.returncode != 0:
        raise BadLayerError("the layer is compressed with zstd, and broken")


def _place(
    archive: tarfile.TarFile, member: tarfile.TarInfo, root: Path, own: set[Path], *, keep_owners: bool
) -> None:
    path = inside(root, member.name)
    if path == root:
        if member.isdir():
            root.chmod(member.mode & _MODE)
        return
    if path.name.startswith(_WHITEOUT):
        _white_out(path, own)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or (path.exists() and not (member.isdir() and path.is_dir())):
        _remove(path)
    if not _make(archive, member, path, root):
        return
    own.add(path)
    own.update(path.parents)
    _dress(path, member, keep_owners=keep_owners)


def _white_out(path: Path, own: set[Path]) -> None:
    """Take away what lies below: one name, or all that a folder had before this layer."""
    if path.name == _OPAQUE:
        for each in path.parent.iterdir() if path.parent.is_dir() else ():
            if each not in own:
                _remove(each)
        return
    name = path.name.removeprefix(_WHITEOUT)
    if name not in {"", ".", ".."}:
        _remove(path.with_name(name))


def _make(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path, root: Path) -> bool:
    """Make what a member is, without its mode; say whether there is anything now."""
    if member.isdir():
        path.mkdir(exist_ok=True)
    elif member.issym():
        path.symlink_to(member.linkname)
    elif member.islnk():
        os.link(inside(root, member.linkname), path, follow_symlinks=False)
        return False  # its mode is that of the other name
    elif member.isreg():
        content = archive.extractfile(member)
        with path.open("xb") as file:
            if content is not None:
                shutil.copyfileobj(content, file, 1024 * 1024)
    elif member.isfifo():
        os.mkfifo(path)
    else:
        return False
    return True


def _dress(path: Path, member: tarfile.TarInfo, *, keep_owners: bool) -> None:
    """Give it owner, mode, attributes and time, in the order in which they do not undo each other."""
    if keep_owners:
        os.chown(path, member.uid, member.gid, follow_symlinks=False)
    if not member.issym():
        path.chmod(member.mode & _MODE)
    if keep_owners and not member.issym():
        for name, value in member.pax_headers.items():
            if name.startswith(_XATTR):
                with contextlib.suppress(OSError):  # not all file systems have all of them
                    os.setxattr(path, name.removeprefix(_XATTR), value.encode("utf-8", "surrogateescape"))
    os.utime(path, (member.mtime, member.mtime), follow_symlinks=False)


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path)
        else:
            path.unlink()


def copy_into(original: Path, copy: Path) -> None:
    """Copy a folder with all that is in it, with modes, and with owners where that is allowed."""
    shutil.copytree(original, copy, symlinks=True, dirs_exist_ok=True)
    for each in (original, *original.rglob("*")):
        about = each.lstat()
        with contextlib.suppress(OSError):
            os.chown(copy / each.relative_to(original), about.st_uid, about.st_gid, follow_symlinks=False)
