"""The reference system is there, and its faults are not."""

from __future__ import annotations

import json

import pytest
from systems import Rendered, environment, service

from private_fargate.config.models import JumpHost, Network


def test_three_zones_with_nat_per_zone_have_every_part_of_the_reference(demo: Rendered) -> None:
    expected = {
        "AWS::EC2::VPC": 1,
        "AWS::EC2::Subnet": 6,
        "AWS::EC2::NatGateway": 3,
        "AWS::EC2::EIP": 3,
        "AWS::EC2::InternetGateway": 1,
        "AWS::EC2::Instance": 1,
        "AWS::ECS::Cluster": 1,
        "AWS::ECS::Service": 1,
        "AWS::ECS::TaskDefinition": 1,
        "AWS::ECR::Repository": 1,
        "AWS::ServiceDiscovery::PrivateDnsNamespace": 1,
        "AWS::ServiceDiscovery::Service": 1,
        "AWS::IAM::InstanceProfile": 1,
        "AWS::EC2::FlowLog": 1,
    }
    assert {kind: demo.count(kind) for kind in expected} == expected


def test_endpoints_are_those_that_tasks_and_jump_host_use(demo: Rendered) -> None:
    names = {logical_id.split("/")[1] for logical_id in demo.of_type("AWS::EC2::VPCEndpoint")}
    assert names == {
        "EcrApiEndpoint",
        "EcrDkrEndpoint",
        "LogsEndpoint",
        "S3Endpoint",
        "SsmEndpoint",
        "SsmMessagesEndpoint",
    }


def test_a_secret_brings_its_endpoint() -> None:
    system = Rendered(environment({"nginx": service(secrets={"TOKEN": {"secretsmanager": "demo/token"}})}))
    assert "Endpoints/SecretsManagerEndpoint" in system.of_type("AWS::EC2::VPCEndpoint")


def test_without_egress_nothing_is_public() -> None:
    system = Rendered(environment(network=Network(egress="none")))
    public = ("NatGateway", "EIP", "InternetGateway", "VPCGatewayAttachment")
    assert {kind: system.count(f"AWS::EC2::{kind}") for kind in public} == dict.fromkeys(public, 0)
    assert all("/Private" in subnet for subnet in system.of_type("AWS::EC2::Subnet"))


def test_a_regional_gateway_stands_in_no_subnet() -> None:
    system = Rendered(environment(network=Network(egress="nat-regional")))
    (gateway,) = system.of_type("AWS::EC2::NatGateway").values()
    assert gateway["AvailabilityMode"] == "regional"
    assert "SubnetId" not in gateway
    assert system.count("AWS::EC2::EIP") == 0
    assert system.count("AWS::EC2::Subnet") == 3
    assert system.count("AWS::EC2::InternetGateway") == 1, "a NAT gateway leads nowhere without it"


def test_a_single_gateway_serves_every_zone() -> None:
    routes = Rendered(environment(network=Network(egress="nat-single"))).of_type("AWS::EC2::Route")
    private = [route for title, route in routes.items() if title.startswith("Egress/")]
    assert len(private) == 3
    assert {json.dumps(route["NatGatewayId"]) for route in private} == {'{"Ref": "NatGateway1"}'}


def test_sdks_find_endpoints_by_their_public_names(demo: Rendered) -> None:
    """Without private DNS a task would resolve the public address, and time out."""
    interfaces = [
        endpoint
        for endpoint in demo.of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint["VpcEndpointType"] == "Interface"
    ]
    assert len(interfaces) == 5
    assert all(endpoint["PrivateDnsEnabled"] is True for endpoint in interfaces)
    (vpc,) = demo.of_type("AWS::EC2::VPC").values()
    assert (vpc["EnableDnsSupport"], vpc["EnableDnsHostnames"]) == (True, True)


def test_layers_come_from_a_bucket_of_aws_without_a_condition_on_the_account(demo: Rendered) -> None:
    (gateway,) = [
        endpoint
        for endpoint in demo.of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint["VpcEndpointType"] == "Gateway"
    ]
    layers = gateway["PolicyDocument"]["Statement"][0]
    assert "starport-layer-bucket/*" in json.dumps(layers["Resource"])
    assert "Condition" not in layers


def test_every_role_of_a_task_is_assumed_for_this_account_only(demo: Rendered) -> None:
    roles = [role for title, role in demo.of_type("AWS::IAM::Role").items() if title.startswith("Nginx/")]
    assert len(roles) == 2
    for role in roles:
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert set(statement["Condition"]) == {"StringEquals", "ArnLike"}


