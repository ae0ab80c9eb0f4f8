"""Security groups between a task and what it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from private_fargate.verify.network.groups import Side
from private_fargate.verify.rules.network.symptoms import NO_CONNECTION, NO_LAYERS
from private_fargate.verify.rules.paths import (
    at_endpoint_group,
    at_group,
    called,
    callers,
    failing,
    faults,
    its_groups,
    listed,
    plain,
    reasons,
    subnets,
)
from private_fargate.verify.rules.rule import rule
from private_fargate.verify.tasks.demand import HTTPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.network.group_rules import Rule as GroupRule
    from private_fargate.verify.rules.paths import Pair, Place
    from private_fargate.verify.rules.rule import Fault, Rule
    from private_fargate.verify.tasks.path import Path
    from private_fargate.verify.templates.resources import Resource

_ENDPOINT_GROUPS: Final = "vpc/latest/privatelink/create-interface-endpoint.html: the group must allow HTTPS"
_LET_IN: Final = (
    "Give the endpoint a security group with an ingress rule for tcp/443 from the tasks' security group, or "
    "from the CIDR blocks of their subnets."
)


def _kept_out(model: Model, keep: Callable[[Path], bool]) -> list[Pair]:
    """Give the calls that the groups of an endpoint keep out; those of hosts are told by JUMP-007."""
    return [
        (path, check)
        for path, check in failing(model, "ingress")
        if path.kind == "call" and (path.workload.kind != "host" or _is_by_default(path)) and keep(path)
    ]


def _is_by_default(path: Path) -> bool:
    return path.endpoint is not None and not path.endpoint.groups.values


def _rules_of(model: Model, path: Path) -> list[GroupRule]:
    """Give what the groups of a path's endpoint let in."""
    groups = path.endpoint.groups.values if path.endpoint else ()
    return [rule for group in groups for rule in model.groups.group(group).ingress]


def _opens_another_port(model: Model, path: Path) -> bool:
    """Say whether the endpoint's groups know the caller, and let it in on other ports only."""
    caller = Side(path.workload.groups, (path.subnet,), model.routes.vpc_of(path.subnet))
    return any(not rule.covers(HTTPS) and model.groups.meets(rule, caller) for rule in _rules_of(model, path))


def _goes_by_blocks(model: Model, path: Path) -> bool:
    """Say whether the endpoint's groups let HTTPS in by addresses."""
    return any(rule.covers(HTTPS) and rule.group is None for rule in _rules_of(model, path))


def _why_kept_out(model: Model, path: Path) -> Literal["default", "port", "blocks", "caller"]:
    """Say what of the endpoint's groups does not fit, which is what one would mend."""
    if _is_by_default(path):
        return "default"
    if _opens_another_port(model, path):
        return "port"
    return "blocks" if _goes_by_blocks(model, path) else "caller"


def _place(resource: Resource) -> Place:
    return ("SecurityGroupIngress",) if resource.type.endswith("SecurityGroup") else ("SecurityGroupIds",)


def _closed(model: Model, why: str) -> Iterator[Fault]:
    found = _kept_out(model, lambda path: _why_kept_out(model, path) == why)

    def message(group: list[Pair]) -> str:
        endpoints = listed(str(path.endpoint.resource.address) for path, _ in group if path.endpoint)
        where = f" in {subnets(model, group)}" if why == "blocks" else ""
        return f"{reasons(model, group)}, so that {callers(group)}{where} cannot call {endpoints}"

    yield from faults(found, at_endpoint_group(model), message, _place)


@rule(
    "SG-001",
    "error",
    "An endpoint's security group lets HTTPS in from the tasks that call it",
    symptom=NO_CONNECTION,
    fix=_LET_IN,
    source=_ENDPOINT_GROUPS,
)
def endpoint_closed_to_tasks(model: Model) -> Iterator[Fault]:
    """The name leads to the endpoint, and the connection times out: the message is that of no endpoint."""
    yield from _closed(model, "caller")


@rule(
    "SG-002",
    "error",
    "An endpoint's security group lets HTTPS in from every subnet of the tasks",
    symptom=NO_CONNECTION,
    fix=_LET_IN,
    source=_ENDPOINT_GROUPS,
)
def endpoint_closed_to_subnets(model: Model) -> Iterator[Fault]:
    """A block for the VPC's first range does not hold its second, nor the next zone's subnet."""
    yield from _closed(model, "blocks")


