"""What a task or a host asks of AWS before and while it runs, read from its definition.

The table of needs says which endpoints and actions a feature takes; here it meets one task, so that the
actions are about its repository, its log group, its secrets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from private_fargate.aws import needs
from private_fargate.aws.buckets import ECR_LAYERS
from private_fargate.aws.regions import needs_ecs_endpoints
from private_fargate.verify.tasks.images import is_cached
from private_fargate.verify.templates.stacks import RANDOM_CHARACTERS
from private_fargate.verify.templates.values import (
    DRAWN,
    Address,
    all_of,
    as_bool,
    as_text,
    has_unknown,
    is_unknown,
    matches,
    same,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.aws.needs import Need, Role
    from private_fargate.verify.tasks.workloads import Container, Workload
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Attribute, Value

HTTPS: Final = 443
NFS: Final = 2049
_WHOLE: Final = re.compile(rf"-[A-Za-z0-9{DRAWN}]{{{RANDOM_CHARACTERS}}}$|[\U000f0000-\U0010fffd]$")
_ARN_OF_SECRET: Final = 7
"""How many parts the ARN of a secret has; more of them choose a key, a stage and a version."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an API.

    Attributes:
        action: As `ecr:BatchGetImage`.
        resources: The ARN that it is about; more than one where AWS takes either spelling.
    """

    action: str
    resources: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One thing that a workload asks for.

    Attributes:
        need: Its name in a proof: `ecr.api:443`.
        feature: The row of the table of needs; None for what is no call of an API.
        endpoint: The endpoint service that leads there; empty if none does.
        host: The public name that has to be reached if no endpoint serves; empty if it is AWS's.
        region: The region in which it is; empty for the stack's own.
        dual_stack: Whether it is called by a dual-stack name of ECR.
        caller: Whose credentials it takes: the execution role's, the task role's, the instance's.
        calls: What the caller does there, each of which its role and the endpoint have to allow.
        layers: Whether these are image layers, which AWS signs for itself.
        needs_network: False for what another service of AWS does in the caller's name.
        at: Where in the task definition it comes from.
        unknown: Why it is not known what is asked for; empty if it is.
    """

    need: str
    feature: Need | None = None
    endpoint: str = ""
    host: str = ""
    region: str = ""
    dual_stack: bool = False
    caller: Role | None = None
    calls: tuple[Call, ...] = ()
    layers: bool = False
    needs_network: bool = True
    at: tuple[str | int, ...] = field(default=(), compare=False)
    unknown: str = ""

    @property
    def port(self) -> int:
        """The port that is called."""
        return HTTPS


def demands(system: System, workload: Workload) -> tuple[Demand, ...]:
    """Give what a workload asks for, each once, in the order in which AWS comes across it."""
    if workload.kind == "host":
        return tuple(_of_host())
    found = [*_images(system, workload), *_secrets(system, workload), *_logs(system, workload)]
    found += [*_files(system, workload), *_exec(system, workload), *_agents(system, workload)]
    return tuple(dict.fromkeys(found))


class _Names:
    """ARNs in the account and region of the deployment."""

    def __init__(self, system: System) -> None:
        pseudo = system.world.pseudo
        self.partition: str = pseudo("AWS::Partition")
        self.region: str = pseudo("AWS::Region")
        self.account: str = pseudo("AWS::AccountId")

    def arn(self, service: str, resource: str, region: str | None = None, account: str | None = None) -> str:
        own = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{region or self.region}:{own}:{resource}"

    def layers(self, region: str, layer: str) -> str:
        text = ECR_LAYERS.replace("${AWS::Partition}", self.partition).replace("${AWS::Region}", region)
        return text.replace("*", layer)


def _actions(need: Need, role: Role, kind: str) -> tuple[str, ...]:
    """Give the actions of a need that one role needs on one kind of resource."""
    found = [p.actions for p in need.permissions if p.role == role and p.resource == kind]
    return tuple(action for actions in found for action in actions)


