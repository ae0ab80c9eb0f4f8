"""What the catalogue holds and templates do not show: checks of the deployer, who can ask the account."""

from __future__ import annotations

from typing import Final, NamedTuple


class AccountCheck(NamedTuple):
    """A fault that only the account, or the call that deploys, can show.

    Attributes:
        id: Its id in the catalogue.
        condition: What is wrong when it holds.
        why: Why it is no rule.
    """

    id: str
    condition: str
    why: str


ACCOUNT_CHECKS: Final[tuple[AccountCheck, ...]] = (
    AccountCheck(
        "NET-056",
        "A NAT gateway is there for Cloud Map alone",
        "what the applications call is in their images; ECS itself registers tasks without the network of a "
        "task",
    ),
    AccountCheck(
        "NET-057",
        "An endpoint service is not offered in the zone of a subnet",
        "zones have names of their own in each account: ask `ec2:DescribeVpcEndpointServices`",
    ),
    AccountCheck(
        "NET-061",
        "An endpoint with private DNS breaks clients in the VPC that called its service by another way",
        "clients outside the templates are not seen; those in them are told by SG-001 and JUMP-007",
    ),
    AccountCheck(
        "IAM-032",
        "A new account has no service-linked role for ECS",
        "the role is made once in an account: ask `iam:GetRole` for AWSServiceRoleForECS",
    ),
    AccountCheck(
        "CFN-018",
        "GuardDuty's own endpoint and security group keep the VPC from being deleted",
        "GuardDuty makes them outside every stack: ask `ec2:DescribeVpcEndpoints` before the deletion",
    ),
    AccountCheck(
        "CFN-023",
        "A template with language extensions is updated with UsePreviousTemplate",
        "it is a parameter of the call that updates, and in no template",
    ),
)
"""The checks, in the order of the catalogue."""
