from __future__ import annotations

from typing import Any

import pytest

from private_fargate.fabric.authority.evaluation import Request, opinion
from private_fargate.fabric.authority.principals import Who
from private_fargate.fabric.authority.statements import parse

TASK = "arn:aws:ecs:eu-west-1:111122223333:task/app/7"
STORE = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
NOON = "2026-01-01T12:00:00Z"


def holds(
    operator: str,
    given: list[str],
    wanted: Any,
    *,
    effect: str = "Allow",
    version: str = "2012-10-17",
    **context: list[str],
) -> bool:
    statement = {
        "Effect": effect,
        "Action": "*",
        "Resource": "*",
        "Condition": {operator: {"aws:Key": wanted}},
    }
    policy = parse({"Version": version, "Statement": statement}, "P", "identity")
    known = {"aws:key": tuple(given), **{f"aws:{name}": tuple(values) for name, values in context.items()}}
    said = opinion([policy], Request(who=Who(), action="s3:GetObject", resource="*", context=known))
    return bool(said.allows) if effect == "Allow" else said.is_denied


@pytest.mark.parametrize(
    ("operator", "given", "wanted", "expected"),
    [
        ("StringEquals", "vpc-1", "vpc-1", True),
        ("stringequals", "vpc-1", "vpc-1", True),
        ("StringEquals", "vpc-1", ["vpc-2", "vpc-1"], True),
        ("StringEquals", "vpc-1", "VPC-1", False),
        ("StringEquals", "vpc-1", "vpc-*", False),
        ("StringEquals", "vpc-1", [], False),
        ("StringNotEquals", "vpc-1", ["vpc-2", "vpc-1"], False),
        ("StringNotEquals", "vpc-1", ["vpc-2", "vpc-3"], True),
        ("StringEqualsIgnoreCase", "vpc-1", "VPC-1", True),
        ("StringNotEqualsIgnoreCase", "vpc-1", "VPC-1", False),
        ("StringLike", "vpc-1", "vpc-*", True),
        ("StringLike", "vpc-1", "VPC-*", False),
        ("StringLike", "vpc-12", "vpc-?", False),
        ("StringLike", "a.b", "a?b", True),
        ("StringLike", "a+b", "a.b", False),
        ("StringNotLike", "vpc-1", "vpc-*", False),
        ("StringLike", STORE, "arn:aws:someservice:*:111122223333:finance/*", True),
        ("ArnLike", STORE, "arn:aws:someservice:*:111122223333:finance/*", False),
        ("ArnLike", TASK, "arn:aws:ecs:*:111122223333:*", True),
        ("ArnEquals", TASK, "arn:aws:ecs:*:111122223333:*", True),
        ("ArnNotEquals", TASK, "arn:aws:ecs:*:111122223333:*", False),
        ("ArnNotLike", TASK, "arn:aws:ecs:*:999999999999:*", True),
        ("ArnLike", TASK, "arn:aws:ecs:eu-west-?:111122223333:task/*", True),
        ("ArnLike", TASK, "arn:aws:ecs:*", False),
        ("ArnLike", "no ARN", "arn:*:*:*:*:*", False),
        ("Bool", "true", True, True),
        ("bool", "true", "TRUE", True),
        ("Bool", "false", "true", False),
        ("Null", "anything", "false", True),
        ("Null", "anything", True, False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", 10, False),
        ("NumericLessThan", "9", "10", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "100", "20", True),
        ("NumericEquals", "ten", "10", False),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01", True),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00-01:00", True),
        ("DateGreaterThan", NOON, "2026-01-01T11:59:59.5Z", True),
        ("DateLessThanEquals", "1767268800", NOON, True),
        ("DateGreaterThan", NOON, 1767268799, True),
        ("DateNotEquals", NOON, "2026", True),
        ("IpAddress", "10.0.0.7", "10.0.0.0/16", True),
        ("IpAddress", "10.0.0.7", "10.0.0.7", True),
        ("IpAddress", "10.1.0.7", ["10.0.0.0/16", "2001:db8::/32"], False),
        ("IpAddress", "2001:db8::7", ["10.0.0.0/16", "2001:db8::/32"], True),
        ("NotIpAddress", "10.0.0.7", "10.0.0.0/16", False),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5", False),
    ],
)
def test_an_operator_compares_what_the_request_has(
    operator: str, given: str, wanted: Any, *, expected: bool
) -> None:
    assert holds(operator, [given], wanted) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "a", False),
        ("StringLike", "*", False),
        ("StringNotEquals", "a", True),
        ("StringNotLike", "a", True),
        ("ArnNotLike", "arn:aws:ecs:*:*:*", True),
        ("ArnLike", "arn:aws:ecs:*:*:*", False),
        ("Bool", "false", False),
        ("NumericNotEquals", "1", True),
        ("DateLessThan", "2030-01-01", False),
        ("IpAddress", "0.0.0.0/0", False),
        ("NotIpAddress", "10.0.0.0/8", True),
        ("BinaryEquals", "QQ==", False),
        ("StringEqualsIfExists", "a", True),
        ("StringNotEqualsIfExists", "a", True),
        ("BoolIfExists", "true", True),
        ("IpAddressIfExists", "10.0.0.0/8", True),
        ("NumericLessThanIfExists", "1", True),
        ("ForAllValues:StringEquals", "a", True),
        ("ForAnyValue:StringEquals", "a", False),
        ("ForAnyValue:StringNotEquals", "a", False),
        ("ForAnyValue:StringEqualsIfExists", "a", True),
        ("Null", "true", True),
        ("Null", "false", False),
        ("Null", ["true", "false"], True),
    ],
)
def test_an_absent_key_meets_only_negations_and_what_is_optional(
    operator: str, wanted: Any, *, expected: bool
) -> None:
    assert holds(operator, [], wanted) is expected


