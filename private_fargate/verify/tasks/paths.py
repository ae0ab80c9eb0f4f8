"""From a task to what it asks for, step by step: name, way, security groups, ACLs, endpoint policy, role.

A path belongs to one workload, one subnet and one demand.  Its checks stand in the order in which AWS comes
across them.  Each says what grants it, or what fails, so that a proof can be printed and a rule can say what
to mend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.verify.network.groups import INTERNET, S3, Side
from private_fargate.verify.tasks.demand import HTTPS
from private_fargate.verify.tasks.demands import demands
from private_fargate.verify.tasks.doors import Door, Doors
from private_fargate.verify.tasks.path import Check, Path, passed
from private_fargate.verify.templates.values import NOTHING, Items, same

if TYPE_CHECKING:
    from private_fargate.verify.network.acls import Acls
    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.network.groups import Groups, Passage
    from private_fargate.verify.tasks.demand import Demand
    from private_fargate.verify.tasks.permissions import Permissions
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth


def _by_its_name(demand: Demand, door: Door) -> list[Check]:
    """Ask whether an endpoint answers to a dual-stack name: AWS says no, and of late that it may.

    Source: AmazonECR/latest/userguide/ecr-requests.html, Note; vpc-endpoints.html, Considerations.
    """
    if door.endpoint is None or not demand.dual_stack:
        return []
    claim = f"{door.endpoint.resource.address} answers to the dual-stack name of ECR"
    why = "whether an endpoint of ECR answers to its dual-stack names is not certain"
    return [Check(claim=claim, holds=None, why=why, cause="unknown")]


class Paths:
    """The paths of a system."""

    def __init__(self, doors: Doors, groups: Groups, acls: Acls, permissions: Permissions) -> None:
        """Take the solvers that a path goes through."""
        self.system = doors.system
        self.routes = doors.routes
        self.doors = doors
        self.groups = groups
        self.acls = acls
        self.permissions = permissions

    def of(self, workload: Workload) -> list[Path]:
        """Give the paths of a workload: for each demand, for each of its subnets."""
        subnets = workload.subnets.values or (None,)
        return [
            self._path(workload, subnet, demand)
            for demand in demands(self.system, workload)
            for subnet in (subnets if demand.needs_network else (None,))
        ]

    def _path(self, workload: Workload, subnet: Value | None, demand: Demand) -> Path:
        if demand.unknown:
            check = Check(claim="what it asks for is known", holds=None, why=demand.unknown, cause="unknown")
            return Path(workload=workload, subnet=subnet, demand=demand, checks=(check,))
        door = self._way_in(workload, subnet, demand) if demand.needs_network else None
        if door is None or door.check.holds is False:
            through = [door.check] if door else []
        elif subnet is None or not door.is_certain:
            # Which way it goes is not known, and so not what its groups have to let it out to.
            through = [self._resolves(subnet)] if subnet is not None else []
            through += [door.check, *self._somewhere(workload)]
        else:
            through = [self._resolves(subnet), *self._in_region(demand, door), door.check]
            through += _by_its_name(demand, door)
            through += self._through(workload, subnet, demand, door)
            through += self.permissions.at_endpoint(workload, demand, door)
        checks = (*through, *self.permissions.of_caller(workload, demand, door))
        return Path(
            workload=workload,
            subnet=subnet,
            demand=demand,
            checks=checks,
            way=door.way if door else None,
            endpoint=door.endpoint if door else None,
            uses=door.uses if door else (),
        )

    def _way_in(self, workload: Workload, subnet: Value | None, demand: Demand) -> Door:
        """Find where a demand is served."""
        if subnet is None or self.routes.vpc_of(subnet) is None:
            value = subnet if subnet is not None else workload.subnets.unknown
            why = self.system.why_unknown(value) or "the subnets are not in the templates"
            return Door(Check(claim="where it runs is known", holds=None, why=why, cause="unknown"))
        resource = self.system.find(subnet, "EC2::Subnet")
        if resource is not None and resource.flag("Ipv6Native") is not False:
            why = f"{resource.address} has no IPv4, or may have none, and only ways of IPv4 are followed"
            return Door(Check(claim="it calls over IPv4", holds=None, why=why, cause="unknown"))
        name = demand.endpoint if self._is_here(demand) is not False else ""
        return self.doors.door(subnet, name, demand.host, workload.has_public_address(resource))

    def _is_here(self, demand: Demand) -> Truth:
        """Say whether a demand is for the region of the deployment, which endpoints alone serve."""
        return True if not demand.region else same(demand.region, self.system.world.pseudo("AWS::Region"))

    def _in_region(self, demand: Demand, door: Door) -> list[Check]:
        """Ask whether an endpoint is in the region of what is asked for, where that is written down."""
        if door.endpoint is None or self._is_here(demand) is not None:
            return []
        region = self.system.show(demand.region)
        why = f"it is in {region}, and in which region the stack will be is not known"
        return [Check(claim=f"the stack is in {region}", holds=None, why=why, cause="unknown")]

    def _resolves(self, subnet: Value) -> Check:
        vpc = self.routes.vpc_of(subnet)
        resource = self.system.find(vpc, "EC2::VPC")
        claim = "names are resolved in the VPC"
        if resource is None:
            why = self.system.why_unknown(vpc) or "the VPC is not in the templates"
            return Check(claim=claim, holds=None, why=why, cause="unknown")
        holds = resource.flag("EnableDnsSupport", default=True)
        unsure = self.system.why_unknown(resource.get("EnableDnsSupport"))
        why = "" if holds else unsure or f"EnableDnsSupport of {resource.address} is off"
        return Check(
            claim=claim,
            holds=holds,
            by=str(resource.address),
            why=why,
            cause="" if holds else "names not resolved",
            resource=resource,
        )

    def _through(self, workload: Workload, subnet: Value, demand: Demand, door: Door) -> list[Check]:
        """Ask the security groups and the ACLs on the way through a door."""
        vpc = self.routes.vpc_of(subnet)
        own = Side(workload.groups, (subnet,), vpc)
        if door.endpoint is not None and door.endpoint.has_addresses:
            return self._to_interface(own, subnet, door.endpoint)
        # S3 has the same addresses, whether a gateway leads there or the internet.
        is_s3 = demand.endpoint == "s3" and self._is_here(demand) is not False
        place = S3 if is_s3 or (door.endpoint is not None and door.endpoint.is_route) else INTERNET
        out = self.groups.passes("egress", own, Side(NOTHING, place=place), HTTPS)
        acl = self.acls.calls_internet(subnet, self._nat_subnet(door))
        return [
            passed(f"its security groups let HTTPS out to {place}", out, "egress"),
            *self._acl(f"the network ACLs let HTTPS through to {place} and back", acl, subnet),
        ]

    def _somewhere(self, workload: Workload) -> list[Check]:
        """Ask whether HTTPS gets out at all, where it is not known what for and from where."""
        unknown = self.system.root.unknown("called groups", "the groups of what is called are not known")
        peer = Side(Items((), unknown))
        out = self.groups.passes("egress", Side(workload.groups), peer, HTTPS)
        return [passed("its security groups let HTTPS out", out, "egress")]

    def _to_interface(self, own: Side, subnet: Value, endpoint: Endpoint) -> list[Check]:
        address = endpoint.resource.address
        subnets = endpoint.subnets.values
        peer = Side(endpoint.groups, subnets, endpoint.vpc)
        out = self.groups.passes("egress", own, peer, HTTPS)
        into = self.groups.passes("ingress", peer, own, HTTPS)
        checks = [
            passed(f"its security groups let HTTPS out to {address}", out, "egress"),
            passed(f"the security groups of {address} let HTTPS in", into, "ingress", endpoint.resource),
        ]
        for other in subnets:
            acl = self.acls.calls(subnet, other, HTTPS)
            if acl.holds is not True:
                claim = f"the network ACLs let HTTPS through to {address} and back"
                return [*checks, *self._acl(claim, acl, subnet)]
        return checks

    def _acl(self, claim: str, acl: Passage, subnet: Value) -> list[Check]:
        if acl.holds and not self.acls.has_own(subnet):
            return []  # nobody wants to read that the default ACL lets everything through
        return [passed(claim, acl, "acl")]

    def _nat_subnet(self, door: Door) -> Value | None:
        by = door.way.by if door.way else None
        return by.get("SubnetId") if by is not None and by.type == "AWS::EC2::NatGateway" else None
