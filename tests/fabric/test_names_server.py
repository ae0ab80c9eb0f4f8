"""The resolver on real sockets: over UDP and TCP, and asked by the C library."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from dnslib import EDNS0, QTYPE, RCODE, DNSQuestion, DNSRecord
from handmade import Handmade

from private_fargate.fabric.names import Resolver, zones_of
from private_fargate.fabric.parts.workloads import DiscoveryInstance, DiscoveryService, Namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.fabric.model import Network

NAME = "nginx.demo.internal"
LONG = "x" * 60


def network(*addresses: str) -> Network:
    made = Handmade()
    made.subnet("subnet-a", "10.0.1.0/24")
    made.host("eni-task", "subnet-a", "10.0.1.5")
    service = DiscoveryService(
        id="srv-1",
        name="nginx",
        namespace_id="ns-1",
        lives={"A": 10},
        routing="MULTIVALUE",
        instances=instances(*addresses),
    )
    long = replace(
        service, id="srv-2", name=LONG, lives={"SRV": 10}, instances=instances(*[addresses[0]] * 8)
    )
    namespace = Namespace(id="ns-1", name="demo.internal")
    return replace(
        made.network(),
        namespaces={"ns-1": namespace},
        discovery_services={"srv-1": service, "srv-2": long},
    )


def instances(*addresses: str) -> tuple[DiscoveryInstance, ...]:
    return tuple(
        DiscoveryInstance(id=f"task-{number}", address=IPv4Address(each), port=80)
        for number, each in enumerate(addresses)
    )


class Server(NamedTuple):
    """A resolver, and where it listens."""

    resolver: Resolver
    address: tuple[str, int]

    def ask(self, name: str, kind: str = "A", *, tcp: bool = False, room: int | None = None) -> DNSRecord:
        question = DNSRecord(q=DNSQuestion(name, getattr(QTYPE, kind)))
        if room:
            question.add_ar(EDNS0(udp_len=room))
        return DNSRecord.parse(question.send(*self.address, tcp=tcp, timeout=5))


def bound() -> tuple[socket.socket, socket.socket]:
    """Return a socket of UDP and one of TCP with the same number, which must be free for both."""
    while True:
        udp, tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.bind(("127.0.0.1", 0))
        try:
            tcp.bind(udp.getsockname())
            tcp.listen()
        except OSError:
            udp.close()
            tcp.close()
        else:
            return udp, tcp


@pytest.fixture
def server() -> Iterator[Server]:
    udp, tcp = bound()
    resolver = Resolver(zones_of(network("10.0.1.5", "10.0.1.6")))
    resolver.serve(udp, tcp)
    yield Server(resolver, udp.getsockname())
    resolver.close()
    assert udp.fileno() == tcp.fileno() == -1


def told(reply: DNSRecord) -> set[str]:
    return {str(each.rdata) for each in reply.rr}


def code(reply: DNSRecord) -> str:
    return RCODE.get(reply.header.rcode)


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_an_answer_has_the_records_and_the_case_of_the_question(server: Server, *, tcp: bool) -> None:
    reply = server.ask("NGinx.Demo.internal", tcp=tcp)
    assert (code(reply), told(reply)) == ("NOERROR", {"10.0.1.5", "10.0.1.6"})
    assert {(str(each.rname), each.ttl) for each in reply.rr} == {("NGinx.Demo.internal.", 10)}
    assert (reply.header.qr, reply.header.ra, reply.header.rd, reply.header.aa) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("name", "kind", "expected", "zone"),
    [
        (NAME, "AAAA", "NOERROR", "demo.internal."),
        ("no.demo.internal", "A", "NXDOMAIN", "demo.internal."),
        ("docker.io", "AAAA", "NOERROR", "docker.io."),
        ("nginx", "A", "NXDOMAIN", "."),
    ],
)
def test_no_answer_comes_with_the_start_of_the_zone(
    server: Server, name: str, kind: str, expected: str, zone: str
) -> None:
    reply = server.ask(name, kind)
    assert (code(reply), told(reply)) == (expected, set())
    assert [(each.rtype, str(each.rname)) for each in reply.auth] == [(QTYPE.SOA, zone)]


def test_srv_and_ptr_records_are_understood_by_others(server: Server) -> None:
    reply = server.ask(f"{LONG}.demo.internal", "SRV", tcp=True)
    found = {
        (each.rdata.priority, each.rdata.weight, each.rdata.port, str(each.rdata.target)) for each in reply.rr
    }
    assert found == {(1, 1, 80, f"task-{number}.{LONG}.demo.internal.") for number in range(8)}
    assert told(server.ask("5.1.0.10.in-addr.arpa", "PTR")) == {"ip-10-0-1-5.ec2.internal."}


def test_what_has_no_room_over_udp_is_asked_again_over_tcp(server: Server) -> None:
    name = f"{LONG}.demo.internal"
    short = server.ask(name, "SRV")
    assert (short.header.tc, short.rr, len(short.pack()) <= 512) == (1, [], True)
    wide = server.ask(name, "SRV", room=4096)
    assert (wide.header.tc, len(wide.rr)) == (0, 8)
    assert [each.rtype for each in wide.ar] == [QTYPE.OPT]
    whole = server.ask(name, "SRV", tcp=True)
    assert (whole.header.tc, len(whole.rr)) == (0, 8)


def test_several_questions_go_over_one_connection(server: Server) -> None:
    with (
        socket.create_connection(server.address, timeout=5) as connection,
        connection.makefile("rb") as incoming,
    ):
        for name in (NAME, "docker.io", NAME):
            packet = DNSRecord.question(name).pack()
            connection.sendall(len(packet).to_bytes(2, "big") + packet)
            reply = DNSRecord.parse(incoming.read(int.from_bytes(incoming.read(2), "big")))
            assert (str(reply.q.qname), code(reply)) == (f"{name}.", "NOERROR")


def test_what_is_no_question_gets_no_answer_and_does_no_harm(server: Server) -> None:
    question = DNSRecord.question(NAME)
    nonsense = [
        b"",
        b"\0",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff" * 600,
        question.pack()[:-3],
        question.reply().pack(),
    ]
    loop = question.pack()[:12] + b"\xc0\x0c\0\1\0\1"
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.connect(server.address)
        for packet in [*nonsense, loop] * 20:
            client.send(packet)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(512)
    with socket.create_connection(server.address, timeout=5) as connection:
        connection.sendall(b"\0\3abc")
        assert connection.recv(10) == b""
    assert told(server.ask(NAME)) == {"10.0.1.5", "10.0.1.6"}


@pytest.mark.parametrize(("change", "expected"), [("opcode", "NOTIMP"), ("class", "REFUSED")])
def test_what_a_resolver_does_not_do_is_refused(server: Server, change: str, expected: str) -> None:
    question = DNSRecord.question(NAME, qclass="CH" if change == "class" else "IN")
    if change == "opcode":
        question.header.opcode = 2
    reply = DNSRecord.parse(question.send(*server.address, timeout=5))
    assert (code(reply), reply.rr) == (expected, [])


def test_a_record_that_dns_cannot_hold_is_a_failure_and_no_silence(server: Server) -> None:
    broken = network("10.0.1.5")
    service = replace(
        broken.discovery_services["srv-2"],
        instances=(DiscoveryInstance(id="x" * 64, address=IPv4Address("10.0.1.5"), port=80),),
    )
    server.resolver.replace(zones_of(replace(broken, discovery_services={"srv-2": service})))
    for _ in range(4):
        assert code(server.ask(f"{LONG}.demo.internal", "SRV")) == "SERVFAIL"
    assert code(server.ask("docker.io")) == "NOERROR"


def test_other_zones_are_answered_from_at_once(server: Server) -> None:
    assert told(server.ask(NAME)) == {"10.0.1.5", "10.0.1.6"}
    server.resolver.replace(zones_of(network("10.0.1.5", "10.0.1.6"), without={"task-0"}))
    assert told(server.ask(NAME)) == {"10.0.1.6"}


def test_without_dns_support_there_is_silence(server: Server) -> None:
    silent = network("10.0.1.5")
    server.resolver.replace(zones_of(replace(silent, vpc=replace(silent.vpc, has_dns_support=False))))
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(0.3)
        client.sendto(DNSRecord.question(NAME).pack(), server.address)
        with pytest.raises(TimeoutError):
            client.recv(512)
    assert [(each.name, each.code) for each in server.resolver.questions] == [(NAME, "")]


def test_questions_are_remembered_with_their_answers(server: Server) -> None:
    server.ask(NAME)
    server.ask("no.demo.internal", tcp=True)
    first, second = server.resolver.questions
    assert (first.client, first.name, first.type, first.code) == ("127.0.0.1", NAME, "A", "NOERROR")
    assert set(first.answer) == {"10.0.1.5", "10.0.1.6"}
    assert (second.name, second.code, second.answer) == ("no.demo.internal", "NXDOMAIN", ())


def test_many_ask_at_once(server: Server) -> None:
    def many(_: int) -> int:
        return sum(told(server.ask(NAME)) == {"10.0.1.5", "10.0.1.6"} for _ in range(25))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(many, range(8))) == 200


def test_a_closed_resolver_leaves_no_thread() -> None:
    before = threading.active_count()
    resolver = Resolver(zones_of(network("10.0.1.5")))
    resolver.serve(*bound())
    assert threading.active_count() == before + 3
    resolver.close()
    assert threading.active_count() == before


IN_NAMESPACES = """
import socket, subprocess, sys
from pathlib import Path
from test_names_server import NAME, network
from private_fargate.fabric.names import Resolver, zones_of

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["ip", "address", "add", "10.0.1.9/32", "dev", "lo"], check=True)  # or nobody asks for IPv4
Path("/run/resolv.conf").write_text("nameserver 127.0.0.53\\noptions timeout:1 attempts:1\\n")
Path("/run/nsswitch.conf").write_text("hosts: dns\\n")
subprocess.run(["mount", "--bind", "/run/resolv.conf", "/etc/resolv.conf"], check=True)
subprocess.run(["mount", "--bind", "/run/nsswitch.conf", "/etc/nsswitch.conf"], check=True)
udp, tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
for each in (udp, tcp):
    each.bind(("127.0.0.53", 53))
