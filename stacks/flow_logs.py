"""The record of every connection in the VPC, on by default.

A stack of its own: it needs the key, and a network that waited for the key would hold up
everything that waits for the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from awacs import logs as logs_actions
from troposphere import GetAtt, Ref, ec2, logs

from private_fargate.kit.policy import allow, arn, trust
from private_fargate.kit.retention import keep
from private_fargate.kit.roles import add_role

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.kit import kinds
    from private_fargate.kit.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Config:
    """For how many days records are kept, and whether they outlive the stack."""

    retention: int
    retain: bool

    @classmethod
    def of(cls, environment: Environment) -> Config | None:
        """Return the flow logs that an environment asks for, or None if it wants none."""
        settings = environment.network.flow_logs
        if settings is False:
            return None
        return cls(retention=settings.retention, retain=environment.deletion == "retain")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What is recorded, and the key that encrypts the record."""

    vpc_id: kinds.VpcId
    key_arn: kinds.KeyArn


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Nobody waits for flow logs."""


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Flow logs: addresses, ports and verdict of every connection in the VPC."""
    log = scope.add(
        logs.LogGroup(
            "FlowLogGroup",
            RetentionInDays=config.retention,
            KmsKeyId=inputs.key_arn,
            **keep(retain=config.retain),
        ),
        why="REJECT lines here are the fastest way to find a missing security group rule",
    )
    actions = [logs_actions.CreateLogStream, logs_actions.DescribeLogStreams, logs_actions.PutLogEvents]
    role, writing = add_role(
        scope,
        "FlowLog",
        trust("vpc-flow-logs.amazonaws.com", arn("ec2", "vpc-flow-log/*")),
        [allow("WriteRecords", actions, [GetAtt(log, "Arn")])],
        why=("VPC Flow Logs writes with it", "Only into this log group"),
    )
    scope.add(
        ec2.FlowLog(
            "FlowLog",
            DependsOn=writing,
            ResourceType="VPC",
            ResourceId=inputs.vpc_id,
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=Ref(log),
            DeliverLogsPermissionArn=GetAtt(role, "Arn"),
            MaxAggregationInterval=60,
        ),
        why="Accepted and rejected connections alike",
    )
    return Outputs()
