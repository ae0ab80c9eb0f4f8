"""All rules, by what they speak of; their ids are those of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules import hosts, network, roles, services, stacks, tasks

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *network.RULES,
    *roles.RULES,
    *tasks.RULES,
    *services.RULES,
    *hosts.RULES,
    *stacks.RULES,
)
