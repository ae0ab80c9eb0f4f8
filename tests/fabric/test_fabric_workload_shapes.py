"""Tasks, names and load balancers as AWS describes them and an embedded one does not."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, cast

import pytest

from private_fargate.fabric.answers import (
    CloudMapAnswers,
    EcsAnswers,
    ElbAnswers,
    ask_cloud_map,
    ask_ecs,
)
from private_fargate.fabric.interview import interview
from private_fargate.fabric.parts.places import Owner
from private_fargate.fabric.parts.workloads import DiscoveryInstance
from private_fargate.fabric.readers import owners, workloads
from private_fargate.fabric.readers.containers import container_of
from tests.fabric.described import VPC, ec2

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.deploy.session import Session

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/50dc6c495c0c9188"


def balancers() -> ElbAnswers:
    action = {
        "Type": "forward",
        "TargetGroupArn": "arn:one",
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "arn:one"}, {"TargetGroupArn": "arn:two"}]},
    }
    listener = {"ListenerArn": "arn:listener", "DefaultActions": [{"Type": "authenticate-oidc"}, action]}
    balancer = {"LoadBalancerArn": BALANCER, "Type": "application", "AvailabilityZones": []}
    return ElbAnswers(
        load_balancers=[balancer], listeners={BALANCER: [listener]}, target_groups=[], health={}
    )


def test_a_listener_forwards_to_all_groups_of_its_action() -> None:
    (found,) = workloads.load_balancers_of(balancers())[BALANCER].listeners
    assert found.target_group_arns == ("arn:one", "arn:two")


def test_only_the_description_tells_an_interface_of_a_load_balancer() -> None:
    described = {
        "eni-1": "ELB app/shop/50dc6c495c0c9188",
        "eni-2": "ELB app/shop/0000000000000000",
        "eni-3": "app/shop/50dc6c495c0c9188",
    }
    interfaces = [
        {"NetworkInterfaceId": interface, "Description": text} for interface, text in described.items()
    ]
    answers = ec2(describe_network_interfaces=interfaces)
    found = owners.owners_by_description(answers, workloads.load_balancers_of(balancers()).values())
    assert found == {"eni-1": Owner(kind="load balancer", id=BALANCER)}


def task(**more: Any) -> EcsAnswers:
    described = {
        "taskArn": "arn:task",
        "clusterArn": "arn:cluster",
        "group": "family:web",
        "taskDefinitionArn": "arn:definition",
        "lastStatus": "PROVISIONING",
        "attachments": [
            {"type": "ElasticNetworkInterface", "details": [{"name": "subnetId", "value": "subnet-1"}]},
            {"type": "Service Connect", "details": [{"name": "subnetId", "value": "none"}]},
        ],
        **more,
    }
    container = {
        "name": "web",
        "image": "web",
        "essential": False,
        "portMappings": [{"containerPort": 53, "protocol": "udp"}, {"containerPortRange": "80-90"}],
        "secrets": [{"name": "TOKEN", "valueFrom": "/web/token"}],
    }
    definition = {"containerDefinitions": [container], "executionRoleArn": "arn:execution"}
    return EcsAnswers(tasks=[described], definitions={"arn:definition": definition})


def test_a_task_that_has_no_interface_yet_is_there() -> None:
    found = workloads.tasks_of(task())["arn:task"]
    assert (found.service, found.subnet_id, found.interface_id) == (None, "subnet-1", None)
    (container,) = found.containers
    assert [(port.number, port.protocol) for port in container.ports] == [(53, "udp")]
    assert (container.is_essential, container.log_driver) == (False, None)
    assert container.secrets == {"TOKEN": "/web/token"}


def test_a_role_that_overrides_another_counts() -> None:
    overriding = task(overrides={"executionRoleArn": "arn:other", "taskRoleArn": "arn:mine"})
    found = workloads.tasks_of(overriding)["arn:task"]
    assert (found.execution_role_arn, found.task_role_arn) == ("arn:other", "arn:mine")
    plain = workloads.tasks_of(task(overrides={}))["arn:task"]
    assert (plain.execution_role_arn, plain.task_role_arn) == ("arn:execution", None)


@pytest.mark.parametrize("status", ["STOPPING", "DEPROVISIONING", "STOPPED", "DELETED"])
def test_a_task_on_its_way_out_is_left_out(status: str) -> None:
    assert workloads.tasks_of(task(lastStatus=status)) == {}


def test_what_is_registered_may_have_neither_address_nor_port() -> None:
    service = {"Id": "srv-1", "Name": "web", "NamespaceId": "ns-1"}
    instances = [
        {"Id": "a", "Attributes": {"AWS_INSTANCE_CNAME": "web.example"}},
        {"Id": "b", "Attributes": {"AWS_INSTANCE_IPV4": "10.0.0.9"}},
    ]
    answers = CloudMapAnswers(namespaces=[], services=[service], instances={"srv-1": instances})
    found = workloads.discovery_services_of(answers)["srv-1"]
    assert (found.lives, found.routing) == ({}, None)
    assert found.instances == (
        DiscoveryInstance(id="a", address=None, port=None),
        DiscoveryInstance(id="b", address=IPv4Address("10.0.0.9"), port=None),
    )


class Scripted:
    """An AWS that answers each operation with what a function says."""

    region = "us-east-1"
    endpoint = None

    def __init__(self, **operations: Callable[..., dict[str, Any]]) -> None:
        self.operations = operations

    def client(self, _service: str) -> Scripted:
        return self

    def can_paginate(self, _operation: str) -> bool:
        return False

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        return self.operations[operation]


def test_a_namespace_is_known_whose_zone_is_on_the_second_page() -> None:
    zones = {None: {"HostedZoneId": "Z1"}, "more": {"HostedZoneId": "Z2"}}
    asked: list[tuple[str, str]] = []

    def zones_of(*, VPCId: str, VPCRegion: str, NextToken: str | None = None) -> dict[str, Any]:  # noqa: N803
        asked.append((VPCId, VPCRegion))
        return {"HostedZoneSummaries": [zones[NextToken]], "NextToken": None if NextToken else "more"}

    namespaces = [
        {"Id": "ns-1", "Type": "DNS_PRIVATE", "Properties": {"DnsProperties": {"HostedZoneId": "Z2"}}},
        {"Id": "ns-2", "Type": "DNS_PRIVATE", "Properties": {"DnsProperties": {"HostedZoneId": "Z3"}}},
        {"Id": "ns-3", "Type": "DNS_PUBLIC", "Properties": {"DnsProperties": {"HostedZoneId": "Z1"}}},
        {"Id": "ns-4", "Type": "HTTP", "Properties": {"HttpProperties": {"HttpName": "a"}}},
    ]
    aws = Scripted(
        list_namespaces=lambda: {"Namespaces": namespaces},
        list_hosted_zones_by_vpc=zones_of,
        list_services=lambda **_: {"Services": [{"Id": "srv-1"}, {"Id": "srv-2"}]},
        get_service=lambda **id_: {"Service": {**id_, "NamespaceId": f"ns-{id_['Id'][-1]}"}},
        list_instances=lambda ServiceId: {"Instances": [{"Id": f"of {ServiceId}"}]},  # noqa: N803
    )
    with interview(cast("Session", aws), VPC) as conversation:
        found = ask_cloud_map(conversation)
    assert asked == [(VPC, "us-east-1")] * 2
    assert [each["Id"] for each in found.namespaces] == ["ns-1"]
    assert [each["Id"] for each in found.services] == ["srv-1"]
    assert found.instances == {"srv-1": [{"Id": "of srv-1"}]}


def test_many_tasks_are_asked_for_a_hundred_at_a_time() -> None:
    (described,) = task().tasks
    sizes: list[int] = []

    def describe(*, cluster: str, tasks: list[str]) -> dict[str, Any]:
        sizes.append(len(tasks))
        return {"tasks": [{**described, "taskArn": arn, "clusterArn": cluster} for arn in tasks]}

    arns = {"one": [f"one/{n}" for n in range(250)], "none": []}
    aws = Scripted(
        list_clusters=lambda: {"clusterArns": list(arns)},
        list_tasks=lambda cluster: {"taskArns": arns[cluster]},
        describe_tasks=describe,
        describe_task_definition=lambda **_: {"taskDefinition": {"containerDefinitions": []}},
        describe_clusters=lambda clusters, **_: {
            "clusters": [
                {
                    "clusterArn": each,
                    "configuration": {"executeCommandConfiguration": {"kmsKeyId": f"key of {each}"}},
                }
                for each in clusters
            ]
        },
    )
    with interview(cast("Session", aws), VPC) as conversation:
        found = ask_ecs(conversation, frozenset({"subnet-1"}))
        elsewhere = ask_ecs(conversation, frozenset({"subnet-2"}))
    assert [each["taskArn"] for each in found.tasks] == arns["one"]
    assert sorted(sizes) == sorted([100, 100, 50] * 2)
    assert found.definitions == {"arn:definition": {"containerDefinitions": []}}
    assert found.exec_keys == {"one": "key of one"}
    assert (elsewhere.tasks, elsewhere.definitions) == ([], {})


def test_a_container_is_what_its_definition_says_and_its_task_overrides() -> None:
    described = {
        "name": "web",
        "image": "web",
        "entryPoint": ["/start"],
        "command": ["a"],
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}],
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::files/web.env"}],
        "user": "web",
        "workingDirectory": "/srv",
        "readonlyRootFilesystem": True,
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
        "linuxParameters": {
            "initProcessEnabled": True,
            "tmpfs": [{"containerPath": "/tmp", "size": 8, "mountOptions": ["noexec"]}],  # noqa: S108 -- in a container
            "capabilities": {"drop": ["ALL"]},
        },
        "healthCheck": {"command": ["CMD", "true"]},
        "dependsOn": [{"containerName": "other", "condition": "START"}],
        "repositoryCredentials": {"credentialsParameter": "arn:secret"},
        "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
        "stopTimeout": 5,
    }
    changes = {
        "name": "web",
        "command": ["b"],
        "environment": [{"name": "B", "value": "2"}, {"name": "C", "value": "3"}],
    }
    found = container_of(described, changes)
    assert (found.entry_point, found.command) == (("/start",), ("b",))
    assert found.environment == {"A": "1", "B": "2", "C": "3"}
    assert found.environment_files == ("arn:aws:s3:::files/web.env",)
    assert (found.user, found.working_directory, found.is_read_only, found.has_init) == (
        "web",
        "/srv",
        True,
        True,
    )
    assert [(each.volume, each.path, each.is_read_only) for each in found.mounts] == [
        ("data", "/data", False)
    ]
    assert [(each.size, each.options) for each in found.tmpfs] == [(8, ("noexec",))]
    assert found.health_check is not None
    assert (found.health_check.interval, found.health_check.retries) == (30, 3)
    assert [(each.container, each.condition) for each in found.depends_on] == [("other", "START")]
    assert (found.registry_credentials, found.dropped, found.stop_timeout) == ("arn:secret", ("ALL",), 5)
    assert found.open_files == (1, 2)


def test_what_a_container_does_not_say_is_left_to_its_image() -> None:
    found = container_of({"name": "web", "image": "web", "healthCheck": {"command": ["NONE"]}}, {})
    assert (found.entry_point, found.command, found.user, found.working_directory) == (None, (), None, None)
    assert found.health_check is None


def test_a_task_has_its_size_its_processor_and_its_volumes() -> None:
    volumes = [{"name": "data"}, {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]
    answers = task(enableExecuteCommand=True, cpu="256")
    answers.definitions["arn:definition"].update(
        volumes=volumes, memory="512", cpu="1024", runtimePlatform={"cpuArchitecture": "ARM64"}
    )
    found = workloads.tasks_of(answers)["arn:task"]
    assert (found.cpu, found.memory, found.architecture, found.is_exec_enabled) == (
        "256",
        "512",
        "ARM64",
        True,
    )
    assert [(each.name, each.kind) for each in found.volumes] == [("data", "task"), ("files", "efs")]
