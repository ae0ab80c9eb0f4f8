"""The rule about the region that a container's output goes to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.logging import LOGS, says_options
from private_fargate.verify.rules.tasks.parts import Definition, at, known_text, parts
from private_fargate.verify.tasks.containers import containers
from private_fargate.verify.tasks.workloads import DEFINITION
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.findings import Severity
    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.containers import Container
    from private_fargate.verify.templates.systems import System

_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_SPELLED: Final = re.compile(r"(?<![a-z0-9])[a-z]{2,4}(?:-[a-z]+)+-\d(?=[a-z]?(?:[^a-z0-9]|$))")


@rule(
    "TASK-007",
    "error",
    "A container writes to CloudWatch Logs in the region that it runs in",
    symptom="ResourceInitializationError: failed to validate logger args: create stream has been retried: "
    "failed to create Cloudwatch log stream: RequestError: send request failed … i/o timeout; or: "
    "ResourceNotFoundException: The specified log group does not exist.",
    fix="Set awslogs-region: !Ref AWS::Region.",
    source="AmazonECS/latest/APIReference/API_LogConfiguration.html",
)
def log_region_is_ours(model: Model) -> Iterator[Fault]:
    """The option is a text, which is copied from one region's template to the next.

    The log group and the endpoint are only in the region of the stack.
    """
    for definition, container in parts(model):
        if container.log_driver != LOGS or not says_options(container):
            continue
        written = container.log_option("awslogs-region")
        if written is None:
            message, severity = f"the container {container.name} has no awslogs-region", None
        else:
            message, severity = _why_wrong(model, definition, container, known_text(written))
        if message:
            keys = ("awslogs-region",) if written is not None else ()
            where = at(container, "LogConfiguration", "Options", *keys)
            yield Fault(definition.resource, message, where, definition.breaks, severity)


def _why_wrong(
    model: Model, definition: Definition, container: Container, region: str | None
) -> tuple[str, Severity | None]:
    """Say why a region is wrong, and how bad that is; nothing if it is right or nobody can tell."""
    here = model.system.world.region
    if region is None or region == here:
        return "", None
    if not _REGION.fullmatch(region):
        return f"awslogs-region of the container {container.name} is {region}, which is no region", None
    sends = f"the container {container.name} writes its log to {region}"
    if here is None:
        stands = _is_for_any_region(model.system, region)
        return (f"{sends}, and the rest is for any region", "warning") if stands else ("", None)
    if model.system.find(container.log_option("awslogs-group"), "Logs::LogGroup"):
        return f"{sends}, and its log group is created in {here}", None
    if _is_shut_in(model, definition):
        return f"{sends}, and its subnets have no way out of {here}", None
    return "", None


def _is_shut_in(model: Model, definition: Definition) -> bool:
    """Say whether some task of a definition has no way to the internet, and so none to another region."""
    return any(
        model.routes.internet(subnet, task.has_public_address(model.system.find(subnet, "EC2::Subnet"))).holds
        is False
        for task in definition.tasks
        for subnet in task.subnets.values
    )


def _is_for_any_region(system: System, region: str) -> bool:
    """Say whether templates are meant for any region: they ask for their own, and name this one once only."""
    named, asks = system.once(_regions)
    return asks and region not in named


def _regions(system: System) -> tuple[frozenset[str], bool]:
    """Give the regions that endpoints, zones and images name, and whether any of them asks for its own."""
    asked = as_text(system.world.pseudo("AWS::Region"))
    texts = [as_text(endpoint.get("ServiceName")) for endpoint in system.of("EC2::VPCEndpoint")]
    texts += [as_text(subnet.get("AvailabilityZone")) for subnet in system.of("EC2::Subnet")]
    for definition in system.of(DEFINITION):
        for container in containers(definition):
            texts.append(container.image.name)
            if container.log_option("awslogs-region") == asked:
                texts.append(asked)
    named = frozenset(region for text in texts for region in _SPELLED.findall(text))
    return named, any(asked in text for text in texts)


RULES: Final[tuple[Rule, ...]] = (log_region_is_ours,)
