"""Everything that the services say about one VPC, in their own words; what it means is decided elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from private_fargate.fabric.errors import NetworkNotReadError
from private_fargate.fabric.interview import question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.fabric.interview import Interview

Item: TypeAlias = Mapping[str, Any]

# Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
_TASKS_PER_CALL = 100
# Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
_VALUES_PER_FILTER = 200

_OF_THE_VPC = {  # what EC2 has for a VPC: operation -> the part of its answer, and which filter names the VPC
    "describe_subnets": ("Subnets", "vpc-id"),
    "describe_route_tables": ("RouteTables", "vpc-id"),
    "describe_internet_gateways": ("InternetGateways", "attachment.vpc-id"),
    "describe_nat_gateways": ("NatGateways", "vpc-id"),
    "describe_vpc_endpoints": ("VpcEndpoints", "vpc-id"),
    "describe_network_acls": ("NetworkAcls", "vpc-id"),
    "describe_security_groups": ("SecurityGroups", "vpc-id"),
    "describe_network_interfaces": ("NetworkInterfaces", "vpc-id"),
    "describe_instances": ("Reservations", "vpc-id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ec2Answers:
    """What EC2 says.

    Attributes:
        attributes: `enableDnsSupport` and `enableDnsHostnames`.
        of_the_vpc: by the operation that describes it, with everything that is gone or going.
        prefix_lists: those that are named by a route or a rule; the blocks are in `blocks`, by ID.
    """

    vpc: Item
    attributes: Mapping[str, bool]
    of_the_vpc: Mapping[str, Sequence[Item]]
    prefix_lists: Sequence[Item]
    blocks: Mapping[str, Sequence[Item]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsAnswers:
    """What ECS says.

    Attributes:
        tasks: those in some subnets.
        definitions: of the tasks, by ARN.
        exec_keys: the KMS keys for ECS Exec, by the ARN of the clusters that have one.
    """

    tasks: Sequence[Item]
    definitions: Mapping[str, Item]
    exec_keys: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudMapAnswers:
    """What Cloud Map says: namespaces that the VPC knows, their services, and by service the instances."""

    namespaces: Sequence[Item]
    services: Sequence[Item]
    instances: Mapping[str, Sequence[Item]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElbAnswers:
    """What Elastic Load Balancing says; listeners and the health of targets by ARN of what they belong to."""

    load_balancers: Sequence[Item]
    listeners: Mapping[str, Sequence[Item]]
    target_groups: Sequence[Item]
    health: Mapping[str, Sequence[Item]]


def ask_ec2(interview: Interview) -> Ec2Answers:
    """Ask for the VPC and all that is in it.

    Raises:
        NetworkNotReadError: there is no such VPC.
    """
    vpc_id = interview.vpc_id
    vpcs = interview.one(question("ec2", "describe_vpcs", "Vpcs", Filters=_filter("vpc-id", vpc_id)))
    if not vpcs:
        endpoint = interview.session.endpoint
        place = f"{interview.session.region}{f' at {endpoint}' if endpoint else ''}"
        message = f"{vpc_id}: no such VPC in {place}; `aws ec2 describe-vpcs` shows what there is"
        raise NetworkNotReadError(message)
    found = interview.all(
        {
            operation: question("ec2", operation, part, Filters=_filter(name, vpc_id))
            for operation, (part, name) in _OF_THE_VPC.items()
        }
    )
    attributes = interview.all(
        {
            name: question(
                "ec2", "describe_vpc_attribute", name[0].upper() + name[1:], VpcId=vpc_id, Attribute=name
            )
            for name in ("enableDnsSupport", "enableDnsHostnames")
        }
    )
    lists = _prefix_lists(interview, found)
    return Ec2Answers(
        vpc=vpcs[0],
        attributes={name: answer["Value"] for name, (answer,) in attributes.items()},
        of_the_vpc=found,
        prefix_lists=lists,
        blocks=interview.all(
            {
                each["PrefixListId"]: question(
                    "ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=each["PrefixListId"]
                )
                for each in lists
            }
        ),
    )


def _prefix_lists(interview: Interview, found: Mapping[str, Sequence[Item]]) -> list[Item]:
    """Return the lists that routes and rules name; by a filter, which does not mind one that is not there."""
    named = sorted({*_named_by_routes(found["describe_route_tables"]), *_named_by_rules(found)})
    lists = interview.all(
        {
            start: question(
                "ec2",
                "describe_managed_prefix_lists",
                "PrefixLists",
                Filters=_filter("prefix-list-id", *named[start : start + _VALUES_PER_FILTER]),
            )
            for start in range(0, len(named), _VALUES_PER_FILTER)
        }
    )
    return list(chain.from_iterable(lists.values()))


def ask_ecs(interview: Interview, subnets: frozenset[str]) -> EcsAnswers:
    """Ask every cluster for its tasks, and keep those that are in these subnets."""
    clusters = interview.one(question("ecs", "list_clusters", "clusterArns"))
    listed = interview.all(
        {cluster: question("ecs", "list_tasks", "taskArns", cluster=cluster) for cluster in clusters}
    )
    described = interview.all(
        {
            (cluster, start): question(
                "ecs",
                "describe_tasks",
                "tasks",
                cluster=cluster,
                tasks=arns[start : start + _TASKS_PER_CALL],
            )
            for cluster, arns in listed.items()
            for start in range(0, len(arns), _TASKS_PER_CALL)
        }
    )
    tasks = [
        task
        for task in chain.from_iterable(described.values())
        if attachment(task).get("subnetId") in subnets
    ]
    arns = dict.fromkeys(task["taskDefinitionArn"] for task in tasks)
    definitions = interview.all(
        {
            arn: question("ecs", "describe_task_definition", "taskDefinition", taskDefinition=arn)
            for arn in arns
        }
    )
    return EcsAnswers(
        tasks=tasks,
        definitions={arn: answer for arn, (answer,) in definitions.items()},
        exec_keys=dict(_exec_keys(interview, {task["clusterArn"] for task in tasks})),
    )


def _exec_keys(interview: Interview, clusters: Collection[str]) -> Iterator[tuple[str, str]]:
    described = interview.all(
        {
            arn: question("ecs", "describe_clusters", "clusters", clusters=[arn], include=["CONFIGURATIONS"])
            for arn in sorted(clusters)
        }
    )
    for arn, answer in described.items():
        for cluster in answer:
            key = cluster.get("configuration", {}).get("executeCommandConfiguration", {}).get("kmsKeyId")
            if key:
                yield arn, key


def ask_cloud_map(interview: Interview) -> CloudMapAnswers:
    """Ask for the private namespaces whose hosted zone is that of the VPC, and for what is in them."""
    listed = interview.one(question("servicediscovery", "list_namespaces", "Namespaces"))
    zones = _zones(interview)
    known = {
        each["Id"]: each
        for each in listed
        if each["Type"] == "DNS_PRIVATE" and each["Properties"]["DnsProperties"]["HostedZoneId"] in zones
    }
    found = interview.all(
        {
            key: question(
                "servicediscovery",
                "list_services",
                "Services",
                Filters=[{"Name": "NAMESPACE_ID", "Values": [key], "Condition": "EQ"}],
            )
            for key in known
        }
    )
    ids = dict.fromkeys(each["Id"] for each in chain.from_iterable(found.values()))
    # Not every AWS heeds the filter, and the list does not say which namespace a service is in.
    described = interview.all(
        {key: question("servicediscovery", "get_service", "Service", Id=key) for key in ids}
    )
    services = [answer for (answer,) in described.values() if answer["NamespaceId"] in known]
    return CloudMapAnswers(
        namespaces=list(known.values()),
        services=services,
        instances=interview.all(
            {
                each["Id"]: question("servicediscovery", "list_instances", "Instances", ServiceId=each["Id"])
                for each in services
            }
        ),
    )


def _zones(interview: Interview) -> set[str]:
    """Return the IDs of the private hosted zones that the VPC's resolver knows, whoever owns them."""
    client = interview.session.client("route53")
    place = {"VPCId": interview.vpc_id, "VPCRegion": interview.session.region}
    found: set[str] = set()
    more: dict[str, str] = {}
    while True:  # boto3 has no pages for this one
        page = client.list_hosted_zones_by_vpc(**place, **more)
        found |= {each["HostedZoneId"] for each in page["HostedZoneSummaries"]}
        if not page.get("NextToken"):
            return found
        more = {"NextToken": page["NextToken"]}