def test_an_application_has_no_permission_that_nobody_gave_it(demo: Rendered) -> None:
    policies = [title for title in demo.of_type("AWS::IAM::ManagedPolicy") if title.startswith("Nginx/")]
    assert policies == ["Nginx/ExecutionPolicy"]


def test_no_policy_is_broader_than_its_actions_force_it_to_be(demo: Rendered) -> None:
    """`*` stands only beside actions that have no resource level."""
    unbound = {
        "ecr:GetAuthorizationToken",
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }
    for title, attached in demo.of_type("AWS::IAM::ManagedPolicy").items():
        for statement in attached["PolicyDocument"]["Statement"]:
            if statement["Resource"] == ["*"]:
                assert set(statement["Action"]) <= unbound, title


def test_a_first_deployment_waits_for_no_image(demo: Rendered) -> None:
    (running,) = demo.of_type("AWS::ECS::Service").values()
    assert running["DesiredCount"] == {"Fn::If": ["HasImage", {"Ref": "TaskCount"}, 0]}
    assert demo.parent["Parameters"]["NginxImageDigest"]["Default"] == ""


def test_an_image_of_another_registry_is_there_already() -> None:
    system = Rendered(environment({"web": service(image="public.ecr.aws/nginx/nginx:1.29")}))
    (running,) = system.of_type("AWS::ECS::Service").values()
    assert running["DesiredCount"] == {"Ref": "TaskCount"}
    assert "WebImageDigest" not in system.parent["Parameters"]
    assert system.count("AWS::ECR::Repository") == 0


def test_a_service_waits_for_what_its_tasks_need_to_start(demo: Rendered) -> None:
    inputs = json.dumps(demo.parent["Resources"]["Nginx"]["Properties"]["Parameters"])
    for producer in ("Network", "Endpoints", "Discovery", "Foundation", "RepositoryNginx"):
        assert f'"{producer}", "Outputs.' in inputs, producer
    own = demo.child("Nginx")["Resources"]["Service"]
    assert own["DependsOn"] == ["ExecutionPolicy"]


def test_only_who_calls_out_waits_for_nat() -> None:
    services = {"quiet": service(), "caller": service(allow_to=("internet",))}
    resources = Rendered(environment(services)).parent["Resources"]
    assert "DependsOn" not in resources["Quiet"]
    assert resources["Caller"]["DependsOn"] == ["Egress"]


def test_tasks_may_reach_what_the_settings_name_and_nothing_else() -> None:
    services = {"web": service(allow_to=("api", "10.9.0.0/16:5432")), "api": service(port=9000)}
    system = Rendered(environment(services))
    groups = system.of_type("AWS::EC2::SecurityGroup")
    assert [rule["CidrIp"] for rule in groups["Api/TaskSecurityGroup"]["SecurityGroupEgress"]] == [
        "127.0.0.1/32"
    ]
    assert len(groups["Web/TaskSecurityGroup"]["SecurityGroupEgress"]) == 2
    given = system.parent["Resources"]["Web"]["Properties"]["Parameters"]
    assert (given["PeerCidr1"], given["PeerPort1"]) == ("10.0.0.0/16", 9000)
    assert (given["PeerCidr2"], given["PeerPort2"]) == ("10.9.0.0/16", 5432)


def test_no_security_group_of_the_default_system_is_open_to_everybody(demo: Rendered) -> None:
    groups = demo.of_type("AWS::EC2::SecurityGroup")
    assert len(groups) == 4
    assert "0.0.0.0/0" not in json.dumps(groups)
    assert all(group.get("SecurityGroupEgress") for group in groups.values()), (
        "an empty list allows everything"
    )


