"""What a single fault is, and whom it concerns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.verify.generated.systems import Service, System

_OWN: Final = r"(Task|Name|Routes|Acl|Out\d*|In\d*|Address|Permissions|Targets|Listener|Entry\d+)?"

ALL: Final = ("s3", "ecr.api", "ecr.dkr", "logs")
"""The services of AWS that every task calls."""


ELSEWHERE: Final = "elsewhere"
"""What no door leads to."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A system with one fault.

    Attributes:
        name: What was done.
        expected: The rules of which at least one has to find it.
        system: What is left.
        concerned: The parts at which errors may be found, and the services whose needs may fail.
    """

    name: str
    expected: frozenset[str]
    system: System
    concerned: frozenset[str]

    def concerns(self, resource: str) -> bool:
        """Say whether a resource is of a part that the fault is about."""
        return any(re.fullmatch(re.escape(name) + _OWN, resource) for name in self.concerned)


def fault(name: str, expected: str, system: System, concerned: Iterable[str]) -> Fault:
    """Make a fault; the rules are written with blanks between."""
    return Fault(
        name=name, expected=frozenset(expected.split()), system=system, concerned=frozenset(concerned)
    )


def called(system: System, service: Service) -> set[str]:
    """Give the services of AWS that the tasks of a service call."""
    found = {"logs", ELSEWHERE} if service.image else set(ALL)
    found |= {"secretsmanager"} if service.secrets else set()
    found |= {"ssm"} if service.parameters else set()
    found |= {"ssmmessages"} if service.can_exec else set()
    found |= {"kms"} if service.can_exec and system.session_key else set()
    found |= {"ecs-agent"} if service.connects else set()
    return found


def callers(system: System, *names: str) -> list[str]:
    """Name the services whose tasks call one of some services of AWS."""
    return [service.name for service in system.services if called(system, service) & set(names)]


def everybody(system: System) -> list[str]:
    """Name all services."""
    return [service.name for service in system.services]


def ways_out(system: System) -> set[str]:
    """Give what the default routes of the tasks lead to; a system without is isolated."""
    at = {name for service in system.services for name in service.subnets}
    tables = {subnet.table for subnet in system.subnets if subnet.name in at}
    return {table.way for table in system.tables if table.name in tables and table.way}
