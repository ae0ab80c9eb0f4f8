"""Rules about services, what is in front of them, and how they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.services import (
    capacity,
    deployments,
    discovery,
    discovery_names,
    load_balancers,
    load_balancers_protocols,
    load_balancers_targets,
    placement,
    strategies,
    updates,
)

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *capacity.RULES,
    *placement.RULES,
    *deployments.RULES,
    *strategies.RULES,
    *updates.RULES,
    *load_balancers.RULES,
    *load_balancers_targets.RULES,
    *load_balancers_protocols.RULES,
    *discovery.RULES,
    *discovery_names.RULES,
)
