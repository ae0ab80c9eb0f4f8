"""Containers, as a task definition describes them and a task overrides it.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html and
API_ContainerOverride.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.fabric.parts.workloads import (
    Container,
    Dependency,
    HealthCheck,
    Mount,
    Port,
    Tmpfs,
    Volume,
)

if TYPE_CHECKING:
    from private_fargate.fabric.answers import Item

_ELSEWHERE: Final = {
    "efsVolumeConfiguration": "efs",
    "fsxWindowsFileServerVolumeConfiguration": "fsx",
    "s3filesVolumeConfiguration": "s3",
}
_OFF = "NONE"  # a health check whose first word it is overrides the one of the image


def container_of(described: Item, override: Item) -> Container:
    """Return a container.

    Args:
        described: by the definition.
        override: of the task for this container; empty if there is none.
    """
    log, linux = described.get("logConfiguration", {}), described.get("linuxParameters", {})
    capabilities = linux.get("capabilities", {})
    entry_point = described.get("entryPoint")
    return Container(
        name=described["name"],
        image=described["image"],
        ports=tuple(
            Port(number=each["containerPort"], protocol=each.get("protocol", "tcp"))
            for each in described.get("portMappings", [])
            if "containerPort" in each
        ),
        is_essential=described.get("essential", True),
        secrets=_places(described.get("secrets", [])),
        log_driver=log.get("logDriver"),
        log_options=dict(log.get("options", {})),
        log_secrets=_places(log.get("secretOptions", [])),
        entry_point=tuple(entry_point) if entry_point else None,
        command=tuple(override.get("command") or described.get("command", ())),
        environment=_values(described.get("environment", [])) | _values(override.get("environment", [])),
        environment_files=tuple(
            each["value"]
            for each in (*described.get("environmentFiles", []), *override.get("environmentFiles", []))
        ),
        user=described.get("user") or None,
        working_directory=described.get("workingDirectory") or None,
        is_read_only=described.get("readonlyRootFilesystem", False),
        mounts=tuple(_mount(each) for each in described.get("mountPoints", [])),
        tmpfs=tuple(_tmpfs(each) for each in linux.get("tmpfs", [])),
        health_check=_health_check(described.get("healthCheck")),
        depends_on=tuple(
            Dependency(container=each["containerName"], condition=each["condition"])
            for each in described.get("dependsOn", [])
        ),
        registry_credentials=described.get("repositoryCredentials", {}).get("credentialsParameter"),
        has_init=linux.get("initProcessEnabled", False),
        added=tuple(capabilities.get("add", ())),
        dropped=tuple(capabilities.get("drop", ())),
        open_files=_open_files(described.get("ulimits", [])),
        stop_timeout=described.get("stopTimeout"),
    )


def volume_of(described: Item) -> Volume:
    """Return a volume of a task."""
    kinds = (kind for key, kind in _ELSEWHERE.items() if described.get(key))
    late = "ebs" if described.get("configuredAtLaunch") else "task"
    return Volume(name=described["name"], kind=next(kinds, late))


def _values(pairs: list[Item]) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in pairs}


def _places(pairs: list[Item]) -> dict[str, str]:
    return {each["name"]: each["valueFrom"] for each in pairs}


def _mount(point: Item) -> Mount:
    return Mount(
        volume=point["sourceVolume"],
        path=point["containerPath"],
        is_read_only=point.get("readOnly", False),
    )


def _tmpfs(described: Item) -> Tmpfs:
    return Tmpfs(
        path=described["containerPath"],
        size=described["size"],
        options=tuple(described.get("mountOptions", ())),
    )


def _health_check(described: Item | None) -> HealthCheck | None:
    """Return a health check with the defaults of ECS; None if there is none."""
    if not described or described["command"][:1] == [_OFF]:
        return None
    return HealthCheck(
        command=tuple(described["command"]),
        interval=described.get("interval") or 30,
        timeout=described.get("timeout") or 5,
        retries=described.get("retries") or 3,
        start_period=described.get("startPeriod") or 0,
    )


def _open_files(limits: list[Item]) -> tuple[int, int] | None:
    found = (each for each in limits if each["name"] == "nofile")
    limit = next(found, None)
    return (limit["softLimit"], limit["hardLimit"]) if limit else None
