"""Whether ECS, or EC2, may take the roles of what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.verify.tasks.demand import Demand
from private_fargate.verify.tasks.path import Check, Path
from private_fargate.verify.tasks.roles import CHINESE_HOSTS, HOSTS, TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.tasks.roles import Roles
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.symbols import Value


def trust(roles: Roles, workload: Workload) -> Iterator[Path]:
    """Give, for each role of a workload, whether it may be taken."""
    if workload.kind == "host":
        role = roles.of_host(workload.resource)
        if role is not None:
            yield _taken(roles, workload, role, "the instance's role", HOSTS)
        return
    source = workload.definition or workload.resource
    for name, kind in (("ExecutionRoleArn", "the execution role"), ("TaskRoleArn", "the task role")):
        role = source.get(name)
        if role not in (None, ""):
            yield _taken(roles, workload, role, kind, TASKS)


def _taken(roles: Roles, workload: Workload, value: Value, kind: str, service: str) -> Path:
    decision = roles.may_assume(value, service)
    if service == HOSTS and not decision.holds and roles.may_assume(value, CHINESE_HOSTS).holds:
        decision = roles.may_assume(value, CHINESE_HOSTS)
    role = roles.role(value)
    check = Check(
        claim=f"{service} may take {kind}",
        holds=decision.holds,
        by=str(role.resource.address) if role else roles.system.show(value),
        why=decision.why,
        cause="" if decision.holds else "trust" if decision.holds is False else "unknown",
        resource=role.resource if role else None,
    )
    return Path(
        kind="assume", workload=workload, subnet=None, demand=Demand(need=f"take {kind}"), checks=(check,)
    )
