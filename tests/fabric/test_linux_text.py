"""What the plan of a network says, where no packet could tell."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from handmade import ANYWHERE, EVERYTHING, FREE, Handmade, entry, route, rule, tcp

from private_fargate.fabric.linux import ANYWHERE as EVERY_ADDRESS
from private_fargate.fabric.linux import INTERNET, ROUTER, Door, Plan, plan
from private_fargate.fabric.model import Network

COMMENT = re.compile(r'comment "([^"]*)"')
VERDICT = re.compile(r"\b(accept|drop)\b(?! ?;)(?! comment)")


@pytest.fixture
def made() -> Handmade:
    made = Handmade(blocks=("10.0.0.0/16", "10.1.0.0/24"))
    made.internet_gateway()
    made.table(
        "rtb-public", route(ANYWHERE, "internet gateway", "igw-1"), route("::/0", "internet gateway", "igw-1")
    )
    made.table("rtb-private", route(ANYWHERE, "NAT gateway", "nat-1"), route("pl-s3", "endpoint", "vpce-s3"))
    made.acl("acl-1", entry(1, "in", EVERYTHING, "::/0"), entry(2, "in", tcp(443), ANYWHERE))
    made.subnet("subnet-p", "10.0.0.0/24", table="rtb-public", acl="acl-1")
    made.subnet("subnet-a", "10.1.0.0/26", table="rtb-private")
    made.group(
        "sg-web",
        rule("in", tcp(80), "10.0.0.0/16"),
        rule("in", tcp(80), "::/0"),
        rule("out", tcp(443), "pl-s3"),
    )
    made.prefix_list("pl-s3", "52.216.0.0/15", "2600::/32")
    made.host("eni-web", "subnet-a", "10.1.0.10", "sg-web", "sg-unknown")
    made.host("eni-api", "subnet-a", "10.1.0.11", FREE, kind="endpoint", owner="vpce-api")
    made.endpoint("vpce-api", "eni-api", kind="Interface")
    made.endpoint("vpce-s3")
    made.zonal_nat("nat-1", "subnet-p", "10.0.0.20", "198.51.100.20")
    made.regional_nat("nat-2", None)
    return made


def backwards(network: Network) -> Network:
    """Return the same network, in which everything was found in the opposite order."""
    mappings = {
        name: dict(reversed(getattr(network, name).items()))
        for name in Network.__dataclass_fields__
        if isinstance(getattr(network, name), dict)
    }
    return replace(network, **mappings)


def space(found: Plan, name: str) -> str:
    (one,) = [each for each in found.spaces if each.name == name]
    return one.links + one.rules


def test_the_same_network_gives_the_same_text(made: Handmade) -> None:
    network = made.network()
    assert plan(network) == plan(backwards(network))


def test_every_rule_that_decides_has_a_comment_with_a_meaning(made: Handmade) -> None:
    found = plan(made.network())
    for each in found.spaces:
        assert not VERDICT.findall(each.rules), each.rules
        assert set(COMMENT.findall(each.rules)) <= found.meanings.keys()
    assert all(len(comment.encode()) < 128 and meaning for comment, meaning in found.meanings.items())


def test_meanings_are_in_the_words_of_aws(made: Handmade) -> None:
    meanings = plan(made.network()).meanings
    assert meanings["sg-web#1 in"] == "security group web (sg-web): in, tcp 80, from 10.0.0.0/16"
    assert (
        meanings["sg-web#3 out"]
        == "security group web (sg-web): out, tcp 443, to prefix list list pl-s3 (pl-s3)"
    )
    assert meanings["acl-1 2 in"] == "network ACL acl-1: entry 2, in, allows tcp 443, from 0.0.0.0/0"


def test_nothing_is_said_about_version_6(made: Handmade) -> None:
    text = "".join(each.links + each.rules for each in plan(made.network()).spaces)
    assert "::" not in text
    assert "2600" not in text


def test_links_are_made_before_they_are_used(made: Handmade) -> None:
    found = plan(made.network())
    assert found.spaces[0].name == ROUTER
    ends = re.findall(r"peer name eth0 netns (\S+)", found.spaces[0].links)
    assert sorted(ends) == sorted(each.name for each in found.spaces[1:])
    names = re.findall(r"link add (\S+)", found.spaces[0].links)
    assert max(map(len, names)) <= 15
    assert len(set(names)) == len(names)


def test_somebody_listens_at_every_endpoint_and_on_the_internet(made: Handmade) -> None:
    made.endpoint("vpce-late", kind="Interface", state="pending")
    made.host("eni-late", "subnet-a", "10.1.0.12", kind="endpoint", owner="vpce-late")
    found = plan(made.network())
    assert found.doors == (
        Door(space=INTERNET, address=EVERY_ADDRESS, endpoint_id=None),
        Door(space="vpce-s3", address=EVERY_ADDRESS, endpoint_id="vpce-s3"),
        Door(space="eni-api", address=IPv4Address("10.1.0.11"), endpoint_id="vpce-api"),
    )
    assert found.space_of_interface == {each: each for each in ("eni-nat-1", "eni-web", "eni-api")}


def test_without_an_internet_gateway_there_is_no_internet(made: Handmade) -> None:
    made.internet_gateways.clear()
    found = plan(made.network())
    assert INTERNET not in {each.name for each in found.spaces}
    assert INTERNET not in found.spaces[0].links


def test_the_resolver_is_at_the_base_of_the_first_block_plus_two(made: Handmade) -> None:
    addresses = plan(made.network()).resolver_addresses
    assert addresses == (IPv4Address("10.0.0.2"), IPv4Address("169.254.169.253"))
    made.has_dns = False
    assert "resolver in" not in space(plan(made.network()), ROUTER)


def test_what_is_attached_to_nothing_that_runs_has_no_namespace(made: Handmade) -> None:
    network = made.network()
    loose = replace(network.interfaces["eni-web"], owner=None)
    found = plan(replace(network, interfaces={"eni-web": loose}))
    assert found.space_of_interface == {}


def test_a_plan_keeps_clear_of_the_addresses_of_the_network() -> None:
    """A made-up public address and that of a visitor are nobody else's."""
    made = Handmade()
    made.internet_gateway()
    made.subnet("subnet-p", "10.0.0.0/24")
    made.host("eni-a", "subnet-p", "10.0.0.10", FREE, public="198.19.0.1")
    made.host("eni-b", "subnet-p", "10.0.0.11", FREE, public="192.0.2.1")
    made.regional_nat("nat-1", None)
    found = plan(made.network())
    assert "snat to 198.19.0.2" in space(found, "nat-1")
    assert "src 192.0.2.2" in space(found, INTERNET)


def test_no_setting_is_left_to_the_machine(made: Handmade) -> None:
    spaces = {each.name: each.settings for each in plan(made.network()).spaces}
    forwarding = {name for name, each in spaces.items() if each["net.ipv4.ip_forward"] == "1"}
    assert forwarding == {ROUTER, INTERNET, "eni-nat-1", "nat-2"}
    for each in spaces.values():
        assert each["net.ipv4.conf.all.rp_filter"] == each["net.ipv4.conf.default.rp_filter"] == "0"
        assert each["net.ipv6.conf.default.disable_ipv6"] == "1"


def test_an_empty_vpc_has_a_router_and_nothing_else() -> None:
    made = Handmade(blocks=("172.31.0.0/16",))
    found = plan(made.network())
    assert [each.name for each in found.spaces] == [ROUTER]
    assert found.resolver_addresses[0] in IPv4Network("172.31.0.0/30")