def test_nothing_comes_in_at_the_jump_host(demo: Rendered) -> None:
    group = demo.of_type("AWS::EC2::SecurityGroup")["JumpHost/JumpHostSecurityGroup"]
    assert "SecurityGroupIngress" not in group
    (host,) = demo.of_type("AWS::EC2::Instance").values()
    assert host["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert host["SubnetId"] == {"Fn::Select": [0, {"Ref": "PrivateSubnetIds"}]}
    assert host["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True


def test_a_public_jump_host_gets_its_own_address() -> None:
    system = Rendered(environment(jump_host=JumpHost(placement="public")))
    (host,) = system.of_type("AWS::EC2::Instance").values()
    (interface,) = host["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is True
    assert interface["SubnetId"] == {"Fn::Select": [0, {"Ref": "PublicSubnetIds"}]}


def test_a_graviton_host_gets_a_graviton_image() -> None:
    system = Rendered(environment(jump_host=JumpHost(instance_type="t4g.micro")))
    assert system.parent["Parameters"]["JumpHostImageId"]["Default"].endswith("arm64")


def test_no_jump_host_leaves_nothing_of_it() -> None:
    system = Rendered(environment(jump_host="none"))
    assert system.count("AWS::EC2::Instance") == 0
    assert "Endpoints/SsmEndpoint" not in system.of_type("AWS::EC2::VPCEndpoint")


@pytest.mark.parametrize(
    ("deletion", "policy", "emptied"), [("retain", "Retain", False), ("delete", "Delete", True)]
)
def test_data_is_deleted_only_on_purpose(deletion: str, policy: str, emptied: bool) -> None:  # noqa: FBT001
    system = Rendered(environment(deletion=deletion))
    kinds = {"AWS::ECR::Repository", "AWS::Logs::LogGroup", "AWS::KMS::Key"}
    found = [
        resource["DeletionPolicy"]
        for template in system.children.values()
        for resource in template["Resources"].values()
        if resource["Type"] in kinds
    ]
    assert found == [policy] * 5
    (repository,) = system.of_type("AWS::ECR::Repository").values()
    assert repository["EmptyOnDelete"] is emptied
    assert repository["ImageTagMutability"] == "IMMUTABLE"


def test_services_are_found_by_address_and_by_port(demo: Rendered) -> None:
    (found,) = demo.of_type("AWS::ServiceDiscovery::Service").values()
    records = found["DnsConfig"]["DnsRecords"]
    assert [(record["Type"], record["TTL"]) for record in records] == [("A", 10), ("SRV", 10)]
    assert found["DnsConfig"]["RoutingPolicy"] == "MULTIVALUE"


def test_operators_see_how_to_try_the_service(demo: Rendered) -> None:
    outputs = {title: output["Value"] for title, output in demo.parent["Outputs"].items()}
    assert outputs["NginxTestUrl"] == "curl http://nginx.demo"
    assert {
        "VpcId",
        "PrivateSubnetIds",
        "PublicSubnetIds",
        "ClusterName",
        "NamespaceId",
        "JumpHostId",
    } <= set(outputs)
    assert "NginxRepositoryUri" in outputs


def test_exec_brings_its_permissions_its_record_and_its_key() -> None:
    system = Rendered(environment({"web": service(exec=True)}))
    statements = {
        statement["Sid"]
        for statement in system.of_type("AWS::IAM::ManagedPolicy")["Web/TaskPolicy"]["PolicyDocument"][
            "Statement"
        ]
    }
    assert statements == {"CarryExecSessions", "OpenExecSessions", "FindTheExecLog", "RecordExecSessions"}
    assert "Endpoints/KmsEndpoint" in system.of_type("AWS::EC2::VPCEndpoint")
    assert system.child("Web")["Resources"]["Service"]["DependsOn"] == ["ExecutionPolicy", "TaskPolicy"]


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_nothing_names_a_partition(demo: Rendered, partition: str) -> None:
    """The one exception is the table of endpoint names, which differ."""
    for title, template in demo.children.items():
        assert f"arn:{partition}:" not in json.dumps(template["Resources"]), title
    prefixes = demo.child("Endpoints")["Mappings"]["EndpointPrefixes"]
    assert prefixes[partition]["EcrApi"] == ("cn.com.amazonaws" if partition == "aws-cn" else "com.amazonaws")
    assert prefixes[partition]["Logs"] == "com.amazonaws"


def test_the_principal_of_ec2_is_the_one_of_its_partition(demo: Rendered) -> None:
    """In China it is ec2.amazonaws.com.cn, while the principals of ECS and of flow logs are the same."""
    role = demo.of_type("AWS::IAM::Role")["JumpHostProfile/JumpHostRole"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": {"Fn::Sub": "ec2.${AWS::URLSuffix}"}}


def test_every_resource_says_why_it_exists(demo: Rendered) -> None:
    for title, template in demo.children.items():
        for logical_id, resource in template["Resources"].items():
            assert resource["Metadata"]["com.aws.cloudformation.Context"]["why"], f"{title}/{logical_id}"
