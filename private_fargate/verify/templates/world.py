"""What is taken for granted while a system is looked at once: the region, and how open choices turn out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from private_fargate.aws.endpoints import partition_of
from private_fargate.verify.templates.resolving import NO_VALUE
from private_fargate.verify.templates.symbols import has_unknown, is_unknown
from private_fargate.verify.templates.values import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.verify.templates.places import Place
    from private_fargate.verify.templates.symbols import Symbols, Value
    from private_fargate.verify.templates.values import Truth

PSEUDO: Final = "AWS::"

OWN_TO_A_STACK: Final = ("AWS::StackName", "AWS::StackId")
"""The pseudo parameters of which each nested stack has its own."""

_NEVER_EMPTY: Final = (*OWN_TO_A_STACK, "AWS::Region", "AWS::AccountId")


class World:
    """What is taken for granted while a system is looked at once.

    Attributes:
        symbols: The characters that stand for what only a deployment tells.
        place: Where the deployment is.
        parameters: The values that the root's parameters have in place of their defaults; None for a value
            that is not known, though there is a default.
        choices: What is assumed about values that conditions ask for: an unknown's name to its value, or
            to None for "none of those that the conditions name"; and a comparison to True or False.
    """

    def __init__(
        self,
        symbols: Symbols,
        place: Place,
        choices: Mapping[str, str | bool | None] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None:
        """Take some things for granted."""
        self.parameters: Mapping[str, str | None] = parameters or {}
        self.symbols = symbols
        self.choices: Mapping[str, str | bool | None] = choices or {}
        chosen = self.choices.get("AWS::Region")
        self.place = place
        if isinstance(chosen, str):
            self.place = replace(place, region=chosen, partition=partition_of(chosen))

    @property
    def region(self) -> str | None:
        """The region of the deployment; None if nobody said."""
        return self.place.region

    @property
    def partition(self) -> str:
        """The partition of the deployment."""
        return self.place.partition

    def pseudo(self, name: str) -> Value:
        """Give the value of a pseudo parameter."""
        if name == "AWS::NoValue":
            return NO_VALUE
        known = {
            "AWS::Region": self.place.region,
            "AWS::AccountId": self.place.account,
            "AWS::Partition": self.place.partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.place.partition == "aws-cn" else "amazonaws.com",
        }
        return known.get(name) or self.symbols.unknown(name, f"{name} is known at the deployment")

    def equal(self, one: Value, other: Value) -> Truth:
        """Compare two values as a condition does, under what is assumed."""
        plain = same(one, other)
        if plain is not None:
            return plain
        if self._is_some_name(one, other) or self._is_some_name(other, one):
            return False
        for unknown, literal in ((one, other), (other, one)):
            if is_unknown(unknown) and not has_unknown(literal):
                name = str(self.symbols.meaning(unknown))
                if name in self.choices:
                    chosen = self.choices[name]
                    return False if chosen is None else same(chosen, literal)
        assumed = self.choices.get(self.comparison(one, other))
        return assumed if isinstance(assumed, bool) else None

    def _is_some_name(self, value: Value, other: Value) -> bool:
        """Say whether a value is one that every deployment has, and the other is nothing."""
        name = str(self.symbols.meaning(value)) if is_unknown(value) else ""
        return other == "" and name.rpartition("/")[2] in _NEVER_EMPTY

    def comparison(self, one: Value, other: Value) -> str:
        """Name a comparison, so that it is the same wherever it is written."""
        return " = ".join(sorted((self.symbols.show(one), self.symbols.show(other))))
