"""Rules about how much of Fargate a task asks for, and how its containers share it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.aws.fargate import FARGATE_SIZES
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.parts import Definition, at, definitions, known_text
from private_fargate.verify.templates.values import as_int

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value

_SIZES: Final = "AmazonECS/latest/developerguide/task-cpu-memory-error.html"
_DEFINITION: Final = "AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html"
_CONTAINER: Final = "AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_STORAGE: Final = "AmazonECS/latest/APIReference/API_EphemeralStorage.html"
_PROXY: Final = "AmazonECS/latest/developerguide/service-connect-concepts-deploy.html"

_WITH_UNIT: Final = re.compile(r"(\d*\.?\d+)\s*(vcpu|gb)", re.IGNORECASE)
_WINDOWS_CPU: Final = (1024, 2048, 4096)
_LEAST_STORAGE: Final = 21  # GiB
_MOST_STORAGE: Final = 200  # GiB
_PROXY_CPU: Final = 256  # CPU units
_PROXY_MEMORY: Final = 64  # MiB
_AGENT_MEMORY: Final = 128  # MiB, the least that GuardDuty's agent may take


def amount(value: Value) -> int | None:
    """Read an amount of CPU or memory, in CPU units or MiB; None if it is not there, or not known.

    >>> amount("256"), amount(".5 vCPU"), amount("2 GB"), amount("a lot")
    (256, 512, 2048, None)
    """
    text = known_text(value)
    if text is None:
        return None
    found = _WITH_UNIT.fullmatch(text.strip())
    return round(float(found[1]) * 1024) if found else as_int(text)


@rule(
    "TASK-001",
    "error",
    "The CPU and the memory of a task are a pair that Fargate sells",
    symptom="No Fargate configuration exists for given values.",
    fix="Set Cpu and Memory to a pair of Fargate's table, such as 256 and 512.",
    source=_SIZES,
)
def sizes_are_sold(model: Model) -> Iterator[Fault]:
    """Cpu and Memory are free texts to CloudFormation, and only ECS knows which pairs there are."""
    for definition in definitions(model):
        resource = definition.resource
        cpu, memory = amount(resource.get("Cpu")), amount(resource.get("Memory"))
        message, where = refusal(cpu, memory) or _not_for_windows(resource, cpu)
        if message:
            yield Fault(resource, message, (where,), definition.breaks)


def refusal(cpu: int | None, memory: int | None) -> tuple[str, str] | None:
    """Say why Fargate sells no such size, and which property is at fault; None if it does, or may."""
    if cpu is not None and cpu not in FARGATE_SIZES:
        sizes = ", ".join(str(size) for size in FARGATE_SIZES)
        return f"a Cpu of {cpu} is none that Fargate has, which are {sizes}", "Cpu"
    if memory is None:
        return None
    if cpu is None:
        sold = any(memory in sizes for sizes in FARGATE_SIZES.values())
        return None if sold else (f"a Memory of {memory} MiB goes with no Cpu that Fargate has", "Memory")
    sizes = FARGATE_SIZES[cpu]
    if memory in sizes:
        return None
    return (
        f"a Cpu of {cpu} does not go with a Memory of {memory} MiB; it goes with {_listed(sizes)}",
        "Memory",
    )


def _listed(sizes: tuple[int, ...]) -> str:
    """Write sizes for a person, long rows by their ends.

    >>> _listed((512, 1024, 2048)), _listed((1024, 2048, 3072, 4096))
    ('512, 1024, 2048', '1024 to 4096 in steps of 1024')
    """
    few = 3
    if len(sizes) <= few:
        return ", ".join(str(size) for size in sizes)
    return f"{sizes[0]} to {sizes[-1]} in steps of {sizes[1] - sizes[0]}"


def _not_for_windows(resource: Resource, cpu: int | None) -> tuple[str, str]:
    family = known_text(resource.get("RuntimePlatform", "OperatingSystemFamily")) or ""
    if cpu is None or not family.upper().startswith("WINDOWS") or cpu in _WINDOWS_CPU:
        return "", ""
    return f"a Cpu of {cpu} is for Linux only; Windows has 1024, 2048 and 4096", "Cpu"


@rule(
    "TASK-008",
    "error",
    "The containers of a task fit into it",
    symptom="The 'memory' setting for container 'web' is greater than for the task; or: The sum of all "
    "container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    fix="Raise Cpu and Memory of the task, or lower those of its containers.",
    source=_CONTAINER,
)
def containers_fit(model: Model) -> Iterator[Fault]:
    """The two levels are set in different places, so raising a container's share forgets the task's."""
    for definition in definitions(model):
        yield from _memory_faults(definition)
        cpu = amount(definition.resource.get("Cpu"))
        shares = [container.number("Cpu") or 0 for container in definition.containers]
        if cpu is not None and sum(shares) > cpu:
            message = f"the containers' Cpu adds up to {sum(shares)}, and the task has {cpu}"
            yield Fault(definition.resource, message, ("Cpu",), definition.breaks)


def _memory_faults(definition: Definition) -> Iterator[Fault]:
    memory = amount(definition.resource.get("Memory"))
    if memory is None:
        return
    for container in definition.containers:
        for setting in ("Memory", "MemoryReservation"):
            share = container.number(setting)
            if share is not None and share > memory:
                message = f"the container {container.name} has a {setting} of {share} MiB, the task {memory}"
                yield Fault(definition.resource, message, at(container, setting), definition.breaks)


@rule(
    "TASK-014",
    "error",
    "The ephemeral storage of a task is between 21 and 200 GiB",
    symptom="EphemeralStorage size should be at least 21",
    fix="Set SizeInGiB from 21 to 200, or leave EphemeralStorage out for the 20 GiB that every task has.",
    source=_STORAGE,
)
def storage_in_range(model: Model) -> Iterator[Fault]:
    """The 20 GiB that a task has anyway cannot be asked for."""
    for definition in definitions(model):
        size = definition.resource.number("EphemeralStorage", "SizeInGiB")
        if size is not None and not _LEAST_STORAGE <= size <= _MOST_STORAGE:
            message = f"an ephemeral storage of {size} GiB is not from {_LEAST_STORAGE} to {_MOST_STORAGE}"
            yield Fault(definition.resource, message, ("EphemeralStorage", "SizeInGiB"), definition.breaks)


@rule(
    "TASK-032",
    "error",
    "A task on Fargate says how much CPU and memory it has",
    symptom="Fargate requires that 'cpu' be defined at the task level.",
    fix="Set Cpu and Memory of the task definition itself.",
    source=_DEFINITION,
)
def has_sizes(model: Model) -> Iterator[Fault]:
    """On EC2 the sizes of the containers are enough, and CloudFormation does not ask for the task's."""
    for definition in definitions(model):
        missing = [name for name in ("Cpu", "Memory") if definition.resource.get(name) is None]
        if missing:
            message = f"the task definition has no {' and no '.join(missing)}"
            yield Fault(definition.resource, message, (), definition.breaks)


