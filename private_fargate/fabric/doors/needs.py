"""What a request to an API needs permission for: actions, resources and what conditions may ask.

Source: the pages of the Service Authorization Reference, unless another one is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from private_fargate.fabric.doors.lookups import Lookups
    from private_fargate.fabric.doors.places import Here


@dataclass(frozen=True, kw_only=True)
class Need:
    """One action on one resource that must be allowed.

    Attributes:
        context: condition keys that this action has beside those of every request.
        by_service: which service does it for the caller, `ssm.us-east-1.amazonaws.com`; None if he does.
        resource_policy: that counts in the place of what is attached to the resource; None if none does.
        words: what a refusal says, where it is not what it says everywhere.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, str | list[str]] = field(default_factory=dict[str, "str | list[str]"])
    by_service: str | None = None
    resource_policy: Mapping[str, Any] | None = None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An operation of an API with what was sent for it.

    Attributes:
        prefix: of the actions of the API: `logs`.
        operation: `PutLogEvents`.
        content: the parameters; empty where they cannot be read.
    """

    prefix: str
    operation: str
    content: Mapping[str, Any]

    @property
    def action(self) -> str:
        """The action, unless it has another name than the operation."""
        return f"{self.prefix}:{self.operation}"

    def text(self, name: str) -> str:
        """Return a parameter that is a text; an empty one if it is not there."""
        value = self.content.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """Return a parameter that is a list of texts."""
        value = self.content.get(name)
        return (
            [each for each in cast("list[object]", value) if isinstance(each, str)]
            if isinstance(value, list)
            else []
        )


_GROUP_TAGS: Final = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})
_OF_ALL_KEYS: Final = frozenset({"CreateKey", "ListKeys", "ListAliases", "GenerateRandom"})
_ARN_AT: Final[Mapping[str, tuple[str, ...]]] = {
    "events": ("EventBusName",),
    "sns": ("TopicArn", "TargetArn", "ResourceArn"),
    "states": ("stateMachineArn", "executionArn", "resourceArn"),
    "sts": ("RoleArn",),
    "ecs": ("task", "service", "taskDefinition", "cluster", "resourceArn"),
}
_FUNCTION = re.compile(r"/\d{4}-\d\d-\d\d/functions/([^/]+)/invocations\Z")


def needs_of(asked: Asked, here: Here, lookups: Lookups) -> Iterator[Need]:
    """Yield what an operation needs, in the order in which AWS looks at it.

    What is not known here needs permission for everything: fewer are allowed than on AWS, never more.
    """
    yield from _OF_PREFIX.get(asked.prefix, _of_any)(asked, here, lookups)


def _of_any(asked: Asked, _here: Here, _lookups: Lookups) -> Iterator[Need]:
    found = (asked.text(name) for name in _ARN_AT.get(asked.prefix, ()))
    arn = next((each for each in found if each.startswith("arn:")), "*")
    yield Need(action=asked.action, resource=arn)


def _of_ecr(asked: Asked, here: Here, _lookups: Lookups) -> Iterator[Need]:
    names = [asked.text("repositoryName"), *asked.texts("repositoryNames")]
    arns = [here.arn("ecr", f"repository/{name}") for name in names if name]
    if asked.operation == "DescribeRepositories" and not arns:
        arns = [here.arn("ecr", "repository/*")]
    for arn in arns or ["*"]:
        yield Need(action=asked.action, resource=arn)


def _of_logs(asked: Asked, here: Here, _lookups: Lookups) -> Iterator[Need]:
    """Name the stream even where there is none, as AWS does in what it says when it refuses.

    Source: github.com/elastic/apm-aws-lambda/issues/526 has it of CreateLogGroup; for the two forms of the
    ARN of a group AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html.
    """
    if asked.operation in _GROUP_TAGS:
        yield Need(action=asked.action, resource=asked.text("resourceArn") or "*")
        return
    group = asked.text("logGroupName") or asked.text("logGroupIdentifier").rpartition(":log-group:")[2]
    group = group.removesuffix(":*")
    stream = asked.text("logStreamName")
    yield Need(action=asked.action, resource=here.arn("logs", f"log-group:{group}:log-stream:{stream}"))


def _of_secrets(asked: Asked, here: Here, lookups: Lookups) -> Iterator[Need]:
    wanted = [asked.text("SecretId"), *asked.texts("SecretIdList")]
    for name in [each for each in wanted if each]:
        secret = lookups.secret(name)
        given = name if name.startswith("arn:") else here.arn("secretsmanager", f"secret:{name}")
        yield Need(
            action="secretsmanager:GetSecretValue"
            if asked.operation == "BatchGetSecretValue"
            else asked.action,
            resource=secret.arn if secret else given,
            context={"secretsmanager:secretid": secret.arn if secret else name},
        )
        if secret and secret.key and asked.operation in {"GetSecretValue", "BatchGetSecretValue"}:
            yield _decryption(secret.key, here, "secretsmanager", {"SecretARN": secret.arn})
    if not any(wanted) or asked.operation == "BatchGetSecretValue":
        yield Need(action=asked.action)


def _of_ssm(asked: Asked, here: Here, lookups: Lookups) -> Iterator[Need]:
    if asked.operation == "UpdateInstanceInformation":
        instance = asked.text("InstanceId")
        service, kind = ("ssm", "managed-instance") if instance.startswith("mi-") else ("ec2", "instance")
        yield Need(action=asked.action, resource=here.arn(service, f"{kind}/{instance}"))
        return
    names = [asked.text("Name"), *asked.texts("Names")] if "Parameter" in asked.operation else []
    arns = {name: _parameter_arn(name, here) for name in names if name}
    if asked.operation == "GetParametersByPath":
        arns = {"": _parameter_arn(asked.text("Path"), here)}
    for arn in arns.values() or ["*"]:
        yield Need(action=asked.action, resource=arn)
    if asked.content.get("WithDecryption") is True:
        for name, arn in arns.items():
            for key in lookups.keys_of_parameters(name, asked.text("Path")):
                yield _decryption(key, here, "ssm", {"PARAMETER_ARN": arn})


def _of_kms(asked: Asked, here: Here, lookups: Lookups) -> Iterator[Need]:
    if asked.operation in _OF_ALL_KEYS:
        yield Need(action=asked.action)
        return
    named = asked.text("KeyId") or lookups.key_of_ciphertext(asked.text("CiphertextBlob"))
    arn = lookups.key_arn(named) if named else None
    given = asked.content.get("EncryptionContext")
    pairs: Mapping[str, object] = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    context: dict[str, str | list[str]] = {
        f"kms:encryptioncontext:{name.lower()}": str(value) for name, value in pairs.items()
    }
    context |= {"kms:calleraccount": here.account, "kms:encryptioncontextkeys": [*pairs]}
    yield Need(action=asked.action, resource=arn or "*", context=context)


def _of_sts(asked: Asked, here: Here, lookups: Lookups) -> Iterator[Need]:
    """Let everybody know who he is: only an endpoint has a say in that.

    Source: STS/latest/APIReference/API_GetCallerIdentity.html.
    """
    if asked.operation != "GetCallerIdentity":
        yield from _of_any(asked, here, lookups)
        return
    statement = {"Effect": "Allow", "Principal": "*", "Action": asked.action, "Resource": "*"}
    yield Need(action=asked.action, resource_policy={"Version": "2012-10-17", "Statement": [statement]})


def _of_dynamodb(asked: Asked, here: Here, _lookups: Lookups) -> Iterator[Need]:
    name = asked.text("TableName")
    arn = name if name.startswith("arn:") else here.arn("dynamodb", f"table/{name}")
    index = asked.text("IndexName")
    yield Need(action=asked.action, resource=(f"{arn}/index/{index}" if index else arn) if name else "*")


def _of_sqs(asked: Asked, here: Here, _lookups: Lookups) -> Iterator[Need]:
    name = asked.text("QueueUrl").rpartition("/")[2] or asked.text("QueueName")
    yield Need(action=asked.action, resource=here.arn("sqs", name) if name else "*")


def _of_lambda(asked: Asked, here: Here, _lookups: Lookups) -> Iterator[Need]:
    if match := _FUNCTION.match(asked.text("path")):
        name = match[1]
        arn = name if name.startswith("arn:") else here.arn("lambda", f"function:{name}")
        yield Need(action="lambda:InvokeFunction", resource=arn)
        return
    yield Need(action=asked.action)


def _decryption(key: str, here: Here, service: str, encrypted_with: Mapping[str, str]) -> Need:
    """Return what a service asks of KMS in the name of the caller.

    Source: kms/latest/developerguide/services-parameter-store.html and services-secrets-manager.html.
    """
    host = f"{service}.{here.region}.amazonaws.com"
    return Need(
        action="kms:Decrypt",
        resource=key,
        context={
            "kms:viaservice": host,
            "kms:calleraccount": here.account,
            "kms:encryptioncontextkeys": [*encrypted_with],
            **{f"kms:encryptioncontext:{name.lower()}": value for name, value in encrypted_with.items()},
        },
        by_service=host,
        words="Access to KMS is not allowed" if service == "secretsmanager" else "",
    )


def _parameter_arn(name: str, here: Here) -> str:
    """Return the ARN of a parameter, which is named so, by its ARN, or with a version or a label.

    Source: systems-manager/latest/userguide/sysman-paramstore-access.html.
    """
    if name.startswith("arn:"):
        head, separator, rest = name.partition(":parameter")
        return f"{head}{separator}{rest.partition(':')[0]}"
    return here.arn("ssm", f"parameter/{name.partition(':')[0].removeprefix('/')}")


_OF_PREFIX: Final[Mapping[str, Callable[[Asked, Here, Lookups], Iterator[Need]]]] = {
    "dynamodb": _of_dynamodb,
    "ecr": _of_ecr,
    "kms": _of_kms,
    "lambda": _of_lambda,
    "logs": _of_logs,
    "secretsmanager": _of_secrets,
    "sqs": _of_sqs,
    "ssm": _of_ssm,
    "sts": _of_sts,
}
