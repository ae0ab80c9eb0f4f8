"""What it means that a resource is given up: for its data, for who knows its address, for who uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.aws.consequences import CONSEQUENCES, HARMS, Consequence
from private_fargate.aws.create_only import STATEFUL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.aws.consequences import Harm
    from private_fargate.plan.model import Change, Fate

_CUSTOM: Final = "AWS::CloudFormation::CustomResource"

_UNKNOWN: Final = Consequence(
    "not known",
    "What a replacement means is not known for this type; see its page in AWS's reference.",
    "What its removal means is not known for this type; see its page in AWS's reference.",
    "",
)
_UNKNOWN_STORE: Final = Consequence(
    "data lost", "The data in the old one is lost; the new one begins empty.", "The data in it is lost.", ""
)

_KEPT: Final[Mapping[Fate, str]] = {
    "Retain": "The old one stays in the account with what is in it, outside of any stack, and is paid for.",
    "Snapshot": "A snapshot is made of the old one before it is deleted.",
}


def meaning(change: Change) -> str:
    """Return what a replacement or a removal means, in a few sentences; empty if nothing is given up."""
    if not change.gives_up:
        return ""
    told = _consequence(change.type)
    removed = change.action in {"Remove", "Dynamic"}
    kept = _KEPT.get(change.fate) if change.fate else None
    if kept is None:
        sentences = told.removed if removed else told.replaced
    elif removed:
        sentences = kept
    elif told.harm == "data lost":
        sentences = f"The new one begins empty. {kept}"
    else:
        sentences = f"{told.replaced} {kept}"
    if change.action == "Dynamic":
        return f"If it is removed: {sentences}"
    return f"If it is replaced: {sentences}" if change.replacement == "perhaps" else sentences


def harm(change: Change) -> Harm:
    """Return the worst that happens; what is retained loses no data."""
    if not change.gives_up:
        return "harmless"
    told = _consequence(change.type).harm
    return "outage" if told == "data lost" and change.fate in _KEPT else told


def rank(change: Change) -> int:
    """Return where a change comes in a list of what is given up: what is worst, first."""
    return HARMS.index(harm(change))


def _consequence(resource_type: str) -> Consequence:
    if resource_type.startswith("Custom::"):
        resource_type = _CUSTOM
    return CONSEQUENCES.get(resource_type, _UNKNOWN_STORE if resource_type in STATEFUL else _UNKNOWN)
