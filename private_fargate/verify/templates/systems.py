"""A root template with all that it nests, in one world: what resources there are, and how to find them."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from private_fargate.verify.templates import sources
from private_fargate.verify.templates.forms import Form
from private_fargate.verify.templates.launches import Launch
from private_fargate.verify.templates.stacks import Stack
from private_fargate.verify.templates.symbols import Symbols, is_unknown
from private_fargate.verify.templates.world import World
from private_fargate.verify.templates.worlds import MOST_WORLDS, worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from private_fargate.verify.templates.combinations import Combinations
    from private_fargate.verify.templates.places import Place
    from private_fargate.verify.templates.questions import Choice
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.sources import Template
    from private_fargate.verify.templates.symbols import Address, Value
    from private_fargate.verify.templates.worlds import Worlds

Found = TypeVar("Found")

_REMOTE: Final = ("http://", "https://", "s3://")


class System:
    """All resources of a root template and of the stacks that it nests, in one world.

    Attributes:
        root: The root's stack.
        launch: What can be chosen when the root is launched; the same in all its worlds.
        world: What is taken for granted.
        resources: Every resource that will exist, parents before their children.
        by_type: The same, by resource type.
    """

    def __init__(self, root: Stack, launch: Launch, neighbours: Sequence[Stack] = ()) -> None:
        """Collect the resources of a root and of all that it nests."""
        self.root = root
        self.launch = launch
        self._neighbours = neighbours
        self.world: World = root.world
        self._found: dict[Callable[[System], Any], Any] = {}
        self.stacks: tuple[Stack, ...] = tuple(root.all())
        self.resources: tuple[Resource, ...] = tuple(
            resource for stack in self.stacks for resource in stack.resources.values()
        )
        self.by_type: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self.by_type[resource.type].append(resource)

    @cached_property
    def _by_value(self) -> dict[str, list[Resource]]:
        """Every resource by what refers to it: its `Ref`, and its ARN."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            values = (resource.ref, resource.attribute("Arn"))
            for value in dict.fromkeys(value for value in values if isinstance(value, str)):
                found[value].append(resource)
        return found

    @cached_property
    def by_address(self) -> dict[Address, Resource]:
        """Every resource by where it stands."""
        return {resource.address: resource for resource in self.resources}

    @cached_property
    def parents(self) -> dict[tuple[str, ...], Resource]:
        """The resource that nests a stack, by the stack's path."""
        return {
            child.path: stack.resources[logical_id]
            for stack in self.stacks
            for logical_id, child in stack.children.items()
        }

    @cached_property
    def is_whole(self) -> bool:
        """Whether nested stacks and modules are at hand: one that is not may hold what seems missing."""
        return not any(kind.endswith("::MODULE") for kind in self.by_type) and all(
            resource.logical_id in resource.stack.children
            for resource in self.by_type.get("AWS::CloudFormation::Stack", ())
        )

    def of(self, *types: str) -> Iterator[Resource]:
        """Give the resources of some types, `AWS::` left out: `system.of("EC2::Subnet")`."""
        for name in types:
            yield from self.by_type.get(f"AWS::{name}", ())

    def find(self, value: Value, *types: str) -> Resource | None:
        """Give the resource that a value refers to, by id, name or ARN; None if none of ours does."""
        if not isinstance(value, str):
            return None
        wanted = {f"AWS::{name}" for name in types}
        return next((found for found in self._by_value.get(value, ()) if found.type in wanted), None)

    def find_beside(self, value: Value, name: str) -> Resource | None:
        """Give the resource of a type, `AWS::` left out, that a value refers to in a stack beside this one.

        Such a stack is in the same account already; what is in it is no part of this system.
        """
        for root in self._neighbours:
            for resource in (found for stack in root.all() for found in stack.resources.values()):
                if resource.type == f"AWS::{name}" and resource.ref == value:
                    return resource
        return None

    def once(self, find: Callable[[System], Found]) -> Found:
        """Give what a function finds in this system; it looks once, however often it is asked for."""
        if find not in self._found:
            self._found[find] = find(self)
        return self._found[find]

    def show(self, value: Value) -> str:
        """Write a value for a person; an id of ours by the resource's logical ID."""
        return self.world.symbols.show(value)

    def why_unknown(self, *values: Value) -> str:
        """Say why values are not known, in one sentence; empty if they are."""
        reasons = [unknown.reason for value in values for unknown in self.world.symbols.unknowns_in(value)]
        return "; ".join(dict.fromkeys(reasons))

    @property
    def assumptions(self) -> dict[str, str | bool | None]:
        """What this world takes for granted about values that nobody gave."""
        return dict(self.world.choices)


