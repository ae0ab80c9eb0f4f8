"""The network ACLs of a template, made by EC2's own API: the embedded CloudFormation does not create them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from private_fargate.deploy.session import Session

_ACL: Final = "AWS::EC2::NetworkAcl"
_ENTRY: Final = "AWS::EC2::NetworkAclEntry"
_ASSOCIATION: Final = "AWS::EC2::SubnetNetworkAclAssociation"
_ACLS: Final = frozenset({_ACL, _ENTRY, _ASSOCIATION})

Resources = dict[str, dict[str, Any]]


def split(template: Mapping[str, Any]) -> tuple[dict[str, Any], Resources]:
    """Return a template without its network ACLs, and these."""
    resources: Resources = template["Resources"]
    acls = {name: body for name, body in resources.items() if body["Type"] in _ACLS}
    rest = {name: _without(body, acls) for name, body in resources.items() if name not in acls}
    return {**template, "Resources": rest}, acls


def _without(body: dict[str, Any], gone: Resources) -> dict[str, Any]:
    if "DependsOn" not in body:
        return body
    return {**body, "DependsOn": [name for name in body["DependsOn"] if name not in gone]}


@contextmanager
def made(session: Session, acls: Resources, ids: Mapping[str, str]) -> Generator[Mapping[str, str]]:
    """Make network ACLs at the border of subnets that are there, as long as the block lasts.

    Args:
        session: Where.
        acls: As the template has them.
        ids: What the template's other resources have become.
    """
    if not acls:
        yield {}
        return
    ec2: Any = session.client("ec2")
    found = {
        name: ec2.create_network_acl(VpcId=ids[_named(body["Properties"]["VpcId"])])["NetworkAcl"][
            "NetworkAclId"
        ]
        for name, body in acls.items()
        if body["Type"] == _ACL
    }
    try:
        for body in acls.values():
            if body["Type"] == _ENTRY:
                _enter(ec2, body["Properties"], found)
        before = _associations(ec2, ids["Vpc"])
        for body in acls.values():
            if body["Type"] == _ASSOCIATION:
                subnet = ids[_named(body["Properties"]["SubnetId"])]
                acl = found[_named(body["Properties"]["NetworkAclId"])]
                _associate(ec2, ids["Vpc"], subnet, acl)
        yield found
        for subnet, (_, acl) in before.items():
            _associate(ec2, ids["Vpc"], subnet, acl)
    finally:
        for acl in found.values():
            ec2.delete_network_acl(NetworkAclId=acl)


def _enter(ec2: Any, properties: Mapping[str, Any], found: Mapping[str, str]) -> None:
    ec2.create_network_acl_entry(
        NetworkAclId=found[_named(properties["NetworkAclId"])],
        RuleNumber=properties["RuleNumber"],
        Protocol=str(properties["Protocol"]),
        RuleAction=properties["RuleAction"],
        Egress=bool(properties.get("Egress", False)),
        CidrBlock=properties["CidrBlock"],
        PortRange=properties["PortRange"],
    )


def _associate(ec2: Any, vpc: str, subnet: str, acl: str) -> None:
    association, _ = _associations(ec2, vpc)[subnet]
    ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)


def _associations(ec2: Any, vpc: str) -> dict[str, tuple[str, str]]:
    """Return by subnet the ID of its association, and the ACL."""
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    return {
        each["SubnetId"]: (each["NetworkAclAssociationId"], each["NetworkAclId"])
        for acl in ec2.describe_network_acls(Filters=inside)["NetworkAcls"]
        for each in acl["Associations"]
    }


def _named(value: Any) -> str:
    """Return the logical ID that a reference names."""
    match value:
        case {"Ref": str() as name}:
            return name
        case {"Fn::GetAtt": [str() as name, *_]}:
            return name
        case _:
            raise ValueError(f"{value} is no reference")
