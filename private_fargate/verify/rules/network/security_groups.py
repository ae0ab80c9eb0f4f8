"""Rules about security groups as they are written: circles, open doors, groups that are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.paths import listed, plain
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_int, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

_TEMPLATE: Final = "AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html"
_GROUP: Final = "EC2::SecurityGroup"
_PEERS: Final = {
    "SecurityGroupIngress": "SourceSecurityGroupId",
    "SecurityGroupEgress": "DestinationSecurityGroupId",
}
_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
_SHELLS: Final = {22: "SSH", 3389: "Remote Desktop"}


def _peers(system: System, group: Resource) -> list[Resource]:
    """Give the groups of the same template that a group's own rules refer to."""
    found: list[Resource] = []
    for name, key in _PEERS.items():
        for body in group.items(name).values:
            peer = system.find(body.get(key), _GROUP) if isinstance(body, dict) else None
            if peer is not None and peer.stack is group.stack:
                found.append(peer)
    return found


def _reached(system: System, group: Resource) -> dict[int, Resource]:
    """Give the groups that a group's rules lead to, directly or through others."""
    found: dict[int, Resource] = {}
    waiting = _peers(system, group)
    while waiting:
        peer = waiting.pop()
        if id(peer) not in found:
            found[id(peer)] = peer
            waiting += _peers(system, peer)
    return found


@rule(
    "SG-010",
    "error",
    "Groups that refer to each other do so in resources of their own",
    symptom="Circular dependency between resources: [LoadBalancerSecurityGroup, TaskSecurityGroup]",
    fix="Move one of the rules into an AWS::EC2::SecurityGroupIngress or an AWS::EC2::SecurityGroupEgress.",
    source=f"{_TEMPLATE}; AWSCloudFormation/latest/UserGuide/troubleshooting.html",
)
def groups_make_no_circle(model: Model) -> Iterator[Fault]:
    """A rule in a group makes the group wait for the other one, which waits for it in turn."""
    system = model.system
    reached = {id(group): _reached(system, group) for group in system.of(_GROUP)}
    told: set[int] = set()
    for group in system.of(_GROUP):
        if id(group) not in reached[id(group)] or id(group) in told:
            continue
        circle = [peer for peer in reached[id(group)].values() if id(group) in reached[id(peer)]]
        told |= {id(peer) for peer in circle}
        names = sorted(str(peer.address) for peer in circle)
        what = f"{names[0]} refers to itself" if len(names) == 1 else f"{listed(names)} refer to each other"
        yield Fault(group, f"{what} in their own rules" if len(names) > 1 else f"{what} in its own rules")


def _entrances(system: System) -> Iterator[tuple[Resource, tuple[str | int, ...], dict[str, Value], Value]]:
    """Give each rule that lets something in: where it is written, what it says, and its group."""
    for group in system.of(_GROUP):
        for index, body in enumerate(group.items("SecurityGroupIngress").values):
            if isinstance(body, dict):
                yield group, ("SecurityGroupIngress", index), body, group.ref
    for rule_ in system.of("EC2::SecurityGroupIngress"):
        yield rule_, (), rule_.properties, rule_.get("GroupId")


def _is_open(body: dict[str, Value]) -> bool:
    """Say whether a rule lets in everybody."""
    return any(as_text(body.get(name)) in _EVERYWHERE for name in ("CidrIp", "CidrIpv6"))


def _lets_all_in(body: dict[str, Value]) -> bool:
    return as_text(body.get("IpProtocol", "")).lower() in ("-1", "all")


def _covers(body: dict[str, Value], port: int) -> bool:
    """Say whether a rule certainly lets in a port of TCP."""
    if _lets_all_in(body):
        return True
    first, last = as_int(body.get("FromPort")), as_int(body.get("ToPort"))
    if as_text(body.get("IpProtocol", "")).lower() not in ("tcp", "6") or has_unknown(body.get("FromPort")):
        return False
    return first is not None and last is not None and (first == -1 or first <= port <= last)


