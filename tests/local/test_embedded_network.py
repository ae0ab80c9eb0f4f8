"""EC2 as it is described afterwards: each type is made by a stack, and read from the service."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.local.census import difference, take_census

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

S3_POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
LAST_FIELD = "${pkt-dst-aws-service}"


def resource(kind: str, *depends_on: str, **properties: Any) -> dict[str, Any]:
    dependencies = {"DependsOn": list(depends_on)} if depends_on else {}
    return {"Type": f"AWS::{kind}", "Properties": properties, **dependencies}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def attribute(logical_id: str, name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, name]}


def internet() -> dict[str, Any]:
    return {
        "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True),
        "Gateway": resource("EC2::InternetGateway"),
        "Attachment": resource(
            "EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Gateway")
        ),
    }


def subnets() -> dict[str, Any]:
    def subnet(number: int, zone: int) -> dict[str, Any]:
        block = {"Fn::Select": [number, {"Fn::Cidr": [attribute("Vpc", "CidrBlock"), 4, 8]}]}
        place = {"Fn::Select": [zone, {"Fn::GetAZs": ""}]}
        return resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock=block, AvailabilityZone=place)

    public = subnet(0, 0)
    public["Properties"]["MapPublicIpOnLaunch"] = True
    return {"Public": public, "Private1": subnet(1, 0), "Private2": subnet(2, 1)}


def routes() -> dict[str, Any]:
    anywhere = "0.0.0.0/0"
    tables = {f"{tier}Table": resource("EC2::RouteTable", VpcId=ref("Vpc")) for tier in ("Public", "Private")}
    associations = {
        f"{subnet}Association": resource(
            "EC2::SubnetRouteTableAssociation", SubnetId=ref(subnet), RouteTableId=ref(table)
        )
        for subnet, table in (
            ("Public", "PublicTable"),
            ("Private1", "PrivateTable"),
            ("Private2", "PrivateTable"),
        )
    }
    return {
        **tables,
        **associations,
        "Out": resource(
            "EC2::Route",
            "Attachment",
            RouteTableId=ref("PublicTable"),
            DestinationCidrBlock=anywhere,
            GatewayId=ref("Gateway"),
        ),
        "Address": resource("EC2::EIP", "Attachment", Domain="vpc"),
        "Nat": resource(
            "EC2::NatGateway",
            "Attachment",
            SubnetId=ref("Public"),
            AllocationId=attribute("Address", "AllocationId"),
        ),
        "Default": resource(
            "EC2::Route",
            RouteTableId=ref("PrivateTable"),
            DestinationCidrBlock=anywhere,
            NatGatewayId=ref("Nat"),
        ),
    }


def groups() -> dict[str, Any]:
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    task = resource(
        "EC2::SecurityGroup",
        GroupDescription="tasks",
        VpcId=ref("Vpc"),
        SecurityGroupEgress=[{**https, "DestinationPrefixListId": "pl-63a5400a", "Description": "layers"}],
    )
    door = resource("EC2::SecurityGroup", GroupDescription="doors", VpcId=ref("Vpc"))
    return {
        "Task": task,
        "Door": door,
        "FromTasks": resource(
            "EC2::SecurityGroupIngress",
            GroupId=ref("Door"),
            SourceSecurityGroupId=ref("Task"),
            Description="calls",
            **https,
        ),
        "ToDoors": resource(
            "EC2::SecurityGroupEgress",
            GroupId=ref("Task"),
            DestinationSecurityGroupId=ref("Door"),
            **https,
        ),
    }


def endpoints(service: str = "logs", *, wide: bool = True) -> dict[str, Any]:
    def name(service: str) -> dict[str, str]:
        return {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"}

    return {
        "S3": resource(
            "EC2::VPCEndpoint",
            VpcId=ref("Vpc"),
            ServiceName=name("s3"),
            RouteTableIds=[ref("PrivateTable")],
            PolicyDocument=S3_POLICY if wide else {"Statement": []},
        ),
        "Logs": resource(
            "EC2::VPCEndpoint",
            VpcId=ref("Vpc"),
            VpcEndpointType="Interface",
            ServiceName=name(service),
            SubnetIds=[ref("Private1"), ref("Private2")] if wide else [ref("Private2")],
            SecurityGroupIds=[ref("Door")],
            PrivateDnsEnabled=True,
        ),
    }


def role(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return resource("IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [statement]})


def watched() -> dict[str, Any]:
    return {
        "FlowGroup": resource("Logs::LogGroup", RetentionInDays=7),
        "FlowRole": role("vpc-flow-logs.amazonaws.com"),
        "Flow": resource(
            "EC2::FlowLog",
            ResourceId=ref("Vpc"),
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=ref("FlowGroup"),
            DeliverLogsPermissionArn=attribute("FlowRole", "Arn"),
            MaxAggregationInterval=60,
            LogFormat=f"${{srcaddr}} {LAST_FIELD}",
        ),
    }


def instance() -> dict[str, Any]:
    image = "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64}}"
    return {
        "JumpRole": role("ec2.amazonaws.com"),
        "Profile": resource("IAM::InstanceProfile", Roles=[ref("JumpRole")]),
        "Jump": resource(
            "EC2::Instance",
            ImageId=image,
            InstanceType="t4g.micro",
            IamInstanceProfile=ref("Profile"),
            NetworkInterfaces=[
                {
                    "DeviceIndex": "0",
                    "SubnetId": ref("Private1"),
                    "GroupSet": [ref("Task")],
                    "AssociatePublicIpAddress": False,
                }
            ],
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeSize": 8}}],
        ),
    }


def everything(**doors: Any) -> dict[str, Any]:
    return {
        **internet(),
        **subnets(),
        **routes(),
        **groups(),
        **endpoints(**doors),
        **watched(),
        **instance(),
    }


def ids(resources: dict[str, Any]) -> dict[str, Any]:
    return {name: ref(name) for name in resources}


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
    assert ip_address(address["PrivateIp"]) in ip_network("10.0.0.0/24")

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
        block, address = ip_network(subnet["CidrBlock"]), ip_address(each["PrivateIpAddress"])
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
    outputs = {**ids(made), "Table": attribute("Nat", "RouteTableId")}
    assert stack.create(made, **outputs) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    nat = of(local_aws, "describe_nat_gateways", "NatGateways", NatGatewayIds=[out["Nat"]])
    assert (nat["State"], nat["VpcId"], nat["AvailabilityMode"]) == ("available", out["Vpc"], "regional")
    assert "SubnetId" not in nat
    table = of(local_aws, "describe_route_tables", "RouteTables", RouteTableIds=[out["Table"]])
    assert table["VpcId"] == out["Vpc"]
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
