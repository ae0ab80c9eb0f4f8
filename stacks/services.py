"""A group of services and what they take from the rest of the system.

Up to eighty services stand in the parent itself, each with parameters of its own in the launch form.
Beyond that CloudFormation's limits of 200 parameters and 500 resources come near, and the services
are spread over groups by their names, so that one more service moves none of the others.  A group
has a few parameters for its images: `name=sha256:…` entries, in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from private_fargate.config.models import RepositoryImage
from private_fargate.kit import kinds
from private_fargate.kit.digests import digest_of, text_numbers
from private_fargate.kit.form import ServiceForm
from private_fargate.kit.naming import logical_id
from private_fargate.kit.spread import group_count, spread
from stacks import service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.config.models import Environment, Service
    from private_fargate.kit.scope import Scope


IN_PARENT = 80  # two parameters and two outputs for each, of the 200 that there may be


@dataclass(frozen=True, kw_only=True)
class Config:
    """Which services of an environment; `group` is 0 in the parent itself."""

    group: int
    names: tuple[str, ...]
    environment: Environment = field(compare=False)

    @property
    def slug(self) -> str:
        """The number of the group."""
        return str(self.group)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the services take from other stacks, and what the person launching chooses.

    Attributes:
        repository_uri: of each repository of ours that a service of the group pulls from, by name.
        repository_arn: of the same.
        image_digest: by service; a service in `image_digests` is not here.
        image_digests: entries of the services that have no parameter of their own.
        task_count: by service; the others have the number in the settings.
        task_cpu: by service; the others have what the settings say. So with the rest.
    """

    vpc_id: kinds.VpcId
    vpc_cidr: kinds.VpcCidr
    private_subnet_ids: kinds.PrivateSubnetIds
    client_security_group_id: kinds.EndpointClientSecurityGroupId
    namespace_id: kinds.NamespaceId
    cluster_name: kinds.ClusterName
    key_arn: kinds.KeyArn
    exec_log_group_arn: kinds.ExecLogGroupArn | None
    repository_uri: Mapping[str, kinds.RepositoryUri]
    repository_arn: Mapping[str, kinds.RepositoryArn]
    image_digest: Mapping[str, kinds.ImageDigest]
    image_digests: Mapping[str, kinds.ImageDigests]
    task_count: Mapping[str, kinds.TaskCount]
    task_cpu: Mapping[str, kinds.TaskCpu] = field(default_factory=dict[str, "kinds.TaskCpu"])
    task_memory: Mapping[str, kinds.TaskMemory] = field(default_factory=dict[str, "kinds.TaskMemory"])
    log_retention: Mapping[str, kinds.LogRetention] = field(default_factory=dict[str, "kinds.LogRetention"])


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Services are found by name; nobody waits for one."""


def ask(scope: Scope, environment: Environment) -> dict[str, ServiceForm]:
    """Ask for the numbers of tasks and the images of services that stand in the parent."""
    if len(environment.services) > IN_PARENT:
        return {}
    return {name: ask_one(scope, name, settings) for name, settings in environment.services.items()}


def ask_one(scope: Scope, name: str, settings: Service, *, of: str = "") -> ServiceForm:
    """Ask for the number of tasks of a service, and for its image if it lies in a repository of ours.

    Args:
        scope: the root.
        name: of the service.
        settings: whose values are the defaults.
        of: follows what is asked for, where a description has to say by itself of which service it is.
    """
    group, title = f"Service {name}", logical_id(name)
    count = scope.ask(
        group,
        f"{title}Count",
        "Number of tasks",
        kinds.TaskCount,
        Default=settings.count,
        Description=f"Number of tasks{of}, once there is an image.",
    )
    if not isinstance(settings.image, RepositoryImage):
        return ServiceForm(task_count=count)
    says = f"Digest of the image{of} in the repository; while it is empty, the service runs no task."
    digest = scope.ask(
        group,
        f"{title}ImageDigest",
        "Digest of the image (empty: no tasks)",
        kinds.ImageDigest,
        Default=settings.image.digest or "",
        Description=says,
    )
    return ServiceForm(task_count=count, image_digest=digest)


def ask_digests(scope: Scope, environment: Environment) -> dict[int, dict[str, kinds.ImageDigests]]:
    """Ask for texts that hold the digests of a group: one parameter each would be too many."""
    if len(environment.services) <= IN_PARENT:
        return {}
    asked: dict[int, dict[str, kinds.ImageDigests]] = {}
    for group, names in spread(environment.services, group_count(len(environment.services))).items():
        title = f"Services{group}"
        asked[group] = {
            number: scope.ask(
                "Images", f"{title}ImageDigests{number}", f"{title}, {number}", kinds.ImageDigests, Default=""
            )
            for number in text_numbers(len(names))
        }
    return asked


def build(scope: Scope, config: Config, inputs: Inputs, *, egress: object = None) -> Outputs:
    """Services: a stack for each, of the template of its shape."""
    for name in config.names:
        shape = service.Config.of(config.environment, name)
        # Only who calls out to the internet waits for the way there.
        after = [egress] if shape.internet and egress is not None else []
        scope.nest(logical_id(name), service.build, shape, _inputs(config, name, shape, inputs), after=after)
    return Outputs()


def _inputs(config: Config, name: str, shape: service.Config, inputs: Inputs) -> service.Inputs:
    settings = config.environment.services[name]
    image = settings.image
    ours = image.repository if isinstance(image, RepositoryImage) else None
    decided = service.chosen(config.environment, name, inputs.vpc_cidr)
    decided["task_cpu"] = inputs.task_cpu.get(name) or decided["task_cpu"]
    decided["task_memory"] = inputs.task_memory.get(name) or decided["task_memory"]
    decided["log_retention"] = inputs.log_retention.get(name) or decided["log_retention"]
    return service.Inputs(
        vpc_id=inputs.vpc_id,
        vpc_cidr=inputs.vpc_cidr,
        private_subnet_ids=inputs.private_subnet_ids,
        client_security_group_id=inputs.client_security_group_id,
        namespace_id=inputs.namespace_id,
        cluster_name=inputs.cluster_name,
        key_arn=inputs.key_arn,
        exec_log_group_arn=inputs.exec_log_group_arn if shape.exec else None,
        repository_uri=inputs.repository_uri[ours] if ours else None,
        repository_arn=inputs.repository_arn[ours] if ours else None,
        image_digest=_digest(name, image, inputs) if isinstance(image, RepositoryImage) else None,
        task_count=inputs.task_count.get(name) or service.task_count(settings),
        **decided,
    )


def _digest(name: str, image: RepositoryImage, inputs: Inputs) -> kinds.ImageDigest:
    if name in inputs.image_digest:
        return inputs.image_digest[name]
    return digest_of(name, list(inputs.image_digests.values()), default=image.digest or "")
