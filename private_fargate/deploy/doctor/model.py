"""What a deployment needs, the place where it is to happen, and what a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping  # noqa: TC003 - read at run time by dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from private_fargate.live.checkup import Finding

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.stack_state import StackState


@dataclass(frozen=True, kw_only=True)
class NeededImage:
    """The image of a service.

    Attributes:
        service: Whose image it is.
        architecture: In OCI's words: `amd64`, `arm64`.
        repository: In ECR; empty for an image of another registry.
        account: Whose repository it is; empty for one that the stack makes.
        region: Of that account's repository.
        reference: The digest or tag that the tasks run; empty if none is known yet.
        origin: The image in another registry: what the tasks pull, or what is copied into the repository.
    """

    service: str
    architecture: str
    repository: str = ""
    account: str = ""
    region: str = ""
    reference: str = ""
    origin: str = ""


@dataclass(frozen=True, kw_only=True)
class NeededSecret:
    """A secret or parameter that ECS reads for a task.

    Attributes:
        service: Whose secret it is.
        variable: The variable that gets its value.
        store: `ssm` or `secretsmanager`.
        name: Its name or ARN, without what comes after it.
        key: The key of the JSON document that is meant; empty for the whole value.
        stage: The stage of the version that is read.
        version: The version that is read; empty for that of the stage.
    """

    service: str
    variable: str
    store: str
    name: str
    key: str = ""
    stage: str = "AWSCURRENT"
    version: str = ""

    @property
    def label(self) -> str:
        """How it is named to a person."""
        return f"services.{self.service}.secrets.{self.variable}: {self.name}"


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What an environment needs of the account and Region that it is deployed to.

    Attributes:
        environment: Its name.
        cidr: Range of the VPC.
        namespace: The DNS name in which services are found.
        zone_count: Number of zones.
        zones: Their names; empty if they are the Region's first.
        endpoints: Whole names of the endpoint services.
        interfaces: How many of the endpoints are interfaces; the others are gateways.
        resources: How many of each type the templates make, nested ones too.
        addresses: Elastic IP addresses, with those that a regional NAT gateway takes by itself.
        vcpus: Of all tasks together.
        images: Of the services.
        secrets: Of the services.
        from_registries: Whether images in other registries than ECR are looked at.
    """

    environment: str
    cidr: str = "10.0.0.0/16"
    namespace: str = ""
    zone_count: int = 3
    zones: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    interfaces: int = 0
    resources: Mapping[str, int] = field(default_factory=dict[str, int])
    addresses: int = 0
    vcpus: float = 0
    images: tuple[NeededImage, ...] = ()
    secrets: tuple[NeededSecret, ...] = ()
    from_registries: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands of the stack already.

    Attributes:
        name: Of the stack.
        state: None if there is no such stack.
        resources: Physical IDs by type, those of nested stacks too.
        untold: Why the resources could not be read; empty if they were.
    """

    name: str
    state: StackState | None = None
    resources: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    untold: str = ""

    def of_type(self, resource_type: str) -> tuple[str, ...]:
        """Return the physical IDs of the resources of a type."""
        return self.resources.get(resource_type, ())


@dataclass(frozen=True, kw_only=True)
class Case:
    """An environment that is to be deployed somewhere.

    Attributes:
        session: Where.
        account: The number of the account.
        caller: The ARN of whoever deploys.
        needs: What the environment needs.
        standing: What stands of it already.
    """

    session: Session
    account: str
    caller: str
    needs: Needs
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Check:
    """A question about an account.

    Attributes:
        name: Of the check, in a word or two.
        claim: What has to be so.
        calls: The permissions that it needs, as IAM has them: `ec2:DescribeVpcs`.
        look: Yields what it finds.  What it raises becomes `unknown`.
    """

    name: str
    claim: str
    calls: tuple[str, ...]
    look: Callable[[Case], Iterable[Finding]]


def ok(found: str) -> Finding:
    """Return that something is as it has to be."""
    return Finding(verdict="ok", found=found)


def warning(found: str, remedy: str) -> Finding:
    """Return that something forbids nothing, but will surprise somebody."""
    return Finding(verdict="warning", found=found, remedy=remedy)


def failed(found: str, remedy: str) -> Finding:
    """Return that the deployment would fail, or its tasks would not start."""
    return Finding(verdict="failed", found=found, remedy=remedy)


def unknown(found: str, remedy: str = "") -> Finding:
    """Return that something could not be found out."""
    return Finding(verdict="unknown", found=found, remedy=remedy)
