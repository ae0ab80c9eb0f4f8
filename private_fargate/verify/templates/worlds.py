"""Which ways a template can turn out, where its conditions ask for something that nobody has said.

A condition that depends on a parameter without a value is explored both ways: each way is a *world*, in
which every condition is decided.  A fault in any of them is a fault; a proof has to hold in all.

A world that the root's rules refuse does not exist: CloudFormation makes nothing of it.  Whether it asks the
rules of nested templates too is written nowhere, so that these rule out nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.templates.assertions import Open
from private_fargate.verify.templates.combinations import Combinations, combinations, number
from private_fargate.verify.templates.questions import Choice, Question, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from private_fargate.verify.templates.forms import Domain, Form
    from private_fargate.verify.templates.stacks import Stack
    from private_fargate.verify.templates.symbols import Symbols

    Build: TypeAlias = Callable[[dict[str, Choice], dict[str, str | None]], Stack]

MOST_WORLDS: Final = 32
"""So many are looked at if nobody asks for all: faults that need many choices at once may be missed then."""

_FEW: Final = 32
"""In so many worlds is looked for more that can be asked."""

_DEPTH: Final = 8
"""So often is looked for it: what a choice reveals may ask for another, as in a nested stack."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is taken for granted in one world.

    Attributes:
        choices: How conditions find what they ask for.
        parameters: Values in place of the root's defaults; None for one that is not known.
    """

    choices: dict[str, Choice] = field(default_factory=dict[str, Choice])
    parameters: dict[str, str | None] = field(default_factory=dict[str, "str | None"])


@dataclass(frozen=True, slots=True)
class Worlds:
    """The worlds that are looked at, each made when its turn comes.

    Attributes:
        build: Makes the system of a plan.
        plans: What is taken for granted in each.
        combinations: How many there are, and could be.
    """

    build: Build
    plans: tuple[Plan, ...]
    combinations: Combinations

    def __iter__(self) -> Iterator[Stack]:
        """Give the system once for each plan."""
        for plan in self.plans:
            yield self.build(plan.choices, plan.parameters)


def worlds(build: Build, symbols: Symbols, form: Form, most: int = MOST_WORLDS) -> Worlds:
    """Give a system once for each way in which its conditions can turn out.

    Args:
        build: Makes the system under given choices, and with given values of the root's parameters.
        symbols: The characters of the system.
        form: The root's parameters.
        most: How many are looked at, at most.
    """
    direct, derived = _of_the_form(build, symbols, form)
    kept: dict[str, str | None] = dict.fromkeys(name for found in direct.values() for name in found.about)
    asked = _asked(build, symbols, kept, direct)
    planner = _Planner(form, asked, kept)
    every = list(combinations({name: found.answers for name, found in asked.items()}, most))
    plans = [plan for choices in every if (plan := planner.plan(choices)) is not None]
    samples = planner.samples(every)
    counted = Combinations(
        possible=number({name: found.answers for name, found in asked.items()}),
        looked_at=len(plans),
        refused=len(every) - len(plans),
        sampled=len(samples),
        missed=tuple(sorted(derived.keys() - asked.keys())),
    )
    # Where the rules refuse everything, which is a fault of its own, the rest is looked at all the same.
    return Worlds(build, (*plans, *samples) or (Plan(every[0], kept),), counted)


def _of_the_form(
    build: Build, symbols: Symbols, form: Form
) -> tuple[dict[str, Question], dict[str, Question]]:
    """Find what is asked of the root's parameters if no default is taken, and what is asked of other things.

    What is worked out from a parameter, such as the value of a mapping, is explored in neither way: it is
    decided by the samples of the parameter's value.
    """
    if not form.explores:
        return {}, {}
    found = _asked(build, symbols, dict.fromkeys(form.asked), {})
    direct = {name: question for name, question in found.items() if question.about <= form.asked}
    return direct, {name: question for name, question in found.items() if name not in direct}


def _asked(
    build: Build, symbols: Symbols, parameters: dict[str, str | None], known: Mapping[str, Question]
) -> dict[str, Question]:
    """Find all questions of the conditions, given some parameters and questions that are known."""
    asked = dict(known)
    for _ in range(_DEPTH):
        answers = {name: found.answers for name, found in asked.items()}
        few = combinations(answers, min(2 * len(answers) + 1, _FEW))
        found = questions([build(choices, parameters) for choices in few], symbols)
        fresh = {name: question for name, question in found.items() if name not in asked}
        if not fresh:
            break
        asked |= fresh
    return asked


class _Planner:
    """Says what is taken for granted in each world, so that the rules let it through."""

    def __init__(self, form: Form, asked: Mapping[str, Question], kept: Mapping[str, str | None]) -> None:
        self._form = form
        self._asked = asked
        self._kept = kept
        # A value that is compared with another unknown is as the comparison says, and not the default.
        self._compared = {name for found in asked.values() if not found.texts for name in found.about}

    def plan(self, choices: Mapping[str, Choice], fixed: Mapping[str, str] | None = None) -> Plan | None:
        """Give a world's plan; None if the rules refuse it.

        Args:
            choices: How conditions find what they ask for.
            fixed: Values of other parameters.
        """
        form, values = self._form, fixed or {}
        domains: dict[str, Domain] = {
            name: self._domain(name, choice) for name, choice in choices.items() if name in form.asked
        }
        domains |= {name: (value,) for name, value in values.items()}
        satisfied = form.satisfy(domains)
        if satisfied is None:
            return None
        firsts = {name: domain[0] for name, domain in domains.items()} | satisfied
        plan = Plan(dict(choices), dict(self._kept))
        for name, value in firsts.items():
            self._take(plan, name, value)
        return plan

    def _take(self, plan: Plan, name: str, value: str | Open) -> None:
        """Give a parameter a value in a plan, where that says more than its default."""
        if name not in self._form.asked:
            return
        if isinstance(plan.choices.get(name), str) and isinstance(value, str):
            plan.choices[name] = value
        elif isinstance(value, Open):
            plan.parameters[name] = None
        elif self._form.explores and name not in self._compared:
            plan.parameters[name] = value

    def _domain(self, name: str, choice: Choice) -> Domain:
        """Give the values that a choice stands for, what is most likely first."""
        found, default = self._asked[name], self._form.default(name)
        if choice is None:
            others = Open(frozenset(found.texts))
            return (others,) if default is None or default in found.texts else (default, others)
        if choice in found.texts:
            return (str(choice),)
        return tuple(value for value in self._form.allowed(name) if value not in found.texts)

    def samples(self, every: list[dict[str, Choice]]) -> list[Plan]:
        """Give a plan for other values of what no condition asks for, so that each is looked at once."""
        if not self._form.explores:
            return []
        decided = frozenset(self._kept) | frozenset(self._asked)
        ordered = sorted(every, key=self._distance)
        found: list[Plan] = []
        for values in self._form.samples(decided):
            plans = (self.plan(choices, values) for choices in ordered)
            plan = next((plan for plan in plans if plan is not None), None)
            if plan is not None:
                found.append(plan)
        return found

    def _distance(self, choices: Mapping[str, Choice]) -> int:
        """Count the choices that differ from what the defaults give."""
        return sum(self._differs(name, choice) for name, choice in choices.items() if name in self._kept)

    def _differs(self, name: str, choice: Choice) -> bool:
        default = self._form.default(name)
        return default not in self._domain(name, choice)
