"""Rendering alone, as a process: read an environment, render its templates, write them; no linter.

`python -m benchmarks.rendering CONFIGURATION DIRECTORY`
"""

import sys
from pathlib import Path

from private_fargate import config
from stacks import parent


def main(configuration: str, directory: str) -> None:
    """Render the templates of an environment's file into a directory."""
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    for name, body in parent.render(config.load(Path(configuration))).items():
        (target / name).write_bytes(body)


if __name__ == "__main__":
    main(*sys.argv[1:])
