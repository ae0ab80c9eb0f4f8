"""Under which circumstances conditions hold: each way in which all that they ask can be answered.

A condition asks questions, such as whether the source is VPC vpc-1.  It holds if any of its questions is
answered with yes, or, if it is negative, if none is.  A circumstance is a set of answers that do not
contradict each other: who comes from 10.0.1.0/24 comes from 10.0.0.0/16 too.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators": keys that are absent make a
negative operator hold, and make `IfExists` hold.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from private_fargate.plan.security.classes import OTHER
from private_fargate.verify.iam import covers
from private_fargate.verify.templates.symbols import has_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from private_fargate.verify.iam.statements import Condition

MOST_CIRCUMSTANCES: Final = 2_048
"""Beyond so many not all are looked at, and the verdict is that it cannot be told."""

_ABSENT: Final = "null"
_EQUAL: Final = ("stringequals", "bool", "binaryequals", "numericequals", "stringequalsignorecase")
_LIKE: Final = ("stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase")
_UP: Final = ("numericlessthan", "numericlessthanequals")
_DOWN: Final = ("numericgreaterthan", "numericgreaterthanequals")
_WHOLE: Final = "forallvalues:"


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """One value that a key is compared with.

    Attributes:
        key: In lower case.
        operator: In lower case and without negation.
        value: As it is written; of `ForAllValues` all values, for they are one question.
    """

    key: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a condition asks, and whether the answer has to be no."""

    questions: frozenset[Question]
    negated: bool

    def holds(self, yes: frozenset[Question]) -> bool:
        """Say whether it holds if these questions are answered with yes, and all others with no."""
        return bool(self.questions & yes) != self.negated


@lru_cache(maxsize=4096)
def asked(condition: Condition) -> Asked:
    """Read a condition."""
    operator, key = condition.operator, condition.key
    if operator == _ABSENT:
        no = all(value.lower() == "false" for value in condition.values)
        return Asked(frozenset({Question(key, _ABSENT, "")}), negated=no)
    if operator.startswith(_WHOLE) or not operator:
        value = "\n".join(condition.values)
        return Asked(frozenset({Question(key, operator, value)}), negated=False)
    quantifier, _, name = operator.rpartition(":")
    or_absent = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated = "not" in name
    name = name.replace("not", "")
    full = f"{quantifier}:{name}" if quantifier else name
    if negated and quantifier:
        # "Any value is none of these" is no negation of "any value is one of these".
        value = "\n".join(condition.values)
        return Asked(frozenset({Question(key, f"{full} not", value)}), negated=False)
    folded = name in ("bool", "stringequalsignorecase")
    questions = {Question(key, full, value.lower() if folded else value) for value in condition.values}
    if or_absent and not negated:
        questions.add(Question(key, _ABSENT, ""))
    return Asked(frozenset(questions), negated)


def circumstances(conditions: Iterable[Condition]) -> tuple[list[frozenset[Question]], bool]:
    """Return every consistent set of questions that can be answered with yes, and whether these are all."""
    every = [asked(condition) for condition in conditions]
    groups = _groups(every)
    found: list[frozenset[Question]] = []
    for yes in _consistent(groups, 0, ()):
        if len(found) >= MOST_CIRCUMSTANCES:
            return found, False
        found.append(frozenset(question for group in yes for question in group))
    return found, True


def _groups(every: list[Asked]) -> list[tuple[Question, ...]]:
    """Put together the questions that all conditions ask together: one answer stands for all of them."""
    askers: dict[Question, frozenset[int]] = {}
    for number, one in enumerate(every):
        for question in one.questions:
            askers[question] = askers.get(question, frozenset()) | {number}
    groups: dict[tuple[frozenset[int], str], list[Question]] = {}
    for question in sorted(askers):
        alone = _ABSENT if question.operator == _ABSENT else question.key
        groups.setdefault((askers[question], alone), []).append(question)
    return [tuple(group) for group in groups.values()]


def _consistent(
    groups: Sequence[tuple[Question, ...]], index: int, yes: tuple[tuple[Question, ...], ...]
) -> Iterator[tuple[tuple[Question, ...], ...]]:
    """Yield the answers from a group on that fit those before it."""
    if index == len(groups):
        if all(_follows(groups, yes, group) for group in yes):
            yield yes
        return
    group = groups[index]
    yield from _consistent(groups, index + 1, yes)
    if not any(_excludes(group, other) for other in yes):
        yield from _consistent(groups, index + 1, (*yes, group))


def _follows(
    groups: Sequence[tuple[Question, ...]],
    yes: tuple[tuple[Question, ...], ...],
    group: tuple[Question, ...],
) -> bool:
    """Say whether all that a yes implies is a yes too."""
    return all(other in yes or not _implies_group(group, other) for other in groups)


def _implies_group(group: tuple[Question, ...], other: tuple[Question, ...]) -> bool:
    return all(any(_implies(one, another) for another in other) for one in group)


def _excludes(group: tuple[Question, ...], other: tuple[Question, ...]) -> bool:
    return all(_contradicts(one, another) for one in group for another in other)


@lru_cache(maxsize=65536)
def _contradicts(one: Question, other: Question) -> bool:
    if one.key != other.key:
        return False
    if _ABSENT in (one.operator, other.operator):
        there = other if one.operator == _ABSENT else one
        return there.operator != _ABSENT and not there.operator.startswith(_WHOLE)
    if one.operator != other.operator or one.operator not in _EQUAL:
        return False
    return one.value != other.value and not (has_symbol(one.value) or has_symbol(other.value))


@lru_cache(maxsize=65536)
def _implies(one: Question, other: Question) -> bool:
    """Say whether a yes to one is a yes to the other."""
    if one == other:
        return True
    if one.key != other.key:
        return False
    quantifier, _, name = one.operator.rpartition(":")
    other_quantifier, _, other_name = other.operator.rpartition(":")
    if quantifier != other_quantifier:
        return False
    if quantifier == "forallvalues":
        return name == other_name and set(one.value.split("\n")) <= set(other.value.split("\n"))
    return _implies_value(name, one.value, other_name, other.value)


def _implies_value(name: str, value: str, other_name: str, other: str) -> bool:
    if name == other_name == "ipaddress":
        return _within(value, other)
    if name in _LIKE and other_name in _LIKE:
        return _like(name, value, other_name, other)
    for operators, sign in ((_UP, 1), (_DOWN, -1)):
        if name in operators and other_name in operators:
            return _below(name, value, other_name, other, sign)
    return False


def _like(name: str, value: str, other_name: str, other: str) -> bool:
    if name == "stringequalsignorecase" and other_name != name:
        return False
    if other_name == "stringequalsignorecase":
        return name == "stringequals" and value.lower() == other
    if other_name == "stringequals":
        return name == "stringlike" and value == other and not set(value) & set("*?")
    pattern = name in ("stringlike", "arnlike", "arnequals")
    text = value.replace("*", OTHER * 2).replace("?", OTHER) if pattern else value
    return covers(other, text) is True


def _below(name: str, value: str, other_name: str, other: str, sign: int) -> bool:
    try:
        one, another = sign * float(value), sign * float(other)
    except ValueError:
        return False
    strict = other_name in ("numericlessthan", "numericgreaterthan")
    return one < another or (one == another and (not strict or name == other_name))


def _within(value: str, other: str) -> bool:
    try:
        inner, outer = ipaddress.ip_network(value, strict=False), ipaddress.ip_network(other, strict=False)
    except ValueError:
        return False
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
