"""Words for what repeats: lists, numbers, and sentences that differ only in the zone that they name."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A name, an address or a number, with what joins its parts, but without the full stop of a sentence.
_WORD: Final = re.compile(r"([A-Za-z0-9](?:[\w./:-]*[A-Za-z0-9])?)")
_SHOWN: Final = 3
_TAIL: Final = re.compile(r"\d+|[A-Z]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def joined(items: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def counted(number: int, word: str) -> str:
    """Put a number before a word.

    >>> counted(1, "task"), counted(0, "need")
    ('1 task', '0 needs')
    """
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def some(names: Sequence[str], word: str) -> str:
    """Name the first few and count the others, unless there is only one other.

    >>> some(["a", "b", "c", "d"], "task"), some(["a", "b", "c", "d", "e"], "task")
    ('a, b, c and d', 'a, b, c and 2 more tasks')
    """
    if len(names) <= _SHOWN + 1:
        return joined(names)
    return joined([*names[:_SHOWN], counted(len(names) - _SHOWN, f"more {word}")])


def listed(names: Sequence[str]) -> str:
    """List names, and what they begin with only once if they are numbered or lettered.

    >>> listed(["PrivateSubnet1", "PrivateSubnet2", "PrivateSubnet3"])
    'PrivateSubnet1, 2 and 3'
    >>> listed(["Subnet10", "Subnet11"]), listed(["SubnetA", "SubnetB"]), listed(["Blue", "Green"])
    ('Subnet10 and 11', 'SubnetA and B', 'Blue and Green')
    >>> listed(["10.0.1.0", "10.0.2.0"]), listed(["1.28", "1.30"])
    ('10.0.1.0 and 10.0.2.0', '1.28 and 1.30')
    """
    prefix = _start(names).rstrip("0123456789")
    tails = [name.removeprefix(prefix) for name in names]
    if len(names) > 1 and prefix[-1:].isalpha() and all(map(_TAIL.fullmatch, tails)):
        return joined([names[0], *tails[1:]])
    return joined(names)


def tags(zones: Sequence[str]) -> dict[str, str]:
    """Say for each zone what tells its name from the others: where they begin and end alike is cut off.

    >>> tags(["PrivateSubnetA", "PrivateSubnetB"]), tags(["OneZone"])
    ({'PrivateSubnetA': 'A', 'PrivateSubnetB': 'B'}, {'OneZone': ''})
    """
    distinct = set(zones)
    if len(distinct) < 2:  # noqa: PLR2004 -- nothing to tell apart
        return dict.fromkeys(zones, "")
    start = len(_start(distinct))
    end = len(_start(zone[start:][::-1] for zone in distinct))
    return {zone: zone[start : len(zone) - end] for zone in zones}


def alike(one: str, other: str, zones: tuple[str, str], tags: tuple[str, str]) -> bool:
    """Say whether two sentences are the same but for the zone that each is about.

    Args:
        one: What is said of the first zone.
        other: What is said of the second.
        zones: The subnets, each by its logical ID.
        tags: What tells each from the other zones; see the function of that name.

    >>> alike("Subnet1RouteTable to Nat1", "Subnet2RouteTable to Nat2", ("Subnet1", "Subnet2"), ("1", "2"))
    True
    >>> alike("to NatA", "to NatB", ("SubnetA", "SubnetB"), ("A", "B")), alike("ab", "b", ("", ""), ("", ""))
    (True, False)
    """
    words, others = _WORD.split(one), _WORD.split(other)
    return len(words) == len(others) and all(
        word == opposite or _bare(word, zones[0], tags[0]) == _bare(opposite, zones[1], tags[1])
        for word, opposite in zip(words, others, strict=True)
    )


def _bare(word: str, zone: str, tag: str) -> str:
    """Take from a name what makes it that of a zone: the zone's own name, its letter, any number."""
    own = zone.rpartition("/")[2]
    named = word.replace(own, "@") if own else word
    return re.sub(r"\d+", "#", named.replace(tag, "#") if tag.isalpha() else named)


def folded(texts: Sequence[str]) -> str:
    """Make one sentence of several that are alike; where they differ it lists what they say.

    >>> folded(["Subnet1 has Route1Out", "Subnet2 has Route2Out"])
    'Subnet1 and 2 has Route1Out and Route2Out'
    """
    columns = zip(*map(_WORD.split, texts), strict=True)
    return "".join(listed(list(dict.fromkeys(column))) for column in columns)


def inert(text: str) -> str:
    r"""Take from a text what could steer a terminal: templates are anyone's.

    >>> inert("a\x1b[2Jb")
    'a\ufffd[2Jb'
    """
    return _CONTROL.sub("\ufffd", text)


def _start(names: Iterable[str]) -> str:
    """Return what all names begin with."""
    return os.path.commonprefix(list(names))  # noqa: RUF071 -- of names, letter by letter
