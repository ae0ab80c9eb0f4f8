"""What a network asks an AWS: endpoint services, lists of addresses, and what the agent of a task calls."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import pytest

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from private_fargate.deploy.session import connect_to

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator


def elsewhere(aws: EmbeddedAws, region: str) -> Session:
    return connect_to({**aws.environment(), "AWS_REGION": region, "AWS_DEFAULT_REGION": region})


@pytest.mark.parametrize(
    ("region", "service", "name"),
    [
        ("us-east-1", "com.amazonaws.us-east-1.ecr.dkr", "*.dkr.ecr.us-east-1.amazonaws.com"),
        ("eu-west-1", "com.amazonaws.eu-west-1.logs", "logs.eu-west-1.amazonaws.com"),
        ("cn-north-1", "cn.com.amazonaws.cn-north-1.ecr.api", "api.ecr.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_an_endpoint_service_tells_the_name_it_answers_to(
    embedded_aws: EmbeddedAws, region: str, service: str, name: str
) -> None:
    ec2 = elsewhere(embedded_aws, region).client("ec2")
    (described,) = ec2.describe_vpc_endpoint_services(ServiceNames=[service])["ServiceDetails"]
    assert described["PrivateDnsName"] == name
    assert described["PrivateDnsNames"] == [{"PrivateDnsName": name}]
    assert described["AvailabilityZones"][0].startswith(region)


def test_s3_is_reached_by_a_gateway_and_by_interfaces(local_aws: Session) -> None:
    ec2 = local_aws.client("ec2")
    found = ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.us-east-1.s3"])
    names = {
        each["ServiceType"][0]["ServiceType"]: each.get("PrivateDnsName") for each in found["ServiceDetails"]
    }
    assert names == {"Gateway": None, "Interface": "*.s3.us-east-1.amazonaws.com"}


def test_an_endpoint_service_that_aws_does_not_have_is_refused(local_aws: Session) -> None:
    ec2 = local_aws.client("ec2")
    with pytest.raises(ec2.exceptions.ClientError, match="InvalidServiceName"):
        ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.us-east-1.ecr"])


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-2"])
def test_every_region_has_addresses_of_s3_and_dynamodb(embedded_aws: EmbeddedAws, region: str) -> None:
    ec2 = elsewhere(embedded_aws, region).client("ec2")
    listed = {each["PrefixListName"]: each for each in ec2.describe_prefix_lists()["PrefixLists"]}
    for service in ("s3", "dynamodb"):
        found = listed[f"com.amazonaws.{region}.{service}"]
        entries = ec2.get_managed_prefix_list_entries(PrefixListId=found["PrefixListId"])["Entries"]
        assert found["Cidrs"] == [entry["Cidr"] for entry in entries]
        assert len(entries) > 2
    assert listed[f"com.amazonaws.{region}.s3"]["PrefixListId"] == S3_PREFIX_LISTS[region]


def test_ireland_has_its_own_addresses_of_s3(embedded_aws: EmbeddedAws) -> None:
    ec2 = elsewhere(embedded_aws, "eu-west-1").client("ec2")
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=S3_PREFIX_LISTS["eu-west-1"])["Entries"]
    assert "52.218.0.0/17" in {entry["Cidr"] for entry in entries}


def test_the_agent_of_a_task_is_served_with_credentials_of_its_own(
    embedded_aws: EmbeddedAws, local_aws: Session
) -> None:
    own = {
        "AWS_ACCESS_KEY_ID": "ASIAQWERTYUIOPASDFGH",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
    }
    agent, name = connect_to({**embedded_aws.environment(), **own}), f"of-agent-{uuid.uuid4().hex[:8]}"
    local_aws.client("logs").create_log_group(logGroupName=name)
    local_aws.client("secretsmanager").create_secret(Name=name, SecretString="hidden")
    local_aws.client("ssm").put_parameter(Name=name, Value="also hidden", Type="SecureString")

    stream = {"logGroupName": name, "logStreamName": "web"}
    agent.client("logs").create_log_stream(**stream)
    line = {"timestamp": int(time.time() * 1000), "message": "GET / 200"}
    agent.client("logs").put_log_events(**stream, logEvents=[line])
    events = local_aws.client("logs").get_log_events(**stream)["events"]
    assert [event["message"] for event in events] == ["GET / 200"]
    assert agent.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"] == "hidden"
    (parameter,) = agent.client("ssm").get_parameters(Names=[name], WithDecryption=True)["Parameters"]
    assert parameter["Value"] == "also hidden"

    local_aws.client("logs").delete_log_group(logGroupName=name)
    local_aws.client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    local_aws.client("ssm").delete_parameter(Name=name)
