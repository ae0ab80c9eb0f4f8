"""The least that a builder in Python can do: start, read the configuration, write the same bytes.

`python floor.py CONFIGURATION TEMPLATES DIRECTORY`; it imports nothing of ours.
"""

import os
import sys


def main(configuration: str, templates: str, directory: str) -> None:
    """Read the configuration, and copy the finished templates into a directory."""
    with open(configuration, "rb") as file:  # noqa: PTH123 -- pathlib takes as long as all the rest here
        file.read()
    os.makedirs(directory, exist_ok=True)  # noqa: PTH103 -- as above
    for name in os.listdir(templates):  # noqa: PTH208 -- as above
        with open(f"{templates}/{name}", "rb") as source, open(f"{directory}/{name}", "wb") as target:  # noqa: PTH123 -- as above
            target.write(source.read())


if __name__ == "__main__":
    main(*sys.argv[1:])
