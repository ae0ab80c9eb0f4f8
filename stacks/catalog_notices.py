"""Where the events of all launches are told: a topic that an operator subscribes to.

CloudFormation publishes with the rights of whoever makes the stack: here the launch role, in whichever
account a team launches.  So the topic has a name that the role's policy can say beforehand, and admits that
role alone.  It is not encrypted with a key of KMS: AWS's own key for SNS cannot be used from other accounts,
a key of ours would have to be opened to every launch role, and what is sent are names and states of
resources, and no secrets.  SNS encrypts its disks by itself, and what travels in the clear is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from awacs import sns as sns_actions
from awacs.aws import ArnLike, Bool, Principal, StringEquals
from troposphere import AccountId, Ref, Sub, sns

from private_fargate.config.derived import launch_role_name, launch_topic_name
from private_fargate.kit import kinds
from private_fargate.kit.policy import allow, deny, policy

if TYPE_CHECKING:
    from awacs.aws import ConditionElement, Statement

    from private_fargate.config.catalog import Catalog
    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope

_ANYONE = Principal("AWS", "*")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Whose launches are told.

    Attributes:
        name: of the topic.
        launch_role: name of the role that publishes.
        accounts: in which it may be, beside this one.
        organization: all of whose accounts it may be in; None for none.
    """

    name: str
    launch_role: str
    accounts: tuple[str, ...]
    organization: str | None

    @classmethod
    def of(cls, environment: Environment, catalog: Catalog) -> Config | None:
        """Return the topic of an environment's product, None if nobody wants to be told."""
        name = launch_topic_name(environment)
        if name is None:
            return None
        return cls(
            name=name,
            launch_role=launch_role_name(environment),
            accounts=catalog.shares.accounts,
            organization=catalog.shares.organization,
        )


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A topic needs nothing."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where to subscribe."""

    notification_topic_arn: kinds.NotificationTopicArn


def build(scope: Scope, config: Config, _inputs: Inputs) -> Outputs:
    """Notices: a topic that gets the events of all launches."""
    topic = scope.add(
        sns.Topic("Launches", TopicName=config.name),
        why="Operators subscribe to it, and see what teams launch and what fails",
        must="Launch roles of other accounts are allowed to publish to this name",
    )
    own = StringEquals({"aws:PrincipalAccount": [AccountId, *config.accounts]})
    statements = [_launches("LaunchesOfTheseAccountsAreTold", topic, config, own)]
    if config.organization:
        members = StringEquals({"aws:PrincipalOrgID": config.organization})
        statements.append(_launches("LaunchesOfTheOrganizationAreTold", topic, config, members))
    scope.add(
        sns.TopicPolicy(
            "LaunchesPolicy",
            Topics=[Ref(topic)],
            PolicyDocument=policy(
                *statements,
                deny(
                    "NothingIsSentInTheClear",
                    [sns_actions.Publish],
                    [Ref(topic)],
                    principal=_ANYONE,
                    conditions=[Bool({"aws:SecureTransport": "false"})],
                ),
            ),
        ),
        why="Only the role that launches may publish",
    )
    return Outputs(notification_topic_arn=kinds.NotificationTopicArn.of(topic))


def _launches(sid: str, topic: sns.Topic, config: Config, where: ConditionElement) -> Statement:
    role = Sub(f"arn:${{AWS::Partition}}:iam::*:role/{config.launch_role}")
    return allow(
        sid,
        [sns_actions.Publish],
        [Ref(topic)],
        principal=_ANYONE,
        conditions=[where, ArnLike({"aws:PrincipalArn": role})],
    )
