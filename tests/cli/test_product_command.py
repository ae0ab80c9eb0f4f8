"""`build.py product`: two sets of templates beside the environment's own, and none taken for another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from private_fargate import building, inputs
from private_fargate.cli_product import product
from private_fargate.errors import NotOfferedError
from private_fargate.lint.findings import Finding
from private_fargate.output import manifest, write

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.building import Kind

OFFERED = """\
name: offered
network: {zones: 3, egress: none}
services:
  web: {image: {repository: web}, port: 80}
catalog: {portfolio: Fargate, provider: Platform}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "offered.yaml"
    path.write_text(OFFERED)
    return path


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def place(path: Path, kind: Kind = "environment") -> Path:
        return tmp_path / "output" / f"{path.stem}-{kind}"

    monkeypatch.setattr(building, "place", place)
    return tmp_path / "output"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(product, arguments, standalone_mode=False, catch_exceptions=False)
    return result.return_value, result.stdout


@pytest.mark.slow
def test_a_product_is_built_and_proven_for_every_combination_once(
    settings: Path, output: Path, tmp_path: Path
) -> None:
    arguments = (str(settings), "--cache", str(tmp_path / "cache"), "--format", "json")
    code, text = run(*arguments)
    built = json.loads(text)
    assert (code, list(built)) == (0, ["product", "catalog"])
    assert "0 fail, 0 unproven, in all 16 combinations" in built["product"]["notes"][-1]
    for kind in ("product", "catalog"):
        assert (output / f"offered-{kind}" / "parent.json").is_file()
    assert run(*arguments) == (0, text)


def test_a_set_is_up_to_date_for_its_own_kind_and_settings_only(settings: Path, tmp_path: Path) -> None:
    made = inputs.read(settings, [settings], "product")
    templates = {"parent.json": b"{}"}
    write(tmp_path / "made", templates, manifest(templates, inputs=made))
    assert building.current(settings, tmp_path / "made", "product")
    assert building.current(settings, tmp_path / "made", "catalog") is None
    assert building.current(settings, tmp_path / "made") is None
    settings.write_text(OFFERED.replace("port: 80", "port: 81"))
    assert building.current(settings, tmp_path / "made", "product") is None


def test_each_set_has_a_place_of_its_own(settings: Path) -> None:
    places = [building.place(settings, kind).name for kind in ("environment", "product", "catalog")]
    assert places == ["offered", "offered-product", "offered-catalog"]


@pytest.mark.usefixtures("output")
def test_an_environment_that_is_not_offered_has_no_product(settings: Path) -> None:
    settings.write_text(OFFERED.replace("catalog:", "# catalog:"))
    with pytest.raises(NotOfferedError, match=r"offered\.yaml: catalog: it is missing, .* write catalog: "):
        run(str(settings))
    assert NotOfferedError.exit_code == 2


@pytest.mark.usefixtures("output")
def test_a_finding_in_either_set_is_told_by_the_exit_code(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Finding(file="parent.json", linter="verify", rule="X", severity="error", path="", message="m")

    def build(_path: Path, _directory: Path, *, kind: Kind, **_: object) -> building.Build:
        return building.Build(templates={}, is_new=False, findings=(found,) if kind == "catalog" else ())

    monkeypatch.setattr(building, "build", build)
    code, text = run(str(settings), "--format", "json")
    assert code == 1
    assert [len(built["findings"]) for built in json.loads(text).values()] == [0, 1]
