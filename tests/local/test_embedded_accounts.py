"""Accounts and Regions: each has what was made in it, and sees nothing of the others but what they share."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.session import connect_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

OTHER, THIRD = "333333333331", "333333333332"
AWAY = "eu-west-1"
NETWORK = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}},
    },
    "Cluster": {"Type": "AWS::ECS::Cluster"},
}


def connected(aws: EmbeddedAws, account: str, region: str) -> Session:
    return connect_to(
        {
            **aws.environment(),
            "AWS_ACCESS_KEY_ID": account,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }
    )


@pytest.fixture
def stack_of(embedded_aws: EmbeddedAws, stack: Stack) -> Iterator[Callable[[str, str], Stack]]:
    """Stacks of one name in other accounts and Regions."""
    made: list[Stack] = []

    def make(account: str, region: str) -> Stack:
        made.append(replace(stack, session=connected(embedded_aws, account, region)))
        return made[-1]

    yield make
    for each in made:
        each.session.client("cloudformation").delete_stack(StackName=each.name)


def own_vpcs(session: Session) -> list[dict[str, Any]]:
    found = session.client("ec2").describe_vpcs()["Vpcs"]
    return [each for each in found if not each["IsDefault"]]


def test_stacks_of_one_name_in_other_accounts_and_regions_are_others(
    stack_of: Callable[[str, str], Stack],
) -> None:
    places = [(account, region) for account in (OTHER, THIRD) for region in ("us-east-1", AWAY)]
    stacks = {place: stack_of(*place) for place in places}
    for place, stack in stacks.items():
        assert stack.create(NETWORK) == "CREATE_COMPLETE", place
    for (account, region), stack in stacks.items():
        assert [each["OwnerId"] for each in own_vpcs(stack.session)] == [account]
        (cluster,) = stack.session.client("ecs").list_clusters()["clusterArns"]
        assert cluster.split(":")[3:5] == [region, account]
    assert stacks[OTHER, AWAY].delete() == "DELETE_COMPLETE"
    assert [len(own_vpcs(stack.session)) for stack in stacks.values()] == [1, 0, 1, 1]


def test_one_token_means_another_request_in_another_account(
    stack_of: Callable[[str, str], Stack],
) -> None:
    body = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    made = {
        stack.session.client("cloudformation").create_stack(
            StackName=stack.name, TemplateBody=body, ClientRequestToken="one"
        )["StackId"]
        for stack in (stack_of(OTHER, AWAY), stack_of(THIRD, AWAY))
    }
    assert len(made) == 2


def test_a_template_of_another_account_is_read_where_its_bucket_allows_it(
    embedded_aws: EmbeddedAws, stack_of: Callable[[str, str], Stack]
) -> None:
    """By organization: the member may, the stranger may not."""
    manager = connected(embedded_aws, OTHER, "us-east-1")
    organizations, s3 = manager.client("organizations"), manager.client("s3")
    organization = organizations.describe_organization()["Organization"]["Id"]
    member = organizations.create_account(Email="somebody@example.org", AccountName="member")[
        "CreateAccountStatus"
    ]["AccountId"]
    bucket = "embedded-accounts"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="child.json", Body=json.dumps({"Resources": NETWORK}))
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}},
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    url = f"{manager.endpoint}/{bucket}/child.json"
    nested = {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
    inside, stranger = stack_of(member, AWAY), stack_of(THIRD, AWAY)
    assert inside.create(nested) == "CREATE_COMPLETE"
    assert len(own_vpcs(inside.session)) == 1
    assert stranger.create(nested) == "ROLLBACK_COMPLETE"
    assert "S3 error: Access Denied" in stranger.reasons()
    seen = inside.session.client("organizations").describe_organization()["Organization"]
    assert (seen["Id"], seen["MasterAccountId"]) == (organization, OTHER)


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        ("AWS::ECR::Repository", {"RepositoryName": "taken"}),
        ("AWS::Logs::LogGroup", {"LogGroupName": "taken"}),
        ("AWS::IAM::Role", {"RoleName": "taken", "AssumeRolePolicyDocument": {"Statement": []}}),
    ],
)
def test_a_name_that_is_taken_is_refused_and_its_owner_keeps_it(
    stack_of: Callable[[str, str], Stack], resource_type: str, properties: dict[str, Any]
) -> None:
    owner = stack_of(OTHER, AWAY)
    resources = {"Named": {"Type": resource_type, "Properties": properties}}
    assert owner.create(resources) == "CREATE_COMPLETE"
    second = replace(owner, name=f"{owner.name}-too")
    assert second.create(resources) == "ROLLBACK_COMPLETE"
    assert f"Resource of type '{resource_type}' with identifier" in second.reasons()
    elsewhere = stack_of(THIRD, AWAY)
    assert elsewhere.create(resources) == "CREATE_COMPLETE"
    assert owner.status() == "CREATE_COMPLETE"


def test_amazons_images_are_there_for_who_asks(embedded_aws: EmbeddedAws) -> None:
    """They are made on demand; an account in which nobody asks does without them."""
    client = connected(embedded_aws, THIRD, "eu-central-1").client("ec2")
    found = client.describe_images(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*"]}]
    )
    assert found["Images"]
