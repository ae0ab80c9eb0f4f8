"""What the execution role has to be allowed for images in ECR."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify import iam
from private_fargate.verify.rules.roles.faults import policies_of, told
from private_fargate.verify.rules.roles.refused_calls import LOGIN, depends_on_network, refusals, statements
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.containers import containers
from private_fargate.verify.tasks.demand import Call
from private_fargate.verify.templates.values import as_items, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.roles import Role
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource

_ROLE: Final = "AmazonECS/latest/developerguide/task_execution_IAM_role.html"
_LOGIN_FAILS: Final = (
    "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: User is "
    "not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy "
    "allows the ecr:GetAuthorizationToken action"
)
_PULL_FAILS: Final = "CannotPullContainerError: … unexpected status from HEAD request to …: 403 Forbidden"
_AGENT: Final = "aws-guardduty-agent-fargate"
_ACCOUNT: Final = re.compile(r"arn:[^:]*:ecr:[^:]*:\d{12}:")


@rule(
    "IAM-005",
    "error",
    "The execution role may log in to ECR",
    symptom=_LOGIN_FAILS,
    fix="Allow ecr:GetAuthorizationToken on *, or attach AmazonECSTaskExecutionRolePolicy.",
    source=_ROLE,
)
def may_log_in(model: Model) -> Iterator[Fault]:
    """A token is fetched before any image is; the actions that pull one do not include it."""
    yield from told(model, "login")


@rule(
    "IAM-006",
    "error",
    "The execution role may log in to ECR as a whole",
    symptom=_LOGIN_FAILS,
    fix='Put ecr:GetAuthorizationToken into a statement of its own, with Resource: "*".',
    source="service-authorization/latest/reference/list_amazonelasticcontainerregistry.html",
)
def may_log_in_anywhere(model: Model) -> Iterator[Fault]:
    """The action has no resource, so that a statement about a repository never holds for it."""
    yield from told(model, "login to one repository")


@rule(
    "IAM-007",
    "error",
    "The execution role may pull the images of its tasks",
    symptom=_PULL_FAILS,
    fix="Allow ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on the ARN of the repository.",
    source=_ROLE,
)
def may_pull(model: Model) -> Iterator[Fault]:
    """The login succeeds, and the registry answers with 403: it looks like a fault of the network."""
    yield from told(model, "pull")


@rule(
    "IAM-008",
    "error",
    "The execution role may pull from the repository that Image names",
    symptom=_PULL_FAILS,
    fix="Name the repository of the image in Resource, with its account and region: the ARN of the "
    "AWS::ECR::Repository.",
    source=_ROLE,
)
def may_pull_this_image(model: Model) -> Iterator[Fault]:
    """The task definition names the image and the role its repository, and one of the two was changed."""
    yield from told(model, "pull of another repository")


@rule(
    "IAM-020",
    "warning",
    "The login to ECR does not depend on the network that it comes from",
    symptom=_LOGIN_FAILS,
    fix="Allow ecr:GetAuthorizationToken in a statement without aws:SourceVpc and aws:SourceVpce.",
    source=f"{_ROLE}: the call goes through a network interface of Fargate, not through the task's",
)
def logs_in_from_anywhere(model: Model) -> Iterator[Fault]:
    """The condition is right for the calls that pull an image, which the task's own interface makes."""
    refused = [refusal for refusal in refusals(model) if refusal.cause == "login by network"]
    if refused:
        yield from told(model, "login by network", severity="error")
    known = {id(refusal.role.resource) for refusal in refused}
    for role in _pulling(model):
        condition = depends_on_network(role)
        if condition and id(role.resource) not in known:
            message = f"{role.resource.address} may {LOGIN} under the condition {condition} only"
            yield Fault(role.resource, message, at=policies_of(role.resource))


