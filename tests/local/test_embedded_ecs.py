from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.local.census import difference, take_census

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

SUBNETS = {"Subnet1": ("10.0.1.0/24", "us-east-1a"), "Subnet2": ("10.0.2.0/24", "us-east-1b")}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def arn(logical_id: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def network() -> dict[str, Any]:
    groups = {
        name: {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": name, "VpcId": ref("Vpc")},
        }
        for name in ("TaskGroup", "ClientGroup")
    }
    subnets = {
        name: {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": ref("Vpc"), "CidrBlock": block, "AvailabilityZone": zone},
        }
        for name, (block, zone) in SUBNETS.items()
    }
    vpc = {
        "Type": "AWS::EC2::VPC",
        "Properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": True},
    }
    return {"Vpc": vpc, **subnets, **groups}


def names() -> dict[str, Any]:
    namespace = {"Name": "tasks.example", "Vpc": ref("Vpc")}
    record = {"Type": "A", "TTL": 10}
    return {
        "Namespace": {"Type": "AWS::ServiceDiscovery::PrivateDnsNamespace", "Properties": namespace},
        "Name": {
            "Type": "AWS::ServiceDiscovery::Service",
            "Properties": {
                "Name": "web",
                "NamespaceId": ref("Namespace"),
                "DnsConfig": {"DnsRecords": [record], "RoutingPolicy": "MULTIVALUE"},
            },
        },
    }


def task_definition(**more: Any) -> dict[str, Any]:
    container = {
        "Name": "web",
        "Image": "example/web:1",
        "Essential": True,
        "HealthCheck": {"Command": ["CMD", "true"], "Interval": 10},
        "LogConfiguration": {"LogDriver": "awsfirelens", "Options": {"Name": "cloudwatch", "Match": "*"}},
    }
    return {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "Cpu": "256",
            "Memory": "512",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
            "ContainerDefinitions": [container],
            **more,
        },
    }


def service(count: int, **more: Any) -> dict[str, Any]:
    placement = {
        "Subnets": [ref(name) for name in SUBNETS],
        "SecurityGroups": [ref("TaskGroup"), ref("ClientGroup")],
    }
    return {
        "Type": "AWS::ECS::Service",
        "DependsOn": ["Capacity"],
        "Properties": {
            "Cluster": ref("Cluster"),
            "TaskDefinition": ref("Task"),
            "DesiredCount": count,
            "EnableExecuteCommand": True,
            "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}],
            "NetworkConfiguration": {"AwsvpcConfiguration": placement},
            "ServiceRegistries": [{"RegistryArn": arn("Name")}],
            "DeploymentConfiguration": {
                "MinimumHealthyPercent": 50,
                "DeploymentCircuitBreaker": {
                    "Enable": True,
                    "Rollback": True,
                    "ThresholdConfiguration": {"Type": "COUNT", "Value": 3},
                },
            },
            **more,
        },
    }


