"""The judge against the engine of principalmapper, on the policies of which that one is right."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, reject, settings

from private_fargate.fabric.authority.evaluation import Policies, Request, refusal
from private_fargate.fabric.authority.principals import Who
from private_fargate.fabric.authority.statements import MalformedPolicyError, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from hypothesis import strategies as st

BESIDE_THE_VERIFIER = Path(__file__).parents[1] / "verify" / "iam"


def _generators() -> ModuleType:
    """The generator of questions; it knows nothing of the verifier, beside whose tests it lies."""
    place = BESIDE_THE_VERIFIER / "iam_policies.py"
    specification = importlib.util.spec_from_file_location("iam_policies_for_the_authority", place)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


QUESTIONS: st.SearchStrategy[dict[str, Any]] = _generators().questions()


@pytest.fixture(scope="module")
def oracle() -> Iterator[Callable[[dict[str, Any]], bool]]:
    command = [sys.executable, str(BESIDE_THE_VERIFIER / "oracle_process.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        questions_in, answers_out = process.stdin, process.stdout
        assert questions_in
        assert answers_out

        def ask(question: dict[str, Any]) -> bool:
            # There what is absent has no key, and a variable takes one text, not a list.
            known = question["context"].items()
            context = {key: values if len(values) > 1 else values[0] for key, values in known if values}
            questions_in.write(json.dumps(question | {"context": context}) + "\n")
            questions_in.flush()
            return json.loads(answers_out.readline())

        yield ask


def is_allowed(question: dict[str, Any]) -> bool:
    role, account = question["principal"], question["account"]
    who = Who(service=question["service_principal"])
    if role:
        session = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/7"
        who = Who(session_arn=session, role_arn=role, role_id="AROA1234567890123456", account=account)
    request = Request(
        who=who,
        action=question["action"],
        resource=question["resource"],
        context={key.lower(): tuple(values) for key, values in question["context"].items()},
    )
    identity = tuple(parse(each, "of the role", "identity") for each in question["policies"])
    attached = question["resource_policy"]
    resource = parse(attached, "of the resource", "resource") if attached else None
    if question["kind"] == "resource":
        # An endpoint's policy is one on the way: there it is enough that the account is meant.
        everything = parse(
            {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "everything", "identity"
        )
        return not refusal(Policies(identity=(everything,), endpoint=resource, consent="none"), request)
    boundary = question["boundary"] and parse(question["boundary"], "boundary", "identity")
    consent = "key" if question["kind"] == "key" else "either"
    policies = Policies(identity=identity, boundary=boundary, resource=resource, consent=consent)
    return not refusal(policies, request)


def without_differences(question: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a question what the engine sees otherwise than AWS.

    It knows variables in the account of an ARN, where AWS has none, and lets a boundary limit what is for
    everybody.  It also takes wildcards in the name of a service or before an ARN, which AWS refuses.
    """
    text = json.dumps(question).replace("${aws:PrincipalAccount}", question["account"])
    if question["kind"] == "key" and '"Principal": "*"' in text:
        return json.loads(text) | {"boundary": None}
    return json.loads(text)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(question=QUESTIONS)
def test_the_judge_decides_as_an_independent_engine_does(
    question: dict[str, Any], oracle: Callable[[dict[str, Any]], bool]
) -> None:
    question = without_differences(question)
    try:
        decided = is_allowed(question)
    except MalformedPolicyError as error:
        if "Action is" in str(error) or "Resource is" in str(error):
            reject()
        raise
    event(f"{question['kind']}: {decided}")
    assert decided is oracle(question)
