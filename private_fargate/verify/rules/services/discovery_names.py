"""Rules about Service Connect and about the names of namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import (
    all_mappings,
    below,
    fargate_services,
    is_connected,
    mappings,
)
from private_fargate.verify.templates.symbols import has_symbol
from private_fargate.verify.templates.values import any_of, as_items, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value

_CONNECT: Final = "ServiceConnectConfiguration"
_PRIVATE: Final = "ServiceDiscovery::PrivateDnsNamespace"
_AWS_DOMAINS: Final = ("amazonaws.com", "amazonaws.com.cn", "api.aws", "on.aws", "public.ecr.aws")
"""The domains that the endpoints of AWS are in.  Source: general/latest/gr/rande.html"""


def _port_names(task: Workload) -> list[Value] | None:
    """Give the names of all port mappings of a task; None if they are not all known."""
    if task.definition is None or not all_mappings(task.definition.items("ContainerDefinitions")):
        return None
    lists = [container.items("PortMappings") for container in task.containers]
    if not all(all_mappings(items) for items in lists):
        return None
    return [name for items in lists for _, port in mappings(items) if (name := port.get("Name")) is not None]


def _connected(model: Model) -> Iterator[tuple[Workload, int, Value, list[Value]]]:
    """Give each port that Service Connect publishes, with the names that the task has."""
    for task in fargate_services(model):
        names = _port_names(task)
        if is_connected(task.resource) is not True or names is None:
            continue
        for index, published in mappings(as_items(task.resource.get(_CONNECT, "Services"))):
            if published.get("PortName") is not None:
                yield task, index, published["PortName"], names


@rule(
    "DISC-007",
    "error",
    "Service Connect publishes a port that the task definition names",
    symptom="portName(nope) does not refer to any named PortMapping in the container definitions",
    fix="Set PortName to the Name of a port mapping of the task definition.",
    source="AmazonECS/latest/APIReference/API_ServiceConnectService.html, portName",
)
def port_is_named_so(model: Model) -> Iterator[Fault]:
    """The name is a text in two resources, and nothing ties the one to the other."""
    for task, index, wanted, names in _connected(model):
        if names and any_of(same(wanted, name) for name in names) is False:
            known = ", ".join(as_text(name) for name in names)
            message = f"{task.name} publishes the port {as_text(wanted)}; its task names {known}"
            yield Fault(task.resource, message, (_CONNECT, "Services", index, "PortName"))


@rule(
    "DISC-008",
    "error",
    "A port that Service Connect publishes has a name",
    symptom="portName(…) does not refer to any named PortMapping in the container definitions",
    fix="Give the port mapping a Name, and use it as PortName.",
    source="AmazonECS/latest/APIReference/API_PortMapping.html, name",
)
def ports_have_names(model: Model) -> Iterator[Fault]:
    """The name of a port mapping is optional, and nothing else in ECS needs it."""
    for task, index, wanted, names in _connected(model):
        if not names:
            message = f"{task.name} publishes the port {as_text(wanted)}, and no port of its task has a Name"
            yield Fault(task.resource, message, (_CONNECT, "Services", index, "PortName"))


@rule(
    "DISC-009",
    "error",
    "A private namespace hides no domain of AWS",
    symptom="dial tcp: lookup api.ecr.… on …:53: no such host; every call to AWS from the VPC fails",
    fix="Name the namespace after something of your own, such as internal.example.com or app.local.",
    source="Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html, overlapping namespaces",
)
def hides_no_aws_name(model: Model) -> Iterator[Fault]:
    """A private namespace answers for all names below it in its VPC, also with: there is no such name."""
    for namespace in model.system.of(_PRIVATE):
        name = (namespace.text("Name") or "").lower().rstrip(".")
        plain = f".{name}"
        # What ends as a domain of AWS does is theirs, and what a domain of AWS ends with hides it.
        hidden = [domain for domain in _AWS_DOMAINS if plain.endswith(f".{domain}")]
        hidden += [domain for domain in _AWS_DOMAINS if name and f".{domain}".endswith(plain)]
        if hidden:
            message = f"{namespace.address} is called {name}, and hides names of {hidden[0]} in its VPC"
            yield Fault(namespace, message, ("Name",))


@rule(
    "DISC-010",
    "error",
    "A domain is one namespace, or one hosted zone, of a VPC",
    symptom="ConflictingDomainExists: The VPC … has already been associated with the hosted zone … with the "
    "same domain name",
    fix="Remove the AWS::Route53::HostedZone, which the namespace makes itself; or give one another name.",
    source="Route53/latest/APIReference/API_CreateHostedZone.html, ConflictingDomainExists",
)
def domains_are_apart(model: Model) -> Iterator[Fault]:
    """A private namespace is a hosted zone under another name; two of one name cannot share a VPC."""
    taken: dict[tuple[str, str], Resource] = {}
    for zone in model.system.of("Route53::HostedZone"):
        for vpc in zone.items("VPCs").values:
            taken[_domain(zone), as_text(below(vpc, "VPCId"))] = zone
    for namespace in model.system.of(_PRIVATE):
        name, vpc = _domain(namespace), as_text(namespace.get("Vpc"))
        other = taken.setdefault((name, vpc), namespace)
        if name and other is not namespace:
            message = f"{namespace.address} and {other.address} are both {name} in {vpc}"
            yield Fault(namespace, message, ("Name",))


def _domain(resource: Resource) -> str:
    """Give the domain of a zone or namespace, as DNS compares it; empty if it is not all written."""
    name = resource.text("Name") or ""
    return "" if has_symbol(name) else name.lower().rstrip(".")


@rule(
    "DISC-011",
    "error",
    "A service in Service Connect has a namespace",
    symptom="InvalidParameterException: Namespace is missing",
    fix="Set Namespace in ServiceConnectConfiguration, or ServiceConnectDefaults on the cluster.",
    source="AmazonECS/latest/APIReference/API_ServiceConnectConfiguration.html, namespace",
)
def namespace_is_given(model: Model) -> Iterator[Fault]:
    """The namespace is optional on the service, because the cluster may have one for all."""
    for task in fargate_services(model):
        cluster = model.system.find(task.cluster, "ECS::Cluster")
        if is_connected(task.resource) is not True or cluster is None:
            continue
        given = (task.resource.get(_CONNECT, "Namespace"), cluster.get("ServiceConnectDefaults", "Namespace"))
        if all(value is None for value in given):
            message = (
                f"{task.name} is in Service Connect, and neither it nor {cluster.address} names a namespace"
            )
            yield Fault(task.resource, message, (_CONNECT,))


RULES: Final[tuple[Rule, ...]] = (
    port_is_named_so,
    ports_have_names,
    hides_no_aws_name,
    domains_are_apart,
    namespace_is_given,
)
