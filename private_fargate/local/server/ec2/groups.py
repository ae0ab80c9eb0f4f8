"""Security groups and their rules, inside the group and as resources of their own."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from moto.ec2.models.security_groups import SecurityGroupRule

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.ec2.tags import retag
from private_fargate.local.server.handlers import Handler, register

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.local.server.handlers import Attributes, Properties

_EVERYWHERE = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}  # what a group lets out if it says nothing
_PEERS = {  # property of a rule -> where the API wants it: under which key, by which name
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
}


_made = SecurityGroupRule.__init__
_parameters = inspect.signature(_made)


def register_all() -> None:
    """Register the types of this module, and let rules keep what is written about them."""
    SecurityGroupRule.__init__ = _make_rule
    SecurityGroupRule.description = property(_written_about)
    group_only = frozenset({"GroupDescription", "GroupName", "VpcId"})
    register(
        "AWS::EC2::SecurityGroup",
        Handler(create=_group, delete=_no_group, update=_change_group, create_only=group_only, retag=retag),
    )
    for direction in ("ingress", "egress"):
        create, delete = _rule_handlers(direction)
        register(f"AWS::EC2::SecurityGroup{direction.title()}", Handler(create=create, delete=delete))


def _make_rule(rule: Any, *values: Any, **named: Any) -> None:  # noqa: ANN401 -- moto's rule, which has no types
    """Make a rule as moto does, and keep the whole of its prefix list, of which moto keeps the ID alone."""
    _made(rule, *values, **named)
    rule.prefix_list = _parameters.bind(rule, *values, **named).arguments.get("prefix_list_id") or {}


def _written_about(rule: Any) -> str | None:  # noqa: ANN401 -- as above
    """Return the description of a rule; moto knows that of an address range only."""
    peers = (rule.ip_range, rule.source_group, rule.prefix_list)
    return next((each["Description"] for each in peers if each.get("Description")), None)


def _group(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
    name = properties.get("GroupName") or f"{stack}-{logical_id}-{os.urandom(6).hex().upper()}"
    options = {"VpcId": properties["VpcId"]} if properties.get("VpcId") else {}
    for vpc in options.values():
        moto.backend().get_vpc(vpc)  # raises if it is not there, which moto's operation does not
    made = moto.client().create_security_group(
        GroupName=name, Description=properties["GroupDescription"], **options
    )
    group = made["GroupId"]
    try:
        _change_rules(group, "ingress", [], properties.get("SecurityGroupIngress") or [])
        _change_rules(group, "egress", [_EVERYWHERE], _egress(properties))
    except Exception:
        moto.client().delete_security_group(GroupId=group)
        raise
    return group, {"GroupId": group, "Id": group, "VpcId": properties.get("VpcId")}


def _change_group(group: str, old: Properties, new: Properties) -> None:
    """Change the rules that are written in the group; those that are resources of their own stay."""
    ingress = "SecurityGroupIngress"
    _change_rules(group, "ingress", old.get(ingress) or [], new.get(ingress) or [])
    _change_rules(group, "egress", _egress(old), _egress(new))


def _egress(properties: Properties) -> list[Properties]:
    rules = properties.get("SecurityGroupEgress")
    return rules or [_EVERYWHERE]


def _no_group(group: str, _properties: Properties) -> None:
    used = [each.id for each in moto.backend().enis.values() if group in {g.id for g in each.group_set}]
    if used:  # AWS refuses it; moto does not
        raise ValueError(f"resource {group} has a dependent object: {', '.join(used)}")
    moto.client().delete_security_group(GroupId=group)


def _change_rules(group: str, direction: str, old: list[Properties], new: list[Properties]) -> None:
    ec2 = moto.client()
    before, after = [_permission(rule) for rule in old], [_permission(rule) for rule in new]
    if gone := [each for each in before if each not in after]:
        getattr(ec2, f"revoke_security_group_{direction}")(GroupId=group, IpPermissions=gone)
    if added := [each for each in after if each not in before]:
        getattr(ec2, f"authorize_security_group_{direction}")(GroupId=group, IpPermissions=added)


def _permission(rule: Properties) -> dict[str, Any]:
    """Return a rule in the words of the API, whose peers are lists and whose ports are numbers."""
    protocol = str(rule["IpProtocol"])
    permission: dict[str, Any] = {"IpProtocol": protocol}
    for port in ("FromPort", "ToPort"):
        if rule.get(port) is not None and protocol != "-1":
            permission[port] = int(rule[port])
    description = {"Description": rule["Description"]} if rule.get("Description") else {}
    for name, (key, member) in _PEERS.items():
        if rule.get(name):
            permission[key] = [{member: rule[name], **description}]
    return permission


def _rule_handlers(
    direction: str,
) -> tuple[Callable[[str, Properties, str], tuple[str, Attributes]], Callable[[str, Properties], None]]:
    def create(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
        authorize = getattr(moto.client(), f"authorize_security_group_{direction}")
        made = authorize(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])
        rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        return rule, {"Id": rule}

    def delete(_rule: str, properties: Properties) -> None:
        revoke = getattr(moto.client(), f"revoke_security_group_{direction}")
        revoke(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])

    return create, delete
