"""Policies of VPC endpoints: what may pass through a door, whoever holds the key to the room.

They name the actions that the agents really call, and admit credentials of this account only: with
the default policy, a process inside could carry data out with the credentials of another account.

The S3 gateway is the exception.  Image layers come from a bucket that belongs to AWS, by an address
that ECR has signed with its own credentials, so a condition on the account would refuse them.
Source: Amazon ECR User Guide, "Amazon ECR interface VPC endpoints".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from awacs import ecr, kms, s3, secretsmanager, ssm
from awacs import logs as cloudwatch_logs
from awacs.aws import Action, Principal
from troposphere import Sub

from private_fargate.aws.buckets import AL2023_PACKAGES, ECR_LAYERS
from private_fargate.kit.policy import OWN_ACCOUNT, SESSION_ACTIONS, allow, arn, policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from awacs.aws import PolicyDocument, Statement

ANYONE = Principal("*")
_UNBOUND = ["*"]  # what stands beside it has no resource level


def interface_policy(
    service: str, registries: Sequence[str] = (), *, exec_sessions: bool = False
) -> PolicyDocument:
    """Return the policy of an interface endpoint.

    Args:
        service: the endpoint service, such as `ecr.api`.
        registries: account IDs, other than ours, whose ECR repositories hold images of ours.
        exec_sessions: whether tasks record sessions of ECS Exec, for which they look for the log group.

    A service that nothing of ours calls, but that the configuration lists, serves the
    applications: every action, with credentials of this account only.
    """
    if service in {"ecr.api", "ecr.dkr"}:
        return policy(*_ecr(registries))
    if service == "logs":
        return policy(*_logs(exec_sessions=exec_sessions))
    statements = {
        "secretsmanager": _secrets,
        "ssm": _systems_manager,
        "ssmmessages": _sessions,
        "kms": _keys,
    }
    if service in statements:
        return policy(*statements[service]())
    return policy(_own("OnlyThisAccount", [Action("*")], _UNBOUND))


def gateway_policy(service: str, *, packages: bool) -> PolicyDocument:
    """Return the policy of a gateway endpoint.

    Args:
        service: `s3` or `dynamodb`.
        packages: whether Amazon Linux 2023 hosts install packages through it.
    """
    if service != "s3":
        return policy(_own("OnlyThisAccount", [Action("*")], _UNBOUND))
    statements = [allow("PullImageLayers", [s3.GetObject], [Sub(ECR_LAYERS)], principal=ANYONE)]
    if packages:
        statements.append(allow("InstallPackages", [s3.GetObject], [Sub(AL2023_PACKAGES)], principal=ANYONE))
    return policy(*statements)


def _own(sid: str, actions: Sequence[Action], resources: Sequence[object]) -> Statement:
    return allow(sid, actions, resources, principal=ANYONE, conditions=[OWN_ACCOUNT])


def _ecr(registries: Sequence[str]) -> tuple[Statement, ...]:
    others = [
        Sub(f"arn:${{AWS::Partition}}:ecr:${{AWS::Region}}:{account}:repository/*") for account in registries
    ]
    pull = [ecr.BatchCheckLayerAvailability, ecr.BatchGetImage, ecr.GetDownloadUrlForLayer]
    return (
        _own("LogInToTheRegistry", [ecr.GetAuthorizationToken], _UNBOUND),
        _own("PullImages", pull, [arn("ecr", "repository/*"), *others]),
    )


def _logs(*, exec_sessions: bool) -> tuple[Statement, ...]:
    write = [
        cloudwatch_logs.CreateLogStream,
        cloudwatch_logs.DescribeLogStreams,
        cloudwatch_logs.PutLogEvents,
    ]
    writing = _own("WriteLogs", write, [arn("logs", "log-group:*")])
    finding = _own("FindTheExecLog", [cloudwatch_logs.DescribeLogGroups], _UNBOUND)
    return (writing, finding) if exec_sessions else (writing,)


def _secrets() -> tuple[Statement, ...]:
    return (_own("ReadSecrets", [secretsmanager.GetSecretValue], [arn("secretsmanager", "secret:*")]),)


def _systems_manager() -> tuple[Statement, ...]:
    return (
        _own("ReadParameters", [ssm.GetParameters], [arn("ssm", "parameter/*")]),
        _own("RegisterInstances", [ssm.UpdateInstanceInformation], _UNBOUND),
    )


def _sessions() -> tuple[Statement, ...]:
    return (_own("CarrySessions", SESSION_ACTIONS, _UNBOUND),)


def _keys() -> tuple[Statement, ...]:
    return (_own("OpenExecSessions", [kms.Decrypt, kms.GenerateDataKey], [arn("kms", "key/*")]),)
