"""EC2 as it is described afterwards: each type is made by a stack, and read from the service."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.local.census import difference, take_census
from tests.local.whole_network import (
    LAST_FIELD,
    S3_POLICY,
    attribute,
    endpoints,
    everything,
    groups,
    ids,
    internet,
    ref,
    resource,
    routes,
    subnets,
)

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator


def of(aws: Session, operation: str, key: str, /, **arguments: Any) -> dict[str, Any]:
    """Return the one item that an EC2 operation describes."""
    (item,) = getattr(aws.client("ec2"), operation)(**arguments)[key]
    return dict(item)


def test_a_network_is_described_as_it_was_asked_for(local_aws: Session, stack: Stack) -> None:
    before = take_census(local_aws)
    made = everything()
    assert stack.create(made, **ids(made)) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    check_subnets_and_routes(local_aws, out)
    check_groups(local_aws, out)
    check_endpoints(local_aws, out)
    check_flow_log(local_aws, out, stack.name)
    check_instance(local_aws, out)

    changed = everything(wide=False)
    changed["Vpc"]["Properties"]["EnableDnsHostnames"] = True
    changed["Task"]["Properties"]["SecurityGroupEgress"] = [{"IpProtocol": "-1", "CidrIp": "10.0.0.0/16"}]
    assert stack.update(changed, **ids(changed)) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs() == out  # nothing was replaced
    check_changes(local_aws, out)

    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def check_subnets_and_routes(aws: Session, out: dict[str, str]) -> None:
    ec2 = aws.client("ec2")
    inside = [{"Name": "vpc-id", "Values": [out["Vpc"]]}]
    found = {each["SubnetId"]: each for each in ec2.describe_subnets(Filters=inside)["Subnets"]}
    assert {
        name: (found[out[name]]["CidrBlock"], found[out[name]]["AvailabilityZone"]) for name in subnets()
    } == {
        "Public": ("10.0.0.0/24", "us-east-1a"),
        "Private1": ("10.0.1.0/24", "us-east-1a"),
        "Private2": ("10.0.2.0/24", "us-east-1b"),
    }
    assert found[out["Public"]]["MapPublicIpOnLaunch"] is True
    assert ec2.describe_vpc_attribute(VpcId=out["Vpc"], Attribute="enableDnsHostnames")["EnableDnsHostnames"]

    nat = of(aws, "describe_nat_gateways", "NatGateways", NatGatewayIds=[out["Nat"]])
    (address,) = nat["NatGatewayAddresses"]
    assert (nat["State"], nat["SubnetId"], nat["AvailabilityMode"]) == ("available", out["Public"], "zonal")
    assert address["PublicIp"] == out["Address"]
    assert IPv4Address(address["PrivateIp"]) in IPv4Network("10.0.0.0/24")

    table = of(aws, "describe_route_tables", "RouteTables", RouteTableIds=[out["PrivateTable"]])
    assert {each["SubnetId"] for each in table["Associations"]} == {out["Private1"], out["Private2"]}
    targets = {
        each.get("DestinationCidrBlock", "prefix list"): each.get("NatGatewayId", each.get("GatewayId"))
        for each in table["Routes"]
    }
    assert targets == {"10.0.0.0/16": "local", "0.0.0.0/0": out["Nat"], "prefix list": out["S3"]}


def check_groups(aws: Session, out: dict[str, str]) -> None:
    task = of(aws, "describe_security_groups", "SecurityGroups", GroupIds=[out["Task"]])
    door = of(aws, "describe_security_groups", "SecurityGroups", GroupIds=[out["Door"]])
    assert task["IpPermissions"] == []
    peers = [
        (each["FromPort"], each["PrefixListIds"], [pair["GroupId"] for pair in each["UserIdGroupPairs"]])
        for each in task["IpPermissionsEgress"]
    ]
    layers = [{"PrefixListId": "pl-63a5400a"}]  # moto shows no description of these
    assert peers == [(443, layers, [out["Door"]])]
    (admitted,) = door["IpPermissions"]
    (pair,) = admitted["UserIdGroupPairs"]
    assert (pair["GroupId"], pair["Description"]) == (out["Task"], "calls")
    assert [each["IpProtocol"] for each in door["IpPermissionsEgress"]] == ["-1"]


def check_endpoints(aws: Session, out: dict[str, str]) -> None:
    gateway = of(aws, "describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=[out["S3"]])
    assert gateway["RouteTableIds"] == [out["PrivateTable"]]
    assert gateway["PrivateDnsEnabled"] is False
    assert json.loads(gateway["PolicyDocument"]) == S3_POLICY
    door = of(aws, "describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=[out["Logs"]])
    assert door["PrivateDnsEnabled"] is True
    assert {(each["SubnetId"], each["Groups"][0]["GroupId"]) for each in interfaces(aws, door)} == {
        (out["Private1"], out["Door"]),
        (out["Private2"], out["Door"]),
    }


def interfaces(aws: Session, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the interfaces of an endpoint, after a look at where their addresses are."""
    found = aws.client("ec2").describe_network_interfaces(
        NetworkInterfaceIds=endpoint["NetworkInterfaceIds"]
    )["NetworkInterfaces"]
    for each in found:
        subnet = of(aws, "describe_subnets", "Subnets", SubnetIds=[each["SubnetId"]])
        block, address = IPv4Network(subnet["CidrBlock"]), IPv4Address(each["PrivateIpAddress"])
        assert block[4] <= address < block[-1]  # AWS keeps five addresses of a subnet
    return list(found)


