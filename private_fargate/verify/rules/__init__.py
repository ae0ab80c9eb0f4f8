"""All rules, by the group of the catalogue that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules import (
    closed_ways,
    endpoint_policies,
    flows,
    missing_endpoints,
    sessions,
    start_order,
    task_containers,
    task_images,
    task_log_regions,
    task_logging,
    task_platforms,
    task_secrets,
    task_sizes,
    task_volumes,
)

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *missing_endpoints.RULES,
    *closed_ways.RULES,
    *endpoint_policies.RULES,
    *flows.RULES,
    *sessions.RULES,
    *start_order.RULES,
    *task_sizes.RULES,
    *task_platforms.RULES,
    *task_containers.RULES,
    *task_logging.RULES,
    *task_log_regions.RULES,
    *task_secrets.RULES,
    *task_images.RULES,
    *task_volumes.RULES,
)