def ask_elb(interview: Interview, subnets: frozenset[str]) -> ElbAnswers:
    """Ask for the load balancers in these subnets, and for all target groups of the VPC."""
    found = interview.all(
        {
            "load balancers": question("elbv2", "describe_load_balancers", "LoadBalancers"),
            "target groups": question("elbv2", "describe_target_groups", "TargetGroups"),
        }
    )
    balancers = [
        each
        for each in found["load balancers"]
        if subnets.intersection(zone["SubnetId"] for zone in each["AvailabilityZones"])
    ]
    groups = [each for each in found["target groups"] if each.get("VpcId") == interview.vpc_id]
    return ElbAnswers(
        load_balancers=balancers,
        listeners=interview.all(
            {
                arn: question("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)
                for arn in (each["LoadBalancerArn"] for each in balancers)
            }
        ),
        target_groups=groups,
        health=interview.all(
            {
                arn: question(
                    "elbv2", "describe_target_health", "TargetHealthDescriptions", TargetGroupArn=arn
                )
                for arn in (each["TargetGroupArn"] for each in groups)
            }
        ),
    )


def attachment(task: Item) -> dict[str, str]:
    """Return what ECS says of the network interface of a task; empty for a task without one of its own."""
    return {
        detail["name"]: detail["value"]
        for each in task.get("attachments", [])
        if each["type"] == "ElasticNetworkInterface"
        for detail in each["details"]
    }


def _filter(name: str, *values: str) -> list[dict[str, object]]:
    return [{"Name": name, "Values": list(values)}]


def _named_by_routes(tables: Sequence[Item]) -> Iterator[str]:
    for table in tables:
        for route in table["Routes"]:
            if named := route.get("DestinationPrefixListId"):
                yield named


def _named_by_rules(found: Mapping[str, Sequence[Item]]) -> Iterator[str]:
    for group in found["describe_security_groups"]:
        for permission in (*group["IpPermissions"], *group["IpPermissionsEgress"]):
            for each in permission.get("PrefixListIds", []):
                yield each["PrefixListId"]
