"""Rules about what a deployment or an update finds: images that are not there yet, names, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.aws.create_only import CONDITIONALLY_CREATE_ONLY, CREATE_ONLY
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import (
    ScalableTargets,
    desired_count,
    fargate_services,
)
from private_fargate.verify.tasks.images import is_cached
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.unseen import is_closed
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.images import Image
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth

_SERVICE: Final = "AWS::ECS::Service"
_NAME: Final = "ServiceName"
_DEFAULTS: Final = {"SchedulingStrategy": "REPLICA"}
_REPLACING: Final = sorted((CREATE_ONLY[_SERVICE] - {_NAME}) | CONDITIONALLY_CREATE_ONLY[_SERVICE])
_PIPELINES: Final = ("CodePipeline::Pipeline", "ImageBuilder::ImagePipeline", "ImageBuilder::Image")
_FILLERS: Final = (
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Macro",
    "AWS::CloudFormation::StackSet",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CodeBuild::",
    "AWS::CodePipeline::",
    "AWS::ImageBuilder::",
    "AWS::SSM::Association",
)


@rule(
    "SVC-009",
    "warning",
    "A service that has to be replaced has no fixed name",
    symptom="CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename … "
    "and update the stack again.",
    fix="Remove ServiceName, or change it together with the property.",
    source="AWSCloudFormation/latest/UserGuide/aws-properties-name.html; createOnlyProperties of the "
    "AWS::ECS::Service schema",
)
def keeps_its_name_free(model: Model) -> Iterator[Fault]:
    """The new service is made before the old one goes, and two of one name cannot be in a cluster."""
    if model.before is None:
        return
    for service in model.system.of("ECS::Service"):
        old = model.before.system.by_address.get(service.address)
        if old is None or old.type != _SERVICE or service.get(_NAME) is None:
            continue
        if _changed(model, old, service, _NAME) is not False:
            continue
        for name in _REPLACING:
            if _changed(model, old, service, name) is True:
                was = model.before.system.show(_written(old, name))
                yield Fault(
                    service,
                    f"{name} of {service.address} was {was} and is {as_text(_written(service, name))}, which "
                    f"replaces the service, and its name {as_text(service.get(_NAME))} is taken",
                    (name,),
                )


def _written(service: Resource, name: str) -> Value:
    value = service.get(name)
    return _DEFAULTS.get(name, "not set") if value is None else value


def _changed(model: Model, old: Resource, new: Resource, name: str) -> Truth:
    """Say whether a property differs; both are shown, because symbols of two systems are not comparable."""
    if model.before is None:
        return None
    if name in CONDITIONALLY_CREATE_ONLY[_SERVICE] and (old.get(name) is None or new.get(name) is None):
        return None
    before, after = _written(old, name), _written(new, name)
    if model.before.system.show(before) == model.system.show(after):
        return False
    return None if has_unknown(before) or has_unknown(after) else True


@rule(
    "SVC-019",
    "warning",
    "Either the template or a scaling policy says how many tasks run",
    symptom="After an update of the stack the service runs DesiredCount tasks again, however it was scaled",
    fix="Remove DesiredCount: the service starts with one task, and MinCapacity raises it.",
    source="AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html, DesiredCount",
)
def leaves_the_count_to_scaling(model: Model) -> Iterator[Fault]:
    """CloudFormation sends the count with every change of the service, in the middle of a peak too."""
    targets = ScalableTargets(model.system)
    for task in fargate_services(model):
        count = task.resource.get("DesiredCount")
        target = targets.of(task.resource) if count is not None else None
        if target is not None:
            yield Fault(
                task.resource,
                f"{task.name} has DesiredCount {as_text(count)}, and {target.address} scales it",
                ("DesiredCount",),
            )


@rule(
    "SVC-021",
    "error",
    "An image is in its repository before a task pulls it",
    symptom="CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
    "…: not found",
    fix="Create the repository in a stack of its own and push the image first; or start with "
    "DesiredCount: 0; or let the service depend on a custom resource that copies the image.",
    source="AmazonECS/latest/developerguide/task_cannot_pull_image.html",
)
def finds_its_image(model: Model) -> Iterator[Fault]:
    """A repository is empty when the stack has made it, and the stack waits for the service to be stable."""
    system = model.system
    if any(system.of(*_PIPELINES)):
        return
    new = [found for found in system.of("ECR::Repository") if not _is_deployed(model, found)]
    repositories = {found.attribute("RepositoryUri"): found for found in new}
    fillers = [found for found in system.resources if is_closed(found) or found.type.startswith(_FILLERS)]
    for task in fargate_services(model) if repositories else ():
        if (
            not desired_count(task.resource)
            or _starts_later(system, task)
            or _waits_for(model, task, fillers)
        ):
            continue
        for container in task.containers:
            repository = repositories.get(_uri(container.image))
            if (
                repository is None
                or not _is_fixed(container.image)
                or _is_filled_by_ecr(system, container.image)
            ):
                continue
            yield Fault(
                task.resource,
                f"{task.name} starts {container.name} from {repository.address}, which is empty until "
                "somebody pushes to it, and nothing that the service waits for does",
                ("DesiredCount",),
                (f"{task.name} -> image of {container.name}",),
            )


def _is_deployed(model: Model, repository: Resource) -> bool:
    """Say whether a repository is there already, with images in it for all that anybody knows."""
    return model.before is not None and repository.address in model.before.system.by_address


def _uri(found: Image) -> str:
    """Give the name of an image without tag and digest."""
    name = found.name.partition("@")[0]
    return name.removesuffix(f":{found.tag}") if found.tag else name


def _is_fixed(found: Image) -> bool:
    """Say whether a template alone says which image it is; a digest says that there is one."""
    return not found.digest and not has_unknown(found.tag)


def _starts_later(system: System, task: Workload) -> bool:
    """Say whether somebody decides by a condition when the service, or its tasks, are to start."""
    count = task.resource.raw.get("DesiredCount")
    if isinstance(count, dict) and "Fn::If" in count:
        return True
    found: Resource | None = task.resource
    while found is not None:
        if "Condition" in found.body:
            return True
        found = system.parents.get(found.stack.path)
    return False


def _waits_for(model: Model, task: Workload, fillers: list[Resource]) -> bool:
    """Say whether something that may push an image is complete before the service is begun."""
    return any(model.order.is_before(filler, task.resource) for filler in fillers)


def _is_filled_by_ecr(system: System, found: Image) -> bool:
    """Say whether ECR itself fetches the image, by a pull-through cache."""
    rules = system.of("ECR::PullThroughCacheRule")
    return any(is_cached(found, cached.get("EcrRepositoryPrefix")) is not False for cached in rules)


RULES: Final[tuple[Rule, ...]] = (keeps_its_name_free, leaves_the_count_to_scaling, finds_its_image)
