"""How long a deployment must take at least: `python -m benchmarks.critical_path [ENVIRONMENT]`.

CloudFormation makes at once whatever does not wait for something else, so the longest chain of waiting
decides.  The same resources are laid out in four ways, and the durations are those of private_fargate.aws.
"""

from __future__ import annotations

import json
import sys
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks import system
from benchmarks.references import named
from private_fargate import config
from private_fargate.aws.durations import NESTED_STACK, seconds
from stacks import parent

if TYPE_CHECKING:
    from collections.abc import Collection

    from benchmarks.references import Template
    from benchmarks.system import Nest

ROOT = Path(__file__).parent.parent
_ENDPOINT, _SERVICE = "AWS::EC2::VPCEndpoint", "AWS::ECS::Service"


class Graph(NamedTuple):
    """What there is to be made.

    Attributes:
        duration: Seconds by step.
        after: Steps for which each step waits.
    """

    duration: dict[str, float]
    after: dict[str, set[str]]


class Chain(NamedTuple):
    """The longest chain of steps, and its seconds."""

    seconds: float
    steps: list[str]


def longest(graph: Graph, ends: Collection[str] = ()) -> Chain:
    """Return the chain that ends last; among equals, the first by name.

    Args:
        graph: What there is to be made.
        ends: Steps of which one must be the end of the chain; any if it is empty.

    >>> longest(Graph({"a": 1, "b": 2, "c": 5}, {"b": {"a"}, "c": set()}))
    Chain(seconds=5, steps=['c'])
    """
    found: dict[str, Chain] = {}
    for step in TopologicalSorter(_after(graph)).static_order():
        before = [found[other] for other in sorted(graph.after.get(step, ()))]
        latest = max(before, key=lambda chain: chain.seconds, default=Chain(0, []))
        found[step] = Chain(latest.seconds + graph.duration[step], [*latest.steps, step])
    return max((found[step] for step in sorted(ends or found)), key=lambda chain: chain.seconds)


def _after(graph: Graph) -> dict[str, list[str]]:
    """Return what each step waits for, in an order that is the same on every run."""
    return {step: sorted(graph.after.get(step, ())) for step in graph.duration}


def nested(stack: Nest, *, chained: bool = False) -> Graph:
    """Return the graph of stacks as CloudFormation deploys them.

    A stack has a start and an end: all that is in it comes after the start, and before the end; and
    whoever takes a value from it waits for the end.

    Args:
        stack: The parent.
        chained: Whether each nested stack also waits for the one before it, in the order of waiting.
    """
    graph = Graph({}, {})
    for this in system.everything(stack):
        opened = {f"{this.path}(start)"} if this.path else set[str]()
        for title, resource in this.resources.items():
            after = opened | {_end(this, other) for other in system.waits(this, title)}
            if title in this.children:
                _add_stack(graph, this.children[title], after)
            else:
                graph.duration[this.path + title] = seconds(_kind(resource))
                graph.after[this.path + title] = after
        if chained:
            _chain(graph, this)
    return graph


def _end(stack: Nest, title: str) -> str:
    return f"{stack.path}{title}/(end)" if title in stack.children else f"{stack.path}{title}"


def _add_stack(graph: Graph, child: Nest, after: set[str]) -> None:
    start, end = f"{child.path}(start)", f"{child.path}(end)"
    graph.duration.update({start: NESTED_STACK.seconds, end: 0})
    graph.after[start] = after
    graph.after[end] = {start} | {_end(child, title) for title in child.resources}


def _chain(graph: Graph, stack: Nest) -> None:
    children = stack.children
    waits = {title: sorted(system.waits(stack, title) & set(children)) for title in children}
    order = TopologicalSorter(waits)
    for earlier, later in pairwise(order.static_order()):
        graph.after[f"{stack.path}{later}/(start)"].add(_end(stack, earlier))


def monolith(stack: Nest, *, safe: bool) -> Graph:
    """Return the graph of the same resources in one template, which waits for values alone.

    Args:
        stack: The parent.
        safe: Whether a service also waits for the endpoints through which its tasks start, and for
            the NAT gateways if it calls out.  Without, its first tasks fail, and the deployment may be
            rolled back.
    """
    graph = Graph({}, {})
    for this in system.everything(stack):
        for title, resource in this.resources.items():
            if title not in this.children:
                path = this.path + title
                graph.duration[path] = seconds(_kind(resource))
                told = {f"{this.path}{other}" for other in named(resource)}
                graph.after[path] = system.wired(this, resource.get("Properties", {})) | told
    if safe:
        _wait_for_network(graph, stack)
    return graph


def _wait_for_network(graph: Graph, stack: Nest) -> None:
    """Let each service wait for all endpoints, and for all of the stacks that its own is told to follow."""
    for service in _paths(stack, _SERVICE):
        graph.after[service].update(_paths(stack, _ENDPOINT))
    for this in system.everything(stack):
        for title, child in this.children.items():
            followed = [this.children[other] for other in named(this.resources[title])]
            for service in _paths(child, _SERVICE):
                graph.after[service].update(path for other in followed for path in _paths(other))


def _kind(resource: Template) -> str:
    """Return the type whose duration counts: a gateway endpoint is only a route, and made at once."""
    gateway = resource["Type"] == _ENDPOINT and resource["Properties"].get("VpcEndpointType") != "Interface"
    return "AWS::EC2::Route" if gateway else resource["Type"]


def _paths(stack: Nest, kind: str | None = None) -> list[str]:
    """Return the paths of the resources of a type, or of all that are no stacks."""
    return [
        this.path + title
        for this in system.everything(stack)
        for title, resource in this.resources.items()
        if (resource["Type"] == kind if kind else title not in this.children)
    ]


def layouts(stack: Nest) -> dict[str, Graph]:
    """Return each way to lay the resources of a parent out, the slowest first."""
    return {
        "each nested stack after the one before": nested(stack, chained=True),
        "as it is: each after what it takes": nested(stack),
        "best: one template, services after the network": monolith(stack, safe=True),
        "one template, services before the network": monolith(stack, safe=False),
    }


def main(environment: str = "demo") -> None:
    """Print how long each layout of an environment takes, and the longest chain of it as it is."""
    settings = config.load(ROOT / "environments" / f"{environment}.yaml")
    rendered = {name: json.loads(body) for name, body in parent.render(settings).items()}
    stack = system.nest(rendered)
    services = _paths(stack, _SERVICE)
    table = Table("layout", "services up, s", "all made, s", box=None)
    for layout, graph in layouts(stack).items():
        up, made = longest(graph, services), longest(graph)
        table.add_row(layout, f"{up.seconds:.0f}", f"{made.seconds:.0f}")
    for column in table.columns[1:]:
        column.justify = "right"
    console = Console()
    console.print(table)
    for name, ends in (("services up", services), ("all made", ())):
        _print_chain(console, name, nested(stack), ends)


def _print_chain(console: Console, name: str, graph: Graph, ends: Collection[str]) -> None:
    chain = longest(graph, ends)
    table = Table("s", f"longest chain as it is, {name}", box=None)
    for step in chain.steps:
        table.add_row(f"{graph.duration[step]:.0f}", step)
    console.print()
    console.print(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
