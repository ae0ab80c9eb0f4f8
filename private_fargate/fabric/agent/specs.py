"""What a container is started with, from its definition, its image, and what was fetched.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html, and for
what an image says https://github.com/opencontainers/image-spec, config.md.
"""

from __future__ import annotations

import fcntl
import shutil
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.fabric.agent import kernel, words
from private_fargate.fabric.agent.causes import resolver
from private_fargate.fabric.agent.inside import inside
from private_fargate.fabric.agent.layers import copy_into
from private_fargate.fabric.agent.starting import has_one_user, root_of
from private_fargate.fabric.agent.telling import StepFailed

if TYPE_CHECKING:
    from private_fargate.fabric.agent.orders import Order
    from private_fargate.fabric.agent.steps import Steps
    from private_fargate.fabric.parts.workloads import Container, Tmpfs

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OF_THE_TASK: Final = "task"
_FIRST_REGION: Final = "us-east-1"
_OPEN_FILES: Final = (
    65535,
    65535,
)  # Source: AmazonECS/latest/APIReference/API_ContainerDefinition.html, ulimits
_CAPABILITIES: Final = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
"""Source: https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities"""

_OPTIONS: Final = {
    "ro": kernel.READ_ONLY,
    "nosuid": kernel.NO_SUID,
    "nodev": kernel.NO_DEVICES,
    "noexec": kernel.NO_PROGRAMS,
}
_SETTINGS: Final = ("size=", "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks=", "mpol=")
_SIOCGIFADDR: Final = 0x8915  # Source: linux/sockios.h


def spec_of(order: Order, steps: Steps, container: Container) -> dict[str, Any]:
    """Return what `launch` reads.

    Raises:
        StepFailed: there is nothing to run, or a volume that this machine cannot have.
    """
    image: dict[str, Any] = steps.configurations[container.name].get("config") or {}
    arguments = _arguments(container, image)
    if not arguments:
        raise StepFailed(words.not_started("no command specified"))
    capabilities = (_CAPABILITIES | set(container.added)) - set(container.dropped)
    return {
        "root": str(root_of(order, container)),
        "hostname": hostname(order),
        "arguments": arguments,
        "environment": _environment(order, steps, container, image),
        "directory": container.working_directory or image.get("WorkingDir") or "/",
        "user": container.user or image.get("User") or "0",
        "is_read_only": container.is_read_only,
        "binds": _binds(order, container, image),
        "tmpfs": [_tmpfs(each) for each in container.tmpfs],
        "files": _files(order),
        "capabilities": [] if "ALL" in container.dropped else sorted(capabilities),
        "open_files": list(container.open_files or _OPEN_FILES),
        "has_init": container.has_init,
        "has_one_user": has_one_user(),
    }


def hostname(order: Order) -> str:
    """Return the name that Fargate gives a task: `ip-10-0-1-5.ec2.internal`."""
    return f"ip-{address().replace('.', '-')}.{_domain(order.region)}"


def address() -> str:
    """Return the address of the task's interface, or the loopback's where there is no such interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            answer = fcntl.ioctl(any_socket.fileno(), _SIOCGIFADDR, struct.pack("256s", b"eth0"))
        except OSError:
            return "127.0.0.1"
    return socket.inet_ntoa(answer[20:24])


def _domain(region: str) -> str:
    """Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html."""
    return "ec2.internal" if region == _FIRST_REGION else f"{region}.compute.internal"


def _arguments(container: Container, image: dict[str, Any]) -> list[str]:
    """Return what is run; an entry point of the definition leaves nothing of the image's command."""
    if container.entry_point is not None:
        return [*container.entry_point, *container.command]
    return [*(image.get("Entrypoint") or ()), *(container.command or image.get("Cmd") or ())]


def _environment(order: Order, steps: Steps, container: Container, image: dict[str, Any]) -> dict[str, str]:
    """Return the variables, each layer over the one before.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
    """
    merged = {"PATH": _PATH, "HOSTNAME": hostname(order)}
    merged |= dict(each.partition("=")[::2] for each in image.get("Env") or ())
    merged |= {
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "AWS_REGION": order.region,
        "AWS_DEFAULT_REGION": order.region,
    }
    for arn in reversed(
        container.environment_files
    ):  # of two files with the same variable the first one counts
        merged |= variables(steps.lines[arn])
    merged |= container.environment
    return merged | {name: steps.values[place] for name, place in container.secrets.items()}


def variables(text: str) -> dict[str, str]:
    """Return what a file of variables says: a line for each, and lines that begin with `#` for people."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value for name, equals, value in pairs if equals and name.strip()}


def _binds(order: Order, container: Container, image: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the volumes of a container; one that its image declares begins with what the image has there."""
    declared: set[str] = set(image.get("Volumes") or ())
    kinds = {volume.name: volume.kind for volume in order.task.volumes}
    root = root_of(order, container)
    found: list[dict[str, Any]] = []
    for each in container.mounts:
        kind = kinds.get(each.volume, _OF_THE_TASK)
        if kind != _OF_THE_TASK:
            why = f"volume {each.volume} is on {kind.upper()}, which this machine does not have"
            raise StepFailed(f"ResourceInitializationError: {why}", why)
        source = Path(order.folder, "volumes", each.volume)
        _fill(source, inside(root, each.path, follow=True) if each.path in declared else None)
        found.append({"source": str(source), "target": each.path, "is_read_only": each.is_read_only})
    mounted = {each.path for each in container.mounts} | {each.path for each in container.tmpfs}
    for number, path in enumerate(sorted(declared - mounted)):
        source = Path(order.folder, "volumes", f"{container.name}.{number}")
        _fill(source, inside(root, path, follow=True))
        found.append({"source": str(source), "target": path, "is_read_only": False})
    return found


def _fill(volume: Path, original: Path | None) -> None:
    """Make a volume that is not there yet, as a copy of a folder or empty."""
    if volume.exists():
        return
    volume.mkdir(parents=True, mode=0o755)
    if original is not None and original.is_dir():
        copy_into(original, volume)


def _tmpfs(wanted: Tmpfs) -> dict[str, Any]:
    flags = sum(_OPTIONS.get(option, 0) for option in wanted.options)
    settings = [option for option in wanted.options if option.startswith(_SETTINGS)]
    return {"path": wanted.path, "flags": flags, "options": ",".join([f"size={wanted.size}m", *settings])}


def _files(order: Order) -> dict[str, str]:
    """Write the files by which a container knows names, and return where they are.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html
    """
    folder = Path(order.folder, "files")
    folder.mkdir(parents=True, exist_ok=True)
    name = hostname(order)
    contents = {
        "hosts": f"127.0.0.1 localhost\n{address()} {name}\n",
        "hostname": f"{name}\n",
        "resolv.conf": f"nameserver {resolver()}\nsearch {_domain(order.region)}\n",
    }
    for file, text in contents.items():
        (folder / file).write_text(text, encoding="ascii")
    return {f"/etc/{file}": str(folder / file) for file in contents}


def clean_up(order: Order) -> None:
    """Take away what lies on this machine for a task."""
    shutil.rmtree(order.folder, ignore_errors=True)
