"""The execution role: that there is one, and that it is the one with the permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.paths import listed
from private_fargate.verify.rules.roles.faults import fault, gathered, told
from private_fargate.verify.rules.roles.refused_calls import all_paths
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.containers import containers
from private_fargate.verify.tasks.workloads import is_on_fargate, requires_fargate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource

_ROLE: Final = "AmazonECS/latest/developerguide/task_execution_IAM_role.html"
_SECRETS: Final = (
    "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: "
)


@rule(
    "IAM-001",
    "error",
    "A task that pulls from ECR, writes its log by awslogs or reads secrets has an execution role",
    symptom="Fargate requires task definition to have execution role ARN to support ECR images.; or: … to "
    "support log driver awslogs.; or: When you are specifying container secrets, you must also specify a "
    "value for 'executionRoleArn'",
    fix="Set ExecutionRoleArn to a role with the managed policy AmazonECSTaskExecutionRolePolicy, and with "
    "what its secrets need.",
    source=_ROLE,
)
def has_execution_role(model: Model) -> Iterator[Fault]:
    """The role has no default: without it nobody logs in to the registry, or to anything else.

    CloudFormation creates the task definition or the service only to hear so from ECS.
    """
    for definition in model.definitions:
        reasons = _reasons(definition) if definition.get("ExecutionRoleArn") is None else []
        if reasons and _is_for_fargate(model, definition):
            broken = [
                path.name
                for path in model.once(all_paths)
                if path.workload.definition is definition and path.demand.caller == "execution"
            ]
            message = f"no ExecutionRoleArn, and {listed(reasons)}"
            yield Fault(definition, message, breaks=tuple(dict.fromkeys(broken)))


def _is_for_fargate(model: Model, definition: Resource) -> bool:
    """Say whether a task definition is for Fargate for certain: on EC2 the host's role can do."""
    services = [task.resource for task in model.tasks if task.definition is definition]
    on_fargate = any(is_on_fargate(model.system, service) for service in services)
    return requires_fargate(definition) is True or on_fargate


def _reasons(definition: Resource) -> list[str]:
    """Say for what a task needs an execution role."""
    found: list[str] = []
    for container in containers(definition):
        if container.image.registry == "ECR":
            found.append(f"{container.name} is pulled from ECR")
        if container.log_driver.lower() == "awslogs":
            found.append(f"{container.name} logs by awslogs")
        if container.pairs or container.items("LogConfiguration", "SecretOptions").values:
            found.append(f"{container.name} reads secrets")
        if container.get("RepositoryCredentials") is not None:
            found.append(f"{container.name} logs in to a private registry")
        if container.items("EnvironmentFiles").values:
            found.append(f"{container.name} reads environment files")
    return found


@rule(
    "IAM-011",
    "error",
    "The execution role may read the secrets of its tasks",
    symptom=f"{_SECRETS}User is not authorized to perform: secretsmanager:GetSecretValue",
    fix="In the execution role, allow secretsmanager:GetSecretValue on the Ref of the secret, or "
    "ssm:GetParameters on the ARN of the parameter.",
    source="AmazonECS/latest/developerguide/specifying-sensitive-data.html",
)
def may_read_secrets(model: Model) -> Iterator[Fault]:
    """The managed policy of the execution role speaks of images and of logs, and of no secret."""
    yield from told(model, "secret")


@rule(
    "IAM-012",
    "error",
    "What starts a task is allowed to the execution role, not to the task role",
    symptom=f"{_SECRETS}User is not authorized to perform this action",
    fix="Move the statements, or the managed policy, to the role that ExecutionRoleArn names.",
    source="AmazonECS/latest/developerguide/security-iam-roles.html",
)
def permissions_are_on_the_right_role(model: Model) -> Iterator[Fault]:
    """The two are easily taken for each other; the task role is for the application, which comes later."""
    for group in gathered(model, "another role"):
        definition = group[0].path.workload.definition
        other = model.roles.role(definition.get("TaskRoleArn")) if definition else None
        name = other.resource.address if other else "the task role"
        yield fault(model, group, f"; {name}, the task role, is allowed it")


@rule(
    "IAM-013",
    "error",
    "The execution role may read parameters by the call that ECS makes",
    symptom=f"{_SECRETS}User is not authorized to perform: ssm:GetParameters",
    fix="Allow ssm:GetParameters, in the plural, on the ARN of the parameter.",
    source="AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html",
)
def may_read_parameters(model: Model) -> Iterator[Fault]:
    """ECS reads all parameters of a task by one call, whose name differs by a letter from that for one."""
    yield from told(
        model, "one parameter only", ending="; it is allowed ssm:GetParameter, which ECS does not call"
    )


@rule(
    "IAM-014",
    "error",
    "The execution role may use the keys that encrypt its tasks' secrets",
    symptom="ResourceInitializationError: unable to pull secrets or registry auth: … Access to KMS is not "
    "allowed",
    fix="Allow kms:Decrypt on the key's ARN in the execution role, or name the role in the key's policy.",
    source="AmazonECS/latest/developerguide/specifying-sensitive-data.html",
)
def may_decrypt_secrets(model: Model) -> Iterator[Fault]:
    """The right to read a secret is not that to decrypt it, unless its key is the one of Secrets Manager."""
    yield from told(model, "key")


@rule(
    "IAM-028",
    "error",
    "The execution role may read the environment files of its tasks",
    symptom="ResourceInitializationError: failed to download env files: file download command: non empty "
    "error stream: AccessDenied",
    fix="Allow s3:GetObject on the file and s3:GetBucketLocation on its bucket, in the execution role.",
    source="AmazonECS/latest/developerguide/use-environment-file.html",
)
def may_read_files(model: Model) -> Iterator[Fault]:
    """A file has two calls, one of the object and one of the bucket, whose ARNs differ."""
    yield from told(model, "file")


RULES: Final[tuple[Rule, ...]] = (
    has_execution_role,
    may_read_secrets,
    permissions_are_on_the_right_role,
    may_read_parameters,
    may_decrypt_secrets,
    may_read_files,
)
