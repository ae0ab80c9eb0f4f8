"""Which texts some patterns tell apart: one text for each set of patterns that a text can match.

Whether a policy allows more than another is asked of every text there is.  Patterns with `*` and `?` tell
only so many texts apart, and an automaton that reads all patterns at once finds one of each kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OTHER: Final = "\ue001"
"""A character that no pattern has: it stands for all of those."""

MOST_STATES: Final = 20_000
"""So many states take about a second; patterns that need more are not told apart to the end."""

_STARS: Final = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class Classes:
    """The kinds of texts.

    Attributes:
        texts: One text of each kind.
        complete: Whether these are all kinds.
    """

    texts: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Automaton:
    """Patterns side by side, each place in one a bit of a number.

    Attributes:
        start: Where reading begins.
        accepting: The places behind the last character of each.
        stars: The places with `*`.
        marks: The places with `?`.
        letters: Character -> the places with it.
        of: Place -> its character.
    """

    start: int
    accepting: int
    stars: int
    marks: int
    letters: Mapping[str, int]
    of: Mapping[int, str]

    def step(self, state: int, character: str) -> int:
        moved = (state & (self.letters.get(character, 0) | self.marks)) << 1
        return self.closed(moved | (state & self.stars))

    def closed(self, state: int) -> int:
        """Add what is reached without reading: the place behind a star."""
        return state | ((state & self.stars) << 1)

    def next_characters(self, state: int) -> set[str]:
        found = {OTHER} if state & (self.stars | self.marks) else set[str]()
        rest = state & ~(self.stars | self.marks | self.accepting)
        while rest:
            lowest = rest & -rest
            found.add(self.of[lowest.bit_length() - 1])
            rest ^= lowest
        return found


def _automaton(patterns: Sequence[str]) -> _Automaton:
    start = accepting = stars = marks = place = 0
    letters: dict[str, int] = {}
    of: dict[int, str] = {}
    for pattern in patterns:
        start |= 1 << place
        for character in _STARS.sub("*", pattern):
            if character == "*":
                stars |= 1 << place
            elif character == "?":
                marks |= 1 << place
            else:
                letters[character] = letters.get(character, 0) | 1 << place
                of[place] = character
            place += 1
        accepting |= 1 << place
        place += 1
    return _Automaton(start, accepting, stars, marks, letters, of)


def classes(patterns: Sequence[str]) -> Classes:
    """Return one text of each kind that the patterns tell apart, the shortest, and of those the first.

    >>> classes(["s3:*", "s3:GetObject"]).texts
    ('', 's3:', 's3:GetObject')
    """
    machine = _automaton(sorted(set(patterns)))
    start = machine.closed(machine.start)
    states = {start: ""}
    found: dict[int, str] = {}
    waiting = [start]
    for state in waiting:
        text = states[state]
        found.setdefault(state & machine.accepting, text)
        if len(states) > MOST_STATES:
            return Classes(tuple(found.values()), complete=False)
        for character in sorted(machine.next_characters(state)):
            following = machine.step(state, character)
            if following not in states:
                states[following] = text + character
                waiting.append(following)
    found.setdefault(0, OTHER)  # what no pattern matches: there is always such a text, unless one is `*`
    return Classes(tuple(found.values()))
