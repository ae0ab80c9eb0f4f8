"""Machine images, by the name under which AWS publishes the newest."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Architecture: TypeAlias = Literal["x86_64", "arm64"]

_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"

AL2023_PARAMETERS: Final[Mapping[Architecture, str]] = MappingProxyType(
    {"x86_64": f"{_PARAMETER}x86_64", "arm64": f"{_PARAMETER}arm64"}
)
"""The public SSM parameter that holds the id of the newest Amazon Linux 2023 image.

CloudFormation resolves it anew at each update, and a new id replaces the instance.
Source: linux/al2023/ug/ec2.html, "Launching AL2023 using the SSM parameter"
"""


def architecture_of(instance_type: str) -> Architecture:
    """Return the architecture of an instance type: Graviton families carry a `g` after their number.

    Source: AWSEC2/latest/UserGuide/instance-types.html, "Instance type naming conventions"; `a1` is
    the one older exception.

    >>> architecture_of("t3.micro"), architecture_of("t4g.micro"), architecture_of("g5.xlarge")
    ('x86_64', 'arm64', 'x86_64')
    """
    family = instance_type.partition(".")[0]
    options = family.lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("0123456789")
    return "arm64" if family == "a1" or "g" in options else "x86_64"
