"""VPC endpoints: a route to S3, and interfaces in the subnets for the other APIs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.ec2 import interfaces
from private_fargate.local.server.ec2.tags import retag
from private_fargate.local.server.handlers import Handler, changed, is_true, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_LISTS = ("RouteTableIds", "SecurityGroupIds", "SubnetIds")


def register_all() -> None:
    """Register the type of this module."""
    endpoint_only = frozenset({"ServiceName", "VpcEndpointType", "VpcId"})
    register(
        "AWS::EC2::VPCEndpoint",
        Handler(
            create=_endpoint, delete=_no_endpoint, update=_change, create_only=endpoint_only, retag=retag
        ),
    )


def _endpoint(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    kind = properties.get("VpcEndpointType", "Gateway")
    private_dns = is_true(properties.get("PrivateDnsEnabled", False))
    if private_dns:
        _refuse_private_dns(properties["VpcId"], properties["ServiceName"])
    _refuse_unknown_groups(properties)
    arguments = {name: properties[name] for name in ("VpcId", "ServiceName", *_LISTS) if properties.get(name)}
    if properties.get("PolicyDocument"):
        arguments["PolicyDocument"] = _text(properties["PolicyDocument"])
    made = moto.client().create_vpc_endpoint(
        VpcEndpointType=kind, PrivateDnsEnabled=private_dns, **arguments
    )["VpcEndpoint"]
    record = moto.backend().vpc_end_points[made["VpcEndpointId"]]
    record.private_dns_enabled = private_dns  # moto says true of every gateway
    if kind == "Interface":
        interfaces.remove(record.network_interface_ids)
        record.network_interface_ids = []
        _place_interfaces(record)
    names = [f"{entry.get('HostedZoneId')}:{entry.get('DnsName')}" for entry in made.get("DnsEntries") or []]
    return record.id, {
        "Id": record.id,
        "CreationTimestamp": str(made.get("CreationTimestamp")),
        "DnsEntries": names,
        "NetworkInterfaceIds": record.network_interface_ids,
    }


def _refuse_private_dns(vpc: str, service: str) -> None:
    """Refuse private names that AWS refuses: in a VPC without DNS, and twice for the same service."""
    backend = moto.backend()
    attributes = backend.get_vpc(vpc)
    if not (is_true(attributes.enable_dns_support) and is_true(attributes.enable_dns_hostnames)):
        raise ValueError(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes "
            f"set to true for {vpc}"
        )
    for other in backend.vpc_end_points.values():
        same = other.vpc_id == vpc and other.service_name == service and other.state != "deleted"
        if same and other.private_dns_enabled:
            raise ValueError(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain "
                f"for {service} in the VPC {vpc}"
            )


def _refuse_unknown_groups(properties: Properties) -> None:
    if groups := properties.get("SecurityGroupIds"):
        moto.client().describe_security_groups(GroupIds=groups)  # raises, which moto's endpoints do not


def _text(policy: object) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


def _place_interfaces(endpoint: Any) -> None:  # noqa: ANN401 -- moto's record
    """Let the endpoint have one interface in each of its subnets; keep those that are there."""
    backend = moto.backend()
    there = {backend.enis[each].subnet.id: each for each in endpoint.network_interface_ids}
    wanted = list(dict.fromkeys(endpoint.subnet_ids or []))
    interfaces.remove(there[subnet] for subnet in there.keys() - set(wanted))
    for subnet in wanted:
        if subnet not in there:
            description = f"VPC Endpoint Interface {endpoint.id}"
            made = interfaces.create(subnet, endpoint.security_group_ids, description, "vpc_endpoint")
            there[subnet] = made.id
    endpoint.network_interface_ids = [there[subnet] for subnet in wanted]


def _move_routes(endpoint: Any, change: dict[str, Any]) -> None:  # noqa: ANN401 -- moto's record
    """Let the routes of a gateway endpoint follow its route tables: moto changes only the list of those."""
    backend, prefixes = moto.backend(), endpoint.destination_prefix_list_id
    for table in change.get("AddRouteTableIds", []):
        backend.create_route(table, None, destination_prefix_list_id=prefixes, gateway_id=endpoint.id)
    for table in change.get("RemoveRouteTableIds", []):
        backend.delete_route(table, None, destination_prefix_list_id=prefixes)


def _change(endpoint_id: str, old: Properties, new: Properties) -> None:
    arguments: dict[str, Any] = {}
    for name in _LISTS:
        before, after = set(old.get(name) or []), set(new.get(name) or [])
        arguments |= {f"Add{name}": sorted(after - before)} if after - before else {}
        arguments |= {f"Remove{name}": sorted(before - after)} if before - after else {}
    differing = changed(old, new)
    record = moto.backend().vpc_end_points[endpoint_id]
    if arguments:
        _refuse_unknown_groups(new)
        moto.client().modify_vpc_endpoint(VpcEndpointId=endpoint_id, **arguments)
        _move_routes(record, arguments)
    if "PolicyDocument" in differing:
        record.policy_document = _text(new.get("PolicyDocument") or record.DEFAULT_POLICY)
    if "PrivateDnsEnabled" in differing:
        enabled = is_true(new.get("PrivateDnsEnabled", False))
        if enabled:
            _refuse_private_dns(record.vpc_id, record.service_name)
        record.private_dns_enabled = enabled
    if record.vpc_endpoint_type == "Interface":
        _place_interfaces(record)
        if "SecurityGroupIds" in differing:
            for interface in record.network_interface_ids:
                groups = list(record.security_group_ids)
                moto.client().modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups)


def _no_endpoint(endpoint_id: str, _properties: Properties) -> None:
    interfaces.remove(list(moto.backend().vpc_end_points[endpoint_id].network_interface_ids))
    moto.client().delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
