"""What the texts of a service's settings refer to: images in registries, secrets in stores.

ARNs hold CloudFormation's pseudo parameters where the settings leave account, Region or partition
open, so they are used inside `Fn::Sub`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from private_fargate.config.models import SecretsManagerSecret

_HERE = "${AWS::Region}:${AWS::AccountId}"
_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<repository>[^:@]+)(?:[:@].*)?"
)
_SUFFIX = "-" + "?" * 6  # Secrets Manager appends six characters to the name of a secret


@dataclass(frozen=True, kw_only=True)
class EcrImage:
    """The repository of an image whose URI names an ECR registry."""

    account: str
    region: str
    repository: str

    @property
    def repository_arn(self) -> str:
        """The repository's ARN, in whatever partition the stack is."""
        return f"arn:${{AWS::Partition}}:ecr:{self.region}:{self.account}:repository/{self.repository}"


def ecr_image(uri: str) -> EcrImage | None:
    """Return the ECR repository of an image, or None if the registry is another.

    >>> ecr_image("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web:1.2").repository
    'team/web'
    >>> ecr_image("public.ecr.aws/nginx/nginx:1.29")
    """
    found = _ECR.fullmatch(uri)
    return EcrImage(**found.groupdict()) if found else None


@dataclass(frozen=True, kw_only=True)
class StoredSecret:
    """A secret as ECS is told of it, and as IAM sees it.

    Attributes:
        store: the service that keeps it.
        value_from: what the task definition says.
        arn: what the policy of the execution role says.
    """

    store: Literal["ssm", "secretsmanager"]
    value_from: str
    arn: str


def stored_secret(setting: str | SecretsManagerSecret) -> StoredSecret:
    """Return what a secret of the settings refers to.

    A text names an SSM parameter; both kinds are a name in this account and Region, or an ARN.
    """
    if isinstance(setting, str):
        return _parameter(setting)
    return _secret(setting.secretsmanager)


def _parameter(text: str) -> StoredSecret:
    arn = (
        text
        if text.startswith("arn:")
        else f"arn:${{AWS::Partition}}:ssm:{_HERE}:parameter/{text.lstrip('/')}"
    )
    return StoredSecret(store="ssm", value_from=arn, arn=arn)


def _secret(text: str) -> StoredSecret:
    """Split what comes after the secret itself: `:json-key:version-stage:version-id`."""
    if text.startswith("arn:"):
        parts = text.split(":")
        arn, details = ":".join(parts[:7]), parts[7:]
        seen_by_iam = arn
    else:
        name, *details = text.split(":")
        arn = f"arn:${{AWS::Partition}}:secretsmanager:{_HERE}:secret:{name}"
        seen_by_iam = arn + _SUFFIX
    return StoredSecret(store="secretsmanager", value_from=":".join([arn, *details]), arn=seen_by_iam)
