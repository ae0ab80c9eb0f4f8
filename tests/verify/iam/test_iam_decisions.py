from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.verify.iam import (
    FOREIGN,
    Decision,
    Policy,
    Request,
    covers,
    identity,
    key_policy,
    may_assume,
    read,
    resource_policy,
    task_arn,
)

if TYPE_CHECKING:
    from private_fargate.verify.templates.values import Truth

U, NAME, OTHER_NAME = "\U00100000", "\U000f0000", "\U000f0001"
ACCOUNT, ROLE = "111122223333", "arn:aws:iam::111122223333:role/Runner"
REPOSITORY = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/app"
PULLING = f"ecr:BatchGetImage on {REPOSITORY}"
PULL = Request(action="ecr:BatchGetImage", resource=REPOSITORY, principal=ROLE, account=ACCOUNT)
TOKEN = Request(action="ecr:GetAuthorizationToken", principal=ROLE, account=ACCOUNT)
DECRYPT = Request(action="kms:Decrypt", resource="key", principal=ROLE, account=ACCOUNT)
UNREAD = Policy("Imported", complete=False)


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def policy(*statements: Any, name: str = "P") -> Policy:
    return read({"Version": "2012-10-17", "Statement": list(statements)}, name)


def by_role(request: Request, *statements: Any) -> Decision:
    return identity([policy(*statements)], None, request)


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("ecr:BatchGetImage", True),
        ("ECR:batchgetimage", True),
        (["s3:*", "ecr:BatchGet*"], True),
        ("ecr:BatchGetImag?", True),
        ("*", True),
        ("ecr:BatchGet", False),
        ("ecr:Batch", False),
        ("ecs:*", False),
        ([], False),
        (U, None),
        (f"ecr:{U}", None),
        (f"s3:{U}", False),
        (["ecr:*", U], True),
        ({"Fn::Transform": {}}, None),
        (["s3:*", {"Fn::Transform": {}}], None),
    ],
)
def test_actions_are_matched_whatever_their_case(action: Any, outcome: Truth) -> None:
    assert by_role(PULL, allow(action)).holds is outcome


