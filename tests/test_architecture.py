"""Two rules make the tree mean something: who imports whom, and one template for each module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GROUPS_AND_ROOTS = {  # they nest stacks, so they know them
    "launchable",
    "parent",
    "product",
    "repositories",
    "services",
}

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),  # the base of every error that a person reads
    "installed": set(),  # versions of the tools
    "inputs": {"installed"},  # digests of what a rendering depends on
    "aws": set(),
    "config": {"aws", "errors", "kit"},
    "kit": {"aws"},
    "stacks": {"aws", "config", "kit"},
    "cfn_lint_rules": {"verify"},
    "verifying": {"errors", "inputs", "lint", "output", "report", "verify"},
    "building": {"config", "errors", "inputs", "lint", "output", "stacks", "verifying"},
    "lint": {"aws", "errors", "inputs", "installed"},
    "output": {"errors", "inputs", "installed"},
    "mirroring": {"config", "deploy", "kit", "stacks"},
    "artifacts": {"deploy", "errors", "output", "stacks"},
    "whereabouts": {"config", "deploy", "errors"},
    "approving": {"errors", "plan", "report"},
    "deploying": {
        "artifacts",
        "building",
        "config",
        "deploy",
        "errors",
        "inputs",
        "plan",
        "terminal",
        "whereabouts",
    },
    "switching_on": {
        "config",
        "deploy",
        "deploying",
        "errors",
        "local",
        "mirroring",
        "plan",
        "terminal",
    },
    "onlookers": {"approving", "deploy", "plan", "report"},
    "catalog": {
        "artifacts",
        "aws",
        "building",
        "config",
        "deploy",
        "deploying",
        "errors",
        "inputs",
        "plan",
        "report",
        "terminal",
        "verify",
        "whereabouts",
    },
    "launch_texts": {"catalog"},
    "rollout": {
        "approving",
        "building",
        "config",
        "deploy",
        "deploying",
        "errors",
        "onlookers",
        "plan",
        "stacks",
        "whereabouts",
    },
    "verify": {"aws"},  # it reads what is shipped, not what was meant, and so anyone's templates
    "live": set(),  # values of what is deployed: one part reads them, another shows them
    "plan": {"aws", "errors", "verify"},
    "report": {"aws", "config", "errors", "live", "plan", "verify"},
    "deploy": {"aws", "errors", "live", "plan"},
    "fabric": {"aws", "deploy", "errors"},  # it reads what is deployed, and knows neither stacks nor verifier
    "terminal": set(),  # what is shown, whatever it is about
    "networking": {"deploy", "errors", "fabric"},
    "doctoring": {"config", "deploy", "live", "mirroring", "plan", "stacks"},
    "trying": {"deploy", "errors", "fabric", "kit", "live", "networking"},
    "local": {
        "aws",
        "building",
        "config",
        "deploy",
        "errors",
        "fabric",
        "inputs",
        "kit",
        "lint",
        "mirroring",
        "networking",
        "output",
        "plan",
        "report",
        "stacks",
        "terminal",
    },
}


def imports(source: str) -> set[str]:
    """Return the dotted names that a module imports, also those imported inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def part_of(name: str) -> str | None:
    """Return which part of the house a dotted name belongs to, or None for someone else's."""
    parts = name.split(".")
    if parts[0] == "stacks":
        return "stacks"
    return parts[1] if parts[0] == "private_fargate" and len(parts) > 1 else None


def strangers(part: str, source: str) -> set[str]:
    """Return the parts that a module of this part imports and should not."""
    parts = {part_of(name) for name in imports(source)} - {None, part}
    return {name for name in parts if name} - MAY_IMPORT[part]


def sources(part: str) -> list[Path]:
    folder = ROOT / "stacks" if part == "stacks" else ROOT / "private_fargate" / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def siblings(path: Path, source: str) -> set[str]:
    """Return the other stack modules that a stack module imports."""
    own = path.relative_to(ROOT / "stacks").parts[0].removesuffix(".py")
    found = {name.split(".")[1] for name in imports(source) if name.startswith("stacks.")}
    return found - {own}


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_point_one_way(part: str) -> None:
    files = [path for path in sources(part) if path.exists()]
    assert files, "a rule about nothing holds always"
    assert {
        str(path.relative_to(ROOT)): found for path in files if (found := strangers(part, path.read_text()))
    } == {}


def test_a_stack_knows_no_other_stack() -> None:
    modules = [path for path in sources("stacks") if path.stem not in GROUPS_AND_ROOTS]
    assert len(modules) > 8
    assert {path.name: found for path in modules if (found := siblings(path, path.read_text()))} == {}


def test_each_stack_module_builds_one_template() -> None:
    for path in sorted((ROOT / "stacks").iterdir()):
        module = path / "__init__.py" if path.is_dir() else path
        if path.name.startswith("__") or not module.exists():
            continue
        functions = [
            node.name for node in ast.parse(module.read_text()).body if isinstance(node, ast.FunctionDef)
        ]
        assert functions.count("build") == 1, path.name


def test_only_the_deployer_and_the_embedded_aws_talk_to_aws() -> None:
    talkers = {
        part
        for part in MAY_IMPORT
        for path in sources(part)
        if path.exists()
        and any(name.split(".")[0] in {"boto3", "botocore"} for name in imports(path.read_text()))
    }
    assert talkers <= {"deploy", "local", "rollout"}


def test_a_violation_is_seen() -> None:
    """The rules above pass vacuously with ease, so here is one against which each has to fail."""
    assert strangers("kit", "from stacks import network") == {"stacks"}
    assert strangers("aws", "def late():\n    import private_fargate.config.models") == {"config"}
    assert siblings(ROOT / "stacks" / "egress.py", "from stacks.network import Outputs") == {"network"}
    assert siblings(ROOT / "stacks" / "egress.py", "from stacks import network") == {"network"}
