"""Rules about where the output of a container goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.parts import at, known_text, parts
from private_fargate.verify.templates.stacks import STACK
from private_fargate.verify.templates.symbols import has_symbol, has_unknown, is_unknown
from private_fargate.verify.templates.values import as_bool, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.rules.tasks.parts import Definition
    from private_fargate.verify.tasks.containers import Container
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

LOGS: Final = "awslogs"
_ROUTER: Final = "awsfirelens"
_DRIVERS: Final = (LOGS, "splunk", _ROUTER)
_CONFIGURATION: Final = "AmazonECS/latest/APIReference/API_LogConfiguration.html"
_USING: Final = "AmazonECS/latest/developerguide/using_awslogs.html"
_FIRELENS: Final = "AmazonECS/latest/developerguide/using_firelens.html"


def says_options(container: Container) -> bool:
    """Say whether the options of the log driver are known to be there, or known to be missing."""
    return not is_unknown(container.get("LogConfiguration")) and not is_unknown(
        container.get("LogConfiguration", "Options")
    )


@rule(
    "TASK-004",
    "error",
    "The log driver is one that Fargate has",
    symptom="json-file is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]",
    fix="Set LogDriver to awslogs, splunk or awsfirelens.",
    source=_CONFIGURATION,
)
def driver_is_known(model: Model) -> Iterator[Fault]:
    """The other drivers are Docker's, for EC2; what they write would stay on a machine nobody can reach."""
    for definition, container in parts(model):
        driver = known_text(container.get("LogConfiguration", "LogDriver"))
        if driver is not None and driver not in _DRIVERS:
            message = f"the container {container.name} has the log driver {driver}"
            where = at(container, "LogConfiguration", "LogDriver")
            yield Fault(definition.resource, message, where, definition.breaks)


@rule(
    "TASK-005",
    "error",
    "A container that writes to CloudWatch Logs has a prefix for its streams",
    symptom="Fargate requires log configuration options to include awslogs-stream-prefix to support log "
    "driver awslogs.",
    fix="Set awslogs-stream-prefix, for example to the name of the service.",
    source=_CONFIGURATION,
)
def has_stream_prefix(model: Model) -> Iterator[Fault]:
    """On EC2 the prefix may be left out, and so CloudFormation does not ask for it."""
    for definition, container in parts(model):
        if container.log_driver == LOGS and says_options(container):
            prefix = container.log_option("awslogs-stream-prefix")
            if prefix is None or prefix == "":
                message = f"the container {container.name} has no awslogs-stream-prefix"
                where = at(container, "LogConfiguration", "Options")
                yield Fault(definition.resource, message, where, definition.breaks)


@rule(
    "TASK-006",
    "error",
    "The log group of a container exists before the container does",
    symptom="ResourceInitializationError: failed to validate logger args: create stream has been retried 1 "
    "times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does "
    "not exist.",
    fix="Set awslogs-group to the Ref of an AWS::Logs::LogGroup; or set awslogs-create-group: 'true' and "
    "allow logs:CreateLogGroup to the execution role.",
    source=_USING,
)
def log_group_exists(model: Model) -> Iterator[Fault]:
    """The name of a log group is only a text, and the driver creates no group unless it is told to."""
    for definition, container in parts(model):
        if container.log_driver != LOGS or not says_options(container):
            continue
        group = container.log_option("awslogs-group")
        message = _why_no_group(model.system, container, group)
        if message:
            keys = ("awslogs-group",) if group is not None else ()
            where = at(container, "LogConfiguration", "Options", *keys)
            severity = "warning" if _may_exist(model.system, definition, group) else None
            yield Fault(definition.resource, message, where, definition.breaks, severity)


def _may_exist(system: System, definition: Definition, group: Value) -> bool:
    """Say whether a name is, perhaps, that of a group which exists.

    It may be if it is a parameter's, or if the network is not ours: then there are other stacks, and one of
    them may have made the group too.
    """
    name = as_text(group or "")
    if not name or has_symbol(name) or name.startswith("arn:"):
        return False
    return name not in repr(definition.resource.raw) or not any(system.of("EC2::VPC"))


