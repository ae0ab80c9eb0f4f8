from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from iam_policies import questions

from private_fargate.verify.iam import Decision, Request, identity, key_policy, read, resource_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNKNOWN, GENERATED, NAME = "\U00100000", "\U000f0000", "zq7"
SEGMENTS = ["app", "app-two", "store", "eu-west-1", "111122223333", "runner", "vpc-1", "BatchGetImage", "10"]

careful = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Callable[[dict[str, Any]], bool]]:
    command = [sys.executable, str(Path(__file__).with_name("oracle_process.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        questions_in, answers_out = process.stdin, process.stdout
        assert questions_in
        assert answers_out

        def ask(question: dict[str, Any]) -> bool:
            # There what is absent has no key, and a variable takes one text, not a list.
            given = question["context"].items()
            context = {key: values if len(values) > 1 else values[0] for key, values in given if values}
            questions_in.write(json.dumps(question | {"context": context}) + "\n")
            questions_in.flush()
            return json.loads(answers_out.readline())

        yield ask


def decision(question: dict[str, Any]) -> Decision:
    request = Request(
        action=question["action"],
        resource=question["resource"],
        principal=question["principal"],
        account=question["account"],
        service_principal=question["service_principal"],
        context={key: tuple(values) for key, values in question["context"].items()},
    )
    policies = [read(document, f"Policy{n}") for n, document in enumerate(question["policies"])]
    boundary = read(question["boundary"], "Boundary") if question["boundary"] else None
    if question["kind"] == "identity":
        return identity(policies, boundary, request)
    of_resource = read(question["resource_policy"], "Resource")
    if question["kind"] == "resource":
        return resource_policy(of_resource, request)
    return key_policy(of_resource, policies, boundary, request)


@careful
@given(question=questions())
def test_known_values_are_decided_as_an_independent_engine_decides_them(
    question: dict[str, Any], oracle: Callable[[dict[str, Any]], bool]
) -> None:
    decided = decision(question)
    event(f"{question['kind']}: {decided.holds}")
    assert decided.holds is oracle(question), decided
    assert bool(decided.why) is (decided.holds is not True), decided


@careful
@given(question=questions(), data=st.data())
def test_a_value_that_gets_unknown_never_turns_an_answer_round(
    question: dict[str, Any], data: st.DataObject
) -> None:
    before = decision(question)
    vague = question
    for _ in range(data.draw(st.integers(1, 2))):
        vague = data.draw(st.sampled_from([_with_a_hole, _with_a_parameter, _without_a_key]))(vague, data)
    after = decision(vague)
    event(f"{before.holds} -> {after.holds}")
    assert after.holds in (None, before.holds), vague
    assert after.denied in (None, before.denied), vague
    assert bool(after.why) is (after.holds is not True), after


@careful
@given(question=questions(), segment=st.sampled_from(SEGMENTS[:3]))
def test_a_name_that_is_generated_never_turns_an_answer_round(question: dict[str, Any], segment: str) -> None:
    """Policies and request speak of one thing by its attribute; in the end it has a name nobody wrote."""
    before = decision(_everywhere(question, segment, NAME))
    after = decision(_everywhere(question, segment, GENERATED))
    event(f"{before.holds} -> {after.holds}")
    assert after.holds in (None, before.holds)


def _with_a_parameter(question: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Write a parameter without a value wherever one word stands, on both sides."""
    return _everywhere(question, data.draw(st.sampled_from(SEGMENTS)), UNKNOWN)


def _without_a_key(question: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    written = json.dumps(question["policies"]).lower()
    keys = sorted(question["context"])
    gone = data.draw(st.sampled_from([key for key in keys if key.lower() in written] or keys))
    left = {key: values for key, values in question["context"].items() if key != gone}
    return question | {"context": left}


def _with_a_hole(question: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Put an unknown of its own in the place of something in the policies, or of a piece of a text."""
    copy = json.loads(json.dumps(question))
    places = [
        (parent, key)
        for name in ("policies", "boundary", "resource_policy")
        for parent, key in ((copy, name), *_places(copy[name]))
        if parent is not copy or (name != "policies" and copy[name])
    ]
    if not places:
        return copy
    parent, key = data.draw(st.sampled_from(places))
    value, hole = parent[key], data.draw(st.sampled_from(["\U00100001", "\U00100002"]))
    if isinstance(value, str) and value.count(":") and data.draw(st.booleans()):
        parts = value.split(":")
        which = data.draw(st.integers(0, len(parts) - 1))
        start = data.draw(st.integers(0, len(parts[which])))
        end = data.draw(st.integers(start, len(parts[which])))
        parts[which] = parts[which][:start] + hole + parts[which][end:]
        parent[key] = ":".join(parts)
    else:
        parent[key] = hole
    return copy


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)


def _everywhere(question: dict[str, Any], word: str, replacement: str) -> dict[str, Any]:
    """Replace a word in every text of a question, but in none of the names of its parts."""

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replaced(item) for key, item in value.items()}
        if isinstance(value, list):
            return [replaced(item) for item in value]
        return value.replace(word, replacement) if isinstance(value, str) else value

    return question | {
        key: replaced(question[key])
        for key in question
        if key not in ("kind", "service_principal") and question[key] is not None
    }
