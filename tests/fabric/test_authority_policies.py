from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from private_fargate.fabric.authority.evaluation import Request, opinion
from private_fargate.fabric.authority.principals import ANONYMOUS, Standing, Who
from private_fargate.fabric.authority.statements import MalformedPolicyError, parse

if TYPE_CHECKING:
    from private_fargate.fabric.authority.statements import Kind

ACCOUNT, OTHER = "111122223333", "999999999999"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/runner"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/runner/7"
RUNNER = Who(session_arn=SESSION, role_arn=ROLE, role_id="AROA1234567890123456", account=ACCOUNT)
ECS = Who(service="ecs-tasks.amazonaws.com")
REPOSITORY = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/app"
GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def standing(
    statement: dict[str, Any], *, who: Who = RUNNER, kind: Kind = "identity", **asked: Any
) -> Standing | bool:
    """How near an allowing statement comes, or whether one that denies does."""
    policy = parse(document(statement), "P", kind)
    request = Request(
        who=who,
        action=asked.get("action", "ecr:BatchGetImage"),
        resource=asked.get("resource", REPOSITORY),
        context=asked.get("context", {}),
    )
    said = opinion([policy], request, everybody_only=asked.get("everybody_only", False))
    return said.allows if statement["Effect"] == "Allow" else said.is_denied


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"Action": "*"}, True),
        ({"Action": "ecr:BatchGetImage"}, True),
        ({"Action": "ECR:batchgetimage"}, True),
        ({"Action": ["s3:*", "ecr:Batch*"]}, True),
        ({"Action": "ecr:BatchGetImag?"}, True),
        ({"Action": "ecr:Get*"}, False),
        ({"Action": []}, False),
        ({"NotAction": "ecr:Get*"}, True),
        ({"NotAction": ["s3:*", "ecr:batch*"]}, False),
    ],
)
def test_an_action_fits_in_any_case(element: dict[str, Any], *, expected: bool) -> None:
    assert bool(standing({"Effect": "Allow", "Resource": "*", **element})) is expected


@pytest.mark.parametrize(
    ("element", "resource", "expected"),
    [
        ({"Resource": "*"}, REPOSITORY, True),
        ({"Resource": "*"}, "*", True),
        ({"Resource": REPOSITORY}, "*", False),
        ({"Resource": REPOSITORY}, REPOSITORY, True),
        ({"Resource": REPOSITORY.upper().replace("ARN:AWS", "arn:aws")}, REPOSITORY, False),
        ({"Resource": "arn:aws:ecr:*:111122223333:repository/a?p"}, REPOSITORY, True),
        ({"Resource": "arn:aws:logs:*:log-group:a:*"}, f"arn:aws:logs:x:{ACCOUNT}:log-group:a:b:c", True),
        ({"Resource": "arn:aws:ecr:*:repository/app"}, REPOSITORY, False),
        ({"Resource": "arn:aws:ecr"}, REPOSITORY, True),
        ({"Resource": "arn:aws:s3"}, REPOSITORY, False),
        ({"Resource": ["arn:aws:s3:::a", f"{REPOSITORY}*"]}, f"{REPOSITORY}-two", True),
        ({"NotResource": f"{REPOSITORY}*"}, REPOSITORY, False),
        ({"NotResource": "arn:aws:s3:::a"}, REPOSITORY, True),
        ({"Resource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}"}, REPOSITORY, True),
        ({"Resource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/other, 'app'}"}, REPOSITORY, True),
        ({"Resource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/other}"}, REPOSITORY, False),
        ({"Resource": "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/app"}, REPOSITORY, False),
        ({"NotResource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/other}"}, REPOSITORY, False),
    ],
)
def test_a_resource_fits_as_a_whole(element: dict[str, Any], resource: str, *, expected: bool) -> None:
    context = {"aws:principaltag/team": ("app",), "aws:principalaccount": (ACCOUNT,)}
    found = standing({"Effect": "Allow", "Action": "*", **element}, resource=resource, context=context)
    assert bool(found) is expected


def test_a_denial_spares_nothing_whose_variable_is_unknown() -> None:
    other = "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/other}"
    assert standing({"Effect": "Deny", "Action": "*", "NotResource": other}) is True


@pytest.mark.parametrize(
    ("principal", "who", "expected"),
    [
        ("*", RUNNER, Standing.SESSION),
        ("*", ANONYMOUS, Standing.SESSION),
        ("*", ECS, Standing.SESSION),
        ({"AWS": "*"}, ANONYMOUS, Standing.SESSION),
        ({"AWS": SESSION}, RUNNER, Standing.SESSION),
        ({"AWS": f"{SESSION}8"}, RUNNER, Standing.NOBODY),
        ({"AWS": ROLE}, RUNNER, Standing.ROLE),
        ({"AWS": "AROA1234567890123456"}, RUNNER, Standing.ROLE),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/runner"}, RUNNER, Standing.NOBODY),
        ({"AWS": ACCOUNT}, RUNNER, Standing.ACCOUNT),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, RUNNER, Standing.ACCOUNT),
        ({"AWS": [OTHER, f"arn:aws:iam::{ACCOUNT}:root", ROLE]}, RUNNER, Standing.ROLE),
        ({"AWS": OTHER}, RUNNER, Standing.NOBODY),
        ({"AWS": ACCOUNT}, ANONYMOUS, Standing.NOBODY),
        ({"Service": "ecs-tasks.amazonaws.com"}, ECS, Standing.SESSION),
        ({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}, ECS, Standing.SESSION),
        ({"Service": "ecs.amazonaws.com"}, ECS, Standing.NOBODY),
        ({"Service": "ecs-tasks.amazonaws.com"}, RUNNER, Standing.NOBODY),
        ({"Service": "ecs-tasks.amazonaws.com"}, ANONYMOUS, Standing.NOBODY),
        ({"Federated": "accounts.google.com"}, RUNNER, Standing.NOBODY),
    ],
)
def test_a_principal_is_named_at_its_own_distance(principal: Any, who: Who, expected: Standing) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": principal}
    assert standing(statement, who=who, kind="resource") is expected


