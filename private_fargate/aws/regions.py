"""What differs between one region and another."""

from __future__ import annotations

from typing import Final

REGIONS_BEFORE_ECS_ENDPOINTS: Final = frozenset(
    {
        "af-south-1",
        "ap-east-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ca-central-1",
        "cn-north-1",
        "cn-northwest-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-gov-east-1",
        "us-gov-west-1",
        "us-west-1",
        "us-west-2",
    }
)
"""The regions that are older than the rule of `needs_ecs_endpoints`: a closed list.

Source: the regions' launch announcements; the last one before the rule is il-central-1, 2023-08-01.
"""


def needs_ecs_endpoints(region: str) -> bool:
    """Say whether tasks in a region reach ECS itself through endpoints of the VPC.

    They do in regions that AWS opened with ca-west-1 and since: there the three endpoints of ECS are
    needed together, or the traffic takes the public ones.  A region that this file does not know is
    a new one, so the list to keep is that of the old ones, which never grows.

    Source: AmazonECS/latest/developerguide/vpc-endpoints.html, "Considerations for endpoints in
    Regions introduced starting on December 23, 2023".

    >>> needs_ecs_endpoints("ca-west-1"), needs_ecs_endpoints("us-east-1")
    (True, False)
    """
    return region not in REGIONS_BEFORE_ECS_ENDPOINTS
