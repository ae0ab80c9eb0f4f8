"""One case: a system from a seed, deployed to the embedded AWS for as long as a block lasts."""

from __future__ import annotations

import json
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.session import connect_to, pages
from tests.fabric.oracle.acls import made, split
from tests.fabric.oracle.images import push_all
from tests.fabric.oracle.kinds import area_of, kind_of
from tests.fabric.oracle.mutations import mutated
from tests.fabric.oracle.narrowing import draw, narrowed
from tests.fabric.oracle.plainly import template
from tests.verify.generated.faults import faults

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from tests.verify.generated.breaking import Fault
    from tests.verify.generated.systems import System

CORRECT: Final = "correct"
_SHARE_OF_CORRECT: Final = 0.12
_SHARE_OF_FAULTS: Final = 0.4
_POLL: Final = 0.01  # seconds
_LIMIT: Final = 60.0  # seconds
_ELSEWHERE: Final = frozenset({"TASK-001", "IAM-016"})
"""Faults of what is no network: what size a task may have, and what a service may ask for."""


class RefusedError(Exception):
    """The embedded AWS does not deploy a case, as AWS would not either; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A system with at most one fault.

    Attributes:
        fault: What was done to it; None if it is correct.
        kind: The same without the names of this system, for a table.
    """

    seed: int
    system: System
    fault: str | None
    kind: str

    @property
    def template(self) -> dict[str, Any]:
        """The system as a template; the same each time."""
        return template(self.system, self.seed)


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What was made of a template: the ID of each resource by its logical ID."""

    ids: Mapping[str, str]

    @property
    def vpc_id(self) -> str:
        return self.ids["Vpc"]

    @property
    def names(self) -> Mapping[str, str]:
        """The logical ID of each resource by its ID; of a service, by its name in ECS."""
        return {physical.rsplit("/", 1)[-1]: logical for logical, physical in self.ids.items()}


def case(seed: int) -> Case:
    """Draw a case: a correct system, one with a fault of the generator, or one with any single change."""
    rng = random.Random(f"case {seed}")  # noqa: S311 -- no secret: the same cases on every machine
    system = draw(seed)
    chance = rng.random()
    if chance < _SHARE_OF_CORRECT:
        return Case(seed=seed, system=system, fault=None, kind=CORRECT)
    if chance < _SHARE_OF_CORRECT + _SHARE_OF_FAULTS:
        by_area: dict[str, list[tuple[str, Fault]]] = {}
        for fault in faults(system):
            if not fault.expected & _ELSEWHERE:
                kind = kind_of(fault.name, system)
                by_area.setdefault(area_of(kind), []).append((kind, fault))
        # There is little to vary about the switches of DNS.
        areas = [area for area in sorted(by_area) for _ in range(1 if area == "DNS" else 3)]
        kind, fault = rng.choice(by_area[rng.choice(areas)])
        return Case(seed=seed, system=narrowed(fault.system), fault=fault.name, kind=kind)
    kind, broken = mutated(rng, system)
    return Case(seed=seed, system=broken, fault=kind, kind=kind)


@dataclass(slots=True)
class Account:
    """The embedded AWS, with a session for each region that cases are in."""

    aws: EmbeddedAws
    _sessions: dict[str, Session] = field(default_factory=dict["str", "Session"])

    def session(self, region: str) -> Session:
        """Return a session for a region in which the images of all cases are."""
        if region not in self._sessions:
            variables = {**self.aws.environment(), "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
            self._sessions[region] = connect_to(variables)
            push_all(self._sessions[region])
        return self._sessions[region]


@contextmanager
def deployed(session: Session, template: Mapping[str, Any], name: str) -> Generator[Deployed]:
    """Deploy a template, and take everything away again at the end.

    Raises:
        RefusedError: it cannot be deployed; nothing is left of it.
    """
    stack, acls = split(template)
    client: Any = session.client("cloudformation")
    try:
        client.create_stack(
            StackName=name, TemplateBody=json.dumps(stack), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
    except ClientError as error:
        raise RefusedError(str(error)) from error
    try:
        if _settled(client, name) != "CREATE_COMPLETE":
            raise RefusedError(_reason(client, name))
        ids = _ids(client, name)
        with made(session, acls, ids) as more:
            yield Deployed(ids={**ids, **more})
    finally:
        client.delete_stack(StackName=name)
        status = _settled(client, name)
        assert status in {"DELETE_COMPLETE", "gone"}, f"{name}: {status}: {_reason(client, name)}"


def _settled(client: Any, name: str) -> str:
    deadline, status = time.monotonic() + _LIMIT, ""
    while time.monotonic() < deadline:
        try:
            status = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError:
            return "gone"
        if not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(_POLL)
    raise TimeoutError(f"{name} is still {status}")


def _ids(client: Any, name: str) -> dict[str, str]:
    found = client.describe_stack_resources(StackName=name)["StackResources"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}


def _reason(client: Any, name: str) -> str:
    """Return why the first resource that failed did."""
    found = pages(client, "describe_stack_events", StackName=name)
    events = [event for page in found for event in page["StackEvents"]]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    first = failed[-1] if failed else events[0]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', '')}"
