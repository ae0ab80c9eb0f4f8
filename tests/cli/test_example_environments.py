"""The environments that come with the project are good as they are, and are built when they must be."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from private_fargate import building, config
from private_fargate.inputs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = sorted(path.stem for path in (ROOT / "environments").glob("*.yaml"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_built_and_linters_and_verifier_are_silent(name: str, tmp_path: Path) -> None:
    result = subprocess.run(
        [
            sys.executable,
            "build.py",
            "templates",
            name,
            "--output",
            tmp_path / "out",
            "--cache",
            tmp_path / "cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    proven, written = result.stderr.splitlines()
    assert (result.returncode, written) == (0, f"{tmp_path / 'out'} is written.")
    assert " proven, 0 fail, 0 unproven" in proven
    assert (tmp_path / "out" / "parent.json").is_file()


def test_a_change_of_what_an_environment_extends_is_a_change_of_it(tmp_path: Path) -> None:
    settings = tmp_path / "environments"
    shutil.copytree(ROOT / "environments", settings)
    prod, base = settings / "prod.yaml", settings / "base.yaml"
    assert set(config.sources(prod)) >= {prod, base}
    place, cache = tmp_path / "out", tmp_path / "cache"
    assert building.build(prod, place, cache=cache).is_new
    assert not building.build(prod, place, cache=cache).is_new
    with base.open("a") as file:
        file.write("# changed\n")
    assert building.build(prod, place, cache=cache).is_new
    base.rename(settings / "moved.yaml")
    assert building.current(prod, place) is None
