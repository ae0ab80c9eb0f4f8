"""The tasks of a system as resources, with the data that they read and what is in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.verify.generated.networks import attached
from tests.verify.generated.permissions import document
from tests.verify.generated.written import Of, Pseudo, Resource, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.verify.generated.systems import Service, System
    from tests.verify.generated.written import Manner


def data(system: System, manner: Manner) -> Iterator[Resource]:
    for key in system.keys:
        root = text("arn:", Pseudo("Partition"), ":iam::", Pseudo("AccountId"), ":root")
        grant = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
        yield Resource(key, "KMS::Key", "Foundation", {"KeyPolicy": document([grant])})
    for secret in system.secrets:
        properties: dict[str, Any] = {"GenerateSecretString": {"PasswordLength": 32}}
        if secret.key:
            properties["KmsKeyId"] = Of(secret.key, "Arn")
        yield Resource(secret.name, "SecretsManager::Secret", "Foundation", properties)
    for name in system.parameters:
        yield Resource(name, "SSM::Parameter", "Foundation", {"Type": "String", "Value": "on"})
    for service in system.services:
        named = {"LogGroupName": f"/tasks/{service.name}"} if manner.named_logs else {}
        yield Resource(service.log, "Logs::LogGroup", "Foundation", {"RetentionInDays": 30, **named})
    if any(service.mounts for service in system.services):
        yield Resource("Files", "EFS::FileSystem", "Foundation", {"Encrypted": True})
    for target in system.targets:
        groups = [Of(group, "GroupId") for group in target.groups]
        where = {"FileSystemId": Of("Files"), "SubnetId": Of(target.subnet), "SecurityGroups": groups}
        yield Resource(target.name, "EFS::MountTarget", "Foundation", where)


def cluster(system: System, manner: Manner) -> Iterator[Resource]:
    properties: dict[str, Any] = {}
    if any(service.connects for service in system.services):
        yield Resource("Mesh", "ServiceDiscovery::HttpNamespace", "Foundation", {"Name": "mesh"})
        if manner.default_namespace:
            properties["ServiceConnectDefaults"] = {"Namespace": Of("Mesh", "Arn")}
    if system.session_key:
        key = {"KmsKeyId": Of(system.session_key, "Arn")}
        properties["Configuration"] = {"ExecuteCommandConfiguration": key}
    if manner.strategy:
        properties["CapacityProviders"] = ["FARGATE", "FARGATE_SPOT"]
    yield Resource("Cluster", "ECS::Cluster", "Foundation", properties)
    if any(service.discovered for service in system.services):
        name = {"Name": "inner.example", "Vpc": Of("Vpc")}
        yield Resource("Names", "ServiceDiscovery::PrivateDnsNamespace", "Foundation", name)


def balancers(system: System) -> Iterator[Resource]:
    ports = {service.balancer: service.port for service in system.services}
    for balancer in system.balancers:
        face = {
            "Scheme": "internal" if balancer.internal else "internet-facing",
            "Subnets": [Of(subnet) for subnet in balancer.subnets],
            "SecurityGroups": [Of(group, "GroupId") for group in balancer.groups],
        }
        yield Resource(
            balancer.name, "ElasticLoadBalancingV2::LoadBalancer", "Services", face, attached(system)
        )
        targets, port = f"{balancer.name}Targets", ports[balancer.name]
        group = {"VpcId": Of("Vpc"), "TargetType": "ip", "Protocol": "HTTP", "Port": port}
        yield Resource(targets, "ElasticLoadBalancingV2::TargetGroup", "Services", group)
        listener = {
            "LoadBalancerArn": Of(balancer.name),
            "Port": 80,
            "Protocol": "HTTP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": Of(targets)}],
        }
        name = f"{balancer.name}Listener"
        yield Resource(name, "ElasticLoadBalancingV2::Listener", "Services", listener)


def services(system: System, manner: Manner, before: Iterable[Resource]) -> Iterator[Resource]:
    """Write the services, each of which waits for all that was written before."""
    names = tuple(resource.name for resource in before)
    for service in system.services:
        definition = f"{service.name}Task"
        yield Resource(definition, "ECS::TaskDefinition", "Services", _definition(service))
        if service.discovered:
            name = {
                "Name": service.name.lower(),
                "DnsConfig": {"NamespaceId": Of("Names"), "DnsRecords": [{"Type": "A", "TTL": 15}]},
            }
            yield Resource(f"{service.name}Name", "ServiceDiscovery::Service", "Services", name)
        after = names if service.waits else ()
        yield Resource(service.name, "ECS::Service", "Services", _service(service, manner), after)


def _definition(service: Service) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "Cpu": str(service.cpu),
        "Memory": str(service.memory),
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ExecutionRoleArn": Of(service.execution_role, "Arn"),
        "ContainerDefinitions": [_container(service)],
    }
    if service.task_role:
        properties["TaskRoleArn"] = Of(service.task_role, "Arn")
    if service.mounts:
        volume = {"FilesystemId": Of("Files"), "TransitEncryption": "ENABLED"}
        properties["Volumes"] = [{"Name": "files", "EFSVolumeConfiguration": volume}]
    return properties


def _container(service: Service) -> dict[str, Any]:
    repository = f".amazonaws.com/{service.name.lower()}:{service.cpu}"
    options = {
        "awslogs-group": Of(service.log),
        "awslogs-region": Pseudo("Region"),
        "awslogs-stream-prefix": "run",
        "mode": "blocking",
    }
    found: dict[str, Any] = {
        "Name": "app",
        "Image": service.image or text(Pseudo("AccountId"), ".dkr.ecr.", Pseudo("Region"), repository),
        "Essential": True,
        "PortMappings": [{"ContainerPort": service.port, "Name": service.named_port}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": options},
    }
    read = [*service.secrets, *service.parameters]
    if read:
        found["Secrets"] = [{"Name": f"READ_{n}", "ValueFrom": Of(name)} for n, name in enumerate(read)]
    if service.mounts:
        found["MountPoints"] = [{"SourceVolume": "files", "ContainerPath": "/files"}]
    return found


def _service(service: Service, manner: Manner) -> dict[str, Any]:
    where: dict[str, Any] = {
        "Subnets": [Of(subnet) for subnet in service.subnets],
        "SecurityGroups": [Of(group, "GroupId") for group in service.groups],
        "AssignPublicIp": "ENABLED" if service.public_address else "DISABLED",
    }
    breaker = {"Enable": True, "Rollback": True}
    found: dict[str, Any] = {
        "Cluster": Of("Cluster"),
        "TaskDefinition": Of(f"{service.name}Task"),
        "DesiredCount": 2,
        "DeploymentConfiguration": {"DeploymentCircuitBreaker": breaker},
        "NetworkConfiguration": {"AwsvpcConfiguration": where},
    }
    if manner.strategy:
        found["CapacityProviderStrategy"] = [{"CapacityProvider": "FARGATE", "Weight": 1}]
    else:
        found["LaunchType"] = "FARGATE"
    if service.can_exec:
        found["EnableExecuteCommand"] = True
    if service.balancer:
        front = {"ContainerName": "app", "ContainerPort": service.port}
        found["LoadBalancers"] = [{**front, "TargetGroupArn": Of(f"{service.balancer}Targets")}]
        found["HealthCheckGracePeriodSeconds"] = 60
    if service.discovered:
        found["ServiceRegistries"] = [{"RegistryArn": Of(f"{service.name}Name", "Arn")}]
    if service.connects:
        offered = [{"PortName": service.named_port, "ClientAliases": [{"Port": 80}]}]
        found["ServiceConnectConfiguration"] = {"Enabled": True, "Services": offered}
        if not manner.default_namespace:
            found["ServiceConnectConfiguration"]["Namespace"] = Of("Mesh", "Arn")
    return found