def system(count: int, **more: Any) -> dict[str, Any]:
    capacity = {"Cluster": ref("Cluster"), "CapacityProviders": ["FARGATE", "FARGATE_SPOT"]}
    return {
        **network(),
        **names(),
        "Cluster": {
            "Type": "AWS::ECS::Cluster",
            "Properties": {"ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}]},
        },
        "Capacity": {
            "Type": "AWS::ECS::ClusterCapacityProviderAssociations",
            "Properties": {**capacity, "DefaultCapacityProviderStrategy": []},
        },
        "Task": task_definition(),
        "Service": service(count, **more),
    }


OUTPUTS = {
    "Cluster": ref("Cluster"),
    "Capacity": ref("Capacity"),
    "Service": ref("Service"),
    "Name": ref("Name"),
    "TaskDefinition": ref("Task"),
    **{name: ref(name) for name in (*SUBNETS, "TaskGroup", "ClientGroup")},
}


def interfaces_of_tasks(aws: Session, cluster: str) -> list[dict[str, Any]]:
    ecs = aws.client("ecs")
    arns = ecs.list_tasks(cluster=cluster)["taskArns"]
    if not arns:
        return []
    details = [
        {detail["name"]: detail["value"] for detail in task["attachments"][0]["details"]}
        for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    ]
    ids = [each["networkInterfaceId"] for each in details]
    found = aws.client("ec2").describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
    assert {each["PrivateIpAddress"] for each in found} == {each["privateIPv4Address"] for each in details}
    return list(found)


def addresses_by_name(aws: Session, service_id: str) -> set[str]:
    instances = aws.client("servicediscovery").list_instances(ServiceId=service_id)["Instances"]
    return {instance["Attributes"]["AWS_INSTANCE_IPV4"] for instance in instances}


def test_tasks_are_in_the_subnets_and_have_names_as_long_as_they_run(
    local_aws: Session, stack: Stack
) -> None:
    before = take_census(local_aws)
    assert stack.create(system(0), **OUTPUTS) == "CREATE_COMPLETE", stack.reasons()
    outputs = stack.outputs()
    for count in (0, 2, 1):
        if count:
            assert stack.update(system(count), **OUTPUTS) == "UPDATE_COMPLETE", stack.reasons()
        interfaces = interfaces_of_tasks(local_aws, outputs["Cluster"])
        assert len(interfaces) == count
        assert {each["PrivateIpAddress"] for each in interfaces} == addresses_by_name(
            local_aws, outputs["Name"]
        )
        for each in interfaces:
            assert each["SubnetId"] in {outputs[name] for name in SUBNETS}
            groups = {group["GroupId"] for group in each["Groups"]}
            assert groups == {outputs["TaskGroup"], outputs["ClientGroup"]}
        in_subnets = {"Name": "subnet-id", "Values": [outputs[name] for name in SUBNETS]}
        all_there = local_aws.client("ec2").describe_network_interfaces(Filters=[in_subnets])[
            "NetworkInterfaces"
        ]
        assert len(all_there) == count
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def test_two_tasks_are_in_two_zones(local_aws: Session, stack: Stack) -> None:
    assert stack.create(system(2), **OUTPUTS) == "CREATE_COMPLETE", stack.reasons()
    interfaces = interfaces_of_tasks(local_aws, stack.outputs()["Cluster"])
    assert sorted(each["AvailabilityZone"] for each in interfaces) == ["us-east-1a", "us-east-1b"]


def test_a_service_is_described_as_it_was_asked_for(local_aws: Session, stack: Stack) -> None:
    more = {"AvailabilityZoneRebalancing": "ENABLED", "PropagateTags": "SERVICE"}
    assert stack.create(system(0, **more), **OUTPUTS) == "CREATE_COMPLETE", stack.reasons()
    outputs = stack.outputs()
    ecs = local_aws.client("ecs")
    (found,) = ecs.describe_services(cluster=outputs["Cluster"], services=[outputs["Service"]])["services"]
    assert found["enableExecuteCommand"] is True
    assert found["availabilityZoneRebalancing"] == "ENABLED"
    assert found["propagateTags"] == "SERVICE"
    assert [each["capacityProvider"] for each in found["capacityProviderStrategy"]] == ["FARGATE_SPOT"]
    assert len(found["serviceRegistries"]) == 1
    breaker = found["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert (breaker["enable"], breaker["rollback"]) == (True, True)
    assert breaker["thresholdConfiguration"] == {"type": "COUNT", "value": 3}


def test_a_cluster_is_described_as_it_was_asked_for(local_aws: Session, stack: Stack) -> None:
    assert stack.create(system(0), **OUTPUTS) == "CREATE_COMPLETE", stack.reasons()
    outputs = stack.outputs()
    assert outputs["Capacity"] == outputs["Cluster"]
    (found,) = local_aws.client("ecs").describe_clusters(clusters=[outputs["Cluster"]], include=["SETTINGS"])[
        "clusters"
    ]
    assert found["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    assert found["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


def test_a_task_definition_keeps_what_it_says(local_aws: Session, stack: Stack) -> None:
    assert stack.create({"Task": task_definition()}, Task=ref("Task")) == "CREATE_COMPLETE", stack.reasons()
    ecs = local_aws.client("ecs")
    found = ecs.describe_task_definition(taskDefinition=stack.outputs()["Task"])["taskDefinition"]
    assert found["runtimePlatform"] == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    (container,) = found["containerDefinitions"]
    assert container["healthCheck"] == {"command": ["CMD", "true"], "interval": 10}
    assert container["logConfiguration"]["options"] == {"Name": "cloudwatch", "Match": "*"}
    assert (found["cpu"], found["memory"]) == ("256", "512")


def test_a_change_of_a_task_definition_is_a_new_revision_and_the_old_one_is_gone(
    local_aws: Session, stack: Stack
) -> None:
    before = take_census(local_aws)
    family = {"Family": stack.name}
    assert stack.create({"Task": task_definition(**family)}, Task=ref("Task")) == "CREATE_COMPLETE"
    first = stack.outputs()["Task"]
    assert (
        stack.update({"Task": task_definition(**family, Memory="1024")}, Task=ref("Task"))
        == "UPDATE_COMPLETE"
    )
    second = stack.outputs()["Task"]
    assert (first.rpartition(":")[2], second.rpartition(":")[2]) == ("1", "2")
    after = take_census(local_aws)["task definitions"] - before.get("task definitions", frozenset())
    assert after == {second}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"Memory": "8192"}, "No Fargate configuration exists for given values"),
        ({"NetworkMode": "bridge"}, "Fargate only supports network mode"),
        ({"ContainerDefinitions": [{"Name": "web", "Imagge": "x"}]}, "(?i)imagge"),
    ],
    ids=["memory", "network mode", "spelling"],
)
def test_a_task_definition_that_ecs_refuses_is_refused(
    stack: Stack, wrong: dict[str, Any], reason: str
) -> None:
    assert stack.create({"Task": task_definition(**wrong)}) == "ROLLBACK_COMPLETE"
    assert re.search(reason, stack.reasons())


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "ServiceRegistries": [
                {"RegistryArn": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-none"}
            ]
        },
        {"Cluster": "nowhere"},
        {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-00000000000000000"]}}},
    ],
    ids=["registry", "cluster", "subnet"],
)
def test_a_service_that_names_what_is_not_there_is_refused_and_nothing_is_left(
    local_aws: Session, stack: Stack, wrong: dict[str, Any]
) -> None:
    before = take_census(local_aws)
    assert stack.create(system(1, **wrong)) == "ROLLBACK_COMPLETE"
    stack.delete()
    assert difference(before, take_census(local_aws)) == {}
