"""Parts of a VPC, as resources of a template, small enough for a test to change one."""

from __future__ import annotations

from typing import Any

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}

_IMAGE = "ami-0c2023a1b2c3d4e5f"


def resource(kind: str, *depends_on: str, **properties: Any) -> dict[str, Any]:
    dependencies = {"DependsOn": list(depends_on)} if depends_on else {}
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties, **dependencies}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def attribute(logical_id: str, name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, name]}


def ids(resources: dict[str, Any]) -> dict[str, Any]:
    return {name: ref(name) for name in resources}


def network() -> dict[str, Any]:
    """A VPC with an internet gateway, a subnet in each of two zones, and a route table for each."""
    zones = {"1": "us-east-1a", "2": "us-east-1b"}
    made = {
        "Vpc": resource("VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True),
        "Gateway": resource("InternetGateway"),
        "Attachment": resource("VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Gateway")),
    }
    for number, zone in zones.items():
        block = f"10.0.{number}.0/24"
        made[f"Subnet{number}"] = resource("Subnet", VpcId=ref("Vpc"), CidrBlock=block, AvailabilityZone=zone)
        made[f"Table{number}"] = resource("RouteTable", VpcId=ref("Vpc"))
    return made


def group(**properties: Any) -> dict[str, Any]:
    return resource("SecurityGroup", GroupDescription="a group", VpcId=ref("Vpc"), **properties)


def nats() -> dict[str, Any]:
    """A NAT gateway in each zone, and a default route of the first zone to the first of them."""
    made: dict[str, Any] = {}
    for number in ("1", "2"):
        made[f"Address{number}"] = resource("EIP", "Attachment", Domain="vpc")
        made[f"Nat{number}"] = resource(
            "NatGateway",
            "Attachment",
            SubnetId=ref(f"Subnet{number}"),
            AllocationId=attribute(f"Address{number}", "AllocationId"),
        )
    route = {"RouteTableId": ref("Table1"), "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": ref("Nat1")}
    return {**made, "Default": resource("Route", **route)}


def endpoint(service: str, **properties: Any) -> dict[str, Any]:
    return resource(
        "VPCEndpoint", VpcId=ref("Vpc"), ServiceName=f"com.amazonaws.us-east-1.{service}", **properties
    )


def door(service: str, **properties: Any) -> dict[str, Any]:
    """An interface endpoint in the first subnet."""
    given = {"SubnetIds": [ref("Subnet1")], "PrivateDnsEnabled": True, **properties}
    return endpoint(service, VpcEndpointType="Interface", **given)


def instance(**properties: Any) -> dict[str, Any]:
    return resource("Instance", ImageId=_IMAGE, InstanceType="t3.micro", **properties)
