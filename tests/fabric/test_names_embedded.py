"""What the resolver answers about systems that were deployed, and read back."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from looking import VPC, endpoints

from private_fargate.fabric.names import zones_of
from private_fargate.fabric.names.public import MADE_UP

if TYPE_CHECKING:
    from conftest import Deployed

    from private_fargate.fabric.model import Network

pytestmark = [pytest.mark.slow, pytest.mark.emulator, pytest.mark.xdist_group("variants")]

END = "us-east-1.amazonaws.com"


def told(network: Network, name: str) -> set[IPv4Address]:
    answer = zones_of(network).answer(name, "A")
    assert answer is not None
    return {IPv4Address(each.value) for each in answer.records}


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("ecr.api", f"api.ecr.{END}"),
        ("ecr.dkr", f"123456789012.dkr.ecr.{END}"),
        ("logs", f"logs.{END}"),
    ],
)
def test_the_demo_finds_its_endpoints_by_the_names_of_their_services(
    demo: Network, service: str, name: str
) -> None:
    endpoint = endpoints(demo, "Interface")[service]
    expected = {demo.interfaces[each].address for each in endpoint.interface_ids}
    assert told(demo, name) == expected
    assert expected
    assert endpoint.names
    for own in endpoint.names:
        assert told(demo, own) == expected


def test_an_endpoint_is_found_by_its_own_name_without_private_dns(demo: Network) -> None:
    plain = replace(endpoints(demo, "Interface")["logs"], has_private_dns=False)
    network = replace(demo, endpoints={plain.id: plain})
    (own,) = plain.names
    assert told(network, own) == {network.interfaces[each].address for each in plain.interface_ids}
    (address,) = told(network, f"logs.{END}")
    assert address in MADE_UP


def test_the_demo_finds_s3_where_its_gateway_endpoint_is(demo: Network) -> None:
    (listed,) = [each for each in demo.prefix_lists.values() if each.name == "com.amazonaws.us-east-1.s3"]
    (address,) = told(demo, f"prod-us-east-1-starport-layer-bucket.s3.{END}")
    assert any(address in block for block in listed.blocks)


def test_the_demo_finds_its_tasks_by_the_name_of_their_service(demo: Network) -> None:
    (namespace,) = demo.namespaces.values()
    (service,) = demo.discovery_services.values()
    addresses = {demo.interfaces[each.interface_id or ""].address for each in demo.tasks.values()}
    name = f"{service.name}.{namespace.name}"
    assert addresses
    assert told(demo, name) == addresses
    without = {each.id for each in service.instances}
    answer = zones_of(demo, without=without).answer(name, "A")
    assert answer is not None
    assert not answer.exists


def test_a_system_without_endpoints_finds_the_services_on_the_internet(systems: dict[str, Deployed]) -> None:
    network = systems["nat-single"].network
    used = endpoints(network, "Interface")
    for service, name in (("ecr.api", f"api.ecr.{END}"), ("kms", f"kms.{END}")):
        (address, *more) = told(network, name)
        assert (address in VPC) == (service in used)
        assert (address in MADE_UP) == (service not in used)
        assert bool(more) <= (service in used)
    (address,) = told(network, "docker.io")
    assert address in MADE_UP