@rule(
    "SG-003",
    "error",
    "An endpoint's security group opens the port that AWS APIs listen on",
    symptom=NO_CONNECTION,
    fix=_LET_IN,
    source=_ENDPOINT_GROUPS,
)
def endpoint_opens_another_port(model: Model) -> Iterator[Fault]:
    """Every AWS API is called by HTTPS, the registry of images included."""
    yield from _closed(model, "port")


@rule(
    "SG-004",
    "error",
    "An interface endpoint has a security group of its own",
    symptom=NO_CONNECTION,
    fix=_LET_IN,
    source="vpc/latest/userguide/default-security-group.html",
)
def endpoint_in_the_default_group(model: Model) -> Iterator[Fault]:
    """Without SecurityGroupIds an endpoint gets the VPC's default group, which lets only itself in."""
    yield from _closed(model, "default")


def _egress(model: Model) -> list[Pair]:
    """Give the calls that the groups of a task stop.

    A task that may call elsewhere, and an endpoint that would not let it in, is the endpoint's fault alone.
    """
    return [
        (path, check)
        for path, check in failing(model, "egress")
        if path.kind == "call"
        and path.workload.kind != "host"
        and not (any(path.failing("ingress")) and _may_call_some(model, path))
    ]


def _may_call_some(model: Model, path: Path) -> bool:
    groups = (model.groups.group(value) for value in path.workload.groups.values)
    return any(rule.covers(HTTPS) for group in groups for rule in group.egress)


@rule(
    "SG-005",
    "error",
    "A task's security group lets HTTPS out",
    symptom=NO_CONNECTION,
    fix="Add an egress rule for tcp/443 to the endpoints' security group, or to 0.0.0.0/0.",
    source="vpc/latest/userguide/security-group-rules.html",
)
def task_may_not_call(model: Model) -> Iterator[Fault]:
    """The first egress rule that is written takes the place of the one that lets everything out."""
    found = [(path, check) for path, check in _egress(model) if not _is_layers_only(model, path)]
    yield from faults(
        found,
        at_group,
        lambda group: f"{reasons(model, group)}, and {callers(group)} calls {called(group)}",
        _egress_of,
    )


def _egress_of(resource: Resource) -> Place:
    return ("SecurityGroupEgress",) if resource.type.endswith("SecurityGroup") else its_groups(resource)


def _is_layers_only(model: Model, path: Path) -> bool:
    """Say whether a path is that to S3 of a task that may call its endpoints."""
    if path.demand.endpoint != "s3" or path.endpoint is None or not path.endpoint.is_gateway:
        return False
    others = [p for p in model.paths_of(path.workload) if p.kind == "call" and p.demand.endpoint != "s3"]
    return any(not any(p.failing("egress")) for p in others)


@rule(
    "SG-006",
    "error",
    "A task's security group lets image layers in from S3",
    symptom=NO_LAYERS,
    fix="Add an egress rule for tcp/443 to the prefix list of S3 (DestinationPrefixListId: pl-…), or to "
    "0.0.0.0/0.",
    source="vpc/latest/privatelink/gateway-endpoints.html: security groups judge the addresses of S3",
)
def task_may_not_call_s3(model: Model) -> Iterator[Fault]:
    """A gateway endpoint is a route to public addresses, which a rule for the VPC's range does not hold."""
    found = [(path, check) for path, check in _egress(model) if _is_layers_only(model, path)]
    yield from faults(
        found,
        at_group,
        lambda group: (
            f"{reasons(model, group)}, which are not in the VPC: {callers(group)} gets no image layer"
        ),
        _egress_of,
    )


@rule(
    "SG-014",
    "error",
    "A task gets to the file systems that it mounts",
    symptom="ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: "
    "mount.nfs4: Connection timed out",
    fix="Add an AWS::EFS::MountTarget in each zone of the tasks, with a security group that lets tcp/2049 in "
    "from theirs, and let tcp/2049 out in theirs.",
    source="efs/latest/ug/accessing-fs.html",
)
def file_system_out_of_reach(model: Model) -> Iterator[Fault]:
    """A file system is mounted over the network before the first container starts."""
    found = [
        (path, check)
        for path, check in failing(model, "no mount target", "egress", "ingress")
        if path.kind == "mount"
    ]
    yield from faults(
        found,
        lambda path, _: path.workload.definition,
        lambda group: listed(plain(model, check.why) for _, check in group),
        ("Volumes",),
    )


RULES: Final[tuple[Rule, ...]] = (
    endpoint_closed_to_tasks,
    endpoint_closed_to_subnets,
    endpoint_opens_another_port,
    endpoint_in_the_default_group,
    task_may_not_call,
    task_may_not_call_s3,
    file_system_out_of_reach,
)
