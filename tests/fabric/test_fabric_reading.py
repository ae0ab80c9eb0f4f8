"""What is read of a deployed system is what a person expects who knows its settings."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

import pytest

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from private_fargate.fabric.parts.filters import GroupRule, Members, Traffic
from private_fargate.fabric.parts.places import Listed, Owner, Route
from private_fargate.fabric.parts.workloads import DiscoveryInstance, Port
from tests.fabric.looking import (
    ANYWHERE,
    PRIVATE,
    PUBLIC,
    VPC,
    default_routes,
    endpoints,
    ids,
    named,
    only,
    private,
    subnet,
)

if TYPE_CHECKING:
    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.workloads import Task
    from tests.fabric.conftest import Deployed

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("variants")]

EVERYTHING = Traffic(protocol="any")
HTTP, HTTPS = Traffic(protocol="tcp", ports=(80, 80)), Traffic(protocol="tcp", ports=(443, 443))
NOWHERE = GroupRule(direction="out", traffic=EVERYTHING, peer=IPv4Network("127.0.0.1/32"))


def test_each_of_three_zones_has_a_private_and_a_public_subnet(demo: Network) -> None:
    assert (demo.vpc.blocks, demo.vpc.has_dns_support, demo.vpc.has_dns_hostnames) == ((VPC,), True, True)
    assert sorted((each.zone, str(each.block)) for each in demo.subnets.values()) == sorted(
        [*PRIVATE.items(), *PUBLIC.items()]
    )


def test_each_private_subnet_leaves_by_the_nat_of_its_own_zone(demo: Network) -> None:
    s3 = endpoints(demo, "Gateway")["s3"]
    tables = {zone: demo.route_table_of(subnet(demo, block)) for zone, block in PRIVATE.items()}
    assert len({table.id for table in tables.values() if not table.is_main}) == 3
    for zone, table in tables.items():
        by_target = {route.target: route for route in table.routes}
        assert len(by_target) == len(table.routes) == 3
        assert by_target["local"].destination == VPC
        nat = demo.nat_gateways[by_target["NAT gateway"].target_id or ""]
        assert by_target["NAT gateway"].destination == ANYWHERE
        assert nat.subnet_id == subnet(demo, PUBLIC[zone])
        assert by_target["endpoint"].target_id == s3.id
        assert not any(route.is_blackhole for route in table.routes)


def test_public_subnets_leave_by_the_internet_gateway(demo: Network) -> None:
    gateway = only(demo.internet_gateways)
    (table,) = {demo.subnets[subnet(demo, block)].route_table_id for block in PUBLIC.values()}
    assert set(demo.route_tables[table].routes) == {
        Route(destination=VPC, target="local", target_id=None, is_blackhole=False),
        Route(destination=ANYWHERE, target="internet gateway", target_id=gateway.id, is_blackhole=False),
    }
    others = {table, *(demo.route_table_of(each).id for each in private(demo))}
    (main,) = [each for each in demo.route_tables.values() if each.id not in others]
    assert main.is_main
    assert [route.target for route in main.routes] == ["local"]


def test_a_nat_gateway_has_an_address_inside_and_one_outside(systems: dict[str, Deployed]) -> None:
    outputs, demo = systems["private-fargate-demo"]
    promised = {IPv4Address(each) for each in outputs["NatAddresses"].split(",")}
    found = set()
    for nat in demo.nat_gateways.values():
        assert (nat.mode, nat.state, nat.is_public) == ("zonal", "available", True)
        (address,) = nat.addresses
        assert address.private in demo.subnets[nat.subnet_id or ""].block
        assert address.zone == demo.subnets[nat.subnet_id or ""].zone
        assert demo.interfaces[address.interface_id or ""].address == address.private
        found.add(address.public)
    assert found == promised
    assert len(found) == 3


def test_an_interface_endpoint_has_a_foot_in_each_private_subnet(demo: Network) -> None:
    found = endpoints(demo, "Interface")
    assert found.keys() == {"ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages"}
    for name, endpoint in found.items():
        feet = [demo.interfaces[each] for each in endpoint.interface_ids]
        assert sorted(foot.subnet_id for foot in feet) == sorted(private(demo)), name
        assert endpoint.group_ids == {named(demo, "EndpointSecurityGroup").id}
        assert all(foot.group_ids == endpoint.group_ids for foot in feet)
        assert (endpoint.has_private_dns, endpoint.state) == (True, "available")
        assert not endpoint.route_table_ids
        assert all(foot.address in demo.subnets[foot.subnet_id].block for foot in feet)
    addresses = [demo.interfaces[i].address for each in found.values() for i in each.interface_ids]
    assert len(set(addresses)) == len(addresses) == 15


def test_image_layers_come_by_route(demo: Network) -> None:
    s3 = only(endpoints(demo, "Gateway"))
    assert s3.service_name == "com.amazonaws.us-east-1.s3"
    assert s3.route_table_ids == {demo.route_table_of(each).id for each in private(demo)}
    assert (s3.interface_ids, s3.group_ids, s3.has_private_dns) == ((), frozenset(), False)
    statements = {each["Sid"]: each["Resource"] for each in s3.policy["Statement"]}
    assert statements["PullImageLayers"] == ["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"]
    destinations = {
        route.destination
        for table in s3.route_table_ids
        for route in demo.route_tables[table].routes
        if route.target_id == s3.id
    }
    (listed,) = destinations
    assert isinstance(listed, Listed)
    assert demo.prefix_lists[listed.prefix_list_id].name == s3.service_name
    assert set(demo.blocks_of(listed)) == {
        IPv4Network(block) for block in ("3.5.0.0/19", "52.216.0.0/15", "54.231.0.0/16")
    }


def test_groups_open_what_the_settings_open(demo: Network) -> None:
    clients, doors = named(demo, "EndpointClientSecurityGroup"), named(demo, "EndpointSecurityGroup")
    s3 = Listed(prefix_list_id=S3_PREFIX_LISTS["us-east-1"])
    assert {
        group.name.rpartition("-")[0].rpartition("-")[2]: set(group.rules) for group in demo.groups.values()
    } == {
        "": {GroupRule(direction="out", traffic=EVERYTHING, peer=ANYWHERE)},  # the one that each VPC has
        "EndpointClientSecurityGroup": {
            GroupRule(direction="out", traffic=HTTPS, peer=s3),
            GroupRule(direction="out", traffic=HTTPS, peer=Members(group_id=doors.id)),
        },
        "EndpointSecurityGroup": {
            GroupRule(direction="in", traffic=HTTPS, peer=Members(group_id=clients.id)),
            NOWHERE,
        },
        "JumpHostSecurityGroup": {GroupRule(direction="out", traffic=HTTP, peer=VPC)},
        "TaskSecurityGroup": {GroupRule(direction="in", traffic=HTTP, peer=VPC), NOWHERE},
    }


def test_who_is_in_a_group_is_known(demo: Network) -> None:
    clients = named(demo, "EndpointClientSecurityGroup").id
    instance, task = only(demo.instances), only(demo.tasks)
    assert {each.owner for each in demo.interfaces_in(clients)} == {
        Owner(kind="instance", id=instance.id),
        Owner(kind="task", id=task.arn),
    }
    addresses = {
        demo.interfaces[task.interface_id].address,
        demo.interfaces[instance.interface_ids[0]].address,
    }
    assert set(demo.blocks_of(Members(group_id=clients))) == {IPv4Network(each) for each in addresses}


def test_subnets_have_the_acl_that_lets_everything_through(demo: Network) -> None:
    acl = only(demo.acls)
    assert {each.acl_id for each in demo.subnets.values()} == {acl.id}
    assert {(each.direction, each.number, each.allows) for each in acl.entries} == {
        (direction, number, number == 100) for direction in ("in", "out") for number in (100, 32767)
    }
    assert {(each.traffic, each.block) for each in acl.entries} == {(EVERYTHING, ANYWHERE)}
    assert [each.number for each in acl.entries] == [100, 100, 32767, 32767]


def test_every_interface_belongs_to_something(demo: Network) -> None:
    kinds = Counter(each.owner.kind if each.owner else None for each in demo.interfaces.values())
    assert kinds == {"endpoint": 15, "NAT gateway": 3, "instance": 1, "task": 1}
    for interface in demo.interfaces.values():
        assert demo.subnet_of(interface.address) == demo.subnets[interface.subnet_id]
    assert demo.subnet_of(IPv4Address("10.0.255.1")) is None


def test_a_task_is_where_its_name_says(systems: dict[str, Deployed]) -> None:
    outputs, demo = systems["private-fargate-demo"]
    task: Task = only(demo.tasks)
    interface = demo.interfaces[task.interface_id or ""]
    assert interface.owner == Owner(kind="task", id=task.arn)
    assert interface.subnet_id == task.subnet_id
    assert task.subnet_id in private(demo)
    assert interface.public_address is None
    service = only(demo.discovery_services)
    namespace = only(demo.namespaces)
    assert (namespace.id, namespace.name) == (outputs["NamespaceId"], "private-fargate-demo")
    assert (service.name, service.namespace_id, service.routing) == ("nginx", namespace.id, "MULTIVALUE")
    assert service.lives == {"A": 10, "SRV": 10}
    last = task.arn.rpartition("/")[2]
    assert service.instances == (DiscoveryInstance(id=last, address=interface.address, port=80),)


def test_a_task_has_its_image_roles_and_log(systems: dict[str, Deployed]) -> None:
    outputs, demo = systems["private-fargate-demo"]
    task: Task = only(demo.tasks)
    (container,) = task.containers
    image, _, digest = container.image.partition("@sha256:")
    assert (image, len(digest)) == (outputs["NginxRepositoryUri"], 64)
    assert (container.name, container.ports) == ("nginx", (Port(number=80, protocol="tcp"),))
    assert (container.is_essential, container.secrets) == (True, {})
    assert container.log_driver == "awslogs"
    assert container.log_options["awslogs-region"] == "us-east-1"
    assert "-ExecutionRo" in (task.execution_role_arn or "")
    assert "-TaskRole-" in (task.task_role_arn or "")
    assert (task.last_status, task.cluster_arn.rpartition("/")[2]) == ("RUNNING", outputs["ClusterName"])
    assert "-Nginx-" in (task.service or "")


def test_the_jump_host_is_private(systems: dict[str, Deployed]) -> None:
    outputs, demo = systems["private-fargate-demo"]
    host = only(demo.instances)
    assert (host.id, host.state) == (outputs["JumpHostId"], "running")
    assert "JumpHostProfile" in (host.profile_arn or "")
    (interface,) = (demo.interfaces[each] for each in host.interface_ids)
    assert interface.subnet_id == subnet(demo, PRIVATE["us-east-1a"])
    assert interface.public_address is None
    assert interface.checks_addresses
    assert interface.group_ids == {
        named(demo, part).id for part in ("JumpHostSecurityGroup", "EndpointClientSecurityGroup")
    }


def test_a_single_nat_gateway_serves_all_zones(systems: dict[str, Deployed]) -> None:
    network = systems["nat-single"].network
    nat = only(network.nat_gateways)
    assert nat.subnet_id == subnet(network, PUBLIC["us-east-1a"])
    route = Route(destination=ANYWHERE, target="NAT gateway", target_id=nat.id, is_blackhole=False)
    assert default_routes(network) == dict.fromkeys(PRIVATE.values(), route)


def test_three_tasks_give_three_addresses(systems: dict[str, Deployed]) -> None:
    network = systems["nat-single"].network
    assert len(network.tasks) == 3
    addresses = {network.interfaces[task.interface_id or ""].address for task in network.tasks.values()}
    service = only(network.discovery_services)
    assert len(service.instances) == len(addresses) == 3
    assert {each.address for each in service.instances} == addresses
    assert {task.subnet_id for task in network.tasks.values()} <= private(network)


def test_a_public_jump_host_has_an_address_outside(systems: dict[str, Deployed]) -> None:
    network = systems["nat-single"].network
    (interface,) = (network.interfaces[each] for each in only(network.instances).interface_ids)
    assert interface.subnet_id == subnet(network, PUBLIC["us-east-1a"])
    assert interface.public_address is not None
    assert interface.public_address not in VPC


def test_a_regional_nat_gateway_is_in_no_subnet(systems: dict[str, Deployed]) -> None:
    network = systems["nat-regional"].network
    nat = only(network.nat_gateways)
    assert (nat.mode, nat.subnet_id, nat.state) == ("regional", None, "available")
    assert nat.route_table_id in network.route_tables
    assert network.subnets.keys() == private(network)
    route = Route(destination=ANYWHERE, target="NAT gateway", target_id=nat.id, is_blackhole=False)
    assert default_routes(network) == dict.fromkeys(PRIVATE.values(), route)


def test_without_egress_there_is_no_way_out(systems: dict[str, Deployed]) -> None:
    network = systems["none"].network
    assert (network.nat_gateways, network.internet_gateways) == ({}, {})
    assert network.subnets.keys() == private(network)
    targets = {route.target for table in network.route_tables.values() for route in table.routes}
    assert targets == {"local", "endpoint"}
    assert default_routes(network) == dict.fromkeys(PRIVATE.values())
    assert (endpoints(network, "Interface").keys(), network.instances) == ({"logs"}, {})


NAMES = ("private-fargate-demo", "nat-single", "nat-regional", "none")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_another_network_is_in_it(systems: dict[str, Deployed], name: str) -> None:
    outputs, network = systems[name]
    assert network.vpc.id == outputs["VpcId"]
    assert {each.name for each in network.namespaces.values()} == {name}
    for other in set(NAMES) - {name}:
        assert not ids(network) & ids(systems[other].network)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_named_is_there(systems: dict[str, Deployed], name: str) -> None:
    network = systems[name].network
    there = {*ids(network), network.vpc.id}
    for subnet_ in network.subnets.values():
        assert {subnet_.route_table_id, subnet_.acl_id} <= there
    for table in network.route_tables.values():
        assert {route.target_id for route in table.routes if route.target != "local"} <= there
    for endpoint in network.endpoints.values():
        assert {*endpoint.interface_ids, *endpoint.route_table_ids, *endpoint.group_ids} <= there
    for interface in network.interfaces.values():
        assert {interface.subnet_id, *interface.group_ids} <= there
        assert interface.owner is not None
        assert interface.owner.id in there
    for group in network.groups.values():
        assert {each.peer.group_id for each in group.rules if isinstance(each.peer, Members)} <= there
    assert {task.interface_id for task in network.tasks.values()} <= there
