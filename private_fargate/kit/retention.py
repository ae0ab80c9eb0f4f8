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


def keep_once_made(*, retain: bool) -> dict[str, Any]:
    """Return the deletion policies of a resource that others hold on to as soon as it is there.

    Args:
        retain: whether it outlives its stack; one whose stack could not be made goes with it all the same,
            so that the next attempt makes no second one beside it.
    """
    return {**keep(retain=retain), "DeletionPolicy": "RetainExceptOnCreate"} if retain else keep(retain=False)
