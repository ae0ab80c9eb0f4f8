"""How long CloudFormation takes to make a resource: seconds, and where each number comes from.

Nobody publishes these; they are single readings from public logs, or assumed where no log was found.  A
critical path computed with them says which shape of a system is shorter, not how long a deployment takes.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Duration(NamedTuple):
    """How long one type of resource takes.

    Attributes:
        seconds: From the start of its creation until others may use it.
        source: The log in which it was read, or why it is assumed.
    """

    seconds: float
    source: str


OTHER: Final = Duration(3, "assumed for all types that are not named here")
NESTED_STACK: Final = Duration(5, "assumed, for starting a nested stack and noticing its end")

DURATIONS: Final[dict[str, Duration]] = {
    "AWS::EC2::InternetGateway": Duration(16, "assumed"),
    "AWS::EC2::NatGateway": Duration(101, "96 to 106 s in public deployment logs; not measured by us"),
    "AWS::EC2::VPC": Duration(22, "https://github.com/DevopsArtFactory/terraform-provisioning/pull/7"),
    "AWS::EC2::VPCEndpoint": Duration(90, "assumed for an interface; public reports say 1 to 2 minutes"),
    "AWS::ECS::Service": Duration(91, "https://github.com/aws/amazon-ecs-cli/pull/628; others 61 to 175 s"),
    "AWS::IAM::InstanceProfile": Duration(132, "one public deployment log; not measured by us"),
    "AWS::IAM::ManagedPolicy": Duration(17, "assumed to take as long as a role"),
    "AWS::IAM::Role": Duration(17, "one public deployment log; not measured by us"),
    "AWS::KMS::Key": Duration(
        18,
        "https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-kms/pull/61; it was 120",
    ),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": Duration(60, "assumed; public reports say about a minute"),
}


def seconds(kind: str) -> float:
    """Return how long a resource of this type takes.

    >>> seconds("AWS::EC2::NatGateway"), seconds("AWS::EC2::Route")
    (101, 3)
    """
    return DURATIONS.get(kind, OTHER).seconds
