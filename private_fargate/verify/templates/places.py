"""Where templates are deployed: as somebody says, else as they themselves are written for one place."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import orjson

from private_fargate.aws.endpoints import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.verify.templates.sources import Tree

_REGION: Final = re.compile(
    r"\b((?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(?:-gov|-de)?-"
    r"(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d)[a-f]?\b"
)
_PARTITION: Final = re.compile(r"\barn:(aws[a-z-]*):")
_ACCOUNT: Final = re.compile(r"(?::|\b(?=\d{12}\.dkr[.-]ecr\.))(\d{12})(?=:|\.dkr[.-]ecr\.)")
_OPEN_REGION: Final = re.compile(r"AWS::Region|Fn::GetAZs")
_OPEN_PARTITION: Final = re.compile(r"AWS::(?:Partition|URLSuffix)")
_OPEN_ACCOUNT: Final = re.compile(r"AWS::AccountId")


_MANY: Final = 4
"""Of so many names of one region, a name of another is the exception."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where templates are deployed, as far as that is known.

    Attributes:
        region: The region; None if that is open.
        account: The account, twelve digits; None if that is open.
        partition: The partition; the commercial one unless the region, or the templates, say another.
        stack: How the root stack's name begins; empty if that is open.
    """

    region: str | None = None
    account: str | None = None
    partition: str = "aws"
    stack: str = ""

    def or_as_written(self, bodies: Iterable[dict[str, Tree]]) -> Place:
        """Give the place, with what is open filled in from templates that are written for one place.

        Templates that name one region, or one account, and do so at least as often as they leave it open,
        can be deployed nowhere else.  One name among many that leave it open is no such thing: it may be
        the mistake.  So may be one other region among many names of the same.
        """
        text = "\n".join(_resources(body) for body in bodies)
        region = self.region or _only(_usual(_REGION.findall(text)), _OPEN_REGION.findall(text))
        account = self.account or _only(_ACCOUNT.findall(text), _OPEN_ACCOUNT.findall(text))
        if region:
            return replace(self, region=region, account=account, partition=partition_of(region))
        partition = _only(_PARTITION.findall(text), _OPEN_PARTITION.findall(text)) or self.partition
        return replace(self, region=region, account=account, partition=partition)


def is_region(text: str) -> bool:
    """Say whether a text has the form of a region's name.

    >>> is_region("eu-west-1"), is_region("eu-west-1a"), is_region("europe")
    (True, False, False)
    """
    found = _REGION.fullmatch(text)
    return found is not None and found[1] == text


def _usual(named: list[str]) -> list[str]:
    """Leave out what is named once or twice, among many names of one.

    >>> _usual(["eu-west-1"] * 8 + ["eu-west-2"]) == ["eu-west-1"] * 8, _usual(["eu-west-1", "eu-west-2"])
    (True, ['eu-west-1', 'eu-west-2'])
    """
    counted = Counter(named).most_common(1)
    usual, count = counted[0] if counted else ("", 0)
    return [usual] * count if count >= _MANY * (len(named) - count) else named


def _only(named: list[str], left_open: list[str]) -> str | None:
    """Give the one name, if there is no other, and it is written as often as it is left open.

    >>> _only(["eu-west-1", "eu-west-1"], ["AWS::Region"]), _only(["eu-west-1"], ["AWS::Region"] * 2)
    ('eu-west-1', None)
    """
    return named[0] if len(set(named)) == 1 and len(named) >= len(left_open) else None


def _resources(body: dict[str, Tree]) -> str:
    return orjson.dumps(body.get("Resources"), default=str).decode()
