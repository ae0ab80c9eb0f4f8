"""What the tests of rollouts have in common: a small system, and accounts with the roles that they need."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from private_fargate.config.models import Environment
from private_fargate.deploy.packaging import ensure_bucket, package
from private_fargate.deploy.session import connect_to
from private_fargate.rollout.causes import Readers
from private_fargate.rollout.client import StackSet
from private_fargate.rollout.rolling import Order, roll_out
from private_fargate.rollout.watching import RolloutWatcher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.config.rollout import Rollout
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from private_fargate.rollout.model import Instance, Place
    from private_fargate.rollout.outcomes import RolloutOutcome
    from private_fargate.rollout.planning import RolloutPlan

ADMINISTRATOR = "999999999999"
ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
BUCKET = "rollout-tests"
LOG_GROUP = "/house/log"


def environment(rollout: Rollout | None, *regions: str, name: str = "house") -> Environment:
    """Return a small environment with these settings of its rollout."""
    settings = {
        "name": name,
        "regions": regions or ("us-east-1", "eu-west-1"),
        "services": {"web": {"image": "public.ecr.aws/nginx/nginx:1.29", "port": 80}},
    }
    return Environment.model_validate(settings).model_copy(update={"rollout": rollout})


def templates(version: str = "1") -> dict[str, bytes]:
    """Return a system that is small: a network, and below it, in a nested stack, a log of a fixed name."""
    child = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"A log, version {version}",
        "Resources": {
            "Log": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": LOG_GROUP, "RetentionInDays": 7},
            }
        },
    }
    parent = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A house",
        "Parameters": {
            "VpcCidr": {"Type": "String", "Default": "10.0.0.0/16"},
            "Colour": {"Type": "String", "Default": "white"},
        },
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "VpcCidr"}}},
            "Logs": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "logs.json"}},
        },
    }
    return {"parent.json": json.dumps(parent).encode(), "logs.json": json.dumps(child).encode()}


def session_in(aws: EmbeddedAws, account: str, region: str = "us-east-1") -> Session:
    """Return a session of an account, which is whatever access key of twelve digits asks."""
    return _session(aws, account, region)


@cache
def _session(aws: EmbeddedAws, account: str, region: str) -> Session:
    """Make a session once for each place: to make its clients anew takes longer than what they ask."""
    return connect_to({**aws.environment(), "AWS_ACCESS_KEY_ID": account, "AWS_REGION": region})


def trust(session: Session, role: str, principal: Mapping[str, str]) -> None:
    """Make a role that somebody may take on, and that may do anything."""
    iam = session.client("iam")
    statement = {"Effect": "Allow", "Principal": dict(principal), "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(document))
    iam.put_role_policy(RoleName=role, PolicyName="Anything", PolicyDocument=json.dumps(anything))


def prepare(aws: EmbeddedAws, accounts: Sequence[str]) -> Session:
    """Make the roles of a self-managed rollout, and the bucket; return the administrator's session."""
    administrator = session_in(aws, ADMINISTRATOR)
    if not any(
        each["RoleName"] == ADMINISTRATION_ROLE for each in administrator.client("iam").list_roles()["Roles"]
    ):
        trust(administrator, ADMINISTRATION_ROLE, {"Service": "cloudformation.amazonaws.com"})
    share_bucket(administrator, accounts)
    for account in accounts:
        session = session_in(aws, account)
        if not any(
            each["RoleName"] == EXECUTION_ROLE for each in session.client("iam").list_roles()["Roles"]
        ):
            trust(session, EXECUTION_ROLE, {"AWS": f"arn:aws:iam::{ADMINISTRATOR}:root"})
    return administrator


def share_bucket(administrator: Session, accounts: Sequence[str], bucket: str = BUCKET) -> None:
    """Make a bucket that these accounts may read."""
    ensure_bucket(administrator, bucket)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    administrator.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


@dataclass
class Witness(RolloutWatcher):
    """Keeps what it is shown."""

    plans: list[RolloutPlan] = field(default_factory=list["RolloutPlan"])
    said: list[str] = field(default_factory=list[str])
    shown: list[Instance] = field(default_factory=list["Instance"])

    def review(self, plan: RolloutPlan) -> None:
        self.plans.append(plan)

    def say(self, text: str) -> None:
        self.said.append(text)

    def show(self, instance: Instance) -> None:
        self.shown.append(instance)


def readers(session: Session, role: str = "") -> Readers:
    return Readers(own=session, account=ADMINISTRATOR, role=role, partition="aws")


def order(
    session: Session,
    settings: Environment,
    files: Mapping[str, bytes] | None = None,
    *,
    bucket: str = BUCKET,
    **more: Any,
) -> Order:
    """Return the order to roll out a small system under the environment's name."""
    chosen = files or templates()
    return Order(
        stack_set=StackSet(
            session=session,
            name=settings.name,
            delegated=settings.rollout is not None and settings.rollout.delegated_administrator,
        ),
        environment=settings,
        package=package(session, chosen, bucket),
        templates=chosen,
        bucket=bucket,
        **more,
    )


def run(
    session: Session, settings: Environment, files: Mapping[str, bytes] | None = None, **more: Any
) -> tuple[RolloutOutcome, Witness]:
    """Roll it out, with somebody who looks on."""
    witness = Witness()
    outcome = roll_out(order(session, settings, files, **more), witness, readers(session))
    return outcome, witness


def network_of(aws: EmbeddedAws, place: Place, stack: str) -> list[str]:
    """Return the ranges of the networks that a stack made in an account and Region."""
    ec2 = session_in(aws, *place).client("ec2")
    resources = session_in(aws, *place).client("cloudformation").describe_stack_resources(StackName=stack)
    ids = [
        each["PhysicalResourceId"]
        for each in resources["StackResources"]
        if each["ResourceType"] == "AWS::EC2::VPC"
    ]
    return [each["CidrBlock"] for each in ec2.describe_vpcs(VpcIds=ids)["Vpcs"]]
