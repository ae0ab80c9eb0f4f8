"""One system in many spellings: one template or several, and each value in one of the ways to say it."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tests.verify.generated.files import text_of
from tests.verify.generated.references import OTHERWISE
from tests.verify.generated.resources import resources
from tests.verify.generated.templates import Template, grown
from tests.verify.generated.variations import varied
from tests.verify.generated.words import Words
from tests.verify.generated.written import LAYERS_IN_ORDER, Cut, Manner, Of, Resource, Text

if TYPE_CHECKING:
    from tests.verify.generated.systems import System

RENAMED: Final = "Qz"
"""What a spelling with other names puts after each."""


def spell(system: System, seed: int, *, shuffled: bool = False, hidden: float = 0) -> dict[str, str]:
    """Give a system in a spelling that is drawn from a seed: the text of each file, the root's first.

    Args:
        system: What to spell.
        seed: Draws the spelling.
        shuffled: Whether the same is said with everything in another order.
        hidden: The share of values that are left to parameters which nobody gave.
    """
    rng = random.Random(seed)  # noqa: S311 -- no secret: the same spellings on every machine
    written = resources(system, _manner(rng, system))
    if rng.random() < 0.3:
        written = _renamed(written)
    root = _spelled(rng, system.region, written, hidden)
    order = random.Random(seed) if shuffled else None  # noqa: S311 -- as above
    return {template.file: text_of(template, order) for template in root.all()}


def plain(shown: str) -> str:
    """Give a text of a report without what only its spelling says: names, and the stacks around them."""
    return re.sub(r"\w+Stack/", "", shown).replace(OTHERWISE, "").replace(RENAMED, "")


def _manner(rng: random.Random, system: System) -> Manner:
    return Manner(
        apart=frozenset(group.name for group in system.groups if rng.random() < 0.4),
        held=rng.choice(["inline", "policy", "attached", "attaching"]),
        strategy=rng.random() < 0.3,
        default_namespace=rng.random() < 0.5,
        named_logs=rng.random() < 0.3,
        cuts=rng.random() < 0.3,
    )


def _renamed(written: list[Resource]) -> list[Resource]:
    def new(value: Any) -> Any:
        match value:
            case Of(name, attribute):
                return Of(name + RENAMED, attribute)
            case Cut(block, whole, vpc):
                return Cut(block, whole, new(vpc))
            case Text(pieces):
                return Text(tuple(map(new, pieces)))
            case dict():
                return {key: new(item) for key, item in value.items()}
            case list():
                return [new(item) for item in value]
            case _:
                return value

    return [
        replace(
            resource,
            name=resource.name + RENAMED,
            properties=new(resource.properties),
            after=tuple(name + RENAMED for name in resource.after),
        )
        for resource in written
    ]


def _spelled(rng: random.Random, region: str, written: list[Resource], hidden: float) -> Template:
    root, homes = grown(rng, {layer: _names(written, layer) for layer in LAYERS_IN_ORDER})
    twins = _twins(rng, written)
    words = Words(
        rng, region, homes, {resource.name: resource.type for resource in written}, twins, hidden=hidden
    )
    for resource in written:
        if "LogGroupName" in resource.properties:
            words.logs[resource.name] = resource.properties["LogGroupName"]
    for resource in written:
        template = homes[resource.name]
        body: dict[str, Any] = {"Type": f"AWS::{resource.type}"}
        waits = [twin for name in resource.after for twin in ([name, *twins.get(name, [])])]
        after = dict.fromkeys(template.holder(homes[name.removesuffix(OTHERWISE)], name) for name in waits)
        if after := {name: None for name in after if name}:
            body["DependsOn"] = next(iter(after)) if len(after) == 1 and rng.random() < 0.5 else list(after)
        if resource.properties:
            body["Properties"] = words.say(template, varied(rng, words.fancy, resource.properties))
        if resource.name in twins:
            other = {**body, "Condition": words.open(template, otherwise=True)}
            template.resources[resource.name + OTHERWISE] = other
            body["Condition"] = words.open(template)
        elif rng.random() < words.fancy / 2:
            body["Condition"] = words.always(template)
        template.resources[resource.name] = body
    words.add_stacks(root)
    return root


def _twins(rng: random.Random, written: list[Resource]) -> dict[str, list[str]]:
    """Draw what is there twice, of which a condition that nobody has decided yet leaves one."""
    share = rng.choice([0, 0, 0.1])
    return {resource.name: [resource.name + OTHERWISE] for resource in written if rng.random() < share}


def _names(written: list[Resource], layer: str) -> list[str]:
    return [resource.name for resource in written if resource.layer == layer]
