"""A deployed environment for people and programs: stacks, services, events, log lines, drift."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from private_fargate.live.model import STUCK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from private_fargate.live.model import (
        Drift,
        DriftedResource,
        Environment,
        Happening,
        LogLine,
        ServiceState,
        Stack,
    )

_TASK_COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan")
_TASK_LETTERS: Final = 8  # of a task's ID; enough to tell tasks apart, and to be searched for
_DIGEST_LETTERS: Final = 12  # of a digest, after `sha256:`
_SECONDS: Final = len("2026-11-26 12:00:00")  # finer times tell a person nothing

_REMEDIES: Final[Mapping[str, str]] = {
    "steady": "everything is as it is to be",
    "unsteady": "something is under way, or did not come about; `build.py events` shows what happened",
    "stuck": "AWS does not get out of this by itself; `build.py events --failed` shows what stopped it",
}


def status_view(found: Environment) -> RenderableType:
    """Return an environment as a tree of stacks, a table of services, and what else is worth knowing."""
    parts: list[RenderableType] = [_grown(found.root)]
    if found.services:
        parts.append(_services_table(found))
    parts += [
        Text(f"{service.name}: {line}", "yellow") for service in found.services for line in _trouble(service)
    ]
    parts += [
        Text(f"change set {each.name}: {each.execution}, since {each.since[:_SECONDS]}", "cyan")
        for each in found.change_sets
    ]
    parts += [Text(note, "yellow") for note in found.notes]
    parts.append(Text(_REMEDIES[found.verdict], "green" if found.verdict == "steady" else "red"))
    return Group(*parts)


def status_document(found: Environment) -> dict[str, Any]:
    """Return an environment for programs."""
    services = [{**asdict(service), "is_steady": service.is_steady} for service in found.services]
    return {**asdict(found), "services": services, "verdict": found.verdict}


def outputs_view(outputs: Mapping[str, str]) -> RenderableType:
    """Return the outputs of a stack by name, each on one line whatever its length."""
    width = max(map(len, outputs), default=0)
    return Group(*(Text.assemble((f"{name:<{width}}  ", "cyan"), outputs[name]) for name in sorted(outputs)))


def happening_line(event: Happening) -> Text:
    """Return an event as one line: when, what, which, why."""
    line = Text.assemble(
        (f"{event.time:%Y-%m-%d %H:%M:%S}  ", "dim"),
        (f"{event.status:<34}", colour_of(event.status)),
        f"  {event.resource}",
    )
    if event.reason:
        line.append(f": {event.reason}", "red" if event.is_failure else "dim")
    return line


def happening_document(event: Happening) -> dict[str, Any]:
    """Return an event for programs."""
    return {**asdict(event), "time": event.time.isoformat()}


@dataclass
class LogPrinter:
    """Lines of tasks, in which each task keeps its colour; they go round when there are more tasks."""

    _colours: dict[str, str] = field(default_factory=dict[str, str])

    def line(self, line: LogLine) -> Text:
        """Return a line with its time and its task."""
        colour = self._colours.setdefault(line.task, _TASK_COLOURS[len(self._colours) % len(_TASK_COLOURS)])
        return Text.assemble(
            (f"{line.time:%H:%M:%S}.{line.time.microsecond // 1_000:03d}  ", "dim"),
            (f"{line.task[:_TASK_LETTERS]}  ", colour),
            line.message,
        )


def log_document(line: LogLine) -> dict[str, Any]:
    """Return a line of a log for programs."""
    return {**asdict(line), "time": line.time.isoformat(timespec="milliseconds")}


def drift_view(found: Drift) -> RenderableType:
    """Return what differs, resource by resource, and what was not compared."""
    parts: list[RenderableType] = [_drifted_tree(each) for each in found.drifted]
    parts += [Text(f"not told: {line}", "yellow") for line in found.untold]
    if found.unsupported:
        by_type: dict[str, list[str]] = {}
        for name, resource_type in found.unsupported:
            by_type.setdefault(resource_type, []).append(name)
        parts.append(
            Text(f"{len(found.unsupported)} resources of types that CloudFormation does not compare:")
        )
        parts += [
            Text(f"  {resource_type}: {', '.join(names)}", "dim")
            for resource_type, names in sorted(by_type.items())
        ]
    drifted = Text(f"{len(found.drifted)} drifted", "red" if found.drifted else "green")
    parts.append(
        Text.assemble(drifted, f", {found.in_sync} as their templates say, in {found.stacks} stacks")
    )
    return Group(*parts)


def drift_document(found: Drift) -> dict[str, Any]:
    """Return drift for programs."""
    unsupported = [{"resource": name, "type": resource_type} for name, resource_type in found.unsupported]
    return {**asdict(found), "unsupported": unsupported}


def colour_of(status: str) -> str:
    """Return the colour of a status: red for what failed or rolls back, green for what is done."""
    if status in STUCK:
        return "bold red"
    if "FAILED" in status or "ROLLBACK" in status:
        return "red"
    return "yellow" if status.endswith("_IN_PROGRESS") else "green"


def short_image(image: str) -> str:
    """Return an image without its registry, and with as much of its digest as a person compares.

    >>> short_image("registry.example.com/shop/web@sha256:0123456789abcdef0123456789abcdef")
    'shop/web@sha256:0123456789ab'
    """
    name, mark, digest = image.partition("@sha256:")
    registry, _, rest = name.partition("/")
    name = rest if rest and "." in registry else name
    return f"{name}{mark}{digest[:_DIGEST_LETTERS]}"


def _grown(stack: Stack, tree: Tree | None = None) -> Tree:
    line = Text.assemble(
        f"{stack.name}  ", (stack.status, colour_of(stack.status)), (f"  {stack.since[:_SECONDS]}", "dim")
    )
    if stack.reason:
        line.append(f"  {stack.reason}", "red" if "FAILED" in stack.status else "dim")
    grown = Tree(line) if tree is None else tree.add(line)
    for child in stack.within:
        _grown(child, grown)
    return grown


def _services_table(found: Environment) -> Table:
    table = Table("service", "running", "pending", "rollout", "image", "targets")
    for service in found.services:
        healthy = sum(target.state == "healthy" for target in service.targets)
        table.add_row(
            Text(service.name),
            f"{service.running} of {service.desired}",
            str(service.pending),
            Text(service.rollout or service.status, "green" if service.is_steady else "yellow"),
            Text("\n".join(map(short_image, service.images)), overflow="fold"),
            f"{healthy} of {len(service.targets)} healthy" if service.targets else "none",
        )
    return table


def _trouble(service: ServiceState) -> list[str]:
    """Return why a service is not steady, and that one without tasks wants none."""
    if service.is_steady:
        return [] if service.desired else ["wants no task; has its image been named (`build.py mirror`)?"]
    lines = [line for line in (service.reason, service.event) if line]
    lines += [
        f"target {target.address} is {target.state}: {target.reason or 'no reason given'}"
        for target in service.targets
        if target.state != "healthy"
    ]
    return lines


def _drifted_tree(resource: DriftedResource) -> Tree:
    head = Text.assemble(
        (f"{resource.status:<9}", "red"),
        resource.resource,
        (f"  {resource.type.removeprefix('AWS::')}  {resource.physical_id}", "dim"),
    )
    tree = Tree(head)
    for each in resource.differences:
        line = Text(f"{each.path}: ")
        if each.kind != "ADD":
            line.append(f"expected {each.expected}", "green")
        if each.kind == "NOT_EQUAL":
            line.append(", ")
        if each.kind != "REMOVE":
            line.append(f"found {each.actual}", "red")
        else:
            line.append(", and it is not there", "red")
        tree.add(line)
    return tree
