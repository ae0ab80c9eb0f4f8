"""What CloudFormation itself calls before it begins: it looks up the values of parameters and functions."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOKED_UP: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AWS::EC2::AvailabilityZone::Name": "ec2:DescribeAvailabilityZones",
        "AWS::EC2::Image::Id": "ec2:DescribeImages",
        "AWS::EC2::Instance::Id": "ec2:DescribeInstances",
        "AWS::EC2::SecurityGroup::Id": "ec2:DescribeSecurityGroups",
        "AWS::EC2::Subnet::Id": "ec2:DescribeSubnets",
        "AWS::EC2::VPC::Id": "ec2:DescribeVpcs",
    }
)

ZONE_LOOKUP: Final = frozenset({"ec2:DescribeAvailabilityZones", "ec2:DescribeSubnets"})
"""What `Fn::GetAZs` calls: which zones there are, and which of them have a default subnet.

Source: CloudFormation template reference, "Fn::GetAZs".
"""

_STORED: Final = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
_LIST: Final = re.compile(r"List<(.+)>")


def is_stored(cfn_type: str) -> bool:
    """Say whether the value of a parameter is read from the Parameter Store.

    >>> is_stored("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"), is_stored("String")
    (True, False)
    """
    return _STORED.fullmatch(cfn_type) is not None


def lookups(cfn_type: str) -> frozenset[str]:
    """Return what is called to see whether the value of a parameter exists.

    Source: CloudFormation User Guide, "Specify existing resources at runtime with CloudFormation-supplied
    parameter types".

    >>> sorted(lookups("AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"))
    ['ec2:DescribeSubnets', 'ssm:GetParameters']
    """
    found: set[str] = set()
    stored = _STORED.fullmatch(cfn_type)
    if stored:
        found.add("ssm:GetParameters")
        cfn_type = stored[1]
    listed = _LIST.fullmatch(cfn_type)
    action = _LOOKED_UP.get(listed[1] if listed else cfn_type)
    return frozenset(found | {action} if action else found)