class Loader:
    """Reads templates, each file once, also when many stacks nest it."""

    def __init__(self, templates: Iterable[Template] = ()) -> None:
        """Begin with templates that are at hand, by the path that they will have."""
        self._templates: dict[Path, Template] = {template.path: template for template in templates}

    def read(self, path: Path) -> Template:
        """Read a template.

        Raises:
            TemplateError: If it cannot be read.
        """
        if path not in self._templates:
            self._templates[path] = sources.read(path)
        return self._templates[path]

    def nested(self, parent: Template, url: str) -> Template | None:
        """Give the template of a nested stack, if its address is that of a file beside the parent.

        Raises:
            TemplateError: If there is such a file and it cannot be read.
        """
        if not url or is_unknown(url) or url.startswith(_REMOTE):
            return None
        path = Path(url.removeprefix("file://")) if url.startswith("file://") else parent.path.parent / url
        try:
            return self.read(path) if path in self._templates or path.is_file() else None
        except OSError:
            return None  # it cannot be the name of a file


class Systems:
    """A root's system, once for each way in which its conditions can turn out; each is made anew when asked.

    Attributes:
        combinations: How many ways there are, and how many of them these are.
    """

    def __init__(self, worlds_: Worlds, launch: Launch, neighbours: Sequence[Stack]) -> None:
        """Take the worlds of a root, with what can be chosen at its launch, and what is beside it."""
        self._worlds = worlds_
        self._launch = launch
        self._neighbours = neighbours
        self.combinations: Combinations = worlds_.combinations

    def __iter__(self) -> Iterator[System]:
        """Make one system after the other; what is not kept is gone with the next."""
        for root in self._worlds:
            yield System(root, self._launch, self._neighbours)


def explored(  # noqa: PLR0913 -- what is explored, with what is known about its deployment
    path: Path,
    arguments: Mapping[str, Value],
    place: Place,
    loader: Loader | None = None,
    *,
    beside: Sequence[Path] = (),
    most_worlds: int | None = None,
) -> Systems:
    """Read a root template, and explore in which ways its conditions can turn out.

    Args:
        path: The root's file.
        arguments: Values of its parameters.
        place: Where it will be deployed; what is open is taken from templates that are for one place.
        loader: Where files that were read before are kept.
        beside: The files of roots that are deployed in the same account already.
        most_worlds: How many ways are looked at, at most, if a default is only one of the values that a
            parameter can have; None if defaults are taken for granted.

    Raises:
        TemplateError: If a root, or a template that it nests from a file, cannot be read.
    """
    files = loader or Loader()
    template = files.read(path)
    symbols = Symbols()
    first = Stack(template, World(symbols, place), arguments, files.nested)
    bodies = {id(stack.template): stack.body for stack in first.all()}
    where = place.or_as_written(bodies.values())
    form = Form(template.body, arguments, where.region, explores=most_worlds is not None)

    def build(choices: dict[str, Choice], parameters: dict[str, str | None]) -> Stack:
        return Stack(template, World(symbols, where, choices, parameters), arguments, files.nested)

    def opened(choices: Mapping[str, Choice]) -> Stack:
        return build(dict(choices), dict.fromkeys(form.asked))

    found = worlds(build, symbols, form, most_worlds or MOST_WORLDS)
    neighbours = [
        Stack(files.read(other), World(symbols, where), {}, files.nested, beside=other.stem)
        for other in beside
    ]
    return Systems(found, Launch(form, opened), neighbours)


def systems(
    path: Path, arguments: Mapping[str, Value], place: Place, loader: Loader | None = None
) -> list[System]:
    """Read a root template, and give its system once for each way in which its conditions can turn out.

    Args:
        path: The root's file.
        arguments: Values of its parameters; others have their defaults.
        place: Where it will be deployed; what is open is taken from templates that are for one place.
        loader: Where files that were read before are kept.

    Raises:
        TemplateError: If the root, or a template that it nests from a file, cannot be read.
    """
    return list(explored(path, arguments, place, loader))
