"""Rules about who may take a role, and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.roles import (
    execution,
    hosts,
    hygiene,
    images,
    keys,
    logs,
    tasks,
    trust,
)

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *execution.RULES,
    *images.RULES,
    *logs.RULES,
    *keys.RULES,
    *tasks.RULES,
    *trust.RULES,
    *hosts.RULES,
    *hygiene.RULES,
)
