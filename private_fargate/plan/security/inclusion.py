"""What one set of rules allows that another does not, asked of every request that they tell apart.

Equal results are equal, however they are written.  A symbol is one letter that equals itself, so that what
one side allows beyond the other is found whatever the symbol turns out to be.  Where each side seems to
allow something that the other does not, an unknown may hide that both mean the same: then it is said only
of what is certain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from private_fargate.plan.security.circumstances import Question, asked, circumstances
from private_fargate.plan.security.classes import classes
from private_fargate.plan.security.rules import ATTACHED, Rule, Rules
from private_fargate.verify.iam import covers
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import all_of, any_of, negation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from private_fargate.verify.iam.statements import Selection
    from private_fargate.verify.templates.values import Truth

_Set: TypeAlias = int
"""Rules, each a bit."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a kind that the rules tell apart."""

    action: str
    resource: str
    principal: str
    yes: frozenset[Question]


@dataclass(frozen=True, slots=True)
class Kind:
    """All requests that the same rules apply to: one of them, and the texts that they are made of."""

    request: Request
    actions: set[str]
    resources: set[str]
    principals: set[str]


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that makes the difference, and for which requests.

    Attributes:
        rule: A new one that allows, or an old one that denied; or the reverse.
        kinds: What passes on one side alone.
    """

    rule: Rule
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two sets of rules.

    Attributes:
        gained: Why something is allowed afterwards that was not.
        lost: Why something is not allowed afterwards that was.
        unsure: Whether something may differ of which it cannot be told.
    """

    gained: tuple[Reason, ...] = ()
    lost: tuple[Reason, ...] = ()
    unsure: bool = False

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.gained or self.lost or self.unsure)


SAME = Difference()


def difference(before: Rules, after: Rules) -> Difference:
    """Return what is allowed on one side alone."""
    if before.same == after.same:
        return SAME
    table = _Table.of(before, after)
    gained = [each for each in table.kinds.items() if table.passes(each[0], after=True, but_not=True)]
    lost = [each for each in table.kinds.items() if table.passes(each[0], after=False, but_not=True)]
    unsure = before.unread != after.unread or not table.complete
    if gained and lost and table.has_unknown:
        certain = [each for each in gained if table.is_certain(each[1].request, after=True)]
        ended = [each for each in lost if table.is_certain(each[1].request, after=False)]
        unsure = unsure or len(certain) + len(ended) < len(gained) + len(lost)
        gained, lost = certain, ended
    return Difference(
        gained=tuple(table.reasons(gained, after=True)),
        lost=tuple(table.reasons(lost, after=False)),
        unsure=unsure and not gained,
    )


def denied(rules: Rules) -> Rules:
    """Return what is denied, as if it were allowed: so two sets of denials can be compared."""
    turned = (
        Rule(
            allows=True,
            actions=rule.actions,
            resources=rule.resources,
            principals=rule.principals,
            conditions=rule.conditions,
            written=rule.written,
        )
        for rule in rules.rules
        if not rule.allows
    )
    return Rules(tuple(turned))


def allowed(rules: Rules) -> Rules:
    """Return the rules that allow, those that deny left out."""
    return Rules(tuple(rule for rule in rules.rules if rule.allows), rules.unread)


