"""Rules about instances that one reaches through Session Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.hosts import (
    jump_hosts,
    sessions,
)

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *sessions.RULES,
    *jump_hosts.RULES,
)
