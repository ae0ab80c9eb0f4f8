"""What CloudFormation and EC2 refuse for its size or number, known before they are asked.

A limit of CloudFormation is a wall.  A quota is what a new account has; a person can ask for more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_CFN = "AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest legal number of something.

    Attributes:
        value: The largest number that is accepted.
        unit: What is counted.
        source: Where the number is written down.
        adjustable: Whether AWS raises it on request.
    """

    value: int
    unit: str
    source: str
    adjustable: bool = False


INLINE_TEMPLATE: Final = Limit(51_200, "bytes of a template body in the request", _CFN)
TEMPLATE: Final = Limit(
    1_000_000, "bytes of a template in S3", f"{_CFN} says 1 MB; cfn-lint 1.58 LIMITS, in bytes"
)
RESOURCES: Final = Limit(500, "resources of a template", _CFN)
PARAMETERS: Final = Limit(200, "parameters of a template", _CFN)
OUTPUTS: Final = Limit(200, "outputs of a template", _CFN)
MAPPINGS: Final = Limit(200, "mappings of a template", _CFN)
MAPPING_ATTRIBUTES: Final = Limit(200, "attributes of a mapping", _CFN)
LOGICAL_ID: Final = Limit(255, "characters of a logical ID", _CFN)
PARAMETER_VALUE: Final = Limit(4_096, "bytes of a parameter's value", _CFN)
PARAMETER_DESCRIPTION: Final = Limit(4_000, "characters of a parameter's description", _CFN)
OUTPUT_DESCRIPTION: Final = Limit(1_024, "bytes of an output's description", "cfn-lint 1.58 LIMITS")
TEMPLATE_DESCRIPTION: Final = Limit(1_024, "bytes of a template's description", _CFN)

_EC2 = "vpc/latest/userguide/amazon-vpc-limits.html; unverified"

ELASTIC_IPS: Final = Limit(5, "Elastic IP addresses of a region", _EC2, adjustable=True)
NAT_GATEWAYS: Final = Limit(5, "NAT gateways of a zone", _EC2, adjustable=True)
VPCS: Final = Limit(5, "VPCs of a region", _EC2, adjustable=True)
INTERFACE_ENDPOINTS: Final = Limit(50, "interface endpoints of a VPC", _EC2, adjustable=True)
GATEWAY_ENDPOINTS: Final = Limit(20, "gateway endpoints of a region", _EC2, adjustable=True)
SECURITY_GROUP_RULES: Final = Limit(60, "rules of a security group, one way", _EC2, adjustable=True)
SECURITY_GROUPS: Final = Limit(5, "security groups of a network interface", _EC2, adjustable=True)

TASK_SUBNETS: Final = Limit(16, "subnets of an awsvpcConfiguration", "botocore ecs AwsVpcConfiguration")
TASK_SECURITY_GROUPS: Final = Limit(5, "groups of an awsvpcConfiguration", "botocore ecs AwsVpcConfiguration")

_IAM = "IAM/latest/UserGuide/reference_iam-quotas.html"

POLICY_CHARACTERS: Final = Limit(6_144, "characters of a managed policy, without white space", _IAM)
POLICIES_OF_A_ROLE: Final = Limit(10, "managed policies attached to a role", _IAM, adjustable=True)
