"""Accounts, roles and templates for tests of StackSets, of the fake itself and of whatever uses it."""

from __future__ import annotations

import functools
import itertools
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.deploy.session import Client
    from private_fargate.local.embedded import EmbeddedAws

ADMINISTRATION = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION = "AWSCloudFormationStackSetExecutionRole"
HOME = "us-east-1"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUSTED = "member.org.stacksets.cloudformation.amazonaws.com"

_LIMIT = 60  # seconds
_OVER = {"SUCCEEDED", "FAILED", "STOPPED"}
_numbers = itertools.count(os.getpid() % 1000 * 10**6)


def new_account() -> str:
    """Return the number of an account in which nothing is yet."""
    return f"2{next(_numbers):011}"


@functools.cache
def _client(url: str, account: str, region: str, service: str) -> Client:
    made: Client = _session().client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="test",  # noqa: S106 -- a key that opens nothing
    )
    return made


@functools.cache
def _session() -> Any:
    return boto3.session.Session()


def trust_policy(principal: dict[str, Any]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def template(resources: dict[str, Any] | None = None, **more: Any) -> str:
    """Return a template with these resources, or with a network whose range is a parameter."""
    if resources is not None:
        return json.dumps({"Resources": resources, **more})
    network = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Cidr"}}}
    parameter = {"Type": "String", "Default": "10.1.0.0/16"}
    return json.dumps({"Parameters": {"Cidr": parameter}, "Resources": {"Vpc": network}, **more})


def log_group(name: str) -> dict[str, Any]:
    """Return a resource that cannot be made where the name is taken."""
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}


@dataclass(frozen=True)
class House:
    """One embedded AWS, as an administrator account and its target accounts see it."""

    aws: EmbeddedAws
    account: str

    def client(self, service: str = "cloudformation", account: str = "", region: str = HOME) -> Client:
        return _client(self.aws.url, account or self.account, region, service)

    @property
    def api(self) -> Client:
        return self.client()

    def role(self, account: str, name: str, principal: dict[str, Any], policy: str = EVERYTHING) -> None:
        iam = self.client("iam", account)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_policy(principal))
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)

    def administer(self) -> None:
        """Let this account have the role of self-managed StackSets."""
        self.role(self.account, ADMINISTRATION, {"Service": "cloudformation.amazonaws.com"})

    def let_in(self, *accounts: str) -> None:
        """Let this account's StackSets into others."""
        for account in accounts:
            self.role(account, EXECUTION, {"AWS": f"arn:aws:iam::{self.account}:root"})

    def targets(self, count: int) -> list[str]:
        """Return new accounts that let this one in."""
        accounts = [new_account() for _ in range(count)]
        self.let_in(*accounts)
        return accounts

    def finished(self, stack_set: str, operation: str) -> dict[str, Any]:
        """Return the description of an operation that is over."""
        limit = time.monotonic() + _LIMIT
        while time.monotonic() < limit:
            if (found := self.operation(stack_set, operation))["Status"] in _OVER:
                return found
            time.sleep(0.02)
        raise TimeoutError(f"operation {operation} of {stack_set} goes on and on")

    def operation(self, stack_set: str, operation: str) -> dict[str, Any]:
        described = self.api.describe_stack_set_operation(StackSetName=stack_set, OperationId=operation)
        found: dict[str, Any] = described["StackSetOperation"]
        return found

    def create(
        self, stack_set: str, accounts: Iterable[str], regions: Iterable[str] = (HOME,), **more: Any
    ) -> dict[str, Any]:
        """Make instances, and wait until that is over."""
        begun = self.api.create_stack_instances(
            StackSetName=stack_set, Accounts=list(accounts), Regions=list(regions), **more
        )
        return self.finished(stack_set, begun["OperationId"])

    def results(self, stack_set: str, operation: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return what an operation has done, by account and Region."""
        listed = self.api.list_stack_set_operation_results(StackSetName=stack_set, OperationId=operation)
        return {(each["Account"], each["Region"]): each for each in listed["Summaries"]}

    def instances(self, stack_set: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return all instances, by account and Region."""
        listed = self.api.list_stack_instances(StackSetName=stack_set)["Summaries"]
        return {(each["Account"], each["Region"]): each for each in listed}

    def vpcs(self, account: str, region: str) -> list[str]:
        """Return the ranges of an account's own networks in a Region."""
        found = self.client("ec2", account, region).describe_vpcs()["Vpcs"]
        return sorted(each["CidrBlock"] for each in found if not each["IsDefault"])