@rule(
    "TASK-038",
    "warning",
    "A task has room for the containers that AWS puts into it",
    symptom="OutOfMemoryError: Container killed due to memory usage",
    fix="Leave 256 CPU units and 64 MiB of the task to the proxy of Service Connect, and 128 MiB to the "
    "agent of GuardDuty: raise Cpu and Memory of the task, or lower those of its containers.",
    source=f"{_PROXY}; guardduty/latest/ug/prereq-runtime-monitoring-ecs-support.html",
)
def room_for_sidecars(model: Model) -> Iterator[Fault]:
    """The proxy of Service Connect and the agent of GuardDuty are in no task definition.

    They take their share of the task all the same.
    """
    monitored = any(_monitors(detector) for detector in model.system.of("GuardDuty::Detector"))
    for definition in definitions(model):
        connected = any(
            task.resource.flag("ServiceConnectConfiguration", "Enabled") for task in definition.tasks
        )
        if not definition.complete or not (connected or monitored):
            continue
        wanted = (_PROXY_MEMORY if connected else 0) + (_AGENT_MEMORY if monitored else 0)
        cpu, memory = _left(definition, "Cpu"), _left(definition, "Memory")
        if memory is not None and memory < wanted:
            message = f"the containers leave {max(memory, 0)} MiB of memory, and the sidecars want {wanted}"
            yield Fault(definition.resource, message, ("Memory",))
        elif connected and cpu is not None and cpu < _PROXY_CPU:
            message = (
                f"the containers leave {max(cpu, 0)} CPU units, and the proxy of Service Connect wants 256"
            )
            yield Fault(definition.resource, message, ("Cpu",))


def _left(definition: Definition, name: str) -> int | None:
    """Give what the containers leave of the task; one without a share of its own takes something."""
    whole = amount(definition.resource.get(name))
    if whole is None:
        return None
    kept = 0
    for container in definition.containers:
        share = container.get(name)
        if name == "Memory" and container.get("MemoryReservation") is not None:
            share = container.get("MemoryReservation")
        read = as_int(share)
        if share is not None and read is None:
            return None
        kept += read or 1
    return whole - kept


def _monitors(detector: Resource) -> bool:
    """Say whether a detector puts GuardDuty's agent into tasks on Fargate."""
    for feature in detector.items("Features").values:
        if not isinstance(feature, dict) or feature.get("Name") != "RUNTIME_MONITORING":
            continue
        managed = feature.get("AdditionalConfiguration") or []
        if feature.get("Status") == "ENABLED" and any(
            isinstance(item, dict)
            and item.get("Name") == "ECS_FARGATE_AGENT_MANAGEMENT"
            and item.get("Status") == "ENABLED"
            for item in managed
        ):
            return True
    return False


RULES: Final[tuple[Rule, ...]] = (
    sizes_are_sold,
    containers_fit,
    storage_in_range,
    has_sizes,
    room_for_sidecars,
)
