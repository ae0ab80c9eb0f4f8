"""Doors on loopback addresses of this machine, and real clients that come to them by the names of AWS."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import urllib3
from botocore.config import Config
from described import ec2

from private_fargate.fabric.authority import Authority
from private_fargate.fabric.doors import Certificates, Doors, Entrance
from private_fargate.fabric.model import Network
from private_fargate.fabric.parts.places import Endpoint
from private_fargate.fabric.readers import places

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from private_fargate.deploy.session import Session
    from private_fargate.fabric.authority import Credentials

TASKS = "ecs-tasks.amazonaws.com"
REGION = "us-east-1"
VPC_ID = "vpc-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": "sts:AssumeRole"},
    ],
}


def allow(*actions: str, resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def anybody(*actions: str, resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return document(allow(*actions, resource=resource, Principal="*", **more))


def endpoint(service: str, policy: Mapping[str, Any] | None = None, *, kind: Any = "Interface") -> Endpoint:
    return Endpoint(
        id=f"vpce-0{service.replace('.', '')}",
        service_name=f"com.amazonaws.{REGION}.{service}",
        kind=kind,
        state="available",
        interface_ids=(),
        route_table_ids=frozenset(),
        group_ids=frozenset(),
        has_private_dns=True,
        names=(),
        policy=policy,
    )


def network(*endpoints: Endpoint) -> Network:
    return Network(
        region=REGION,
        vpc=places.vpc_of(ec2()),
        subnets={},
        route_tables={},
        internet_gateways={},
        nat_gateways={},
        endpoints={each.id: each for each in endpoints},
        prefix_lists={},
        acls={},
        groups={},
        interfaces={},
        instances={},
        tasks={},
        namespaces={},
        discovery_services={},
        load_balancers={},
        target_groups={},
    )


def listen(address: str = "127.0.0.1") -> socket.socket:
    return socket.create_server((address, 0))


class Doorstep:
    """An account with doors before it, of which each test opens those that it wants."""

    def __init__(self, aws: Session, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert aws.endpoint
        self.aws = aws
        self.account = str(aws.client("sts").get_caller_identity()["Account"])
        self.network = network()
        self.now = 1_800_000_000.0
        self.certificates = Certificates(folder)
        self.authority = Authority(aws, self.network)
        self.doors = Doors(
            aws.endpoint, REGION, self.account, self.authority, self.certificates, clock=lambda: self.now
        )
        self._made: list[str] = []
        self._names: dict[str, tuple[str, int]] = {}
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._find)
        for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):  # nothing of who runs the tests
            monkeypatch.setenv(variable, os.devnull)

    def _find(self, host: Any, port: Any, *arguments: Any, **more: Any) -> Any:
        """Take the place of the resolver of a VPC: names lead to doors, whatever port is asked for."""
        name = host.decode() if isinstance(host, bytes) else host
        found = next((at for end, at in self._names.items() if f".{name}".endswith(f".{end}")), None)
        return self._resolve(*(found or (host, port)), *arguments, **more)

    def open(self, *names: str, at: Endpoint | None = None, address: str = "127.0.0.1") -> None:
        """Let names and all below them lead to a new door."""
        listener = listen(address)
        name = at.service_name.partition(f"{REGION}.")[2] if at else "internet"
        self._names |= dict.fromkeys(names, listener.getsockname())
        self.doors.serve(listener, Entrance(name=name, endpoint=at, vpc_id=VPC_ID))

    def role(self, *statements: dict[str, Any]) -> Credentials:
        """Return keys of a new role that may do this."""
        iam = self.aws.client("iam")
        name = f"doors-{len(iam.list_roles()['Roles'])}"
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        self._made.append(name)
        if statements:
            text = json.dumps(document(*statements))
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=text)
        task = f"arn:aws:ecs:{REGION}:{self.account}:task/demo/0123"
        return self.authority.credentials(made["Arn"], service=TASKS, source_arn=task)

    def client(self, service: str, keys: Credentials, **options: Any) -> Any:
        """Return boto3's own client, which knows nothing of doors but the authority to trust."""
        return boto3.Session().client(
            service,
            region_name=options.pop("region", REGION),
            endpoint_url=options.pop("url", None),
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.session_token,
            verify=options.pop("verify", str(self.certificates.authority_file)),
            config=Config(retries={"total_max_attempts": 1}, proxies={}, **options),
        )

    def web(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(ca_certs=str(self.certificates.authority_file), retries=False)

    def seen(self) -> list[tuple[str, str, int]]:
        return [(each.entrance, each.what, each.status) for each in self.doors.visits]

    def close(self) -> None:
        self.doors.close()
        iam = self.aws.client("iam")
        for name in self._made:
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
            iam.delete_role(RoleName=name)


def stranger(keys: Credentials) -> Credentials:
    return replace(keys, access_key="ASIAQQQQQQQQQQQQQQQQ")
