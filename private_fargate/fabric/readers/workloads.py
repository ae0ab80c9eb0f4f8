"""Instances, tasks, names and load balancers, as EC2, ECS, Cloud Map and ELB describe them."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from private_fargate.fabric.answers import attachment
from private_fargate.fabric.parts.workloads import (
    DiscoveryInstance,
    DiscoveryService,
    Instance,
    Listener,
    LoadBalancer,
    Namespace,
    Recipient,
    TargetGroup,
    Task,
)
from private_fargate.fabric.readers.containers import container_of, volume_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.fabric.answers import CloudMapAnswers, Ec2Answers, EcsAnswers, ElbAnswers, Item

_GONE_INSTANCES = frozenset({"shutting-down", "terminated"})
_GONE_TASKS = frozenset({"DELETED", "DEPROVISIONING", "STOPPED", "STOPPING"})
_OF_A_SERVICE = "service:"


def instances_of(answers: Ec2Answers) -> dict[str, Instance]:
    """Return the instances."""
    return {
        each["InstanceId"]: Instance(
            id=each["InstanceId"],
            state=each["State"]["Name"],
            image_id=each["ImageId"],
            interface_ids=tuple(
                interface["NetworkInterfaceId"]
                for interface in sorted(
                    each["NetworkInterfaces"], key=lambda one: one["Attachment"]["DeviceIndex"]
                )
            ),
            profile_arn=each.get("IamInstanceProfile", {}).get("Arn"),
        )
        for reservation in answers.of_the_vpc["describe_instances"]
        for each in reservation["Instances"]
        if each["State"]["Name"] not in _GONE_INSTANCES
    }


def tasks_of(answers: EcsAnswers) -> dict[str, Task]:
    """Return the tasks with their containers."""
    return {
        each["taskArn"]: _task(
            each, answers.definitions[each["taskDefinitionArn"]], answers.exec_keys.get(each["clusterArn"])
        )
        for each in answers.tasks
        if each["lastStatus"] not in _GONE_TASKS
    }


def _task(task: Item, definition: Item, exec_key: str | None) -> Task:
    group, overrides, network = task.get("group", ""), task.get("overrides", {}), attachment(task)
    changed = {each["name"]: each for each in overrides.get("containerOverrides", []) if "name" in each}
    return Task(
        arn=task["taskArn"],
        cluster_arn=task["clusterArn"],
        service=group.removeprefix(_OF_A_SERVICE) if group.startswith(_OF_A_SERVICE) else None,
        definition_arn=task["taskDefinitionArn"],
        subnet_id=network["subnetId"],
        interface_id=network.get("networkInterfaceId"),
        containers=tuple(
            container_of(each, changed.get(each["name"], {})) for each in definition["containerDefinitions"]
        ),
        execution_role_arn=overrides.get("executionRoleArn") or definition.get("executionRoleArn") or None,
        task_role_arn=overrides.get("taskRoleArn") or definition.get("taskRoleArn") or None,
        last_status=task["lastStatus"],
        architecture=definition.get("runtimePlatform", {}).get("cpuArchitecture") or "X86_64",
        cpu=overrides.get("cpu") or task.get("cpu") or definition.get("cpu"),
        memory=overrides.get("memory") or task.get("memory") or definition.get("memory"),
        is_exec_enabled=task.get("enableExecuteCommand", False),
        exec_key=exec_key,
        volumes=tuple(volume_of(each) for each in definition.get("volumes", [])),
    )


def namespaces_of(answers: CloudMapAnswers) -> dict[str, Namespace]:
    """Return the namespaces."""
    return {each["Id"]: Namespace(id=each["Id"], name=each["Name"]) for each in answers.namespaces}


def discovery_services_of(answers: CloudMapAnswers) -> dict[str, DiscoveryService]:
    """Return the services of Cloud Map with what is registered under them."""
    return {
        each["Id"]: DiscoveryService(
            id=each["Id"],
            name=each["Name"],
            namespace_id=each["NamespaceId"],
            lives={
                record["Type"]: record["TTL"] for record in each.get("DnsConfig", {}).get("DnsRecords", [])
            },
            routing=each.get("DnsConfig", {}).get("RoutingPolicy"),
            instances=tuple(_registered(one) for one in answers.instances[each["Id"]]),
        )
        for each in answers.services
    }


def _registered(instance: Item) -> DiscoveryInstance:
    attributes: Mapping[str, str] = instance.get("Attributes", {})
    address, port = attributes.get("AWS_INSTANCE_IPV4"), attributes.get("AWS_INSTANCE_PORT")
    return DiscoveryInstance(
        id=instance["Id"],
        address=IPv4Address(address) if address else None,
        port=int(port) if port else None,
    )


def load_balancers_of(answers: ElbAnswers) -> dict[str, LoadBalancer]:
    """Return the load balancers with their listeners."""
    return {
        each["LoadBalancerArn"]: LoadBalancer(
            arn=each["LoadBalancerArn"],
            kind=each["Type"],
            name=each.get("DNSName", ""),
            is_internal=each.get("Scheme") == "internal",
            subnet_ids=frozenset(zone["SubnetId"] for zone in each["AvailabilityZones"]),
            group_ids=frozenset(each.get("SecurityGroups", [])),
            listeners=tuple(_listener(one) for one in answers.listeners[each["LoadBalancerArn"]]),
        )
        for each in answers.load_balancers
    }


def _listener(listener: Item) -> Listener:
    return Listener(
        arn=listener["ListenerArn"],
        protocol=listener.get("Protocol"),
        port=listener.get("Port"),
        target_group_arns=tuple(
            dict.fromkeys(arn for action in listener["DefaultActions"] for arn in _forwarded_to(action))
        ),
    )


def _forwarded_to(action: Item) -> Iterator[str]:
    """Yield the target groups of an action, which names one of them twice."""
    if action.get("TargetGroupArn"):
        yield action["TargetGroupArn"]
    for each in action.get("ForwardConfig", {}).get("TargetGroups", []):
        yield each["TargetGroupArn"]


def target_groups_of(answers: ElbAnswers) -> dict[str, TargetGroup]:
    """Return the target groups with their targets, healthy or not."""
    return {
        each["TargetGroupArn"]: TargetGroup(
            arn=each["TargetGroupArn"],
            protocol=each.get("Protocol"),
            port=each.get("Port"),
            target_type=each["TargetType"],
            recipients=tuple(
                Recipient(
                    id=one["Target"]["Id"],
                    port=one["Target"].get("Port"),
                    health=one["TargetHealth"]["State"],
                )
                for one in answers.health[each["TargetGroupArn"]]
            ),
        )
        for each in answers.target_groups
    }
