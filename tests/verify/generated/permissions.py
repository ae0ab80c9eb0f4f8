"""The policies of a system as resources: roles, and what the doors let through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.verify.generated.systems import EVERYTHING, LAYERS
from tests.verify.generated.written import Of, Pseudo, Resource, Text, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.verify.generated.systems import Endpoint, Role, Statement, System
    from tests.verify.generated.written import Manner

TRUST: Final = "sts:AssumeRole"


def document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(system: System, statement: Statement) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Effect": "Allow",
        "Action": list(statement.actions),
        "Resource": [_named(system, name) for name in statement.resources],
    }
    if statement.conditions:
        found["Condition"] = {
            "StringEquals": {key: Pseudo("AccountId") for key in statement.conditions},
        }
    return found


def _named(system: System, name: str) -> object:
    """Write what a statement is about."""
    if name == EVERYTHING:
        return "*"
    if name == LAYERS:
        bucket = ":s3:::prod-", Pseudo("Region"), "-starport-layer-bucket/*"
        return text("arn:", Pseudo("Partition"), *bucket)
    if name in system.parameters:
        head = text("arn:", Pseudo("Partition"), ":ssm:", Pseudo("Region"), ":", Pseudo("AccountId"))
        return Text((*head.pieces, ":parameter/", Of(name)))
    if any(secret.name == name for secret in system.secrets):
        return Of(name)
    return Of(name, "Arn")


def roles(system: System, manner: Manner) -> Iterator[Resource]:
    for role in system.roles:
        trust = {"Effect": "Allow", "Principal": {"Service": role.trusts}, "Action": TRUST}
        properties: dict[str, Any] = {"AssumeRolePolicyDocument": document([trust])}
        arns: list[object] = [
            text("arn:", Pseudo("Partition"), f":iam::aws:policy/{managed}") for managed in role.managed
        ]
        said = document([_statement(system, statement) for statement in role.statements])
        if role.statements and manner.held == "attaching":
            own = f"{role.name}Permissions"
            yield Resource(own, "IAM::ManagedPolicy", "Foundation", {"PolicyDocument": said})
            arns.append(Of(own))
        if role.statements and manner.held == "inline":
            properties["Policies"] = [{"PolicyName": "own", "PolicyDocument": said}]
        if arns:
            properties["ManagedPolicyArns"] = arns
        yield Resource(role.name, "IAM::Role", "Foundation", properties)
        if role.statements and manner.held in {"policy", "attached"}:
            yield _held_apart(role, manner, said)


def _held_apart(role: Role, manner: Manner, said: dict[str, Any]) -> Resource:
    own = f"{role.name}Permissions"
    held = {"PolicyDocument": said, "Roles": [Of(role.name)]}
    if manner.held == "policy":
        return Resource(own, "IAM::Policy", "Foundation", {"PolicyName": "own", **held})
    return Resource(own, "IAM::ManagedPolicy", "Foundation", held)


def doors(system: System) -> Iterator[Resource]:
    for endpoint in system.endpoints:
        properties: dict[str, Any] = {
            "ServiceName": text("com.amazonaws.", Pseudo("Region"), f".{endpoint.service}"),
            "VpcId": Of("Vpc"),
            "VpcEndpointType": "Gateway" if endpoint.is_gateway else "Interface",
        }
        if endpoint.is_gateway:
            properties["RouteTableIds"] = [Of(table) for table in endpoint.tables]
        else:
            properties["SubnetIds"] = [Of(subnet) for subnet in endpoint.subnets]
            properties["SecurityGroupIds"] = [Of(group, "GroupId") for group in endpoint.groups]
            properties["PrivateDnsEnabled"] = endpoint.private_dns
        if endpoint.policy is not None:
            properties["PolicyDocument"] = _door_policy(system, endpoint)
        yield Resource(endpoint.name, "EC2::VPCEndpoint", "Doors", properties)


def _door_policy(system: System, endpoint: Endpoint) -> dict[str, Any]:
    def principal(statement: Statement) -> object:
        if EVERYTHING in statement.principals:
            return "*"
        return {"AWS": [Of(role, "Arn") for role in statement.principals]}

    said = endpoint.policy or ()
    return document([{**_statement(system, one), "Principal": principal(one)} for one in said])
