"""What becomes of data when its resource is removed from a template."""

from __future__ import annotations

from typing import Any


def keep(*, retain: bool) -> dict[str, Any]:
    """Return the deletion policies of a resource that holds data.

    Args:
        retain: production keeps what it wrote; a demonstration leaves nothing behind.
    """
    choice = "Retain" if retain else "Delete"
    return {"DeletionPolicy": choice, "UpdateReplacePolicy": choice}