@rule(
    "IAM-027",
    "error",
    "The execution role may pull through the cache what is not in it yet",
    symptom="CannotPullContainerError: … 403 Forbidden, or RepositoryNotFoundException, on the first pull",
    fix="Allow ecr:BatchImportUpstreamImage and ecr:CreateRepository on the repositories under the prefix, "
    "in the role or in an AWS::ECR::RegistryPolicy; or let a RepositoryCreationTemplate create them.",
    source="AmazonECR/latest/userguide/pull-through-cache-iam.html",
)
def may_fill_the_cache(model: Model) -> Iterator[Fault]:
    """Whoever pulled the image once before, with more rights, hides the fault from those who come later."""
    yield from told(model, "cache")


@rule(
    "IAM-026",
    "warning",
    "The execution role may pull the agent of GuardDuty, where that is put into tasks",
    symptom="none: the task starts without the agent, and GuardDuty shows its coverage as unhealthy",
    fix="Attach AmazonECSTaskExecutionRolePolicy, or allow the pull of aws-guardduty-agent-fargate from the "
    "account that GuardDuty names for the region.",
    source="guardduty/latest/ug/ecs-runtime-agent-ecr-image-uri.html",
)
def may_pull_the_agent(model: Model) -> Iterator[Fault]:
    """The agent's image is in an account of AWS, which a statement about one's own repositories misses."""
    if not any(_puts_agents(detector) for detector in model.system.of("GuardDuty::Detector")):
        return
    pseudo = model.system.world.pseudo
    arn = f"arn:{pseudo('AWS::Partition')}:ecr:{pseudo('AWS::Region')}:{iam.FOREIGN}:repository/{_AGENT}"
    call = Call("ecr:BatchGetImage", (arn,))
    watched = [task.definition for task in model.tasks if task.definition and not _is_left_out(model, task)]
    for role in _pulling(model, watched):
        texts = [text for s in statements(role, call) if s.resources for text in s.resources.texts]
        # Which account it is depends on the region, and a number that is written down may be the one.
        if any(_AGENT in text or _may_be_its(text) for text in texts) or not texts:
            continue
        if model.roles.may(role.resource.attribute("Arn"), call, ()).holds is False:
            message = f"{role.resource.address} may not pull {_AGENT}: its statement is about {texts[0]}"
            yield Fault(role.resource, message, at=policies_of(role.resource))


def _may_be_its(text: str) -> bool:
    """Say whether a statement's resource names an account that is written down, and any repository there."""
    found = _ACCOUNT.match(text)
    return found is not None and matches(text[found.end() :], f"repository/{_AGENT}") is not False


def _puts_agents(detector: Resource) -> bool:
    """Say whether a detector puts GuardDuty's agent into tasks on Fargate for certain."""
    features = [item for item in detector.items("Features").values if isinstance(item, dict)]
    agents = [
        agent
        for feature in features
        if feature.get("Name") == "RUNTIME_MONITORING" and feature.get("Status") == "ENABLED"
        for agent in as_items(feature.get("AdditionalConfiguration")).values
        if isinstance(agent, dict)
    ]
    wanted = {"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}
    return detector.flag("Enable") is True and any(wanted.items() <= agent.items() for agent in agents)


def _is_left_out(model: Model, task: Workload) -> bool:
    """Say whether the tags of a task's cluster may keep the agent away."""
    cluster = model.system.find(task.cluster, "ECS::Cluster")
    tags = cluster.items("Tags") if cluster else None
    if tags is None or not tags.complete:
        return True
    return any(isinstance(tag, dict) and tag.get("Key") == "GuardDutyManaged" for tag in tags.values)


def _pulling(model: Model, definitions: Iterable[Resource] | None = None) -> list[Role]:
    """Give the execution roles of ours that images in ECR are pulled with, each once."""
    found: dict[int, Role] = {}
    for definition in model.definitions if definitions is None else definitions:
        role = model.roles.role(definition.get("ExecutionRoleArn"))
        if role and any(container.image.registry == "ECR" for container in containers(definition)):
            found[id(role.resource)] = role
    return list(found.values())


RULES: Final[tuple[Rule, ...]] = (
    may_log_in,
    may_log_in_anywhere,
    may_pull,
    may_pull_this_image,
    logs_in_from_anywhere,
    may_fill_the_cache,
    may_pull_the_agent,
)