@pytest.mark.parametrize(
    ("operator", "given", "wanted", "expected"),
    [
        ("ForAllValues:StringLike", ["PostDateTime", "UserName"], ["PostDateTime", "Message", "Tags"], False),
        ("ForAllValues:StringLike", ["PostDateTime", "Tags"], ["PostDateTime", "Message", "Tags"], True),
        ("ForAnyValue:StringLike", ["PostDateTime", "UserName"], ["PostDateTime", "Message"], True),
        ("ForAnyValue:StringLike", ["UserName"], ["PostDateTime", "Message"], False),
        ("ForAllValues:StringNotEquals", ["a", "b"], ["c"], True),
        ("ForAllValues:StringNotEquals", ["a", "b"], ["b"], False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["b"], True),
        ("ForAnyValue:StringNotEquals", ["b"], ["a", "b"], False),
        ("StringEquals", ["a", "b"], ["b"], True),
        ("StringNotEquals", ["a", "b"], ["b"], False),
        ("forallvalues:stringequals", ["a"], ["a"], True),
    ],
)
def test_a_quantifier_is_about_the_values_of_the_request(
    operator: str, given: list[str], wanted: Any, *, expected: bool
) -> None:
    assert holds(operator, given, wanted) is expected


@pytest.mark.parametrize(
    ("operator", "given", "wanted", "expected"),
    [
        ("StringEquals", "app", "${aws:Team}", True),
        ("StringEquals", "app", "${AWS:TEAM}", True),
        ("StringEquals", "app-1", "${aws:Team}-1", True),
        ("StringLike", "app/x", "${aws:Team}/*", True),
        ("StringLike", "appx", "${aws:Star}", False),
        ("StringLike", "ap*", "${aws:Star}", True),
        ("StringEquals", "none", "${aws:Missing, 'none'}", True),
        ("StringEquals", "app", "${aws:Team, 'none'}", True),
        ("StringEquals", "", "${aws:Missing}", False),
        ("StringEquals", "${aws:Missing}", "${aws:Missing}", False),
        ("StringEquals", "a", "${aws:Several}", False),
        ("StringLike", "a*b", "a${*}b", True),
        ("StringLike", "axb", "a${*}b", False),
        ("StringLike", "a?$", "a${?}${$}", True),
        ("StringEquals", "a*b", "a${*}b", True),
        ("ArnLike", TASK, "arn:aws:ecs:*:${aws:Account}:task/${aws:Team}/*", True),
        ("ArnLike", TASK, "${aws:Task}", True),
        ("NumericEquals", "1", "${aws:One}", False),
    ],
)
def test_a_variable_stands_for_the_one_value_of_a_key(
    operator: str, given: str, wanted: str, *, expected: bool
) -> None:
    known = {"team": ["app"], "star": ["ap*"], "several": ["a", "b"], "account": ["111122223333"]}
    assert holds(operator, [given], wanted, **known, task=[TASK], one=["1"]) is expected


def test_a_variable_without_a_value_neither_allows_nor_spares() -> None:
    assert not holds("StringNotEquals", ["a"], "${aws:Missing}")
    assert holds("StringNotEquals", ["a"], "${aws:Missing}", effect="Deny")
    assert not holds("ArnNotLike", [TASK], "arn:aws:ecs:*")
    assert holds("ArnNotLike", [TASK], "arn:aws:ecs:*", effect="Deny")
    assert not holds("NumericNotEquals", ["1"], "many")


def test_the_language_before_2012_has_no_variables() -> None:
    assert holds("StringEquals", ["${aws:team}"], "${aws:team}", version="2008-10-17", team=["app"])
    assert not holds("StringEquals", ["app"], "${aws:team}", version="2008-10-17", team=["app"])


def test_all_keys_and_all_operators_have_to_hold() -> None:
    condition = {
        "StringEquals": {"aws:SourceVpc": "vpc-1", "aws:PrincipalAccount": "111122223333"},
        "Bool": {"aws:SecureTransport": "true"},
    }
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    policy = parse({"Statement": statement}, "P", "identity")
    good = {
        "aws:sourcevpc": ("vpc-1",),
        "aws:principalaccount": ("111122223333",),
        "aws:securetransport": ("true",),
    }
    for key in [None, *good]:
        context = {name: values for name, values in good.items() if name != key}
        said = opinion([policy], Request(who=Who(), action="s3:GetObject", resource="*", context=context))
        assert bool(said.allows) is (key is None)
