"""A network on this machine, for people: its tasks, who reaches whom, the way of a packet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType


def tasks_table(status: Mapping[str, Any]) -> RenderableType:
    """Return the tasks with what each did before its first line, and the words of those that stopped."""
    table = Table("task", "address", "did", "state", title="Tasks", title_justify="left")
    stopped: list[Text] = []
    for task in status["tasks"]:
        done = ", ".join(dict.fromkeys(step["step"] for step in task["steps"] if step["holds"]))
        state = Text("runs", "green") if task["running"] else Text("stopped", "red")
        table.add_row(task["name"], task["address"], done, state)
        if task["stopped"]:
            stopped.append(Text(f"{task['name']}: {task['stopped']}", "red"))
    return Group(table, *stopped)


def places_table(status: Mapping[str, Any]) -> RenderableType:
    """Return the places from which packets can be sent, and the visits at the doors of AWS's services."""
    places = Table("place", "address", title="Places", title_justify="left")
    for name, address in status["places"].items():
        places.add_row(name, address)
    doors = Table("door", "from", "asked for", "answer", title="At the doors", title_justify="left")
    for each in status["visits"]:
        doors.add_row(each["entrance"], each["client"], each["what"], str(each["status"]))
    return Group(places, doors)


def reach_table(fetched: Iterable[Mapping[str, Any]]) -> RenderableType:
    """Return who got which page, and what the others were told."""
    table = Table("from", "page", "came back", title="Who reaches whom", title_justify="left")
    for each in fetched:
        if each["why_not"]:
            table.add_row(each["source"], each["url"], Text(each["why_not"], "yellow"))
        else:
            table.add_row(each["source"], each["url"], Text(first_line(each["page"]), "green"))
    return table


def first_line(page: str) -> str:
    """Return the title of a page of HTML, or else its first line that says something.

    >>> first_line("<html><head><title>Welcome</title></head></html>")
    'Welcome'
    """
    _, found, after = page.partition("<title>")
    if found:
        return after.partition("</title>")[0].strip()
    return next((line.strip() for line in page.splitlines() if line.strip()), "an empty page")


def trace_lines(trace: Mapping[str, Any]) -> RenderableType:
    """Return the way of a packet: each place that it came to, and the rule that let it pass or dropped it."""
    lines = [Text(f"{trace['source']} -> {trace['target']}", "bold")]
    lines += [Text(f"  {each}") for each in trace["found"]]
    for hop in trace["hops"]:
        lines.append(Text(f"  {'<-' if hop['is_reply'] else '->'} {hop['place']}"))
        for rule in hop["rules"]:
            mark, colour = ("✗", "red") if rule["verdict"] == "drop" else ("✓", "green")
            lines.append(Text.assemble("       ", (mark, colour), f" {rule['meaning']}"))
    lines.append(Text(f"  {trace['outcome']}", "green" if trace["connected"] else "red"))
    return Group(*lines)
