"""Tasks: each with an interface in a subnet of its service, and an instance in Cloud Map while it runs.

They are records; no container runs.  But where they are, and by which name they are found, is as on AWS.
"""

from __future__ import annotations

import itertools
import json
import os
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import ecs, servicediscovery

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.ec2 import interfaces
from private_fargate.local.server.ec2.nat import unused_public_ip

_turns = itertools.count()  # subnets take turns
_run_task = ecs._run_task
_mark_task_stopped = ecs._mark_task_stopped


def extend() -> None:
    """Let ministack's tasks have interfaces and names."""
    ecs._run_task = _run_with_network
    ecs._mark_task_stopped = _stop_with_network
    ecs._ACTION_MAP["RunTask"] = _run_with_network


def _run_with_network(request: dict[str, Any]) -> tuple[int, Any, bytes | str]:
    status, headers, body = _run_task(request)
    if status >= 400:  # noqa: PLR2004 -- HTTP
        return status, headers, body
    answer = json.loads(body)
    network = (request.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    records = [ecs._tasks[task["taskArn"]] for task in answer["tasks"]]
    for record in records:
        if network.get("subnets") and not record.get("attachments"):
            _attach(record, network)
            _announce(record)
    answer["tasks"] = [ecs._sanitize(record) for record in records]
    return status, headers, json.dumps(answer, default=str).encode()


def _attach(task: dict[str, Any], network: dict[str, Any]) -> None:
    """Give a task an interface; the subnets of its service take turns."""
    subnet = network["subnets"][next(_turns) % len(network["subnets"])]
    attachment = os.urandom(16).hex()
    description = f"arn:aws:ecs:{moto.region()}:{get_account_id()}:attachment/{attachment}"
    interface = interfaces.create(subnet, network.get("securityGroups") or [], description, "interface")
    if network.get("assignPublicIp") == "ENABLED":
        interface.public_ip = unused_public_ip(moto.backend())
    address = interface.private_ip_address
    details = {
        "subnetId": subnet,
        "networkInterfaceId": interface.id,
        "macAddress": interface.mac_address,
        "privateIPv4Address": address,
    }
    task["_interface"] = interface.id
    task["availabilityZone"] = interface.subnet.availability_zone
    task["attachments"] = [
        {
            "id": attachment,
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]
    for container in task["containers"]:
        container["networkInterfaces"] = [{"attachmentId": attachment, "privateIpv4Address": address}]
    task.pop("containerInstanceArn", None)  # a Fargate task is on none


def _announce(task: dict[str, Any]) -> None:
    """Register a task of a service with the registries of the service."""
    service = _service_of(task)
    if service is None:
        return
    attributes = {
        "AVAILABILITY_ZONE": task["availabilityZone"],
        "AWS_INIT_HEALTH_STATUS": "HEALTHY",
        "AWS_INSTANCE_IPV4": task["attachments"][0]["details"][-1]["value"],
        "ECS_CLUSTER_NAME": task["clusterArn"].rsplit("/", 1)[-1],
        "ECS_SERVICE_NAME": service["serviceName"],
        "ECS_TASK_DEFINITION_FAMILY": task["taskDefinitionArn"].rsplit("/", 1)[-1].split(":")[0],
        "REGION": moto.region(),
    }
    task["_names"] = []
    for registry in service.get("serviceRegistries") or []:
        port = registry.get("containerPort") or registry.get("port")
        more = {"AWS_INSTANCE_PORT": str(port)} if port else {}
        known_as = {
            "ServiceId": registry["registryArn"].rsplit("/", 1)[-1],
            "InstanceId": task["taskArn"].rsplit("/", 1)[-1],
        }
        servicediscovery._register_instance({**known_as, "Attributes": {**attributes, **more}})
        task["_names"].append(known_as)


def _service_of(task: dict[str, Any]) -> dict[str, Any] | None:
    kind, _, name = task.get("group", "").partition(":")
    if kind != "service":
        return None
    same = (
        each
        for each in ecs._services.values()
        if each["serviceName"] == name
        and each["clusterArn"] == task["clusterArn"]
        and each["status"] == "ACTIVE"
    )
    return next(same, None)


def _stop_with_network(
    arn: str, task: dict[str, Any], reason: str, code: str, exit_code: int | None = None
) -> bool:
    stopped = _mark_task_stopped(arn, task, reason, code, exit_code)
    for known_as in task.pop("_names", []):
        servicediscovery._deregister_instance(known_as)
    if "_interface" in task:
        interfaces.remove([task.pop("_interface")])
    return bool(stopped)
