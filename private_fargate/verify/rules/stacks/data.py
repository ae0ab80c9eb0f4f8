"""What becomes of images, logs and other data when their resource goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.aws.create_only import STATEFUL
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.containers import containers
from private_fargate.verify.tasks.workloads import one_word
from private_fargate.verify.templates.resolving import resolve
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_items, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth

_GROUP: Final = "Logs::LogGroup"
_POLICY_PAGE: Final = "AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"
_GROUP_PAGE: Final = "AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"


def policy(resource: Resource, name: str = "DeletionPolicy") -> str | None:
    """Give a policy of a resource as it is written; None if it is not, an empty text if it is not known."""
    value: Value = resolve(resource.stack, resource.body.get(name))
    if value is None:
        return None
    text = as_text(value)
    return "" if has_unknown(text) else text


def is_deleted(resource: Resource) -> bool:
    """Say whether a resource goes with its stack, for sure."""
    return policy(resource) in (None, "Delete")


def is_kept(resource: Resource) -> bool:
    """Say whether a resource stays when its stack goes, for sure."""
    return policy(resource) in ("Retain", "RetainExceptOnCreate")


@rule(
    "CFN-001",
    "warning",
    "A repository that goes with its stack is emptied first",
    symptom=(
        "The repository with name 'web' in registry with id '123456789012' cannot be deleted because it "
        "still contains images"
    ),
    fix="Set EmptyOnDelete: true to lose the images with the stack, or DeletionPolicy: Retain to keep both.",
    source="AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html",
)
def repositories_can_be_deleted(model: Model) -> Iterator[Fault]:
    """ECR deletes no repository with images in it, and one that was used has some."""
    for repository in model.system.of("ECR::Repository"):
        if repository.flag("EmptyOnDelete") is False and is_deleted(repository):
            yield Fault(repository, "the repository is to be deleted, and EmptyOnDelete is not true")


@rule(
    "CFN-002",
    "info",
    "Logs are kept for a time that somebody chose",
    symptom="none: the log group keeps all events for ever, and the bill grows by the month",
    fix="Set RetentionInDays, for example to 30.",
    source=_GROUP_PAGE,
)
def logs_expire(model: Model) -> Iterator[Fault]:
    """Without a number of days a group never forgets anything; nothing fails, so that nobody notices."""
    for group in model.system.of(_GROUP):
        if group.get("RetentionInDays") is None and one_word(group.get("LogGroupClass"), "DELIVERY") is False:
            yield Fault(group, "RetentionInDays is not set, so that its events are kept for ever")


@rule(
    "CFN-003",
    "info",
    "What holds data says what becomes of it",
    symptom="none: the data is gone with the stack, or with a replacement, or is left behind unseen",
    fix="Write DeletionPolicy and UpdateReplacePolicy: Retain, Snapshot or Delete.",
    source=_POLICY_PAGE,
)
def data_has_policies(model: Model) -> Iterator[Fault]:
    """The default is to delete, almost always, also when an update replaces the resource; nothing says so."""
    for resource in model.system.resources:
        if resource.type not in STATEFUL:
            continue
        missing = [
            name for name in ("DeletionPolicy", "UpdateReplacePolicy") if policy(resource, name) is None
        ]
        if missing:
            what = resource.type.removeprefix("AWS::")
            yield Fault(resource, f"{what} holds data, and has no {' and no '.join(missing)}")


@rule(
    "CFN-024",
    "warning",
    "A log group that goes with its stack is not protected from deletion",
    symptom="DELETE_FAILED: the log group has deletion protection enabled",
    fix="Leave DeletionProtectionEnabled out, or set DeletionPolicy: Retain, so that the stack does not try.",
    source=_GROUP_PAGE,
)
def protected_groups_are_kept(model: Model) -> Iterator[Fault]:
    """The protection holds against CloudFormation too: the deletion of the stack stops at the group."""
    for group in model.system.of(_GROUP):
        if group.flag("DeletionProtectionEnabled") is True and is_deleted(group):
            message = "DeletionProtectionEnabled is true, and the group is to be deleted with its stack"
            yield Fault(group, message, at=("DeletionProtectionEnabled",))


@rule(
    "CFN-025",
    "warning",
    "Log groups belong to the stack whose tasks write to them",
    symptom="none: a log group without an expiry is left behind when the stack is gone",
    fix="Declare an AWS::Logs::LogGroup with RetentionInDays, refer to it, and drop awslogs-create-group.",
    source="AmazonECS/latest/developerguide/using_awslogs.html",
)
def log_groups_are_in_the_stack(model: Model) -> Iterator[Fault]:
    """A group that ECS makes is nobody's: it has no expiry, and stays when the stack is deleted."""
    for definition in model.definitions:
        for container in containers(definition):
            makes = one_word(container.log_option("awslogs-create-group"), "TRUE")
            if container.log_driver != "awslogs" or makes is not True:
                continue
            name = container.log_option("awslogs-group")
            if _is_declared(model.system, name) is False:
                at = ("ContainerDefinitions", container.index, "LogConfiguration")
                yield Fault(definition, f"{container.name} has ECS make the log group {name}", at=at)
    for cluster in model.system.of("ECS::Cluster"):
        name = cluster.text("ClusterName")
        group = f"/aws/ecs/containerinsights/{name}/performance"
        # Without a name of its own the cluster's group cannot be declared before ECS makes it.
        if (
            name
            and not has_unknown(name)
            and _observes(cluster)
            and _is_declared(model.system, group) is False
        ):
            message = f"Container Insights makes the log group {group}, which outlives the stack"
            yield Fault(cluster, message, at=("ClusterSettings",), severity="info")


def _is_declared(system: System, name: Value) -> Truth:
    """Say whether the templates make a log group of some name."""
    if name is None or has_unknown(name):
        return None
    found: Truth = False
    for group in system.of(_GROUP):
        matches = same(group.ref, name)
        if matches:
            return True
        found = None if matches is None else found
    return found


def _observes(cluster: Resource) -> bool:
    settings = as_items(cluster.get("ClusterSettings")).values
    return any(
        setting.get("Name") == "containerInsights" and setting.get("Value") in ("enabled", "enhanced")
        for setting in settings
        if isinstance(setting, dict)
    )


RULES: Final[tuple[Rule, ...]] = (
    repositories_can_be_deleted,
    logs_expire,
    data_has_policies,
    protected_groups_are_kept,
    log_groups_are_in_the_stack,
)
