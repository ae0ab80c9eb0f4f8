"""What the resolver of a VPC answers, from networks that are written by hand."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import TYPE_CHECKING

import pytest
from handmade import Handmade

from private_fargate.aws.endpoints import domain_of
from private_fargate.fabric.names import zones_of
from private_fargate.fabric.names.public import MADE_UP
from private_fargate.fabric.parts.places import Endpoint, PrefixList
from private_fargate.fabric.parts.workloads import (
    DiscoveryInstance,
    DiscoveryService,
    LoadBalancer,
    Namespace,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.fabric.model import Network
    from private_fargate.fabric.names import Answer
    from private_fargate.fabric.parts.workloads import RecordType

LIVES: dict[RecordType, int] = {"A": 10}


def place(region: str = "us-east-1") -> Handmade:
    """Two subnets with an endpoint interface in each, a host with a public address, and one without."""
    made = Handmade()
    made.subnet("subnet-a", "10.0.1.0/24", zone=f"{region}a")
    made.subnet("subnet-b", "10.0.2.0/24", zone=f"{region}b")
    made.host("eni-a", "subnet-a", "10.0.1.10", kind="endpoint", owner="vpce-1")
    made.host("eni-b", "subnet-b", "10.0.2.10", kind="endpoint", owner="vpce-1")
    made.host("eni-task", "subnet-a", "10.0.1.5")
    made.host("eni-host", "subnet-b", "10.0.2.5", public="54.1.2.3")
    return made


def endpoint(
    service: str, *, names: tuple[str, ...] = (), private: bool = True, state: str = "available"
) -> Endpoint:
    return Endpoint(
        id="vpce-1",
        service_name=service,
        kind="Interface",
        state=state,
        interface_ids=("eni-a", "eni-b"),
        route_table_ids=frozenset(),
        group_ids=frozenset(),
        has_private_dns=private,
        names=names,
        policy=None,
    )


def with_endpoint(
    service: str, *, names: tuple[str, ...] = (), private: bool = True, state: str = "available"
) -> Network:
    made = endpoint(service, names=names, private=private, state=state)
    return replace(place().network(), endpoints={"vpce-1": made})


def with_services(*services: DiscoveryService, domain: str = "demo.internal") -> Network:
    return replace(
        place().network(),
        namespaces={"ns-1": Namespace(id="ns-1", name=domain)},
        discovery_services={each.id: each for each in services},
    )


def discovery(
    name: str = "nginx",
    *,
    addresses: Iterable[str | None] = ("10.0.1.5", "10.0.2.5"),
    lives: dict[RecordType, int] | None = None,
    routing: str = "MULTIVALUE",
) -> DiscoveryService:
    return DiscoveryService(
        id=f"srv-{name}",
        name=name,
        namespace_id="ns-1",
        lives=lives or LIVES,
        routing=routing,
        instances=tuple(
            DiscoveryInstance(id=f"Task{number}", address=IPv4Address(each) if each else None, port=8080)
            for number, each in enumerate(addresses)
        ),
    )


def ask(network: Network, name: str, kind: str = "A", *, without: Iterable[str] = ()) -> Answer:
    answer = zones_of(network, without=frozenset(without)).answer(name, kind)
    assert answer is not None
    return answer


def values(network: Network, name: str, kind: str = "A") -> list[str]:
    answer = ask(network, name, kind)
    assert answer.exists
    return sorted(each.value for each in answer.records)


def is_unknown(answer: Answer) -> bool:
    return not answer.exists and answer.records == ()


def is_empty(answer: Answer) -> bool:
    return answer.exists and answer.records == ()


def is_public(network: Network, name: str) -> bool:
    (value,) = values(network, name)
    return IPv4Address(value) in MADE_UP


def test_a_service_has_the_addresses_of_its_instances() -> None:
    answer = ask(with_services(discovery()), "nginx.demo.internal")
    assert {(each.type, each.ttl, each.value) for each in answer.records} == {
        ("A", 10, "10.0.1.5"),
        ("A", 10, "10.0.2.5"),
    }
    assert (answer.zone, answer.is_private) == ("demo.internal", True)


def test_capitals_and_a_final_dot_do_not_matter() -> None:
    network = with_services(discovery("NGINX"), domain="Demo.Internal")
    assert values(network, "nGinX.dEMO.internal.") == ["10.0.1.5", "10.0.2.5"]


def test_at_most_eight_of_many_instances_are_told_and_not_always_the_same() -> None:
    many = [f"10.0.1.{number}" for number in range(20, 40)]
    network = with_services(discovery(addresses=many))
    told = [values(network, "nginx.demo.internal") for _ in range(60)]
    assert {len(each) for each in told} == {8}
    assert {value for each in told for value in each} == set(many)


def test_weighted_routing_tells_one_instance() -> None:
    network = with_services(discovery(routing="WEIGHTED"))
    told = {tuple(values(network, "nginx.demo.internal")) for _ in range(60)}
    assert told == {("10.0.1.5",), ("10.0.2.5",)}


def test_the_order_of_addresses_changes() -> None:
    network = with_services(discovery())
    orders = {tuple(each.value for each in ask(network, "nginx.demo.internal").records) for _ in range(60)}
    assert len(orders) == 2


def test_an_instance_without_an_address_is_not_told() -> None:
    assert values(with_services(discovery(addresses=(None, "10.0.2.5"))), "nginx.demo.internal") == [
        "10.0.2.5"
    ]


def test_a_task_that_did_not_start_is_not_told() -> None:
    network = with_services(discovery())
    answer = ask(network, "nginx.demo.internal", without=["Task0"])
    assert [each.value for each in answer.records] == ["10.0.2.5"]


def test_a_service_all_of_whose_tasks_did_not_start_has_no_name() -> None:
    network = with_services(discovery(), discovery("other"))
    assert is_unknown(ask(network, "nginx.demo.internal", without=["Task0", "Task1"]))


def test_an_srv_record_leads_to_a_name_of_the_instance() -> None:
    network = with_services(discovery("_http._tcp", lives={"SRV": 30}, addresses=["10.0.1.5"]))
    answer = ask(network, "_http._tcp.demo.internal", "SRV")
    assert [(each.ttl, each.value) for each in answer.records] == [
        (30, "1 1 8080 Task0._http._tcp.demo.internal.")
    ]
    assert values(network, "task0._http._tcp.demo.internal") == ["10.0.1.5"]
    assert is_empty(ask(network, "_http._tcp.demo.internal", "A"))


def test_without_srv_records_an_instance_has_no_name() -> None:
    assert is_unknown(ask(with_services(discovery()), "task0.nginx.demo.internal"))


@pytest.mark.parametrize("kind", ["AAAA", "SRV", "TXT", "TYPE65280"])
def test_a_name_without_records_of_the_type_is_there_and_empty(kind: str) -> None:
    assert is_empty(ask(with_services(discovery()), "nginx.demo.internal", kind))


def test_the_domain_itself_and_what_is_between_are_there_and_empty() -> None:
    network = with_services(discovery("web.front"))
    assert is_empty(ask(network, "demo.internal"))
    assert is_empty(ask(network, "front.demo.internal"))
    assert is_unknown(ask(network, "back.demo.internal"))


def test_what_a_private_zone_does_not_know_is_not_looked_for_on_the_internet() -> None:
    network = with_services(discovery(), domain="example.com")
    assert is_unknown(ask(network, "www.example.com"))
    assert is_public(network, "www.example.net")
    assert is_public(network, "notexample.com")


def test_of_two_private_zones_the_more_specific_one_decides() -> None:
    network = with_services(discovery(), domain="com")
    inner = Namespace(id="ns-2", name="example.com")
    network = replace(network, namespaces={**network.namespaces, "ns-2": inner})
    assert values(network, "nginx.com") == ["10.0.1.5", "10.0.2.5"]
    assert is_unknown(ask(network, "nginx.example.com"))


def test_private_dns_leads_the_name_of_a_service_to_its_endpoint() -> None:
    network = with_endpoint("com.amazonaws.us-east-1.logs")
    assert values(network, "logs.us-east-1.amazonaws.com") == ["10.0.1.10", "10.0.2.10"]
    assert is_empty(ask(network, "logs.us-east-1.amazonaws.com", "AAAA"))
    assert is_unknown(ask(network, "x.logs.us-east-1.amazonaws.com"))
    assert is_public(network, "logs.eu-west-1.amazonaws.com")
    assert is_public(network, "kms.us-east-1.amazonaws.com")


def test_all_registries_are_behind_the_endpoint_of_ecr() -> None:
    network = with_endpoint("com.amazonaws.us-east-1.ecr.dkr")
    assert values(network, "123456789012.dkr.ecr.us-east-1.amazonaws.com") == ["10.0.1.10", "10.0.2.10"]
    assert is_empty(ask(network, "dkr.ecr.us-east-1.amazonaws.com"))
    assert is_public(network, "api.ecr.us-east-1.amazonaws.com")


@pytest.mark.parametrize("host", ["s3", "layers.s3", "with.dots.s3", "ap-1.s3-accesspoint", "1.s3-control"])
def test_all_buckets_are_behind_an_interface_endpoint_of_s3(host: str) -> None:
    network = with_endpoint("com.amazonaws.us-east-1.s3")
    assert values(network, f"{host}.us-east-1.amazonaws.com") == ["10.0.1.10", "10.0.2.10"]


def test_names_of_china_end_differently() -> None:
    network = replace(with_endpoint("cn.com.amazonaws.cn-north-1.ecr.api"), region="cn-north-1")
    assert domain_of("cn-north-1") == "amazonaws.com.cn"
    assert values(network, "api.ecr.cn-north-1.amazonaws.com.cn") == ["10.0.1.10", "10.0.2.10"]
    assert is_public(network, "api.ecr.cn-north-1.amazonaws.com")


@pytest.mark.parametrize(
    "network",
    [
        with_endpoint("com.amazonaws.us-east-1.logs", private=False),
        with_endpoint("com.amazonaws.us-east-1.logs", state="pending"),
        replace(
            with_endpoint("com.amazonaws.us-east-1.logs"),
            vpc=replace(place().network().vpc, has_dns_hostnames=False),
        ),
    ],
    ids=["private DNS is off", "it is not available", "the VPC has no host names"],
)
def test_otherwise_the_name_of_the_service_is_public(network: Network) -> None:
    assert is_public(network, "logs.us-east-1.amazonaws.com")


def test_an_endpoint_has_names_of_its_own_whatever_is_set() -> None:
    start, end = "vpce-1-abcd", "logs.us-east-1.vpce.amazonaws.com"
    names = (f"{start}.{end}", f"{start}-us-east-1b.{end}")
    network = with_endpoint("com.amazonaws.us-east-1.logs", names=names, private=False)
    network = replace(network, vpc=replace(network.vpc, has_dns_hostnames=False))
    assert values(network, names[0]) == ["10.0.1.10", "10.0.2.10"]
    assert values(network, names[1]) == ["10.0.2.10"]
    assert is_unknown(ask(network, f"vpce-2-abcd.{end}"))


def test_the_own_names_of_an_endpoint_of_s3_begin_with_anything() -> None:
    end = "s3.us-east-1.vpce.amazonaws.com"
    names = (f"*.vpce-1-abcd.{end}", f"*.vpce-1-abcd-us-east-1a.{end}")
    network = with_endpoint("com.amazonaws.us-east-1.s3", names=names, private=False)
    assert values(network, f"layers.bucket.vpce-1-abcd.{end}") == ["10.0.1.10", "10.0.2.10"]
    assert values(network, f"bucket.vpce-1-abcd-us-east-1a.{end}") == ["10.0.1.10"]


def test_a_service_of_somebody_else_has_the_private_name_that_ec2_shows() -> None:
    own = "vpce-1-abcd.vpce-svc-1.us-east-1.vpce.amazonaws.com"
    service = "com.amazonaws.vpce.us-east-1.vpce-svc-1"
    network = with_endpoint(service, names=(own, "api.partner.com"))
    assert values(network, own) == values(network, "api.partner.com") == ["10.0.1.10", "10.0.2.10"]
    assert is_public(with_endpoint(service, names=(own, "api.partner.com"), private=False), "api.partner.com")


def test_an_endpoint_without_interfaces_leads_nowhere_and_not_to_the_internet() -> None:
    network = replace(with_endpoint("com.amazonaws.us-east-1.logs"), interfaces={})
    assert is_empty(ask(network, "logs.us-east-1.amazonaws.com"))


@pytest.mark.parametrize(
    ("region", "domain"), [("us-east-1", "ec2.internal"), ("eu-west-1", "eu-west-1.compute.internal")]
)
def test_every_interface_has_a_private_name_and_its_address_leads_back(region: str, domain: str) -> None:
    network = replace(place(region).network(), region=region)
    assert values(network, f"ip-10-0-1-5.{domain}") == ["10.0.1.5"]
    assert values(network, "5.1.0.10.in-addr.arpa", "PTR") == [f"ip-10-0-1-5.{domain}."]
    assert is_unknown(ask(network, f"ip-10-0-1-6.{domain}"))
    assert is_unknown(ask(network, "6.1.0.10.in-addr.arpa", "PTR"))


def test_a_public_name_of_ec2_means_the_private_address_inside() -> None:
    assert values(place().network(), "ec2-54-1-2-3.compute-1.amazonaws.com") == ["10.0.2.5"]
    assert values(place().network(), "ec2-54-1-2-4.compute-1.amazonaws.com") == ["54.1.2.4"]


def test_without_host_names_there_are_no_names_of_interfaces() -> None:
    network = place().network()
    network = replace(network, vpc=replace(network.vpc, has_dns_hostnames=False))
    assert is_unknown(ask(network, "ip-10-0-1-5.ec2.internal"))
    assert is_unknown(ask(network, "5.1.0.10.in-addr.arpa", "PTR"))
    assert values(network, "ec2-54-1-2-3.compute-1.amazonaws.com") == ["54.1.2.3"]


@pytest.mark.parametrize(("is_internal", "expected"), [(True, ["10.0.1.20"]), (False, ["54.1.2.9"])])
def test_a_load_balancer_has_the_addresses_of_its_interfaces(
    *, is_internal: bool, expected: list[str]
) -> None:
    made = place()
    made.host("eni-lb", "subnet-a", "10.0.1.20", public="54.1.2.9", kind="load balancer", owner="arn:lb")
    balancer = LoadBalancer(
        arn="arn:lb",
        kind="network",
        name="Web-1.elb.us-east-1.amazonaws.com",
        is_internal=is_internal,
        subnet_ids=frozenset({"subnet-a"}),
        group_ids=frozenset(),
        listeners=(),
    )
    network = replace(made.network(), load_balancers={"arn:lb": balancer})
    assert values(network, "web-1.elb.us-east-1.amazonaws.com") == expected


@pytest.mark.parametrize(
    "name", ["docker.io", "public.ecr.aws", "ghcr.io", "www.amazon.co.uk", "sts.amazonaws.com", "api.dev"]
)
def test_names_of_the_internet_have_one_address_that_stays(name: str) -> None:
    network = place().network()
    (address,) = values(network, name)
    assert values(replace(network, vpc=replace(network.vpc, id="vpc-2")), name) == [address]
    assert IPv4Address(address) in IPv4Network("198.18.0.0/15")
    assert is_empty(ask(network, name, "AAAA"))


def test_no_address_of_the_internet_is_that_of_a_network_or_a_broadcast() -> None:
    network = place().network()
    found = {values(network, f"host-{number}.example.com")[0] for number in range(3000)}
    assert len(found) > 2500
    assert not [each for each in found if each.endswith((".0", ".255"))]


@pytest.mark.parametrize(
    "name",
    [
        "nginx",
        "localhost",
        "a.localhost",
        "nginx.internal",
        "db.local",
        "a.test",
        "a.example",
        "a.invalid",
        "x.zz",
        "nginx.demo",
        "1.2.3.4",
        "",
        "vpce-9.logs.us-east-1.vpce.amazonaws.com",
    ],
)
def test_what_nobody_has_registered_does_not_exist(name: str) -> None:
    assert is_unknown(ask(place().network(), name))


def listed(*lists: PrefixList) -> Network:
    return replace(place().network(), prefix_lists={each.id: each for each in lists})


S3 = PrefixList(
    id="pl-1",
    name="com.amazonaws.us-east-1.s3",
    blocks=(ip_network("2600::/48"), ip_network("54.231.0.0/16"), ip_network("3.5.0.0/19")),
)
DYNAMODB = PrefixList(
    id="pl-2", name="com.amazonaws.us-east-1.dynamodb", blocks=(ip_network("3.218.180.1/32"),)
)


@pytest.mark.parametrize(
    "host",
    [
        "s3.us-east-1",
        "layers.s3.us-east-1",
        "with.dots.s3.us-east-1",
        "s3.dualstack.us-east-1",
        "layers.s3.dualstack.us-east-1",
        "s3-us-east-1",
        "layers.s3-us-east-1",
        "ap-1.s3-accesspoint.us-east-1",
        "s3",
        "layers.s3",
    ],
)
def test_s3_is_where_the_first_block_of_its_prefix_list_says(host: str) -> None:
    (address,) = values(listed(S3, DYNAMODB), f"{host}.amazonaws.com")
    assert IPv4Address(address) in IPv4Network("54.231.0.0/16")
    assert is_public(listed(DYNAMODB), f"{host}.amazonaws.com")


@pytest.mark.parametrize("host", ["dynamodb", "123456789012.ddb"])
def test_dynamodb_is_where_its_prefix_list_says(host: str) -> None:
    assert values(listed(S3, DYNAMODB), f"{host}.us-east-1.amazonaws.com") == ["3.218.180.1"]


@pytest.mark.parametrize(
    "host",
    ["s3.eu-west-1", "layers.s3.eu-west-1", "logs.us-east-1", "my-s3.us-east-1", "xs3", "streams.dynamodb"],
)
def test_other_names_are_in_no_prefix_list(host: str) -> None:
    assert is_public(listed(S3, DYNAMODB), f"{host}.amazonaws.com")


def test_s3_without_a_region_is_that_of_the_first_region() -> None:
    european = replace(S3, name="com.amazonaws.eu-west-1.s3")
    network = replace(listed(european), region="eu-west-1")
    assert is_public(network, "s3.amazonaws.com")
    assert not is_public(network, "layers.s3.amazonaws.com")
    assert not is_public(network, "s3.eu-west-1.amazonaws.com")


def test_without_dns_support_nobody_answers() -> None:
    network = place().network()
    network = replace(network, vpc=replace(network.vpc, has_dns_support=False))
    assert zones_of(network).answer("docker.io", "A") is None


def test_any_type_means_all_types() -> None:
    network = with_services(discovery(lives={"A": 10, "SRV": 20}, addresses=["10.0.1.5"]))
    assert {each.type for each in ask(network, "nginx.demo.internal", "ANY").records} == {"A", "SRV"}
