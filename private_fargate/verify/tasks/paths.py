"""From a task to what it asks for, step by step: name, way, security groups, ACLs, endpoint policy, role.

A path belongs to one workload, one subnet and one demand.  Its checks stand in the order in which AWS comes
across them.  Each says what grants it, or what fails, so that a proof can be printed and a rule can say what
to mend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.verify import iam
from private_fargate.verify.network.dns import has_zone, zones_for
from private_fargate.verify.network.groups import INTERNET, S3, Side
from private_fargate.verify.tasks.demand import HTTPS
from private_fargate.verify.tasks.demands import demands
from private_fargate.verify.tasks.hosts import setting
from private_fargate.verify.tasks.path import Check, Context, Path, passed
from private_fargate.verify.tasks.roles import best
from private_fargate.verify.templates.remembering import remembered
from private_fargate.verify.templates.symbols import Address
from private_fargate.verify.templates.values import NOTHING, Items, any_of, as_text, same

if TYPE_CHECKING:
    from private_fargate.verify.network.acls import Acls
    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.network.groups import Groups, Passage
    from private_fargate.verify.network.routes import Routes, Way
    from private_fargate.verify.tasks.demand import Call, Demand
    from private_fargate.verify.tasks.roles import Roles
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth


@dataclass(frozen=True, slots=True)
class _Door:
    """Where a demand is served for a subnet: an endpoint, the internet, or nowhere."""

    check: Check
    endpoint: Endpoint | None = None
    way: Way | None = None
    uses: tuple[Resource, ...] = ()


def _by_its_name(demand: Demand, door: _Door) -> list[Check]:
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

    def __init__(  # noqa: PLR0913, PLR0917 -- the solvers that a path goes through
        self,
        system: System,
        routes: Routes,
        groups: Groups,
        acls: Acls,
        roles: Roles,
        endpoints: tuple[Endpoint, ...],
    ) -> None:
        """Take the solvers."""
        self.system = system
        self.routes = routes
        self.groups = groups
        self.acls = acls
        self.roles = roles
        self.endpoints = endpoints
        self._names: dict[Value, list[Endpoint]] = {}
        for endpoint in endpoints:
            self._names.setdefault(endpoint.name, []).append(endpoint)
        self._door = remembered(self._find_door)
        self._policy_of = remembered(self._read_policy)

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
        elif subnet is None or (door.endpoint is None and door.check.holds is None):
            # Which way it goes is not known, and so not what its groups have to let it out to.
            through = [self._resolves(subnet)] if subnet is not None else []
            through += [door.check, *self._somewhere(workload)]
        else:
            through = [self._resolves(subnet), *self._in_region(demand, door), door.check]
            through += _by_its_name(demand, door)
            through += self._through(workload, subnet, door)
            through += self._policy(workload, demand, door)
        checks = (*through, *self._role(workload, demand, door))
        return Path(
            workload=workload,
            subnet=subnet,
            demand=demand,
            checks=checks,
            way=door.way if door else None,
            endpoint=door.endpoint if door else None,
            uses=door.uses if door else (),
        )

    def _way_in(self, workload: Workload, subnet: Value | None, demand: Demand) -> _Door:
        """Find where a demand is served."""
        if subnet is None or self.routes.vpc_of(subnet) is None:
            value = subnet if subnet is not None else workload.subnets.unknown
            why = self.system.why_unknown(value) or "the subnets are not in the templates"
            return _Door(Check(claim="where it runs is known", holds=None, why=why, cause="unknown"))
        resource = self.system.find(subnet, "EC2::Subnet")
        if resource is not None and resource.flag("Ipv6Native") is not False:
            why = f"{resource.address} has no IPv4, or may have none, and only ways of IPv4 are followed"
            return _Door(Check(claim="it calls over IPv4", holds=None, why=why, cause="unknown"))
        name = demand.endpoint if self._is_here(demand) is not False else ""
        return self._door(subnet, name, demand.host, workload.has_public_address(resource))

    def _is_here(self, demand: Demand) -> Truth:
        """Say whether a demand is for the region of the deployment, which endpoints alone serve."""
        return True if not demand.region else same(demand.region, self.system.world.pseudo("AWS::Region"))

    def _in_region(self, demand: Demand, door: _Door) -> list[Check]:
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

    def _find_door(self, subnet: Value, name: str, host: str, has_address: Truth) -> _Door:
        """Find the endpoint of a service that serves a subnet, or the way to its public name.

        Args:
            subnet: Where the caller is.
            name: The endpoint service; empty if the public name is the only way.
            host: What is called, for a message.
            has_address: Whether the caller has a public address.
        """
        vpc = self.routes.vpc_of(subnet)
        here = [e for e in self._names.get(name, ()) if same(e.vpc, vpc) is not False] if name else []
        doors = [door for endpoint in here if (door := self._by_endpoint(subnet, vpc, endpoint))]
        if doors:
            return next((door for door in doors if door.check.holds), doors[0])
        way = self.routes.internet(subnet, has_address)
        if way.holds:
            claim = f"{self.system.show(subnet)} has a way to the internet"
            uses = self._of_way(subnet)
            return _Door(Check(claim=claim, holds=True, by=self._said(way)), None, way, uses)
        return self._closed(subnet, name, host, here, way)

    def _by_endpoint(self, subnet: Value, vpc: Value | None, endpoint: Endpoint) -> _Door | None:
        """Give the door that an endpoint is, None if it does not serve this subnet."""
        address = str(endpoint.resource.address)
        if endpoint.is_route:
            table = self.routes.table_of(subnet)
            known = any_of(same(value, table.value) for value in endpoint.route_tables.values)
            holds = known if endpoint.route_tables.complete and table.known else known or None
            if holds is False:
                return None
            claim = f"the route table of {self.system.show(subnet)} leads to {address}"
            uses = (endpoint.resource, *([table.association] if table.association else []))
        elif endpoint.has_addresses:
            holds = any_of([endpoint.private_dns, has_zone(self.system, endpoint)])
            if holds is False:
                return None
            claim = f"the public name of {endpoint.name} leads to {address}"
            uses = (endpoint.resource,)
        else:
            holds, uses, claim = None, (), f"{address} serves {endpoint.name}"
        if same(endpoint.vpc, vpc) is None:
            holds = None
        why = "" if holds else f"what {address} is attached to is not known"
        check = Check(
            claim=claim,
            holds=holds,
            by=address,
            why=why,
            cause="" if holds else "unknown",
            resource=endpoint.resource,
        )
        return _Door(check, endpoint, None, uses)

    def _closed(self, subnet: Value, name: str, host: str, here: list[Endpoint], way: Way) -> _Door:
        """Say why there is no way to a service from a subnet, or that it cannot be told."""
        vpc, what = self.routes.vpc_of(subnet), name or host
        claim = f"there is a way to {what} from {self.system.show(subnet)}"
        unsure = "" if way.holds is False else way.why
        if not unsure and not self.routes.is_ours(vpc) and not here:
            unsure = f"{self.system.show(vpc)} is not in the templates, and may have an endpoint for {what}"
        strangers = [e for e in self._names.get("", ()) if same(e.vpc, vpc) is not False]
        if not unsure and strangers and not here and what:
            unsure = f"which service {strangers[0].resource.address} leads to is not known"
        if not unsure and name and not here:
            unsure = self._elsewhere(subnet, what)
        if unsure:
            check = Check(claim=claim, holds=None, why=unsure, cause="unknown")
            return _Door(check, way=way, uses=self._of_way(subnet) if way.holds is None else ())
        if not here:
            why = f"no endpoint for {what}, and {way.why}"
            check = Check(claim=claim, holds=False, why=why, cause="no way", resource=way.by)
            return _Door(check, way=way)
        endpoint = next((e for e in here if e.is_route), here[0])
        address = endpoint.resource.address
        if endpoint.has_addresses:
            reason, cause = (
                f"{address} has no private DNS, so that the public name leads past it",
                "private DNS off",
            )
        else:
            reason, cause = f"{address} is not on its route table", "gateway elsewhere"
        check = Check(
            claim=claim,
            holds=False,
            by=str(address),
            why=f"{reason}, and {way.why}",
            cause=cause,
            resource=endpoint.resource,
        )
        return _Door(check, endpoint, way)

    def _elsewhere(self, subnet: Value, service: str) -> str:
        """Say why a service may be reached at an endpoint in another network; empty if it is not.

        Networks of many VPCs keep their endpoints in one of them, behind a transit gateway.
        """
        vpc = self.routes.vpc_of(subnet)
        zone = next((zone for zone in zones_for(self.system, service, vpc)), None)
        if zone is not None:
            return f"where {zone.address} leads the name of {service} is not known"
        for route in self.routes.routes_of(self.routes.table_of(subnet)):
            if route.get("TransitGatewayId") is not None or route.get("CoreNetworkArn") is not None:
                return f"{route.address} leads to other networks, one of which may have an endpoint"
        return ""

    def _of_way(self, subnet: Value) -> tuple[Resource, ...]:
        """Give what puts a way to the internet in force: the association, and the route."""
        association = self.routes.table_of(subnet).association
        routes = self.routes.default_routes(subnet, "ipv4")
        return (*([association] if association else []), *routes)

    def _said(self, way: Way) -> str:
        return str(way.by.address) if way.by else way.kind

    def _through(self, workload: Workload, subnet: Value, door: _Door) -> list[Check]:
        """Ask the security groups and the ACLs on the way through a door."""
        vpc = self.routes.vpc_of(subnet)
        own = Side(workload.groups, (subnet,), vpc)
        if door.endpoint is not None and door.endpoint.has_addresses:
            return self._to_interface(own, subnet, door.endpoint)
        place = S3 if door.endpoint is not None and door.endpoint.is_route else INTERNET
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

    def _nat_subnet(self, door: _Door) -> Value | None:
        by = door.way.by if door.way else None
        return by.get("SubnetId") if by is not None and by.type == "AWS::EC2::NatGateway" else None

    def _policy(self, workload: Workload, demand: Demand, door: _Door) -> list[Check]:
        """Ask the policy of an endpoint about every call that goes through it."""
        endpoint = door.endpoint
        if endpoint is None or not demand.calls:
            return []
        address = str(endpoint.resource.address)
        if endpoint.policy is None:
            return []  # the default, which lets everything through
        policy = self._policy_of(endpoint.resource, demand.layers)
        checks: list[Check] = []
        for call in demand.calls:
            decision = self._decided(policy, workload, demand, call, endpoint)
            checks.append(
                Check(
                    claim=f"the policy of {address} lets {call.action} through",
                    holds=decision.holds,
                    by=str(decision.by) if decision.by and decision.holds else address,
                    why=decision.why,
                    cause=""
                    if decision.holds
                    else "endpoint policy"
                    if decision.holds is False
                    else "unknown",
                    resource=endpoint.resource,
                    call=call,
                    stopped="condition" if _denied_by_condition(decision) else decision.stopped,
                )
            )
        return checks

    def _read_policy(self, resource: Resource, of_aws: bool) -> iam.Policy:
        """Read the policy of an endpoint, which every workload asks.

        Args:
            resource: The endpoint.
            of_aws: Whether it is AWS that calls, whose account is not the one that the template is for.
        """
        found = next(endpoint for endpoint in self.endpoints if endpoint.resource is resource)
        document = found.policy
        if of_aws:
            own = self.system.world.symbols.attribute(Address((), "AWS::AccountId"))
            document = _replaced(document, self.roles.account, own)
        return iam.read(document, str(resource.address))

    def _decided(
        self, policy: iam.Policy, workload: Workload, demand: Demand, call: Call, endpoint: Endpoint
    ) -> iam.Decision:
        context = dict(self._context(endpoint))
        if demand.layers:
            # AWS signs the addresses of layers, and the bucket is its own: no condition on ours matches it.
            context |= dict.fromkeys(_OF_AWS, (iam.FOREIGN,))
            principal, account = iam.FOREIGN, iam.FOREIGN
        else:
            role = self.roles.role(self.role_of(workload, demand))
            unknown = self.system.root.unknown("the caller's role", "the role of the caller is not known")
            principal = as_text(role.resource.attribute("Arn")) if role else unknown
            account = self.roles.account
        decisions = [
            iam.resource_policy(
                policy,
                iam.Request(
                    action=call.action,
                    resource=resource,
                    principal=principal,
                    account=account,
                    context=context,
                ),
                gateway=endpoint.is_route,
            )
            for resource in call.resources
        ]
        return best(decisions)

    def _context(self, endpoint: Endpoint | None) -> Context:
        """Give the condition keys that follow from the way that a call takes."""
        pseudo = self.system.world.pseudo
        region = ("aws:RequestedRegion", (pseudo("AWS::Region"),))
        if endpoint is None:
            return (region, ("aws:SourceVpc", ()), ("aws:SourceVpce", ()), ("aws:VpcSourceIp", ()))
        vpc = ("aws:SourceVpc", (as_text(endpoint.vpc),))
        return (region, vpc, ("aws:SourceVpce", (as_text(endpoint.resource.ref),)))

    def role_of(self, workload: Workload, demand: Demand) -> Value | None:
        """Give what refers to the role with which a demand is made; None if there is none."""
        if demand.caller == "instance":
            return self.roles.of_host(workload.resource)
        name = "ExecutionRoleArn" if demand.caller == "execution" else "TaskRoleArn"
        source = workload.definition or workload.resource
        return source.get(name)

    def _role(self, workload: Workload, demand: Demand, door: _Door | None) -> list[Check]:
        """Ask the role of the caller about every call."""
        if demand.caller is None or not demand.calls:
            return []
        value = self.role_of(workload, demand)
        kind = "instance" if demand.caller == "instance" else f"{demand.caller} role"
        if value is None:
            return [self._without_role(workload, demand, kind)]
        endpoint = door.endpoint if door else None
        context = self._call_context(demand, endpoint)
        if door is not None and door.check.holds is None:
            context = context[:1]  # the region; by which way the call goes is not known
        return [self._may(value, kind, call, context) for call in demand.calls]

    def _call_context(self, demand: Demand, endpoint: Endpoint | None) -> Context:
        """Give the condition keys of a call: a key of KMS also sees through which service it is used."""
        if demand.needs_network:
            return self._context(endpoint)
        region = self.system.world.pseudo("AWS::Region")
        suffix = self.system.world.pseudo("AWS::URLSuffix")
        services = ("secretsmanager", "ssm") if demand.caller == "execution" else ()
        via = tuple(f"{service}.{region}.{suffix}" for service in services[:1])
        return (("kms:ViaService", via),)

    def _without_role(self, workload: Workload, demand: Demand, kind: str) -> Check:
        claim = f"it has an {kind}" if kind[0] in "ei" else f"it has a {kind}"
        source = workload.definition or workload.resource
        if demand.caller == "instance":
            profile = setting(self.system, workload.resource, "IamInstanceProfile")
            if profile is not None:
                why = self.roles.why(profile)
                return Check(claim=claim, holds=None, why=why, cause="unknown", resource=workload.resource)
        elif workload.definition is None:
            why = self.roles.why(workload.definition_value)
            return Check(claim=claim, holds=None, why=why, cause="unknown", resource=workload.resource)
        why = f"{source.address} names no {kind}"
        return Check(claim=claim, holds=False, why=why, cause="no role", resource=source)

    def _may(self, value: Value, kind: str, call: Call, context: Context) -> Check:
        decision = self.roles.may(value, call, context)
        role = self.roles.role(value)
        name = str(role.resource.address) if role else self.system.show(value)
        granted = str(decision.by) if decision.by and decision.holds else name
        return Check(
            claim=f"the {kind} may {call.action}",
            holds=decision.holds,
            by=granted,
            why=decision.why,
            cause="" if decision.holds else "role" if decision.holds is False else "unknown",
            resource=role.resource if role else None,
            call=call,
            stopped=decision.stopped,
        )


_OF_AWS: Final = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
)


def _replaced(value: Value, old: str, new: str) -> Value:
    """Give a document with one text in it replaced by another."""
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return value.replace(old, new) if isinstance(value, str) else value


def _denied_by_condition(decision: iam.Decision) -> bool:
    return decision.denied is True and decision.by is not None and bool(decision.by.conditions)
