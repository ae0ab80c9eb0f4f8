from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.verify.iam import FOREIGN, Request, identity, read

if TYPE_CHECKING:
    from private_fargate.verify.templates.values import Truth

U, V, NAME, OTHER_NAME = "\U00100000", "\U00100001", "\U000f0000", "\U000f0001"
TASK = "arn:aws:ecs:eu-west-1:1:task/app/7"

PRESENT: list[tuple[str, str, Any, Truth]] = [
    # operator, value in the request, in the policy, whether the condition holds
    ("StringEquals", "vpc-1", "vpc-1", True),
    ("StringEquals", "vpc-1", ["vpc-2", "vpc-1"], True),
    ("StringEquals", "vpc-1", "VPC-1", False),
    ("StringEquals", "vpc-1", "vpc-*", False),
    ("StringEquals", "vpc-1", [], False),
    ("StringEquals", "", "", True),
    ("StringEquals", U, "vpc-1", None),
    ("StringEquals", "vpc-1", U, None),
    ("StringEquals", "vpc-1", ["vpc-1", U], True),
    ("StringEquals", U, U, True),
    ("StringEquals", U, V, None),
    ("StringEquals", NAME, NAME, True),
    ("StringEquals", NAME, OTHER_NAME, False),
    ("StringEquals", NAME, "vpc-1", False),
    ("StringEquals", f"a{U}", "bc", False),
    ("StringNotEquals", "vpc-1", "vpc-2", True),
    ("StringNotEquals", "vpc-1", ["vpc-2", "vpc-1"], False),
    ("StringNotEquals", "vpc-1", U, None),
    ("StringNotEquals", "vpc-1", [U, "vpc-1"], False),
    ("StringNotEquals", "vpc-1", [], True),
    ("StringEqualsIgnoreCase", "vpc-1", "VPC-1", True),
    ("StringNotEqualsIgnoreCase", "vpc-1", "VPC-1", False),
    ("StringLike", "vpc-1", "vpc-*", True),
    ("StringLike", "vpc-1", "VPC-*", False),
    ("StringLike", "vpc-12", "vpc-?", False),
    ("StringLike", U, "*", True),
    ("StringLike", f"vpc-{U}", "vpc-*", True),
    ("StringLike", f"vpc-{U}", "vpc-?", None),
    ("StringLike", f"vpc-{U}", "subnet-*", False),
    ("StringLike", NAME, "app-*", None),
    ("StringLike", FOREIGN, "app-*", False),
    ("StringNotLike", "vpc-1", "vpc-*", False),
    ("StringNotLike", NAME, "app-*", None),
    ("ArnLike", TASK, "arn:aws:ecs:*:1:*", True),
    ("ArnEquals", TASK, "arn:aws:ecs:*:1:*", True),
    ("ArnLike", TASK, "arn:aws:ecs:*:2:*", False),
    ("ArnLike", TASK, "arn:aws-cn:ecs:*:1:*", False),
    ("ArnLike", "arn:aws:ecs:eu-west-1:1:a:1:task", "arn:aws:ecs:*:1:task", False),
    ("ArnLike", TASK, "arn:aws:ecs:*", None),
    ("ArnLike", TASK, "arn:aws:s3:*", False),
    ("ArnLike", TASK, f"arn:aws:ecs:eu-west-1:{U}:*", None),
    ("ArnLike", f"arn:aws:ecs:eu-west-1:{U}:task/a", f"arn:aws:ecs:eu-west-1:{U}:*", True),
    ("ArnEquals", NAME, NAME, True),
    ("ArnLike", NAME, "arn:aws:ecs:*:1:*", None),
    ("ArnNotEquals", TASK, "arn:aws:ecs:*:1:*", False),
    ("ArnNotLike", TASK, "arn:aws:ecs:*:2:*", True),
    ("Bool", "true", True, True),
    ("Bool", "true", "TRUE", True),
    ("Bool", "false", "true", False),
    ("Bool", U, "true", None),
    ("Null", "anything", "false", True),
    ("Null", "anything", True, False),
    ("Null", "anything", U, None),
    ("NumericEquals", "10", 10, True),
    ("NumericEquals", "10", "10.0", True),
    ("NumericNotEquals", "10", "10", False),
    ("NumericLessThan", "9", "10", True),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericGreaterThan", "10", "10", False),
    ("NumericGreaterThanEquals", "100", "20", True),
    ("NumericLessThan", U, "10", None),
    ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01", True),
    ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-01", False),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00-01:00", True),
    ("DateLessThanEquals", "2026-01-01T00:00:00Z", "1767225600", True),
    ("DateGreaterThan", "2026-01-01T00:00:00Z", "2025-12-31", True),
    ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-02", False),
    ("DateLessThan", "2026-01-01T00:00:00Z", f"{U}-01-01", None),
    ("BinaryEquals", "aGk=", "aGk=", True),
    ("IpAddress", "10.0.0.7", "10.0.0.0/8", True),
    ("IpAddress", "10.0.0.7", ["192.168.0.0/16", "10.0.0.7"], True),
    ("IpAddress", "10.0.0.7", "2001:db8::/32", False),
    ("NotIpAddress", "10.0.0.7", "10.0.0.0/8", False),
    ("IpAddress", "10.0.0.7", U, None),
    ("StringEqualsIfExists", "vpc-1", "vpc-2", False),
    ("StringResembles", "vpc-1", "vpc-1", None),
]

