"""What the embedded AWS creates, and what it does not do: those who deploy to it must not be misled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from private_fargate.local.server.created import CREATED_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["CREATED_TYPES", "GAPS", "GAPS_BESIDE_THE_NETWORK", "not_created"]

GAPS_BESIDE_THE_NETWORK = (
    "Nothing takes time: NAT gateways and endpoints are available at once, which takes minutes on AWS.",
    "IAM is not asked when CloudFormation makes a resource: it cannot show that a deployment role suffices.",
    "No quotas and no costs; one account.",
    "Image scanning, Session Manager, ECS Exec, AWS Config and CloudTrail do nothing here.",
    "A change set knows which property replaces a resource; where its value decides, it says Conditional.",
    "Hooks are absent; drift is found in groups, services, task definitions, logs, roles and a few more.",
    "Elastic IPs are made-up addresses, those of a regional NAT gateway too.",
    "KMS keys are kept with their policies, but what they encrypt is not encrypted.",
)
"""What a deployment to the embedded AWS does not show, although packets flow; sentences for people."""

GAPS = (
    "Tasks are records: no container starts, no image is pulled, no health check runs, no line is logged.",
    "No packet flows: routes, security groups and endpoint policies are kept and described, not enforced.",
    "Cloud Map answers DiscoverInstances; there is no DNS server behind its zone.",
    *GAPS_BESIDE_THE_NETWORK,
)
"""The same where no network can be built on the machine."""


def not_created(templates: Mapping[str, bytes]) -> list[str]:
    """Return the types of resources in these templates that the embedded AWS refuses, sorted.

    Args:
        templates: JSON by file name.
    """
    return sorted({each for body in templates.values() for each in _types(body)} - CREATED_TYPES)


def _types(template: bytes) -> Iterable[str]:
    return (resource["Type"] for resource in json.loads(template).get("Resources", {}).values())
