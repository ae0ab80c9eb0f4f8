"""An agent at work in a network of its own, whose AWS is here and says what a test wants it to say.

`play` runs this same file as the first process of its own namespaces.  The names of AWS lead to 127.0.0.2
there, or to where a test says: `SILENT` swallows packets, `CLOSED` refuses them.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import trustme
from dnslib import RCODE, DNSRecord

from private_fargate.fabric.privileges import unshare_command

if TYPE_CHECKING:
    from agent_images import Image

ROOT = Path(__file__).resolve().parents[2]
OPEN, CLOSED, SILENT = "127.0.0.2", "127.0.0.3", "10.9.0.9"
REGION, ACCOUNT = "us-east-1", "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
STORE = f"prod-{REGION}-starport-layer-bucket.s3.{REGION}.amazonaws.com"
API = {
    name: f"{name}.{REGION}.amazonaws.com"
    for name in ("api.ecr", "logs", "secretsmanager", "ssm", "ssmmessages")
}
TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/demo/0123456789abcdef"
KEYS = {"access_key": "ASIATEST", "secret_key": "secret", "session_token": "token", "role_arn": "arn:role"}
TOKEN = base64.b64encode(b"AWS:password").decode()


@dataclass
class Scene:
    """What there is, and what the agent is told.

    Attributes:
        hosts: where names lead, if not to the AWS that answers.
        unknown: names that lead nowhere.
        blobs: by digest, as text that stands for bytes.
        answers: what an operation answers: `[status, body]`.
        challenges: by host, what a registry says to whoever shows no credentials.
        stop_after: seconds from the containers' start to SIGTERM.
        one_user: whether only root is there, as for somebody without privileges.
        trusted: whether the agent believes the certificates.
    """

    order: dict[str, Any]
    hosts: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    manifests: dict[str, str] = field(default_factory=dict)
    blobs: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)
    stop_after: float | None = None
    one_user: bool = False
    trusted: bool = True

    def push(self, image: Image, name: str = "web:1") -> Scene:
        repository, _, tag = name.partition(":")
        for key, content in image.manifests(tag).items():
            self.manifests[f"{repository}/{key}"] = _text(content)
        self.blobs |= {key: _text(content) for key, content in image.blobs().items()}
        return self


@dataclass
class Played:
    """What came of it: the events, in order, and what AWS was asked."""

    events: list[dict[str, Any]]
    asked: list[dict[str, Any]]
    seconds: float
    errors: str

    def steps(self) -> list[str]:
        return [each["step"] for each in self.events if each["event"] == "step"]

    def step(self, name: str) -> dict[str, Any]:
        return next(each for each in self.events if each["event"] == "step" and each["step"] == name)

    @property
    def end(self) -> dict[str, Any]:
        assert self.events, self.errors
        return self.events[-1]

    def lines(self) -> list[str]:
        """Return what the containers printed, as it came to CloudWatch."""
        return [
            event["message"]
            for each in self.asked
            if each["operation"] == "PutLogEvents"
            for event in each["content"]["logEvents"]
        ]


def order(*containers: dict[str, Any], mode: str = "run", **more: Any) -> dict[str, Any]:
    """Return an order for a task of these containers."""
    task = {
        "arn": TASK,
        "cluster_arn": "arn:cluster",
        "service": None,
        "definition_arn": "arn:definition",
        "subnet_id": "subnet-1",
        "interface_id": "eni-1",
        "containers": [container(**each) for each in containers],
        "execution_role_arn": "arn:role",
        "task_role_arn": None,
        "last_status": "PENDING",
        **more.pop("task", {}),
    }
    return {
        "mode": mode,
        "region": REGION,
        "account": ACCOUNT,
        "cluster": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/demo",
        "task": task,
        "credentials": KEYS,
        "task_credentials": None,
        "patience": 0.5,
        **more,
    }


def container(**more: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "image": f"{REGISTRY}/web:1",
        "is_essential": True,
        "log_driver": "awslogs",
        "log_options": {"awslogs-group": "/web", "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"},
        "ports": [],
        "secrets": {},
        **more,
    }


def play(scene: Scene) -> Played:
    """Let it happen, and return what came of it."""
    own = ["--user", "--map-root-user"] if scene.one_user else []
    command = [*unshare_command(), "--net", sys.executable, str(Path(__file__).resolve())]
    if own and "--user" not in command:
        command[1:1] = own
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests/support'}"},
        input=json.dumps(asdict(scene)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Played(**json.loads(done.stdout))


def _text(content: bytes) -> str:
    return content.decode("latin-1")


class _Aws(BaseHTTPRequestHandler):
    """All that AWS answers in a scene."""

    protocol_version = "HTTP/1.1"
    scene: Scene
    asked: list[dict[str, Any]]

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._registry()

    def do_GET(self) -> None:
        self._registry()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        host, target = self.headers["Host"], self.headers.get("X-Amz-Target", "")
        operation = target.rpartition(".")[2] or self.path
        content = json.loads(body or b"{}")
        self.asked.append({"host": host, "operation": operation, "content": content})
        status, answer = self.scene.answers.get(operation, self._usual(operation))
        self._send(status, json.dumps(answer).encode())

    def _usual(self, operation: str) -> list[Any]:
        if operation == "GetAuthorizationToken":
            return [200, {"authorizationData": [{"authorizationToken": TOKEN}]}]
        return [201 if operation.startswith("/v1/") else 200, {}]

    def _registry(self) -> None:
        host, (_, _, path, query, _) = self.headers["Host"], urlsplit(self.path)
        authorization = self.headers.get("Authorization", "")
        self.asked.append(
            {
                "host": host,
                "operation": f"{self.command} {path}",
                "query": query,
                "authorization": authorization,
            }
        )
        if host in self.scene.challenges and not authorization:
            self._send(401, b"{}", {"WWW-Authenticate": self.scene.challenges[host]})
        elif path == "/token":
            self._send(200, b'{"token": "given"}')
        elif f"{self.command} {path}" in self.scene.answers:
            status, answer = self.scene.answers[f"{self.command} {path}"]
            self._send(status, answer.encode("latin-1"))
        elif "/manifests/" in path:
            repository, _, key = path.removeprefix("/v2/").partition("/manifests/")
            self._give(self.scene.manifests.get(f"{repository}/{key}"))
        elif host == STORE:
            self._give(self.scene.blobs.get(path.lstrip("/")))
        else:
            digest = path.rpartition("/")[2]
            self._send(307, b"", {"Location": f"https://{STORE}/{digest}?X-Amz-Signature=secret"})

    def _give(self, content: str | None) -> None:
        if content is None:
            self._send(404, b"{}")
        else:
            self._send(200, content.encode("latin-1"))

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main() -> None:
    """Build the network, let the agent work in it, and say what came of it."""
    scene = Scene(**json.loads(sys.stdin.read()))
    _run("mount", "-t", "tmpfs", "tmpfs", "/run")
    _build_network()
    folder = Path("/run/stage")
    folder.mkdir()
    authority = trustme.CA()
    believed = authority if scene.trusted else trustme.CA()
    believed.cert_pem.write_to_path(str(folder / "ca.pem"))
    names = [REGISTRY, STORE, *API.values(), *scene.hosts]
    _write_names(folder, {name: OPEN for name in names if name not in scene.unknown} | scene.hosts)
    asked: list[dict[str, Any]] = []
    _open_aws(scene, authority, names, asked)
    wanted = {**scene.order, "ca": str(folder / "ca.pem"), "folder": str(folder / "task")}
    begun = time.monotonic()
    events, errors = _watch_agent(wanted, scene.stop_after)
    left = [str(each) for each in (folder / "task").rglob("*")] if scene.order["mode"] == "run" else []
    assert not left, left
    sys.stdout.write(json.dumps(asdict(Played(events, asked, time.monotonic() - begun, errors))))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _build_network() -> None:
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    _run("ip", "address", "add", "10.9.0.1/24", "dev", "v0")
    _run("ip", "link", "set", "v0", "up")
    _run("ip", "link", "set", "v1", "up")
    _run("ip", "neighbour", "add", SILENT, "lladdr", "02:00:00:00:00:09", "dev", "v0")


def _write_names(folder: Path, hosts: dict[str, str]) -> None:
    lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in hosts.items())]
    (folder / "hosts").write_text("\n".join([*lines, ""]))
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    for name in ("hosts", "resolv.conf"):
        target = Path("/etc", name).resolve()
        if not target.exists():  # it led below /run
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        _run("mount", "--bind", str(folder / name), str(target))
    resolver = socket.socket(type=socket.SOCK_DGRAM)
    resolver.bind(("127.0.0.1", 53))
    threading.Thread(target=_know_nothing, args=(resolver,), daemon=True).start()


def _know_nothing(resolver: socket.socket) -> None:
    while True:
        question, client = resolver.recvfrom(512)
        answer = DNSRecord.parse(question).reply()
        answer.header.rcode = RCODE.NXDOMAIN
        resolver.sendto(answer.pack(), client)


def _open_aws(scene: Scene, authority: trustme.CA, names: list[str], asked: list[dict[str, Any]]) -> None:
    handler = type("Aws", (_Aws,), {"scene": scene, "asked": asked})
    server = ThreadingHTTPServer((OPEN, 443), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _watch_agent(wanted: dict[str, Any], stop_after: float | None) -> tuple[list[dict[str, Any]], str]:
    agent = subprocess.Popen(
        [sys.executable, "-m", "private_fargate.fabric.agent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert agent.stdin
    assert agent.stdout
    assert agent.stderr
    agent.stdin.write(json.dumps(wanted) + "\n")
    agent.stdin.close()
    events: list[dict[str, Any]] = []
    for line in agent.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == "running" and stop_after is not None:
            threading.Timer(stop_after, agent.send_signal, [signal.SIGTERM]).start()
    return events, agent.stderr.read()


if __name__ == "__main__":
    main()
