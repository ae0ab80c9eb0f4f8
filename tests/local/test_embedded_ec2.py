"""EC2 through changes: what a stack alters in place, what follows from it, and what EC2 refuses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from private_fargate.local.census import difference, take_census
from tests.local.ec2_described import described, egress_of, interfaces_in, routes_of, tags_of, the
from tests.local.vpc_parts import (
    HTTPS,
    attribute,
    door,
    endpoint,
    group,
    ids,
    instance,
    nats,
    network,
    ref,
    resource,
)

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

DOCUMENTATION = [IPv4Network("198.51.100.0/24"), IPv4Network("203.0.113.0/24")]  # RFC 5737
NO_VPC = "vpc-0123456789abcdef0"


def test_whatever_is_in_a_subnet_has_an_address_of_its_own_inside_it(
    local_aws: Session, stack: Stack
) -> None:
    """Addresses outside of their subnet, or twice the same, are what moto gives by itself."""
    before = take_census(local_aws)
    inside = {"DeviceIndex": "0", "SubnetId": ref("Subnet1"), "GroupSet": [ref("Group")]}
    made = {
        **network(),
        **nats(),
        "Group": group(),
        "Logs": door("logs", SecurityGroupIds=[ref("Group")]),
        "Api": door("ecr.api", SecurityGroupIds=[ref("Group")]),
        "Plain": instance(SubnetId=ref("Subnet1"), SecurityGroupIds=[ref("Group")]),
        "Public": instance(NetworkInterfaces=[{**inside, "AssociatePublicIpAddress": True}]),
        "Private": instance(NetworkInterfaces=[{**inside, "AssociatePublicIpAddress": False}]),
    }
    assert stack.create(made, **ids(made)) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    found = interfaces_in(local_aws, out["Subnet1"])
    addresses = [IPv4Address(each["PrivateIpAddress"]) for each in found]
    block = IPv4Network("10.0.1.0/24")
    assert len(set(addresses)) == len(addresses) == 6
    assert all(block[4] <= each < block[-1] for each in addresses)  # AWS keeps five of them
    launched = {
        each["InstanceId"]: each
        for reservation in described(local_aws, "describe_instances", "Reservations")
        for each in reservation["Instances"]
    }
    assert {launched[out[name]]["SubnetId"] for name in ("Plain", "Public", "Private")} == {out["Subnet1"]}
    assert "PublicIpAddress" in launched[out["Public"]]
    assert "PublicIpAddress" not in launched[out["Private"]]

    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def test_a_default_route_moves_to_another_nat_gateway_whose_address_is_nobodys(
    local_aws: Session, stack: Stack
) -> None:
    before = take_census(local_aws)
    made = {**network(), **nats()}
    assert stack.create(made, **ids(made)) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    addresses = {IPv4Address(out["Address1"]), IPv4Address(out["Address2"])}
    assert len(addresses) == 2
    assert all(any(each in block for block in DOCUMENTATION) for each in addresses)
    assert routes_of(local_aws, out["Table1"]) == {"0.0.0.0/0": out["Nat1"]}

    made["Default"]["Properties"]["NatGatewayId"] = ref("Nat2")
    made["Subnet1"]["Properties"]["MapPublicIpOnLaunch"] = True
    assert stack.update(made, **ids(made)) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs() == out  # nothing was replaced
    assert routes_of(local_aws, out["Table1"]) == {"0.0.0.0/0": out["Nat2"]}
    subnet = the(local_aws, "describe_subnets", "Subnets", SubnetIds=[out["Subnet1"]])
    assert subnet["MapPublicIpOnLaunch"] is True

    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def test_the_routes_of_a_gateway_endpoint_follow_its_route_tables(local_aws: Session, stack: Stack) -> None:
    before = take_census(local_aws)
    made = {**network(), "S3": endpoint("s3", RouteTableIds=[ref("Table1")])}
    assert stack.create(made, **ids(made)) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    of_s3 = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.us-east-1.s3"]}]
    prefixes = the(local_aws, "describe_managed_prefix_lists", "PrefixLists", Filters=of_s3)["PrefixListId"]
    assert prefixes == S3_PREFIX_LISTS["us-east-1"], "the id that a security group names"
    assert routes_of(local_aws, out["Table1"]) == {prefixes: out["S3"]}
    assert routes_of(local_aws, out["Table2"]) == {}

    made["S3"]["Properties"]["RouteTableIds"] = [ref("Table2")]
    assert stack.update(made, **ids(made)) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs() == out
    assert routes_of(local_aws, out["Table1"]) == {}
    assert routes_of(local_aws, out["Table2"]) == {prefixes: out["S3"]}

    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def test_an_interface_endpoint_takes_its_new_groups_to_all_its_interfaces(
    local_aws: Session, stack: Stack
) -> None:
    made = {**network(), "Old": group(), "New": group()}
    made["Logs"] = door("logs", SecurityGroupIds=[ref("Old")])
    outputs: dict[str, Any] = {**ids(made), "Names": {"Fn::Join": [",", attribute("Logs", "DnsEntries")]}}
    assert stack.create(made, **outputs) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    assert out["Logs"] in out["Names"]

    made["Logs"] = door(
        "logs",
        SecurityGroupIds=[ref("New")],
        SubnetIds=[ref("Subnet1"), ref("Subnet2")],
        PrivateDnsEnabled=False,
    )
    assert stack.update(made, **outputs) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs()["Logs"] == out["Logs"]
    found = the(local_aws, "describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=[out["Logs"]])
    assert found["PrivateDnsEnabled"] is False
    assert [each["GroupId"] for each in found["Groups"]] == [out["New"]]
    there = {
        (each["NetworkInterfaceId"], each["SubnetId"], each["Groups"][0]["GroupId"])
        for number in ("1", "2")
        for each in interfaces_in(local_aws, out[f"Subnet{number}"])
    }
    assert {(subnet, groups) for _, subnet, groups in there} == {
        (out["Subnet1"], out["New"]),
        (out["Subnet2"], out["New"]),
    }
    assert {interface for interface, _, _ in there} == set(found["NetworkInterfaceIds"])


def test_the_rules_of_a_group_change_in_place(local_aws: Session, stack: Stack) -> None:
    admits = {**HTTPS, "SourceSecurityGroupId": ref("Other"), "Description": "calls"}
    somewhere = {**HTTPS, "CidrIp": "10.0.0.0/16", "Description": "doors"}
    made = {
        **network(),
        "Other": group(),
        "Group": group(SecurityGroupIngress=[admits], SecurityGroupEgress=[somewhere]),
    }
    outputs: dict[str, Any] = {**ids(made), "InVpc": attribute("Group", "VpcId")}
    assert stack.create(made, **outputs) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    assert out["InVpc"] == out["Vpc"]
    assert [each["IpProtocol"] for each in egress_of(local_aws, out["Other"])] == ["-1"]
    (let_out,) = egress_of(local_aws, out["Group"])
    assert let_out["IpRanges"] == [{"CidrIp": "10.0.0.0/16", "Description": "doors"}]

    changed = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.1.0/24"}
    again = {**admits, "Description": "calls of another name"}
    made["Group"] = group(SecurityGroupIngress=[changed, again])
    assert stack.update(made, **outputs) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs() == out
    found = the(local_aws, "describe_security_groups", "SecurityGroups", GroupIds=[out["Group"]])
    by_port = {each["FromPort"]: each for each in found["IpPermissions"]}
    assert by_port[80]["IpRanges"] == [{"CidrIp": "10.0.1.0/24"}]
    (pair,) = by_port[443]["UserIdGroupPairs"]
    assert (pair["GroupId"], pair["Description"]) == (out["Other"], "calls of another name")
    assert [each["IpProtocol"] for each in egress_of(local_aws, out["Group"])] == ["-1"]


def test_an_instance_changes_its_groups_in_place_and_its_image_by_replacement(
    local_aws: Session, stack: Stack
) -> None:
    before = take_census(local_aws)
    made = {**network(), "Old": group(), "New": group()}
    made["Jump"] = instance(
        SubnetId=ref("Subnet1"),
        SecurityGroupIds=[ref("Old")],
        EbsOptimized=True,
        Monitoring=True,
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": "true", "VolumeSize": "8"}}],
    )
    assert stack.create(made, **ids(made)) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    (jump,) = the(local_aws, "describe_instances", "Reservations", InstanceIds=[out["Jump"]])["Instances"]
    assert (jump["EbsOptimized"], jump["Monitoring"]["State"]) == (True, "enabled")

    made["Jump"]["Properties"]["SecurityGroupIds"] = [ref("New")]
    assert stack.update(made, **ids(made)) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs() == out
    (interface,) = interfaces_in(local_aws, out["Subnet1"])
    assert [each["GroupId"] for each in interface["Groups"]] == [out["New"]]

    made["Jump"]["Properties"]["ImageId"] = "ami-0123456789abcdef0"
    assert stack.update(made, **ids(made)) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs()["Jump"] != out["Jump"]
    assert len(interfaces_in(local_aws, out["Subnet1"])) == 1

    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def test_tags_are_on_everything_that_has_tags_and_change_in_place(local_aws: Session, stack: Stack) -> None:
    def tagged(**tags: str) -> dict[str, Any]:
        made = {
            **network(),
            **nats(),
            "Group": group(),
            "S3": endpoint("s3", RouteTableIds=[ref("Table1")]),
            "Jump": instance(SubnetId=ref("Subnet1")),
        }
        for each in made.values():
            if each["Type"].rpartition("::")[2] not in {"Route", "VPCGatewayAttachment"}:
                each["Properties"]["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        return made

    first, second = tagged(Name="one", Team="web"), tagged(Name="two")
    outputs: dict[str, Any] = {
        name: ref(name) for name, each in first.items() if "Tags" in each["Properties"]
    }
    outputs |= {f"Address{n}": attribute(f"Address{n}", "AllocationId") for n in (1, 2)}
    assert stack.create(first, **outputs) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    expected = {"Name": "one", "Team": "web"}
    assert {name: tags_of(local_aws, out[name]) for name in out} == dict.fromkeys(out, expected)

    assert stack.update(second, **outputs) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs() == out
    assert {name: tags_of(local_aws, out[name]) for name in out} == {name: {"Name": "two"} for name in out}


REGIONAL = {"AvailabilityMode": "regional", "VpcId": ref("Vpc")}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (resource("NatGateway", "Attachment", **REGIONAL, SubnetId=ref("Subnet1")), "neither SubnetId nor"),
        (instance(SubnetId=ref("Subnet1"), IamInstanceProfile="nobody"), "Invalid IAM Instance Profile"),
        (instance(SubnetId="subnet-0123456789abcdef0"), "subnet-0123456789abcdef0"),
        (
            group(SecurityGroupIngress=[{**HTTPS, "SourceSecurityGroupId": "sg-0123456789abcdef0"}]),
            "sg-01234",
        ),
        (door("logs", SubnetIds=["subnet-0123456789abcdef0"]), "subnet-0123456789abcdef0"),
        (door("logs", SecurityGroupIds=["sg-0123456789abcdef0"]), "sg-0123456789abcdef0"),
        (
            resource(
                "FlowLog",
                ResourceId=NO_VPC,
                ResourceType="VPC",
                TrafficType="ALL",
                LogGroupName="flows",
                DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flows",
            ),
            NO_VPC,
        ),
        (
            resource(
                "Route",
                RouteTableId=ref("Table1"),
                DestinationCidrBlock="0.0.0.0/0",
                NatGatewayId="nat-0123456789abcdef0",
            ),
            "nat-0123456789abcdef0",
        ),
    ],
    ids=[
        "a regional NAT gateway in a subnet",
        "no such profile",
        "an instance in no subnet",
        "a rule for no group",
        "an endpoint in no subnet",
        "an endpoint in no group",
        "a flow log of no VPC",
        "a route to no NAT gateway",
    ],
)
def test_what_refers_to_nothing_is_refused_and_rolled_back(
    local_aws: Session, stack: Stack, wrong: dict[str, Any], reason: str
) -> None:
    before = take_census(local_aws)
    assert stack.create({**network(), "Wrong": wrong}) == "ROLLBACK_COMPLETE"
    assert reason in stack.reasons()
    assert stack.delete() == "DELETE_COMPLETE"
    assert difference(before, take_census(local_aws)) == {}
