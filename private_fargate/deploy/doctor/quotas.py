"""Quotas: what the account may have, what it has, and what the templates add to that.

Source of the codes: Service Quotas itself; those of VPC also moto's table
(servicequotas/resources/default_quotas/vpc.py), the others public code that asks for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.doctor.endpoints import zones_of
from private_fargate.deploy.doctor.model import Check, failed, ok, unknown
from private_fargate.deploy.session import code_of, pages
from private_fargate.deploy.stack_state import NEXT
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.doctor.model import Case
    from private_fargate.live.checkup import Finding

_TASKS_PER_CALL: Final = 100  # of DescribeTasks
_ENDPOINT: Final = "AWS::EC2::VPCEndpoint"
_CPU_UNITS: Final = 1024  # to the vCPU
_LIVE_GATEWAYS: Final = ("pending", "available", "deleting")  # what the quota counts


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A number that AWS grants.

    Attributes:
        name: What is counted.
        service: Service Quotas' name for whose it is.
        code: Service Quotas' code.
        calls: The permissions to count.
        used: How many there are already.
        added: How many more a deployment needs.
    """

    name: str
    service: str
    code: str
    calls: tuple[str, ...]
    used: Callable[[Case], float]
    added: Callable[[Case], float]

    def look(self, case: Case) -> Iterator[Finding]:
        """Yield whether there is room."""
        if case.standing.untold:
            yield unknown(
                f"what stands already could not be read: {case.standing.untold}",
                "this takes the permission cloudformation:ListStackResources",
            )
            return
        added = self.added(case)
        if not added:
            yield ok("no more are needed")
            return
        granted, used = self._granted(case), self.used(case)
        sum_up = f"{used:g} in use and {added:g} more, of {granted:g}"
        if used + added <= granted:
            yield ok(sum_up)
            return
        yield failed(
            sum_up,
            f"`aws service-quotas request-service-quota-increase --service-code {self.service} "
            f"--quota-code {self.code} --desired-value {ceil(used + added)} --region {case.session.region}`, "
            "or give up what is not used",
        )

    def _granted(self, case: Case) -> float:
        """Return what the account may have; one that never asked for more has AWS's default."""
        client = case.session.client("service-quotas")
        wanted = {"ServiceCode": self.service, "QuotaCode": self.code}
        try:
            return float(client.get_service_quota(**wanted)["Quota"]["Value"])
        except ClientError as error:
            if code_of(error) != "NoSuchResourceException":
                raise
        return float(client.get_aws_default_service_quota(**wanted)["Quota"]["Value"])

    def check(self) -> Check:
        """Return the check."""
        own = ("servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota")
        return Check(
            name=self.name,
            claim=f"there is room for the {self.name} that are added ({self.service}/{self.code})",
            calls=(*own, *self.calls),
            look=self.look,
        )


def _more(case: Case, resource_type: str, needed: int | None = None) -> int:
    """Return how many resources of a type the templates add to those that stand."""
    wanted = case.needs.resources.get(resource_type, 0) if needed is None else needed
    return max(0, wanted - len(case.standing.of_type(resource_type)))


def _addresses(case: Case) -> int:
    return len(case.session.client("ec2").describe_addresses()["Addresses"])


def _more_addresses(case: Case) -> int:
    """Return the addresses that are added; a regional gateway that stands has taken its own already."""
    in_templates = case.needs.resources.get("AWS::EC2::EIP", 0)
    by_themselves = case.needs.addresses - in_templates
    if case.standing.of_type("AWS::EC2::NatGateway"):
        by_themselves = 0
    return _more(case, "AWS::EC2::EIP") + by_themselves


def _vpcs(case: Case) -> int:
    return sum(len(page["Vpcs"]) for page in pages(case.session.client("ec2"), "describe_vpcs"))


def _interface_endpoints(case: Case) -> int:
    """Return those in the stack's own VPC; a new one has none."""
    own = case.standing.of_type("AWS::EC2::VPC")
    if not own:
        return 0
    filters = [
        {"Name": "vpc-id", "Values": list(own)},
        {"Name": "vpc-endpoint-type", "Values": ["Interface"]},
    ]
    every = pages(case.session.client("ec2"), "describe_vpc_endpoints", Filters=filters)
    return sum(len(page["VpcEndpoints"]) for page in every)


