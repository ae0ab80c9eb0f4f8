"""Drift: what somebody changed behind CloudFormation's back, of the types that ministack cannot read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError
from ministack.services import cloudformation, ecs
from ministack.services.cloudformation import drift

from private_fargate.local.server import moto_backend as moto

if TYPE_CHECKING:
    from collections.abc import Callable

Properties: TypeAlias = dict[str, Any]
Reader: TypeAlias = "Callable[[str, Properties], Properties | None]"

_EXISTENCE: frozenset[str] = frozenset()


def repair() -> None:
    """Register what reads each type; a type without properties is only asked whether it is there."""
    drift._DRIFT_READERS.update(
        {
            "AWS::EC2::SecurityGroup": (_group, frozenset({"SecurityGroupIngress", "SecurityGroupEgress"})),
            "AWS::EC2::VPC": (_there("describe_vpcs", "VpcIds"), _EXISTENCE),
            "AWS::EC2::Subnet": (_there("describe_subnets", "SubnetIds"), _EXISTENCE),
            "AWS::EC2::VPCEndpoint": (_there("describe_vpc_endpoints", "VpcEndpointIds"), _EXISTENCE),
            "AWS::ECS::Service": (_service, frozenset({"DesiredCount", "TaskDefinition"})),
            "AWS::ECS::TaskDefinition": (_task_definition, _EXISTENCE),
        }
    )


def _there(operation: str, argument: str) -> Reader:
    def read(physical_id: str, _properties: Properties) -> Properties | None:
        try:
            found = getattr(moto.client(), operation)(**{argument: [physical_id]})
        except ClientError as error:
            if "NotFound" in error.response["Error"]["Code"]:
                return None
            raise
        return {} if any(value for name, value in found.items() if name != "ResponseMetadata") else None

    return read


def _group(physical_id: str, properties: Properties) -> Properties | None:
    if _there("describe_security_groups", "GroupIds")(physical_id, properties) is None:
        return None
    own = [rule for rule in _rules(physical_id) if not _is_a_resource(rule["SecurityGroupRuleId"])]
    found = {}
    for name, is_egress in (("SecurityGroupIngress", False), ("SecurityGroupEgress", True)):
        rules = [_rule(each) for each in own if each["IsEgress"] is is_egress]
        found[name] = [_written_like(each, properties.get(name) or []) for each in rules]
    return found


def _rules(group: str) -> list[Properties]:
    found: list[Properties] = moto.client().describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )["SecurityGroupRules"]
    return found


def _is_a_resource(rule: str) -> bool:
    """Say whether a rule is a resource of its own in some stack, and so no drift of its group."""
    return any(
        resource["PhysicalResourceId"] == rule
        for stack in cloudformation._stacks.values()
        for resource in stack.get("_resources", {}).values()
    )


def _rule(described: Properties) -> Properties:
    """Return a rule in the words of a template."""
    peer = "Destination" if described["IsEgress"] else "Source"
    rule = {
        "IpProtocol": described["IpProtocol"],
        "FromPort": described.get("FromPort"),
        "ToPort": described.get("ToPort"),
        "CidrIp": described.get("CidrIpv4"),
        "CidrIpv6": described.get("CidrIpv6"),
        f"{peer}PrefixListId": described.get("PrefixListId"),
        f"{peer}SecurityGroupId": described.get("ReferencedGroupInfo", {}).get("GroupId"),
        "Description": described.get("Description"),
    }
    if rule["IpProtocol"] == "-1":
        rule.update(FromPort=None, ToPort=None)
    return {name: value for name, value in rule.items() if value not in (None, "")}


def _written_like(rule: Properties, written: list[Properties]) -> Properties:
    """Return the rule as the template spells it, if it is one of the template's: -1 needs no ports there."""
    for each in written:
        plain = {name: str(value) for name, value in each.items() if value not in (None, "")}
        if str(each.get("IpProtocol")) == "-1":
            plain = {name: value for name, value in plain.items() if name not in {"FromPort", "ToPort"}}
        if plain == {name: str(value) for name, value in rule.items()}:
            return each
    return rule


def _service(physical_id: str, _properties: Properties) -> Properties | None:
    for record in ecs._services.values():
        if record["serviceArn"] == physical_id and record["status"] == "ACTIVE":
            return {"DesiredCount": record["desiredCount"], "TaskDefinition": record["taskDefinition"]}
    return None


def _task_definition(physical_id: str, _properties: Properties) -> Properties | None:
    found = any(
        record["taskDefinitionArn"] == physical_id and record["status"] == "ACTIVE"
        for record in ecs._task_defs.values()
    )
    return {} if found else None
