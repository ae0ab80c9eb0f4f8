"""`build.py smoke`, `exec` and `forward`: which service is meant, and which way leads to it.

On AWS the way is Systems Manager's.  An embedded AWS runs no commands, but its network can be built on this
machine: there the page is fetched through that, from the same place.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from private_fargate import networking
from private_fargate.deploy import shells
from private_fargate.deploy.inventory import SERVICE, each_found, root_of
from private_fargate.deploy.session import explained
from private_fargate.deploy.smoke import PATIENCE, by_jump_host, curl, reply_of
from private_fargate.errors import UserError
from private_fargate.fabric.directory import JUMP_HOST
from private_fargate.fabric.tools import tool
from private_fargate.kit.naming import logical_id
from private_fargate.live.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from private_fargate.deploy.session import Session
    from private_fargate.fabric.client import Keeper

_HOST_OUTPUT: Final = "JumpHostId"
_URL_OUTPUT: Final = "TestUrl"
_HTTP: Final = 80
_UNPRIVILEGED: Final = 1024  # ports below belong to root


class NoWayError(UserError):
    """There is no such service, or nothing that leads to it; the text says what to change."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack, and what its outputs say about ways into it.

    Attributes:
        session: Where it is.
        stack: Its name.
        outputs: Of the stack.
        ports: Of the services by their names, as the settings have them.
    """

    session: Session
    stack: str
    outputs: Mapping[str, str]
    ports: Mapping[str, int]

    @property
    def host(self) -> str:
        """The ID of the jump host; empty if there is none."""
        return self.outputs.get(_HOST_OUTPUT, "")

    def url(self, service: str) -> str:
        """Return the URL that the outputs give to a service.

        Raises:
            NoWayError: they have none.
        """
        if service not in self.ports:
            raise NoWayError(f"{service}: no such service in the settings; they have {', '.join(self.ports)}")
        own = self.outputs.get(f"{logical_id(service)}{_URL_OUTPUT}")
        if own:
            return own.removeprefix("curl ")
        pattern = self.outputs.get(_URL_OUTPUT)  # of many services: one for all of them
        if pattern is None:
            message = (
                f"{self.stack}: the stack has no output {logical_id(service)}{_URL_OUTPUT}; deploy it again"
            )
            raise NoWayError(message)
        url = pattern.removeprefix("curl ").replace("NAME", service).replace("PORT", str(self.ports[service]))
        return url.removesuffix(f":{_HTTP}")


def deployed(session: Session, stack: str, ports: Mapping[str, int]) -> Deployed:
    """Return a stack that has to be there.

    Args:
        session: where.
        stack: its name.
        ports: of the services by their names.

    Raises:
        NoSuchStackError: it is not there.
        DeployError: AWS cannot be asked.
    """
    return Deployed(session=session, stack=stack, outputs=root_of(session, stack).outputs, ports=ports)


def smoke(system: Deployed, services: Sequence[str], report: Callable[[str], None]) -> list[Reply]:
    """Fetch the page of each service from inside; return what came back, in their order.

    Raises:
        UserError: there is no way in; the text says what to change.
    """
    urls = {service: system.url(service) for service in services}
    if system.session.is_on_this_machine:
        return list(_through_the_fabric(system, urls, report))
    replies: list[Reply] = []
    for service, url in urls.items():
        report(f"fetching {url}")
        if system.host:
            replies.append(by_jump_host(system.session, system.host, service, url))
        else:
            replies.append(_from_a_task(system, service, url))
    return replies


def _through_the_fabric(
    system: Deployed, urls: Mapping[str, str], report: Callable[[str], None]
) -> Iterator[Reply]:
    order = networking.order_for(system.session, system.stack)
    with ExitStack() as stack:
        keeper = stack.enter_context(networking.kept(order, report))
        place = _place_in(keeper)
        way = f"{place}, in the network that was built on this machine: the embedded AWS runs no commands"
        for service, url in urls.items():
            report(f"fetching {url}")
            argv = curl(url, tuple(tool("curl")))
            done = keeper.ask("run", place=place, argv=argv, timeout=PATIENCE + 1)
            yield reply_of(service, url, way, done["out"], done["err"])


def _place_in(keeper: Keeper) -> str:
    """Return where to ask from: the jump host, else the first task."""
    places: list[str] = list(keeper.ask("status")["places"])
    if not places:
        raise NoWayError(
            f"{keeper.name}: nobody is in the network who could ask; it has no jump host and no task"
        )
    return JUMP_HOST if JUMP_HOST in places else places[0]


def _from_a_task(system: Deployed, service: str, url: str) -> Reply:
    """Fetch a page in a task of the service itself, whose image may or may not have curl."""
    plugin = shells.require_plugin()
    try:
        place = shells.place_in(system.session, service_arn(system, service), name=service)
    except shells.NotOpenError as error:
        return Reply(service=service, url=url, way="a task of the service", error=str(error))
    heard = shells.heard_in_task(system.session, place, curl(url), plugin=plugin)
    return reply_of(service, url, f"task {place.task}, ECS Exec", heard)


def work_in_task(
    system: Deployed, service: str, command: Sequence[str], *, task: str = "", container: str = ""
) -> int:
    """Let a person work in a task of a service; return an exit code.

    Raises:
        UserError: there is no way in; the text says what to change.
    """
    system.url(service)  # a wrong name is told before anything is asked of AWS
    _refuse_on_this_machine(
        system.session, f"`build.py fabric shell {service}` works in the task", "runs no sessions"
    )
    plugin = shells.require_plugin()
    place = shells.place_in(
        system.session, service_arn(system, service), name=service, task=task, container=container
    )
    return shells.run_in_task(system.session, place, command or ("/bin/sh",), plugin=plugin)


def forward(
    system: Deployed, service: str, local_port: int | None, report: Callable[[str, int], None]
) -> int:
    """Carry connections from a port of this machine to a service until Ctrl-C; return an exit code.

    Args:
        system: where the service is.
        service: its name.
        local_port: of this machine; the service's own, or 8000 above it where that belongs to root.
        report: is told the service's URL and the port before it begins.

    Raises:
        UserError: there is no way in; the text says what to change.
    """
    url = urlsplit(system.url(service))
    port = url.port or _HTTP
    _refuse_on_this_machine(
        system.session,
        f"`build.py fabric shell {JUMP_HOST} curl {url.geturl()}` asks the service",
        "forwards no ports",
    )
    if not system.host:
        message = (
            f"{system.stack}: there is no jump host, and ports are forwarded through it; write `jump_host:` "
            "in the settings and deploy, or use `build.py exec`"
        )
        raise NoWayError(message)
    plugin = shells.require_plugin()
    local = local_port or (port if port >= _UNPRIVILEGED else port + 8_000)
    report(url.geturl(), local)
    return shells.forward(
        system.session, system.host, to=url.hostname or "", port=port, local_port=local, plugin=plugin
    )


def service_arn(system: Deployed, service: str) -> str:
    """Return the ARN of a service by the name that the settings give it.

    Raises:
        NoWayError: it is not deployed.
    """
    root = root_of(system.session, system.stack)
    with explained():
        stacks = each_found(system.session, root)
    arns = {
        stack.name_of(resource): str(resource["PhysicalResourceId"])
        for stack in stacks
        for resource in stack.of_type(SERVICE)
    }
    if service not in arns:
        message = f"{service}: {system.stack} has no such service yet; it has {', '.join(arns) or 'none'}"
        raise NoWayError(message)
    return arns[service]


def _refuse_on_this_machine(session: Session, instead: str, why: str) -> None:
    if session.is_on_this_machine:
        raise NoWayError(f"{session.endpoint} is an embedded AWS, which {why}; {instead} instead")
