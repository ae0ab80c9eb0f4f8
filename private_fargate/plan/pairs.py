"""What is deployed beside what would be, as the verifier reads them: everything resolved, world by world.

A world is one way in which open choices can turn out, such as a parameter without a value that a condition
asks for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.verify.model import Model
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader, systems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.plan.trees import StackTemplate
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Address

OLD: Final = Path("old") / "root.json"
"""Where the loader has the root of what is deployed."""

NEW: Final = Path("new") / "root.json"
"""Where the loader has the root of what would be."""

ANYWHERE: Final = Place()

_HIDDEN: Final = "****"  # as CloudFormation shows what it does not echo


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One world, before and after.

    Attributes:
        before: What is deployed; None if nothing is.
        now: What would be; None if nothing is to be left.
    """

    before: Model | None
    now: Model | None

    def old(self, address: Address) -> Resource | None:
        """Return what is deployed at an address."""
        return self.before.system.by_address.get(address) if self.before else None

    def new(self, address: Address) -> Resource | None:
        """Return what would be at an address."""
        return self.now.system.by_address.get(address) if self.now else None


def pairs(old: StackTemplate | None, new: StackTemplate | None, place: Place = ANYWHERE) -> tuple[Pair, ...]:
    """Return every world in which the new templates can be deployed, each with the old one that is like it.

    Raises:
        TemplateError: one of the templates is none.
    """
    loader = loader_of(old, new)
    before = [Model(system) for system in systems(OLD, {}, place, loader)] if old else []
    now = [Model(system) for system in systems(NEW, {}, place, loader)] if new else []
    if not now:
        return tuple(Pair(before=model, now=None) for model in before)
    return tuple(Pair(before=_like(before, model), now=model) for model in now)


def _like(before: list[Model], now: Model) -> Model | None:
    """Return the first model whose assumptions do not contradict those of another."""
    new = now.system.assumptions
    return next(
        (
            model
            for model in before
            if all(new.get(name, value) == value for name, value in model.system.assumptions.items())
        ),
        None,
    )


def loader_of(old: StackTemplate | None, new: StackTemplate | None) -> Loader:
    """Return a loader that has both trees, each root with its arguments as defaults.

    Raises:
        TemplateError: one of the templates is none.
    """
    files = [*(_files(OLD, old) if old else ()), *(_files(NEW, new) if new else ())]
    return Loader(Template(path, json.dumps(body)) for path, body in files)


def _files(path: Path, tree: StackTemplate) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    declared: dict[str, Any] = tree.body.get("Parameters", {})
    parameters = {name: _with_argument(tree, name, declared[name]) for name in declared}
    yield from _named(path, tree, {**tree.body, "Parameters": parameters})


def _with_argument(tree: StackTemplate, name: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declaration with the value that is given as default; what is not to be shown is hidden."""
    if str(declared.get("NoEcho", "false")).lower() == "true":
        return {**declared, "Default": _HIDDEN}
    value = tree.argument(name)
    return dict(declared) if value is None else {**declared, "Default": value}


def _named(
    path: Path, tree: StackTemplate, body: Mapping[str, Any]
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield a template and those nested in it, with the addresses by which the loader finds them.

    Both trees get the same addresses: where a template lies is no change.
    """
    resources: dict[str, Any] = dict(body.get("Resources", {}))
    for logical_id, child in tree.children.items():
        below = path.with_name(f"{path.stem}-{logical_id}.json")
        resource = resources[logical_id]
        resources[logical_id] = {
            **resource,
            "Properties": {**resource.get("Properties", {}), "TemplateURL": below.name},
        }
        yield from _named(below, child, child.body)
    yield path, {**body, "Resources": resources}
