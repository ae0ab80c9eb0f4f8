"""The addresses of S3 in each region, by the id of the prefix list in which AWS keeps them.

A gateway endpoint is a route; the security group of a task still judges where a packet goes, and
that is a public address of S3.  Egress to this list lets image layers through and nothing else.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

S3_PREFIX_LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ap-northeast-1": "pl-61a54008",
        "ap-northeast-2": "pl-78a54011",
        "ap-northeast-3": "pl-a4a540cd",
        "ap-south-1": "pl-78a54011",  # the same as ap-northeast-2: an id is unique within its region
        "ap-southeast-1": "pl-6fa54006",
        "ap-southeast-2": "pl-6ca54005",
        "ca-central-1": "pl-7da54014",
        "eu-central-1": "pl-6ea54007",
        "eu-north-1": "pl-c3aa4faa",
        "eu-south-2": "pl-64a5400d",
        "eu-west-1": "pl-6da54004",
        "eu-west-2": "pl-7ca54015",
        "eu-west-3": "pl-23ad484a",
        "sa-east-1": "pl-6aa54003",
        "us-east-1": "pl-63a5400a",
        "us-east-2": "pl-7ba54012",
        "us-west-1": "pl-6ba54002",
        "us-west-2": "pl-68a54001",
    }
)
"""Region -> id of the AWS-managed prefix list `com.amazonaws.<region>.s3`, where two sources agree.

A wrong id fails a deployment, or opens the wrong door; a missing one only asks the person who deploys
for it: `aws ec2 describe-prefix-lists --filters Name=prefix-list-name,Values=com.amazonaws.REGION.s3`.
Left out for want of a second source: the other regions opened since 2019, GovCloud and China.

Source: the output of that command for fifteen regions in a public repository of 2018 (all but
ap-northeast-3, eu-north-1 and eu-south-2), and a public troposphere template that maps all but eu-south-2,
which agree in each row; the three rows again in a public CDK construct and in notes on running VPCs.
"""
