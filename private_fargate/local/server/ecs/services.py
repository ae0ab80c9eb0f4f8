"""Services and the capacity of clusters: with their registries, groups and settings kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import ecs, servicediscovery

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.api_shapes import input_shape, to_api
from private_fargate.local.server.ecs.answers import unwrap
from private_fargate.local.server.handlers import Handler, changed, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_REPLACED = frozenset(
    {"Cluster", "DeploymentController", "LaunchType", "Role", "SchedulingStrategy", "ServiceName"}
)
_NEW_TASKS = frozenset(
    {"NetworkConfiguration", "PlatformVersion", "ServiceRegistries"}
)  # a change needs them
_DROPPED = (  # by ministack; kept in its record by us
    "availabilityZoneRebalancing",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "propagateTags",
    "serviceRegistries",
)


def register_all() -> None:
    """Register the types of this module."""
    register(
        "AWS::ECS::Service",
        Handler(create=_service, delete=_no_service, update=_change, create_only=_REPLACED, retag=_retag),
    )
    register(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        Handler(
            create=_capacity, delete=_no_capacity, update=_change_capacity, create_only=frozenset({"Cluster"})
        ),
    )


def _service(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
    request = _request(properties, "CreateService")
    request.setdefault("serviceName", f"{stack}-{logical_id}")
    _refuse_what_is_not_there(request)
    _refuse_inactive(request)
    # The tasks start inside this call, and must find the registries and tags that ministack's own call drops.
    made = unwrap(ecs._create_service({**request, "desiredCount": 0}))["service"]
    arn = made["serviceArn"]
    _keep(arn, request)
    _retag(arn, properties)
    desired = request.get("desiredCount", 1)
    unwrap(ecs._update_service({"cluster": made["clusterArn"], "service": arn, "desiredCount": desired}))
    return arn, {"ServiceArn": arn, "Name": made["serviceName"]}


def _request(properties: Properties, operation: str) -> dict[str, Any]:
    written = {name: value for name, value in properties.items() if name != "Tags"}
    request: dict[str, Any] = to_api(written, input_shape("ecs", operation))
    return request


def _refuse_what_is_not_there(request: dict[str, Any]) -> None:
    """Refuse a cluster, subnets, groups and registries that do not exist; ministack makes the first up."""
    if ecs._resolve_cluster_name(request.get("cluster", "default")) not in ecs._clusters:
        raise ValueError("Cluster not found.")
    network = request.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    if network.get("subnets"):
        moto.client().describe_subnets(SubnetIds=network["subnets"])
    if network.get("securityGroups"):
        moto.client().describe_security_groups(GroupIds=network["securityGroups"])
    for registry in request.get("serviceRegistries", []):
        arn = registry["registryArn"]
        if arn.rsplit("/", 1)[-1] not in servicediscovery._services:
            raise ValueError(f"CreateService error: ServiceRegistry {arn} not found.")


def _refuse_inactive(request: dict[str, Any]) -> None:
    """Refuse to move a service to a task definition that was deregistered; ministack would run it."""
    for record in list(ecs._task_defs.values()):
        names = (record["taskDefinitionArn"], f"{record['family']}:{record['revision']}")
        if request.get("taskDefinition") in names and record["status"] == "INACTIVE":
            raise ValueError("TaskDefinition is inactive")


def _record(arn: str) -> dict[str, Any]:
    """Return ministack's own record of a service.

    Raises:
        ValueError: there is none.
    """
    for record in ecs._services.values():
        if record["serviceArn"] == arn:
            return record
    raise ValueError(f"Service not found: {arn}")


def _keep(arn: str, request: dict[str, Any]) -> None:
    record = _record(arn)
    record.update({name: request[name] for name in _DROPPED if name in request})
    if record.get("launchType") == "FARGATE" or record.get("capacityProviderStrategy"):
        record["platformVersion"] = request.get("platformVersion", "LATEST")
        record["platformFamily"] = "Linux"


def _change(arn: str, old: Properties, new: Properties) -> None:
    differing = changed(old, new)
    before, after = _request(old, "UpdateService"), _request(new, "UpdateService")
    _refuse_what_is_not_there(after)
    request = {name: value for name, value in after.items() if before.get(name) != value}
    _refuse_inactive(request)
    _keep(arn, after)
    unwrap(
        ecs._update_service(
            {
                **request,
                "cluster": _record(arn)["clusterArn"],
                "service": arn,
                "forceNewDeployment": bool(differing & _NEW_TASKS),
            }
        )
    )


def _no_service(arn: str, _properties: Properties) -> None:
    record = _record(arn)
    unwrap(ecs._delete_service({"cluster": record["clusterArn"], "service": arn, "force": True}))


def _retag(arn: str, properties: Properties) -> None:
    tags = [{"key": tag["Key"], "value": str(tag["Value"])} for tag in properties.get("Tags") or []]
    _record(arn)["tags"] = tags
    ecs._tags[arn] = list(tags)


def _capacity(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    _change_capacity(properties["Cluster"], {}, properties)
    return properties["Cluster"], {}


def _change_capacity(cluster: str, _old: Properties, new: Properties) -> None:
    shape = input_shape("ecs", "PutClusterCapacityProviders")
    unwrap(ecs._put_cluster_capacity_providers({**to_api(new, shape), "cluster": cluster}))


def _no_capacity(cluster: str, _properties: Properties) -> None:
    name = ecs._resolve_cluster_name(cluster)
    if name in ecs._clusters:
        nothing = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}
        unwrap(ecs._put_cluster_capacity_providers({"cluster": cluster, **nothing}))
