"""One ECR repository; each is a stack of its own, so that one more never touches the others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import ecr

from private_fargate.kit import kinds
from private_fargate.kit.retention import keep

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope

UNTAGGED_DAYS = 14
LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "Untagged images are leftovers of an interrupted push",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        }
    ]
}


@dataclass(frozen=True, kw_only=True)
class Config:
    """Whether the images outlive the stack; if not, deletion empties the repository first."""

    retain: bool

    @classmethod
    def of(cls, environment: Environment) -> Config:
        """Return the repositories that an environment asks for."""
        return cls(retain=environment.deletion == "retain")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The name that people push to, and the key that encrypts the layers."""

    repository_name: kinds.RepositoryName
    key_arn: kinds.KeyArn


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where images are pushed to and pulled from."""

    repository_uri: kinds.RepositoryUri
    repository_arn: kinds.RepositoryArn


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Repository: an ECR repository whose tags never move and whose images are scanned."""
    repository = scope.add(
        ecr.Repository(
            "Repository",
            RepositoryName=inputs.repository_name,
            ImageTagMutability="IMMUTABLE",
            ImageScanningConfiguration=ecr.ImageScanningConfiguration(ScanOnPush=True),
            EncryptionConfiguration=ecr.EncryptionConfiguration(EncryptionType="KMS", KmsKey=inputs.key_arn),
            LifecyclePolicy=ecr.LifecyclePolicy(LifecyclePolicyText=json.dumps(LIFECYCLE, sort_keys=True)),
            EmptyOnDelete=not config.retain,
            **keep(retain=config.retain),
        ),
        why="Tasks in private subnets pull their image from here",
        must="Name and encryption cannot change without losing the images",
    )
    return Outputs(
        repository_uri=kinds.RepositoryUri.of(repository),
        repository_arn=kinds.RepositoryArn.of(repository),
    )
