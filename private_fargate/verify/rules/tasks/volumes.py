"""Rules about the volumes of a task, and about what must be writable in a container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.parts import at, definitions, is_set, named, parts
from private_fargate.verify.tasks.workloads import one_word
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_bool, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.rules.tasks.parts import Definition
    from private_fargate.verify.tasks.containers import Container
    from private_fargate.verify.templates.symbols import Value

_MOUNT: Final = "AmazonECS/latest/APIReference/API_MountPoint.html"
_DIFFERENCES: Final = "AmazonECS/latest/developerguide/fargate-tasks-services.html"
_EFS: Final = "AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html"
_EBS: Final = "AmazonECS/latest/developerguide/ebs-volumes.html"
_EXEC: Final = "AmazonECS/latest/developerguide/ecs-exec.html"

_AGENT_WRITES: Final = ("/var/lib/amazon/ssm", "/var/log/amazon/ssm")


@rule(
    "TASK-022",
    "error",
    "The agent of ECS Exec can write in the container",
    symptom="TargetNotConnectedException: The execute command failed due to an internal error",
    fix="Mount volumes at /var/lib/amazon/ssm and /var/log/amazon/ssm, or set ReadonlyRootFilesystem: false.",
    source=_EXEC,
)
def exec_agent_can_write(model: Model) -> Iterator[Fault]:
    """The agent is put into the container and writes there.

    The task starts without it, and nobody notices before the first session.
    """
    for definition in definitions(model):
        if not any(task.exec for task in definition.tasks):
            continue
        shut = [container for container in definition.containers if _shuts_agent_out(container)]
        only = len(shut) == len(definition.containers)
        for container in shut:
            message = (
                f"the root file system of the container {container.name} is read-only, and nothing is "
                f"mounted at {' and '.join(_AGENT_WRITES)}"
            )
            yield Fault(
                definition.resource,
                message,
                at(container, "ReadonlyRootFilesystem"),
                tuple(f"{task.name} -> ECS Exec" for task in definition.tasks if task.exec),
                None if only and definition.complete else "warning",
            )


def _shuts_agent_out(container: Container) -> bool:
    if container.flag("ReadonlyRootFilesystem") is not True or container.get("VolumesFrom") is not None:
        return False
    mounts = container.items("MountPoints")
    scratch = container.items("LinuxParameters", "Tmpfs")
    if not (mounts.complete and scratch.complete):
        return False
    paths: list[str] = []
    for mount in (*mounts.values, *scratch.values):
        if not isinstance(mount, dict) or has_unknown(mount):
            return False
        if as_bool(mount.get("ReadOnly")) is not True:
            paths.append(as_text(mount.get("ContainerPath") or ""))
    return not all(any(_holds(path, folder) for path in paths) for folder in _AGENT_WRITES)


def _holds(path: str, folder: str) -> bool:
    """Say whether a folder is what is mounted at a path, or in it.

    >>> _holds("/var/lib/amazon/", "/var/lib/amazon/ssm"), _holds("/var/lib/ama", "/var/lib/amazon/ssm")
    (True, False)
    """
    return f"{folder}/".startswith(f"{path.rstrip('/')}/")


@rule(
    "TASK-025",
    "error",
    "No volume of a task on Fargate is of a host",
    symptom="Fargate compatible task definitions do not support sourcePath",
    fix="Leave Host out for an empty volume, or use EFSVolumeConfiguration or ConfiguredAtLaunch for one "
    "that stays.",
    source=_DIFFERENCES,
)
def volumes_need_no_host(model: Model) -> Iterator[Fault]:
    """A path of the host, or a volume of Docker's, is on a machine of one's own."""
    for definition in definitions(model):
        for index, name, volume in named(definition.resource.get("Volumes")):
            host = volume.get("Host")
            path = host.get("SourcePath") if isinstance(host, dict) else None
            if is_set(path):
                message = f"the volume {name} is {as_text(path)} of the host"
                where = ("Volumes", index, "Host", "SourcePath")
                yield Fault(definition.resource, message, where, definition.breaks)
            for kind in ("DockerVolumeConfiguration", "FSxWindowsFileServerVolumeConfiguration"):
                if isinstance(volume.get(kind), dict):
                    message = f"the volume {name} has a {kind}"
                    yield Fault(definition.resource, message, ("Volumes", index, kind), definition.breaks)


@rule(
    "TASK-027",
    "error",
    "What a container mounts is a volume of the task",
    symptom="Unknown volume 'nope'.",
    fix="Add the volume to Volumes of the task definition, or correct SourceVolume.",
    source=_MOUNT,
)
def mounts_are_volumes(model: Model) -> Iterator[Fault]:
    """The name ties two lists of the task definition together, which only ECS compares."""
    for definition, container in parts(model):
        volumes = definition.resource.items("Volumes")
        names = [item.get("Name") if isinstance(item, dict) else item for item in volumes.values]
        if not volumes.complete:
            continue
        for index, source, _ in named(container.get("MountPoints"), "SourceVolume"):
            if all(same(source, name if name is not None else "") is False for name in names):
                message = f"the container {container.name} mounts {source}, which is no volume of the task"
                where = at(container, "MountPoints", index, "SourceVolume")
                yield Fault(definition.resource, message, where, definition.breaks)


@rule(
    "TASK-035",
    "warning",
    "A volume of a task is mounted in some container",
    symptom="Volumes [x] are not referenced by any of the containers",
    fix="Add the volume to MountPoints of a container, or remove it.",
    source=_EBS,
)
def volumes_are_mounted(model: Model) -> Iterator[Fault]:
    """A volume that is configured at launch is made and attached for each task, and not seen by any."""
    for definition in definitions(model):
        mounted = _mounted(definition)
        if mounted is None:
            continue
        for index, name, volume in named(definition.resource.get("Volumes")):
            if all(same(name, source) is False for source in mounted):
                at_launch = as_bool(volume.get("ConfiguredAtLaunch")) is True
                message = f"no container mounts the volume {name}"
                severity = None if at_launch else "info"
                yield Fault(definition.resource, message, ("Volumes", index), severity=severity)


def _mounted(definition: Definition) -> list[Value] | None:
    """Give the volumes that containers mount; None if that is not known in full."""
    found: list[Value] = []
    for container in definition.containers:
        mounts = container.items("MountPoints")
        if not mounts.complete or not all(isinstance(mount, dict) for mount in mounts.values):
            return None
        found += [mount.get("SourceVolume") or "" for mount in mounts.values]
    return found if definition.complete else None


@rule(
    "TASK-036",
    "error",
    "A volume of EFS that a role or an access point opens is encrypted in transit",
    symptom="Invalid request provided: Create TaskDefinition: When using an EFS access point, the root "
    'directory must either be set to "/" or be omitted.',
    fix="Set TransitEncryption: ENABLED, and leave RootDirectory out where there is an access point.",
    source=_EFS,
)
def efs_is_encrypted(model: Model) -> Iterator[Fault]:
    """TransitEncryption is off by default, and an access point has a root directory of its own."""
    for definition in definitions(model):
        for index, name, volume in named(definition.resource.get("Volumes")):
            efs = volume.get("EFSVolumeConfiguration")
            access = efs.get("AuthorizationConfig") if isinstance(efs, dict) else None
            if not isinstance(efs, dict) or not isinstance(access, dict):
                continue
            has_point = access.get("AccessPointId") is not None and not has_unknown(access["AccessPointId"])
            where = ("Volumes", index, "EFSVolumeConfiguration")
            opened = has_point or one_word(access.get("IAM"), "ENABLED")
            if opened and one_word(efs.get("TransitEncryption"), "ENABLED") is False:
                opens = "an access point" if has_point else "the task role"
                message = f"{opens} opens the volume {name}, and TransitEncryption is not ENABLED"
                yield Fault(definition.resource, message, where, definition.breaks)
            root = efs.get("RootDirectory")
            if has_point and is_set(root) and root != "/":
                message = f"the volume {name} has an access point, and the RootDirectory {as_text(root)}"
                yield Fault(definition.resource, message, (*where, "RootDirectory"), definition.breaks)


RULES: Final[tuple[Rule, ...]] = (
    exec_agent_can_write,
    volumes_need_no_host,
    mounts_are_volumes,
    volumes_are_mounted,
    efs_is_encrypted,
)
