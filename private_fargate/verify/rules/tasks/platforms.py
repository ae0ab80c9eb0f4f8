"""Rules about a task definition as a whole: what Fargate has none of, and the machine that it runs on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.aws.instances import architecture_of
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.parts import (
    at,
    definitions,
    is_set,
    known_text,
    parts,
    runs_on_fargate,
)
from private_fargate.verify.tasks.workloads import requires_fargate
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.aws.images import Architecture
    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource

_DIFFERENCES: Final = "AmazonECS/latest/developerguide/fargate-tasks-services.html"
_REGISTER: Final = "AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html"
_ARM: Final = "AmazonECS/latest/developerguide/ecs-arm64.html"

_ARM64: Final = re.compile(r"(?<![a-z0-9])(arm64(v8)?|aarch64)(?![a-z0-9])")
_X86_64: Final = re.compile(r"(?<![a-z0-9])(amd64|x86[_-]64)(?![a-z0-9])")
_CROSS_BUILD: Final = re.compile(r"buildx|--platform|manifest (create|push)")
_DOCKER_BUILD: Final = re.compile(r"\bdocker (image )?(build|push)\b")


@rule(
    "TASK-002",
    "error",
    "A task on Fargate has the network mode awsvpc",
    symptom="Fargate only supports network mode 'awsvpc'.",
    fix="Set NetworkMode: awsvpc.",
    source=_DIFFERENCES,
)
def mode_is_awsvpc(model: Model) -> Iterator[Fault]:
    """The default of ECS is bridge, which is for EC2."""
    for definition in definitions(model):
        mode = definition.resource.get("NetworkMode")
        if mode is None:
            message = "the task definition has no NetworkMode, so that it is bridge"
            yield Fault(definition.resource, message, (), definition.breaks)
        elif same(mode, "awsvpc") is False:
            message = f"the NetworkMode is {as_text(mode)}"
            yield Fault(definition.resource, message, ("NetworkMode",), definition.breaks)


@rule(
    "TASK-015",
    "warning",
    "A task runs on the architecture that its image is built for",
    symptom="CannotPullContainerError: image Manifest does not contain descriptor matching platform "
    "'linux/amd64'; or: exec format error",
    fix="Set RuntimePlatform with CpuArchitecture: ARM64, or build the image for both architectures.",
    source=_ARM,
)
def architectures_agree(model: Model) -> Iterator[Fault]:
    """A task without a RuntimePlatform runs on X86_64, whatever the image is.

    Then the pull fails, or the first instruction.
    """
    builders = _builders(model)
    for definition, container in parts(model):
        platform = definition.resource.get("RuntimePlatform", "CpuArchitecture")
        running = _architecture(platform)
        if running is None:
            continue
        built, why = _named_in(container.image.name.lower()), "its name says so"
        if built is None and builders and container.image.registry == "ECR":
            built, why = _built_by(builders, running)
        if built is not None and built != running:
            message = (
                f"the container {container.name} runs on {running}, and its image "
                f"{container.image.name} is for {built}: {why}"
            )
            yield Fault(definition.resource, message, at(container, "Image"))


def _architecture(value: object) -> Architecture | None:
    """Read `CpuArchitecture`, X86_64 if it is not there."""
    if value is None:
        return "x86_64"
    text = (known_text(value) or "").upper()
    return "arm64" if text == "ARM64" else "x86_64" if text == "X86_64" else None


def _named_in(name: str) -> Architecture | None:
    """Give the architecture that the name of an image tells.

    >>> _named_in("arm64v8/nginx"), _named_in("web:1.2-amd64"), _named_in("charm64/web")
    ('arm64', 'x86_64', None)
    """
    arm, intel = _ARM64.search(name), _X86_64.search(name)
    return None if bool(arm) == bool(intel) else "arm64" if arm else "x86_64"


def _builders(model: Model) -> dict[Resource, tuple[Architecture, bool]]:
    """Give what builds images here, with its architecture and whether the commands are in the template."""
    found: dict[Resource, tuple[Architecture, bool]] = {}
    for project in model.system.of("CodeBuild::Project"):
        kind = known_text(project.get("Environment", "Type"))
        if project.flag("Environment", "PrivilegedMode") is not True or kind is None:
            continue
        commands = as_text(project.get("Source", "BuildSpec") or "")
        if _CROSS_BUILD.search(commands):
            return {}
        found[project] = (
            "arm64" if kind.startswith("ARM_") else "x86_64",
            bool(_DOCKER_BUILD.search(commands)),
        )
    for instance in model.system.of("EC2::Instance"):
        commands = as_text(instance.get("UserData") or "")
        architecture = architecture_of(known_text(instance.get("InstanceType")) or "")
        if architecture and _DOCKER_BUILD.search(commands):
            if _CROSS_BUILD.search(commands):
                return {}
            found[instance] = (architecture, True)
    return found


def _built_by(
    builders: dict[Resource, tuple[Architecture, bool]], running: Architecture
) -> tuple[Architecture | None, str]:
    """Give the architecture of all that builds here; one on ARM was chosen, one on x86 has to be seen to."""
    if any(architecture == running for architecture, _ in builders.values()):
        return None, ""
    architecture: Architecture = "x86_64" if running == "arm64" else "arm64"
    if architecture == "x86_64" and not all(seen for _, seen in builders.values()):
        return None, ""
    names = ", ".join(str(builder.address) for builder in builders)
    return architecture, f"{names} builds on it"


@rule(
    "TASK-024",
    "error",
    "A task definition that runs on Fargate is registered for it",
    symptom="Task definition does not support launch_type FARGATE.",
    fix="Set RequiresCompatibilities: [FARGATE].",
    source=_REGISTER,
)
def is_registered_for_fargate(model: Model) -> Iterator[Fault]:
    """ECS compares the two only when the service is created, after the rest of the stack."""
    found: dict[Resource, list[str]] = {}
    for task in model.tasks:
        definition = task.definition
        by_launch_type = task.kind == "run" or task.resource.get("LaunchType") is not None
        if definition is None or not by_launch_type or not runs_on_fargate(model, task):
            continue
        if requires_fargate(definition) is False:
            found.setdefault(definition, []).append(task.name)
    for definition, names in found.items():
        listed = definition.items("RequiresCompatibilities").values
        says = f"is {', '.join(map(as_text, listed))}" if listed else "is not there"
        message = f"{', '.join(names)} runs it on Fargate, and RequiresCompatibilities {says}"
        where = ("RequiresCompatibilities",) if listed else ()
        breaks = tuple(f"{name} -> start" for name in names)
        # Left out, ECS itself finds out what a definition is fit for, and most are fit for both.
        yield Fault(definition, message, where, breaks, None if listed else "warning")


@rule(
    "TASK-029",
    "error",
    "A task on Fargate shares no namespace with a host",
    symptom="Tasks using the Fargate launch type do not support pidMode 'host'.",
    fix="Remove IpcMode, and remove PidMode or set it to task.",
    source=_REGISTER,
)
def shares_no_namespace(model: Model) -> Iterator[Fault]:
    """There is no host to share with: only the containers of one task can share their processes."""
    for definition in definitions(model):
        for name in ("PidMode", "IpcMode"):
            mode = definition.resource.get(name)
            if is_set(mode) and not (name == "PidMode" and mode == "task"):
                yield Fault(definition.resource, f"{name} is {as_text(mode)}", (name,), definition.breaks)


@rule(
    "TASK-033",
    "error",
    "A task definition for Fargate places nothing",
    symptom="Fargate compatible task definitions do not support constraints",
    fix="Remove PlacementConstraints.",
    source=_DIFFERENCES,
)
def places_nothing(model: Model) -> Iterator[Fault]:
    """Constraints choose among instances, of which Fargate has none."""
    for definition in definitions(model):
        if any(not has_unknown(item) for item in definition.resource.items("PlacementConstraints").values):
            message = "the task definition has PlacementConstraints"
            yield Fault(definition.resource, message, ("PlacementConstraints",), definition.breaks)


RULES: Final[tuple[Rule, ...]] = (
    mode_is_awsvpc,
    architectures_agree,
    is_registered_for_fargate,
    shares_no_namespace,
    places_nothing,
)
