"""Rules about Cloud Map services that register tasks: records, ports, health checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import fargate_services, mappings
from private_fargate.verify.tasks.workloads import one_word
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value

_SERVICE: Final = "ServiceDiscovery::Service"
_RECORDS: Final = ("DnsConfig", "DnsRecords")
_ADDRESSES: Final = frozenset({"A", "AAAA"})
_FOR_TASKS: Final = frozenset({"A", "AAAA", "SRV"})
_PORTS: Final = ("ContainerName", "ContainerPort", "Port")


def _registries(model: Model) -> Iterator[tuple[Workload, int, dict[str, Value], Resource]]:
    """Give what registers the tasks of services in Cloud Map services of ours."""
    for task in fargate_services(model):
        for index, registry in mappings(task.resource.items("ServiceRegistries")):
            found = model.system.find(registry.get("RegistryArn"), _SERVICE)
            if found:
                yield task, index, registry, found


def _records(found: Resource) -> tuple[str, ...] | None:
    """Give the types of the records of a Cloud Map service; None if they are not all known."""
    items = found.items(*_RECORDS)
    kinds = [record.get("Type") for _, record in mappings(items)]
    if not items.complete or len(kinds) != len(items.values) or any(has_unknown(kind) for kind in kinds):
        return None
    return tuple(as_text(kind).upper() for kind in kinds)


@rule(
    "DISC-001",
    "warning",
    "A name that is called has an address record, and an SRV record has its port",
    symptom="Could not resolve host: …; or InvalidParameterException: Specify a value for either 'port' or "
    "the 'containerName' and 'containerPort' combination, but not both",
    fix="Use Type: A for what is called by name; for SRV set ContainerName and ContainerPort, or Port, in "
    "ServiceRegistries.",
    source="AmazonECS/latest/APIReference/API_ServiceRegistry.html; cloud-map/latest/api/API_DnsRecord.html",
)
def name_has_an_address(model: Model) -> Iterator[Fault]:
    """An SRV record answers only who asks for one; a browser, `curl` or an SDK asks for an address.

    Names such as `_http._tcp` are meant for programs that do.
    """
    for task, index, registry, found in _registries(model):
        kinds = _records(found)
        if kinds is None or "SRV" not in kinds:
            continue
        has_container = (
            registry.get("ContainerName") is not None and registry.get("ContainerPort") is not None
        )
        if registry.get("Port") is None and not has_container:
            message = f"{task.name} registers in {found.address}, an SRV record, without a port"
            yield Fault(task.resource, message, ("ServiceRegistries", index), severity="error")
        elif registry.get("Port") is not None and has_container:
            message = (
                f"{task.name} gives {found.address} a Port and a container's port, of which one is enough"
            )
            yield Fault(task.resource, message, ("ServiceRegistries", index, "Port"), severity="error")
        name = found.text("Name") or ""
        if not _ADDRESSES & set(kinds) and not name.startswith("_") and not has_unknown(name[:1]):
            message = f"{found.address} has an SRV record alone: its name has no address"
            yield Fault(found, message, _RECORDS)


@rule(
    "DISC-002",
    "error",
    "A registry of addresses is given no port",
    symptom="The values specified for serviceRegistries do not require a value for 'containerPort'. Remove "
    "the value and retry.",
    fix="Remove ContainerName, ContainerPort and Port from ServiceRegistries, or add a record of Type: SRV.",
    source="AmazonECS/latest/APIReference/API_ServiceRegistry.html",
)
def addresses_have_no_port(model: Model) -> Iterator[Fault]:
    """An A record holds no port, and ECS refuses one that it could not write anywhere."""
    for task, index, registry, found in _registries(model):
        kinds = _records(found)
        given = [name for name in _PORTS if registry.get(name) is not None]
        if kinds and "SRV" not in kinds and given:
            listed = " and ".join(given)
            yield Fault(
                task.resource,
                f"{task.name} gives {listed} to {found.address}, whose records are {', '.join(kinds)}",
                ("ServiceRegistries", index, given[-1]),
            )


@rule(
    "DISC-003",
    "error",
    "A Cloud Map service in a private namespace leaves health to ECS",
    symptom="InvalidInput from CreateService of Cloud Map, which names HealthCheckConfig",
    fix="Replace HealthCheckConfig by HealthCheckCustomConfig: {FailureThreshold: 1}.",
    source="cloud-map/latest/api/API_CreateService.html, HealthCheckConfig",
)
def private_health_is_custom(model: Model) -> Iterator[Fault]:
    """Route 53 checks health from the internet, from where nothing private is reached."""
    for found in model.system.of(_SERVICE):
        named = found.get("NamespaceId") or found.get("DnsConfig", "NamespaceId")
        namespace = model.system.find(named, "ServiceDiscovery::PrivateDnsNamespace")
        if namespace and isinstance(found.get("HealthCheckConfig"), dict):
            message = f"{found.address} has a HealthCheckConfig, and {namespace.address} is private"
            yield Fault(found, message, ("HealthCheckConfig",))


@rule(
    "DISC-004",
    "error",
    "A Cloud Map service for tasks has A, AAAA or SRV records",
    symptom="InvalidParameterException from CreateService, which names the service registry; or "
    "InvalidInput, which names the routing policy",
    fix="Set Type: A, and RoutingPolicy: MULTIVALUE or WEIGHTED.",
    source="AmazonECS/latest/developerguide/service-discovery.html; cloud-map/latest/api/API_DnsRecord.html",
)
def records_are_for_tasks(model: Model) -> Iterator[Fault]:
    """A CNAME record points to another name, and ECS has only addresses and ports to register."""
    for task, _, _, found in _registries(model):
        for index, kind in enumerate(_records(found) or ()):
            if kind not in _FOR_TASKS:
                message = f"{task.name} registers its tasks in {found.address}, a record of the type {kind}"
                yield Fault(found, message, (*_RECORDS, index, "Type"))
    for found in model.system.of(_SERVICE):
        policy = found.get("DnsConfig", "RoutingPolicy")
        if "CNAME" in (_records(found) or ()) and one_word(policy, "MULTIVALUE") is True:
            message = f"{found.address} has a CNAME record and RoutingPolicy MULTIVALUE"
            yield Fault(found, message, ("DnsConfig", "RoutingPolicy"))


@rule(
    "DISC-005",
    "error",
    "A service is registered once",
    symptom="InvalidParameterException: service registries can have at most 1 items.",
    fix="Keep one entry in ServiceRegistries.",
    source="AmazonECS/latest/APIReference/API_ServiceRegistry.html",
)
def is_registered_once(model: Model) -> Iterator[Fault]:
    """The property is a list, and the schema has no limit for it."""
    for task in fargate_services(model):
        count = len(task.resource.items("ServiceRegistries").values)
        if count > 1:
            yield Fault(
                task.resource, f"{task.name} has {count} service registries", ("ServiceRegistries", 1)
            )


@rule(
    "DISC-006",
    "error",
    "A Cloud Map service has one kind of health check",
    symptom="InvalidInput from CreateService of Cloud Map, which names HealthCheckConfig",
    fix="Remove HealthCheckConfig; ECS reports health through HealthCheckCustomConfig.",
    source="cloud-map/latest/api/API_CreateService.html, HealthCheckCustomConfig",
)
def has_one_health_check(model: Model) -> Iterator[Fault]:
    """Both are optional properties of the same resource."""
    for found in model.system.of(_SERVICE):
        both = (found.get("HealthCheckConfig"), found.get("HealthCheckCustomConfig"))
        if all(isinstance(check, dict) for check in both):
            message = f"{found.address} has HealthCheckConfig and HealthCheckCustomConfig"
            yield Fault(found, message, ("HealthCheckConfig",))


RULES: Final[tuple[Rule, ...]] = (
    name_has_an_address,
    addresses_have_no_port,
    private_health_is_custom,
    records_are_for_tasks,
    is_registered_once,
    has_one_health_check,
)
