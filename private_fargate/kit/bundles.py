"""Inputs and outputs of a stack as bundles of wires: what each field is called in a template.

A field is a wire, a mapping of wires by key, or None where this shape of the stack has no such
wire.  The field's name is the only place where a parameter or an output is spelled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from private_fargate.kit.naming import logical_id
from private_fargate.kit.wires import Wire

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Member: TypeAlias = Wire | Mapping[str, Wire] | None
Bundle = TypeVar("Bundle")


def members(bundle: object) -> dict[str, Member]:
    """Return the fields of a bundle by name, in the order in which they are declared."""
    instance = cast("DataclassInstance", bundle)
    return {entry.name: cast("Member", getattr(instance, entry.name)) for entry in fields(instance)}


def titles(name: str, member: Member) -> dict[str, Wire]:
    """Return the wires of one field by their title in the template.

    >>> list(titles("vpc_id", Wire("vpc-1"))), list(titles("peer_port", {"1": Wire(80)}))
    (['VpcId'], ['PeerPort1'])
    """
    if member is None:
        return {}
    if isinstance(member, Mapping):
        return {logical_id(name) + logical_id(key): wire for key, wire in member.items()}
    return {logical_id(name): member}


def wires(bundle: object) -> dict[str, Wire]:
    """Return all wires of a bundle by their title in the template."""
    return {
        title: wire
        for name, member in members(bundle).items()
        for title, wire in titles(name, member).items()
    }


def replaced(bundle: Bundle, replace: Callable[[str, Wire], Wire]) -> Bundle:
    """Return a bundle of the same class with each wire replaced by what stands for its title."""
    values: dict[str, Member] = {}
    for name, member in members(bundle).items():
        new = {title: replace(title, wire) for title, wire in titles(name, member).items()}
        if isinstance(member, Mapping):
            values[name] = dict(zip(member, new.values(), strict=True))
        else:
            values[name] = next(iter(new.values()), None)
    return type(bundle)(**values)
