"""What a task runs: one container, its log, its secrets, and what of its disk it may write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from troposphere import GetAtt, If, Ref, Region, Sub, ecs

from stacks.service.shape import secret_numbers

if TYPE_CHECKING:
    from troposphere import iam, logs

    from private_fargate.kit.scope import Scope
    from stacks.service.shape import Config, HealthCheck, Inputs

HAS_IMAGE = "HasImage"
LOG_BUFFER = "25m"  # lines that wait when CloudWatch Logs is slow; beyond it the oldest are dropped


def add_task_definition(
    scope: Scope,
    config: Config,
    inputs: Inputs,
    log: logs.LogGroup,
    roles: tuple[iam.Role, iam.Role],
) -> ecs.TaskDefinition:
    """Add the task definition; the roles are the execution role and the task role."""
    execution_role, task_role = roles
    optional: dict[str, Any] = {}
    if config.writable:
        optional["Volumes"] = [ecs.Volume(Name=_volume_name(path)) for path in config.writable]
    return scope.add(
        ecs.TaskDefinition(
            "TaskDefinition",
            RequiresCompatibilities=["FARGATE"],
            NetworkMode="awsvpc",
            Cpu=inputs.task_cpu,
            Memory=inputs.task_memory,
            RuntimePlatform=ecs.RuntimePlatform(
                CpuArchitecture=config.architecture, OperatingSystemFamily="LINUX"
            ),
            ExecutionRoleArn=GetAtt(execution_role, "Arn"),
            TaskRoleArn=GetAtt(task_role, "Arn"),
            ContainerDefinitions=[_container(config, inputs, log)],
            **optional,
        ),
        why="What a task runs; every change of it is a new revision",
    )


def _container(config: Config, inputs: Inputs, log: logs.LogGroup) -> ecs.ContainerDefinition:
    optional: dict[str, Any] = {}
    if config.health_check is not None:
        optional["HealthCheck"] = _health_check(config.health_check)
    if config.secrets or config.parameters:
        optional["Secrets"] = [
            ecs.Secret(Name=name, ValueFrom=inputs.value_from[number])
            for name, number in secret_numbers((*config.secrets, *config.parameters)).items()
        ]
    if inputs.container_user is not None:
        optional["User"] = inputs.container_user
    if config.writable is not None:
        optional["MountPoints"] = [
            ecs.MountPoint(SourceVolume=_volume_name(path), ContainerPath=path, ReadOnly=False)
            for path in config.writable
        ]
    return ecs.ContainerDefinition(
        Name=inputs.service_name,
        Image=_image(config, inputs),
        Essential=True,
        Memory=inputs.task_memory,  # a hard limit: the container and not the task is ended when it is reached
        ReadonlyRootFilesystem=config.writable is not None,
        LinuxParameters=ecs.LinuxParameters(InitProcessEnabled=True),
        PortMappings=[ecs.PortMapping(ContainerPort=inputs.container_port, Protocol="tcp")],
        Environment=[
            ecs.Environment(Name="SERVICE_DISCOVERY_NAMESPACE_ID", Value=inputs.namespace_id),
            *(ecs.Environment(Name=name, Value=inputs.environment[name]) for name in config.environment),
        ],
        LogConfiguration=_log_configuration(config, log),
        **optional,
    )


def _image(config: Config, inputs: Inputs) -> object:
    if config.image != "repository":
        return inputs.image_uri
    return If(
        HAS_IMAGE,
        Sub("${Repository}@${Digest}", Repository=inputs.repository_uri, Digest=inputs.image_digest),
        Sub("${Repository}:awaiting-the-first-image", Repository=inputs.repository_uri),
    )


def _log_configuration(config: Config, log: logs.LogGroup) -> ecs.LogConfiguration:
    options: dict[str, object] = {
        "awslogs-group": Ref(log),
        "awslogs-region": Region,
        "awslogs-stream-prefix": "stdout",
        # Stated, because an account setting decides otherwise.
        "mode": config.log_mode,
    }
    if config.log_mode == "non-blocking":
        options["max-buffer-size"] = LOG_BUFFER
    return ecs.LogConfiguration(LogDriver="awslogs", Options=options)


def _health_check(check: HealthCheck) -> ecs.HealthCheck:
    return ecs.HealthCheck(
        Command=list(check.command),
        Interval=check.interval,
        Timeout=check.timeout,
        Retries=check.retries,
        StartPeriod=check.start_period,
    )


def _volume_name(path: str) -> str:
    return path.strip("/").replace("/", "-").replace(".", "-")
