"""A root's parameters as a launch form: which values they can have, and which of them the rules let through.

Whoever launches fills in the form.  What conditions ask for is explored as worlds; what else there is to
choose, such as a size, is taken here: each value that is allowed, alone or with those that a rule ties it to.
"""

from __future__ import annotations

import ipaddress
import itertools
import math
import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.templates.assertions import Open, assertions, plainly
from private_fargate.verify.templates.values import as_items, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from private_fargate.verify.templates.assertions import Assertion
    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.symbols import Value

    Domain: TypeAlias = tuple[str | Open, ...]
    """What a parameter can be, what is most likely first."""

MOST_TRIALS: Final = 20_000
"""So many values together are tried to satisfy the rules; beyond that they are taken to be satisfied."""

MANY_NUMBERS: Final = 8
"""Of so many numbers each is looked at; of more, only the least and the largest."""

_LARGEST_VPC: Final = 16
_SMALLEST_VPC: Final = 28


class Form:
    """The parameters of a root, and what limits them.

    Attributes:
        explores: Whether a default is only one of the values that a parameter can have.
        is_given: Whether somebody gave a value of a parameter.
        asked: The parameters to which nobody gave a value, and for which the default is not taken.
        assertions: Those of the root's rules.
    """

    def __init__(
        self,
        body: Mapping[str, Tree],
        given: Mapping[str, Value],
        region: str | None = None,
        *,
        explores: bool = False,
    ) -> None:
        """Read a root's form.

        Args:
            body: The root's template.
            given: Values of parameters.
            region: Where it is deployed.
            explores: Whether a default is only one of the values that a parameter can have.
        """
        self.explores = explores
        found = body.get("Parameters") or {}
        self._declared: dict[str, dict[str, Tree]] = {
            name: declared if isinstance(declared, dict) else {} for name, declared in found.items()
        }
        self._given = {name: as_text(value) for name, value in given.items() if value is not None}
        self.is_given = bool(self._given)
        if region is not None:
            self._given["AWS::Region"] = region
        self.asked = frozenset(
            name
            for name in self._declared
            if name not in self._given and (explores or self.default(name) is None)
        )
        self.assertions = assertions(body)
        self._satisfied: dict[tuple[int, tuple[Domain, ...]], dict[str, str | Open] | None] = {}

    def default(self, name: str) -> str | None:
        """Give a parameter's default; None if it has none."""
        value = self._declared.get(name, {}).get("Default")
        return None if value is None else as_text(value)

    def allowed(self, name: str) -> tuple[str, ...]:
        """Give the values that a parameter is allowed; none if the template lists none."""
        listed = as_items(self._declared.get(name, {}).get("AllowedValues")).values
        return tuple(dict.fromkeys(as_text(value) for value in listed))

    def domain(self, name: str) -> Domain:
        """Give what a parameter can be, its default first."""
        if name not in self.asked:
            known = self._given.get(name, self.default(name))
            return (Open(),) if known is None else (known,)
        default, allowed = self.default(name), self.allowed(name)
        if allowed:
            return tuple(sorted(allowed, key=lambda value: value != default))
        return (Open(),) if default is None else (default, Open(frozenset({default})))

    @cached_property
    def _parts(self) -> list[tuple[tuple[str, ...], tuple[Assertion, ...]]]:
        """The assertions that share parameters, with these: each part can be satisfied by itself."""
        parts: list[tuple[set[str], list[Assertion]]] = []
        for assertion in self.assertions:
            names, members = set(assertion.parameters), [assertion]
            for part in [part for part in parts if part[0] & names]:
                parts.remove(part)
                names |= part[0]
                members = [*part[1], *members]
            parts.append((names, members))
        return [(tuple(sorted(names)), tuple(members)) for names, members in parts]

    def tied_to(self, name: str) -> tuple[str, ...]:
        """Give the parameters that rules tie to one, itself included."""
        return next((names for names, _ in self._parts if name in names), (name,))

    def satisfy(self, domains: Mapping[str, Domain]) -> dict[str, str | Open] | None:
        """Give values with which no assertion fails; None if there are none.

        Args:
            domains: What parameters can be, where that is less than the form allows.
        """
        found: dict[str, str | Open] = {}
        for index, (names, members) in enumerate(self._parts):
            ranges = tuple(domains.get(name) or self.domain(name) for name in names)
            key = index, ranges
            if key not in self._satisfied:
                self._satisfied[key] = self._first(names, members, ranges)
            satisfied = self._satisfied[key]
            if satisfied is None:
                return None
            found |= satisfied
        return found

    def conflict(self) -> tuple[Assertion, ...]:
        """Give assertions that no values satisfy: of each part that has none, those that refuse the first."""
        return tuple(
            assertion
            for names, members in self._parts
            if self._first(names, members, tuple(map(self.domain, names))) is None
            for assertion in members
            if plainly(assertion, self._read({name: self.domain(name)[0] for name in names})) is False
        )

    def together(self, names: Sequence[str]) -> Iterator[dict[str, str]]:
        """Give the values that some parameters can have at once; nothing if one is open, or they are many."""
        domains = [self.domain(name) for name in names]
        if math.prod(map(len, domains)) > MOST_TRIALS:
            return
        for values in itertools.product(*domains):
            texts = {name: value for name, value in zip(names, values, strict=True) if isinstance(value, str)}
            fixed: dict[str, Domain] = {name: (text,) for name, text in texts.items()}
            if len(texts) == len(names) and self.satisfy(fixed) is not None:
                yield texts

    def samples(self, decided: frozenset[str]) -> list[dict[str, str]]:
        """Give values in which each that a parameter is allowed, and that rules let through, is once.

        Args:
            decided: The parameters that are explored otherwise.
        """
        free = [name for name in self._declared if name in self.asked and name not in decided]
        series = [found for names in self._apart(free) if (found := self._series(names))]
        longest = max(map(len, series), default=0)
        sampled = [
            {name: value for each in series if index < len(each) for name, value in each[index].items()}
            for index in range(longest)
        ]
        return sampled + [{name: block} for name in free for block in self._blocks(name)]

    def _apart(self, free: Sequence[str]) -> list[tuple[str, ...]]:
        """Divide parameters into such as no rule ties together."""
        return list(dict.fromkeys(tuple(n for n in self.tied_to(name) if n in free) for name in free))

    def _series(self, names: Sequence[str]) -> list[dict[str, str]]:
        """Give values for parameters that rules tie together, so that each value of each is there once."""
        seen = {(name, self.default(name)) for name in names}
        found: list[dict[str, str]] = []
        for name in names:
            for value in self._telling(name):
                satisfied = None if (name, value) in seen else self.satisfy({name: (value,)})
                if satisfied is None:
                    continue
                texts = {other: satisfied.get(other) for other in names} | {name: value}
                found.append({other: text for other, text in texts.items() if isinstance(text, str)})
                seen |= set(found[-1].items())
        return found

    def _telling(self, name: str) -> tuple[str, ...]:
        """Give the values of a parameter that are looked at: all that are listed, of many numbers the ends.

        Rules that know which numbers are legal look up each of them.
        """
        declared, allowed = self._declared[name], self.allowed(name)
        if len(allowed) > MANY_NUMBERS and all(value.isdecimal() for value in allowed):
            numbers = sorted(allowed, key=int)
            return numbers[0], numbers[-1]
        if allowed or as_text(declared.get("Type", "")) != "Number":
            return allowed
        return tuple(as_text(declared[key]) for key in ("MinValue", "MaxValue") if key in declared)

    def _blocks(self, name: str) -> Iterator[str]:
        """Give the default's range in each size that a VPC may have and that the parameter allows."""
        default, pattern = self.default(name), self._declared[name].get("AllowedPattern")
        if default is None or "/" not in default or self.allowed(name):
            return
        try:
            block = ipaddress.IPv4Network(default)
            allowed = re.compile(as_text(pattern or ".*"))
        except (ValueError, re.error):
            return
        for prefix in range(_LARGEST_VPC, _SMALLEST_VPC + 1):
            sized = str(ipaddress.IPv4Network((block.network_address, prefix), strict=False))
            if sized != default and allowed.fullmatch(sized) and self.satisfy({name: (sized,)}) is not None:
                yield sized

    def _first(
        self, names: tuple[str, ...], members: tuple[Assertion, ...], ranges: tuple[Domain, ...]
    ) -> dict[str, str | Open] | None:
        """Give the first values with which no assertion fails."""
        if math.prod(map(len, ranges)) > MOST_TRIALS:
            return {}
        for picked in itertools.product(*ranges):
            values = dict(zip(names, picked, strict=True))
            if all(plainly(assertion, self._read(values)) is not False for assertion in members):
                return values
        return None

    def _read(self, values: Mapping[str, str | Open]) -> dict[str, Value]:
        """Give values as rules have them: a list where a parameter is one."""
        return {
            name: _parts(value) if isinstance(value, str) and self._is_list(name) else value
            for name, value in values.items()
        }

    def _is_list(self, name: str) -> bool:
        kind = as_text(self._declared.get(name, {}).get("Type", "String"))
        return kind == "CommaDelimitedList" or kind.startswith("List<")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []
