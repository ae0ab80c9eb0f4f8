"""The type checker sees wrong wires, and the project has none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CHECKER = Path(sys.executable).with_name("basedpyright")


def check(*paths: Path, settings: dict[str, object]) -> list[str]:
    """Return the errors that the checker reports."""
    configuration = paths[0].parent / "pyrightconfig.json"
    if not configuration.exists():
        configuration.write_text(json.dumps(settings))
    done = subprocess.run(  # our own checker
        [CHECKER, "--outputjson", "--project", configuration], capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout)
    return [
        f"{found['file']}:{found['range']['start']['line'] + 1}: {found['message']}"
        for found in report["generalDiagnostics"]
    ]


def strict(include: Path) -> dict[str, object]:
    return {
        "include": [str(include)],
        "extraPaths": [str(ROOT)],
        "typeCheckingMode": "strict",
        "reportMissingTypeStubs": False,
        "reportUnnecessaryTypeIgnoreComment": "error",
        "pythonVersion": "3.11",
        "venvPath": str(Path(sys.prefix).parent),
        "venv": Path(sys.prefix).name,
    }


def test_each_wrong_wire_is_seen_in_the_editor(tmp_path: Path) -> None:
    source = (ROOT / "tests" / "typing" / "wiring.py").read_text()
    assert source.count("pyright: ignore") == 9
    copy = tmp_path / "wiring.py"
    copy.write_text(source)
    assert check(copy, settings=strict(tmp_path)) == []


def test_an_ignore_that_hides_nothing_is_an_error(tmp_path: Path) -> None:
    copy = tmp_path / "wiring.py"
    copy.write_text("from stacks import discovery\n\ndiscovery.Config(namespace='demo')  # pyright: ignore\n")
    (found,) = check(copy, settings=strict(tmp_path))
    assert "Unnecessary" in found
