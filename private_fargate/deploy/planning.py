"""What AWS says that a change set would do, with those of all nested stacks: as a plan's changes.

A change set is described twice, without and with values of properties: with them AWS leaves out what it
cannot validate (boto3 issue 4178), and without them it does not say from what to what.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from private_fargate.deploy.change_set import is_empty, raw_changes
from private_fargate.plan.model import KNOWN_LATER, Certainty, Change, Fate, PropertyChange
from private_fargate.plan.properties import told_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.session import Client, Session

_LATER: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
_REPLACEMENT: Final[Mapping[str, Certainty]] = {"True": "yes", "Conditional": "perhaps", "False": "no"}
_RECREATION: Final[Mapping[str, Certainty]] = {"Always": "yes", "Conditionally": "perhaps", "Never": "no"}
_FATES: Final[Mapping[str, Fate]] = {
    "Delete": "Delete",
    "Retain": "Retain",
    "Snapshot": "Snapshot",
    "ReplaceAndDelete": "Delete",
    "ReplaceAndRetain": "Retain",
    "ReplaceAndSnapshot": "Snapshot",
}


def changes_in(session: Session, change_set: str) -> tuple[Change, ...]:
    """Return what a change set would do, in order of logical ID.

    A nested stack in which nothing changes is left out: AWS lists it as modified because its template lies
    elsewhere, or because it could not know better before it has looked.

    Args:
        session: where.
        change_set: the ARN of a root's or a child's, ready.
    """
    return _changes(session.client("cloudformation"), change_set)


def is_nested(session: Session, change_set: str) -> bool:
    """Say whether AWS worked out the change sets of the nested stacks, too."""
    described = session.client("cloudformation").describe_change_set(ChangeSetName=change_set)
    return bool(described.get("IncludeNestedStacks"))


def _changes(cloudformation: Client, change_set: str) -> tuple[Change, ...]:
    found: list[Change] = []
    for said in _described(cloudformation, change_set):
        below = str(said.get("ChangeSetId", ""))
        within = _changes(cloudformation, below) if below else ()
        is_quiet = below and not within and said["Action"] == "Modify"
        if is_quiet and (_only_moves(said) or _is_unchanged(cloudformation, below)):
            continue
        found.append(_change(said, within))
    return tuple(sorted(found, key=lambda change: change.logical_id))


def _only_moves(said: Mapping[str, Any]) -> bool:
    """Say whether a nested stack's template only lies elsewhere now."""
    targets = [detail.get("Target", {}) for detail in said.get("Details", [])]
    return {target.get("Name") or "TemplateURL" for target in targets} == {"TemplateURL"}


def _is_unchanged(cloudformation: Client, change_set: str) -> bool:
    return is_empty(cloudformation.describe_change_set(ChangeSetName=change_set))


def _described(cloudformation: Client, change_set: str) -> Iterator[dict[str, Any]]:
    """Yield AWS's descriptions of the resources that change, with values where AWS has them."""
    valued = {
        change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"]
        for change in raw_changes(cloudformation, change_set, with_values=True)
        if "ResourceChange" in change
    }
    for change in raw_changes(cloudformation, change_set):
        if "ResourceChange" in change:
            plain = change["ResourceChange"]
            yield {**plain, **valued.get(plain["LogicalResourceId"], {})}


def _change(said: Mapping[str, Any], within: tuple[Change, ...]) -> Change:
    action = "Modify" if said["Action"] == "SyncWithActual" else said["Action"]
    replacement = _REPLACEMENT.get(str(said.get("Replacement", "False")), "no")
    properties = tuple(sorted(_properties(said), key=lambda change: change.path))
    gives_up = action == "Remove" or replacement != "no"
    return Change(
        logical_id=said["LogicalResourceId"],
        type=said["ResourceType"],
        action=action,
        replacement=replacement if action == "Modify" else "no",
        fate=_FATES.get(str(said.get("PolicyAction", "")), "Delete") if gives_up else None,
        physical_id=said.get("PhysicalResourceId", ""),
        properties=properties,
        within=within,
    )


def _properties(said: Mapping[str, Any]) -> Iterator[PropertyChange]:
    """Yield what changes in a resource, each place once: static details first, they carry the values."""
    seen: dict[str, PropertyChange] = {}
    details = cast("list[dict[str, Any]]", said.get("Details", []))
    for detail in sorted(details, key=lambda each: str(each.get("Evaluation")) != "Static"):
        target = cast("dict[str, Any]", detail.get("Target", {}))
        path = _path(target)
        replaces = _RECREATION.get(str(target.get("RequiresRecreation", "Never")), "no")
        if path in seen and _certainty(seen[path].replaces, replaces) == seen[path].replaces:
            continue
        seen[path] = PropertyChange(
            path=path,
            before=_value(target.get("BeforeValue")),
            after=_value(target.get("AfterValue")) or _unknown(detail),
            replaces=replaces,
            cause=str(detail.get("CausingEntity", "")),
        )
    for change in seen.values():
        yield from _told_apart(change)


def _told_apart(change: PropertyChange) -> Iterator[PropertyChange]:
    """Yield a change down to where a person reads it: of a mapping, the entries that differ."""
    if change.before is None or change.after is None or change.after == KNOWN_LATER:
        yield change
        return
    for path, before, after in told_apart(change.path, change.before, change.after):
        yield replace(change, path=path, before=before, after=KNOWN_LATER if after == _LATER else after)


def _unknown(detail: Mapping[str, Any]) -> str | None:
    """Return what stands for a value that AWS did not tell: a removed one is none, others come later."""
    removed = detail.get("Target", {}).get("AttributeChangeType") == "Remove"
    return None if removed else KNOWN_LATER


def _certainty(one: Certainty, other: Certainty) -> Certainty:
    if "yes" in {one, other}:
        return "yes"
    return "perhaps" if "perhaps" in {one, other} else "no"


def _path(target: Mapping[str, Any]) -> str:
    """Return where the change is: AWS's path if it tells one, else attribute and name of the property."""
    if target.get("Path"):
        return str(target["Path"]).lstrip("/")
    attribute, name = str(target.get("Attribute", "")), str(target.get("Name", ""))
    return f"{attribute}/{name}" if name else attribute


def _value(text: object) -> str | None:
    """Return a value as text that reads alike wherever it comes from: JSON is compact, in order."""
    if text is None:
        return None
    if text == _LATER:
        return KNOWN_LATER
    try:
        document = json.loads(str(text))
    except ValueError:
        return str(text)
    return (
        json.dumps(document, sort_keys=True, separators=(",", ":"))
        if isinstance(document, dict | list)
        else str(text)
    )
