"""A census of everything that is in an AWS: what was there before and is there after, by identifier.

Stacks say what they believe they made.  This asks the services themselves, so that what a rollback or a
deletion leaves behind is found although no stack knows of it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from private_fargate.deploy.session import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

Census = Mapping[str, frozenset[str]]

_Item = Mapping[str, Any]

_GONE = frozenset(
    {
        "deleted",
        "deleting",
        "terminated",
        "shutting-down",
        "PendingDeletion",
        "DELETE_COMPLETE",
        "INACTIVE",
    }
)


@dataclass(frozen=True, kw_only=True)
class _List:
    """An operation that lists resources: under which key, what identifies one, what says its state."""

    service: str
    operation: str
    key: str
    identifier: str | None  # None: the list holds identifiers, not descriptions
    state: str | None = None
    arguments: Mapping[str, object] | None = None
    is_default: Callable[[_Item], bool] = lambda _: False

    def items(self, session: Session, **arguments: object) -> Iterator[Any]:
        """Yield what the operation lists and is neither gone nor there by itself."""
        client = session.client(self.service)
        for page in pages(client, self.operation, **(self.arguments or {}), **arguments):
            for item in page[self.key]:
                if self.identifier is None or not self._is_no_matter(item):
                    yield item

    def _is_no_matter(self, item: _Item) -> bool:
        return self.is_default(item) or (self.state is not None and _state(item[self.state]) in _GONE)

    def identify(self, item: Any) -> str:  # noqa: ANN401 - text or description, as the operation has it
        """Return the identifier of an item."""
        return str(item if self.identifier is None else item[self.identifier])


def _state(value: str | Mapping[str, str]) -> str:
    return value if isinstance(value, str) else value["Name"]


def _ec2(operation: str, key: str, identifier: str, state: str | None = None) -> _List:
    return _List(service="ec2", operation=operation, key=key, identifier=identifier, state=state)


_LISTS: Mapping[str, _List] = {
    "elastic IPs": _ec2("describe_addresses", "Addresses", "AllocationId"),
    "flow logs": _ec2("describe_flow_logs", "FlowLogs", "FlowLogId"),
    "NAT gateways": _ec2("describe_nat_gateways", "NatGateways", "NatGatewayId", "State"),
    "network interfaces": _ec2("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    "volumes": _ec2("describe_volumes", "Volumes", "VolumeId", "State"),
    "VPC endpoints": _ec2("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "State"),
    "security groups": _List(
        service="ec2",
        operation="describe_security_groups",
        key="SecurityGroups",
        identifier="GroupId",
        is_default=lambda group: group["GroupName"] == "default",
    ),
    "stacks": _List(
        service="cloudformation",
        operation="list_stacks",
        key="StackSummaries",
        identifier="StackId",
        state="StackStatus",
    ),
    "clusters": _List(service="ecs", operation="list_clusters", key="clusterArns", identifier=None),
    "task definitions": _List(
        service="ecs",
        operation="list_task_definitions",
        key="taskDefinitionArns",
        identifier=None,
        arguments={"status": "ACTIVE"},
    ),
    "repositories": _List(
        service="ecr", operation="describe_repositories", key="repositories", identifier="repositoryArn"
    ),
    "log groups": _List(
        service="logs", operation="describe_log_groups", key="logGroups", identifier="logGroupName"
    ),
    "roles": _List(service="iam", operation="list_roles", key="Roles", identifier="Arn"),
    "managed policies": _List(
        service="iam",
        operation="list_policies",
        key="Policies",
        identifier="Arn",
        arguments={"Scope": "Local"},
    ),
    "instance profiles": _List(
        service="iam", operation="list_instance_profiles", key="InstanceProfiles", identifier="Arn"
    ),
    "namespaces": _List(
        service="servicediscovery", operation="list_namespaces", key="Namespaces", identifier="Arn"
    ),
    "discovery services": _List(
        service="servicediscovery", operation="list_services", key="Services", identifier="Id"
    ),
    "hosted zones": _List(
        service="route53", operation="list_hosted_zones", key="HostedZones", identifier="Id"
    ),
    "buckets": _List(service="s3", operation="list_buckets", key="Buckets", identifier="Name"),
}


def take_census(session: Session) -> Census:
    """Return the identifiers of all resources by kind; kinds of which there is none are left out.

    What an account has by itself (the default VPC and what is in it) and what is deleted but still listed
    is not counted.
    """
    found = {kind: set(map(each.identify, each.items(session))) for kind, each in _LISTS.items()}
    found |= _of_the_network(session)
    found["instances"] = _instances(session)
    found["keys"] = _keys(session)
    found["services"] = _per_cluster(session, found["clusters"], "list_services", "serviceArns")
    found["tasks"] = _per_cluster(session, found["clusters"], "list_tasks", "taskArns")
    found["discovery instances"] = _registered(session, found["discovery services"])
    return {kind: frozenset(ids) for kind, ids in sorted(found.items()) if ids}


def difference(before: Census, after: Census) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Return by kind what is there only before, and what is there only after; empty if nothing differs."""
    nothing: frozenset[str] = frozenset()
    kinds = sorted({*before, *after})
    pairs = {kind: (before.get(kind, nothing), after.get(kind, nothing)) for kind in kinds}
    return {kind: (old - new, new - old) for kind, (old, new) in pairs.items() if old != new}


def _of_the_network(session: Session) -> dict[str, set[str]]:
    """Return the VPCs other than the default one, and what belongs to them."""
    ec2 = session.client("ec2")

    def listed(operation: str, key: str) -> Iterable[_Item]:
        return (item for page in pages(ec2, operation) for item in page[key])

    vpcs = list(listed("describe_vpcs", "Vpcs"))
    default = {vpc["VpcId"] for vpc in vpcs if vpc["IsDefault"]}

    def outside(operation: str, key: str, identifier: str) -> set[str]:
        return {item[identifier] for item in listed(operation, key) if item["VpcId"] not in default}

    gateways = listed("describe_internet_gateways", "InternetGateways")
    return {
        "VPCs": {vpc["VpcId"] for vpc in vpcs} - default,
        "subnets": outside("describe_subnets", "Subnets", "SubnetId"),
        "route tables": outside("describe_route_tables", "RouteTables", "RouteTableId"),
        "internet gateways": {
            gateway["InternetGatewayId"]
            for gateway in gateways
            if not default.intersection(attached["VpcId"] for attached in gateway["Attachments"])
        },
    }


def _instances(session: Session) -> set[str]:
    reservations = (
        reservation
        for page in pages(session.client("ec2"), "describe_instances")
        for reservation in page["Reservations"]
    )
    return {
        instance["InstanceId"]
        for reservation in reservations
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in _GONE
    }


def _keys(session: Session) -> set[str]:
    """Return the keys that are not waiting for their deletion, which takes at least a week."""
    kms = session.client("kms")
    ids = [key["KeyId"] for page in pages(kms, "list_keys") for key in page["Keys"]]
    described = (kms.describe_key(KeyId=key)["KeyMetadata"] for key in ids)
    return {key["KeyId"] for key in described if key["KeyState"] not in _GONE}


def _per_cluster(session: Session, clusters: Iterable[str], operation: str, key: str) -> set[str]:
    ecs = session.client("ecs")
    return {arn for each in clusters for page in pages(ecs, operation, cluster=each) for arn in page[key]}


def _registered(session: Session, services: Iterable[str]) -> set[str]:
    client = session.client("servicediscovery")
    return {
        f"{service}/{instance['Id']}"
        for service in services
        for page in pages(client, "list_instances", ServiceId=service)
        for instance in page["Instances"]
    }
