"""Which templates of a system nest which others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from private_fargate.lint.findings import Templates

_FILE_NAME: Final = re.compile(rb'["/]([^"/\\]+)"')  # all of a string or its end: "a.json", "./a.json"


def nested_in(name: str, templates: Templates) -> list[str]:
    """Name the templates that one mentions by their file name, in alphabetical order, without itself.

    Whatever looks like it counts, in a `TemplateURL` or not: it is only ever one too many.
    """
    mentioned = {match.decode(errors="replace") for match in _FILE_NAME.findall(templates[name])}
    return sorted((mentioned & templates.keys()) - {name})


def with_nested(name: str, templates: Templates) -> list[str]:
    """Name a template, then all that it nests, and all that those nest, each once."""
    order = {name: None}
    pending = [name]
    while pending:
        found = [other for other in nested_in(pending.pop(), templates) if other not in order]
        order |= dict.fromkeys(found)
        pending += found
    return list(order)
