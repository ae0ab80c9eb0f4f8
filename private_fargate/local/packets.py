"""The last part of a demonstration: the deployed network on this machine, and the reference's test in it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.text import Text

from private_fargate import networking
from private_fargate.fabric.directory import JUMP_HOST
from private_fargate.fabric.privileges import NotAllowedError
from private_fargate.report.network import reach_table, tasks_table, trace_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from private_fargate.deploy.session import Session
    from private_fargate.fabric.client import Keeper
    from private_fargate.fabric.orders import Order


def show_packets(
    session: Session, stack: str, console: Console, report: Callable[[str], None]
) -> bool | None:
    """Build the network of a stack, run its tasks, and fetch their pages; print what came of it.

    Returns:
        Whether all is well; None if this machine does not allow it, which is printed, not to be missed.
    """
    try:
        return _shown(networking.order_for(session, stack), console, report)
    except NotAllowedError as reason:
        console.print(Text("NOT SHOWN: whether a packet arrives.", "bold red"))
        console.print(str(reason), soft_wrap=True, markup=False, highlight=False)
        return None


def _shown(order: Order, console: Console, report: Callable[[str], None]) -> bool:
    started = time.monotonic()
    with networking.kept(order, report) as keeper:
        status = keeper.ask("status")
        console.print(f"{status['namespaces']} network namespaces after {time.monotonic() - started:.1f} s")
        console.print(tasks_table(status))
        fetched = networking.try_everything(keeper, status)
        console.print(reach_table(map(asdict, fetched)))
        wrong = networking.failures(status, fetched)
        for line in wrong:
            console.print(Text(line, "red"), soft_wrap=True)
        _show_the_test(keeper, [each for each in fetched if each.source == JUMP_HOST and each.came], console)
    return not wrong


def _show_the_test(keeper: Keeper, came: list[networking.Fetched], console: Console) -> None:
    """Print the page that came back to the jump host, and the way that the packets took."""
    for each in came[:1]:
        console.print(Panel(each.page.strip(), title=f"{JUMP_HOST}$ curl {each.url}", title_align="left"))
        console.print(trace_lines(keeper.ask("trace", source=JUMP_HOST, target=each.url.partition("//")[2])))
