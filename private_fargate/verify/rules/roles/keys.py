"""The policies of keys, and the services of AWS that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify import iam
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.values import any_of, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.values import Truth

_USES: Final = ("kms:Encrypt", "kms:GenerateDataKey")
"""Nothing can be written under a key that allows neither; which of the two is used is not documented."""


@rule(
    "IAM-015",
    "error",
    "The key of a log group lets CloudWatch Logs use it",
    symptom="The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:…'",
    fix="Add a statement to KeyPolicy for the Principal Service logs.${AWS::Region}.amazonaws.com, with "
    "kms:Encrypt*, kms:Decrypt*, kms:ReEncrypt*, kms:GenerateDataKey* and kms:Describe*.",
    source="AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
)
def logs_may_use_their_key(model: Model) -> Iterator[Fault]:
    """The account's own statement, which each key has, is about roles and users, and about no service."""
    for group in model.system.of("Logs::LogGroup"):
        key = model.system.find(group.get("KmsKeyId"), "KMS::Key", "KMS::ReplicaKey")
        if key and _admits_logs(model, key, group) is False:
            name = f"logs.{model.system.world.pseudo('AWS::Region')}.amazonaws.com"
            message = f"its policy does not let {name} use it, and it is the key of {group.address}"
            yield Fault(key, message, at=("KeyPolicy",))


def _admits_logs(model: Model, key: Resource, group: Resource) -> Truth:
    """Say whether a key lets CloudWatch Logs encrypt one group, under any of the names of that service."""
    document = key.get("KeyPolicy")
    if document is None:
        return False  # the default, which is about the account
    policy, pseudo = iam.read(document), model.system.world.pseudo
    arn = as_text(group.attribute("Arn")).removesuffix(":*")
    names = (
        f"logs.{pseudo('AWS::Region')}.amazonaws.com",
        f"logs.{pseudo('AWS::Region')}.{pseudo('AWS::URLSuffix')}",
        "logs.amazonaws.com",
    )
    requests = [
        iam.Request(
            action=action,
            resource=as_text(key.attribute("Arn")),
            service_principal=name,
            context={"kms:EncryptionContext:aws:logs:arn": (arn,)},
        )
        for name in names
        for action in _USES
    ]
    return any_of(iam.resource_policy(policy, request).holds for request in requests)


RULES: Final[tuple[Rule, ...]] = (logs_may_use_their_key,)