ABSENT: list[tuple[str, Any, Truth]] = [
    ("StringEquals", "x", False),
    ("StringEquals", U, False),
    ("StringLike", "*", False),
    ("StringEqualsIfExists", "x", True),
    ("StringNotEquals", "x", True),
    ("StringNotLike", "*", True),
    ("ArnLike", "*", False),
    ("ArnNotLike", "*", True),
    ("ArnLikeIfExists", "x", True),
    ("Bool", "false", False),
    ("BoolIfExists", "false", True),
    ("NumericLessThan", "1", False),
    ("DateLessThan", "2026-01-01", False),
    ("IpAddress", "0.0.0.0/0", False),
    ("NotIpAddress", "0.0.0.0/0", True),
    ("Null", "true", True),
    ("Null", "false", False),
    ("ForAnyValue:StringEquals", "x", False),
    ("ForAnyValue:StringNotEquals", "x", False),
    ("ForAnyValue:StringEqualsIfExists", "x", False),
    ("ForAllValues:StringEquals", "x", True),
    ("StringResembles", "x", None),
]

SEVERAL: list[tuple[str, tuple[str, ...], Any, Truth]] = [
    ("ForAnyValue:StringEquals", ("a", "b"), ["b", "c"], True),
    ("ForAnyValue:StringEquals", ("a", "b"), ["c"], False),
    ("ForAnyValue:StringEquals", ("a", U), ["c"], None),
    ("ForAnyValue:StringNotEquals", ("a", "b"), ["a"], True),
    ("ForAnyValue:StringNotEquals", ("a", "b"), ["a", "b"], False),
    ("ForAllValues:StringEquals", ("a", "b"), ["a", "b", "c"], True),
    ("ForAllValues:StringEquals", ("a", "b"), ["a"], False),
    ("ForAllValues:StringLike", ("a", U), ["a"], None),
    ("ForAllValues:StringNotEquals", ("a", "b"), ["c"], True),
    ("ForAllValues:StringNotEquals", ("a", "b"), ["b"], False),
    ("StringEquals", ("a", "b"), ["b"], True),
    ("StringNotEquals", ("a", "b"), ["b"], False),
]


def holds(condition: Any, context: dict[str, tuple[str, ...]], version: str | None = "2012-10-17") -> Truth:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    policy = read({"Version": version, "Statement": [statement]})
    return identity([policy], None, Request(action="s3:GetObject", context=context)).holds


@pytest.mark.parametrize(("operator", "value", "wanted", "outcome"), PRESENT)
def test_an_operator_compares_as_the_documentation_says(
    operator: str, value: str, wanted: Any, outcome: Truth
) -> None:
    assert holds({operator: {"aws:Key": wanted}}, {"aws:Key": (value,)}) is outcome


@pytest.mark.parametrize(("operator", "wanted", "outcome"), ABSENT)
def test_a_key_that_is_absent_fails_what_is_positive(operator: str, wanted: Any, outcome: Truth) -> None:
    assert holds({operator: {"aws:Key": wanted}}, {"aws:Key": ()}) is outcome


@pytest.mark.parametrize(("operator", "wanted"), [(operator, wanted) for operator, wanted, _ in ABSENT])
def test_a_key_that_nobody_mentions_decides_nothing(operator: str, wanted: Any) -> None:
    assert holds({operator: {"aws:Key": wanted}}, {}) is None


@pytest.mark.parametrize(("operator", "values", "wanted", "outcome"), SEVERAL)
def test_several_values_are_compared_one_by_one(
    operator: str, values: tuple[str, ...], wanted: Any, outcome: Truth
) -> None:
    assert holds({operator: {"aws:Key": wanted}}, {"aws:Key": values}) is outcome


def test_keys_have_no_case() -> None:
    assert holds({"StringEquals": {"AWS:sourcevpc": "vpc-1"}}, {"aws:SourceVpc": ("vpc-1",)}) is True


def test_all_keys_and_all_operators_have_to_hold() -> None:
    context = {"aws:A": ("a",), "aws:B": ("b",)}
    assert holds({"StringEquals": {"aws:A": "a", "aws:B": "x"}}, context) is False
    assert holds({"StringEquals": {"aws:A": "a"}, "StringLike": {"aws:B": "x*"}}, context) is False
    assert holds({"StringEquals": {"aws:A": "a", "aws:Unheard": "x"}}, context) is None
    assert holds({"StringEquals": {"aws:B": "x", "aws:Unheard": "x"}}, context) is False


@pytest.mark.parametrize("condition", [U, {"StringEquals": U}, ["StringEquals"]])
def test_a_condition_that_cannot_be_read_decides_nothing(condition: Any) -> None:
    assert holds(condition, {}) is None


def test_no_condition_always_holds() -> None:
    assert holds({}, {}) is True
    assert holds(None, {}) is True


@pytest.mark.parametrize(
    ("wanted", "outcome"),
    [
        ("${aws:Team}-1", True),
        ("${AWS:team}-1", True),
        ("${aws:Team}-2", False),
        ("${aws:Gone, 'red'}-1", True),
        ("${aws:Gone}-1", None),
        ("${aws:Unheard}-1", None),
        ("${aws:Many}-1", None),
        ("${aws:Starred}-1", None),
        ("${aws:Unheard}-2", False),
        ("${*}", None),
    ],
)
def test_a_variable_is_as_known_as_the_request(wanted: str, outcome: Truth) -> None:
    context = {
        "aws:Key": ("red-1",),
        "aws:Team": ("red",),
        "aws:Gone": (),
        "aws:Many": ("red", "blue"),
        "aws:Starred": ("r*",),
    }
    assert holds({"StringLike": {"aws:Key": wanted}}, context) is outcome


@pytest.mark.parametrize(("version", "outcome"), [("2008-10-17", False), (None, False), (U, None)])
def test_older_versions_have_no_variables(version: str | None, outcome: Truth) -> None:
    context = {"aws:Key": ("red",), "aws:Team": ("red",)}
    assert holds({"StringEquals": {"aws:Key": "${aws:Team}"}}, context, version) is outcome
