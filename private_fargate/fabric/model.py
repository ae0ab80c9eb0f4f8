"""A deployed network as one value: what a packet would meet, and nothing of what was meant.

Where things refer to each other they do it by ID, as AWS does.  An ID may lead nowhere: to a group of another
VPC, or to what went while the others were being described.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

from private_fargate.fabric.parts.filters import Members
from private_fargate.fabric.parts.places import Listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Address

    from private_fargate.fabric.parts.filters import Acl, Peer, SecurityGroup
    from private_fargate.fabric.parts.places import (
        Block,
        Endpoint,
        Interface,
        InternetGateway,
        NatGateway,
        PrefixList,
        RouteTable,
        Subnet,
        Vpc,
    )
    from private_fargate.fabric.parts.workloads import (
        DiscoveryService,
        Instance,
        LoadBalancer,
        Namespace,
        TargetGroup,
        Task,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What is in one VPC, by ID; tasks, load balancers and target groups by ARN.

    Things have IPv4 addresses here.  What has only IPv6 ones is left out; routes and rules about IPv6 are
    not, because they are seen beside the others.

    Attributes:
        prefix_lists: those that a route or a rule names, as far as EC2 knows them.
        tasks: of all clusters, as far as they are in a subnet of the VPC.
        namespaces: those whose zone the VPC's resolver knows; the services are theirs.
    """

    region: str
    vpc: Vpc
    subnets: Mapping[str, Subnet]
    route_tables: Mapping[str, RouteTable]
    internet_gateways: Mapping[str, InternetGateway]
    nat_gateways: Mapping[str, NatGateway]
    endpoints: Mapping[str, Endpoint]
    prefix_lists: Mapping[str, PrefixList]
    acls: Mapping[str, Acl]
    groups: Mapping[str, SecurityGroup]
    interfaces: Mapping[str, Interface]
    instances: Mapping[str, Instance]
    tasks: Mapping[str, Task]
    namespaces: Mapping[str, Namespace]
    discovery_services: Mapping[str, DiscoveryService]
    load_balancers: Mapping[str, LoadBalancer]
    target_groups: Mapping[str, TargetGroup]

    def subnet_of(self, address: IPv4Address) -> Subnet | None:
        """Return the subnet that an address is in; None if it is in none of them."""
        return next((subnet for subnet in self.subnets.values() if address in subnet.block), None)

    def route_table_of(self, subnet_id: str) -> RouteTable:
        """Return the table by which packets leave a subnet: its own, or the main one."""
        return self.route_tables[self.subnets[subnet_id].route_table_id]

    def interfaces_in(self, group_id: str) -> tuple[Interface, ...]:
        """Return the interfaces that are in a security group."""
        return tuple(each for each in self.interfaces.values() if group_id in each.group_ids)

    def blocks_of(self, peer: Peer) -> tuple[Block, ...]:
        """Return the addresses that a rule or a route means; none, if its list or group is not known here."""
        if isinstance(peer, Listed):
            found = self.prefix_lists.get(peer.prefix_list_id)
            return found.blocks if found else ()
        if isinstance(peer, Members):
            return tuple(ip_network(each.address) for each in self.interfaces_in(peer.group_id))
        return (peer,)