def _why_no_group(system: System, container: Container, group: Value) -> str:
    """Say why a container has no log group, or nothing if it has one or may have one."""
    if group is None:
        return f"the container {container.name} names no awslogs-group"
    name = as_text(group)
    if name.startswith("arn:"):
        return f"awslogs-group of the container {container.name} is an ARN, and not the name of a log group"
    created = as_bool(container.log_option("awslogs-create-group"))
    elsewhere = _is_elsewhere(system, container.log_option("awslogs-region"))
    if created is not False or elsewhere or not _is_written_down(system, name):
        return ""
    if system.find(name, "Logs::LogGroup") or _may_create_group(system, name):
        return ""
    return f"the container {container.name} writes to the log group {name}, which nothing creates"


def _is_elsewhere(system: System, region: Value) -> bool:
    """Say whether logs go to another region, whose groups are not in the templates."""
    return region is not None and same(region, system.world.pseudo("AWS::Region")) is False


def _is_written_down(system: System, name: str) -> bool:
    """Say whether a name is known; that of a stack counts, for nobody else creates a group of that name."""
    own = {"AWS::StackName", "AWS::StackId"}
    unknowns = {str(found).rpartition("/")[2] for found in system.world.symbols.unknowns_in(name)}
    return not unknowns or bool(unknowns & own and unknowns <= own | {"AWS::Region", "AWS::AccountId"})


def _may_create_group(system: System, name: str) -> bool:
    """Say whether something here may create a log group of that name."""
    is_open, names = system.once(_created_groups)
    return is_open or any(same(created, name) is not False for created in names)


def _created_groups(system: System) -> tuple[bool, tuple[str, ...]]:
    """Say whether a nested stack is not at hand, and name the log groups that `System.find` does not find.

    Those are the ones with a name that is not known in full, and those that a custom resource makes.
    """
    names: dict[str, None] = {}
    is_open = False
    for resource in system.resources:
        custom = resource.type.startswith("Custom::") or resource.type.endswith("::CustomResource")
        is_open = is_open or (resource.type == STACK and resource.logical_id not in resource.stack.children)
        if custom or resource.type == "AWS::Logs::LogGroup":
            name = resource.text("LogGroupName")
            if name is not None and (custom or has_unknown(name)):
                names[name] = None
    return is_open, tuple(names)


@rule(
    "TASK-030",
    "error",
    "A task that routes its logs has a log router",
    symptom="When awsfirelens log driver is specified in log configuration, a firelens configuration object "
    "must be specified in container definitions",
    fix="Add a container with FirelensConfiguration, such as Fluent Bit; or set LogDriver: awslogs.",
    source=_FIRELENS,
)
def has_a_log_router(model: Model) -> Iterator[Fault]:
    """The driver awsfirelens hands the output to another container, which nothing adds by itself."""
    for definition, container in parts(model):
        if container.log_driver != _ROUTER or not definition.complete:
            continue
        if all(other.get("FirelensConfiguration") is None for other in definition.containers):
            message = (
                f"the container {container.name} logs through awsfirelens, and no container is the router"
            )
            where = at(container, "LogConfiguration", "LogDriver")
            yield Fault(definition.resource, message, where, definition.breaks)


@rule(
    "TASK-031",
    "warning",
    "A container writes its output somewhere",
    symptom="Essential container in task exited",
    fix="Add LogConfiguration with LogDriver: awslogs.",
    source=_USING,
)
def has_logs(model: Model) -> Iterator[Fault]:
    """Without a log driver the output is gone with the task, and nobody can tell why it failed."""
    for definition, container in parts(model):
        if container.get("LogConfiguration") is None:
            message = f"the container {container.name} has no LogConfiguration"
            yield Fault(definition.resource, message, at(container))


@rule(
    "TASK-037",
    "warning",
    "A container says what happens to its output when CloudWatch Logs is slow",
    symptom="Lines are missing in the log stream, without an error",
    fix="Set the options mode: non-blocking and max-buffer-size, such as 25m; or mode: blocking, if no line "
    "may be lost and the container may wait.",
    source=_CONFIGURATION,
)
def says_the_mode(model: Model) -> Iterator[Fault]:
    """Since 2025-06-25 the default is non-blocking: lines are lost where the container used to wait."""
    for definition, container in parts(model):
        if container.log_driver == LOGS and says_options(container) and container.log_option("mode") is None:
            message = f"the container {container.name} leaves the mode of its log driver to the default"
            where = at(container, "LogConfiguration", "Options")
            yield Fault(definition.resource, message, where)


RULES: Final[tuple[Rule, ...]] = (
    driver_is_known,
    has_stream_prefix,
    log_group_exists,
    has_a_log_router,
    has_logs,
    says_the_mode,
)
