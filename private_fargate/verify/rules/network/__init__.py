"""Rules about the ways of tasks, and of what stands along them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.network import (
    balanced_flows,
    closed_ways,
    costs,
    dead_ends,
    endpoint_names,
    endpoint_policies,
    endpoints,
    flows,
    images_out_of_reach,
    internet_gateways,
    ipv6,
    missing_endpoints,
    nat_gateways,
    security_groups,
    services,
    start_order,
    subnets,
    vpcs,
)

if TYPE_CHECKING:
    from private_fargate.verify.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *missing_endpoints.RULES,
    *images_out_of_reach.RULES,
    *closed_ways.RULES,
    *dead_ends.RULES,
    *endpoint_policies.RULES,
    *endpoint_names.RULES,
    *endpoints.RULES,
    *internet_gateways.RULES,
    *nat_gateways.RULES,
    *vpcs.RULES,
    *subnets.RULES,
    *ipv6.RULES,
    *services.RULES,
    *costs.RULES,
    *security_groups.RULES,
    *flows.RULES,
    *balanced_flows.RULES,
    *start_order.RULES,
)
