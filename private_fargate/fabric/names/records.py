"""What stands in a zone, and how a name is looked up in it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from ipaddress import IPv4Address

ANY: Final = "ANY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The records of one type under one name.

    Attributes:
        ttl: seconds for which an answer may be remembered.
        values: as a zone file has them: `10.0.0.7`, `1 1 80 target.`.
        most: how many of them an answer has, drawn at random; None for all, in random order.
    """

    ttl: int
    values: tuple[str, ...]
    most: int | None = None

    def draw(self) -> tuple[str, ...]:
        """Return the values of one answer."""
        count = len(self.values) if self.most is None else min(self.most, len(self.values))
        return tuple(random.sample(self.values, count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A domain about which its owner alone has a say.

    Attributes:
        name: in small letters, without a final dot; `` for the root.
        names: whole names in small letters -> type of record -> records; `*.name` stands for all that are
            below `name` and not there themselves.
    """

    name: str
    names: Mapping[str, Mapping[str, Choice]]

    def contains(self, name: str) -> bool:
        """Say whether a name is in the zone."""
        return not self.name or name == self.name or name.endswith(f".{self.name}")

    def find(self, name: str) -> Mapping[str, Choice] | None:
        """Return the records of a name in the zone; none if only others are below it; None if it is unknown.

        Source: RFC 4592, section 3.3.1: of the names above an unknown one, the nearest that is there decides.
        """
        parent = name
        while not self._is_there(parent):
            parent = parent.partition(".")[2]
        if parent == name:
            return self.names.get(name, {})
        return self.names.get(f"*.{parent}")

    def _is_there(self, name: str) -> bool:
        return name == self.name or any(each == name or each.endswith(f".{name}") for each in self.names)


def addresses(found: Iterable[IPv4Address], ttl: int) -> Choice:
    """Return the records that have these addresses."""
    return Choice(ttl=ttl, values=tuple(str(each) for each in found))