def check_flow_log(aws: Session, out: dict[str, str], stack: str) -> None:
    flow = of(aws, "describe_flow_logs", "FlowLogs", FlowLogIds=[out["Flow"]])
    assert (flow["ResourceId"], flow["LogGroupName"]) == (out["Vpc"], out["FlowGroup"])
    assert (flow["TrafficType"], flow["MaxAggregationInterval"]) == ("ALL", 60)
    assert flow["LogFormat"].endswith(LAST_FIELD)
    assert flow["DeliverLogsPermissionArn"].endswith(f"/{out['FlowRole']}")
    assert {"Key": "aws:cloudformation:stack-name", "Value": stack} in flow["Tags"]


def check_instance(aws: Session, out: dict[str, str]) -> None:
    reservation = of(aws, "describe_instances", "Reservations", InstanceIds=[out["Jump"]])
    (jump,) = reservation["Instances"]
    assert jump["IamInstanceProfile"]["Arn"].endswith(f"/{out['Profile']}")
    assert (jump["SubnetId"], jump["MetadataOptions"]["HttpTokens"]) == (out["Private1"], "required")
    assert [each["GroupId"] for each in jump["SecurityGroups"]] == [out["Task"]]
    assert "PublicIpAddress" not in jump
    (device,) = jump["BlockDeviceMappings"]
    volume = of(aws, "describe_volumes", "Volumes", VolumeIds=[device["Ebs"]["VolumeId"]])
    assert (volume["Encrypted"], volume["Size"]) == (True, 8)


