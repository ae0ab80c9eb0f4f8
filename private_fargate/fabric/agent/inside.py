"""Paths within a folder that is somebody else's root: no symbolic link leads out of it."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_LINKS: Final = 40  # as the kernel has it; Source: path_resolution(7)


def inside(root: Path, name: str, *, follow: bool = False) -> Path:
    """Return where a name is for whoever has this folder as root.

    Args:
        root: the folder.
        name: absolute or not; `..` at the top stays there.
        follow: whether the last part is followed too, if it is a link.

    Raises:
        OSError: links lead in a circle.
    """
    done: list[str] = []
    todo = deque(name.split("/"))
    links = 0
    while todo:
        part = todo.popleft()
        if part in {"", "."}:
            continue
        if part == "..":
            del done[-1:]
            continue
        here = root.joinpath(*done, part)
        is_last = not any(each not in {"", "."} for each in todo)
        if here.is_symlink() and (follow or not is_last):
            links += 1
            if links > _LINKS:
                raise OSError(f"{name}: too many levels of symbolic links")
            target = os.readlink(here)  # noqa: PTH115 -- the text of the link, and no path of ours
            done = [] if target.startswith("/") else done
            todo.extendleft(reversed(target.split("/")))
            continue
        done.append(part)
    return root.joinpath(*done)
