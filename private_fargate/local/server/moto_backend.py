"""EC2, as moto keeps it: the API over loopback, and the records behind it.

Most of what a handler does goes through `client`, because the API checks what it is asked for.  `backend` is
for the little that the API cannot say: tags with the reserved prefix `aws:`, and interfaces that moto puts
elsewhere.
"""

from __future__ import annotations

import functools
from typing import Any

import boto3
from botocore.config import Config
from ministack.core.responses import get_account_id, get_region
from moto.ec2.models import ec2_backends
from moto.server import ThreadedMotoServer

_server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)  # 0: any port that is free


def start() -> None:
    """Serve moto's API on a loopback port, in a thread that lasts as long as the process."""
    _server.start()


def url() -> str:
    """Return where moto's API answers; nobody but this process has reason to ask there."""
    host, port = _server.get_host_and_port()
    return f"http://{host}:{port}"


def region() -> str:
    """Return the region of the request, or of the stack that is being deployed."""
    return str(get_region())


def account_header() -> dict[str, str]:
    """Return what tells moto whose request it is: it knows no access keys of ours."""
    return {"x-moto-account-id": str(get_account_id())}


def client() -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes at run time
    """Return an EC2 client of moto in the current account and region."""
    return _client(region(), "ec2")


def iam() -> Any:  # noqa: ANN401 -- the same
    """Return an IAM client of moto: the IAM of this AWS is ministack's, but moto's instances ask moto's."""
    return _client("us-east-1", "iam")


def backend() -> Any:  # noqa: ANN401 -- moto's models have no types
    """Return moto's EC2 records of the current account and region."""
    return ec2_backends[get_account_id()][region()]


def _named(params: dict[str, Any], **_: object) -> None:
    params["headers"].update(account_header())  # of the account that asks, whoever made the client


@functools.lru_cache
def _client(region_name: str, service: str) -> Any:  # noqa: ANN401 -- the same
    made = boto3.client(
        service,
        endpoint_url=url(),
        region_name=region_name,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 -- a key that opens nothing
        config=Config(retries={"total_max_attempts": 1}),
    )
    made.meta.events.register("before-call", _named)
    return made
