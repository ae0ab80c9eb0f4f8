"""A template as the text of a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    import random

    from tests.verify.generated.templates import Template

SECTIONS: Final = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_FUNCTIONS: Final = "GetAtt Sub Join Split Select GetAZs If FindInMap Cidr Equals Not"
SHORT: Final = frozenset(f"Fn::{name}" for name in _FUNCTIONS.split()) | {"Ref"}


class _Tagged:
    def __init__(self, name: str, value: Any) -> None:
        self.name, self.value = name, value


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- its signature
        return True


def _tagged(dumper: _Dumper, data: _Tagged) -> yaml.Node:
    node = dumper.represent_data(data.value)
    node.tag = f"!{data.name.removeprefix('Fn::')}"
    return node


_Dumper.add_representer(_Tagged, _tagged)


def text_of(template: Template, order: random.Random | None) -> str:
    """Write a template, in some other order if one is drawn."""
    body: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09"}
    sections = [(name, getattr(template, name.lower())) for name in SECTIONS]
    if order:
        order.shuffle(sections)
        sections = [(name, _shuffled(section, order)) for name, section in sections]
    body |= {name: section for name, section in sections if section}
    if template.file.endswith(".json"):
        return json.dumps(body, indent=1)
    return yaml.dump(_short(body) if template.short else body, Dumper=_Dumper, sort_keys=False, width=1000)


def _shuffled(section: dict[str, Any], order: random.Random) -> dict[str, Any]:
    names = list(section)
    order.shuffle(names)
    return {name: section[name] for name in names}


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Fn::GetAtt" and isinstance(argument, list):
            return _Tagged("Fn::GetAtt", ".".join(argument))
        if name in SHORT:
            inner = _short(argument)
            # A value has one tag: a function right inside another is written in full.
            full = {inner.name: inner.value} if isinstance(inner, _Tagged) else inner
            return _Tagged(name, full)
    return {key: _short(item) for key, item in value.items()}
