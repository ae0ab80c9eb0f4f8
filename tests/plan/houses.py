"""Real outputs to make plans of: the golden templates of the environments."""

from __future__ import annotations

import json
from pathlib import Path

from private_fargate.plan.trees import StackTemplate, template_of

GOLDEN = Path(__file__).parent.parent / "golden"
ENVIRONMENTS = sorted(path.stem for path in (GOLDEN.parents[1] / "environments").glob("*.yaml"))
DIGEST = f"sha256:{'0' * 64}"


def output(name: str) -> dict[str, bytes]:
    """Return the templates of an environment by their file names."""
    return {path.name: path.read_bytes() for path in (GOLDEN / name).glob("*.json")}


def with_images(templates: dict[str, bytes]) -> dict[str, str]:
    """Return parameters with which every service has an image, and so its tasks."""
    declared = json.loads(templates["parent.json"])["Parameters"]
    return {name: DIGEST for name in declared if name.endswith("ImageDigest")}


def house(name: str) -> StackTemplate:
    templates = output(name)
    return template_of(templates, with_images(templates))


def moved(templates: dict[str, bytes], block: bytes = b"10.0.", to: bytes = b"10.7.") -> dict[str, bytes]:
    """Return templates with the network in another address range."""
    return {name: body.replace(block, to) for name, body in templates.items()}
