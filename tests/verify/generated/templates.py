"""The templates of a spelling: a root, and what it nests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

STACK: Final = "AWS::CloudFormation::Stack"


@dataclass(eq=False)
class Template:
    """A template that is being written.

    Attributes:
        path: The nested stacks that lead to it; empty for the root.
        file: Its name.
        short: Whether it has the short forms of YAML.
        parent: The template that nests it.
        children: What it nests, by the logical ID of the stack.
        arguments: What its parent hands it, as it is written there.
    """

    path: tuple[str, ...]
    file: str
    short: bool
    parent: Template | None = None
    children: dict[str, Template] = field(default_factory=dict[str, "Template"])
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    mappings: dict[str, Any] = field(default_factory=dict[str, Any])
    conditions: dict[str, Any] = field(default_factory=dict[str, Any])
    resources: dict[str, Any] = field(default_factory=dict[str, Any])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])

    def nest(self, name: str, file: str, *, short: bool) -> Template:
        """Nest a template."""
        child = Template(path=(*self.path, name), file=file, short=short, parent=self)
        self.children[name] = child
        return child

    def all(self) -> Iterator[Template]:
        """Give the template and all that it nests."""
        yield self
        for child in self.children.values():
            yield from child.all()

    def below(self, other: Template) -> str:
        """Name the stack of this template that leads to another template; empty if none does."""
        depth = len(self.path)
        return other.path[depth] if len(other.path) > depth and other.path[:depth] == self.path else ""

    def holder(self, home: Template, name: str) -> str:
        """Name what stands for a resource here: itself, or the stack that has it; empty if nothing does."""
        return name if home is self else self.below(home)


def grown(rng: random.Random, layers: Mapping[str, Sequence[str]]) -> tuple[Template, dict[str, Template]]:
    """Draw how layers are cut into templates; give the root, and the home of each resource."""
    root = _root(rng)
    names = [layer for layer, held in layers.items() if held]
    cuts = sorted(rng.sample(range(1, len(names)), min(rng.choice([0, 0, 1, 2, 3]), len(names) - 1)))
    pieces = [names[start:end] for start, end in zip([0, *cuts], [*cuts, len(names)], strict=True)]
    homes: dict[str, Template] = {}
    platform = _nest(rng, root, "Platform") if len(pieces) > 2 and rng.random() < 0.4 else None
    in_root = len(pieces) == 1 or rng.random() < 0.4
    for number, piece in enumerate(pieces):
        template = root
        if number < len(pieces) - 1 or not in_root:
            above = platform if platform and number < 2 else root
            template = _nest(rng, above, "And".join(piece))
        homes |= {name: template for layer in piece for name in layers[layer]}
    return root, homes


def _root(rng: random.Random) -> Template:
    file, short = _file(rng, "root")
    return Template(path=(), file=file, short=short)


def _nest(rng: random.Random, parent: Template, name: str) -> Template:
    file, short = _file(rng, name.lower())
    return parent.nest(f"{name}Stack", file, short=short)


def _file(rng: random.Random, name: str) -> tuple[str, bool]:
    kind = rng.choice(["json", "yaml", "yaml"])
    return f"{name}.{kind}", kind == "yaml" and rng.random() < 0.8
