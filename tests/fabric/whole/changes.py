"""Changes of a system that is deployed, each taken back when its block ends."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fabric.whole.systems import System

ANYWHERE: Final = "0.0.0.0/0"
_ENDPOINTS: Final = "endpoints.json"
_TCP: Final = "6"
_ALL: Final = "-1"


def ec2(system: System, operation: str, **arguments: Any) -> Any:
    return getattr(system.session.client("ec2"), operation)(**arguments)


def inside(system: System) -> list[dict[str, Any]]:
    """Return the filter of `describe` calls that leaves what is in the system's VPC."""
    return [{"Name": "vpc-id", "Values": [system.vpc_id]}]


def endpoint(system: System, service: str) -> Any:
    name = f"com.amazonaws.{system.session.region}.{service}"
    found = ec2(system, "describe_vpc_endpoints", Filters=inside(system))["VpcEndpoints"]
    (one,) = [each for each in found if each["ServiceName"] == name and each["State"] != "deleted"]
    return one


def group(system: System, part: str) -> Any:
    """Return the security group of the VPC with this in its name."""
    found = ec2(system, "describe_security_groups", Filters=inside(system))["SecurityGroups"]
    (one,) = [each for each in found if part in each["GroupName"]]
    return one


@contextmanager
def nobody_let_in(system: System, by: Any) -> Iterator[None]:
    """Revoke every rule by which a security group lets somebody in."""
    rules = {"GroupId": by["GroupId"], "IpPermissions": by["IpPermissions"]}
    ec2(system, "revoke_security_group_ingress", **rules)
    try:
        yield
    finally:
        ec2(system, "authorize_security_group_ingress", **rules)


@contextmanager
def other_policy(system: System, service: str, change: Callable[[Any], None]) -> Iterator[None]:
    """Change the policy of an endpoint."""
    found = endpoint(system, service)
    policy = json.loads(found["PolicyDocument"])
    change(policy)
    which = {"VpcEndpointId": found["VpcEndpointId"]}
    ec2(system, "modify_vpc_endpoint", **which, PolicyDocument=json.dumps(policy))
    try:
        yield
    finally:
        ec2(system, "modify_vpc_endpoint", **which, PolicyDocument=found["PolicyDocument"])


@contextmanager
def other_endpoints(system: System, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Change the resources of the stack of endpoints, and deploy them so."""
    templates = system.templates()
    document = json.loads(templates[_ENDPOINTS])
    change(document["Resources"])
    system.deploy(templates | {_ENDPOINTS: json.dumps(document).encode()})
    try:
        yield
    finally:
        system.deploy(templates)


@contextmanager
def only_known_answers(system: System) -> Iterator[None]:
    """Give the private subnets a network ACL that forgets the ports at which answers arrive."""
    made = ec2(system, "create_network_acl", VpcId=system.vpc_id)["NetworkAcl"]["NetworkAclId"]
    cidr = system.settings.network.cidr
    for number, is_out, protocol, block, port in (
        (100, True, _ALL, ANYWHERE, None),
        (100, False, _ALL, cidr, None),
        (110, False, _TCP, ANYWHERE, 443),
        (120, False, _TCP, ANYWHERE, 80),
    ):
        ports = {"PortRange": {"From": port, "To": port}} if port else {}
        ec2(
            system,
            "create_network_acl_entry",
            NetworkAclId=made,
            RuleNumber=number,
            Protocol=protocol,
            RuleAction="allow",
            Egress=is_out,
            CidrBlock=block,
            **ports,
        )
    subnets = set(system.outputs["PrivateSubnetIds"].split(","))
    before = {
        each["SubnetId"]: acl["NetworkAclId"]
        for acl in ec2(system, "describe_network_acls", Filters=inside(system))["NetworkAcls"]
        for each in acl["Associations"]
        if each["SubnetId"] in subnets
    }
    _associate(system, dict.fromkeys(subnets, made))
    try:
        yield
    finally:
        _associate(system, before)
        ec2(system, "delete_network_acl", NetworkAclId=made)


def _associate(system: System, acls: dict[str, str]) -> None:
    found = ec2(system, "describe_network_acls", Filters=inside(system))["NetworkAcls"]
    now = {one["SubnetId"]: one["NetworkAclAssociationId"] for acl in found for one in acl["Associations"]}
    for subnet, acl in acls.items():
        ec2(system, "replace_network_acl_association", AssociationId=now[subnet], NetworkAclId=acl)


@contextmanager
def role_without(system: System, action: str) -> Iterator[None]:
    """Let the role that starts the tasks of nginx do all that it may but one thing."""
    iam = system.session.client("iam")
    role = _execution_role(system)
    (attached,) = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    arn = attached["PolicyArn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    for statement in document["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != action]
    less = {"RoleName": role, "PolicyName": "less"}
    iam.put_role_policy(**less, PolicyDocument=json.dumps(document))
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    try:
        yield
    finally:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        iam.delete_role_policy(**less)


def _execution_role(system: System) -> str:
    ecs = system.session.client("ecs")
    (service,) = ecs.list_services(cluster=system.outputs["ClusterName"])["serviceArns"]
    described = ecs.describe_services(cluster=system.outputs["ClusterName"], services=[service])["services"]
    definition = ecs.describe_task_definition(taskDefinition=described[0]["taskDefinition"])["taskDefinition"]
    return str(definition["executionRoleArn"]).rpartition("/")[2]
