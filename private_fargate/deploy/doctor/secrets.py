"""The secrets and parameters that ECS reads for tasks: whether they are there.

Their values are never read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.doctor.model import Check, failed, ok, unknown, warning
from private_fargate.deploy.session import code_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.doctor.model import Case, NeededSecret
    from private_fargate.live.checkup import Finding

_AWS_KEYS: Final = "alias/aws/"
"""Keys that AWS manages: whoever may read the secret may use them, and they are made when first needed."""


def _secrets(case: Case) -> Iterator[Finding]:
    for secret in case.needs.secrets:
        place = secret.name.split(":")
        if secret.name.startswith("arn:") and place[3] != case.session.region:
            yield failed(
                f"{secret.label} is in {place[3]}, and ECS reads it in {case.session.region} only",
                f"make it in {case.session.region} too, and name it without its Region",
            )
        elif secret.store == "ssm":
            yield from _parameter(case, secret)
        else:
            yield from _secret(case, secret)


def _parameter(case: Case, secret: NeededSecret) -> Iterator[Finding]:
    name = secret.name
    if name.startswith("arn:"):
        if name.split(":")[4] != case.account:
            yield unknown(
                f"{secret.label} is another account's", "ask there whether it is shared with this one"
            )
            return
        name = name.partition(":parameter")[2]
    # An ARN does not tell whether a name without levels begins with a slash.
    names = sorted({name, name.lstrip("/")}) if "/" not in name.lstrip("/") else [f"/{name.lstrip('/')}"]
    chosen = [{"Key": "Name", "Option": "Equals", "Values": names}]
    found = case.session.client("ssm").describe_parameters(ParameterFilters=chosen)["Parameters"]
    if not found:
        yield failed(
            f"{secret.label} is not there: tasks stop with ResourceInitializationError",
            f"`aws ssm put-parameter --type SecureString --name {names[0]} --value …`",
        )
        return
    yield from _key(case, secret, found[0].get("KeyId", "") if found[0]["Type"] == "SecureString" else "")


def _secret(case: Case, secret: NeededSecret) -> Iterator[Finding]:
    try:
        found = case.session.client("secretsmanager").describe_secret(SecretId=secret.name)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        yield failed(
            f"{secret.label} is not there: tasks stop with ResourceInitializationError",
            f"`aws secretsmanager create-secret --name {secret.name} --secret-string …`",
        )
        return
    if found.get("DeletedDate"):
        yield failed(
            f"{secret.label} is being deleted",
            f"`aws secretsmanager restore-secret --secret-id {secret.name}`",
        )
    elif not _has_version(found.get("VersionIdsToStages", {}), secret):
        what = f"version {secret.version}" if secret.version else f"version that is {secret.stage}"
        yield failed(
            f"{secret.label} has no {what}",
            f"`aws secretsmanager put-secret-value --secret-id {secret.name} --secret-string …`",
        )
    else:
        yield from _key(case, secret, found.get("KmsKeyId", ""))


def _has_version(versions: dict[str, list[str]], secret: NeededSecret) -> bool:
    if secret.version:
        return secret.version in versions
    return any(secret.stage in stages for stages in versions.values())


def _key(case: Case, secret: NeededSecret, key: str) -> Iterator[Finding]:
    unseen = f"; whether it has the key {secret.key} was not looked at" if secret.key else ""
    if not key or _AWS_KEYS in key:
        yield ok(f"{secret.label} is there{unseen}")
        return
    try:
        described: dict[str, Any] = case.session.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        if code_of(error) != "NotFoundException":
            raise
        described = {"KeyState": "gone", "Enabled": False}
    if not described["Enabled"]:
        yield failed(
            f"{secret.label}: its key {key} is {described['KeyState']}, so nobody can read it",
            "enable the key, or encrypt the secret with another",
        )
        return
    yield warning(
        f"{secret.label} is there, encrypted with {key}{unseen}",
        f"let the key's policy allow kms:Decrypt to the execution role of {secret.service}: the templates "
        "allow it the secret alone",
    )


SECRETS: Final = Check(
    name="secrets",
    claim="what the tasks are given is there, and can be decrypted",
    calls=("ssm:DescribeParameters", "secretsmanager:DescribeSecret", "kms:DescribeKey"),
    look=_secrets,
)
