"""What a task needs is there before it starts, also in the very first deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.paths import listed
from private_fargate.verify.rules.rule import Fault, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource

_DEPENDS_ON: Final = "AWSCloudFormation/latest/UserGuide/aws-attribute-dependson.html"


def _starts_tasks(workload: Workload) -> bool:
    """Say whether creating it starts tasks at once: a service does, unless it wants none."""
    return workload.kind == "service" and workload.resource.number("DesiredCount") != 0


def _late(model: Model, workload: Workload, needed: list[Resource]) -> list[str]:
    """Name what may come after the service."""
    missing = [resource for resource in needed if not model.order.is_before(resource, workload.resource)]
    return list(dict.fromkeys(str(resource.address) for resource in missing))


@rule(
    "NET-048",
    "warning",
    "A service waits for the routes and the endpoints that its tasks need",
    symptom="The first tasks stop with the timeouts of NET-001; the circuit breaker may fail the stack",
    fix="Name them in DependsOn of the service; across nested stacks, in DependsOn of the nested stack.",
    source=f"{_DEPENDS_ON}; the private names of an endpoint take a minute or two to answer",
)
def service_before_its_network(model: Model) -> Iterator[Fault]:
    """CloudFormation creates at once what does not refer to each other, and no service refers to a route."""
    for workload in model.tasks:
        if not _starts_tasks(workload):
            continue
        needed = [resource for path in model.paths_of(workload) for resource in path.uses]
        if late := _late(model, workload, needed):
            message = (
                f"{workload.name} does not wait for {listed(late)}, without which its tasks do not start"
            )
            yield Fault(workload.resource, message)


@rule(
    "IAM-031",
    "warning",
    "A service waits for the policies of its roles",
    symptom="The first tasks stop with AccessDeniedException; later ones start",
    fix="Name the AWS::IAM::Policy, AWS::IAM::RolePolicy or AWS::IAM::ManagedPolicy in DependsOn of the "
    "service, or write the policy into the role.",
    source=_DEPENDS_ON,
)
def service_before_its_policies(model: Model) -> Iterator[Fault]:
    """A role is complete without the policies that resources of their own attach to it."""
    for workload in model.tasks:
        if not _starts_tasks(workload) or workload.definition is None:
            continue
        roles = (workload.definition.get(name) for name in ("ExecutionRoleArn", "TaskRoleArn"))
        attached = [a for value in roles if (role := model.roles.role(value)) for a in role.attached]
        if late := _late(model, workload, [a.by for a in attached]):
            yield Fault(workload.resource, f"{workload.name} does not wait for {listed(late)}")


RULES: Final[tuple[Rule, ...]] = (service_before_its_network, service_before_its_policies)
