"""The demo with each way out: every task starts through its own network, and the jump host gets the page."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate import networking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from private_fargate.fabric.client import Keeper
    from tests.fabric.whole.systems import System

pytestmark = [pytest.mark.slow, pytest.mark.fabric, pytest.mark.emulator, pytest.mark.xdist_group("modes")]

MODES = ("nat-per-zone", pytest.param("nat-single", marks=pytest.mark.slow), "nat-regional", "none")
NATS = MODES[:3]
STEPS = ["registry auth", "log stream", "manifest", "layers", "unpack"]

AUTHORITY = "/run/fabric/certificates/authority.pem"
ADDRESS_SERVICE = "checkip.amazonaws.com"
ASKING = (
    "curl",
    "--silent",
    "--show-error",
    "--max-time",
    "1",
    "--cacert",
    AUTHORITY,
    f"https://{ADDRESS_SERVICE}",
)
SERVICE_RECORDS = """
import dnslib, sys
question = dnslib.DNSRecord.question(sys.argv[1], "SRV")
answer = dnslib.DNSRecord.parse(question.send("169.254.169.253", 53, timeout=3))
for record in answer.rr:
    print(record.rdata.port, str(record.rdata.target).rstrip("."))
"""


@dataclass(frozen=True, kw_only=True)
class Up:
    """A system whose network is up."""

    egress: str
    system: System
    keeper: Keeper

    def status(self) -> Any:
        return self.keeper.ask("status")

    def tasks(self, service: str = "nginx") -> list[Mapping[str, Any]]:
        return [each for each in self.status()["tasks"] if each["name"].partition(".")[0] == service]

    def addresses(self, service: str = "nginx") -> set[str]:
        return {each["address"] for each in self.tasks(service)}

    def run(self, place: str, *argv: str) -> Any:
        return self.keeper.ask("run", place=place, argv=list(argv), timeout=8)

    def said(self, place: str, *argv: str) -> str:
        done = self.run(place, *argv)
        assert done["code"] == 0, done["err"]
        return str(done["out"])

    def ask(self, service: str, operation: str, **arguments: Any) -> Any:
        return getattr(self.system.session.client(service), operation)(**arguments)


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest, system_with: Callable[[str], System]) -> Iterator[Up]:
    system = system_with(request.param)
    with system.network() as keeper:
        yield Up(egress=request.param, system=system, keeper=keeper)


def test_every_task_starts_and_did_all_that_ecs_does(mode: Up) -> None:
    services = {"nginx"} if mode.egress == "none" else {"nginx", "outward"}
    assert len(mode.status()["tasks"]) == 3 * len(services)
    for service in services:
        tasks = mode.tasks(service)
        assert len(tasks) == 3
        for task in tasks:
            assert (task["running"], task["stopped"]) == (True, None)
            assert [each["step"] for each in task["steps"] if each["holds"]] == STEPS
    assert networking.failures(mode.status(), ()) == []


def test_the_jump_host_gets_the_page_by_the_name_of_the_service(mode: Up) -> None:
    fetched = networking.fetch(mode.keeper, "jump-host", mode.system.url)
    assert fetched.came, fetched.why_not
    assert "Welcome to nginx!" in fetched.page


def test_the_name_has_the_address_of_every_task_and_no_other(mode: Up) -> None:
    lines = mode.said("jump-host", "getent", "ahostsv4", mode.system.host).splitlines()
    found = [line.split()[0] for line in lines if "STREAM" in line]
    assert len(found) == 3
    assert set(found) == mode.addresses()


def test_the_name_has_a_service_record_for_every_task(mode: Up) -> None:
    lines = mode.said("jump-host", sys.executable, "-c", SERVICE_RECORDS, mode.system.host).splitlines()
    ports, names = zip(*(line.split() for line in lines), strict=True)
    assert ports == ("80",) * 3
    found = [mode.said("jump-host", "getent", "ahostsv4", name).split()[0] for name in names]
    assert len(found) == 3
    assert set(found) == mode.addresses()


def test_each_image_came_by_the_endpoints_of_the_vpc(mode: Up) -> None:
    visits = mode.status()["visits"]
    for door, action in (("ecr.dkr", "ecr:BatchGetImage"), ("s3", "s3:GetObject")):
        came = {each["client"] for each in visits if each["entrance"] == door and action in each["what"]}
        assert mode.addresses() <= came
    assert {each["is_allowed"] for each in visits} == {True}
    assert {each["host"] for each in visits if each["entrance"] == "internet"} <= {ADDRESS_SERVICE}


def test_what_a_container_says_is_in_the_log_of_its_task(mode: Up) -> None:
    for task in mode.tasks():
        url = f"http://{task['address']}/{task['name']}"
        assert "404" in networking.fetch(mode.keeper, "jump-host", url).why_not
    caller = mode.status()["places"]["jump-host"]
    for task in mode.tasks():
        request = re.escape(f'"GET /{task["name"]} HTTP/1.1" 404 ')
        wanted = re.compile(f"^{re.escape(caller)} .*{request}", re.MULTILINE)
        deadline = time.monotonic() + 5
        while not wanted.search(lines := logged(mode, task)):
            assert time.monotonic() < deadline, lines
            time.sleep(0.05)


@pytest.mark.parametrize("mode", NATS, indirect=True)
def test_who_may_go_out_is_seen_as_the_gateway_of_its_zone(mode: Up) -> None:
    seen = {each["address"]: mode.said(each["name"], *ASKING).strip() for each in mode.tasks("outward")}
    assert seen == {address: gateway_of(mode, zone) for address, zone in zones(mode).items()}
    assert len(set(seen.values())) == (1 if mode.egress == "nat-single" else 3)


def test_who_may_not_go_out_does_not(mode: Up) -> None:
    before = mode.status()["visits"]
    asked = mode.run("nginx", *ASKING)
    assert (asked["code"], asked["out"]) == (28, "")  # curl's number for a time that is over
    assert "internet" not in {each["entrance"] for each in mode.status()["visits"][len(before) :]}


def logged(up: Up, task: Mapping[str, Any]) -> str:
    """Return the lines of a task's container, as CloudWatch Logs has them."""
    group, stream = next(each["subject"] for each in task["steps"] if each["step"] == "log stream").split()
    found = up.ask("logs", "get_log_events", logGroupName=group, logStreamName=stream, startFromHead=True)
    return "\n".join(each["message"] for each in found["events"])


