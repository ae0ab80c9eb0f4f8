"""Where templates mean to be deployed: the region, or the partition, that they are written for, if any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.verify.templates.sources import Tree

_REGION: Final = re.compile(
    r"\b((?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(?:-gov|-de)?-"
    r"(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d)[a-f]?\b"
)
_PARTITION: Final = re.compile(r"\barn:(aws[a-z-]*):")
_PSEUDO: Final = re.compile(r"AWS::Region|Fn::GetAZs")


def written_region(bodies: Iterable[dict[str, Tree]]) -> str | None:
    """Give the region that templates are written for; None if they are for any, or contradict themselves.

    Templates that name one region, and do so at least as often as they leave it open, can be deployed
    nowhere else.  One name among many that leave it open is no such thing: it may be the mistake.
    """
    text = "\n".join(_resources(body) for body in bodies)
    named = _REGION.findall(text)
    if len(set(named)) != 1 or len(named) < len(_PSEUDO.findall(text)):
        return None
    return named[0]


def written_partition(bodies: Iterable[dict[str, Tree]]) -> str | None:
    """Give the partition that the ARNs of templates name; None if they name none, or several."""
    named = {found for body in bodies for found in _PARTITION.findall(_resources(body))}
    return named.pop() if len(named) == 1 else None


def _resources(body: dict[str, Tree]) -> str:
    return orjson.dumps(body.get("Resources"), default=str).decode()