def _groups_of_tasks(model: Model) -> set[str]:
    return {as_text(group) for task in model.tasks for group in task.groups.values}


@rule(
    "SG-011",
    "info",
    "Nobody logs in from everywhere",
    symptom="The port of SSH or of Remote Desktop is open to the internet",
    fix="Use Session Manager, which needs no open port; or write the addresses of those who log in.",
    source="securityhub/latest/userguide/ec2-controls.html, EC2.13 and EC2.14",
)
def shells_are_not_open(model: Model) -> Iterator[Fault]:
    """Nothing fails: the door is open."""
    tasks = _groups_of_tasks(model)
    for resource, at, body, group in _entrances(model.system):
        # A task's group that lets everything in is a fault of its own.
        if not _is_open(body) or (_lets_all_in(body) and as_text(group) in tasks):
            continue
        open_ = [f"{port} of {name}" for port, name in _SHELLS.items() if _covers(body, port)]
        if open_:
            message = f"{resource.address} lets in everybody at port {' and '.join(open_)}"
            yield Fault(resource, message, at=at)


@rule(
    "SG-012",
    "info",
    "A task lets in only what it serves",
    symptom="Every port of the task is open to the internet, as far as it has a public address",
    fix="Write IpProtocol: tcp with the port of the container, from the load balancer's group.",
    source="AmazonECS/latest/developerguide/security-network.html",
)
def tasks_do_not_let_all_in(model: Model) -> Iterator[Fault]:
    """Everything works, also what nobody meant to serve."""
    tasks = _groups_of_tasks(model)
    for resource, at, body, group in _entrances(model.system):
        if _is_open(body) and _lets_all_in(body) and as_text(group) in tasks:
            yield Fault(
                resource,
                f"{plain(model, group)}, a group of tasks, lets in everything from everywhere",
                at=at,
            )


@rule(
    "SG-013",
    "warning",
    "A task names its security groups",
    symptom="Tasks get the default group of the VPC, which no rule of an endpoint or a load balancer admits",
    fix="Write SecurityGroups in AwsvpcConfiguration.",
    source="AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
)
def tasks_name_their_groups(model: Model) -> Iterator[Fault]:
    """Without groups ECS takes the default group, and the rules that name another group do not match."""
    for task in model.tasks:
        # Express Mode makes a group of its own.
        if task.resource.type == "AWS::ECS::ExpressGatewayService" or not task.subnets.values:
            continue
        if not task.groups.values and task.groups.complete and _is_missed(model, task):
            at = ("NetworkConfiguration",) if task.resource.get("NetworkConfiguration") is not None else ()
            message = f"{task.name} names no security group, and gets the default group of the VPC"
            yield Fault(task.resource, message, at=at)


def _is_missed(model: Model, task: Workload) -> bool:
    """Say whether a load balancer or a rule of another group counts on a task's having a group of its own.

    Where everything is in the default group, that admits its members; where a rule is about it, it is meant.
    """
    vpc = model.routes.vpc_of(task.subnets.values[0])
    default = model.groups.default_group(vpc)
    rules = [(body.get("SourceSecurityGroupId"), group) for _, _, body, group in _entrances(model.system)]
    if default is not None and any(_is(value, default) for pair in rules for value in pair):
        return False
    return bool(task.resource.items("LoadBalancers").values) or any(
        peer is not None and _may_be_in(model, group, vpc) for peer, group in rules
    )


def _is(value: Value, other: Value) -> bool:
    return value is not None and same(value, other) is True


def _may_be_in(model: Model, group: Value, vpc: Value | None) -> bool:
    """Say whether a group may be in a VPC."""
    resource = model.system.find(group, _GROUP)
    place = resource.get("VpcId") if resource else None
    return place is None or vpc is None or same(place, vpc) is not False


RULES: Final[tuple[Rule, ...]] = (
    groups_make_no_circle,
    shells_are_not_open,
    tasks_do_not_let_all_in,
    tasks_name_their_groups,
)