def zones(up: Up) -> dict[str, str]:
    """Return the zone of each task that may go out, by its address."""
    vpc = [{"Name": "vpc-id", "Values": [up.system.vpc_id]}]
    interfaces = up.ask("ec2", "describe_network_interfaces", Filters=vpc)["NetworkInterfaces"]
    theirs = up.addresses("outward")
    return {
        each["PrivateIpAddress"]: each["AvailabilityZone"]
        for each in interfaces
        if each["PrivateIpAddress"] in theirs
    }


def gateway_of(up: Up, zone: str) -> str:
    """Return the public address that AWS says of the NAT gateway of a zone, or of the only one there is."""
    vpc = [{"Name": "vpc-id", "Values": [up.system.vpc_id]}]
    subnets = up.ask("ec2", "describe_subnets", Filters=vpc)["Subnets"]
    zone_of = {each["SubnetId"]: each["AvailabilityZone"] for each in subnets}
    found = {
        address.get("AvailabilityZone") or zone_of[gateway["SubnetId"]]: address["PublicIp"]
        for gateway in up.ask("ec2", "describe_nat_gateways", Filters=vpc)["NatGateways"]
        for address in gateway["NatGatewayAddresses"]
    }
    return str(found[zone] if len(found) > 1 else next(iter(found.values())))
