"""Which VPC endpoints an environment gets, and what each of them is for.

An interface endpoint costs as much in each zone as a small task, so none is there without a reason;
a missing one shows as a task that waits three minutes and stops.  Both are decided here, from the
table of needs, so that what the template holds and what the report says cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.aws import needs
from private_fargate.aws.endpoints import ENDPOINT_SERVICES
from private_fargate.aws.regions import needs_ecs_endpoints
from private_fargate.config.models import RepositoryImage
from private_fargate.config.references import ecr_image, stored_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.aws.endpoints import EndpointService
    from private_fargate.aws.needs import Need
    from private_fargate.config.models import Environment, Service

JUMP_HOST: Final = "jump host"
EVERY_TASK: Final = "every task"

_NAMED = 3  # users that a sentence names before it counts the rest


@dataclass(frozen=True, slots=True)
class Reason:
    """Who needs an endpoint, and what for; together a sentence."""

    who: str
    why: str

    def __str__(self) -> str:
        """Return the sentence.

        >>> str(Reason("nginx", "pulls its image from ECR"))
        'nginx pulls its image from ECR'
        """
        return f"{self.who} {self.why}"


FREE: Final = Reason("network", "reaches S3 by a route that costs nothing")
UNNEEDED: Final = Reason("environment", "lists it, but nothing in this file needs it")


@dataclass(frozen=True, slots=True)
class PlannedEndpoint:
    """An endpoint to create.

    Attributes:
        service: What it leads to.
        needed_by: At least one reason: services in the order of the file, then the jump host.
    """

    service: EndpointService
    needed_by: tuple[Reason, ...]

    @property
    def because(self) -> str:
        """Return the reasons in one line whose length does not grow with the number of services.

        >>> s3, logs = ENDPOINT_SERVICES["s3"], ENDPOINT_SERVICES["logs"]
        >>> PlannedEndpoint(s3, (Reason("a", "pulls"), Reason("b", "pulls"), Reason("c", "reads"))).because
        'a, b: pulls; c: reads'
        >>> PlannedEndpoint(logs, tuple(Reason(who, "writes") for who in "abcde")).because
        'a, b, c and 2 more: writes'
        """
        users: dict[str, list[str]] = {}
        for reason in self.needed_by:
            users.setdefault(reason.why, []).append(reason.who)
        return "; ".join(f"{_enumerate(who)}: {why}" for why, who in users.items())


def endpoint_plan(environment: Environment) -> tuple[PlannedEndpoint, ...]:
    """Return the endpoints of an environment: gateways first, then interfaces, each by name.

    With `endpoints: auto` they follow from what services and jump host use.  The S3 gateway is
    always among them, because it costs nothing and the first image layer pays for its place.
    With a list, the list is the plan, and an entry that nothing needs says so.

    A jump host in a public subnet adds none: it goes out through the internet gateway.  Where
    another's need puts `ssm` or `ssmmessages` into the VPC, private DNS leads the host to them as
    well, so its security group must let it through either way.

    Raises:
        KeyError: For a listed name that is not in `ENDPOINT_SERVICES`; loading a file refuses it before.
    """
    needed = _needed(environment)
    listed = environment.network.endpoints
    if listed == "auto":
        return _ordered({"s3": (FREE,)} | needed)
    return _ordered({name: needed.get(name, (UNNEEDED,)) for name in listed})


def unlisted_endpoints(environment: Environment) -> tuple[PlannedEndpoint, ...]:
    """Return the endpoints that something needs and an explicit list leaves out, in the plan's order."""
    listed = environment.network.endpoints
    if listed == "auto":
        return ()
    return _ordered({name: why for name, why in _needed(environment).items() if name not in listed})


def missing_endpoints(environment: Environment) -> tuple[PlannedEndpoint, ...]:
    """Return the unlisted endpoints of an environment that has no other way out.

    Each is a mistake in the file.  With a NAT gateway none is, for the gateway leads to the
    public address of what has no endpoint.
    """
    return unlisted_endpoints(environment) if environment.network.egress == "none" else ()


def needs_of(service: Service) -> tuple[Need, ...]:
    """Return what a service needs from AWS before its first line of code runs, and for `exec`."""
    found = [needs.PULL_FROM_ECR if pulls_from_ecr(service) else needs.PULL_FROM_ELSEWHERE, needs.WRITE_LOGS]
    stores = {stored_secret(setting).store for setting in service.secrets.values()}
    if "secretsmanager" in stores:
        found.append(needs.READ_SECRETS)
    if "ssm" in stores:
        found.append(needs.READ_PARAMETERS)
    if service.exec:
        found += [needs.EXEC, needs.EXEC_UNDER_KEY, needs.EXEC_LOGGED]
    return tuple(found)


def pulls_from_ecr(service: Service) -> bool:
    """Say whether a service's image lies in a private ECR repository, of ours or of another account."""
    image = service.image
    return isinstance(image, RepositoryImage) or ecr_image(image) is not None


def _needed(environment: Environment) -> dict[str, tuple[Reason, ...]]:
    """Return the reasons for each endpoint that something needs, by the name of its service."""
    reasons: dict[str, list[Reason]] = {}
    for who, need in _users(environment):
        for name in need.endpoints:
            reasons.setdefault(name, []).append(Reason(who, need.why))
    return {name: tuple(found) for name, found in reasons.items()}


def _users(environment: Environment) -> Iterator[tuple[str, Need]]:
    for name, service in environment.services.items():
        for need in needs_of(service):
            yield name, need
    if environment.network.egress == "none" and any(map(needs_ecs_endpoints, environment.regions)):
        yield EVERY_TASK, needs.REACH_ECS
    host = environment.jump_host
    if host != "none" and host.placement == "private":
        yield JUMP_HOST, needs.SESSION_MANAGER
        yield JUMP_HOST, needs.INSTALL_PACKAGES


def _ordered(reasons: dict[str, tuple[Reason, ...]]) -> tuple[PlannedEndpoint, ...]:
    plan = (PlannedEndpoint(ENDPOINT_SERVICES[name], why) for name, why in reasons.items())
    return tuple(sorted(plan, key=lambda planned: (planned.service.type != "Gateway", planned.service.name)))


def _enumerate(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
