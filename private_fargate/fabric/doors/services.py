"""The APIs that are told apart: who signs for them, and how IAM calls them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.doors.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.fabric.doors.signatures import Signature


@dataclass(frozen=True, slots=True)
class Service:
    """One API.

    Attributes:
        signing: in the scope of a signature.
        prefix: of its actions in policies.
        target: before the operation in `X-Amz-Target`; None for another protocol.
    """

    signing: str
    prefix: str
    target: str | None = None


_KNOWN: Final[Mapping[str, Service]] = MappingProxyType(
    {
        "appconfigdata": Service("appconfig", "appconfig"),
        "aps-workspaces": Service("aps", "aps"),
        "cloudformation": Service("cloudformation", "cloudformation"),
        "data-servicediscovery": Service(
            "servicediscovery", "servicediscovery", "Route53AutoNaming_v20170314"
        ),
        "dynamodb": Service("dynamodb", "dynamodb", "DynamoDB_20120810"),
        "ec2": Service("ec2", "ec2"),
        "ec2messages": Service("ec2messages", "ec2messages", "EC2WindowsMessageDeliveryService_v20141021"),
        "ecr.api": Service("ecr", "ecr", "AmazonEC2ContainerRegistry_V20150921"),
        "ecs": Service("ecs", "ecs", "AmazonEC2ContainerServiceV20141113"),
        "ecs-agent": Service("ecs", "ecs"),
        "ecs-telemetry": Service("ecs", "ecs"),
        "events": Service("events", "events", "AWSEvents"),
        "kinesis-firehose": Service("firehose", "firehose", "Firehose_20150804"),
        "kinesis-streams": Service("kinesis", "kinesis", "Kinesis_20131202"),
        "kms": Service("kms", "kms", "TrentService"),
        "lambda": Service("lambda", "lambda"),
        "logs": Service("logs", "logs", "Logs_20140328"),
        "monitoring": Service("monitoring", "cloudwatch", "GraniteServiceVersion20100801"),
        "secretsmanager": Service("secretsmanager", "secretsmanager", "secretsmanager"),
        "servicediscovery": Service("servicediscovery", "servicediscovery", "Route53AutoNaming_v20170314"),
        "sns": Service("sns", "sns"),
        "sqs": Service("sqs", "sqs", "AmazonSQS"),
        "ssm": Service("ssm", "ssm", "AmazonSSM"),
        "ssmmessages": Service("ssmmessages", "ssmmessages"),
        "states": Service("states", "states", "AWSStepFunctions"),
        "sts": Service("sts", "sts"),
        "xray": Service("xray", "xray"),
    }
)
"""Name of an endpoint service -> its API.

Source: the metadata of botocore 1.44, and for ec2messages the source of amazon-ssm-agent.
"""

_SIGNING: Final = frozenset({"s3", *(each.signing for each in _KNOWN.values())})
_TARGETS: Final = frozenset(each.target for each in _KNOWN.values() if each.target)


def service_of(name: str, signature: Signature, target: str | None) -> Service:
    """Return the API behind a name, for a request that is signed and has this target.

    What is not in the table is taken for what it is signed for: that is what its actions begin with.

    Args:
        name: of an endpoint service.
        signature: of the request.
        target: what stands before the operation in `X-Amz-Target`.

    Raises:
        Refused: the request is signed for, or meant for, another API than the one that answers here.
    """
    known = _KNOWN.get(name)
    if known is None:
        if signature.service in _SIGNING:
            raise Refused("wrong scope", f"Credential should be scoped to correct service: '{name}'.")
        if target in _TARGETS:
            raise Refused("unknown operation", f"{name} has no operation of {target}")
        return Service(signature.service, signature.service, target)
    if signature.service != known.signing:
        raise Refused("wrong scope", f"Credential should be scoped to correct service: '{known.signing}'.")
    if target not in {None, known.target}:
        raise Refused("unknown operation", f"{name} has no operation of {target}")
    return known