@pytest.mark.parametrize(
    ("resource", "outcome"),
    [
        (REPOSITORY, True),
        ([REPOSITORY.replace("app", "other"), REPOSITORY], True),
        (REPOSITORY.upper(), False),
        (f"arn:aws:ecr:*:{ACCOUNT}:repository/*", True),
        (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/other", False),
        (f"arn:aws:ecr:eu-west-1:{U}:repository/app", None),
        (f"arn:aws:ecr:eu-west-1:{U}:repository/other", False),
        (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/{NAME}", False),
        ("arn:aws:ecr:eu-west-1:${aws:PrincipalAccount}:repository/app", True),
        ("arn:aws:ecr:eu-west-1:${aws:PrincipalTag/account}:repository/app", None),
        (U, None),
    ],
)
def test_resources_are_matched_with_their_case(resource: Any, outcome: Truth) -> None:
    assert by_role(PULL, allow("ecr:*", resource)).holds is outcome


@pytest.mark.parametrize(
    ("pattern", "outcome"),
    [
        (NAME, True),
        ("*", True),
        (OTHER_NAME, False),
        (f"{OTHER_NAME}*", False),
        ("app", False),
        ("app-*", None),
        ("??????", None),
        (U, None),
        (f"app-{U}", None),
    ],
)
def test_a_generated_name_is_no_literal_but_may_fit_a_wildcard(pattern: str, outcome: Truth) -> None:
    assert covers(f"repository/{pattern}", f"repository/{NAME}") is outcome


def test_a_question_mark_is_one_character_and_a_symbol_may_be_many() -> None:
    assert covers("secret:db-??????", "secret:db-a1B2c3") is True
    assert covers(f"{U}:db-??????", f"{U}:db-a1B2c3") is True
    assert covers("db-?", f"db-{U}") is None
    assert covers("db-?", f"db-{NAME}") is None
    assert covers("db-?", f"db-{FOREIGN}") is None


def test_the_token_needs_every_resource() -> None:
    assert by_role(TOKEN, allow("ecr:*", REPOSITORY)).holds is False
    assert by_role(TOKEN, allow("ecr:*", "arn:aws:ecr:*:*:*")).holds is False
    assert by_role(TOKEN, allow("ecr:*")).holds is True


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": ["iam:*", "ECR:*"], "Resource": "*"}, False),
        ({"Effect": "Allow", "NotAction": U, "Resource": "*"}, None),
        ({"Effect": "Allow", "NotAction": ["ecr:*", U], "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}, True),
        ({"Effect": "Allow", "Action": "*", "NotResource": [REPOSITORY]}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": [U]}, None),
        ({"Effect": U, "Action": "*", "Resource": "*"}, None),
        ({"Effect": U, "Action": "s3:*", "Resource": "*"}, False),
        (U, None),
    ],
)
def test_what_is_left_out_or_not_known(statement: Any, outcome: Truth) -> None:
    assert by_role(PULL, statement).holds is outcome


def test_one_statement_needs_no_list_and_a_document_may_be_text() -> None:
    document = {"Statement": allow("ecr:*")}
    assert identity([read(document)], None, PULL).holds is True
    assert identity([read(json.dumps(document))], None, PULL).holds is True


@pytest.mark.parametrize(
    "document", [U, None, "{", [], {"Statement": U}, {"Statement": [U]}, {"Statement": ["x"]}]
)
def test_a_document_that_cannot_be_read_neither_allows_nor_refuses(document: Any) -> None:
    assert identity([read(document)], None, PULL).holds is None


def test_no_policy_refuses() -> None:
    assert identity([], None, PULL).holds is False
    assert identity([read({"Statement": []})], None, PULL).holds is False


def test_a_deny_beats_every_allow() -> None:
    decision = identity([policy(allow()), policy(deny("ecr:*"), name="Q")], None, PULL)
    assert (decision.holds, decision.allowed, decision.denied) == (False, True, True)
    assert by_role(PULL, allow(), deny("s3:*")).holds is True
    assert by_role(PULL, allow(), deny(U)).holds is None
    assert by_role(PULL, allow("s3:*"), deny(U)).holds is False


def test_a_policy_that_is_not_known_is_no_fault_and_no_proof() -> None:
    assert identity([UNREAD], None, PULL).holds is None
    lacking = identity([policy(allow("s3:*")), UNREAD], None, PULL)
    assert (lacking.allowed, lacking.denied) == (None, None)
    enough = identity([policy(allow("ecr:*")), UNREAD], None, PULL)
    assert (enough.holds, enough.allowed, enough.denied) == (None, True, None)
    assert identity([policy(deny("ecr:*")), UNREAD], None, PULL).holds is False


def test_a_boundary_has_to_allow_as_well() -> None:
    own = [policy(allow("ecr:*"))]
    assert identity(own, policy(allow("ecr:*")), PULL).holds is True
    assert identity(own, policy(allow("s3:*")), PULL).holds is False
    assert identity(own, policy(allow(), deny("ecr:*")), PULL).holds is False
    assert identity([], policy(allow()), PULL).holds is False
    assert identity(own, UNREAD, PULL).holds is None
    assert identity([policy(allow("s3:*"))], UNREAD, PULL).holds is False


@pytest.mark.parametrize(
    ("principal", "outcome", "at_gateway"),
    [
        ("*", True, True),
        ({"AWS": "*"}, True, True),
        ({"AWS": ROLE}, True, None),
        ({"AWS": [f"{ROLE}2", ROLE]}, True, None),
        ({"AWS": f"{ROLE}2"}, False, False),
        ({"AWS": ACCOUNT}, True, False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, True, False),
        ({"AWS": "444455556666"}, False, False),
        ({"AWS": "arn:aws:iam::444455556666:root"}, False, False),
        ({"AWS": f"arn:aws:iam::{U}:root"}, None, False),
        ({"AWS": f"arn:aws:iam::{U}:role/Other"}, False, False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:{U}"}, None, None),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/Runner/7"}, None, None),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/Other/7"}, False, False),
        ({"AWS": NAME}, False, False),
        ({"AWS": U}, None, None),
        ({"AWS": []}, False, False),
        ({"Service": "ecs-tasks.amazonaws.com"}, False, False),
        ({"Federated": "cognito-identity.amazonaws.com"}, False, False),
        (U, None, None),
        (ACCOUNT, None, None),
    ],
)
def test_a_role_is_named_by_its_arn_or_its_account(principal: Any, outcome: Truth, at_gateway: Truth) -> None:
    """A gateway endpoint knows roles by conditions alone, and an account as its root user."""
    endpoint = policy(allow(Principal=principal))
    assert resource_policy(endpoint, PULL).holds is outcome
    assert resource_policy(endpoint, PULL, gateway=True).holds is at_gateway


def test_a_role_that_the_template_makes_is_known_by_its_attribute() -> None:
    request = Request(action="ecr:BatchGetImage", principal=NAME, account=U)
    for principal, outcome in [
        (NAME, True),
        (OTHER_NAME, False),
        (U, True),
        (f"arn:aws:iam::{U}:root", True),
    ]:
        assert resource_policy(policy(allow(Principal={"AWS": principal})), request).holds is outcome


def test_who_is_left_out_by_not_principal() -> None:
    others = deny(NotPrincipal={"AWS": f"{ROLE}2"})
    assert resource_policy(policy(allow(Principal="*"), others), PULL).holds is False
    us = deny(NotPrincipal={"AWS": ROLE})
    assert resource_policy(policy(allow(Principal="*"), us), PULL).holds is None
    account = deny(NotPrincipal={"AWS": ACCOUNT})
    assert resource_policy(policy(allow(Principal="*"), account), PULL).holds is None


def test_an_endpoint_without_a_policy_lets_everything_pass() -> None:
    assert resource_policy(None, PULL).holds is True


def test_a_statement_of_a_resource_without_a_principal_decides_nothing() -> None:
    assert resource_policy(policy(allow()), PULL).holds is None


LAYER = Request(
    action="s3:GetObject",
    resource="arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/layer",
    principal=f"arn:aws:iam::{FOREIGN}:role/{FOREIGN}",
    account=FOREIGN,
    context={"aws:ResourceAccount": (FOREIGN,), "aws:PrincipalOrgID": (FOREIGN,)},
)


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ({}, True),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": NAME}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": U}}, None),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}, False),
        ({"StringEquals": {"aws:ResourceAccount": [ACCOUNT]}}, False),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}, False),
        ({"ArnEquals": {"aws:PrincipalArn": NAME}}, False),
        ({"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ],
)
def test_image_layers_are_signed_by_an_account_that_no_template_can_name(
    condition: Any, outcome: Truth
) -> None:
    endpoint = policy(allow("s3:GetObject", Principal="*", Condition=condition))
    assert resource_policy(endpoint, LAYER, gateway=True).holds is outcome


OURS = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


@pytest.mark.parametrize(
    ("key", "role", "outcome"),
    [
        ([allow("kms:*", Principal={"AWS": ROLE})], [], True),
        ([allow("kms:*", Principal="*")], [], True),
        ([allow("kms:*", Principal=OURS)], [], False),
        ([allow("kms:*", Principal=OURS)], [allow("kms:Decrypt")], True),
        ([allow("kms:*", Principal=OURS)], [U], None),
        ([allow("kms:*", Principal={"AWS": ACCOUNT})], [allow("kms:Decrypt")], True),
        ([allow("kms:Encrypt", Principal=OURS)], [allow("kms:Decrypt")], False),
        ([allow("kms:*", Principal={"AWS": f"{ROLE}2"})], [allow("kms:Decrypt")], False),
        ([allow("kms:*", Principal={"AWS": U})], [], None),
        ([allow("kms:*", Principal={"AWS": U})], [allow("kms:Decrypt")], None),
        ([allow("kms:*", Principal={"AWS": ROLE})], [deny("kms:*")], False),
        ([allow("kms:*", Principal={"AWS": ROLE}), deny(Principal=OURS)], [], False),
        ([allow("kms:*", Principal={"AWS": ROLE})], [U], None),
        ([], [allow("kms:Decrypt")], False),
        ([U], [allow("kms:Decrypt")], None),
    ],
)
def test_a_key_decides_alone_unless_it_names_the_account(
    key: list[Any], role: list[Any], outcome: Truth
) -> None:
    decision = key_policy(policy(*key, name="Key"), [policy(*role, name="Role")], None, DECRYPT)
    assert decision.holds is outcome
    assert bool(decision.why) is (outcome is not True)


def test_a_key_without_a_policy_leaves_it_to_the_account() -> None:
    assert key_policy(None, [policy(allow("kms:*"))], None, DECRYPT).holds is True
    assert key_policy(None, [], None, DECRYPT).holds is False


def test_a_boundary_also_limits_what_a_key_grants() -> None:
    key = policy(allow("kms:*", Principal={"AWS": ROLE}))
    assert key_policy(key, [], policy(allow("s3:*")), DECRYPT).holds is False
    assert key_policy(key, [], policy(allow("kms:*")), DECRYPT).holds is True


def test_a_key_grants_a_service_by_its_encryption_context() -> None:
    group = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:app"
    request = Request(
        action="kms:Decrypt",
        service_principal="logs.eu-west-1.amazonaws.com",
        context={"kms:EncryptionContext:aws:logs:arn": (group,)},
    )
    condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:*:{ACCOUNT}:log-group:*"}}
    logs = allow("kms:*", Principal={"Service": "logs.eu-west-1.amazonaws.com"}, Condition=condition)
    assert resource_policy(policy(logs), request).holds is True
    assert resource_policy(policy(allow("kms:*", Principal=OURS)), request).holds is False


REGION = "eu-west-1"
ANY_TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"


def trusted(statement: dict[str, Any], region: str = REGION) -> Truth:
    context = {"aws:SourceAccount": (ACCOUNT,), "aws:SourceArn": (task_arn("aws", region, ACCOUNT),)}
    document = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **statement}]}
    return may_assume(read(document, "Trust"), "ecs-tasks.amazonaws.com", context).holds


