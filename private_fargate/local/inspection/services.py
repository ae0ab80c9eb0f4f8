"""Services, their names, images, roles and logs, and the jump host: as ECS, Cloud Map and others tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from private_fargate.config.derived import namespace, repository_names
from private_fargate.config.models import JumpHost
from private_fargate.deploy.session import pages
from private_fargate.local.inspection.row import Row, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.local.inspection.network import Network

_Item = Mapping[str, Any]

_PER_CALL = 10  # services that DescribeServices takes at once
_RECORDS = "A and SRV, TTL 10, MULTIVALUE"


@dataclass(frozen=True, kw_only=True)
class _Deployed:
    """An ECS service with what belongs to it."""

    service: _Item
    definition: _Item
    addresses: frozenset[str]  # of its running tasks

    @property
    def container(self) -> _Item:
        """The container of the application; we name it as the service."""
        return self.definition["containerDefinitions"][0]


def service_rows(
    session: Session, environment: Environment, network: Network, outputs: Mapping[str, str]
) -> Iterator[Row]:
    """Yield the rows from the namespace to the jump host."""
    yield _namespace_row(session, environment, outputs)
    yield _cluster_row(session, environment, outputs)
    for name in repository_names(environment):
        yield _repository_row(session, f"{environment.name}/{name}")
    deployed = _deployed(session, outputs["ClusterName"])
    for name in environment.services:
        if name in deployed:
            yield from _rows_of(session, environment, network, name, deployed[name])
        else:
            yield Row(f"service {name}", "there", "none")
    yield _jump_host_row(session, environment, network, outputs)


def _namespace_row(session: Session, environment: Environment, outputs: Mapping[str, str]) -> Row:
    found = session.client("servicediscovery").get_namespace(Id=outputs["NamespaceId"])["Namespace"]
    return Row("namespace", f"{namespace(environment)}, DNS_PRIVATE", f"{found['Name']}, {found['Type']}")


def _cluster_row(session: Session, environment: Environment, outputs: Mapping[str, str]) -> Row:
    answer = session.client("ecs").describe_clusters(
        clusters=[outputs["ClusterName"]], include=["SETTINGS", "CONFIGURATIONS"]
    )
    asked = f"FARGATE, FARGATE_SPOT, Container Insights {environment.cluster.container_insights}"
    if not answer["clusters"]:
        return Row("cluster", asked, "none")
    cluster = answer["clusters"][0]
    settings = {each["name"]: each["value"] for each in cluster.get("settings", [])}
    providers = ", ".join(sorted(cluster.get("capacityProviders", []))) or "no capacity provider"
    return Row("cluster", asked, f"{providers}, Container Insights {settings.get('containerInsights')}")


def _repository_row(session: Session, name: str) -> Row:
    found = session.client("ecr").describe_repositories(repositoryNames=[name])["repositories"][0]
    return Row(
        f"repository {name}",
        "IMMUTABLE tags, scan on push True, KMS",
        f"{found['imageTagMutability']} tags, scan on push "
        f"{found['imageScanningConfiguration']['scanOnPush']}, "
        f"{found.get('encryptionConfiguration', {}).get('encryptionType')}",
    )


def _deployed(session: Session, cluster: str) -> dict[str, _Deployed]:
    """Return the services of a cluster by the name of their container."""
    ecs = session.client("ecs")
    arns = [arn for page in pages(ecs, "list_services", cluster=cluster) for arn in page["serviceArns"]]
    found: dict[str, _Deployed] = {}
    for start in range(0, len(arns), _PER_CALL):
        some = arns[start : start + _PER_CALL]
        for service in ecs.describe_services(cluster=cluster, services=some)["services"]:
            definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
            each = _Deployed(
                service=service,
                definition=definition["taskDefinition"],
                addresses=_task_addresses(session, cluster, service["serviceName"]),
            )
            found[each.container["name"]] = each
    return found


def _task_addresses(session: Session, cluster: str, service: str) -> frozenset[str]:
    ecs = session.client("ecs")
    arns = [
        arn
        for page in pages(ecs, "list_tasks", cluster=cluster, serviceName=service)
        for arn in page["taskArns"]
    ]
    if not arns:
        return frozenset()
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    return frozenset(
        detail["value"]
        for task in tasks
        if task["lastStatus"] == "RUNNING"
        for attachment in task.get("attachments", [])
        for detail in attachment["details"]
        if detail["name"] == "privateIPv4Address"
    )


def _rows_of(
    session: Session, environment: Environment, network: Network, name: str, deployed: _Deployed
) -> Iterator[Row]:
    settings = environment.services[name]
    service, definition = deployed.service, deployed.definition
    is_pinned = "@sha256:" in deployed.container["image"]
    is_ours = not isinstance(settings.image, str)
    yield Row(
        f"service {name}",
        f"{count(settings.count, 'task')} running, {settings.cpu} CPU units, {settings.memory} MiB"
        f"{', pinned by digest' if is_ours else ''}",
        f"{count(service['runningCount'], 'task')} running, {definition['cpu']} CPU units, "
        f"{definition['memory']} MiB{', pinned by digest' if is_ours and is_pinned else ''}",
    )
    yield _placement_row(network, name, deployed, settings.count)
    yield _discovery_row(session, name, deployed, settings.count)
    yield _roles_row(session, name, definition)
    yield _log_row(session, name, deployed, settings.logging.retention)


def _placement_row(network: Network, name: str, deployed: _Deployed, wanted: int) -> Row:
    """Compare where the tasks are: their addresses count, not what the service was told."""
    settings = deployed.service["networkConfiguration"]["awsvpcConfiguration"]
    ranges = [ip_network(network.subnets[subnet]["CidrBlock"]) for subnet in network.private]
    inside = sum(any(ip_address(a) in block for block in ranges) for a in deployed.addresses)
    public = settings["assignPublicIp"]
    zones = len(network.private & set(settings["subnets"]))
    return Row(
        f"service {name}: network",
        f"{wanted} of {wanted} in private subnets, all {len(network.private)} usable, public IP DISABLED",
        f"{inside} of {len(deployed.addresses)} in private subnets, "
        f"{'all' if zones == len(network.private) else 'only'} {zones} usable, public IP {public}",
    )


def _discovery_row(session: Session, name: str, deployed: _Deployed, wanted: int) -> Row:
    asked = f"{_RECORDS}; knows the tasks' {count(wanted, 'address')}"
    what = f"service {name}: name"
    registries: Sequence[_Item] = deployed.service.get("serviceRegistries", [])
    if not registries:
        return Row(what, asked, "not registered")
    cloud_map = session.client("servicediscovery")
    identifier = registries[0]["registryArn"].rpartition("/")[2]
    dns = cloud_map.get_service(Id=identifier)["Service"]["DnsConfig"]
    records = sorted(dns["DnsRecords"], key=lambda record: record["Type"])
    lives = {str(record["TTL"]) for record in records}
    registered = frozenset(
        instance["Attributes"]["AWS_INSTANCE_IPV4"]
        for page in pages(cloud_map, "list_instances", ServiceId=identifier)
        for instance in page["Instances"]
    )
    kinds = " and ".join(record["Type"] for record in records)
    found = f"{kinds}, TTL {', '.join(sorted(lives))}, {dns.get('RoutingPolicy')}"
    if registered == deployed.addresses:
        return Row(what, asked, f"{found}; knows the tasks' {count(len(registered), 'address')}")
    strangers = ", ".join(sorted(registered ^ deployed.addresses))
    return Row(what, asked, f"{found}; disagrees with ECS on {strangers}")


def _roles_row(session: Session, name: str, definition: _Item) -> Row:
    """Compare whom the two roles trust."""
    iam = session.client("iam")
    asked = "execution and task, trust ecs-tasks.amazonaws.com"
    trusted: set[str] = set()
    for key in ("executionRoleArn", "taskRoleArn"):
        if key not in definition:
            return Row(f"service {name}: roles", asked, f"no {key}")
        role = iam.get_role(RoleName=definition[key].rpartition("/")[2])["Role"]
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            principal = statement["Principal"]["Service"]
            trusted |= {principal} if isinstance(principal, str) else set(principal)
    return Row(f"service {name}: roles", asked, f"execution and task, trust {', '.join(sorted(trusted))}")


def _log_row(session: Session, name: str, deployed: _Deployed, retention: int) -> Row:
    asked = f"kept {retention} days, encrypted with our key"
    group = deployed.container.get("logConfiguration", {}).get("options", {}).get("awslogs-group", "")
    groups = session.client("logs").describe_log_groups(logGroupNamePrefix=group or "-")["logGroups"]
    found = next((each for each in groups if each["logGroupName"] == group), None)
    if found is None:
        return Row(f"service {name}: log", asked, "none")
    key = "encrypted with our key" if found.get("kmsKeyId") else "encrypted with AWS's key"
    return Row(f"service {name}: log", asked, f"kept {found.get('retentionInDays')} days, {key}")


def _jump_host_row(
    session: Session, environment: Environment, network: Network, outputs: Mapping[str, str]
) -> Row:
    settings = environment.jump_host
    if not isinstance(settings, JumpHost):
        return Row("jump host", "none", outputs.get("JumpHostId", "none"))
    address = "a" if settings.placement == "public" else "no"
    asked = f"running, {settings.placement} subnet, {address} public IP, IMDSv2 required, 0 inbound rules"
    answer = session.client("ec2").describe_instances(InstanceIds=[outputs["JumpHostId"]])
    host = answer["Reservations"][0]["Instances"][0]
    attached = [group["GroupId"] for face in host["NetworkInterfaces"] for group in face["Groups"]]
    tier = "public" if host["SubnetId"] in network.public else "private"
    return Row(
        "jump host",
        asked,
        f"{host['State']['Name']}, {tier} subnet, {'a' if host.get('PublicIpAddress') else 'no'} public IP, "
        f"IMDSv2 {host['MetadataOptions']['HttpTokens']}, "
        f"{sum(len(network.groups[each]['IpPermissions']) for each in attached)} inbound rules",
    )
