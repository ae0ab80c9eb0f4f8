"""The network as EC2 describes it, against the network of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from private_fargate.config.derived import has_public_jump_host, zone_count
from private_fargate.config.endpoints import endpoint_plan
from private_fargate.deploy.session import pages
from private_fargate.local.inspection.row import Row, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.config.endpoints import PlannedEndpoint
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session

_Item = Mapping[str, Any]

_ANYWHERE = "0.0.0.0/0"
_HTTPS = 443
_CLOSED = frozenset({"deleted", "deleting", "failed"})


@dataclass(frozen=True, kw_only=True)
class Network:
    """What EC2 knows of one VPC.

    A subnet is public if its routes lead to an internet gateway, whatever it is called.
    """

    vpc: _Item
    attributes: Mapping[str, bool]  # enableDnsSupport, enableDnsHostnames
    subnets: Mapping[str, _Item]
    tables: Mapping[str, _Item]  # route table by the ID of the subnet that uses it
    gateways: Sequence[_Item]  # NAT gateways
    internet_gateways: Sequence[_Item]
    endpoints: Mapping[str, _Item]  # by service name
    groups: Mapping[str, _Item]  # security groups

    @classmethod
    def read(cls, session: Session, vpc_id: str) -> Network:
        """Ask for everything that is in a VPC."""
        ec2 = session.client("ec2")

        def inside(operation: str, key: str, filter_name: str = "vpc-id") -> list[_Item]:
            filters = [{"Name": filter_name, "Values": [vpc_id]}]
            return [item for page in pages(ec2, operation, Filters=filters) for item in page[key]]

        def attribute(name: str) -> bool:
            key = name[0].upper() + name[1:]
            return ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)[key]["Value"]

        tables = inside("describe_route_tables", "RouteTables")
        return cls(
            vpc=inside("describe_vpcs", "Vpcs")[0],
            attributes={name: attribute(name) for name in ("enableDnsSupport", "enableDnsHostnames")},
            subnets={item["SubnetId"]: item for item in inside("describe_subnets", "Subnets")},
            tables={
                association["SubnetId"]: table
                for table in tables
                for association in table["Associations"]
                if association.get("SubnetId")
            },
            gateways=_open(inside("describe_nat_gateways", "NatGateways")),
            internet_gateways=inside("describe_internet_gateways", "InternetGateways", "attachment.vpc-id"),
            endpoints={
                item["ServiceName"]: item for item in _open(inside("describe_vpc_endpoints", "VpcEndpoints"))
            },
            groups={item["GroupId"]: item for item in inside("describe_security_groups", "SecurityGroups")},
        )

    @property
    def public(self) -> frozenset[str]:
        """The IDs of the subnets whose default route leads to an internet gateway."""
        return frozenset(
            subnet
            for subnet in self.subnets
            if self.default_route(subnet).get("GatewayId", "local") != "local"
        )

    @property
    def private(self) -> frozenset[str]:
        """The IDs of all other subnets."""
        return frozenset(self.subnets) - self.public

    def default_route(self, subnet: str) -> _Item:
        """Return the route of a subnet to anywhere; empty if it has none."""
        routes = self.tables.get(subnet, {}).get("Routes", [])
        default = [route for route in routes if route.get("DestinationCidrBlock") == _ANYWHERE]
        return default[0] if default else {}

    def zones(self, subnets: frozenset[str]) -> frozenset[str]:
        """Return the zones in which subnets are."""
        return frozenset(self.subnets[subnet]["AvailabilityZone"] for subnet in subnets)


def network_rows(session: Session, environment: Environment, network: Network) -> Iterator[Row]:
    """Yield the rows from the VPC to the flow log."""
    settings = environment.network
    support, hostnames = (network.attributes[k] for k in ("enableDnsSupport", "enableDnsHostnames"))
    yield Row(
        "VPC",
        f"{settings.cidr}, DNS support True, hostnames True",
        f"{network.vpc['CidrBlock']}, DNS support {support}, hostnames {hostnames}",
    )
    yield from _subnet_rows(environment, network)
    yield from _egress_rows(session, environment, network)
    plan = endpoint_plan(environment)
    for planned in plan:
        yield _endpoint_row(environment, network, planned)
    wanted = tuple(f".{planned.service.name}" for planned in plan)
    others = [name for name in network.endpoints if not name.endswith(wanted)]
    yield Row("other endpoints", "none", ", ".join(sorted(others)) or "none")
    yield _flow_log_row(session, environment, network)


def _subnet_rows(environment: Environment, network: Network) -> Iterator[Row]:
    zones = zone_count(environment)
    zonal = environment.network.egress in {"nat-per-zone", "nat-single"}
    has_public = zonal or has_public_jump_host(environment)
    for tier, subnets, asked in (
        ("private", network.private, zones),
        ("public", network.public, zones if has_public else 0),
    ):
        found = f"{len(subnets)} in {count(len(network.zones(subnets)), 'zone')}"
        yield Row(f"{tier} subnets", f"{asked} in {count(asked, 'zone')}", found)
    has_internet = has_public or environment.network.egress == "nat-regional"
    yield Row("internet gateway", str(int(has_internet)), str(len(network.internet_gateways)))


def _egress_rows(session: Session, environment: Environment, network: Network) -> Iterator[Row]:
    mode, zones = environment.network.egress, zone_count(environment)
    gateways = {"nat-per-zone": zones, "nat-single": 1, "nat-regional": 1, "none": 0}[mode]
    addresses = {"nat-per-zone": zones, "nat-single": 1}.get(mode, 0)
    allocated = [a for page in pages(session.client("ec2"), "describe_addresses") for a in page["Addresses"]]
    used = {a["AllocationId"] for g in network.gateways for a in _addresses(g)}
    yield Row(
        "NAT gateways",
        f"{gateways}, {count(addresses, 'elastic IP')}",
        f"{len(network.gateways)}, {count(len(used & {a['AllocationId'] for a in allocated}), 'elastic IP')}",
    )
    yield Row("private default routes", _asked_routes(mode, zones), _found_routes(network))


def _asked_routes(mode: str, zones: int) -> str:
    if mode == "none":
        return f"{count(zones, 'subnet')} to nowhere"
    if mode == "nat-per-zone":
        return f"{count(zones, 'subnet')} to NAT in {count(zones, 'zone')}, each its own"
    return f"{count(zones, 'subnet')} to the same NAT"


def _found_routes(network: Network) -> str:
    zone_of = {
        gateway["NatGatewayId"]: network.subnets.get(gateway.get("SubnetId", ""), {}).get("AvailabilityZone")
        for gateway in network.gateways
    }
    targets = {subnet: network.default_route(subnet).get("NatGatewayId") for subnet in network.private}
    subnets = count(len(targets), "subnet")
    used = set(targets.values())
    if used == {None}:
        return f"{subnets} to nowhere"
    if None in used:
        return f"{sum(target is None for target in targets.values())} of {subnets} to nowhere"
    if len(used) == 1 and len(targets) > 1:
        return f"{subnets} to the same NAT"
    own = all(zone_of[t] == network.subnets[s]["AvailabilityZone"] for s, t in targets.items() if t)
    return f"{subnets} to NAT in {count(len(used), 'zone')}, {'each its own' if own else 'not its own'}"


def _endpoint_row(environment: Environment, network: Network, planned: PlannedEndpoint) -> Row:
    service, zones = planned.service, zone_count(environment)
    what = f"endpoint {service.name}"
    name = next((known for known in network.endpoints if known.endswith(f".{service.name}")), None)
    if service.type == "Gateway":
        asked = f"on the routes of {count(zones, 'private subnet')} and no others"
    else:
        asked = f"private DNS True, {count(zones, 'private subnet')}, admits security groups to 443"
    if name is None:
        return Row(what, asked, "none")
    endpoint = network.endpoints[name]
    if service.type == "Gateway":
        served = {s for s, t in network.tables.items() if t["RouteTableId"] in endpoint["RouteTableIds"]}
        found = f"on the routes of {count(len(served & network.private), 'private subnet')}"
        others = served - network.private
        return Row(what, asked, f"{found} and {'no others' if not others else count(len(others), 'other')}")
    private = network.private & set(endpoint["SubnetIds"])
    return Row(
        what,
        asked,
        f"private DNS {endpoint['PrivateDnsEnabled']}, {count(len(private), 'private subnet')}, "
        f"admits {_admitted(network, endpoint)}",
    )


def _admitted(network: Network, endpoint: _Item) -> str:
    """Say who may connect to an interface endpoint, and to which ports."""
    rules = [
        rule for group in endpoint["Groups"] for rule in network.groups[group["GroupId"]]["IpPermissions"]
    ]
    if not rules:
        return "nobody"
    ranges = [r["CidrIp"] for rule in rules for r in rule["IpRanges"]]
    ports = {rule.get("FromPort") for rule in rules} | {rule.get("ToPort") for rule in rules}
    who = ", ".join(ranges) if ranges else "security groups"
    return f"{who} to {_HTTPS if ports == {_HTTPS} else sorted(map(str, ports))}"


def _flow_log_row(session: Session, environment: Environment, network: Network) -> Row:
    settings = environment.network.flow_logs
    asked = "none" if settings is False else f"ALL traffic, kept {settings.retention} days"
    logs = [
        log
        for page in pages(session.client("ec2"), "describe_flow_logs")
        for log in page["FlowLogs"]
        if log["ResourceId"] == network.vpc["VpcId"]
    ]
    if not logs:
        return Row("flow log", asked, "none")
    name = logs[0]["LogGroupName"]
    groups = session.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    retention = next((g.get("retentionInDays") for g in groups if g["logGroupName"] == name), "no log group")
    return Row("flow log", asked, f"{logs[0]['TrafficType']} traffic, kept {retention} days")


def _open(items: Sequence[_Item]) -> list[_Item]:
    """Return what is not deleted: EC2 lists that for an hour."""
    return [item for item in items if item["State"] not in _CLOSED]


def _addresses(gateway: _Item) -> list[_Item]:
    return [a for a in gateway.get("NatGatewayAddresses", []) if a.get("AllocationId")]