@pytest.mark.parametrize(
    ("principal", "outcome"),
    [
        ({"Service": "ecs-tasks.amazonaws.com"}, True),
        ({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}, True),
        ({"Service": "ecs.amazonaws.com"}, False),
        ({"Service": f"ecs-tasks.{U}"}, None),
        ({"Service": f"ec2.{U}"}, False),
        ({"Service": U}, None),
        ({"AWS": ACCOUNT}, False),
        ({"AWS": U}, None),
        ("*", True),
    ],
)
def test_a_role_for_tasks_trusts_ecs_tasks(principal: Any, outcome: Truth) -> None:
    assert trusted({"Principal": principal}) is outcome


@pytest.mark.parametrize(
    ("operator", "source", "outcome"),
    [
        ("ArnLike", ANY_TASK, True),
        ("ArnEquals", ANY_TASK, True),
        ("StringLike", ANY_TASK, True),
        ("StringEquals", ANY_TASK, False),
        ("ArnLike", f"arn:aws:ecs:*:{ACCOUNT}:*", True),
        ("ArnLike", f"arn:*:ecs:*:{U}:*", None),
        ("ArnLike", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/*", None),
        ("ArnLike", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/*/*", None),
        ("ArnLike", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/prod/*", False),
        ("ArnLike", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{NAME}/*", False),
        ("ArnLike", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod", False),
        ("ArnLike", NAME, False),
        ("ArnLike", f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/*", False),
        ("ArnLike", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:*", False),
        ("ArnEquals", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/prod/0123", False),
        ("ArnLike", f"arn:aws-cn:ecs:{REGION}:{ACCOUNT}:*", False),
        ("ArnLike", f"arn:aws:ecs:us-east-1:{ACCOUNT}:*", False),
        ("ArnLike", f"arn:aws:ecs:{REGION}:444455556666:*", False),
    ],
)
def test_a_trust_policy_cannot_name_the_cluster(operator: str, source: str, outcome: Truth) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, operator: {"aws:SourceArn": source}}
    service = {"Service": "ecs-tasks.amazonaws.com"}
    assert trusted({"Principal": service, "Condition": condition}) is outcome


def test_a_region_that_is_not_known_is_still_the_same_region() -> None:
    condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{U}:{ACCOUNT}:*"}}
    service = {"Service": "ecs-tasks.amazonaws.com"}
    assert trusted({"Principal": service, "Condition": condition}, region=U) is True


@pytest.mark.parametrize(
    ("statements", "why", "stopped"),
    [
        ([], f"no statement allows {PULLING}", ""),
        ([allow("s3:*")], f"no statement allows {PULLING}", ""),
        (
            [allow("s3:*"), allow("ecr:*", ["arn:a", "arn:b"], Sid="Pull")],
            f"no statement allows {PULLING}: statement Pull of P is about arn:a, arn:b, not {REPOSITORY}",
            "resource",
        ),
        ([allow(), deny("ecr:*", Sid="NoPulls")], f"statement NoPulls of P denies {PULLING}", ""),
        (
            [allow(Condition={"Bool": {"aws:SecureTransport": "false"}})],
            f"no statement allows {PULLING}: statement 1 of P asks for Bool aws:SecureTransport false, "  # noqa: ISC004
            "which does not hold",
            "condition",
        ),
        (
            [allow(Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:SourceVpc": "vpc-1"}})],
            f"cannot tell whether statement 1 of P allows {PULLING}: it asks for StringEquals "  # noqa: ISC004
            "aws:SourceVpc vpc-1, which is not known",
            "condition",
        ),
        (
            [allow("*", U)],
            f"cannot tell whether statement 1 of P allows {PULLING}: whether its resource fits is not known",
            "resource",
        ),
        (
            [allow(), deny("*", U)],
            f"cannot tell whether statement 2 of P denies {PULLING}: whether its resource fits is not known",
            "resource",
        ),
        ([U], f"cannot tell whether P allows {PULLING}: it is not known", ""),
        ([allow(), U], f"cannot tell whether P denies {PULLING}: it is not known", ""),
    ],
)
def test_the_reason_names_the_statement_to_mend(statements: list[Any], why: str, stopped: str) -> None:
    decision = by_role(PULL, *statements)
    assert (decision.why, decision.stopped) == (why, stopped)


def test_the_reason_names_who_is_not_meant() -> None:
    decision = resource_policy(policy(allow("ecr:*", Principal={"AWS": f"{ROLE}2"}, Sid="Pull")), PULL)
    assert decision.stopped == "principal"
    assert decision.why.endswith(f"statement Pull of P is not about {ROLE}")


def test_a_reason_has_no_symbols_but_those_of_the_templates() -> None:
    decision = resource_policy(policy(allow("s3:*", Principal={"AWS": ROLE})), LAYER)
    assert FOREIGN not in decision.why
    assert "(a name of AWS)" in decision.why


def test_what_passes_names_the_statement_that_lets_it_pass() -> None:
    decision = by_role(PULL, allow("s3:*"), allow("ecr:*", Sid="Pull"))
    assert (str(decision.by), decision.why) == ("statement Pull of P", "")
