"""What is in the way of a deletion: things that others have put into what a stack made.

GuardDuty's runtime monitoring adds an endpoint and a security group to the VPC of every Fargate task; images
are pushed to repositories; a task that somebody ran by hand keeps its cluster and its subnet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from botocore.exceptions import ClientError

from private_fargate.deploy.deployed import each_stack, resources_of
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import code_of, pages

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session

_GUARD_DUTY: Final = {"Name": "tag:GuardDutyManaged", "Values": ["true"]}
_IN_USE: Final = frozenset({"DependencyViolation", "ResourceInUse"})
_PATIENCE: Final = 900  # seconds
_BATCH: Final = 100  # images that one call deletes


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """Something in the way.

    Attributes:
        resource: The resource that cannot be deleted, with the nested stacks that lead to it.
        what: What is in its way, and whose it is.
        loses_data: Whether what is removed cannot be had again.
        remove: Removes it, and returns when it is gone or going.
    """

    resource: str
    what: str
    loses_data: bool
    remove: Callable[[], None]


_Found: TypeAlias = tuple[str, bool, Callable[[], None]]  # what, loses_data, remove
_Finder: TypeAlias = Callable[["Session", str], Iterator[_Found]]


def blockers_of(session: Session, stack: str) -> tuple[Blocker, ...]:
    """Return what is in the way of what could not be deleted, in a stack and in those nested in it."""
    found: dict[str, Blocker] = {}
    for path, arn in each_stack(session, stack):
        for resource in resources_of(session, arn):
            if resource["ResourceStatus"] != "DELETE_FAILED":
                continue
            name = "/".join((*path, resource["LogicalResourceId"]))
            finder = _FINDERS.get(resource["ResourceType"])
            for what, loses_data, remove in finder(session, resource["PhysicalResourceId"]) if finder else ():
                blocker = Blocker(resource=name, what=what, loses_data=loses_data, remove=remove)
                found.setdefault(what, blocker)
    return tuple(found.values())


def _in_vpc(session: Session, vpc: str) -> Iterator[_Found]:
    """Yield GuardDuty's endpoint and security group."""
    ec2 = session.client("ec2")
    filters = [{"Name": "vpc-id", "Values": [vpc]}, _GUARD_DUTY]
    for page in pages(ec2, "describe_vpc_endpoints", Filters=filters):
        for endpoint in page["VpcEndpoints"]:
            name = endpoint["VpcEndpointId"]
            if endpoint["State"] in {"deleting", "deleted"}:
                continue
            yield (
                f"GuardDuty's endpoint {name}",
                False,
                _deletion(ec2.delete_vpc_endpoints, VpcEndpointIds=[name]),
            )
    for page in pages(ec2, "describe_security_groups", Filters=filters):
        for group in page["SecurityGroups"]:
            name = group["GroupId"]
            yield (
                f"GuardDuty's security group {name}",
                False,
                _deletion(ec2.delete_security_group, GroupId=name),
            )


def _in_subnet(session: Session, subnet: str) -> Iterator[_Found]:
    """Yield what has an address in a subnet: GuardDuty's endpoint, and interfaces that nobody uses."""
    ec2 = session.client("ec2")
    for described in pages(ec2, "describe_subnets", SubnetIds=[subnet]):
        for each in described["Subnets"]:
            yield from _in_vpc(session, each["VpcId"])
    yield from _interfaces(session, {"Name": "subnet-id", "Values": [subnet]})


def _with_group(session: Session, group: str) -> Iterator[_Found]:
    yield from _interfaces(session, {"Name": "group-id", "Values": [group]})


def _interfaces(session: Session, where: Mapping[str, Any]) -> Iterator[_Found]:
    """Yield interfaces that belong to no instance, task or endpoint any more, and can be deleted."""
    ec2 = session.client("ec2")
    filters = [where, {"Name": "status", "Values": ["available"]}]
    for page in pages(ec2, "describe_network_interfaces", Filters=filters):
        for interface in page["NetworkInterfaces"]:
            if interface.get("RequesterManaged"):
                continue
            name = interface["NetworkInterfaceId"]
            what = f"the unused network interface {name} ({interface.get('Description') or 'no description'})"
            yield what, False, _deletion(ec2.delete_network_interface, NetworkInterfaceId=name)


def _in_repository(session: Session, repository: str) -> Iterator[_Found]:
    ecr = session.client("ecr")
    images = [i for page in pages(ecr, "list_images", repositoryName=repository) for i in page["imageIds"]]
    if not images:
        return

    def remove() -> None:
        for start in range(0, len(images), _BATCH):
            ecr.batch_delete_image(repositoryName=repository, imageIds=images[start : start + _BATCH])

    digests = {image.get("imageDigest", "") for image in images}
    yield f"{len(digests)} images in the repository {repository}", True, remove


def _of_discovery_service(session: Session, service: str) -> Iterator[_Found]:
    """Yield instances that ECS, or somebody, registered and nobody took out again."""
    discovery = session.client("servicediscovery")
    for page in pages(discovery, "list_instances", ServiceId=service):
        for instance in page["Instances"]:
            name = instance["Id"]
            what = f"the instance {name}, registered in Cloud Map"
            yield what, False, _deletion(discovery.deregister_instance, ServiceId=service, InstanceId=name)


def _in_cluster(session: Session, cluster: str) -> Iterator[_Found]:
    """Yield tasks and services that no stack made."""
    ecs = session.client("ecs")
    for page in pages(ecs, "list_services", cluster=cluster):
        for arn in page["serviceArns"]:
            what = f"the service {arn.rsplit('/', 1)[-1]}"
            yield what, False, _deletion(ecs.delete_service, cluster=cluster, service=arn, force=True)
    for page in pages(ecs, "list_tasks", cluster=cluster):
        for arn in page["taskArns"]:
            what = f"the task {arn.rsplit('/', 1)[-1]}, which somebody runs"
            yield (
                what,
                False,
                _deletion(ecs.stop_task, cluster=cluster, task=arn, reason="the cluster is deleted"),
            )


def _deletion(operation: Callable[..., Any], **arguments: object) -> Callable[[], None]:
    """Return a function that deletes something, waiting for what is on its way out and still uses it.

    An endpoint is deleted at once and its interfaces minutes later; its security group only after these.
    """

    def remove() -> None:
        deadline = time.monotonic() + _PATIENCE
        for pause in pauses():
            try:
                operation(**arguments)
            except ClientError as error:
                if "NotFound" in code_of(error):  # it went with what it belonged to
                    return
                if code_of(error) not in _IN_USE or time.monotonic() > deadline:
                    raise
                time.sleep(pause)
            else:
                return

    return remove


_FINDERS: Final[Mapping[str, _Finder]] = {
    "AWS::EC2::VPC": _in_vpc,
    "AWS::EC2::Subnet": _in_subnet,
    "AWS::EC2::SecurityGroup": _with_group,
    "AWS::ECR::Repository": _in_repository,
    "AWS::ServiceDiscovery::Service": _of_discovery_service,
    "AWS::ECS::Cluster": _in_cluster,
}
