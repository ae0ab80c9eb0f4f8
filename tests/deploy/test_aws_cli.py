"""The output deploys with nothing but the AWS CLI, and what comes of it is what the settings say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from private_fargate.config import load
from private_fargate.local.embedded import EmbeddedAws
from stacks import parent

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator

ROOT = Path(__file__).parents[2]
AWS = Path(sys.executable).with_name("aws")
STACK, BUCKET = "by-hand", "artifacts-of-the-cli"
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture(scope="module")
def settled_aws() -> Iterator[EmbeddedAws]:
    """An embedded AWS that answers when a stack has settled: the CLI looks only every 30 seconds."""
    with EmbeddedAws(sync=True) as aws:
        yield aws


@pytest.fixture(scope="module")
def deployed(settled_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedAws:
    """The demo, packaged and deployed by the CLI: once without an image, then with one."""
    output = tmp_path_factory.mktemp("output")
    for name, body in parent.render(load(ROOT / "environments" / "demo.yaml")).items():
        (output / name).write_bytes(body)
    run(settled_aws, output, "s3", "mb", f"s3://{BUCKET}")
    package = ("--template-file", "parent.json", "--s3-bucket", BUCKET, "--use-json")
    run(settled_aws, output, "cloudformation", "package", *package, "--output-template-file", "packaged.json")
    deploy = ("--template-file", "packaged.json", "--stack-name", STACK, "--capabilities", "CAPABILITY_IAM")
    run(settled_aws, output, "cloudformation", "deploy", *deploy)
    assert tasks(settled_aws) == (0, 0), "no image, no tasks, and nothing that waits for one"
    override = ("--parameter-overrides", f"NginxImageDigest={DIGEST}", "NginxCount=2")
    run(settled_aws, output, "cloudformation", "deploy", *deploy, *override)
    return settled_aws


def run(aws: EmbeddedAws, folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [AWS, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **aws.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def client(aws: EmbeddedAws, service: str) -> Any:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, endpoint_url=aws.url, region_name="us-east-1", **keys)


def outputs(aws: EmbeddedAws) -> dict[str, str]:
    (stack,) = client(aws, "cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def service(aws: EmbeddedAws) -> dict[str, Any]:
    ecs, cluster = client(aws, "ecs"), outputs(aws)["ClusterName"]
    (arn,) = ecs.list_services(cluster=cluster)["serviceArns"]
    (found,) = ecs.describe_services(cluster=cluster, services=[arn])["services"]
    return found


def tasks(aws: EmbeddedAws) -> tuple[int, int]:
    found = service(aws)
    return found["desiredCount"], found["runningCount"]


def test_the_service_runs_the_image_that_was_named(deployed: EmbeddedAws) -> None:
    assert tasks(deployed) == (2, 2)
    definition = client(deployed, "ecs").describe_task_definition(
        taskDefinition=service(deployed)["taskDefinition"]
    )["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    assert container["image"] == f"{outputs(deployed)['NginxRepositoryUri']}@{DIGEST}"
    assert (definition["cpu"], definition["memory"], definition["networkMode"]) == ("512", "1024", "awsvpc")
    assert container["environment"] == [
        {"name": "SERVICE_DISCOVERY_NAMESPACE_ID", "value": outputs(deployed)["NamespaceId"]}
    ]


def test_tasks_are_in_private_subnets_and_found_by_name(deployed: EmbeddedAws) -> None:
    network = service(deployed)["networkConfiguration"]["awsvpcConfiguration"]
    assert set(network["subnets"]) == set(outputs(deployed)["PrivateSubnetIds"].split(","))
    assert network["assignPublicIp"] == "DISABLED"
    ecs, cluster = client(deployed, "ecs"), outputs(deployed)["ClusterName"]
    running = ecs.describe_tasks(cluster=cluster, tasks=ecs.list_tasks(cluster=cluster)["taskArns"])["tasks"]
    addresses = {
        detail["value"]
        for task in running
        for attachment in task["attachments"]
        for detail in attachment["details"]
        if detail["name"] == "privateIPv4Address"
    }
    registry = service(deployed)["serviceRegistries"][0]["registryArn"].rsplit("/", 1)[-1]
    found = client(deployed, "servicediscovery").list_instances(ServiceId=registry)["Instances"]
    assert len(addresses) == 2
    assert {instance["Attributes"]["AWS_INSTANCE_IPV4"] for instance in found} == addresses


def test_each_private_subnet_leaves_through_the_gateway_of_its_own_zone(deployed: EmbeddedAws) -> None:
    ec2, vpc = client(deployed, "ec2"), outputs(deployed)["VpcId"]
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets = {subnet["SubnetId"]: subnet for subnet in ec2.describe_subnets(Filters=here)["Subnets"]}
    gateways = {
        gateway["NatGatewayId"]: gateway
        for gateway in ec2.describe_nat_gateways(Filters=here)["NatGateways"]
        if gateway["State"] == "available"
    }
    assert (len(subnets), len(gateways)) == (6, 3)
    zones = {}
    for table in ec2.describe_route_tables(Filters=here)["RouteTables"]:
        for route in table["Routes"]:
            for association in table["Associations"]:
                if route.get("NatGatewayId") and association.get("SubnetId"):
                    private = subnets[association["SubnetId"]]["AvailabilityZone"]
                    zones[private] = subnets[gateways[route["NatGatewayId"]]["SubnetId"]]["AvailabilityZone"]
    assert len(zones) == 3
    assert all(private == public for private, public in zones.items())


def test_every_api_that_a_task_calls_has_a_door(deployed: EmbeddedAws) -> None:
    ec2, vpc = client(deployed, "ec2"), outputs(deployed)["VpcId"]
    found = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
    by_name = {door["ServiceName"].removeprefix("com.amazonaws.us-east-1."): door for door in found}
    assert set(by_name) == {"s3", "ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages"}
    assert len(by_name.pop("s3")["RouteTableIds"]) == 3
    private = set(outputs(deployed)["PrivateSubnetIds"].split(","))
    for name, door in by_name.items():
        assert door["PrivateDnsEnabled"] is True, name
        assert set(door["SubnetIds"]) == private, name
        (group,) = ec2.describe_security_groups(GroupIds=[door["Groups"][0]["GroupId"]])["SecurityGroups"]
        assert [(rule["FromPort"], rule["ToPort"]) for rule in group["IpPermissions"]] == [(443, 443)], name
        assert group["IpPermissions"][0]["IpRanges"] == [], "its clients, not the whole VPC"


def test_outputs_say_how_to_try_it(deployed: EmbeddedAws) -> None:
    found = outputs(deployed)
    assert found["NginxTestUrl"] == "curl http://nginx.private-fargate-demo"
    reservation = client(deployed, "ec2").describe_instances(InstanceIds=[found["JumpHostId"]])[
        "Reservations"
    ][0]
    (host,) = reservation["Instances"]
    assert host["MetadataOptions"]["HttpTokens"] == "required"
    assert json.dumps(host.get("PublicIpAddress")) in {"null", '""'}
