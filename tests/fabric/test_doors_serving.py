from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
from doorstep import endpoint, listen

from private_fargate.fabric.doors import Certificates, Entrance
from private_fargate.fabric.doors.messages import Answer, text
from private_fargate.fabric.doors.places import Here, Place, place_of
from private_fargate.fabric.doors.serving import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from private_fargate.fabric.doors.messages import Request

DOMAIN = "us-east-1.amazonaws.com"
HERE = Here(region="us-east-1", account="111122223333")


def describe(request: Request) -> Answer:
    """Say what came, and send large things piece by piece."""
    if request.path == "/pieces":
        return Answer(status=200, headers={}, body=(b"x" * 70_000 for _ in range(3)))
    if request.path == "/unread":
        return text(403, "no")
    seen, size = hashlib.sha256(), 0
    while request.body and (piece := request.body.read(65536)):
        seen.update(piece)
        size += len(piece)
    return text(200, f"{request.method} {request.host} {size} {seen.hexdigest()[:8]}")


@pytest.fixture
def served() -> Iterator[tuple[str, int]]:
    server, listener = Server(), listen()
    server.serve(listener, describe)
    yield listener.getsockname()
    server.close()


def say(address: tuple[str, int], words: bytes) -> bytes:
    """Send bytes as they are, and return all that comes back."""
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(words)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def until(client: socket.socket, end: bytes) -> bytes:
    """Return what comes up to and with an ending: an answer's head and body may come one by one."""
    received = b""
    while not received.endswith(end):
        piece = client.recv(65536)
        assert piece, f"closed after {received!r}"
        received += piece
    return received


def test_many_requests_use_one_connection(served: tuple[str, int]) -> None:
    client = http.client.HTTPConnection(*served)
    client.connect()
    kept = client.sock
    for method, body in (("GET", None), ("POST", b"abc"), ("PUT", b"x" * 1_000_000), ("DELETE", None)):
        client.request(method, "/", body)
        answer = client.getresponse()
        assert answer.read().decode().split()[:3] == [method, "127.0.0.1", str(len(body or b""))]
        assert client.sock is kept
    client.close()


def test_a_body_comes_in_chunks_or_whole(served: tuple[str, int]) -> None:
    client = http.client.HTTPConnection(*served)
    client.request("POST", "/", iter([b"abc", b"def" * 50_000]), encode_chunked=True)
    expected = hashlib.sha256(b"abc" + b"def" * 50_000).hexdigest()[:8]
    assert client.getresponse().read().decode().split()[2:] == ["150003", expected]
    client.request("HEAD", "/pieces")
    assert client.getresponse().read() == b""
    client.request("GET", "/pieces")
    assert client.getresponse().read() == b"x" * 210_000
    client.close()


def test_a_refusal_does_not_wait_for_a_body_and_the_next_request_is_heard(served: tuple[str, int]) -> None:
    client = http.client.HTTPConnection(*served)
    client.request("POST", "/unread", b"x" * 100_000)
    assert client.getresponse().read() == b"no\n"
    client.request("GET", "/")
    assert client.getresponse().status == 200
    client.close()


@pytest.mark.parametrize(
    "words",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\nx",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01 no HTTP at all\r\n\r\n",
    ],
)
def test_what_is_no_proper_request_is_refused_and_the_connection_ends(
    served: tuple[str, int], words: bytes
) -> None:
    assert b" 400 " in say(served, words).partition(b"\r\n")[0] + b" 400 " * (words[0] == 0x16)


def test_nobody_else_is_hurt_by_clients_that_go(served: tuple[str, int]) -> None:
    for words in (b"", b"GET", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", b"\r\n" * 9):
        say(served, words)
    before = threading.active_count()
    idle = [socket.create_connection(served) for _ in range(20)]
    assert b" 200 " in say(served, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    for each in idle:
        each.close()
    for thread in threading.enumerate():
        if thread.name == "caller":
            thread.join(10)
    assert threading.active_count() <= before


def test_a_closed_server_lets_nobody_in_and_ends_what_goes_on() -> None:
    server, listener = Server(), listen()
    server.serve(listener, describe)
    address = listener.getsockname()
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert until(client, b"e3b0c442\n")
        server.close()
        assert client.recv(65536) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=10)


def shaken(address: tuple[str, int], name: str, trusting: ssl.SSLContext) -> tuple[str | None, object]:
    """Return the version of TLS and the names in the certificate that a client verified."""
    with (
        socket.create_connection(address, timeout=10) as plain,
        trusting.wrap_socket(plain, server_hostname=name) as secured,
    ):
        certificate = secured.getpeercert() or {}
        return secured.version(), certificate.get("subjectAltName")


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[tuple[str, int], ssl.SSLContext]]:
    """Where something answers with TLS, and what a client needs to believe it."""
    certificates, server, listener = Certificates(tmp_path / "new"), Server(), listen()
    server.serve(listener, describe, certificates.context())
    yield listener.getsockname(), ssl.create_default_context(cafile=str(certificates.authority_file))
    server.close()
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["authority.pem"]


@pytest.mark.parametrize(
    "host", ["logs", "111122223333.dkr.ecr", "a.b.s3", "prod-x-starport-layer-bucket.s3"]
)
def test_a_name_gets_a_certificate_that_a_client_verifies(
    secured: tuple[tuple[str, int], ssl.SSLContext], host: str
) -> None:
    address, trusting = secured
    name = f"{host}.{DOMAIN}"
    assert shaken(address, name, trusting) == ("TLSv1.3", (("DNS", name),))


