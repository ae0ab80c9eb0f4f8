"""The `Rules` of a template: which values of its parameters CloudFormation lets through.

They are asked before anything is made, with the parameters' values alone.  A rule that cannot be decided
forbids nothing here: what is looked at is never less than what there can be.

Source: AWSCloudFormation/latest/UserGuide/rules-section-structure.html and
AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.verify.templates.values import all_of, any_of, as_text, negation, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

_TRUTHS: Final = ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals")
_OF_LISTS: Final = ("Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn")
_OF_THE_ACCOUNT: Final = ("Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll")
"""What only AWS can answer: which subnets there are, and what is true of them."""

FUNCTIONS: Final = (*_TRUTHS, *_OF_LISTS, *_OF_THE_ACCOUNT, "Ref")


@dataclass(frozen=True, slots=True)
class Open:
    """A value that nobody has said.

    Attributes:
        but: The texts that it certainly is not.
    """

    but: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion of a rule.

    Attributes:
        rule: The rule's name.
        number: Which of the rule's assertions, from 0.
        condition: When it counts; None for always.
        claim: What has to hold.
        description: What CloudFormation says if it does not.
        parameters: The parameters that it names, or that its condition names, sorted.
    """

    rule: str
    number: int
    condition: Tree
    claim: Tree
    description: str
    parameters: tuple[str, ...]

    @property
    def asks_the_account(self) -> bool:
        """Whether it cannot be decided without the account, at least not always."""
        return not set(_called((self.condition, self.claim))).isdisjoint(_OF_THE_ACCOUNT)

    def holds(self, value: Callable[[str], Value], equal: Callable[[Value, Value], Truth]) -> Truth:
        """Say whether values satisfy it.

        Args:
            value: Gives the value of a parameter.
            equal: Compares two values.
        """
        reading = _Reading(value, equal)
        counts = True if self.condition is None else reading.truth(self.condition)
        return any_of((negation(counts), reading.truth(self.claim)))


def assertions(body: Mapping[str, Tree]) -> tuple[Assertion, ...]:
    """Give the assertions of a template; what is not written as one is left out, and `faults` names it."""
    return tuple(
        Assertion(
            rule=name,
            number=number,
            condition=rule.get("RuleCondition"),
            claim=entry["Assert"],
            description=as_text(entry.get("AssertDescription", "")),
            parameters=tuple(sorted(set(_named((rule.get("RuleCondition"), entry["Assert"]))))),
        )
        for name, rule in rules(body).items()
        if isinstance(rule, dict)
        for number, entry in enumerate(_entries(rule))
        if isinstance(entry, dict) and "Assert" in entry
    )


def rules(body: Mapping[str, Tree]) -> dict[str, Tree]:
    """Give the rules of a template, by name."""
    found = body.get("Rules")
    return found if isinstance(found, dict) else {}


def _entries(rule: Mapping[str, Tree]) -> Sequence[Tree]:
    found = rule.get("Assertions")
    return found if isinstance(found, list) else []


def faults(body: Mapping[str, Tree]) -> Iterator[tuple[str, str]]:
    """Give what CloudFormation cannot read: the rule's name, and why."""
    known = set(body.get("Parameters") or {})
    for name, rule in rules(body).items():
        entries = _entries(rule) if isinstance(rule, dict) else []
        if not entries or not all(isinstance(entry, dict) and "Assert" in entry for entry in entries):
            yield name, "has no Assertions, a list of {Assert: …, AssertDescription: …}"
            continue
        parts = (rule.get("RuleCondition"), *(entry["Assert"] for entry in entries))
        for parameter in sorted(set(_named(parts)) - known):
            if not parameter.startswith("AWS::"):
                yield name, f"names {parameter}, and the template has no such parameter"
        for function in sorted(set(_called(parts)) - set(FUNCTIONS)):
            yield name, f"calls {function}, which cannot be used in rules"


def _named(node: Tree) -> Iterator[str]:
    """Give the names of parameters in a tree."""
    if isinstance(node, dict):
        match node:
            case {"Ref": str() as name}:
                yield name
            case {"Fn::ValueOf": [str() as name, _]}:
                yield name
            case _:
                for below in node.values():
                    yield from _named(below)
    elif isinstance(node, list | tuple):
        for below in node:
            yield from _named(below)


def _called(node: Tree) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (key for key in node if key in {"Ref", "Condition"} or key.startswith("Fn::"))
        node = list(node.values())
    if isinstance(node, list | tuple):
        for below in node:
            yield from _called(below)


class _Reading:
    """Reads a rule with given values."""

    def __init__(self, value: Callable[[str], Value], equal: Callable[[Value, Value], Truth]) -> None:
        self._value = value
        self._equal = equal

    def truth(self, node: Tree) -> Truth:  # noqa: PLR0911 -- one for each function of rules
        """Say whether a condition or an assertion holds; None if it cannot be told."""
        match node:
            case {"Fn::And": list() as parts}:
                return all_of(self.truth(part) for part in parts)
            case {"Fn::Or": list() as parts}:
                return any_of(self.truth(part) for part in parts)
            case {"Fn::Not": [part]}:
                return negation(self.truth(part))
            case {"Fn::Equals": [one, other]}:
                return self._same(self._read(one), self._read(other))
            case {"Fn::Contains": [listed, wanted]}:
                return self._is_in(self._read(wanted), self._read(listed))
            case {"Fn::EachMemberEquals": [listed, wanted]}:
                return self._each(self._read(listed), [self._read(wanted)])
            case {"Fn::EachMemberIn": [listed, others]}:
                return self._each(self._read(listed), self._read(others))
            case bool():
                return node
            case _:
                return None

    def _read(self, node: Tree) -> Value:
        """Give an operand; what cannot be told is open."""
        match node:
            case {"Ref": str() as name}:
                return self._value(name)
            case dict():
                return Open()
            case list():
                return [self._read(item) for item in node]
            case _:
                return node

    def _each(self, listed: Value, others: Value) -> Truth:
        if not isinstance(listed, list):
            return None if isinstance(listed, Open) else self._is_in(listed, others)
        return all_of(self._is_in(item, others) for item in listed)

    def _is_in(self, wanted: Value, listed: Value) -> Truth:
        if isinstance(listed, Open):
            return None
        items = listed if isinstance(listed, list) else [listed]
        return any_of(self._same(wanted, item) for item in items)

    def _same(self, one: Value, other: Value) -> Truth:
        for unknown, text in ((one, other), (other, one)):
            if isinstance(unknown, Open):
                is_excluded = not isinstance(text, Open | list | dict) and as_text(text) in unknown.but
                return False if is_excluded else None
        return self._equal(one, other)


def plainly(assertion: Assertion, values: Mapping[str, Value]) -> Truth:
    """Say whether values satisfy an assertion; a parameter without one is open."""
    return assertion.holds(lambda name: values.get(name, Open()), same)
