"""Policies of what is called: of repositories, secrets and buckets, which can let a role in by themselves.

Source: IAM User Guide, "Policy evaluation logic": within an account either policy is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.templates.values import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

CACHE: Final = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
"""What a pull through a cache does the first time, which a policy of the registry can allow."""


def documents(system: System, action: str, resource: str) -> Iterator[Value]:
    """Give the policies of what is called, as far as they are in the templates.

    Args:
        system: Where to look.
        action: What is done.
        resource: The ARN of what it is done to.
    """
    if action in CACHE:
        yield from (registry.get("PolicyText") for registry in system.of("ECR::RegistryPolicy"))
    repository = system.find(resource, "ECR::Repository")
    if repository and repository.get("RepositoryPolicyText") is not None:
        yield repository.get("RepositoryPolicyText")
    if action.startswith("secretsmanager:"):
        for policy in system.of("SecretsManager::ResourcePolicy"):
            if same(policy.get("SecretId"), resource) is not False:
                yield policy.get("ResourcePolicy")
    if action.startswith("s3:"):
        bucket = resource.partition("/")[0].rpartition(":")[2]
        for policy in system.of("S3::BucketPolicy"):
            if same(policy.get("Bucket"), bucket) is not False:
                yield policy.get("PolicyDocument")
