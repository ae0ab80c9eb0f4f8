"""`build.py fabric`: the network of a deployed stack on this machine, and what people do with it."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.change_set import find_stack
from private_fargate.deploy.session import explained
from private_fargate.fabric import client, privileges
from private_fargate.fabric.directory import JUMP_HOST
from private_fargate.fabric.errors import FabricError
from private_fargate.fabric.orders import Order
from private_fargate.fabric.tools import tool

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from private_fargate.deploy.session import Session
    from private_fargate.fabric.client import Keeper

_VPC: Final = "VpcId"
"""The output of a stack that says which network is its own."""

_PATIENCE: Final = 3.0  # seconds for a page

_SHELL: Final = ("/bin/sh", "-i")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of fetching a page from somewhere in the network.

    Attributes:
        source: who asked.
        url: what for.
        page: what came back; empty if nothing did.
        why_not: what the client said then.
    """

    source: str
    url: str
    page: str
    why_not: str

    @property
    def came(self) -> bool:
        """Whether a page came back."""
        return not self.why_not


def order_for(session: Session, stack: str, vpc_id: str | None = None) -> Order:
    """Return the order for the network of a stack.

    Args:
        session: with the AWS where it is deployed.
        stack: its name, by which its network is found too.
        vpc_id: the network, if the stack does not say it in its output `VpcId`.

    Raises:
        FabricError: there is no such stack, or it does not say which network is its own.
    """
    return Order(
        name=stack,
        owner=os.getuid(),
        vpc_id=vpc_id or _vpc_of(session, stack),
        variables=session.variables(),
    )


def _vpc_of(session: Session, stack: str) -> str:
    with explained():
        state = find_stack(session, stack)
    if state is None:
        message = (
            f"{stack}: not deployed to {session.endpoint}; `build.py demo ENVIRONMENT` deploys it there, "
            "or name a network with --vpc"
        )
        raise FabricError(message)
    if _VPC not in state.outputs:
        message = f"{stack}: the stack has no output {_VPC}; name its network with --vpc"
        raise FabricError(message)
    return state.outputs[_VPC]


def up(order: Order, report: Callable[[str], None]) -> Keeper:
    """Build a network that stays until it is taken down; earlier ones of the same stack make way for it.

    Raises:
        FabricError: this machine does not allow it, or it cannot be built; the text says why.
    """
    down(order.name)
    return _start(replace(order, stays=True), report)


@contextmanager
def kept(order: Order, report: Callable[[str], None]) -> Generator[Keeper]:
    """Yield the network that is up, or else one that lasts for the block.

    Raises:
        FabricError: this machine does not allow it, or it cannot be built; the text says why.
    """
    for found in client.find(order.name, order.vpc_id):
        with closing(found):
            yield found
        return
    keeper = _start(order, report)
    try:
        yield keeper
    finally:
        keeper.end()


def down(name: str) -> bool:
    """Remove the networks of a stack; return whether there were any."""
    found = client.find(name)
    for each in found:
        each.end()
    return bool(found)


def _start(order: Order, report: Callable[[str], None]) -> Keeper:
    privileges.require()
    return client.start(order, report)


def fetch(keeper: Keeper, source: str, url: str) -> Fetched:
    """Fetch a page from somewhere in the network, as a person there would."""
    argv = [
        *tool("curl"),
        "--silent",
        "--show-error",
        "--fail",
        "--noproxy",
        "*",
        "--max-time",
        f"{_PATIENCE:g}",
        url,
    ]
    done = keeper.ask("run", place=source, argv=argv, timeout=_PATIENCE + 1)
    failed = "" if done["code"] == 0 else done["err"].strip() or f"exit code {done['code']}"
    return Fetched(source=source, url=url, page=done["out"] if not failed else "", why_not=failed)


def try_everything(keeper: Keeper, status: Mapping[str, Any]) -> list[Fetched]:
    """Fetch every page that has a name, from everywhere: what is let through and what is not."""
    sources = [name for name in status["places"] if "." not in name]
    return [fetch(keeper, source, url) for url in status["urls"].values() for source in sources]


def failures(status: Mapping[str, Any], fetched: Sequence[Fetched]) -> list[str]:
    """Return what is wrong with a network: tasks that did not start, pages that no jump host gets."""
    stopped = [f"{task['name']}: {task['stopped']}" for task in status["tasks"] if task["stopped"]]
    missed = [
        f"{each.source} does not get {each.url}: {each.why_not}"
        for each in fetched
        if each.source == JUMP_HOST and not each.came
    ]
    return [*stopped, *missed]


def status(name: str) -> dict[str, Any] | None:
    """Return what is up of a stack; None if nothing is."""
    with ExitStack() as stack:
        found = [stack.enter_context(closing(each)) for each in client.find(name)]
        return found[0].ask("status") if found else None


def open_shell(keeper: Keeper, place: str, argv: Sequence[str] = ()) -> int:
    """Let a person work where somebody is; return the exit code of the shell, or of the command given."""
    command = [*keeper.entrance(), *keeper.ask("entrance", place=place), *(argv or _SHELL)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 -- the user's own shell
