from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from private_fargate.plan.comparing import compare
from private_fargate.plan.cost import cost_change
from private_fargate.plan.documents import PlanFileError, plan_document, read_plan
from private_fargate.plan.model import (
    Change,
    CostChange,
    Plan,
    Problem,
    PropertyChange,
    SecurityChange,
    SettingChange,
)
from tests.plan.houses import house

PLAN = Plan(
    stack="shop",
    kind="UPDATE",
    digest="d" * 64,
    changes=(Change(logical_id="Q", type="AWS::SQS::Queue", action="Add"),),
    cost=CostChange(
        lines=(("tasks", Decimal("1.50"), Decimal(0)),), before=Decimal("1.50"), after=Decimal(0)
    ),
)

changes = st.recursive(
    st.builds(
        Change, properties=st.lists(st.builds(PropertyChange), max_size=2).map(tuple), within=st.just(())
    ),
    lambda inner: st.builds(Change, properties=st.just(()), within=st.lists(inner, max_size=2).map(tuple)),
    max_leaves=4,
)
money = st.decimals(allow_nan=False, allow_infinity=False)
costs = st.builds(
    CostChange,
    lines=st.lists(st.tuples(st.text(), money, money), max_size=2).map(tuple),
    before=money,
    after=money,
)
plans = st.builds(
    Plan,
    changes=st.lists(changes, max_size=2).map(tuple),
    settings=st.lists(st.builds(SettingChange), max_size=2).map(tuple),
    security=st.lists(st.builds(SecurityChange), max_size=2).map(tuple),
    problems=st.lists(st.builds(Problem), max_size=2).map(tuple),
    cost=st.none() | costs,
)


@settings(max_examples=60, deadline=None)
@given(plans)
def test_a_plan_comes_back_from_its_file_as_it_was(plan: Plan) -> None:
    assert read_plan(json.dumps(plan_document(plan)), "plan.json") == plan


def test_a_real_plan_comes_back_from_its_file_as_it_was() -> None:
    old, new = house("demo"), house("prod")
    plan = replace(PLAN, changes=compare(old, new), cost=cost_change(old, new))
    assert read_plan(json.dumps(plan_document(plan)), "plan.json") == plan


def with_format(**more: Any) -> dict[str, Any]:
    return {**plan_document(PLAN), **more}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in plan_document(PLAN).items() if key != name}


def in_the_change(**more: Any) -> dict[str, Any]:
    document = plan_document(PLAN)
    document["changes"][0].update(more)
    return document


@pytest.mark.parametrize(
    ("document", "place", "what"),
    [
        (with_format(format=2), "format", "2 is not known"),
        (with_format(format="1"), "format", '"1" is not known'),
        (without("format"), "format", "missing"),
        (without("digest"), "digest", "required"),
        (without("notes"), "notes", "missing"),
        (with_format(stack=7), "stack", "7"),
        (with_format(colour="red"), "colour", "no such field"),
        (with_format(kind="DELETE"), "kind", '"DELETE"'),
        (with_format(cost={"lines": []}), "cost.before", "required"),
        (
            with_format(cost={"lines": [], "before": "much", "after": "0", "unknown": []}),
            "cost.before",
            "much",
        ),
        (in_the_change(action="Explode"), "changes.0.action", "Explode"),
        (in_the_change(size=1), "changes.0.size", "no such field"),
        ([], "this is no plan", "[]"),
    ],
)
def test_a_file_that_is_no_plan_to_the_letter_is_refused(document: object, place: str, what: str) -> None:
    with pytest.raises(PlanFileError) as refused:
        read_plan(json.dumps(document), "my.json")
    message = str(refused.value)
    assert message.startswith(f"my.json: {place}")
    assert what in message
    assert "make the plan again" in message


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[" * 100_000])
def test_what_is_no_json_is_refused_in_the_same_way(text: str) -> None:
    with pytest.raises(PlanFileError, match=r"my\.json: this is n"):
        read_plan(text, "my.json")


def test_money_is_exact() -> None:
    assert plan_document(PLAN)["cost"]["lines"] == [["tasks", "1.50", "0"]]
