"""The range of the VPC and the names in it, beside those that the account has already."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

from private_fargate.deploy.doctor.model import Check, ok, warning
from private_fargate.deploy.session import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.doctor.model import Case
    from private_fargate.live.checkup import Finding


def _range(case: Case) -> Iterator[Finding]:
    ours = ip_network(case.needs.cidr)
    own = case.standing.of_type("AWS::EC2::VPC")
    clear = True
    for page in pages(case.session.client("ec2"), "describe_vpcs"):
        for vpc in page["Vpcs"]:
            for block in vpc.get("CidrBlockAssociationSet", []):
                if vpc["VpcId"] not in own and ours.overlaps(ip_network(block["CidrBlock"])):
                    clear = False
                    yield warning(
                        f"{ours} overlaps {block['CidrBlock']} of {vpc['VpcId']}",
                        "the two can never be peered or share a transit gateway; if they are to, choose "
                        "another network.cidr now, since it cannot be changed later",
                    )
    if clear:
        yield ok(f"{ours} overlaps no other VPC of the Region")


def _namespace(case: Case) -> Iterator[Finding]:
    ours = case.needs.namespace
    own = case.standing.of_type("AWS::ServiceDiscovery::PrivateDnsNamespace")
    clear = True
    for page in pages(case.session.client("servicediscovery"), "list_namespaces"):
        for each in page["Namespaces"]:
            if each["Id"] not in own and _is_near(each["Name"], ours):
                clear = False
                yield warning(
                    f"{ours}: the account has {each['Name']} already ({each['Id']}, {each['Type']})",
                    "DNS of a VPC that is associated with both, and DiscoverInstances, which takes names, "
                    "may answer for the wrong one; choose another discovery.namespace, or keep VPCs apart",
                )
    if clear:
        yield ok(f"{ours}: nobody else in the Region has it")


def _is_near(name: str, ours: str) -> bool:
    """Say whether names of one domain could be looked for in the other."""
    return name == ours or name.endswith(f".{ours}") or ours.endswith(f".{name}")


RANGE: Final = Check(
    name="address range",
    claim="the VPC's range is its own",
    calls=("ec2:DescribeVpcs",),
    look=_range,
)
NAMESPACE: Final = Check(
    name="namespace",
    claim="the services' domain is nobody else's",
    calls=("servicediscovery:ListNamespaces",),
    look=_namespace,
)
