"""Policies of what is called: of repositories, secrets and buckets, which can let a role in, or keep it out.

Source: IAM User Guide, "Policy evaluation logic": within an account either policy is enough to allow, and
either to deny.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify import iam
from private_fargate.verify.templates.values import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.iam import Policy
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth

CACHE: Final = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
"""What a pull through a cache does the first time, which a policy of the registry can allow."""


def policies(system: System, action: str, resource: str) -> Iterator[tuple[Policy, Truth]]:
    """Give the policies of what is called, as far as they are in the templates, and whether they are its.

    Args:
        system: Where to look.
        action: What is done.
        resource: The ARN of what it is done to.
    """
    if action in CACHE:
        yield from ((_read(registry, "PolicyText"), True) for registry in system.of("ECR::RegistryPolicy"))
    repository = system.find(resource, "ECR::Repository")
    if repository and repository.get("RepositoryPolicyText") is not None:
        yield _read(repository, "RepositoryPolicyText"), True
    if action.startswith("secretsmanager:"):
        for policy in system.of("SecretsManager::ResourcePolicy"):
            if (is_its := same(policy.get("SecretId"), resource)) is not False:
                yield _read(policy, "ResourcePolicy"), is_its
    if action.startswith("s3:"):
        bucket = resource.partition("/")[0].rpartition(":")[2]
        for policy in system.of("S3::BucketPolicy"):
            if (is_its := same(policy.get("Bucket"), bucket)) is not False:
                yield _read(policy, "PolicyDocument"), is_its


def _read(resource: Resource, name: str) -> Policy:
    return iam.read(resource.get(name), str(resource.address))
