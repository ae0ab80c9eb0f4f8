"""Policies of what is called: keys, secrets, repositories and buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.deploy.session import DeployError, explained
from private_fargate.fabric.authority.roles import code

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.deploy.session import Session

_NONE: Final = frozenset(
    {
        "NoSuchBucket",
        "NotFoundException",
        "RepositoryNotFoundException",
        "RepositoryPolicyNotFoundException",
        "ResourceNotFoundException",
    }
)
_FOR_NOBODY: Final[dict[str, list[object]]] = {"Statement": []}
"""What a bucket without a policy says; one that is not here may be anybody's, and say anything."""


def policy_of(session: Session, arn: str) -> object:
    """Return the document of the policy that is attached to something; None if none is.

    Args:
        session: with the AWS where it is.
        arn: of anything.

    Raises:
        DeployError: the service does not answer as it should; the message says what to do.
    """
    service, resource = service_of(arn), arn.split(":", 5)[-1]
    for prefix, ask in _QUESTIONS.get(service, {}).items():
        if resource.startswith(prefix) and "*" not in resource:
            try:
                with explained():
                    return ask(session, arn, resource.removeprefix(prefix))
            except DeployError as error:
                if code(error) == "NoSuchBucketPolicy":
                    return _FOR_NOBODY
                if code(error) in _NONE:
                    return None
                raise
    return None


def service_of(arn: str) -> str:
    """Return the service of an ARN; an empty text if it is none."""
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" else ""  # noqa: PLR2004 -- parts of an ARN


def account_of(arn: str) -> str:
    """Return the account in an ARN; an empty text if there is none, as in those of S3."""
    return arn.split(":", 5)[4] if service_of(arn) else ""


def _of_key(session: Session, arn: str, _name: str) -> object:
    return session.client("kms").get_key_policy(KeyId=arn, PolicyName="default").get("Policy")


def _of_secret(session: Session, arn: str, _name: str) -> object:
    return session.client("secretsmanager").get_resource_policy(SecretId=arn).get("ResourcePolicy")


def _of_repository(session: Session, _arn: str, name: str) -> object:
    return session.client("ecr").get_repository_policy(repositoryName=name).get("policyText")


def _of_bucket(session: Session, _arn: str, name: str) -> object:
    return session.client("s3").get_bucket_policy(Bucket=name.partition("/")[0]).get("Policy")


_QUESTIONS: Final[dict[str, dict[str, Callable[[Session, str, str], object]]]] = {
    "kms": {"key/": _of_key},
    "secretsmanager": {"secret:": _of_secret},
    "ecr": {"repository/": _of_repository},
    "s3": {"": _of_bucket},
}
