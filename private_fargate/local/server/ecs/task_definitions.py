"""Task definitions: every property kept, and what Fargate does not run refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import ecs
from ministack.services.cloudformation import provisioners

from private_fargate.local.server.api_shapes import input_shape, to_api, validate
from private_fargate.local.server.ecs.answers import unwrap
from private_fargate.local.server.handlers import Handler, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_GIB = 1024  # MiB

# CPU units -> MiB of memory that a Fargate task may have with them
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
_MEMORY = {
    256: frozenset({512, _GIB, 2 * _GIB}),
    512: frozenset(range(_GIB, 4 * _GIB + 1, _GIB)),
    1024: frozenset(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: frozenset(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: frozenset(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: frozenset(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: frozenset(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}


def register_all() -> None:
    """Register the type of this module."""
    register("AWS::ECS::TaskDefinition", Handler(create=_register, delete=_deregister, retag=_retag))


def _register(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
    shape = input_shape("ecs", "RegisterTaskDefinition")
    request = to_api({name: value for name, value in properties.items() if name != "Tags"}, shape)
    request.setdefault("family", f"{stack}-{logical_id}")
    validate(request, shape)
    if "FARGATE" in request.get("requiresCompatibilities", []):
        _check_fargate(request)
    made = unwrap(ecs._register_task_definition(request))["taskDefinition"]
    record = ecs._task_defs[f"{made['family']}:{made['revision']}"]
    record.update({name: value for name, value in request.items() if name not in record})
    for name in [
        name for name, value in record.items() if value in ("", None)
    ]:  # AWS leaves out what is not set
        del record[name]
    if "FARGATE" in request.get("requiresCompatibilities", []):
        record["compatibilities"] = ["EC2", "FARGATE"]
    arn = made["taskDefinitionArn"]
    return arn, {"TaskDefinitionArn": arn}


def _check_fargate(request: dict[str, Any]) -> None:
    """Refuse what RegisterTaskDefinition refuses of a Fargate task."""
    if request.get("networkMode") != "awsvpc":
        raise ValueError("Fargate only supports network mode 'awsvpc'.")
    cpu, memory = request.get("cpu", ""), request.get("memory", "")
    if not (cpu.isdecimal() and memory.isdecimal() and int(memory) in _MEMORY.get(int(cpu), ())):
        raise ValueError(
            f"No Fargate configuration exists for given values: {cpu or 'no'} CPU, {memory or 'no'} memory."
        )
    if request.get("executionRoleArn"):
        return
    for container in request.get("containerDefinitions", []):
        if container.get("secrets"):
            raise ValueError(
                "Fargate requires task definition to have execution role ARN to support secrets."
            )
        driver = container.get("logConfiguration", {}).get("logDriver")
        if driver == "awslogs":
            raise ValueError(
                "Fargate requires task definition to have execution role ARN to support log driver awslogs."
            )


def _deregister(arn: str, properties: Properties) -> None:
    provisioners._ecs_task_def_delete(arn, properties)


def _retag(arn: str, properties: Properties) -> None:
    ecs._tags[arn] = [{"key": tag["Key"], "value": str(tag["Value"])} for tag in properties.get("Tags") or []]