def _images(system: System, workload: Workload) -> Iterator[Demand]:
    for container in workload.containers:
        at = ("ContainerDefinitions", container.index, "Image")
        credentials = container.get("RepositoryCredentials", "CredentialsParameter")
        if credentials is not None:
            where = ("ContainerDefinitions", container.index, "RepositoryCredentials")
            yield from _secret(system, credentials, where)
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
    names, image = _Names(system), container.image
    rules = system.of("ECR::PullThroughCacheRule")
    cached = any(is_cached(image, rule.get("EcrRepositoryPrefix")) for rule in rules)
    feature = needs.PULL_THROUGH_CACHE if cached else needs.PULL_FROM_ECR
    repository = names.arn("ecr", f"repository/{image.repository}", image.region, image.account)
    own = image.region if image.region != names.region else ""
    pulls = [
        action
        for action in _actions(feature, "execution", "repository")
        if action != "ecr:CreateRepository" or not _is_created(system, repository, image.repository)
    ]
    token = _actions(feature, "execution", "any")
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


def _secrets(system: System, workload: Workload) -> Iterator[Demand]:
    for container in workload.containers:
        at = ("ContainerDefinitions", container.index)
        for index, secret in container.pairs:
            yield from _secret(system, secret.get("ValueFrom"), (*at, "Secrets", index, "ValueFrom"))
        options = container.items("LogConfiguration", "SecretOptions").values
        for index, option in enumerate(options):
            where = (*at, "LogConfiguration", "SecretOptions", index)
            yield from _secret(system, option.get("ValueFrom") if isinstance(option, dict) else None, where)


def _secret(system: System, value: Value, at: tuple[str | int, ...]) -> Iterator[Demand]:
    """Read what a secret's `ValueFrom` names: a secret by its ARN, or a parameter by its ARN or name."""
    if value is None:
        return
    text = as_text(value)
    parts = text.split(":")
    if text.startswith("arn:") and len(parts) > 5 and parts[2] == "secretsmanager":  # noqa: PLR2004 -- its resource
        arn = ":".join(parts[:_ARN_OF_SECRET])
        yield _reading(system, needs.READ_SECRETS, _whole_arns(system, arn), parts[3], at)
        yield from _decrypting(system, arn, at)
    elif text.startswith("arn:") and len(parts) > 5 and parts[2] == "ssm":  # noqa: PLR2004 -- its resource
        yield _reading(system, needs.READ_PARAMETERS, (text,), parts[3], at)
    elif (attribute := system.world.symbols.attribute_in(text[:1])) and not _is_parameter(system, attribute):
        yield from _by_attribute(system, text, attribute, at)
    elif is_unknown(value) or (has_unknown(text) and text.startswith(("arn:", "{{"))):
        why = system.why_unknown(value)
        yield Demand(need="secret", feature=needs.READ_SECRETS, at=at, unknown=why)
    else:
        names = _Names(system)
        spellings = [text] if text.startswith("/") else [f"/{text}"]
        spellings += [text] if has_unknown(text[:1]) else []
        arns = tuple(names.arn("ssm", f"parameter{spelling}") for spelling in spellings)
        yield _reading(system, needs.READ_PARAMETERS, arns, names.region, at)


def _is_parameter(system: System, attribute: Attribute) -> bool:
    resource = system.by_address.get(attribute.resource)
    return resource is not None and resource.type == "AWS::SSM::Parameter"


def _by_attribute(
    system: System, text: str, attribute: Attribute, at: tuple[str | int, ...]
) -> Iterator[Demand]:
    """Read a secret that some other resource made, such as `MasterUserSecret.SecretArn` of a database."""
    if "SecretArn" in attribute.name or text[1:2] == ":":
        arn = text.partition(":")[0]
        yield _reading(system, needs.READ_SECRETS, (arn,), _Names(system).region, at)
    else:
        why = f"what {attribute} is cannot be told"
        yield Demand(need="secret", feature=needs.READ_SECRETS, at=at, unknown=why)


def _whole_arns(system: System, arn: str) -> tuple[str, ...]:
    """Give what an ARN of a secret can mean: one without its last six characters is completed by AWS."""
    if _WHOLE.search(arn):
        return (arn,)
    unknown = system.root.unknown(f"end of {arn}", "the end of the secret's ARN is not written")
    return (arn, f"{arn}-{DRAWN * RANDOM_CHARACTERS}", f"{arn}-{unknown}")


