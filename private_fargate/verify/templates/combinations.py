"""The combinations of what can be chosen: how many there are, and which are looked at first."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from private_fargate.verify.templates.questions import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Combinations:
    """How many of the ways in which conditions can turn out were looked at.

    Attributes:
        possible: How many there are.
        looked_at: Of how many the system was looked at.
        refused: How many the root's rules refuse.
        sampled: How many more times it was looked at, with other values of what no condition asks for.
        missed: What is decided only by a value that was taken as a sample, or not at all.
    """

    possible: int = 1
    looked_at: int = 1
    refused: int = 0
    sampled: int = 0
    missed: tuple[str, ...] = ()

    @property
    def are_all(self) -> bool:
        """Whether nothing was left out."""
        return not self.missed and self.looked_at + self.refused >= self.possible


def number(answers: Mapping[str, Sequence[Choice]]) -> int:
    """Count the combinations."""
    return math.prod(len(choices) for choices in answers.values())


def combinations(answers: Mapping[str, Sequence[Choice]], most: int) -> Iterator[dict[str, Choice]]:
    """Give all combinations; of too many those in which few choices differ from the first, or the last.

    >>> [len(list(combinations({"a": "xy", "b": "xyz"}, most))) for most in (4, 9)]
    [4, 6]
    """
    if number(answers) > most:
        yield from itertools.islice(_nearest(answers), most)
        return
    for picked in itertools.product(*answers.values()):
        yield dict(zip(answers, picked, strict=True))


def _nearest(answers: Mapping[str, Sequence[Choice]]) -> Iterator[dict[str, Choice]]:
    """Give the first and the last of everything, then what differs in one choice, then in two, and so on."""
    bases = [tuple(choices[0] for choices in answers.values()), tuple(c[-1] for c in answers.values())]
    columns = list(answers.values())
    seen: set[tuple[Choice, ...]] = set()
    for distance in range(len(columns) + 1):
        for base in bases:
            for changed in itertools.combinations(range(len(columns)), distance):
                ranges = [
                    [choice for choice in column if choice != kept] if index in changed else [kept]
                    for index, (column, kept) in enumerate(zip(columns, base, strict=True))
                ]
                for picked in itertools.product(*ranges):
                    if picked not in seen:
                        seen.add(picked)
                        yield dict(zip(answers, picked, strict=True))