@pytest.mark.parametrize(
    ("names", "effect", "who", "applies"),
    [
        ([SESSION, ROLE, ACCOUNT], "Deny", RUNNER, False),
        ([ROLE, ACCOUNT], "Deny", RUNNER, True),
        ([SESSION, ROLE], "Deny", RUNNER, True),
        ([OTHER], "Deny", RUNNER, True),
        ([OTHER], "Deny", ANONYMOUS, True),
        ([OTHER], "Allow", RUNNER, True),
        ([OTHER], "Allow", ANONYMOUS, True),
        ([ROLE], "Allow", RUNNER, False),
        ([ACCOUNT], "Allow", RUNNER, False),
        (["*"], "Deny", RUNNER, False),
    ],
)
def test_an_exception_has_to_name_session_role_and_account(
    names: list[str], effect: str, who: Who, *, applies: bool
) -> None:
    statement = {"Effect": effect, "Action": "*", "Resource": "*", "NotPrincipal": {"AWS": names}}
    assert bool(standing(statement, who=who, kind="resource")) is applies


@pytest.mark.parametrize(
    ("principal", "effect", "applies"),
    [
        ("*", "Allow", True),
        ({"AWS": ["*"]}, "Allow", True),
        ({"AWS": ROLE}, "Allow", False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Allow", False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Deny", True),
    ],
)
def test_a_gateway_endpoint_allows_nobody_by_name(principal: Any, effect: str, *, applies: bool) -> None:
    statement = {"Effect": effect, "Action": "*", "Resource": "*", "Principal": principal}
    assert bool(standing(statement, kind="endpoint", everybody_only=True)) is applies


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("identity", {**GOOD, "Effect": "allow"}),
        ("identity", {**GOOD, "Principal": "*"}),
        ("identity", {**GOOD, "NotAction": "s3:*"}),
        ("identity", {**GOOD, "NotResource": "*"}),
        ("identity", {**GOOD, "Resources": "*"}),
        ("identity", {**GOOD, "Action": "GetObject"}),
        ("identity", {**GOOD, "Action": "s*:GetObject"}),
        ("identity", {**GOOD, "Action": 1}),
        ("identity", {**GOOD, "Resource": "bucket"}),
        ("identity", {"Effect": "Allow", "Action": "s3:GetObject"}),
        ("identity", {"Effect": "Allow", "Resource": "*"}),
        ("identity", {"Effect": "Allow", "Action": "s3:*", "NotResource": []}),
        ("identity", {**GOOD, "Condition": {"StringMatches": {"aws:SourceVpc": "vpc-1"}}}),
        ("identity", {**GOOD, "Condition": {"NullIfExists": {"aws:SourceVpc": "true"}}}),
        ("identity", {**GOOD, "Condition": {"SomeValues:StringLike": {"aws:SourceVpc": "vpc-1"}}}),
        ("identity", {**GOOD, "Condition": {"StringEquals": {"SourceVpc": "vpc-1"}}}),
        ("identity", {**GOOD, "Condition": {"StringEquals": "vpc-1"}}),
        ("identity", {**GOOD, "Condition": {"StringEquals": {"aws:SourceVpc": {"a": "b"}}}}),
        ("identity", "Allow"),
        ("endpoint", GOOD),
        ("endpoint", {"Effect": "Allow", "Principal": "*", "Action": "*"}),
        ("resource", {**GOOD, "Principal": ROLE}),
        ("resource", {**GOOD, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/*"}}),
        ("resource", {**GOOD, "Principal": {"AWS": "runner"}}),
        ("resource", {**GOOD, "Principal": {"Role": ROLE}}),
        ("resource", {**GOOD, "Principal": "*", "NotPrincipal": "*"}),
        ("trust", {**GOOD, "Principal": "*", "Action": "sts:AssumeRole"}),
    ],
)
def test_what_aws_would_refuse_is_no_policy(kind: Kind, statement: Any) -> None:
    with pytest.raises(MalformedPolicyError):
        parse(document(statement), "P", kind)


@pytest.mark.parametrize(
    "whole",
    [
        None,
        {},
        [],
        "no JSON",
        {"Version": "2012-10-17"},
        {"Version": "2020-01-01", "Statement": GOOD},
        {"Version": "2012-10-17", "Statements": GOOD},
        {"Statement": [{**GOOD, "Sid": "Read"}, {**GOOD, "Sid": "Read"}]},
    ],
)
def test_a_document_that_is_no_policy_is_none(whole: Any) -> None:
    with pytest.raises(MalformedPolicyError):
        parse(whole, "P", "identity")


def test_a_document_is_read_in_every_form_in_which_aws_gives_it() -> None:
    whole = {"Version": "2012-10-17", "Id": "x", "Statement": GOOD}
    text = json.dumps(whole)
    expected = parse(whole, "P", "identity")
    assert parse(text, "P", "identity") == parse(quote(text), "P", "identity") == expected


def test_the_default_policy_of_endpoints_lets_everything_through() -> None:
    """As the documentation has it, without a version."""
    default = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
    said = opinion(
        [parse(default, "P", "endpoint")],
        Request(who=ANONYMOUS, action="s3:GetObject", resource="arn:aws:s3:::a/b", context={}),
    )
    assert said.allows is Standing.SESSION