@dataclass(frozen=True, slots=True)
class _Table:
    """All rules of both sides, with what each set of them that can apply together is about."""

    rules: tuple[Rule, ...]
    before: tuple[_Set, _Set]  # those that allow, those that deny
    after: tuple[_Set, _Set]
    kinds: dict[_Set, Kind] = field(default_factory=dict[int, Kind])
    complete: bool = True

    @classmethod
    def of(cls, before: Rules, after: Rules) -> _Table:
        rules = tuple(dict.fromkeys((*after.rules, *before.rules)))
        old, new = _sides(rules, before), _sides(rules, after)
        changed = (old[0] ^ new[0]) | (old[1] ^ new[1])
        actions, all_actions = _columns(rule.actions for rule in rules)
        resources, all_resources = _columns(rule.resources for rule in rules)
        principals, all_principals = _columns(rule.principals for rule in rules)
        ways, all_ways = circumstances(
            sorted(
                {c for rule in rules for c in rule.conditions}, key=lambda c: (c.operator, c.key, c.values)
            )
        )
        held: dict[_Set, frozenset[Question]] = {}
        for yes in ways:
            held.setdefault(_bits(_holds(rule, yes) for rule in rules), yes)
        where: dict[_Set, tuple[Request, set[str], set[str]]] = {}
        for who, principal in principals.items():
            for when, yes in held.items():
                for what, resource in resources.items():
                    if applying := who & when & what:
                        example = Request("", resource[0], principal[0], yes)
                        found = where.setdefault(applying, (example, set(), set()))
                        found[1].update(resource)
                        found[2].update(principal)
        kinds: dict[_Set, Kind] = {}
        for applying, (example, what, who) in where.items():
            for about, action in actions.items():
                if about & applying & changed:
                    request = Request(action[0], example.resource, example.principal, example.yes)
                    kind = kinds.setdefault(about & applying, Kind(request, set(), set(), set()))
                    kind.actions.update(action)
                    kind.resources.update(what)
                    kind.principals.update(who)
        complete = all_actions and all_resources and all_principals and all_ways
        return cls(rules, old, new, kinds, complete)

    def passes(self, applying: _Set, *, after: bool, but_not: bool) -> bool:
        """Say whether a request passes on one side, and, if asked so, not on the other."""
        allows, denies = self.after if after else self.before
        here = bool(applying & allows) and not applying & denies
        return here and not (but_not and self.passes(applying, after=not after, but_not=False))

    def reasons(self, found: list[tuple[_Set, Kind]], *, after: bool) -> Iterator[Reason]:
        """Yield the rules of one side alone that let requests pass, or those of the other that held them."""
        here, there = (self.after, self.before) if after else (self.before, self.after)
        by_rule: dict[int, list[Kind]] = {}
        for applying, kind in found:
            letting = applying & here[0] & ~there[0]
            for number in _numbers(letting or applying & there[1] & ~here[1]):
                by_rule.setdefault(number, []).append(kind)
        for number in sorted(by_rule):
            yield Reason(self.rules[number], tuple(by_rule[number]))

    @property
    def has_unknown(self) -> bool:
        return any(has_unknown(texts_of(rule)) for rule in self.rules)

    def is_certain(self, request: Request, *, after: bool) -> bool:
        """Say whether a request passes on one side and not on the other, whatever the unknowns are."""
        here, there = (self.after, self.before) if after else (self.before, self.after)
        return self._decided(request, here) is True and self._decided(request, there) is False

    def _decided(self, request: Request, side: tuple[_Set, _Set]) -> Truth:
        allows, denies = (
            any_of(_applies(self.rules[number], request) for number in _numbers(rules)) for rules in side
        )
        return all_of((allows, negation(denies)))


def texts_of(rule: Rule) -> list[str]:
    """Return every text of a rule."""
    values = [value for condition in rule.conditions for value in condition.values]
    return [*rule.actions.texts, *rule.resources.texts, *rule.principals.texts, *values]


def _sides(rules: tuple[Rule, ...], side: Rules) -> tuple[_Set, _Set]:
    own = set(side.rules)
    return (
        _bits(rule in own and rule.allows for rule in rules),
        _bits(rule in own and not rule.allows for rule in rules),
    )


def _bits(truths: Iterable[bool]) -> _Set:
    return sum(1 << number for number, truth in enumerate(truths) if truth)


def _numbers(rules: _Set) -> Iterator[int]:
    while rules:
        lowest = rules & -rules
        yield lowest.bit_length() - 1
        rules ^= lowest


def _columns(selections: Iterable[Selection]) -> tuple[dict[_Set, list[str]], bool]:
    """Return the sets of rules that can apply to one text, each with such texts; whether these are all."""
    given = tuple(selections)
    kinds = classes([text for selection in given for text in selection.texts])
    found: dict[_Set, list[str]] = {}
    for text in kinds.texts:
        found.setdefault(_bits(selects(selection, text) is True for selection in given), []).append(text)
    return found, kinds.complete


def selects(selection: Selection, text: str, fits: Callable[[str, str], Truth] | None = None) -> Truth:
    """Say whether a selection is about a text; symbols are letters unless `fits` says otherwise."""
    if selection.negated and text.startswith(ATTACHED):
        return False  # what a managed policy allows may be just what is left out
    found = any_of((fits or _as_letters)(pattern, text) for pattern in selection.texts)
    return negation(found) if selection.negated else found


def _as_letters(pattern: str, text: str) -> Truth:
    return covers(pattern, text) is True


def _holds(rule: Rule, yes: frozenset[Question]) -> bool:
    return all(asked(condition).holds(yes) for condition in rule.conditions)


def _applies(rule: Rule, request: Request) -> Truth:
    return all_of(
        (
            selects(rule.actions, request.action, covers),
            selects(rule.resources, request.resource, covers),
            selects(rule.principals, request.principal, covers),
            _may_hold(rule, request.yes),
        )
    )


def _may_hold(rule: Rule, yes: frozenset[Question]) -> Truth:
    """Say whether the conditions hold; a question about an unknown may have any answer."""
    open_ = any(has_unknown(list(condition.values)) for condition in rule.conditions)
    holds = _holds(rule, yes)
    return None if open_ and not holds else holds
