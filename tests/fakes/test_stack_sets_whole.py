"""The whole system by a StackSet: two accounts by two Regions, from one bucket."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from private_fargate.config.loading import load
from private_fargate.deploy.packaging import package
from private_fargate.deploy.session import connect_to
from stacks import parent
from tests.fakes.stack_sets_house import HOME

if TYPE_CHECKING:
    from tests.fakes.stack_sets_house import House

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
AWAY = "eu-west-1"


def test_the_system_runs_in_each_account_and_region_but_where_a_name_is_taken(house: House) -> None:
    """The failed target names the nested stack, whose own events have the cause; the others have it all."""
    good, bad = house.targets(2)
    bucket, s3 = f"artifacts-{house.account}", house.client("s3")
    s3.create_bucket(Bucket=bucket)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in (good, bad)]},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    variables = {**house.aws.environment(), "AWS_ACCESS_KEY_ID": house.account}
    environment = load(ENVIRONMENTS / "demo.yaml")
    packed = package(connect_to(variables), parent.render(environment), bucket)
    repository = house.client("ecr", bad, AWAY)
    repository.create_repository(repositoryName=f"{environment.name}/nginx")
    house.api.create_stack_set(
        StackSetName="house",
        **packed.source(),
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    preferences = {"MaxConcurrentCount": 2, "FailureToleranceCount": 1}
    done = house.create("house", [good, bad], [HOME, AWAY], OperationPreferences=preferences)
    results = house.results("house", done["OperationId"])
    failed = {target for target, each in results.items() if each["Status"] != "SUCCEEDED"}
    assert failed == {(bad, AWAY)}, results
    assert "ResourceType:AWS::CloudFormation::Stack" in results[bad, AWAY]["StatusReason"]
    for account, region in results.keys() - failed:
        ecs = house.client("ecs", account, region)
        (cluster,) = ecs.list_clusters()["clusterArns"]
        assert cluster.split(":")[3:5] == [region, account]
        assert len(ecs.list_services(cluster=cluster)["serviceArns"]) == len(environment.services)
        assert house.vpcs(account, region) == ["10.0.0.0/16"]
    begun = house.api.delete_stack_instances(
        StackSetName="house",
        Accounts=[good, bad],
        Regions=[HOME, AWAY],
        RetainStacks=False,
        OperationPreferences=preferences,
    )
    assert house.finished("house", begun["OperationId"])["Status"] == "SUCCEEDED"
    for account, region in results:
        assert house.vpcs(account, region) == []
