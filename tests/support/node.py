"""Tools that need Node.js, installed as their lock file says into a cache that git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache"
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")


def installed(source: Path) -> Path:
    """Return a folder with what the package.json and package-lock.json in `source` name.

    Installed on first use, which needs npm and its registry or cache; without them the test that asks fails.
    """
    lock = (source / "package-lock.json").read_bytes()
    folder = CACHE / f"node-{source.name}-{sha256(lock).hexdigest()[:12]}"
    if not folder.exists():
        unfinished = folder.with_suffix(f".{os.getpid()}")
        unfinished.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, unfinished)
        subprocess.run(NPM, cwd=unfinished, check=True)
        try:
            unfinished.rename(folder)
        except OSError:  # another worker was faster
            shutil.rmtree(unfinished)
    return folder
