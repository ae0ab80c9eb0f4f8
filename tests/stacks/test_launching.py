"""The example's product, launched with other values than its own, and seen as AWS describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from deployments import delete

from private_fargate.config import load
from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import DeployError, connect_to
from private_fargate.deploy.watching import Watcher
from private_fargate.inputs import ROOT
from private_fargate.kit.addresses import zone_blocks
from stacks import launchable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.following import Outcome
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

BUCKET = "launch-tests"
NAME = "team-orders"
CIDR = "172.20.64.0/20"
CHOSEN = {
    "Name": NAME,
    "VpcCidr": CIDR,
    "ZoneCount": "2",
    "WithJumpHost": "no",
    "NginxCount": "2",
    "NginxCpu": "1024",
    "NginxMemory": "3072",
    "NginxLogRetention": "30",
    "NginxImageDigest": f"sha256:{'1' * 64}",
}


@pytest.fixture(scope="module")
def aws(embedded_aws: EmbeddedAws) -> Session:
    session = connect_to(embedded_aws.environment())
    ensure_bucket(session, BUCKET)
    return session


@pytest.fixture
def stack(aws: Session) -> Iterator[str]:
    yield NAME
    assert delete(aws, NAME)


def launch(aws: Session, **parameters: str) -> Outcome:
    templates = launchable.render(load(ROOT / "environments" / "demo.yaml"))
    deployment = Deployment(
        session=aws, stack=NAME, templates=templates, bucket=BUCKET, parameters={**CHOSEN, **parameters}
    )
    return deploy(deployment, Watcher())


def launched(aws: Session, **parameters: str) -> Mapping[str, str]:
    outcome = launch(aws, **parameters)
    assert outcome.succeeded, outcome.explain()
    return outcome.outputs


def tags(described: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described["Tags"]}


def subnets(aws: Session, vpc: str) -> dict[str, tuple[str, str]]:
    """Return range and zone of each subnet by its Name tag."""
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    found = aws.client("ec2").describe_subnets(Filters=inside)["Subnets"]
    return {tags(each)["Name"]: (each["CidrBlock"], each["AvailabilityZone"]) for each in found}


def expected_subnets(zones: int) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for zone in range(1, zones + 1):
        blocks, where = zone_blocks(CIDR, zone), f"us-east-1{'abc'[zone - 1]}"
        found[f"{NAME} private {zone}"] = (blocks.private, where)
        found[f"{NAME} public {zone}"] = (blocks.public, where)
    return found


def endpoints(aws: Session, vpc: str) -> dict[str, int]:
    """Return in how many subnets each endpoint of the VPC is, by the last parts of its name."""
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    found = aws.client("ec2").describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
    return {each["ServiceName"].split("us-east-1.")[1]: len(each.get("SubnetIds", ())) for each in found}


def hosts(aws: Session, vpc: str) -> list[str]:
    inside = [
        {"Name": "vpc-id", "Values": [vpc]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    found = aws.client("ec2").describe_instances(Filters=inside)["Reservations"]
    return [each["InstanceId"] for reservation in found for each in reservation["Instances"]]


@pytest.mark.slow
@pytest.mark.usefixtures("stack")
def test_a_team_gets_what_it_chose_and_more_when_it_wants_more(aws: Session) -> None:
    small = launched(aws)
    vpc = small["VpcId"]
    (described,) = aws.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert (described["CidrBlock"], tags(described)["Name"]) == (CIDR, NAME)
    assert tags(described)["Environment"] == NAME
    assert subnets(aws, vpc) == expected_subnets(2)
    assert endpoints(aws, vpc) == {"ecr.api": 2, "ecr.dkr": 2, "logs": 2, "s3": 0}
    assert hosts(aws, vpc) == []
    assert "JumpHostId" not in small
    assert small["NginxTestUrl"] == f"curl http://nginx.{NAME}"
    check_namespace(aws, small)
    check_service(aws, small)

    large = launched(aws, ZoneCount="3", WithJumpHost="yes")
    assert large["VpcId"] == vpc
    assert subnets(aws, vpc) == expected_subnets(3)
    assert endpoints(aws, vpc) == {
        "ecr.api": 3, "ecr.dkr": 3, "logs": 3, "s3": 0, "ssm": 3, "ssmmessages": 3,
    }  # fmt: skip
    assert hosts(aws, vpc) == [large["JumpHostId"]]
    assert large["PrivateSubnetIds"].startswith(f"{small['PrivateSubnetIds']},"), "zones are only added"
    assert len(large["NatAddresses"].split(",")) == 3


def check_namespace(aws: Session, outputs: Mapping[str, str]) -> None:
    found = aws.client("servicediscovery").get_namespace(Id=outputs["NamespaceId"])["Namespace"]
    assert (found["Name"], found["Type"]) == (NAME, "DNS_PRIVATE")


def check_service(aws: Session, outputs: Mapping[str, str]) -> None:
    ecs, cluster = aws.client("ecs"), outputs["ClusterName"]
    (arn,) = ecs.list_services(cluster=cluster)["serviceArns"]
    (service,) = ecs.describe_services(cluster=cluster, services=[arn])["services"]
    subnet_ids = service["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    assert (service["desiredCount"], subnet_ids) == (2, outputs["PrivateSubnetIds"].split(","))
    found = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (container,) = found["containerDefinitions"]
    assert (found["cpu"], found["memory"]) == ("1024", "3072")
    assert f"/{NAME}/nginx@sha256:1111" in container["image"]
    group = container["logConfiguration"]["options"]["awslogs-group"]
    (log,) = aws.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert log["retentionInDays"] == 30
    bounds = {
        aws.client("iam").get_role(RoleName=found[role].rsplit("/", 1)[-1])["Role"]
        .get("PermissionsBoundary", {})
        .get("PermissionsBoundaryArn", "")
        .rsplit("/", 1)[-1]
        for role in ("executionRoleArn", "taskRoleArn")
    }  # fmt: skip
    assert bounds == {"private-fargate-demo-boundary-us-east-1"}


def test_sizes_that_are_not_sold_together_are_refused_before_anything_is_made(aws: Session) -> None:
    with pytest.raises(DeployError, match="With NginxCpu 256, NginxMemory must be 512, 1024 or 2048 MiB"):
        launch(aws, NginxCpu="256", NginxMemory="4096")
