"""What stands in the way when a stack is deleted, in the reverse of the order in which it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.workloads import associations, one_word
from private_fargate.verify.templates.symbols import has_symbol
from private_fargate.verify.templates.values import all_of, as_bool, as_items, as_text, negation, one_of, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Items, Truth

_ASSOCIATIONS: Final = "ECS::ClusterCapacityProviderAssociations"
_NAMESPACES: Final = tuple(
    f"ServiceDiscovery::{kind}Namespace" for kind in ("Http", "PrivateDns", "PublicDns")
)
_PROVIDERS_PAGE: Final = "AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html"


@rule(
    "CFN-004",
    "error",
    "A cluster has one list of capacity providers, and its default strategy is made of these",
    symptom=(
        "Resource of type 'AWS::ECS::ClusterCapacityProviderAssociations' with identifier 'web' already "
        "exists"
    ),
    fix=(
        "Write CapacityProviders and DefaultCapacityProviderStrategy either in the cluster or in the "
        "AWS::ECS::ClusterCapacityProviderAssociations, and list what the strategy uses."
    ),
    source=_PROVIDERS_PAGE,
)
def providers_are_listed_once(model: Model) -> Iterator[Fault]:
    """The call that associates providers replaces the whole list; two that make it undo each other."""
    system = model.system
    for association in system.of(_ASSOCIATIONS):
        cluster = system.find(association.get("Cluster"), "ECS::Cluster")
        if cluster and cluster.items("CapacityProviders").values and association.get("CapacityProviders"):
            message = f"{cluster.address} lists capacity providers too"
            yield Fault(association, message, at=("CapacityProviders",))
    for resource in system.of("ECS::Cluster", _ASSOCIATIONS):
        listed = resource.items("CapacityProviders")
        for index, provider in _providers(resource.items("DefaultCapacityProviderStrategy")):
            if _is_listed(provider, listed) is False and _has_to_be_listed(system, provider):
                message = f"the default strategy uses {provider}, which is not in CapacityProviders"
                yield Fault(resource, message, at=("DefaultCapacityProviderStrategy", index))


def _providers(strategy: Items) -> Iterator[tuple[int, Value]]:
    for index, item in enumerate(strategy.values):
        if isinstance(item, dict) and item.get("CapacityProvider") is not None:
            yield index, item["CapacityProvider"]


def _is_listed(provider: Value, listed: Items) -> Truth:
    if not listed.complete:
        return None
    return negation(all_of(negation(same(provider, name)) for name in listed.values))


def _has_to_be_listed(system: System, provider: Value) -> bool:
    """Say whether a provider is in the list of every cluster that uses it.

    Those of managed instances are not: they come with their cluster.
    """
    if one_of(provider, ("FARGATE", "FARGATE_SPOT")):
        return True
    own = _own_provider(system, provider)
    return not has_symbol(provider) if own is None else own.get("AutoScalingGroupProvider") is not None


def _own_provider(system: System, provider: Value) -> Resource | None:
    named = (own for own in system.of("ECS::CapacityProvider") if same(own.get("Name"), provider) is True)
    return system.find(provider, "ECS::CapacityProvider") or next(named, None)


@rule(
    "CFN-017",
    "error",
    "A namespace goes after the services that ECS made in it",
    symptom="Namespace has associated services; delete the services before deleting the namespace",
    fix="Have the service refer to the namespace, `!GetAtt Namespace.Arn`, or write DependsOn: Namespace.",
    source="cloud-map/latest/dg/deleting-namespaces.html",
)
def namespaces_go_after_services(model: Model) -> Iterator[Fault]:
    """Service Connect makes services in Cloud Map that are in no template, and clears them away itself."""
    reported: set[str] = set()
    for task in model.tasks:
        connect = task.resource.get("ServiceConnectConfiguration")
        if not isinstance(connect, dict) or as_bool(connect.get("Enabled")) is not True:
            continue
        if not as_items(connect.get("Services")).values:
            continue  # a client makes nothing in the namespace
        namespace = _namespace(model.system, task, connect)
        if namespace is None or str(namespace.address) in reported:
            continue
        if not model.order.is_before(namespace, task.resource):
            reported.add(str(namespace.address))
            message = (
                f"nothing keeps {namespace.address} until {task.name}, which registers in it, is deleted"
            )
            yield Fault(task.resource, message, at=("ServiceConnectConfiguration",))


def _namespace(system: System, task: Workload, connect: dict[str, Value]) -> Resource | None:
    """Give the namespace of ours that a service registers in, its cluster's default included."""
    value = connect.get("Namespace")
    if value is None:
        cluster = system.find(task.cluster, "ECS::Cluster")
        value = cluster.get("ServiceConnectDefaults", "Namespace") if cluster else None
    if value is None:
        return None
    found = system.find(value, *_NAMESPACES)
    if found or has_symbol(value):
        return found
    named = (namespace for namespace in system.of(*_NAMESPACES) if same(namespace.get("Name"), value))
    return next(named, None)