def _more_endpoints(case: Case) -> int:
    gateways = case.needs.resources.get(_ENDPOINT, 0) - case.needs.interfaces
    standing = max(0, len(case.standing.of_type(_ENDPOINT)) - gateways)
    return max(0, case.needs.interfaces - standing)


def _most_gateways(case: Case) -> int:
    """Return the NAT gateways of the fullest zone that will be used."""
    ec2 = case.session.client("ec2")
    filters = [{"Name": "state", "Values": list(_LIVE_GATEWAYS)}]
    gateways = [
        gateway
        for page in pages(ec2, "describe_nat_gateways", Filters=filters)
        for gateway in page["NatGateways"]
    ]
    zone_of = {
        subnet["SubnetId"]: subnet["AvailabilityZone"]
        for page in pages(ec2, "describe_subnets")
        for subnet in page["Subnets"]
    }
    by_zone = Counter(zone_of.get(gateway.get("SubnetId", "")) for gateway in gateways)
    return max((by_zone[zone] for zone in zones_of(case)[0]), default=0)


def _vcpus(case: Case) -> float:
    """Return the vCPUs of the Fargate tasks that run; those of Fargate Spot have a quota of their own."""
    ecs = case.session.client("ecs")
    units = 0
    for cluster in [arn for page in pages(ecs, "list_clusters") for arn in page["clusterArns"]]:
        every = pages(ecs, "list_tasks", cluster=cluster, launchType="FARGATE")
        arns = [arn for page in every for arn in page["taskArns"]]
        for start in range(0, len(arns), _TASKS_PER_CALL):
            tasks: list[dict[str, Any]] = ecs.describe_tasks(
                cluster=cluster, tasks=arns[start : start + _TASKS_PER_CALL]
            )["tasks"]
            units += sum(
                int(task.get("cpu") or 0)
                for task in tasks
                if task.get("capacityProviderName") != "FARGATE_SPOT"
            )
    return units / _CPU_UNITS


def _stacks(case: Case) -> int:
    there = [status for status in NEXT if status != "DELETE_COMPLETE"]
    every = pages(case.session.client("cloudformation"), "list_stacks", StackStatusFilter=there)
    return sum(len(page["StackSummaries"]) for page in every)


def _more_stacks(case: Case) -> int:
    return _more(case, STACK) + (case.standing.state is None)


_QUOTAS: Final = (
    Quota(
        name="elastic addresses",
        service="ec2",
        code="L-0263D0A3",
        calls=("ec2:DescribeAddresses",),
        used=_addresses,
        added=_more_addresses,
    ),
    Quota(
        name="VPCs",
        service="vpc",
        code="L-F678F1CE",
        calls=("ec2:DescribeVpcs",),
        used=_vpcs,
        added=lambda case: _more(case, "AWS::EC2::VPC"),
    ),
    Quota(
        name="interface endpoints of the VPC",
        service="vpc",
        code="L-29B6F2EB",
        calls=("ec2:DescribeVpcEndpoints",),
        used=_interface_endpoints,
        added=_more_endpoints,
    ),
    Quota(
        name="NAT gateways of a zone",
        service="vpc",
        code="L-FE5A380F",
        calls=(
            "ec2:DescribeNatGateways",
            "ec2:DescribeSubnets",
            "ec2:DescribeAvailabilityZones",
        ),
        used=_most_gateways,
        added=lambda case: min(1, _more(case, "AWS::EC2::NatGateway")),
    ),
    Quota(
        name="vCPUs of Fargate",
        service="fargate",
        code="L-3032A538",
        calls=("ecs:ListClusters", "ecs:ListTasks", "ecs:DescribeTasks"),
        used=_vcpus,
        added=lambda case: case.needs.vcpus,  # an update starts as many again before it stops the old ones
    ),
    Quota(
        name="stacks",
        service="cloudformation",
        code="L-0485CB21",
        calls=("cloudformation:ListStacks",),
        used=_stacks,
        added=_more_stacks,
    ),
)

CHECKS: Final = tuple(quota.check() for quota in _QUOTAS)
