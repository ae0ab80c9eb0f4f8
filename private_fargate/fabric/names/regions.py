"""The domains of a region."""

from __future__ import annotations

from typing import Final

from private_fargate.aws.endpoints import domain_of

_FIRST_REGION: Final = "us-east-1"  # its names are older than regions are


def private_domain_of(region: str) -> str:
    """Return the domain of the private names of EC2.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-naming.html

    >>> private_domain_of("us-east-1"), private_domain_of("eu-central-1")
    ('ec2.internal', 'eu-central-1.compute.internal')
    """
    return "ec2.internal" if region == _FIRST_REGION else f"{region}.compute.internal"


def public_domain_of(region: str) -> str:
    """Return the domain of the public names of EC2.

    Source: as above.

    >>> public_domain_of("us-east-1"), public_domain_of("cn-north-1")
    ('compute-1.amazonaws.com', 'cn-north-1.compute.amazonaws.com.cn')
    """
    return "compute-1.amazonaws.com" if region == _FIRST_REGION else f"{region}.compute.{domain_of(region)}"


def has_global_names(region: str) -> bool:
    """Say whether names of S3 without a region are those of this one."""
    return region == _FIRST_REGION
