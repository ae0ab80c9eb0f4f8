"""How a type of resource is made, changed and removed, and how CloudFormation is told of it.

A `Handler` says what one type needs.  `register` adds what is the same for all types: it decides between a
change in place and a replacement, and remembers what `Fn::GetAtt` gave, which an update must be able to
repeat.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ministack.core.responses import AccountRegionScopedDict
from ministack.services.cloudformation import provisioners

if TYPE_CHECKING:
    from collections.abc import Callable

Properties: TypeAlias = dict[str, Any]
Attributes: TypeAlias = dict[str, Any]

_ATTRIBUTES = AccountRegionScopedDict()  # by physical ID, which may be a name that every account can have

# Stacks are made side by side; what looks for a free address and takes it must not be interrupted in between.
ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True, kw_only=True)
class Handler:
    """What one type of resource needs; functions raise exceptions whose text is the reason of failure.

    Attributes:
        create: from logical ID, properties and stack name to the physical ID and what `Fn::GetAtt` gives.
        delete: takes the physical ID and the properties.
        update: takes the physical ID, the old and the new properties, and changes the resource in place;
            without it every change but one of the tags is a replacement.
        create_only: properties whose change is a replacement all the same.
        retag: takes the physical ID and the properties; None for a type that has no tags.
    """

    create: Callable[[str, Properties, str], tuple[str, Attributes]]
    delete: Callable[[str, Properties], None]
    update: Callable[[str, Properties, Properties], None] | None = None
    create_only: frozenset[str] = frozenset()
    retag: Callable[[str, Properties], None] | None = None


def changed(old: Properties, new: Properties) -> frozenset[str]:
    """Return the names of the properties that differ."""
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def is_true(value: object) -> bool:
    """Return a boolean property as one: templates may spell it as text."""
    return str(value).lower() == "true"


def register(resource_type: str, handler: Handler) -> None:
    """Let CloudFormation make resources of this type with the handler, in the place of any other."""
    provisioners._RESOURCE_HANDLERS[resource_type] = {
        "create": lambda logical_id, properties, stack: _created(handler, logical_id, properties, stack),
        "delete": lambda physical_id, properties: _deleted(handler, physical_id, properties),
        "update": lambda physical_id, old, new, stack, logical_id=None: _updated(
            handler, physical_id, old, new, stack, logical_id
        ),
        "update_with_logical_id": True,
    }
    if handler.create_only:  # then change sets say so too, instead of "Conditional"
        provisioners._REPLACING_PROPERTIES[resource_type] = handler.create_only
    if handler.retag is None:
        provisioners._STACK_TAG_PROPERTY.pop(resource_type, None)
    else:
        provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")


def keep_only(resource_types: frozenset[str]) -> None:
    """Refuse all other types, in the words in which CloudFormation refuses a type that does not exist.

    Raises:
        RuntimeError: nothing makes one of the types.
    """
    known = provisioners._RESOURCE_HANDLERS
    if missing := resource_types - known.keys():
        raise RuntimeError(f"nothing makes {sorted(missing)}")
    for resource_type in known.keys() - resource_types:
        del known[resource_type]


def _created(handler: Handler, logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
    with ONE_AT_A_TIME:
        physical_id, attributes = handler.create(logical_id, properties, stack)
        if handler.retag:
            handler.retag(physical_id, properties)
    _ATTRIBUTES[physical_id] = attributes
    return physical_id, attributes


def _deleted(handler: Handler, physical_id: str, properties: Properties) -> None:
    with ONE_AT_A_TIME:
        handler.delete(physical_id, properties)
    _ATTRIBUTES.pop(physical_id, None)


def _updated(  # noqa: PLR0913, PLR0917 -- ministack calls it so
    handler: Handler, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str | None
) -> tuple[str, Attributes]:
    """Change the resource in place, or make the new one first and then remove the old one, as AWS does."""
    differing = changed(old, new)
    if handler.update is not None and not differing & handler.create_only:
        with ONE_AT_A_TIME:
            handler.update(physical_id, old, new)
    elif differing != {"Tags"}:
        replacement = _created(handler, logical_id or physical_id, new, stack)
        cleanup_follows = provisioners._DEFERRED_PREDECESSOR_DELETES.get() is not None
        if replacement[0] != physical_id and not cleanup_follows:
            provisioners._delete_predecessor(_deleted, handler, physical_id, old)
        return replacement
    if handler.retag:
        handler.retag(physical_id, new)
    return physical_id, _ATTRIBUTES.get(physical_id, {})
