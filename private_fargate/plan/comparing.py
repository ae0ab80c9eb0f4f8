"""What differs between two trees of templates, stack by stack, as the deployment will see it.

Expressions are resolved first, as the verifier does it.  What is replaced is followed into everything that
refers to it: in what cannot be changed it replaces in turn, elsewhere it changes a property.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.plan.fates import fate_of_removed, fate_of_replaced
from private_fargate.plan.model import Change
from private_fargate.plan.pairs import ANYWHERE, pairs
from private_fargate.plan.properties import Subject, property_changes
from private_fargate.plan.trees import ABSENT
from private_fargate.verify.templates.differences import Comparison
from private_fargate.verify.templates.symbols import Address

if TYPE_CHECKING:
    from private_fargate.plan.model import Action, Certainty, Fate, PropertyChange
    from private_fargate.plan.pairs import Pair
    from private_fargate.plan.trees import StackTemplate
    from private_fargate.verify.templates.places import Place

_CERTAINTIES: Final[tuple[Certainty, ...]] = ("no", "perhaps", "yes")


def compare(
    old: StackTemplate | None, new: StackTemplate | None, place: Place = ANYWHERE
) -> tuple[Change, ...]:
    """Return what changes from `old` to `new`, in order of logical ID; None is a stack that is not there.

    Args:
        old: what is deployed.
        new: what would be.
        place: where, as far as that is known.

    Raises:
        TemplateError: one of the templates is none.
    """
    worlds = tuple(_World.of(pair) for pair in pairs(old, new, place))
    return _changes(old or ABSENT, new or ABSENT, (), worlds, kept=False)


@dataclass(frozen=True, kw_only=True)
class _World:
    """One way in which things can turn out; the comparison is None unless there are two sides."""

    pair: Pair
    comparison: Comparison | None

    @classmethod
    def of(cls, pair: Pair) -> _World:
        if pair.before is None or pair.now is None:
            return cls(pair=pair, comparison=None)
        return cls(pair=pair, comparison=Comparison(pair.before, pair.now))


@dataclass(frozen=True, kw_only=True)
class _Verdict:
    """What becomes of one resource in one world; nothing if the action is None."""

    action: Action | None
    replacement: Certainty = "no"
    fate: Fate | None = None
    properties: tuple[PropertyChange, ...] = ()


def _changes(
    old: StackTemplate, new: StackTemplate, path: tuple[str, ...], worlds: tuple[_World, ...], *, kept: bool
) -> tuple[Change, ...]:
    """Return what changes in one stack; `kept` says that it is retained as a whole when it is given up."""
    changes: list[Change] = []
    for logical_id in sorted({*old.resources, *new.resources}):
        was, becomes = old.resources.get(logical_id), new.resources.get(logical_id)
        address = Address(path, logical_id)
        verdict = _merged([_verdict(world, address, is_written=was is not None) for world in worlds])
        fate = "Retain" if kept and verdict.fate else verdict.fate
        within = _changes(
            old.children.get(logical_id, ABSENT),
            new.children.get(logical_id, ABSENT),
            (*path, logical_id),
            worlds,
            kept=fate == "Retain",
        )
        action = verdict.action or ("Modify" if within else None)
        if action is not None:
            changes.append(
                Change(
                    logical_id=logical_id,
                    type=str((becomes or was or {})["Type"]),
                    action=action,
                    replacement=verdict.replacement,
                    fate=fate,
                    properties=verdict.properties,
                    within=within,
                )
            )
    return tuple(changes)


def _verdict(world: _World, address: Address, *, is_written: bool) -> _Verdict:
    """Return what becomes of one resource in one world; `is_written` says if the old template has it."""
    was, becomes = world.pair.old(address), world.pair.new(address)
    if was is None:
        # What was written and not made waits for a condition: that is decided at the deployment.
        return _Verdict(action=None if becomes is None else "Dynamic" if is_written else "Add")
    if becomes is None or world.comparison is None:
        return _Verdict(action="Remove", fate=fate_of_removed(was))
    subject = Subject(comparison=world.comparison, was=was, becomes=becomes)
    properties = property_changes(subject)
    replacement = _replacement(subject, properties)
    if not properties and replacement == "no":
        return _Verdict(action=None)
    return _Verdict(
        action="Modify",
        replacement=replacement,
        fate=None if replacement == "no" else fate_of_replaced(becomes),
        properties=properties,
    )


def _replacement(subject: Subject, properties: tuple[PropertyChange, ...]) -> Certainty:
    """Return whether a resource is replaced, by what the verifier follows or by what it does not know."""
    found = subject.replacement
    followed: Certainty = "no" if found is None else "yes" if found.certain else "perhaps"
    told: tuple[Certainty, ...] = (followed, *(each.replaces for each in properties))
    return max(told, key=_CERTAINTIES.index)


def _merged(verdicts: list[_Verdict]) -> _Verdict:
    """Return what can be said for all worlds: what is so in each of them, or only perhaps."""
    told = [verdict for verdict in verdicts if verdict.action is not None]
    if not told:
        return _Verdict(action=None)
    actions = {verdict.action for verdict in verdicts}
    first = next((verdict for verdict in told if verdict.replacement != "no"), told[0])
    removed = next((verdict for verdict in told if verdict.action == "Remove"), None)
    if len(actions) > 1 and removed is not None:
        return _Verdict(action="Dynamic", replacement="perhaps", fate=removed.fate)
    if len(actions) > 1 and first.action != "Modify":
        return _Verdict(action="Dynamic")
    replacements = {verdict.replacement for verdict in verdicts}
    certain: Certainty = first.replacement if len(replacements) == 1 else "perhaps"
    return _Verdict(action=first.action, replacement=certain, fate=first.fate, properties=first.properties)
