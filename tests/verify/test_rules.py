"""Each rule fires where it should and is silent where it nearly should: the examples of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example, examples
from private_fargate.verify.rules import RULES
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from private_fargate.verify.findings import Report

ALL = [example for listed in examples().values() for example in listed]


def report(example: Example, change: str) -> Report:
    """Verify the base with a change, against the base as it was before if the example says what that was."""
    template = example.template(change, example.rule)
    before = example.template(example.before, "before")
    return verify(
        template.path,
        arguments=example.parameters,
        place=Place(example.region),
        against=before.path if example.compares else None,
        loader=Loader([template, before]),
    )


def number(example: Example) -> str:
    return f"{example.rule}-{examples()[example.rule].index(example)}"


@pytest.mark.parametrize("example", ALL, ids=number)
def test_a_rule_fires_on_its_fault(example: Example) -> None:
    assert example.rule in {finding.rule for finding in report(example, example.fails).findings}


@pytest.mark.parametrize("example", ALL, ids=number)
def test_a_rule_is_silent_on_its_near_miss(example: Example) -> None:
    found = [finding for finding in report(example, example.passes).findings if finding.rule == example.rule]
    assert found == []


@pytest.mark.parametrize("base", ["isolated", "balanced", "host"])
def test_a_correct_template_has_no_finding(base: str) -> None:
    example = Example(rule=base, base=base, fails="", passes="", parameters={})
    found = report(example, "").findings
    assert [(finding.rule, finding.resource, finding.message) for finding in found] == []


def test_every_rule_has_an_example() -> None:
    assert {rule.id for rule in RULES} - set(examples()) == set()


def test_rules_have_ids_of_their_own() -> None:
    ids = [rule.id for rule in RULES]
    assert sorted(set(ids)) == sorted(ids)