def test_older_clients_speak_an_older_tls_but_none_that_is_broken(
    secured: tuple[tuple[str, int], ssl.SSLContext],
) -> None:
    address, trusting = secured
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    assert shaken(address, f"logs.{DOMAIN}", trusting)[0] == "TLSv1.2"


def test_who_trusts_another_authority_does_not_come_in(
    secured: tuple[tuple[str, int], ssl.SSLContext], tmp_path: Path
) -> None:
    another = Certificates(tmp_path / "another")
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(secured[0], f"logs.{DOMAIN}", ssl.create_default_context(cafile=str(another.authority_file)))


def test_what_is_no_tls_and_what_is_no_name_hurts_nobody(
    secured: tuple[tuple[str, int], ssl.SSLContext],
) -> None:
    address, trusting = secured
    for words in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x10"):
        with socket.create_connection(address, timeout=10) as client:
            client.sendall(words)
    with pytest.raises(ssl.SSLError):
        shaken(address, "-no.name-", trusting)
    assert shaken(address, f"logs.{DOMAIN}", trusting)[0] == "TLSv1.3"


def test_many_clients_get_their_certificates_at_once(
    secured: tuple[tuple[str, int], ssl.SSLContext],
) -> None:
    address, trusting = secured
    failed: list[BaseException] = []

    def visit(number: int) -> None:
        try:
            shaken(address, f"x{number % 4}.{DOMAIN}", trusting)
        except BaseException as error:  # noqa: BLE001 -- it is told by the thread that counts them
            failed.append(error)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failed


@pytest.mark.parametrize(
    ("host", "place"),
    [
        (f"logs.{DOMAIN}", Place(service="logs")),
        (f"api.ecr.{DOMAIN}", Place(service="ecr.api")),
        (f"111122223333.dkr.ecr.{DOMAIN}", Place(service="ecr.dkr", account="111122223333")),
        (f"s3.{DOMAIN}", Place(service="s3")),
        (f"my.bucket.s3.{DOMAIN}", Place(service="s3", bucket="my.bucket")),
        ("my-bucket.s3.amazonaws.com", Place(service="s3", bucket="my-bucket")),
        (f"firehose.{DOMAIN}", Place(service="kinesis-firehose")),
        (f"111122223333.ddb.{DOMAIN}", Place(service="dynamodb")),
        (f"ecs-a-3.{DOMAIN}", Place(service="ecs-agent")),
        ("application-signals.us-east-1.api.aws", Place(service="application-signals")),
        ("sts.amazonaws.com", Place(service="sts")),
        ("checkip.amazonaws.com", Place(service="checkip")),
        ("logs.eu-west-1.amazonaws.com", None),
        ("registry-1.docker.io", None),
        (f"logs.{DOMAIN}.evil.example", None),
        ("", None),
    ],
)
def test_a_host_leads_to_one_service(host: str, place: Place | None) -> None:
    internet = Entrance(name="internet", endpoint=None, vpc_id="vpc-1")
    assert place_of(host, internet, HERE) == place


@pytest.mark.parametrize(
    ("service", "host", "place"),
    [
        ("ecr.dkr", f"111122223333.dkr.ecr.{DOMAIN}", Place(service="ecr.dkr", account="111122223333")),
        ("ecr.dkr", f"api.ecr.{DOMAIN}", None),
        ("s3", f"b1.s3.{DOMAIN}", Place(service="s3", bucket="b1")),
        ("ssm", f"ssmmessages.{DOMAIN}", None),
        ("ssmmessages", f"ssmmessages.{DOMAIN}", Place(service="ssmmessages")),
        ("airflow.api", f"api.airflow.{DOMAIN}", Place(service="api.airflow")),
        ("logs", "checkip.amazonaws.com", None),
        ("logs", "vpce-0logs-abc.logs.us-east-1.vpce.amazonaws.com", Place(service="logs")),
        ("logs", "vpce-0logs-abc-us-east-1a.logs.us-east-1.vpce.amazonaws.com", Place(service="logs")),
        ("logs", "vpce-0other-abc.logs.us-east-1.vpce.amazonaws.com", None),
        (
            "s3",
            "b1.bucket.vpce-0s3-abc.s3.us-east-1.vpce.amazonaws.com",
            Place(service="s3", bucket="b1"),
        ),
        ("s3", "bucket.vpce-0s3-abc.s3.us-east-1.vpce.amazonaws.com", Place(service="s3")),
    ],
)
def test_an_endpoint_leads_to_its_own_service(service: str, host: str, place: Place | None) -> None:
    entrance = Entrance(name=service, endpoint=endpoint(service), vpc_id="vpc-1")
    assert place_of(host, entrance, HERE) == place


def test_china_has_a_domain_of_its_own() -> None:
    here = Here(region="cn-north-1", account="111122223333")
    internet = Entrance(name="internet", endpoint=None, vpc_id="vpc-1")
    assert place_of("logs.cn-north-1.amazonaws.com.cn", internet, here) == Place(service="logs")
    assert here.arn("ecr", "repository/a") == "arn:aws-cn:ecr:cn-north-1:111122223333:repository/a"
