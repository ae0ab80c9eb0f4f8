"""Answers of EC2 as a test writes them: what it does not mention is empty."""

from __future__ import annotations

from typing import Any

from private_fargate.fabric.answers import Ec2Answers

VPC = "vpc-1"

_OPERATIONS = (
    "describe_subnets",
    "describe_route_tables",
    "describe_internet_gateways",
    "describe_nat_gateways",
    "describe_vpc_endpoints",
    "describe_network_acls",
    "describe_security_groups",
    "describe_network_interfaces",
    "describe_instances",
)


def ec2(*, vpc: dict[str, Any] | None = None, **described: list[dict[str, Any]]) -> Ec2Answers:
    assert described.keys() <= set(_OPERATIONS)
    return Ec2Answers(
        vpc={"VpcId": VPC, "CidrBlock": "10.0.0.0/16", **(vpc or {})},
        attributes={"enableDnsSupport": True, "enableDnsHostnames": False},
        of_the_vpc={name: described.get(name, []) for name in _OPERATIONS},
        prefix_lists=[],
        blocks={},
    )
