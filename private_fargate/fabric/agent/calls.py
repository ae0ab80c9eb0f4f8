"""Calls of AWS's APIs with the keys of a role, through the network that this process is in."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, cast

from private_fargate.aws.endpoints import domain_of
from private_fargate.deploy.session import DeployError, Session, connect_as, explained
from private_fargate.fabric.agent.addresses import look_up, share
from private_fargate.fabric.agent.causes import Refused, Unreachable, unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS: Final = {
    "ecr": "api.ecr",
    "kms": "kms",
    "logs": "logs",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "ssm": "ssm",
    "ssmmessages": "ssmmessages",
}
"""What stands before the region in an API's host name, by boto3's name for it."""

_ANSWER_WITHIN: Final = (
    10.0  # seconds; an API that took the connection is slow for other reasons than packets
)


def host_of(service: str, region: str, bucket: str | None = None) -> str:
    """Return the host name of an API, or of a bucket.

    >>> host_of("ecr", "us-east-1"), host_of("s3", "cn-north-1", "files")
    ('api.ecr.us-east-1.amazonaws.com', 'files.s3.cn-north-1.amazonaws.com.cn')
    """
    name = f"{LABELS[service]}.{region}.{domain_of(region)}"
    return f"{bucket}.{name}" if bucket else name


class Calls:
    """Calls with the keys of one role."""

    def __init__(self, keys: Mapping[str, str], authority_file: str, patience: float) -> None:
        """Say who calls, whom to believe, and how long to wait for a connection."""
        self._keys = keys
        self._authority_file = authority_file
        self._patience = patience
        self._sessions: dict[tuple[str, str], Session] = {}
        self._lock = threading.Lock()

    def ask(
        self, service: str, operation: str, region: str, bucket: str | None = None, **arguments: object
    ) -> dict[str, Any]:
        """Return what an API answers.

        Args:
            service: by boto3's name.
            operation: in snake case.
            region: where it is.
            bucket: that the host's name begins with.
            arguments: of the operation.

        Raises:
            Unreachable: nobody answers.
            Refused: the API says no.
        """
        host = host_of(service, region, bucket)
        addresses = look_up(host)
        client = self._session(service, host, region, share(self._patience, addresses)).client(service)
        try:
            with explained():
                return getattr(client, operation)(**arguments)
        except DeployError as error:
            raise _translated(error, host, addresses[0]) from error

    def _session(self, service: str, host: str, region: str, connect_timeout: float) -> Session:
        """Return a session for one host: making clients of one session in several threads is not safe."""
        with self._lock:
            if (service, host) not in self._sessions:
                self._sessions[service, host] = connect_as(
                    self._keys,
                    region,
                    authority_file=self._authority_file,
                    connect_timeout=connect_timeout,
                    read_timeout=max(self._patience, _ANSWER_WITHIN),
                )
            session = self._sessions[service, host]
            session.client(service)  # made once, by whoever comes first
            return session


def _translated(error: DeployError, host: str, address: str) -> Refused | Unreachable:
    """Return what an error of the SDK means; its response says so, if there was one."""
    response: Any = getattr(error.__cause__, "response", None)
    if not isinstance(response, dict) or "Error" not in response:
        return unreachable(error, host, address)
    answer = cast("dict[str, dict[str, Any]]", response)
    said, about = answer["Error"], answer.get("ResponseMetadata", {})
    return Refused(
        said.get("Code", "Unknown"),
        said.get("Message", ""),
        status=about.get("HTTPStatusCode", 0),
        request_id=about.get("RequestId", ""),
    )