@rule(
    "CFN-019",
    "warning",
    "An internet gateway goes after what has public addresses",
    symptom=(
        "Network vpc-0123456789abcdef0 has some mapped public address(es). Please unmap those public "
        "address(es) before detaching the gateway."
    ),
    fix="Write DependsOn with the AWS::EC2::VPCGatewayAttachment, or with the route that depends on it.",
    source="AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
)
def gateways_go_after_public_addresses(model: Model) -> Iterator[Fault]:
    """A load balancer does not name the gateway, so that CloudFormation makes and deletes both at once."""
    attachments = [
        attachment
        for attachment in model.system.of("EC2::VPCGatewayAttachment")
        if attachment.get("InternetGatewayId") is not None
    ]
    for resource, subnets in _public(model):
        vpcs = [model.routes.vpc_of(subnet) for subnet in subnets if isinstance(subnet, str)]
        for attachment in attachments:
            attached = attachment.get("VpcId")
            if any(vpc is not None and same(attached, vpc) is True for vpc in vpcs):
                if not model.order.is_before(attachment, resource):
                    message = (
                        f"has public addresses, and nothing keeps {attachment.address} until it is deleted"
                    )
                    yield Fault(resource, message)
                break


def _public(model: Model) -> Iterator[tuple[Resource, list[Value]]]:
    """Give what has public addresses, with its subnets; NAT gateways have a rule of their own."""
    for balancer in model.system.of("ElasticLoadBalancingV2::LoadBalancer"):
        scheme = balancer.get("Scheme") or "internet-facing"
        is_gateway = one_word(balancer.get("Type"), "GATEWAY")
        if one_word(scheme, "INTERNET-FACING") is True and is_gateway is False:
            mappings = balancer.items("SubnetMappings").values
            mapped = [mapping.get("SubnetId") for mapping in mappings if isinstance(mapping, dict)]
            yield balancer, [*balancer.items("Subnets").values, *mapped]
    for host in model.hosts:
        for subnet in host.subnets.values:
            if host.has_public_address(model.system.find(subnet, "EC2::Subnet")) is True:
                yield host.resource, [subnet]


@rule(
    "CFN-020",
    "warning",
    "Capacity providers go after the services that use them",
    symptom="The specified capacity provider is in use and cannot be removed.",
    fix="Write DependsOn: the AWS::ECS::ClusterCapacityProviderAssociations, in the service.",
    source="github.com/aws/containers-roadmap/issues/631",
)
def providers_go_after_services(model: Model) -> Iterator[Fault]:
    """A service names a provider by a text: CloudFormation sees no order, and takes it from running tasks."""
    for task in model.tasks:
        if task.kind != "service" or task.resource.get("LaunchType") is not None:
            continue
        cluster = model.system.find(task.cluster, "ECS::Cluster")
        if cluster is None or cluster.get("CapacityProviders"):
            continue
        for association in associations(model.system, task.cluster):
            provider = _used(task.resource, association)
            if provider is not None and not model.order.is_before(association, task.resource):
                message = f"runs on {provider}, and nothing keeps {association.address} until it is deleted"
                yield Fault(task.resource, message, at=("CapacityProviderStrategy",))


def _used(service: Resource, association: Resource) -> str | None:
    """Give a provider that a service takes from an association; None if it takes none, or nobody knows."""
    strategy = service.items("CapacityProviderStrategy")
    if not strategy.complete:
        return None
    if not strategy.values:
        strategy = association.items("DefaultCapacityProviderStrategy")
    listed = association.items("CapacityProviders").values
    for _, provider in _providers(strategy):
        if any(same(provider, name) is True for name in listed):
            return as_text(provider)
    return None


RULES: Final[tuple[Rule, ...]] = (
    providers_are_listed_once,
    namespaces_go_after_services,
    gateways_go_after_public_addresses,
    providers_go_after_services,
)
