"""A network with one of everything that EC2 makes for us, as resources of a template."""

from __future__ import annotations

from typing import Any

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
