"""Which releases of other people's packages are installed, in a millisecond.

`importlib.metadata` answers the same, but its import alone costs more than a build in which
nothing changed may take.  The answer is in the names of folders: `cfn_lint-1.58.0.dist-info`.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@cache
def _distributions() -> dict[str, str]:
    """Map the normalised name of each installed distribution to its version.

    The first entry of `sys.path` that has a distribution wins, as it does on import.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            entries = os.listdir(folder)  # noqa: PTH208 -- pathlib would build an object for each of 200
        except OSError:
            continue
        for entry in entries:
            if entry.endswith(".dist-info"):
                name, _, version = entry.removesuffix(".dist-info").partition("-")
                found.setdefault(normalised(name), version)
    return found


def normalised(name: str) -> str:
    """Spell a distribution in the one way in which names compare.

    >>> normalised("ruamel.yaml"), normalised("cfn_lint")
    ('ruamel-yaml', 'cfn-lint')
    """
    return name.replace("_", "-").replace(".", "-").lower()


def versions(names: Iterable[str]) -> dict[str, str]:
    """Give the installed version of each distribution, in the order asked; "none" where it is missing."""
    installed = _distributions()
    return {name: installed.get(normalised(name), "none") for name in names}
