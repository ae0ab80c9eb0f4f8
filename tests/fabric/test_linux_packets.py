"""Real packets through networks written by hand: each meets what it would meet on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from handmade import ANYWHERE, EVERYTHING, FREE, OPEN, Handmade, entry, route, rule, tcp
from packets import Attempt, Experiment, Listener, Outcome, send

from private_fargate.fabric.linux import plan
from private_fargate.fabric.parts.filters import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.fabric

SILENCE = "silence"
PING = Traffic(protocol="icmp", icmp_type=8, icmp_code=0)
RESOLVER, AMAZON_DNS = "10.0.0.2", "169.254.169.253"
S3, ELSEWHERE = "52.216.1.1", "93.184.216.34"
VISITOR = "192.0.2.1"  # the address of the plan for whoever calls from the internet


def run(made: Handmade, attempts: Iterable[Attempt], *listeners: Listener) -> Outcome:
    """Send, with something that listens on TCP port 80 wherever packets can end."""
    planned = plan(made.network())
    everywhere = [Listener(space=each.name) for each in planned.spaces if each.name != "router"]
    (outcome,) = send(Experiment(plan=planned, listeners=[*everywhere, *listeners], attempts=list(attempts)))
    return outcome


def check(made: Handmade, expected: dict[Attempt, str], *listeners: Listener) -> Outcome:
    outcome = run(made, expected, *listeners)
    assert dict(zip(expected, outcome.answers, strict=True)) == expected
    return outcome


def to(space: str, address: str, port: int = 80) -> Attempt:
    return Attempt(space=space, to=address, port=port)


def ping(space: str, address: str) -> Attempt:
    return Attempt(space=space, to=address, protocol="icmp")


def two_subnets(*, first_acl: str = OPEN, second_acl: str = OPEN) -> Handmade:
    made = Handmade()
    made.subnet("subnet-a", "10.0.1.0/24", acl=first_acl)
    made.subnet("subnet-b", "10.0.2.0/24", acl=second_acl)
    return made


def test_security_groups_judge_by_membership_port_and_protocol() -> None:
    made = two_subnets()
    made.prefix_list("pl-a", "10.0.1.16/30", "2001:db8::/32")
    made.group("sg-web", rule("out", tcp(80, 81), "sg-api"), rule("out", PING, ANYWHERE))
    made.group("sg-api", rule("in", tcp(80), "sg-web"), rule("in", tcp(82), "pl-a"))
    made.group("sg-ping", rule("in", PING, "10.0.0.0/8"))
    made.group("sg-strangers", rule("in", EVERYTHING, "sg-of-another-vpc"), rule("in", tcp(80), "::/0"))
    made.host("eni-web", "subnet-a", "10.0.1.10", "sg-web")
    made.host("eni-free", "subnet-a", "10.0.1.17", FREE)
    made.host("eni-api", "subnet-b", "10.0.2.10", "sg-api")
    made.host("eni-both", "subnet-b", "10.0.2.11", "sg-api", "sg-ping")
    made.host("eni-strange", "subnet-b", "10.0.2.12", "sg-strangers", "sg-unknown")
    made.host("eni-balancer", "subnet-b", "10.0.2.13", kind="load balancer")
    outcome = check(
        made,
        {
            to("eni-web", "10.0.2.10"): "eni-api saw 10.0.1.10",
            to("eni-web", "10.0.2.11"): "eni-both saw 10.0.1.10",
            to("eni-web", "10.0.2.10", 81): SILENCE,  # the sender may, the receiver does not let it in
            to("eni-web", "10.0.2.10", 82): SILENCE,
            to("eni-web", "10.0.2.13"): SILENCE,
            to("eni-free", "10.0.2.13"): "eni-balancer saw 10.0.1.17",  # it has no group at all
            to("eni-free", "10.0.2.10"): SILENCE,
            to("eni-free", "10.0.2.10", 82): "eni-api saw 10.0.1.17",
            to("eni-free", "10.0.2.12"): SILENCE,
            to("eni-api", "10.0.1.17"): SILENCE,  # what answers others may call nobody
            to("eni-api", "10.0.2.10"): "eni-api saw 10.0.2.10",  # itself
            ping("eni-web", "10.0.2.11"): "echo",
            ping("eni-web", "10.0.2.10"): SILENCE,
        },
        Listener(space="eni-api", port=82),
    )
    assert outcome.met["eni-api"] == [
        "eni-api no rule in",
        "eni-api no rule out",
        "loopback",
        "sg reply",
        "sg-api#1 in",
        "sg-api#2 in",
    ]


def test_a_network_acl_forgets_and_judges_replies_too() -> None:
    made = two_subnets(first_acl="acl-a")
    made.acl("acl-a", entry(10, "out", tcp(80, 81), "10.0.2.0/24"), entry(10, "in", tcp(40000), ANYWHERE))
    made.host("eni-a", "subnet-a", "10.0.1.10", FREE)
    made.host("eni-near", "subnet-a", "10.0.1.11", FREE)
    made.host("eni-b", "subnet-b", "10.0.2.10", FREE)
    from_port = {
        number: Attempt(space="eni-a", to="10.0.2.10", source_port=number) for number in (40000, 40001)
    }
    question = Attempt(space="eni-a", to=RESOLVER, port=53, protocol="udp")
    made_up = Attempt(space="eni-a", to=AMAZON_DNS, port=53, protocol="udp")
    outcome = check(
        made,
        {
            from_port[40000]: "eni-b saw 10.0.1.10",
            from_port[40001]: SILENCE,
            to("eni-b", "10.0.1.10"): SILENCE,
            to("eni-a", "10.0.1.11"): "eni-near saw 10.0.1.10",  # nothing judges within a subnet
            question: "router saw 10.0.1.10",
            made_up: "router saw 10.0.1.10",
        },
        Listener(space="router", address=RESOLVER, port=53, protocol="udp"),
        Listener(space="router", address=AMAZON_DNS, port=53, protocol="udp"),
    )
    assert {"acl-a 10 out", "acl-a 10 in", "acl-a * in"} <= {*outcome.met["router"]}


def test_the_first_entry_of_an_acl_that_matches_decides() -> None:
    made = two_subnets(second_acl="acl-b")
    made.acl(
        "acl-b",
        entry(90, "in", tcp(80), "10.0.1.10/32", allows=False),
        entry(91, "in", tcp(80), "10.0.1.0/24"),
        entry(92, "in", tcp(80), "10.0.1.11/32", allows=False),
        entry(93, "in", Traffic(protocol="icmp", icmp_type=8), ANYWHERE),
        entry(94, "in", EVERYTHING, "::/0"),
        entry(10, "out", EVERYTHING, ANYWHERE),
    )
    made.host("eni-a", "subnet-a", "10.0.1.10", FREE)
    made.host("eni-c", "subnet-a", "10.0.1.11", FREE)
    made.host("eni-b", "subnet-b", "10.0.2.10", FREE)
    outcome = check(
        made,
        {
            to("eni-a", "10.0.2.10"): SILENCE,
            to("eni-c", "10.0.2.10"): "eni-b saw 10.0.1.11",
            ping("eni-a", "10.0.2.10"): "echo",
            ping("eni-b", "10.0.1.10"): SILENCE,  # the answer is no echo request
        },
    )
    assert {"acl-b 90 in", "acl-b 91 in", "acl-b 93 in", "acl-b * in"} <= {*outcome.met["router"]}
    assert "acl-b 92 in" not in outcome.met["router"]


def test_only_what_has_a_public_address_is_on_the_internet() -> None:
    made = Handmade()
    made.internet_gateway()
    made.table("rtb-public", route(ANYWHERE, "internet gateway", "igw-1"))
    made.subnet("subnet-p", "10.0.1.0/24", table="rtb-public")
    made.subnet("subnet-q", "10.0.2.0/24")
    made.group("sg-web", rule("in", tcp(80), ANYWHERE))
    made.host("eni-known", "subnet-p", "10.0.1.10", FREE, public="198.51.100.10")
    made.host("eni-web", "subnet-p", "10.0.1.11", "sg-web", public="198.51.100.11")
    made.host("eni-hidden", "subnet-p", "10.0.1.12", FREE)
    made.host("eni-lost", "subnet-q", "10.0.2.10", FREE, public="198.51.100.12")
    outcome = check(
        made,
        {
            to("eni-known", ELSEWHERE): "internet saw 198.51.100.10",
            ping("eni-known", ELSEWHERE): "echo",
            to("eni-known", "198.51.100.11"): "eni-web saw 198.51.100.10",  # out and in again
            to("eni-hidden", ELSEWHERE): SILENCE,
            to("eni-lost", ELSEWHERE): SILENCE,
            to("eni-web", ELSEWHERE): SILENCE,
            to("internet", "198.51.100.10"): f"eni-known saw {VISITOR}",
            to("internet", "198.51.100.11"): f"eni-web saw {VISITOR}",
            to("internet", "198.51.100.12"): SILENCE,  # the answer does not find back
            to("internet", "198.51.100.99"): SILENCE,
            to("internet", "10.0.1.10"): SILENCE,
            ping("internet", "198.51.100.11"): SILENCE,
        },
    )
    assert {
        "igw-1 no public address",
        "igw-1 nobody's address",
        "igw-1 in",
        "igw-1 out",
        "rtb-local 0.0.0.0/0",
    } <= {*outcome.met["router"]}


def behind_nat(*, s3: bool = False) -> Handmade:
    """Two private subnets in two zones, and a public one."""
    made = Handmade()
    made.internet_gateway()
    made.table("rtb-public", route(ANYWHERE, "internet gateway", "igw-1"))
    lists = [route("pl-s3", "endpoint", "vpce-s3")] if s3 else []
    for zone in ("a", "b"):
        made.table(f"rtb-{zone}", route(ANYWHERE, "NAT gateway", f"nat-{zone}"), *lists)
    made.subnet("subnet-p", "10.0.0.0/24", table="rtb-public")
    made.subnet("subnet-a", "10.0.1.0/24", table="rtb-a", zone="us-east-1a")
    made.subnet("subnet-b", "10.0.2.0/24", table="rtb-b", zone="us-east-1b")
    made.host("eni-a", "subnet-a", "10.0.1.10", FREE)
    made.host("eni-b", "subnet-b", "10.0.2.10", FREE)
    return made


def test_zonal_nat_gateways_show_their_own_address_and_let_nobody_in() -> None:
    made = behind_nat()
    made.zonal_nat("nat-a", "subnet-p", "10.0.0.20", "198.51.100.20")
    made.zonal_nat("nat-b", "subnet-p", "10.0.0.21", "198.51.100.21")
    made.host("eni-pub", "subnet-p", "10.0.0.30", FREE, public="198.51.100.30")
    made.host("eni-odd", "subnet-a", "10.0.1.11", FREE, public="198.51.100.31")
    outcome = check(
        made,
        {
            to("eni-a", ELSEWHERE): "internet saw 198.51.100.20",
            to("eni-b", ELSEWHERE): "internet saw 198.51.100.21",
            ping("eni-a", ELSEWHERE): "echo",
            to("eni-a", "198.51.100.30"): "eni-pub saw 198.51.100.20",
            to("eni-a", "10.0.0.30"): "eni-pub saw 10.0.1.10",
            to("eni-a", "10.0.0.20"): SILENCE,
            ping("eni-a", "10.0.0.20"): SILENCE,
            to("internet", "198.51.100.20"): SILENCE,
            ping("internet", "198.51.100.20"): SILENCE,
            to("internet", "198.51.100.31"): SILENCE,  # it is called, but its answer goes to the NAT gateway
        },
    )
    assert "sg-free#1 in" in outcome.met["eni-odd"]
    assert outcome.met["eni-nat-a"] == [
        "nat-a connection",
        "nat-a for itself",
        "nat-a no connection",
        "nat-a out",
        "nat-a translation",
    ]


@pytest.mark.parametrize("missing", [None, ("out", 80), ("in", 80), ("in", 45000), ("out", 45000)])
def test_what_a_zonal_nat_gateway_passes_crosses_the_border_of_its_subnet_four_times(
    missing: tuple[str, int] | None,
) -> None:
    made = behind_nat()
    made.subnet("subnet-p", "10.0.0.0/24", table="rtb-public", acl="acl-p")
    allowed = [(side, port) for side in ("in", "out") for port in (80, 45000)]
    made.acl(
        "acl-p",
        *(
            entry(number, "in" if side == "in" else "out", tcp(port), ANYWHERE)
            for number, (side, port) in enumerate(allowed, start=1)
            if (side, port) != missing
        ),
    )
    made.zonal_nat("nat-a", "subnet-p", "10.0.0.20", "198.51.100.20")
    expected = SILENCE if missing else "internet saw 198.51.100.20"
    check(made, {Attempt(space="eni-a", to=ELSEWHERE, source_port=45000): expected})


def test_one_nat_gateway_serves_every_zone_but_no_route_that_leads_back_to_it() -> None:
    made = behind_nat()
    for table in ("rtb-a", "rtb-b"):
        made.table(table, route(ANYWHERE, "NAT gateway", "nat-1"))
    back = route("1.0.0.0/8", "NAT gateway", "nat-1")
    made.table("rtb-public", route(ANYWHERE, "internet gateway", "igw-1"), back)
    made.host("eni-p", "subnet-p", "10.0.0.30", FREE)
    made.zonal_nat("nat-1", "subnet-p", "10.0.0.20", "198.51.100.20")
    check(
        made,
        {
            to("eni-a", ELSEWHERE): "internet saw 198.51.100.20",
            to("eni-b", ELSEWHERE): "internet saw 198.51.100.20",
            to("eni-p", ELSEWHERE): SILENCE,
            to(
                "eni-p", "1.1.1.1"
            ): SILENCE,  # what the gateway sends there comes back to it by the same route
        },
    )


def test_a_regional_nat_gateway_shows_the_address_of_the_zone() -> None:
    made = behind_nat()
    made.table("rtb-nat", route(ANYWHERE, "internet gateway", "igw-1"))
    for table in ("rtb-a", "rtb-b"):
        made.table(table, route(ANYWHERE, "NAT gateway", "nat-r"))
    made.regional_nat("nat-r", "rtb-nat", us_east_1a="198.51.100.31", us_east_1b="198.51.100.32")
    outcome = check(
        made,
        {
            to("eni-a", ELSEWHERE): "internet saw 198.51.100.31",
            to("eni-b", ELSEWHERE): "internet saw 198.51.100.32",
            ping("eni-b", ELSEWHERE): "echo",
            to("internet", "198.51.100.31"): SILENCE,
        },
    )
    assert "nat-r no connection" in outcome.met["nat-r"]


@pytest.mark.parametrize(("table", "answer"), [(None, "internet saw 198.19.0.1"), ("rtb-local", SILENCE)])
def test_a_regional_nat_gateway_leaves_by_its_own_route_table(table: str | None, answer: str) -> None:
    """One without a table, and without addresses, is as AWS makes it; EC2 just did not say so."""
    made = behind_nat()
    made.table("rtb-a", route(ANYWHERE, "NAT gateway", "nat-r"))
    made.regional_nat("nat-r", table)
    check(made, {to("eni-a", ELSEWHERE): answer})


def test_a_nat_gateway_that_is_not_ready_or_has_no_public_address_leads_nowhere() -> None:
    made = behind_nat()
    made.zonal_nat("nat-a", "subnet-p", "10.0.0.20", "198.51.100.20", state="pending")
    made.zonal_nat("nat-b", "subnet-p", "10.0.0.21", None)
    outcome = check(made, {to("eni-a", ELSEWHERE): SILENCE, to("eni-b", ELSEWHERE): SILENCE})
    assert {"rtb-a 0.0.0.0/0", "igw-1 no public address"} <= {*outcome.met["router"]}


def test_a_gateway_endpoint_is_nearer_than_a_nat_gateway_and_only_while_it_is_available() -> None:
    made = behind_nat(s3=True)
    made.prefix_list("pl-s3", "52.216.0.0/15", "2600:1f00::/24")
    made.endpoint("vpce-s3")
    made.zonal_nat("nat-a", "subnet-p", "10.0.0.20", "198.51.100.20")
    made.acl("acl-b", entry(1, "out", tcp(80), "52.216.0.0/15"), entry(1, "in", tcp(45000), "52.216.0.0/15"))
    made.subnet("subnet-b", "10.0.2.0/24", table="rtb-b", acl="acl-b")
    made.subnet("subnet-p", "10.0.0.0/24", table="rtb-public", acl="acl-of-nobody")
    check(
        made,
        {
            to("eni-a", S3): "vpce-s3 saw 10.0.1.10",
            to("eni-a", ELSEWHERE): SILENCE,
            Attempt(space="eni-b", to=S3, source_port=45000): "vpce-s3 saw 10.0.2.10",
            Attempt(space="eni-b", to=S3, source_port=45001): SILENCE,
            to("vpce-s3", "10.0.1.10"): SILENCE,  # it answers, and calls nobody
        },
    )
    made.endpoint("vpce-s3", state="pending")
    made.subnet("subnet-p", "10.0.0.0/24", table="rtb-public")
    check(made, {to("eni-a", S3): SILENCE, to("eni-a", ELSEWHERE): "internet saw 198.51.100.20"})


def test_what_leads_nowhere_is_dropped_without_a_word() -> None:
    made = Handmade()
    made.table(
        "rtb-a",
        route(ANYWHERE, "internet gateway", "igw-gone"),
        route("192.168.0.0/16", "transit gateway", "tgw-1"),
        route("192.168.7.0/24", "peering connection", "pcx-1", gone=True),
        route("::/0", "egress-only internet gateway", "eigw-1"),
    )
    made.subnet("subnet-a", "10.0.1.0/24", table="rtb-a")
    made.host("eni-a", "subnet-a", "10.0.1.10", FREE)
    nowhere = (ELSEWHERE, "192.168.1.1", "192.168.7.1", "10.0.9.9", "10.0.1.1", "169.254.240.5")
    outcome = check(made, {to("eni-a", address): SILENCE for address in nowhere})
    routes = {"rtb-a 0.0.0.0/0", "rtb-a 10.0.0.0/16", "rtb-a 192.168.0.0/16", "rtb-a 192.168.7.0/24"}
    assert routes | {"router in"} <= {*outcome.met["router"]}
    assert not {each for each in outcome.met["router"] if each.startswith("acl-")}


def test_an_instance_passes_packets_on_unless_its_addresses_are_checked() -> None:
    made = Handmade()
    made.internet_gateway()
    made.table("rtb-public", route(ANYWHERE, "internet gateway", "igw-1"))
    made.table("rtb-a", route(ANYWHERE, "interface", "eni-nat"))
    made.table("rtb-b", route(ANYWHERE, "interface", "eni-plain"))
    made.subnet("subnet-p", "10.0.0.0/24", table="rtb-public")
    made.subnet("subnet-a", "10.0.1.0/24", table="rtb-a")
    made.subnet("subnet-b", "10.0.2.0/24", table="rtb-b")
    made.group("sg-nat", rule("in", tcp(80), "10.0.0.0/16"), rule("out", tcp(80, 81), ANYWHERE))
    made.host("eni-nat", "subnet-p", "10.0.0.20", "sg-nat", public="198.51.100.20", checks=False)
    made.host("eni-plain", "subnet-p", "10.0.0.21", FREE, public="198.51.100.21")
    made.host("eni-a", "subnet-a", "10.0.1.10", FREE)
    made.host("eni-b", "subnet-b", "10.0.2.10", FREE)
    outcome = check(
        made,
        {
            to("eni-a", ELSEWHERE): "internet saw 198.51.100.20",
            to("eni-a", ELSEWHERE, 81): SILENCE,  # its group lets it out, but not in
            to("eni-b", ELSEWHERE): SILENCE,
            Attempt(space="eni-b", to="10.0.1.10", source="10.0.2.99"): SILENCE,
        },
        Listener(space="internet", port=81),
    )
    assert "eni-plain check for" in outcome.met["eni-plain"]
    assert "eni-b check from" in outcome.met["eni-b"]
    assert "eni-nat no rule in" in outcome.met["eni-nat"]


def test_a_route_to_a_subnet_goes_before_the_local_one() -> None:
    """So a firewall comes in between.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/middlebox-routing.html
    """
    made = Handmade()
    made.table("rtb-a", route("10.0.2.0/24", "interface", "eni-wall"))
    made.table("rtb-b", route("10.0.1.0/24", "interface", "eni-wall"))
    made.table("rtb-w")
    made.subnet("subnet-a", "10.0.1.0/24", table="rtb-a")
    made.subnet("subnet-b", "10.0.2.0/24", table="rtb-b")
    made.subnet("subnet-w", "10.0.3.0/24", table="rtb-w")
    made.group("sg-wall", *(rule(side, tcp(80), "10.0.0.0/16") for side in ("in", "out")))
    made.host("eni-wall", "subnet-w", "10.0.3.10", "sg-wall", checks=False)
    made.host("eni-a", "subnet-a", "10.0.1.10", FREE)
    made.host("eni-b", "subnet-b", "10.0.2.10", FREE)
    outcome = check(
        made,
        {
            to("eni-a", "10.0.2.10"): "eni-b saw 10.0.1.10",
            to("eni-a", "10.0.2.10", 81): SILENCE,
        },
        Listener(space="eni-b", port=81),
    )
    assert {"sg-wall#1 in", "sg-wall#2 out", "sg reply", "eni-wall no rule in"} <= {*outcome.met["eni-wall"]}
