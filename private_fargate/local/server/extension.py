"""Everything that makes ministack the embedded AWS, in order."""

from __future__ import annotations

from private_fargate.local.server import (
    buckets,
    change_set_answers,
    change_sets,
    children,
    drifting,
    engine,
    foresight,
    gateway,
    iam,
    moto_backend,
    names,
    nested,
    operations,
    organizations,
    public_parameters,
    replacing,
    steps,
    tokens,
    watching,
)
from private_fargate.local.server.created import CREATED_TYPES
from private_fargate.local.server.ec2 import (
    endpoint_services,
    endpoints,
    flow_logs,
    groups,
    instances,
    machine_images,
    nat,
    network,
    prefix_lists,
)
from private_fargate.local.server.ecs import services, task_definitions, tasks
from private_fargate.local.server.handlers import keep_only


def extend(*, sync: bool, step_seconds: float = 0) -> None:
    """Start moto, register our types, mend ministack's engine, and refuse what is not created.

    Args:
        sync: whether the answer to a stack operation waits for its end.
        step_seconds: that each resource of an operation takes.
    """
    endpoint_services.install()
    machine_images.install()
    prefix_lists.install()
    moto_backend.start()
    gateway.connect()
    for module in (network, nat, groups, endpoints, instances, flow_logs, iam, task_definitions, services):
        module.register_all()
    names.repair()
    tasks.extend()
    public_parameters.extend()
    organizations.repair()
    buckets.repair()
    engine.repair()
    nested.repair()
    replacing.repair()
    children.repair()
    steps.repair(step_seconds)
    foresight.repair()
    change_sets.repair()
    change_set_answers.repair()
    operations.repair()
    watching.repair()
    tokens.repair()
    drifting.repair()
    if sync:
        engine.answer_when_settled()
    keep_only(CREATED_TYPES)