def check_changes(aws: Session, out: dict[str, str]) -> None:
    gateway = of(aws, "describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=[out["S3"]])
    assert json.loads(gateway["PolicyDocument"]) == {"Statement": []}
    door = of(aws, "describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=[out["Logs"]])
    assert [each["SubnetId"] for each in interfaces(aws, door)] == [out["Private2"]]
    task = of(aws, "describe_security_groups", "SecurityGroups", GroupIds=[out["Task"]])
    assert {(each["IpProtocol"], bool(each["IpRanges"])) for each in task["IpPermissionsEgress"]} == {
        ("-1", True),
        ("tcp", False),  # a resource of its own, which the group's own change leaves alone
    }


def test_a_regional_nat_gateway_is_in_no_subnet_and_brings_its_route_table(
    local_aws: Session, stack: Stack
) -> None:
    before = take_census(local_aws)
    regional = resource("EC2::NatGateway", "Attachment", VpcId=ref("Vpc"), AvailabilityMode="regional")
    made = {**internet(), "Nat": regional}
    outputs: dict[str, Any] = {**ids(made), "Table": attribute("Nat", "RouteTableId")}
    assert stack.create(made, **outputs) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    nat = of(local_aws, "describe_nat_gateways", "NatGateways", NatGatewayIds=[out["Nat"]])
    assert (nat["State"], nat["VpcId"], nat["AvailabilityMode"]) == ("available", out["Vpc"], "regional")
    assert "SubnetId" not in nat
    table = of(local_aws, "describe_route_tables", "RouteTables", RouteTableIds=[out["Table"]])
    assert table["VpcId"] == out["Vpc"]
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def test_a_regional_nat_gateway_has_an_address_in_each_zone_with_a_subnet(
    local_aws: Session, stack: Stack
) -> None:
    before = take_census(local_aws)
    regional = resource("EC2::NatGateway", "Attachment", VpcId=ref("Vpc"), AvailabilityMode="regional")

    def made(zones: str) -> dict[str, Any]:
        subnets = {
            f"Subnet{zone}{number}": resource(
                "EC2::Subnet",
                VpcId=ref("Vpc"),
                CidrBlock=f"10.0.{10 * index + number}.0/24",
                AvailabilityZone=f"us-east-1{zone}",
            )
            for index, zone in enumerate(zones)
            for number in (0, 1)
        }
        return {**internet(), **subnets, "Nat": regional}

    def addresses() -> dict[str, str]:
        nat = of(local_aws, "describe_nat_gateways", "NatGateways", NatGatewayIds=[stack.outputs()["Nat"]])
        assert {each["Status"] for each in nat["NatGatewayAddresses"]} <= {"succeeded"}
        return {each["AvailabilityZone"]: each["PublicIp"] for each in nat["NatGatewayAddresses"]}

    assert stack.create(made("ab"), Nat=ref("Nat")) == "CREATE_COMPLETE", stack.reasons()
    first = addresses()
    assert list(first) == ["us-east-1a", "us-east-1b"]
    assert stack.update(made("abc"), Nat=ref("Nat")) == "UPDATE_COMPLETE", stack.reasons()
    more = addresses()
    assert more.items() > first.items()
    assert len(set(more.values())) == 3
    known = local_aws.client("ec2").describe_addresses(PublicIps=list(more.values()))["Addresses"]
    assert [each["ServiceManaged"] for each in known] == ["rnat"] * 3
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def wrong(**changes: dict[str, Any]) -> dict[str, Any]:
    made = {**internet(), **subnets(), **routes(), **groups(), **endpoints()}
    for name, properties in changes.items():
        made[name]["Properties"] |= properties
    return made


def unattached() -> dict[str, Any]:
    made = wrong()
    for name in ("Attachment", "Out", "Default"):
        del made[name]
    for each in made.values():
        each.pop("DependsOn", None)
    return made


def doubled() -> dict[str, Any]:
    made = wrong()
    return {**made, "Again": {**made["Logs"], "DependsOn": ["Logs"]}}


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        (wrong(Private1={"CidrBlock": "10.9.0.0/24"}), "The CIDR '10.9.0.0/24' is invalid"),
        (wrong(Private1={"CidrBlock": "10.0.2.0/23"}), "conflicts with another subnet"),
        (unattached(), "has no Internet gateway attached"),
        (wrong(Vpc={"EnableDnsHostnames": False}), "Enabling private DNS requires"),
        (doubled(), "already a conflicting DNS domain"),
        (wrong(Door={"VpcId": "vpc-0123456789abcdef0"}), "vpc-0123456789abcdef0"),
    ],
    ids=["outside", "overlapping", "no gateway", "no DNS names", "twice the same name", "no VPC"],
)
def test_what_ec2_refuses_is_refused_and_nothing_is_left(
    local_aws: Session, stack: Stack, resources: dict[str, Any], reason: str
) -> None:
    before = take_census(local_aws)
    assert stack.create(resources) == "ROLLBACK_COMPLETE"
    assert reason in stack.reasons()
    stack.delete()
    assert difference(before, take_census(local_aws)) == {}


def test_what_a_nested_stack_replaces_is_removed_when_nothing_uses_it_any_more(
    local_aws: Session, stack: Stack
) -> None:
    """The endpoint uses the old group until it is updated itself, after the new group was made."""
    before = take_census(local_aws)
    made = wrong()
    assert stack.create({"Child": stack.nested(made)}) == "CREATE_COMPLETE", stack.reasons()
    between = take_census(local_aws)
    made["Door"]["Properties"]["GroupDescription"] = "another description is another group"
    assert stack.update({"Child": stack.nested(made)}) == "UPDATE_COMPLETE", stack.reasons()
    (kind,) = (changed := difference(between, take_census(local_aws)))
    assert (kind, [len(ids) for ids in changed[kind]]) == ("security groups", [1, 1])
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}
