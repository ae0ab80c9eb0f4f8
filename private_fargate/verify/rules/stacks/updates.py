"""What an update makes anew while the old one is still there: whatever there can be one of, collides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.stacks.addresses import block_of
from private_fargate.verify.templates.differences import comparison

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.differences import Comparison, Replacement
    from private_fargate.verify.templates.resources import Resource

_SUBNET: Final = "EC2::Subnet"
_DISCOVERY: Final = "ServiceDiscovery::Service"
_PRIVATE: Final = "ServiceDiscovery::PrivateDnsNamespace"
_NAMESPACES: Final = (
    _PRIVATE,
    "ServiceDiscovery::HttpNamespace",
    "ServiceDiscovery::PublicDnsNamespace",
)
_BALANCING: Final = ("ElasticLoadBalancingV2::LoadBalancer", "ElasticLoadBalancingV2::TargetGroup")


def compared(model: Model) -> Comparison | None:
    """Give the comparison with what is deployed; None if nobody said what that is."""
    return comparison(model.before, model) if model.before else None


@rule(
    "CFN-011",
    "error",
    "An update makes no second endpoint with private DNS for a service",
    symptom="private-dns-enabled cannot be set because there is already a conflicting DNS domain for",
    fix=(
        "Keep the logical ID, and leave alone what replaces an endpoint; or take two updates: first set "
        "PrivateDnsEnabled: false on the old one, then replace it."
    ),
    source="vpc/latest/privatelink/manage-dns-names.html",
)
def endpoints_are_not_doubled(model: Model) -> Iterator[Fault]:
    """CloudFormation makes the new endpoint before it deletes the old one, and a VPC has each name once."""
    both = compared(model)
    for new, old in both.collisions("EC2::VPCEndpoint", "VpcId", "ServiceName") if both else ():
        if both and old.flag("PrivateDnsEnabled") is True and new.flag("PrivateDnsEnabled") is True:
            message = f"is made while {_the_old(old, new)}, for {new.get('ServiceName')}, is still there"
            yield Fault(new, message, at=_reason(both, new, "ServiceName"))


@rule(
    "CFN-012",
    "error",
    "A namespace stays when a stack is updated",
    symptom="ConflictingDomainExists: The VPC has already been associated with the hosted zone",
    fix=(
        "Keep the namespace's logical ID, name and VPC; for another name add a namespace beside it, move the "
        "services over, and remove the old one in a later update."
    ),
    source="cloud-map/latest/api/API_CreatePrivateDnsNamespace.html",
)
def namespaces_stay(model: Model) -> Iterator[Fault]:
    """A namespace cannot be changed: it is made again before it goes, and all services in it with it."""
    both = compared(model)
    for kind in _NAMESPACES if both else ():
        if both is None:
            continue
        names = ("Name", "Vpc") if kind == _PRIVATE else ("Name",)
        collisions = {id(new): old for new, old in both.collisions(kind, *names)}
        for new in both.created(kind):
            old = collisions.get(id(new))
            replacement = own(both, new)
            if old:
                message = (
                    f"is made while {_the_old(old, new)}, of the name {new.get('Name')} too, is still there"
                )
                yield Fault(new, message, at=_reason(both, new, "Name"))
            elif replacement:
                changed = " and ".join(replacement.properties)
                message = f"a change of {changed} replaces it, with every service that is registered in it"
                yield Fault(new, message, at=_reason(both, new, ""), severity="warning")


def _the_old(old: Resource, new: Resource) -> str:
    return f"the old {old.address}" if old.address == new.address else str(old.address)


def _reason(both: Comparison, resource: Resource, otherwise: str) -> tuple[str, ...]:
    """Give the property that replaces a resource, as a path, or the one that collides if it is new."""
    found = both.replaced.get(resource.address)
    return tuple(found.properties[0].split("/")) if found else (otherwise,)


def own(both: Comparison, resource: Resource) -> Replacement | None:
    """Give the certain replacement of a resource for which its own properties are the reason."""
    found = both.replaced.get(resource.address)
    return found if found and found.certain and not found.causes else None


@rule(
    "CFN-013",
    "error",
    "A subnet keeps its block and its zone",
    symptom="The CIDR '10.0.1.0/24' conflicts with another subnet",
    fix=(
        "Number the subnets so that one more moves none, as by the zone; a subnet that has to move takes a "
        "block that no deployed subnet has."
    ),
    source="AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-subnet.html",
)
def subnets_stay(model: Model) -> Iterator[Fault]:
    """Neither can be changed: the subnet is made again, while the old one still has its addresses."""
    both = compared(model)
    for new in both.created(_SUBNET) if both else ():
        if both is None:
            continue
        old = _in_the_way(both, new)
        if old is not None:
            message = (
                f"takes {new.get('CidrBlock')} while {_the_old(old, new)} still has {old.get('CidrBlock')}"
            )
            yield Fault(new, message, at=_reason(both, new, "CidrBlock"))
        elif (replacement := own(both, new)) is not None:
            changed = " and ".join(replacement.properties)
            message = f"a change of {changed} replaces it, with everything that stands in it"
            yield Fault(new, message, at=_reason(both, new, ""), severity="warning")


def _in_the_way(both: Comparison, new: Resource) -> Resource | None:
    """Give the deployed subnet of the same VPC, to go or to move later, whose block a new one takes."""
    block = block_of(new.get("CidrBlock"))
    for old in both.left_behind(_SUBNET):
        taken = block_of(old.get("CidrBlock"))
        overlaps = block is not None and taken is not None and block.overlaps(taken)
        if overlaps and both.agree(old, new, "VpcId"):
            return old
    return None


@rule(
    "CFN-015",
    "warning",
    "A load balancer or a target group that has to be replaced has no name of its own",
    symptom="CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename",
    fix="Leave Name out, or change it in the same update.",
    source="AWSCloudFormation/latest/TemplateReference/aws-properties-name.html",
)
def balancers_can_be_replaced(model: Model) -> Iterator[Fault]:
    """The port, the protocol and the VPC look like settings, but none of them can be changed."""
    both = compared(model)
    if both:
        for name in _BALANCING:
            yield from blocked(both, name, "Name")


def blocked(both: Comparison, resource_type: str, name: str) -> Iterator[Fault]:
    """Give the resources of a type that an update makes while one of the same name is there."""
    for new, old in both.collisions(resource_type, name):
        replacement = both.replaced.get(new.address)
        if replacement and old.address == new.address:
            changed = " and ".join(replacement.properties)
            message = f"a change of {changed} replaces it, and its name {new.get(name)} stays the same"
        else:
            message = f"is made while {old.address}, of the same name {new.get(name)}, is still there"
        yield Fault(new, message, at=_reason(both, new, name))


@rule(
    "CFN-016",
    "warning",
    "A service of Cloud Map stays when a stack is updated",
    symptom="Service contains registered instances; delete the instances before deleting the service",
    fix=(
        "Leave Name, NamespaceId, Type and HealthCheckCustomConfig as they are; or add a service beside the "
        "old one, move the ECS service over, and remove the old one in a later update."
    ),
    source="cloud-map/latest/api/API_DeleteService.html",
)
def discovery_stays(model: Model) -> Iterator[Fault]:
    """The old one goes at the end of the update, when tasks that are still stopping are registered in it."""
    both = compared(model)
    if both is None:
        return
    collisions = {id(new): old for new, old in both.collisions(_DISCOVERY, "Name", "NamespaceId")}
    for new in both.created(_DISCOVERY):
        replacement, old = own(both, new), collisions.get(id(new))
        if replacement and not _follows_its_namespace(both, new, replacement):
            changed = " and ".join(replacement.properties)
            yield Fault(new, f"a change of {changed} replaces it", at=_reason(both, new, "Name"))
        elif old and not replacement:
            message = f"is made while {old.address}, of the same name {new.get('Name')}, is still there"
            yield Fault(new, message, at=("Name",))


def _follows_its_namespace(both: Comparison, service: Resource, replacement: Replacement) -> bool:
    """Say whether a service is replaced only because its namespace is another resource now."""
    namespace = both.now.find(service.get("NamespaceId"), *_NAMESPACES)
    return replacement.properties == ("NamespaceId",) and bool(namespace) and both.is_new(namespace)


@rule(
    "CFN-014",
    "warning",
    "An update replaces no host because a newer image was published",
    symptom="none: Requested update requires the creation of a new physical resource; hence creating one",
    fix=(
        "Name a version in the parameter's value, as in "
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64:42, or let the host change."
    ),
    source="AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html",
)
def images_are_pinned(model: Model) -> Iterator[Fault]:
    """CloudFormation reads the parameter anew at each update, also one that has nothing to do with it."""
    both = compared(model)
    for host in model.system.of("EC2::Instance") if both else ():
        if both is None or both.is_replaced(host.address) or both.is_new(host):
            continue
        for unknown in model.system.world.symbols.unknowns_in(host.get("ImageId")):
            path = unknown.name.removeprefix("ssm:")
            if path != unknown.name and ":" not in path and "${" not in path:
                message = f"its image is the newest of {path}, which may be another one by now"
                yield Fault(host, message, at=("ImageId",))


RULES: Final[tuple[Rule, ...]] = (
    endpoints_are_not_doubled,
    namespaces_stay,
    subnets_stay,
    images_are_pinned,
    balancers_can_be_replaced,
    discovery_stays,
)
