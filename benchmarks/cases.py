"""What is measured of ours: rendering, a cold build, a build of what is built, and one of one change."""

from __future__ import annotations

import itertools
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.environments import many
from benchmarks.measure import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent

FLOOR = "floor"
RENDER = "render"
COLD = "build, cold"
UNCHANGED = "nothing changed"
CHANGED = "one service changed"


def cases(services: int, scratch: Path) -> Iterator[Case]:
    """Yield the cases of a system of this many services.

    Each works in a folder of its own below `scratch`; the first run of a case, which is not counted,
    leaves behind what the next one finds.
    """
    configuration = scratch / f"benchmark-{services}.yaml"
    configuration.write_text(many(services), encoding="utf-8")
    yield from _rendering(configuration, scratch)
    yield from _building(configuration, scratch)
    yield _changing(services, scratch)


def _rendering(configuration: Path, scratch: Path) -> Iterator[Case]:
    """Yield rendering, and the floor, which copies what rendering wrote."""
    rendered = scratch / "rendered"
    command = [sys.executable, "-m", "benchmarks.rendering", str(configuration), str(rendered)]
    yield Case(RENDER, command, {"PYTHONPATH": str(ROOT)})
    floor = [sys.executable, str(ROOT / "benchmarks" / "floor.py")]
    yield Case(FLOOR, [*floor, str(configuration), str(rendered), str(scratch / "floor")])


def _building(configuration: Path, scratch: Path) -> Iterator[Case]:
    """Yield a build of which nothing is known, and one that changes nothing.

    The latter takes the short way that `make templates` takes: without options, so into output/.
    """
    directory, cache = scratch / "cold", scratch / "cold-cache"

    def forget() -> None:
        for folder in (directory, cache):
            shutil.rmtree(folder, ignore_errors=True)

    yield Case(COLD, _build(configuration, directory, cache), before=forget)
    yield Case(UNCHANGED, [sys.executable, str(ROOT / "build.py"), "templates", str(configuration)])


def _changing(services: int, scratch: Path) -> Case:
    """Return a build after a change of one service that was never seen before."""
    configuration = scratch / "changing.yaml"
    numbers = itertools.count(1)

    def change() -> None:
        configuration.write_text(many(services, changed=next(numbers)), encoding="utf-8")

    return Case(CHANGED, _build(configuration, scratch / "changing", scratch / "cache"), before=change)


def _build(configuration: Path, directory: Path, cache: Path) -> list[str]:
    command = [sys.executable, str(ROOT / "build.py"), "templates", str(configuration)]
    return [*command, "--output", str(directory), "--cache", str(cache)]