def _reading(
    system: System, feature: Need, arns: tuple[str, ...], region: str, at: tuple[str | int, ...]
) -> Demand:
    endpoint = feature.endpoints[0]
    kind = "secret" if feature is needs.READ_SECRETS else "parameter"
    return Demand(
        need=f"{endpoint}:{HTTPS}",
        feature=feature,
        endpoint=endpoint,
        region="" if region == _Names(system).region else region,
        caller="execution",
        calls=tuple(Call(action, arns) for action in _actions(feature, "execution", kind)),
        at=at,
    )


def _decrypting(system: System, arn: str, at: tuple[str | int, ...]) -> Iterator[Demand]:
    """Ask for the key of a secret of ours, if it is not the one of Secrets Manager itself."""
    secret = system.find(arn, "SecretsManager::Secret")
    key = secret.get("KmsKeyId") if secret else None
    if key is None or as_text(key).endswith("alias/aws/secretsmanager"):
        return
    yield _key(system, key, needs.DECRYPT_SECRETS, "execution", "kms:Decrypt of a secret", at)


def _key(  # noqa: PLR0913, PLR0917 -- what is asked for, by whom, and where it comes from
    system: System,
    key: Value,
    feature: Need,
    caller: Role,
    need: str,
    at: tuple[str | int, ...],
) -> Demand:
    arn = key_arn(system, key)
    unknown = "" if arn else system.why_unknown(key) or f"which key {system.show(key)} is cannot be told"
    calls = tuple(Call(action, (arn,)) for action in _actions(feature, caller, "key")) if arn else ()
    return Demand(
        need=need, feature=feature, caller=caller, calls=calls, needs_network=False, at=at, unknown=unknown
    )


def key_arn(system: System, key: Value) -> str:
    """Give the ARN of a key by its ARN, its id or its alias; empty if which key it is cannot be told."""
    resource = system.find(key, "KMS::Key", "KMS::ReplicaKey")
    if resource is None:
        for alias in system.of("KMS::Alias"):
            if as_text(key) in (as_text(alias.get("AliasName")), alias.ref):
                resource = system.find(alias.get("TargetKeyId"), "KMS::Key", "KMS::ReplicaKey")
    if resource is not None:
        return as_text(resource.attribute("Arn"))
    text = as_text(key)
    return text if text.startswith("arn:") and ":key/" in text else ""


def _logs(system: System, workload: Workload) -> Iterator[Demand]:
    for container in workload.containers:
        if container.log_driver.lower() != "awslogs":
            continue
        at = ("ContainerDefinitions", container.index, "LogConfiguration")
        group, names = container.log_option("awslogs-group"), _Names(system)
        region = as_text(container.log_option("awslogs-region") or names.region)
        if group is None:
            continue  # a fault of its own
        log_group = f"log-group:{as_text(group)}"
        task = system.world.symbols.attribute(Address((), "task"), "Id")
        prefix = as_text(container.log_option("awslogs-stream-prefix") or "")
        stream = names.arn("logs", f"{log_group}:log-stream:{prefix}/{container.name}/{task}", region)
        calls = [Call(action, (stream,)) for action in _actions(needs.WRITE_LOGS, "execution", "log group")]
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
        calls=tuple(Call(action) for action in _actions(needs.EXEC, "task", "any")),
    )
    cluster = system.find(workload.cluster, "ECS::Cluster")
    settings = cluster.get("Configuration", "ExecuteCommandConfiguration") if cluster else None
    if isinstance(settings, dict):
        yield from _exec_settings(system, settings)


def _exec_settings(system: System, settings: dict[str, Value]) -> Iterator[Demand]:
    key = settings.get("KmsKeyId")
    if key is not None:
        yield _key(system, key, needs.EXEC_UNDER_KEY, "task", "kms:Decrypt of Exec sessions", ())
        yield Demand(need=f"kms:{HTTPS}", feature=needs.EXEC_UNDER_KEY, endpoint="kms", caller="task")
    logging = settings.get("LogConfiguration")
    group = logging.get("CloudWatchLogGroupName") if isinstance(logging, dict) else None
    if group is None or as_text(settings.get("Logging", "DEFAULT")).upper() == "NONE":
        return
    names = _Names(system)
    session = system.world.symbols.attribute(Address((), "session"), "Id")
    stream = names.arn("logs", f"log-group:{as_text(group)}:log-stream:{session}")
    on_group = _actions(needs.EXEC_LOGGED, "task", "log group")
    describe = _actions(needs.EXEC_LOGGED, "task", "any")
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
    actions = _actions(need, "instance", "any")
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
