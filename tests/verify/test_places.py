from __future__ import annotations

from typing import Any

import pytest

from private_fargate.verify.templates.places import Place

ACCOUNT = "111122223333"
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/web:1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/web"


def written(*values: Any, given: Place | None = None) -> Place:
    """Give the place that a template with some values is written for."""
    resources = {f"R{index}": {"Properties": {"Value": value}} for index, value in enumerate(values)}
    return (given or Place()).or_as_written([{"Resources": resources}])


def test_templates_for_one_place_are_taken_to_be_deployed_there() -> None:
    assert written(IMAGE, ROLE) == Place("eu-west-1", ACCOUNT, "aws")


def test_one_literal_among_many_that_are_open_may_be_the_mistake() -> None:
    place = written(
        IMAGE, {"Ref": "AWS::Region"}, {"Fn::Sub": "${AWS::Region}.${AWS::AccountId}.${AWS::AccountId}"}
    )
    assert place == Place(None, None, "aws")


def test_two_regions_are_none() -> None:
    assert written(IMAGE, "com.amazonaws.us-east-1.logs").region is None


def test_another_region_among_many_of_one_may_be_the_mistake() -> None:
    assert written(*[IMAGE] * 4, "com.amazonaws.us-east-1.logs").region == "eu-west-1"


def test_another_partition_among_names_that_leave_it_open_may_be_the_mistake() -> None:
    opened = {"Fn::Sub": "arn:${AWS::Partition}:s3:::a.${AWS::URLSuffix}"}
    assert written("arn:aws-cn:s3:::bucket", opened).partition == "aws"


def test_what_is_said_counts_for_more_than_what_is_written() -> None:
    assert written(IMAGE, given=Place("us-east-1", "444455556666")) == Place(
        "us-east-1", "444455556666", "aws"
    )


@pytest.mark.parametrize(
    ("value", "partition"),
    [
        ("arn:aws-cn:s3:::bucket", "aws-cn"),
        ("com.amazonaws.us-gov-west-1.logs", "aws-us-gov"),
        (["arn:aws-cn:s3:::a", "arn:aws:s3:::a"], "aws"),
    ],
)
def test_the_partition_is_that_of_the_region_or_of_the_arns(value: Any, partition: str) -> None:
    assert written(value).partition == partition


@pytest.mark.parametrize("number", ["123456789012", "1234567890123", "12345678901"])
def test_a_number_of_twelve_digits_is_an_account_only_where_one_stands(number: str) -> None:
    assert written(number, f"key-{number}").account is None
