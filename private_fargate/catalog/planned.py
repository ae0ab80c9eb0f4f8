"""What a plan of Service Catalog says, as the changes of any other plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from private_fargate.plan.model import KNOWN_LATER, Certainty, Change, PropertyChange
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from private_fargate.plan.model import Action

_ACTIONS: Final[Mapping[str, Action]] = {"ADD": "Add", "MODIFY": "Modify", "REMOVE": "Remove"}
_REPLACEMENT: Final[Mapping[str, Certainty]] = {"TRUE": "yes", "CONDITIONAL": "perhaps", "FALSE": "no"}
_RECREATION: Final[Mapping[str, Certainty]] = {"ALWAYS": "yes", "CONDITIONALLY": "perhaps", "NEVER": "no"}
_ATTRIBUTES: Final[Mapping[str, str]] = {
    "PROPERTIES": "Properties",
    "METADATA": "Metadata",
    "CREATIONPOLICY": "CreationPolicy",
    "UPDATEPOLICY": "UpdatePolicy",
    "DELETIONPOLICY": "DeletionPolicy",
    "TAGS": "Tags",
}


def changes_of(described: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Return what becomes of each resource of the root, by logical ID.

    Service Catalog writes what CloudFormation says in capitals, and leaves out the values of properties and
    what becomes of a resource that is given up.
    """
    return tuple(sorted((_change(said) for said in described), key=lambda change: change.logical_id))


def completed(said: tuple[Change, ...], derived: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return what Service Catalog says, with what the templates tell of it: values, fates, nested stacks.

    A nested stack that is modified only because its template lies elsewhere is left out.

    Args:
        said: by Service Catalog, of the root's resources.
        derived: from the templates.
    """
    known = {change.logical_id: change for change in derived}
    return tuple(
        _told(change, known[change.logical_id]) if change.logical_id in known else change
        for change in said
        if change.type != STACK or change.action != "Modify" or change.logical_id in known
    )


def _told(said: Change, derived: Change) -> Change:
    properties = derived.properties or said.properties
    return replace(said, fate=derived.fate or said.fate, properties=properties, within=derived.within)


def _change(said: Mapping[str, Any]) -> Change:
    action = _ACTIONS.get(str(said.get("Action")), "Modify")
    replacement = (
        _REPLACEMENT.get(str(said.get("Replacement", "FALSE")), "no") if action == "Modify" else "no"
    )
    return Change(
        logical_id=said["LogicalResourceId"],
        type=said["ResourceType"],
        action=action,
        replacement=replacement,
        fate="Delete" if action == "Remove" or replacement != "no" else None,
        physical_id=said.get("PhysicalResourceId", ""),
        properties=tuple(_properties(said)),
    )


def _properties(said: Mapping[str, Any]) -> Iterator[PropertyChange]:
    """Yield each place that changes, once."""
    found: dict[str, PropertyChange] = {}
    for detail in said.get("Details", []):
        target = detail.get("Target", {})
        attribute = _ATTRIBUTES.get(str(target.get("Attribute")), str(target.get("Attribute", "")))
        path = f"{attribute}/{target['Name']}" if target.get("Name") else attribute
        found[path] = PropertyChange(
            path=path,
            before=KNOWN_LATER,
            after=KNOWN_LATER,
            replaces=_RECREATION.get(str(target.get("RequiresRecreation", "NEVER")), "no"),
            cause=str(detail.get("CausingEntity", "")),
        )
    yield from found.values()
