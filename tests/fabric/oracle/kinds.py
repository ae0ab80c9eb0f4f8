"""Kinds of faults: what was done, without the names of the system in which it was done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.verify.generated.systems import Acl, Endpoint, Nat, parts

if TYPE_CHECKING:
    from tests.verify.generated.systems import Part, System

_BLOCK: Final = re.compile(r"\d+\.\d+\.\d+\.\d+/\d+")
_GROUP: Final = re.compile(r"\b\w+Group\b")
_AREAS: Final[tuple[tuple[str, str], ...]] = (
    (r"private DNS|no names|no host names", "DNS"),
    (r"an ACL stops", "ACLs"),
    (r"a group|lets nothing out", "groups"),
    (r"an endpoint (stops|is for)", "policies"),
    (r"a role|without a task role", "roles"),
    (r"an endpoint", "endpoints"),
)


def kind_of(fault: str, system: System) -> str:
    """Return the kind of a fault of the generator, with the area that it is in."""
    names = {part.name: _word(part) for part in parts(system)}
    words = [names.get(word, word) for word in fault.split(" ")]
    text = _GROUP.sub("a group", _BLOCK.sub("a block", " ".join(words)))
    area = next((area for pattern, area in _AREAS if re.search(pattern, text)), "routes")
    return f"{area}: {text}"


def area_of(kind: str) -> str:
    """Return the area that a kind of fault is in."""
    return kind.partition(":")[0]


def _word(part: Part) -> str:
    irregular: dict[type, str] = {Acl: "an ACL", Endpoint: "an endpoint", Nat: "a NAT gateway"}
    return irregular.get(type(part), f"a {type(part).__name__.lower()}")
