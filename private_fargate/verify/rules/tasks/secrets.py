"""Rules about the secrets of a container, and about what should have been one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.parts import at, known_text, named, parts
from private_fargate.verify.templates.symbols import Attribute, has_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.rules.tasks.parts import At
    from private_fargate.verify.tasks.containers import Container
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System

_SECRETS: Final = "AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html"
_IN_TASK: Final = "AmazonECS/latest/APIReference/API_Secret.html"
_EXEC: Final = "AmazonECS/latest/developerguide/ecs-exec.html"

_REFERENCE: Final = "/aws/reference/secretsmanager/"
_NO_PARAMETER: Final = re.compile(r"[^A-Za-z0-9_.\-/:]")
_ARN_FIELDS: Final = 7  # arn:partition:secretsmanager:region:account:secret:name
_ALL_FIELDS: Final = 10  # the same, then key:stage:version
_SECRET_ATTRIBUTES: Final = ("MasterUserSecret.SecretArn", "MasterPasswordSecretArn")
_KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_SENSITIVE: Final = re.compile(r"(PASSWORD|TOKEN|SECRET)$", re.IGNORECASE)
_NO_SECRET: Final = re.compile(r"true|false|yes|no|on|off|none|null|\d|arn:.*|.*://.*|/.*", re.IGNORECASE)


def _references(container: Container) -> Iterator[tuple[str, str, At]]:
    """Give each secret of a container: its name, what it refers to, and where that is written."""
    for index, name, secret in named(container.get("Secrets")):
        value = secret.get("ValueFrom")
        if isinstance(value, str):
            yield name, value, at(container, "Secrets", index, "ValueFrom")
    for index, name, secret in named(container.get("LogConfiguration", "SecretOptions")):
        value = secret.get("ValueFrom")
        if isinstance(value, str):
            yield name, value, at(container, "LogConfiguration", "SecretOptions", index, "ValueFrom")


@rule(
    "TASK-019",
    "error",
    "A secret of Secrets Manager is referred to by its ARN",
    symptom="ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve "
    "secrets from ssm: invalid parameters; or: AccessDeniedException … ssm:GetParameters",
    fix="Set ValueFrom to the Ref of the AWS::SecretsManager::Secret, which is its ARN.",
    source=_IN_TASK,
)
def secret_is_named_by_arn(model: Model) -> Iterator[Fault]:
    """ECS takes a name for that of a parameter in Systems Manager, whatever else has the name."""
    for definition, container in parts(model):
        for name, value, where in _references(container):
            why = _why_no_parameter(model.system, value)
            if why:
                message = f"the secret {name} of the container {container.name} is read from {value}, {why}"
                yield Fault(definition.resource, message, where, definition.breaks)


def _why_no_parameter(system: System, value: str) -> str:
    """Say why a name cannot be that of a parameter; nothing if it can be, or is an ARN."""
    if value.startswith(("arn:", _REFERENCE)):
        return ""
    base, _, rest = value.partition(":")
    if system.find(base, "SSM::Parameter"):
        return ""
    secret = system.once(_secrets).get(base)
    if secret is not None:
        return f"the name of the secret {secret.address}, and is looked for among the parameters"
    if has_symbol(value):
        return ""
    if ":" in rest:
        return "which has the fields of a secret without the ARN"
    return "which cannot be the name of a parameter" if _NO_PARAMETER.search(value) else ""


@rule(
    "TASK-020",
    "error",
    "A key of a secret is followed by the stage and the version, if only by their colons",
    symptom="ResourceInitializationError: unable to pull secrets or registry auth: unexpected ARN format "
    "with parameters when trying to retrieve ASM secret",
    fix="Write ARN:key:stage:version, with nothing between the colons for what is not needed: "
    "!Sub '${Secret}:password::'.",
    source=_SECRETS,
)
def secret_has_all_fields(model: Model) -> Iterator[Fault]:
    """The two colons at the end look superfluous, and the ARN is read only when the task starts."""
    for definition, container in parts(model):
        for name, value, where in _references(container):
            fields = _fields(model.system, value)
            if _ARN_FIELDS < fields != _ALL_FIELDS:
                message = (
                    f"the secret {name} of the container {container.name} is {value}, with "
                    f"{fields - _ARN_FIELDS} of the 3 fields after the ARN"
                )
                yield Fault(definition.resource, message, where, definition.breaks)


def _fields(system: System, value: str) -> int:
    """Count the fields of the ARN of a secret; 0 if it is something else, or nobody can tell."""
    if value.startswith("arn:"):
        parts_of = value.split(":")
        is_secret = parts_of[2:3] == ["secretsmanager"] and parts_of[5:6] == ["secret"]
        return len(parts_of) if is_secret else 0
    meaning = system.world.symbols.attribute_in(value[:1])
    if isinstance(meaning, Attribute) and _is_secret(system, meaning) and value[1:2] in ("", ":"):
        return _ARN_FIELDS + value.count(":")
    return 0


def _is_secret(system: System, meaning: Attribute) -> bool:
    """Say whether an attribute is the ARN of a secret."""
    resource = system.by_address.get(meaning.resource)
    kind = resource.type if resource else ""
    is_own = kind in {"AWS::SecretsManager::Secret", "AWS::SecretsManager::SecretTargetAttachment"}
    return (is_own and meaning.name == "Ref") or meaning.name in _SECRET_ATTRIBUTES


@rule(
    "TASK-021",
    "error",
    "No variable of a container is set twice",
    symptom="The secret name must be unique and not shared with any new or existing environment variables "
    "set on the container, such as 'DB'.",
    fix="Remove the variable from Environment, or from Secrets.",
    source=_IN_TASK,
)
def variables_are_set_once(model: Model) -> Iterator[Fault]:
    """Secrets become variables too, and the two lists are checked against each other only by ECS."""
    for definition, container in parts(model):
        plain = {name for _, name, _ in named(container.get("Environment"))}
        seen: set[str] = set()
        for index, name, _ in named(container.get("Secrets")):
            if name in plain or name in seen:
                other = "Environment" if name in plain else "Secrets, twice"
                message = f"the secret {name} of the container {container.name} is in {other}"
                where = at(container, "Secrets", index, "Name")
                yield Fault(definition.resource, message, where, definition.breaks)
            seen.add(name)


@rule(
    "TASK-023",
    "warning",
    "No variable of a container holds a password or a key in the clear",
    symptom="TargetNotConnectedException: The execute command failed due to an internal error",
    fix="Give the container a task role instead of keys; put passwords into Secrets, by the ARN of a secret.",
    source=f"{_EXEC}; AmazonECS/latest/developerguide/security-tasks-containers.html",
)
def keeps_no_secret_in_the_clear(model: Model) -> Iterator[Fault]:
    """Whoever may describe the task definition reads its variables.

    And the agent of ECS Exec picks keys up instead of the task role, and cannot connect.
    """
    for definition, container in parts(model):
        for index, name, variable in named(container.get("Environment")):
            value = variable.get("Value")
            what = "a key of an AWS account" if _is_key(name, value) else "a secret in the clear"
            if _is_key(name, value) or (not has_symbol(name) and _is_in_the_clear(model.system, name, value)):
                message = f"the variable {name} of the container {container.name} holds {what}"
                yield Fault(definition.resource, message, at(container, "Environment", index))


def _is_key(name: str, value: object) -> bool:
    """Say whether a variable is one of those that SDKs read keys from."""
    return name in _KEYS and value is not None and value != ""


def _is_in_the_clear(system: System, name: str, value: object) -> bool:
    """Say whether a variable that is called a secret holds one: no switch, path or reference."""
    text = known_text(value)
    if not text or has_symbol(text) or not _SENSITIVE.search(name) or _NO_SECRET.fullmatch(text):
        return False
    is_reference = name.upper().endswith("SECRET") and "/" in text
    return not is_reference and text not in system.once(_secrets)


def _secrets(system: System) -> dict[str, Resource]:
    """Give the secrets that have a name, by it."""
    named_ones = ((item.text("Name"), item) for item in system.of("SecretsManager::Secret"))
    return {name: item for name, item in named_ones if name}


RULES: Final[tuple[Rule, ...]] = (
    secret_is_named_by_arn,
    secret_has_all_fields,
    variables_are_set_once,
    keeps_no_secret_in_the_clear,
)