tcp.listen()
resolver = Resolver(zones_of(network("10.0.1.5", "10.0.1.6")))
resolver.serve(udp, tcp)
for name in sys.argv[1:]:
    done = subprocess.run(["getent", "ahostsv4", name], capture_output=True, text=True)
    print(name, done.returncode, *sorted({line.split()[0] for line in done.stdout.splitlines()}))
done = subprocess.run(["getent", "hosts", "10.0.1.5"], capture_output=True, text=True)
print(*done.stdout.split())
"""


def test_the_c_library_finds_names_and_addresses(tmp_path: Any) -> None:
    script = tmp_path / "asking.py"
    script.write_text(IN_NAMESPACES)
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--kill-child"]
    shell = 'mount -t tmpfs tmpfs /run && exec "$@"'
    done = subprocess.run(
        [
            *unshare,
            "sh",
            "-c",
            shell,
            "sh",
            sys.executable,
            str(script),
            NAME,
            "no.demo.internal",
            "docker.io",
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found, unknown, public, back = done.stdout.splitlines()
    assert found == f"{NAME} 0 10.0.1.5 10.0.1.6"
    assert unknown == "no.demo.internal 2"
    assert public.startswith("docker.io 0 198.19.")
    assert back == "10.0.1.5 ip-10-0-1-5.ec2.internal"
