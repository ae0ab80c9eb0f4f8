from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.fabric.authority.evaluation import Policies, Request, refusal
from private_fargate.fabric.authority.principals import ANONYMOUS, Who
from private_fargate.fabric.authority.statements import parse

if TYPE_CHECKING:
    from private_fargate.fabric.authority.evaluation import Consent
    from private_fargate.fabric.authority.statements import Policy

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/runner/7"
RUNNER = Who(session_arn=SESSION, role_arn=ROLE, role_id="AROA1234567890123456", account=ACCOUNT)
READ = "secretsmanager:GetSecretValue"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:a-abcdef"

NO_IDENTITY = f"because no identity-based policy allows the {READ} action"
NO_BOUNDARY = f"because no permissions boundary allows the {READ} action"
NO_ENDPOINT = f"because no VPC endpoint policy allows the {READ} action"
NO_RESOURCE = f"because no resource-based policy allows the {READ} action"


def identity(action: str = "*", effect: str = "Allow") -> Policy:
    return parse(
        {"Statement": {"Effect": effect, "Action": action, "Resource": "*"}}, "of the role", "identity"
    )


def resource(principal: Any = "*", action: str = "*", effect: str = "Allow") -> Policy:
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}
    return parse({"Statement": statement}, "of the resource", "resource")


def why(who: Who = RUNNER, **policies: Any) -> str:
    asked = Request(who=who, action=READ, resource=SECRET, context={})
    return refusal(Policies(**policies), asked)


def test_nothing_is_allowed_by_itself() -> None:
    assert why() == NO_IDENTITY


def test_an_identity_policy_is_enough() -> None:
    assert why(identity=(identity("s3:*"), identity(READ))) == ""


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        ({"boundary": identity("s3:*")}, NO_BOUNDARY),
        ({"endpoint": resource(action="s3:*")}, NO_ENDPOINT),
        ({"endpoint": resource({"AWS": ACCOUNT})}, ""),
        ({"endpoint": resource({"AWS": ROLE})}, ""),
        ({"endpoint": resource({"AWS": ROLE}), "is_gateway": True}, NO_ENDPOINT),
        ({"boundary": identity(), "endpoint": resource()}, ""),
        ({"boundary": identity("s3:*"), "endpoint": resource(action="s3:*")}, NO_BOUNDARY),
    ],
)
def test_boundary_and_endpoint_only_take_away(policies: dict[str, Any], words: str) -> None:
    assert why(identity=(identity(),), **policies) == words
    assert why(**policies) == NO_IDENTITY


@pytest.mark.parametrize(
    ("policies", "where"),
    [
        ({"identity": (identity(), identity(READ, "Deny"))}, "an identity-based policy"),
        ({"identity": (identity(),), "boundary": identity(READ, "Deny")}, "a permissions boundary"),
        (
            {"identity": (identity(),), "endpoint": resource(action=READ, effect="Deny")},
            "a VPC endpoint policy",
        ),
        (
            {"identity": (identity(),), "resource": resource({"AWS": ACCOUNT}, READ, "Deny")},
            "a resource-based policy",
        ),
        ({"identity": (identity(READ, "Deny"),), "resource": resource()}, "an identity-based policy"),
        ({"boundary": identity(READ, "Deny"), "resource": resource()}, "a permissions boundary"),
    ],
)
def test_a_denial_anywhere_wins(policies: dict[str, Any], where: str) -> None:
    assert why(**policies) == f"with an explicit deny in {where}"


@pytest.mark.parametrize(
    ("principal", "consent", "bare", "bounded", "by_identity"),
    [
        # principal of the resource's policy; then without identity policies, with a boundary that does not
        # allow, and with identity policies that do.
        ("*", "either", "", "", ""),
        ({"AWS": SESSION}, "either", "", "", ""),
        ({"AWS": ROLE}, "either", "", NO_BOUNDARY, ""),
        ({"AWS": ACCOUNT}, "either", NO_IDENTITY, NO_IDENTITY, ""),
        ({"AWS": "999999999999"}, "either", NO_IDENTITY, NO_IDENTITY, ""),
        ({"AWS": SESSION}, "key", "", "", ""),
        ({"AWS": ROLE}, "key", "", NO_BOUNDARY, ""),
        ({"AWS": ACCOUNT}, "key", NO_IDENTITY, NO_IDENTITY, ""),
        ({"AWS": "999999999999"}, "key", NO_RESOURCE, NO_RESOURCE, NO_RESOURCE),
        ("*", "both", NO_IDENTITY, NO_IDENTITY, ""),
        ({"AWS": ACCOUNT}, "both", NO_IDENTITY, NO_IDENTITY, ""),
        ({"AWS": "999999999999"}, "both", NO_RESOURCE, NO_RESOURCE, NO_RESOURCE),
    ],
)
def test_a_resource_gives_what_its_policy_says_to_whom(
    principal: Any, consent: Consent, bare: str, bounded: str, by_identity: str
) -> None:
    """Source: reference_policies_evaluation-logic_policy-eval-denyallow.html, "Resource-based policies"."""
    given = {"resource": resource(principal), "consent": consent}
    assert why(**given) == bare
    assert why(**given, boundary=identity("s3:*")) == bounded
    assert why(**given, identity=(identity(),)) == by_identity


def test_a_resource_alone_does_not_open_the_endpoint() -> None:
    assert why(resource=resource(), endpoint=resource(action="s3:*")) == NO_ENDPOINT


def test_a_key_without_a_policy_is_for_nobody() -> None:
    assert why(identity=(identity(),), consent="key") == NO_RESOURCE


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        ({"consent": "none"}, ""),
        ({"consent": "none", "endpoint": resource()}, ""),
        ({"consent": "none", "endpoint": resource({"AWS": ACCOUNT})}, NO_ENDPOINT),
        ({"consent": "none", "endpoint": resource(action="s3:*")}, NO_ENDPOINT),
        ({"consent": "either"}, NO_RESOURCE),
        ({"consent": "either", "resource": resource({"AWS": ACCOUNT})}, NO_RESOURCE),
        ({"consent": "either", "resource": resource()}, ""),
    ],
)
def test_who_did_not_sign_is_only_everybody(policies: dict[str, Any], words: str) -> None:
    assert why(ANONYMOUS, **policies) == words
