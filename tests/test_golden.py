"""The templates of the example environments, to the byte, and the address of every resource in them.

A logical ID is an address in someone's account: a change of it replaces the resource.  So a changed
line in `logical_ids.txt` belongs under "Replaces" in the changelog.  To accept what has changed:
`python tests/test_golden.py`, and read the diff.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from private_fargate.config import load
from stacks import artifacts, launchable, parent

GOLDEN = Path(__file__).parent / "golden"
ENVIRONMENTS = sorted((Path(__file__).parent.parent / "environments").glob("*.yaml"))


def render(path: Path) -> dict[str, bytes]:
    return parent.render(load(path))


def product() -> dict[str, bytes]:
    """Return the product of the one example that is offered; its resources are those of the example."""
    return launchable.render(load(next(path for path in ENVIRONMENTS if path.stem == "demo")))


def logical_ids() -> str:
    """Return a line for each resource of the examples: environment, stack, logical ID, type."""
    bucket = json.loads(artifacts.render()[artifacts.FILE])["Resources"]
    lines = [f"artifacts {name} {resource['Type']}" for name, resource in bucket.items()]
    for path in ENVIRONMENTS:
        files = render(path)
        root = json.loads(files["parent.json"])["Resources"]
        for title, stack in root.items():
            lines.append(f"{path.stem} {title} {stack['Type']}")
            child = json.loads(files[stack["Properties"]["TemplateURL"]])["Resources"]
            lines += [f"{path.stem} {title}/{name} {resource['Type']}" for name, resource in child.items()]
    return "\n".join(sorted(lines)) + "\n"


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_templates_are_what_they_were(path: Path) -> None:
    golden = {file.name: file.read_bytes() for file in (GOLDEN / path.stem).iterdir()}
    assert render(path) == golden


def test_the_product_is_what_it_was() -> None:
    golden = {file.name: file.read_bytes() for file in (GOLDEN / "demo-product").iterdir()}
    assert product() == golden


def test_the_bucket_for_templates_is_what_it_was() -> None:
    golden = {file.name: file.read_bytes() for file in (GOLDEN / "artifacts").iterdir()}
    assert artifacts.render() == golden


def test_no_resource_has_moved() -> None:
    assert logical_ids() == (GOLDEN / "logical_ids.txt").read_text()


def accept() -> None:
    """Write what is rendered now over what was rendered before."""
    systems = {path.stem: render(path) for path in ENVIRONMENTS}
    systems |= {"artifacts": artifacts.render(), "demo-product": product()}
    for name, files in systems.items():
        folder = GOLDEN / name
        folder.mkdir(parents=True, exist_ok=True)
        for stale in {file.name for file in folder.iterdir()} - set(files):
            (folder / stale).unlink()
        for file, body in files.items():
            (folder / file).write_bytes(body)
    (GOLDEN / "logical_ids.txt").write_text(logical_ids())


if __name__ == "__main__":
    accept()
