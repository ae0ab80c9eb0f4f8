"""What needs no network and is there from the first second: the key, the cluster, the Exec log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from awacs import kms as kms_actions
from awacs.aws import ArnLike, BoolIfExists, Principal
from troposphere import GetAtt, Ref, Sub, ecs, kms, logs

from private_fargate.kit import kinds
from private_fargate.kit.policy import allow, arn, deny, policy
from private_fargate.kit.retention import keep

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope

EXEC_LOG_DAYS = 365  # who did what inside a task is asked long after


@dataclass(frozen=True, kw_only=True)
class Config:
    """How closely the cluster is watched, and whether its key and logs outlive it."""

    container_insights: Literal["enabled", "enhanced", "disabled"]
    retain: bool
    exec_log_retention: int  # days

    @classmethod
    def of(cls, environment: Environment) -> Config:
        """Return the foundation that an environment asks for."""
        return cls(
            container_insights=environment.cluster.container_insights,
            retain=environment.deletion == "retain",
            exec_log_retention=EXEC_LOG_DAYS,
        )


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A foundation needs nothing."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The cluster, the key, and where Exec sessions are recorded."""

    cluster_name: kinds.ClusterName
    key_arn: kinds.KeyArn
    exec_log_group_arn: kinds.ExecLogGroupArn


def build(scope: Scope, config: Config, _inputs: Inputs) -> Outputs:
    """Foundation: the ECS cluster and the key that encrypts its logs, images and sessions."""
    key = _key(scope, config)
    exec_log = scope.add(
        logs.LogGroup(
            "ExecLogGroup",
            RetentionInDays=config.exec_log_retention,
            KmsKeyId=GetAtt(key, "Arn"),
            **keep(retain=config.retain),
        ),
        why="Every command that a person runs inside a task is recorded here",
    )
    cluster = scope.add(
        ecs.Cluster(
            "Cluster",
            ClusterSettings=[ecs.ClusterSetting(Name="containerInsights", Value=config.container_insights)],
            Configuration=_exec_configuration(key, exec_log),
        ),
        why="Where the services run",
    )
    providers = scope.add(
        ecs.ClusterCapacityProviderAssociations(
            "CapacityProviders",
            Cluster=Ref(cluster),
            CapacityProviders=["FARGATE", "FARGATE_SPOT"],
            DefaultCapacityProviderStrategy=[
                ecs.CapacityProviderStrategy(CapacityProvider="FARGATE", Base=1, Weight=1)
            ],
        ),
        why="A service can name a capacity provider only once the cluster has it",
    )
    return Outputs(
        cluster_name=kinds.ClusterName.of(providers),
        key_arn=kinds.KeyArn.of(key),
        exec_log_group_arn=kinds.ExecLogGroupArn.of(exec_log),
    )


def _exec_configuration(key: kms.Key, exec_log: logs.LogGroup) -> ecs.ClusterConfiguration:
    return ecs.ClusterConfiguration(
        ExecuteCommandConfiguration=ecs.ExecuteCommandConfiguration(
            KmsKeyId=GetAtt(key, "Arn"),
            Logging="OVERRIDE",
            LogConfiguration=ecs.ExecuteCommandLogConfiguration(
                CloudWatchLogGroupName=Ref(exec_log), CloudWatchEncryptionEnabled=True
            ),
        )
    )


def _key(scope: Scope, config: Config) -> kms.Key:
    return scope.add(
        kms.Key(
            "DataKey",
            Description=Sub("Logs, images and Exec sessions of ${AWS::StackName}"),
            EnableKeyRotation=True,
            PendingWindowInDays=30 if config.retain else 7,
            KeyPolicy=policy(
                allow(
                    "ThisAccountDecidesByIam",
                    [kms_actions.Action("*")],
                    ["*"],
                    principal=Principal("AWS", Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")),
                ),
                allow(
                    "CloudWatchLogsEncryptsOurLogGroups",
                    [
                        kms_actions.Decrypt,
                        kms_actions.DescribeKey,
                        kms_actions.Encrypt,
                        kms_actions.GenerateDataKey,
                        kms_actions.ReEncryptFrom,
                        kms_actions.ReEncryptTo,
                    ],
                    ["*"],  # in a key policy: this key
                    principal=Principal("Service", Sub("logs.${AWS::Region}.${AWS::URLSuffix}")),
                    conditions=[ArnLike({"kms:EncryptionContext:aws:logs:arn": arn("logs", "log-group:*")})],
                ),
                deny(
                    "OnlyAwsServicesGetGrants",
                    [kms_actions.CreateGrant],
                    ["*"],
                    principal=Principal("AWS", "*"),
                    conditions=[
                        BoolIfExists(
                            {"kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false"}
                        )
                    ],
                ),
            ),
            **keep(retain=config.retain),
        ),
        why="One key of ours for logs, images and Exec sessions",
        must="Whoever deletes it makes every image and log unreadable",
    )
