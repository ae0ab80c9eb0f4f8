"""What a task or a host asks of AWS before and while it runs, read from its definition.

The table of needs says which endpoints and actions a feature takes; here it meets one task, so that the
actions are about its repository, its log group, its secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.aws import needs
from private_fargate.aws.regions import needs_ecs_endpoints
from private_fargate.verify.tasks.demand import HTTPS, Call, Demand, Names, actions_of
from private_fargate.verify.tasks.images import is_cached
from private_fargate.verify.tasks.secrets import key_demand, secret_demands, secrets
from private_fargate.verify.templates.symbols import Address
from private_fargate.verify.templates.values import all_of, as_bool, as_text, matches, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.tasks.containers import Container
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System


def demands(system: System, workload: Workload) -> tuple[Demand, ...]:
    """Give what a workload asks for, each once, in the order in which AWS comes across it."""
    if workload.kind == "host":
        return tuple(_of_host())
    found = [*_images(system, workload), *secrets(system, workload), *_logs(system, workload)]
    found += [*_files(system, workload), *_exec(system, workload), *_agents(system, workload)]
    return tuple(dict.fromkeys(found))


def _images(system: System, workload: Workload) -> Iterator[Demand]:
    for container in workload.containers:
        at = ("ContainerDefinitions", container.index, "Image")
        credentials = container.get("RepositoryCredentials", "CredentialsParameter")
        if credentials is not None:
            where = ("ContainerDefinitions", container.index, "RepositoryCredentials")
            yield from secret_demands(system, credentials, where)
        match container.image.registry:
            case "ECR":
                yield from _from_ecr(system, container, at)
            case "unknown":
                why = system.why_unknown(container.get("Image")) or "the container names no image"
                feature = needs.PULL_FROM_ECR
                yield Demand(need=f"image of {container.name}", feature=feature, at=at, unknown=why)
            case _:
                host = container.image.host
                yield Demand(need=f"{host}:{HTTPS}", feature=needs.PULL_FROM_ELSEWHERE, host=host, at=at)


def _from_ecr(system: System, container: Container, at: tuple[str | int, ...]) -> Iterator[Demand]:
    names, image = Names(system), container.image
    rules = system.of("ECR::PullThroughCacheRule")
    cached = any(is_cached(image, rule.get("EcrRepositoryPrefix")) for rule in rules)
    feature = needs.PULL_THROUGH_CACHE if cached else needs.PULL_FROM_ECR
    repository = names.arn("ecr", f"repository/{image.repository}", image.region, image.account)
    own = image.region if image.region != names.region else ""
    pulls = [
        action
        for action in actions_of(feature, "execution", "repository")
        if action != "ecr:CreateRepository" or not _is_created(system, repository, image.repository)
    ]
    token = actions_of(feature, "execution", "any")
    layer = system.world.symbols.attribute(Address((), "layer"), "Digest")
    yield Demand(
        need=f"ecr.api:{HTTPS}",
        feature=feature,
        endpoint="ecr.api",
        region=own,
        caller="execution",
        calls=tuple(Call(action) for action in token),
        at=at,
    )
    yield Demand(
        need=f"ecr.dkr:{HTTPS}",
        feature=feature,
        endpoint="ecr.dkr",
        region=own,
        dual_stack=image.dual_stack,
        caller="execution",
        calls=tuple(Call(action, (repository,)) for action in pulls),
        at=at,
    )
    yield Demand(
        need=f"s3:{HTTPS}",
        feature=feature,
        endpoint="s3",
        region=own,
        calls=(Call("s3:GetObject", (names.layers(image.region, layer),)),),
        layers=True,
        at=at,
    )


def _logs(system: System, workload: Workload) -> Iterator[Demand]:
    for container in workload.containers:
        if container.log_driver.lower() != "awslogs":
            continue
        at = ("ContainerDefinitions", container.index, "LogConfiguration")
        group, names = container.log_option("awslogs-group"), Names(system)
        region = as_text(container.log_option("awslogs-region") or names.region)
        if group is None:
            continue  # a fault of its own
        log_group = f"log-group:{as_text(group)}"
        task = system.world.symbols.attribute(Address((), "task"), "Id")
        prefix = as_text(container.log_option("awslogs-stream-prefix") or "")
        stream = names.arn("logs", f"{log_group}:log-stream:{prefix}/{container.name}/{task}", region)
        calls = [Call(action, (stream,)) for action in actions_of(needs.WRITE_LOGS, "execution", "log group")]
        whole = names.arn("logs", log_group, region)
        if as_bool(container.log_option("awslogs-create-group")) and not _is_there(system, whole):
            calls.append(Call("logs:CreateLogGroup", (whole, f"{whole}:log-stream:")))
        yield Demand(
            need=f"logs:{HTTPS}",
            feature=needs.WRITE_LOGS,
            endpoint="logs",
            region="" if region == names.region else region,
            caller="execution",
            calls=tuple(calls),
            at=at,
        )


def _is_created(system: System, repository: str, name: str) -> bool:
    """Say whether a repository for cached images is there, or ECR makes it from a template of its own."""
    if system.find(repository, "ECR::Repository"):
        return True
    templates = system.of("ECR::RepositoryCreationTemplate")
    prefixes = [as_text(template.get("Prefix") or "") for template in templates]
    return any(prefix == "ROOT" or matches(f"{prefix}/*", name) is not False for prefix in prefixes)


def _is_there(system: System, group: str) -> bool:
    """Say whether a log group is ours: the driver creates one only after it was told that there is none."""
    own = (as_text(found.attribute("Arn")).removesuffix(":*") for found in system.of("Logs::LogGroup"))
    return any(same(arn, group) is not False for arn in own)


def _files(system: System, workload: Workload) -> Iterator[Demand]:
    for container in workload.containers:
        for index, file in enumerate(container.items("EnvironmentFiles").values):
            value = as_text(file.get("Value") or "") if isinstance(file, dict) else ""
            at = ("ContainerDefinitions", container.index, "EnvironmentFiles", index)
            if not value.startswith("arn:"):
                why = system.why_unknown(value) or "the file is not named by an ARN"
                yield Demand(need="environment file", feature=needs.READ_FILES, at=at, unknown=why)
                continue
            bucket = value.partition("/")[0]
            yield Demand(
                need=f"s3:{HTTPS}",
                feature=needs.READ_FILES,
                endpoint="s3",
                caller="execution",
                calls=(Call("s3:GetObject", (value,)), Call("s3:GetBucketLocation", (bucket,))),
                at=at,
            )


def _exec(system: System, workload: Workload) -> Iterator[Demand]:
    if workload.exec is False:
        return
    if workload.exec is None:
        why = system.why_unknown(workload.resource.get("EnableExecuteCommand")) or "Exec may be on"
        yield Demand(need=f"ssmmessages:{HTTPS}", feature=needs.EXEC, unknown=why)
        return
    yield Demand(
        need=f"ssmmessages:{HTTPS}",
        feature=needs.EXEC,
        endpoint="ssmmessages",
        caller="task",
        calls=tuple(Call(action) for action in actions_of(needs.EXEC, "task", "any")),
    )
    cluster = system.find(workload.cluster, "ECS::Cluster")
    settings = cluster.get("Configuration", "ExecuteCommandConfiguration") if cluster else None
    if isinstance(settings, dict):
        yield from _exec_settings(system, settings)


def _exec_settings(system: System, settings: dict[str, Value]) -> Iterator[Demand]:
    key = settings.get("KmsKeyId")
    if key is not None:
        yield from _exec_key(system, key)
    logging = settings.get("LogConfiguration")
    group = logging.get("CloudWatchLogGroupName") if isinstance(logging, dict) else None
    if group is None or as_text(settings.get("Logging", "DEFAULT")).upper() == "NONE":
        return
    names = Names(system)
    session = system.world.symbols.attribute(Address((), "session"), "Id")
    stream = names.arn("logs", f"log-group:{as_text(group)}:log-stream:{session}")
    on_group = actions_of(needs.EXEC_LOGGED, "task", "log group")
    describe = actions_of(needs.EXEC_LOGGED, "task", "any")
    yield Demand(
        need=f"logs:{HTTPS} of Exec sessions",
        feature=needs.EXEC_LOGGED,
        endpoint="logs",
        caller="task",
        calls=(
            *(Call(action) for action in describe),
            *(Call(action, (stream,)) for action in on_group),
        ),
    )


def _exec_key(system: System, key: Value) -> Iterator[Demand]:
    """Ask KMS, as the agent in the task does: through the door of the VPC, whose policy counts too.

    Source: kms/latest/developerguide/vpce-connect.html, Required permissions.
    """
    right = key_demand(system, key, needs.EXEC_UNDER_KEY, "task", "kms:Decrypt of Exec sessions", ())
    if right.unknown:  # then there is still the way to KMS
        yield right
    yield Demand(
        need=f"kms:{HTTPS}",
        feature=needs.EXEC_UNDER_KEY,
        endpoint="kms",
        caller="task",
        calls=right.calls,
    )


def _agents(system: System, workload: Workload) -> Iterator[Demand]:
    """Ask for the channels of ECS itself, where it uses those of the VPC."""
    region = system.world.region
    if region and needs_ecs_endpoints(region):
        for endpoint in needs.REACH_ECS.endpoints:
            yield Demand(need=f"{endpoint}:{HTTPS}", feature=needs.REACH_ECS, endpoint=endpoint)
    connect = workload.resource.get("ServiceConnectConfiguration")
    if isinstance(connect, dict) and all_of([as_bool(connect.get("Enabled"))]):
        yield Demand(need=f"ecs-agent:{HTTPS}", feature=needs.SERVICE_CONNECT, endpoint="ecs-agent")


def _of_host() -> Iterator[Demand]:
    need = needs.SESSION_MANAGER
    actions = actions_of(need, "instance", "any")
    for endpoint in need.endpoints:
        calls = tuple(Call(action) for action in actions if action.startswith(f"{endpoint}:"))
        yield Demand(
            need=f"{endpoint}:{HTTPS}", feature=need, endpoint=endpoint, caller="instance", calls=calls
        )


def file_systems(workload: Workload) -> list[tuple[int, Value]]:
    """Give the EFS file systems that a task mounts, with the place of each volume."""
    if workload.definition is None:
        return []
    found: list[tuple[int, Value]] = []
    for index, volume in enumerate(workload.definition.items("Volumes").values):
        settings = volume.get("EFSVolumeConfiguration") if isinstance(volume, dict) else None
        if isinstance(settings, dict):
            found.append((index, settings.get("FilesystemId") or settings.get("FileSystemId")))
    return found
