"""Secrets and parameters that a container is given, and the keys that encrypt them.

Source: AmazonECS/latest/developerguide/specifying-sensitive-data.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.aws import needs
from private_fargate.verify.tasks.demand import HTTPS, Call, Demand, Names, actions_of
from private_fargate.verify.templates.resources import RANDOM_CHARACTERS
from private_fargate.verify.templates.symbols import DRAWN, has_unknown, is_unknown
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.aws.needs import Need, Role
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.symbols import Attribute, Value
    from private_fargate.verify.templates.systems import System

_WHOLE: Final = re.compile(rf"-[A-Za-z0-9{DRAWN}]{{{RANDOM_CHARACTERS}}}$|[\U000f0000-\U0010fffd]$")

_ARN_OF_SECRET: Final = 7
"""How many parts the ARN of a secret has; more of them choose a key, a stage and a version."""


def secrets(system: System, workload: Workload) -> Iterator[Demand]:
    """Give what a task reads before its containers start: their secrets, and those of their log drivers."""
    for container in workload.containers:
        at = ("ContainerDefinitions", container.index)
        for index, secret in container.pairs:
            yield from secret_demands(system, secret.get("ValueFrom"), (*at, "Secrets", index, "ValueFrom"))
        options = container.items("LogConfiguration", "SecretOptions").values
        for index, option in enumerate(options):
            where = (*at, "LogConfiguration", "SecretOptions", index)
            yield from secret_demands(
                system, option.get("ValueFrom") if isinstance(option, dict) else None, where
            )


def secret_demands(system: System, value: Value, at: tuple[str | int, ...]) -> Iterator[Demand]:
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
        names = Names(system)
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
        yield _reading(system, needs.READ_SECRETS, (arn,), Names(system).region, at)
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
        region="" if region == Names(system).region else region,
        caller="execution",
        calls=tuple(Call(action, arns) for action in actions_of(feature, "execution", kind)),
        at=at,
    )


def _decrypting(system: System, arn: str, at: tuple[str | int, ...]) -> Iterator[Demand]:
    """Ask for the key of a secret of ours, if it is not the one of Secrets Manager itself."""
    secret = system.find(arn, "SecretsManager::Secret")
    key = secret.get("KmsKeyId") if secret else None
    if key is None or as_text(key).endswith("alias/aws/secretsmanager"):
        return
    yield key_demand(system, key, needs.DECRYPT_SECRETS, "execution", "kms:Decrypt of a secret", at)


def key_demand(  # noqa: PLR0913, PLR0917 -- what is asked for, by whom, and where it comes from
    system: System,
    key: Value,
    feature: Need,
    caller: Role,
    need: str,
    at: tuple[str | int, ...],
) -> Demand:
    """Give the use of a key by one role, which other services of AWS make in its name.

    Args:
        system: Where to look for the key.
        key: What refers to it: an id, an ARN or an alias.
        feature: What it is used for.
        caller: Whose right it is.
        need: Its name in a proof.
        at: Where in the task definition it comes from.
    """
    arn = key_arn(system, key)
    unknown = "" if arn else system.why_unknown(key) or f"which key {system.show(key)} is cannot be told"
    calls = tuple(Call(action, (arn,)) for action in actions_of(feature, caller, "key")) if arn else ()
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
