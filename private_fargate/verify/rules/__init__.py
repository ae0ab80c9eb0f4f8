"""All rules, in the order of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = ()
