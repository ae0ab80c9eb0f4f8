"""Resources of CloudFormation, with what they refer to left open to be spelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Layer: TypeAlias = Literal["Network", "Foundation", "Doors", "Services"]
Held: TypeAlias = Literal["inline", "policy", "attached", "attaching"]

LAYERS_IN_ORDER: Final[tuple[Layer, ...]] = ("Network", "Foundation", "Doors", "Services")


@dataclass(frozen=True)
class Of:
    """A reference to a resource: `Ref` without an attribute."""

    name: str
    attribute: str = ""


@dataclass(frozen=True)
class Pseudo:
    """A pseudo parameter, as `Region`."""

    name: str


@dataclass(frozen=True)
class Zone:
    """A zone of the region, by its number from 0."""

    number: int


@dataclass(frozen=True)
class Cut:
    """A block that is cut out of the block of the VPC."""

    block: str
    whole: str
    vpc: Of


@dataclass(frozen=True)
class Text:
    """A text with references in it."""

    pieces: tuple[str | Of | Pseudo, ...]


@dataclass(frozen=True)
class Resource:
    """A resource; `after` is what it waits for without referring to it."""

    name: str
    type: str
    layer: Layer
    properties: dict[str, Any]
    after: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How one says what can be said by resources of different kinds.

    Attributes:
        apart: The groups whose rules are resources of their own.
        held: How roles hold their statements.
        strategy: Whether services have a capacity provider strategy instead of a launch type.
        default_namespace: Whether the cluster says which namespace Service Connect has.
        named_logs: Whether log groups have names that somebody chose.
        cuts: Whether blocks are derived from that of the VPC.
    """

    apart: frozenset[str]
    held: Held
    strategy: bool
    default_namespace: bool
    named_logs: bool
    cuts: bool


def text(*pieces: str | Of | Pseudo) -> Text:
    return Text(pieces)
