"""The values in which consequences are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Harm: TypeAlias = Literal["data lost", "address changed", "outage", "harmless", "not known"]
"""The worst that happens when a resource is given up."""

HARMS: Final[tuple[Harm, ...]] = ("data lost", "address changed", "outage", "not known", "harmless")
"""From the worst."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What it means that a resource is given up.

    Attributes:
        harm: The worst of it.
        replaced: What a replacement means, for whom, in one or two sentences.
        removed: What it means that it is taken away for good.
        source: The AWS page that says so.
    """

    harm: Harm
    replaced: str
    removed: str
    source: str
