"""What a plan gives up, in the order in which a person has to know it: what is alike, together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.plan.meaning import harm, meaning, rank
from private_fargate.plan.model import each

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.plan.model import Change, Fate

_NAMED: Final = 12  # resources that are named before the rest is counted
_FATES: Final[Mapping[Fate, str]] = {
    "Delete": "old deleted",
    "Retain": "old retained",
    "Snapshot": "old deleted after a snapshot",
}

_Key: TypeAlias = "tuple[str, str, str, Fate | None]"  # type, verb, meaning and fate


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Resources of one type that are given up in the same way.

    Attributes:
        verb: `replaced`, `perhaps replaced`, `removed` or `perhaps removed`.
        change: One of them.
        names: All of them, with the nested stacks that lead to each.
        reasons: The properties that replace them, each with what makes it change.
        meaning: What it means, in words.
    """

    verb: str
    change: Change
    names: tuple[str, ...]
    reasons: tuple[str, ...]
    meaning: str

    @property
    def is_harmless(self) -> bool:
        """Whether a replacement hurts nobody."""
        return harm(self.change) == "harmless"

    @property
    def title(self) -> str:
        """What becomes of it, on one line: `EC2::EIP removed, old deleted: Egress/NatAddress1`."""
        shown = ", ".join(self.names[:_NAMED])
        more = f" and {len(self.names) - _NAMED} more" if len(self.names) > _NAMED else ""
        fate = _FATES[self.change.fate or "Delete"]
        return f"{self.change.type.removeprefix('AWS::')} {self.verb}, {fate}: {shown}{more}"


def losses(changes: tuple[Change, ...]) -> tuple[Loss, ...]:
    """Return what is given up: the worst first, and causes before what follows from them."""
    found: dict[_Key, list[tuple[str, Change]]] = {}
    for path, change in each(changes):
        if change.gives_up:
            key = (change.type, _verb(change), meaning(change), change.fate)
            found.setdefault(key, []).append(("/".join((*path, change.logical_id)), change))
    return tuple(_loss(key, members) for key, members in sorted(found.items(), key=_place))


def _loss(key: _Key, members: list[tuple[str, Change]]) -> Loss:
    reasons = dict.fromkeys(reason for _, change in members for reason in _reasons(change))
    return Loss(
        verb=key[1],
        change=members[0][1],
        names=tuple(name for name, _ in members),
        reasons=tuple(reasons),
        meaning=key[2],
    )


def _verb(change: Change) -> str:
    if change.action in {"Remove", "Dynamic"}:
        return "removed" if change.action == "Remove" else "perhaps removed"
    return "replaced" if change.replacement == "yes" else "perhaps replaced"


def _place(item: tuple[_Key, list[tuple[str, Change]]]) -> tuple[int, bool, str, str]:
    """Return where a group comes: by its harm, and what is replaced for its own sake before the rest."""
    key, members = item
    follows = all(
        any(each.cause for each in change.properties if each.replaces != "no") for _, change in members
    )
    return min(rank(change) for _, change in members), follows, key[0], key[1]


def _reasons(change: Change) -> tuple[str, ...]:
    """Return the properties that replace a resource for its own sake; causes elsewhere are told there."""
    return tuple(
        f"{each.path.removeprefix('Properties/')}: {each.before or 'nothing'} -> {each.after or 'nothing'}"
        for each in change.properties
        if each.replaces != "no" and not each.cause
    )
