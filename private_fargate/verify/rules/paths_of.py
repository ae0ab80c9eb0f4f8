"""What the rules about paths have in common: failing paths, gathered by what one would mend."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.paths import Cause, Check, Path
    from private_fargate.verify.stacks import Resource

NO_INTERNET: Final = ("no route", "no association")
_NAMED: Final = 3


def failing(model: Model, *causes: Cause) -> Iterator[tuple[Path, Check]]:
    """Give the checks that fail for some cause, with their paths."""
    for path in model.paths:
        for check in path.failing(*causes):
            yield path, check


def gathered(
    found: Iterable[tuple[Path, Check]], at: Callable[[Path, Check], Resource | None]
) -> Iterator[tuple[Resource, list[tuple[Path, Check]]]]:
    """Gather failing paths by the resource at which they are to be mended."""
    groups: dict[int, list[tuple[Path, Check]]] = defaultdict(list)
    resources: dict[int, Resource] = {}
    for path, check in found:
        resource = at(path, check)
        if resource is not None:
            groups[id(resource)].append((path, check))
            resources[id(resource)] = resource
    yield from ((resources[key], group) for key, group in groups.items())


def breaks(group: Iterable[tuple[Path, Check]]) -> tuple[str, ...]:
    """Give the tasks and needs that some failing paths are about, each once."""
    return tuple(dict.fromkeys(path.name for path, _ in group))


def subnets(model: Model, group: Iterable[tuple[Path, Check]]) -> str:
    """Name the subnets of some failing paths, for a message."""
    values = [path.subnet for path, _ in group if path.subnet is not None]
    return listed([plain(model, value) for value in values])


def plain(model: Model, value: object) -> str:
    """Write what refers to one of our resources by its address, anything else as it is."""
    attribute = model.system.world.symbols.attribute_in(value)
    return str(attribute) if attribute else model.system.show(value)


def listed(names: Iterable[str]) -> str:
    """Join names for a sentence.

    >>> listed(["a", "b", "a"]), listed(["a", "b", "c", "d", "e"])
    ('a and b', 'a, b, c and 2 more')
    """
    once = list(dict.fromkeys(names))
    if len(once) > _NAMED + 1:
        return f"{', '.join(once[:_NAMED])} and {len(once) - _NAMED} more"
    return " and ".join([", ".join(once[:-1]), once[-1]]) if len(once) > 1 else "".join(once)


def faults(
    found: Iterable[tuple[Path, Check]],
    at: Callable[[Path, Check], Resource | None],
    message: Callable[[list[tuple[Path, Check]]], str],
    place: tuple[str | int, ...] = (),
) -> Iterator[Fault]:
    """Make one fault of all failing paths that are mended at one resource.

    Args:
        found: Failing checks, with their paths.
        at: Where a path is to be mended.
        message: Says what is wrong, from the paths of one resource.
        place: Where in the resource.
    """
    for resource, group in gathered(found, at):
        yield Fault(resource, message(group), at=place, breaks=breaks(group))


def at_workload(path: Path, _check: Check) -> Resource:
    """Mend it where the task is started."""
    return path.workload.resource


def at_check(_path: Path, check: Check) -> Resource | None:
    """Mend it at what the check is about."""
    return check.resource
