"""Policies of resources: who may use a key, a bucket, a queue, an endpoint, a function.

A property that holds a policy document is found by its look, so that the policy of a type that nobody has
thought of is compared too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from private_fargate.plan.security.documents import Comparison, granting, limiting, of_resource
from private_fargate.plan.security.rules import NOTHING, Rules, rules_of
from private_fargate.plan.security.wording import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.plan.model import SecurityChange
    from private_fargate.plan.security.sides import Item, Pair, Sides

Value: TypeAlias = Any

_ENDPOINT: Final = "AWS::EC2::VPCEndpoint"
_KEYS: Final = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
_SCP: Final = "AWS::Organizations::Policy"

_ANYTHING: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
"""Source: AWS PrivateLink Guide, "Control access to VPC endpoints": the default endpoint policy."""

_SUBJECTS: Final[Mapping[str, str]] = {
    "AWS::EC2::VPCEndpoint": "endpoint policy",
    "AWS::KMS::Key": "key policy",
    "AWS::KMS::ReplicaKey": "key policy",
    "AWS::S3::BucketPolicy": "bucket policy",
    "AWS::SQS::QueuePolicy": "queue policy",
    "AWS::SQS::QueueInlinePolicy": "queue policy",
    "AWS::SNS::TopicPolicy": "topic policy",
    "AWS::SNS::TopicInlinePolicy": "topic policy",
    "AWS::SecretsManager::ResourcePolicy": "secret policy",
    "AWS::ECR::Repository": "repository policy",
    "AWS::EFS::FileSystem": "file system policy",
    "AWS::Organizations::Policy": "organisation policy",
}

_TARGETS: Final = (
    "Bucket", "Queues", "Queue", "Topics", "TopicArn", "SecretId", "TargetIds", "ResourceArn", "FileSystemId",
)  # fmt: skip
"""The properties by which a policy that is a resource of its own says what it is about."""

_IDENTITIES: Final = ("AWS::IAM::", "AWS::SSO::")

_SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    "SourceArn": ("ArnLike", "aws:SourceArn"),
    "SourceAccount": ("StringEquals", "aws:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}


def resource_policy_changes(sides: Sides) -> Iterator[SecurityChange]:
    """Yield what changes in the policies of resources."""
    for pair in sides.pairs:
        kind = pair.item.type
        if kind == "AWS::Lambda::Permission":
            yield from _permission(sides, pair)
        elif kind == _SCP:
            yield from _of_organisation(sides, pair)
        elif kind == _ENDPOINT:
            yield from _of_endpoint(sides, pair)
        elif not kind.startswith(_IDENTITIES):
            yield from _of_resource(sides, pair)


def _of_resource(sides: Sides, pair: Pair) -> Iterator[SecurityChange]:
    kind = pair.item.type
    names = {name for item in (pair.before, pair.after) if item for name in _documents(item)}
    for name in sorted(names):
        before, after = (_read(item, name) for item in (pair.before, pair.after))
        subject = _SUBJECTS.get(kind, "resource policy")
        comparison = Comparison(teller=Teller(sides, pair.item), subject=subject, before=before, after=after)
        yield from of_resource(comparison, is_gone=_is_gone(sides, pair))
        yield from _targets(sides, pair, subject)


def _documents(item: Item) -> list[str]:
    """Return the properties that hold a policy."""
    if item.type in _KEYS:
        return ["KeyPolicy"]
    return [name for name, value in item.properties.items() if _is_document(name, value)]


def _is_document(name: str, value: Value) -> bool:
    if isinstance(value, str):
        if "Statement" not in value and "Policy" not in name:
            return False
        try:
            value = json.loads(value)
        except ValueError:
            return name in ("PolicyDocument", "Policy", "ResourcePolicy", "RepositoryPolicyText")
    return isinstance(value, dict) and "Statement" in value


def _read(item: Item | None, name: str) -> Rules:
    if item is None:
        return NOTHING
    written = item.get(name)
    if written is None and item.type in _KEYS:
        return rules_of(_default_of_key())
    return rules_of(written)


def _default_of_key() -> Value:
    """Return the policy of a key for which none is written.

    Source: AWS KMS Developer Guide, "Default key policy".
    """
    owner = {"AWS": "the account of the key"}
    statement = {"Effect": "Allow", "Principal": owner, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _is_gone(sides: Sides, pair: Pair) -> bool:
    """Say whether a policy goes together with all that it is about."""
    if pair.after is not None or pair.before is None:
        return False
    about = [name for target in _TARGETS for name in pair.before.texts(target)]
    if not about:
        return True  # it was a property of the resource, which goes
    kept = [name for name in about if sides.find(name, after=True) or not sides.find(name, after=False)]
    return not kept


def _targets(sides: Sides, pair: Pair, subject: str) -> Iterator[SecurityChange]:
    """Yield that a policy is about something else."""
    if pair.before is None or pair.after is None or pair.item.type == _SCP:
        return
    for name in _TARGETS:
        was, will = pair.before.get(name), pair.after.get(name)
        if was != will:
            yield Teller(sides, pair.item).change(
                subject, "changed", f"is about {_named(will)}, and no longer about {_named(was)}", was, will
            )


def _named(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in cast("list[Value]", value)) or "nothing"
    return "nothing" if value is None else str(value)


def _of_endpoint(sides: Sides, pair: Pair) -> Iterator[SecurityChange]:
    """Yield what may pass a VPC endpoint: everything if it has no policy."""
    before, after = (
        NOTHING if item is None else rules_of(item.get("PolicyDocument") or _ANYTHING)
        for item in (pair.before, pair.after)
    )
    teller = Teller(sides, pair.item)
    yield from limiting(Comparison(teller=teller, subject="endpoint policy", before=before, after=after))


def _of_organisation(sides: Sides, pair: Pair) -> Iterator[SecurityChange]:
    """Yield what a policy of an organisation holds back: to deny less is to allow more.

    What it allows counts only while it is there; with the policy, that limit goes too.
    """
    before, after = (rules_of(item.get("Content") if item else None) for item in (pair.before, pair.after))
    teller = Teller(sides, pair.item)
    comparison = Comparison(teller=teller, subject="organisation policy", before=before, after=after)
    if pair.before is None:
        yield comparison.make("narrowed", "a new policy of the organisation limits what its accounts may do")
    elif pair.after is None:
        yield comparison.make(
            "widened", "a policy of the organisation no longer limits what its accounts may do"
        )
    else:
        yield from of_resource(comparison)
        was, will = set(pair.before.texts("TargetIds")), set(pair.after.texts("TargetIds"))
        if was - will:
            message = f"no longer limits {', '.join(sorted(was - will))}"
            yield teller.change("organisation policy", "widened", message, sorted(was), sorted(will))
        if will - was:
            message = f"newly limits {', '.join(sorted(will - was))}"
            yield teller.change("organisation policy", "narrowed", message, sorted(was), sorted(will))


def _permission(sides: Sides, pair: Pair) -> Iterator[SecurityChange]:
    """Yield who may call a function."""
    before, after = (rules_of(_of_function(item)) for item in (pair.before, pair.after))
    comparison = Comparison(
        teller=Teller(sides, pair.item), subject="function policy", before=before, after=after
    )
    yield from granting(comparison)


def _of_function(item: Item | None) -> Value:
    """Write a permission as the statement that Lambda makes of it."""
    if item is None:
        return None
    principal = str(item.get("Principal"))
    kind = "Service" if "." in principal else "AWS"
    conditions: dict[str, dict[str, Value]] = {}
    for name, (operator, key) in _SOURCES.items():
        if item.get(name) is not None:
            conditions.setdefault(operator, {})[key] = item.get(name)
    statement = {
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {kind: principal},
        "Action": item.get("Action"),
        "Resource": item.get("FunctionName"),
        "Condition": conditions,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
