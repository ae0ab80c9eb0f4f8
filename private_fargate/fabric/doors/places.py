"""Where doors are, and what a host name leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.aws.endpoint_names import PRIVATE_DNS_NAMES
from private_fargate.aws.endpoints import domain_of, partition_of

if TYPE_CHECKING:
    from private_fargate.fabric.parts.places import Endpoint

REGISTRY: Final = "ecr.dkr"
S3: Final = "s3"
CHECK_IP: Final = "checkip"

_GLOBAL: Final = frozenset({"sts", "iam", "s3"})  # whose names without a region lead to the first region
_NEWER_DOMAIN: Final = "api.aws"  # where botocore 1.44 calls `application-signals`, for one
_S3_LABEL = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:\.dualstack)?\Z")
_REGISTRY_LABEL = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\Z")
_OTHER_LABELS: Final = (
    (re.compile(r"\d{12}\.ddb\Z"), "dynamodb"),  # Source: sdkref/latest/guide/feature-account-endpoints.html
    (re.compile(r"ecs-a-\d+\Z"), "ecs-agent"),
    (re.compile(r"ecs-t-\d+\Z"), "ecs-telemetry"),
)
_SERVICE_OF_LABEL: Final = {
    name.removesuffix(".{region}.{suffix}"): service for service, name in PRIVATE_DNS_NAMES.items()
}
_OWN_NAME = re.compile(r"(?:(?P<before>.+)\.)?(?P<id>vpce-[0-9a-z]+)-[0-9a-z-]+\.(?P<label>[a-z0-9.-]+)\Z")


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """A door by which calls come in.

    Attributes:
        name: `ecr.api`, `s3`, `internet`.
        endpoint: None on the internet.
    """

    name: str
    endpoint: Endpoint | None
    vpc_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The account and the region behind the doors."""

    region: str
    account: str

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        return partition_of(self.region)

    @property
    def domain(self) -> str:
        """Under which its names are: `amazonaws.com`."""
        return domain_of(self.region)

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a host name leads to.

    Attributes:
        service: by the name of its endpoints: `ecr.api`; of S3 `s3`.
        account: whose registry it is.
        bucket: that the name begins with; None if the path does.
    """

    service: str
    account: str | None = None
    bucket: str | None = None


def place_of(host: str, entrance: Entrance, here: Here) -> Place | None:
    """Return what a host name leads to at a door; None if nobody answers to it there.

    An endpoint of one service answers for that service alone, whatever else has its address.
    """
    if entrance.endpoint is None:
        if host == f"checkip.{here.domain}":
            return Place(service=CHECK_IP)
        return _public(host, here)
    found = _own(host, entrance.endpoint, here) or _public(host, here)
    return found if found and _serves(entrance.endpoint, found.service) else None


def _serves(endpoint: Endpoint, service: str) -> bool:
    name = endpoint.service_name
    return name.endswith((f".{service}", f".{'.'.join(reversed(service.split('.')))}"))


def _public(host: str, here: Here) -> Place | None:
    for domain in (here.domain, _NEWER_DOMAIN):
        label = host.removesuffix(f".{here.region}.{domain}")
        if label != host:
            return _labelled(label)
    label = host.removesuffix(f".{here.domain}")
    if label != host and label.rpartition(".")[2] in _GLOBAL:
        return _labelled(label)
    return None


def _labelled(label: str) -> Place | None:
    if match := _S3_LABEL.match(label):
        return Place(service=S3, bucket=match["bucket"])
    if match := _REGISTRY_LABEL.match(label):
        return Place(service=REGISTRY, account=match["account"])
    for pattern, service in _OTHER_LABELS:
        if pattern.match(label):
            return Place(service=service)
    return Place(service=_SERVICE_OF_LABEL.get(label, label))


def _own(host: str, endpoint: Endpoint, here: Here) -> Place | None:
    """Return what a name of the endpoint itself leads to.

    Source: vpc/latest/privatelink/privatelink-access-aws-services.html#interface-endpoint-dns-hostnames, and
    for S3 AmazonS3/latest/userguide/privatelink-interface-endpoints.html.
    """
    service = endpoint.service_name.partition(f".{here.region}.")[2]
    account = here.account if service == REGISTRY else None
    if host in endpoint.names:
        return Place(service=service, account=account)
    label = host.removesuffix(f".{here.region}.vpce.{here.domain}")
    match = _OWN_NAME.match(label) if label != host else None
    if match is None or match["id"] != endpoint.id:
        return None
    before = match["before"] or ""
    bucket = before.removesuffix(".bucket") if before.endswith(".bucket") else None
    return Place(service=service, account=account, bucket=bucket)
