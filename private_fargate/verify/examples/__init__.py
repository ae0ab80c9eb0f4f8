"""For each rule a template in which it fires, and a near miss in which it does not.

An example is a change to a correct template in `bases/`: the rules' document shows it, and the tests try it,
so that what the document says is true.  A change is a merge patch: what is null is removed, and a mapping
whose keys are numbers changes items of a list.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from private_fargate.verify.templates import sources
from private_fargate.verify.templates.sources import Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.verify.templates.sources import Tree

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What makes a rule fire, and what nearly does.

    Attributes:
        rule: The rule's id.
        base: The correct template that is changed.
        fails: The change that makes it fire, as it is written.
        passes: The change that does not.
        before: The change that made the template that is deployed already, for rules that compare two.
        compares: Whether the rule compares two.
        parameters: Values of parameters.
        region: The region that the rule is about; None for any.
    """

    rule: str
    base: str
    fails: str
    passes: str
    before: str = ""
    compares: bool = False
    parameters: Mapping[str, str]
    region: str | None = None

    def template(self, change: str, name: str) -> Template:
        """Give the base with a change, as the template of that name."""
        body = patched(_base(self.base).body, parse(change))
        return Template(Path(f"{name}.json"), json.dumps(body, ensure_ascii=False))


@cache
def examples() -> dict[str, list[Example]]:
    """Give all examples, by rule; the first of each is the one to show."""
    found: dict[str, list[Example]] = {}
    for file in sorted(_HERE.glob("*.yaml")):
        for entry in _documents(file):
            example = Example(
                rule=entry["rule"],
                base=entry["base"],
                fails=entry["fails"],
                passes=entry.get("passes", ""),
                before=entry.get("before", ""),
                compares="before" in entry,
                parameters=entry.get("parameters", {}),
                region=entry.get("region"),
            )
            found.setdefault(example.rule, []).append(example)
    return found


def _documents(file: Path) -> list[dict[str, Any]]:
    """Read a file of examples: a list, whose changes are texts."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader) or []  # noqa: S506 -- a safe one


@cache
def _base(name: str) -> Template:
    return sources.read(_HERE / "bases" / f"{name}.yaml")


def parse(change: str) -> Tree:
    """Read a change, short forms and all; what it says is under `Resources` unless it has sections itself."""
    if not change.strip():
        return {}
    body = Template(Path("change.yaml"), f"Resources: {{}}\nchange:\n{_indented(change)}").body["change"]
    return body if body and set(body) <= _SECTIONS else {"Resources": body}


_SECTIONS: Final = {
    "Conditions",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
}


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def patched(node: Tree, change: Tree) -> Tree:
    """Give a tree with a change merged into it.

    >>> patched({"a": [1, 2], "b": 3}, {"a": {"1": 5}, "b": None})
    {'a': [1, 5]}
    """
    if isinstance(node, list) and isinstance(change, dict) and change and all(k.isdigit() for k in change):
        numbered = {int(key): value for key, value in change.items()}
        kept = [patched(item, numbered[i]) if i in numbered else item for i, item in enumerate(node)]
        added = [value for index, value in numbered.items() if index >= len(node)]
        return [item for item in [*kept, *added] if item is not None]
    if not isinstance(change, dict) or not isinstance(node, dict) or _is_function(change):
        return change
    merged = dict(node)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = patched(merged.get(key), value)
    return merged


def _is_function(change: dict[str, Tree]) -> bool:
    """Say whether a mapping is a call, which replaces what was there."""
    return len(change) == 1 and (next(iter(change)) == "Ref" or next(iter(change)).startswith("Fn::"))
