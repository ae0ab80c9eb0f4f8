"""What a resource waits for: the names in `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Template: TypeAlias = dict[str, Any]
_NAMES_IN_TEXT = re.compile(r"\$\{([0-9A-Za-z]+)(?:\.([0-9A-Za-z.]+))?\}")
_OUTPUTS = "Outputs."


class Reference(NamedTuple):
    """A name, and the attribute that is asked of it; empty for the thing itself."""

    name: str
    attribute: str = ""

    @property
    def output(self) -> str | None:
        """Return the output of a nested stack that is meant, or None."""
        return self.attribute.removeprefix(_OUTPUTS) if self.attribute.startswith(_OUTPUTS) else None


def references(value: object) -> Iterator[Reference]:
    """Yield every reference inside of a value; pseudo parameters such as `AWS::Region` are none.

    >>> list(references({"Fn::Join": ["", [{"Ref": "Vpc"}, {"Fn::GetAtt": ["Network", "Outputs.Id"]}]]}))
    [Reference(name='Vpc', attribute=''), Reference(name='Network', attribute='Outputs.Id')]
    """
    match value:
        case {"Ref": str(name)} if "::" not in name:
            yield Reference(name)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            yield Reference(name, attribute)
        case {"Fn::Sub": str(text)}:
            yield from _in_text(text, {})
        case {"Fn::Sub": [str(text), dict()]}:
            yield from _in_text(text, cast("dict[str, Any]", value)["Fn::Sub"][1])
        case dict():
            for inner in cast("Mapping[str, object]", value).values():
                yield from references(inner)
        case list():
            for inner in cast("list[object]", value):
                yield from references(inner)
        case _:
            pass


def _in_text(text: str, own: Mapping[str, object]) -> Iterator[Reference]:
    for name, attribute in _NAMES_IN_TEXT.findall(text):
        if name not in own:
            yield Reference(name, attribute)
    yield from references(dict(own))


def named(resource: Template) -> list[str]:
    """Return the names in a resource's `DependsOn`."""
    names = resource.get("DependsOn", [])
    return [names] if isinstance(names, str) else list(names)
