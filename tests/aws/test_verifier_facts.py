"""The facts that the verifier reads, against whoever else knows them."""

from __future__ import annotations

import doctest
import gzip
import importlib
import json
import string
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

from private_fargate.aws import attributes, create_only, endpoint_names, instances, managed_policies
from private_fargate.aws.attributes import ARNS, NAME_PROPERTY_OF_ARN, REF, TEXTS
from private_fargate.aws.endpoints import ENDPOINT_SERVICES
from private_fargate.aws.images import AL2023_PARAMETERS
from private_fargate.aws.managed_policies import DESCRIBED_SERVICES, MANAGED_POLICIES, managed_policy
from private_fargate.aws.needs import NEEDS

EMULATOR = Path(__file__).parents[2] / ".venv-emulator"
PULL_AND_LOG = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def schema_of(resource_type: str) -> dict[str, Any]:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415  # heavy

    return PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema


def paths(schema: dict[str, Any], key: str) -> set[str]:
    """What a schema lists under a key, without what lies below something that is listed."""
    found = {path.removeprefix("/properties/") for path in schema.get(key, ())}
    return {path for path in found if not any(path.startswith(f"{other}/") for other in found)}


def file_of_emulator(path: str) -> Path:
    [found] = EMULATOR.glob(f"lib/python*/site-packages/moto/{path}")
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    "name", ["attributes", "create_only", "endpoint_names", "instances", "managed_policies"]
)
def test_the_examples_in_the_docstrings_are_true(name: str) -> None:
    done = doctest.testmod(importlib.import_module(f"private_fargate.aws.{name}"))

    assert done.attempted > 0
    assert done.failed == 0


# attributes


@pytest.mark.parametrize("resource_type", sorted(attributes.SAME_AS_REF))
def test_what_equals_ref_is_the_identifier_of_the_schema(resource_type: str) -> None:
    """Ref is the primary identifier, or its first part, but for what is listed here."""
    by_another_name = {
        ("AWS::EC2::SecurityGroup", "GroupId"),  # the id; `Id` is the name where there is no VPC
        ("AWS::IAM::ServiceLinkedRole", "RoleName"),
    }
    identifier = next(iter(schema_of(resource_type)["primaryIdentifier"])).removeprefix("/properties/")

    for attribute in attributes.SAME_AS_REF[resource_type]:
        assert attribute == identifier or (resource_type, attribute) in by_another_name


@pytest.mark.parametrize("resource_type", sorted(attributes.NAME_PROPERTY_OF_REF))
def test_a_name_that_ref_returns_is_part_of_the_identifier_and_is_fixed(resource_type: str) -> None:
    schema = schema_of(resource_type)
    name = attributes.NAME_PROPERTY_OF_REF[resource_type]

    assert f"/properties/{name}" in schema["primaryIdentifier"]
    assert f"/properties/{name}" in schema["createOnlyProperties"]


def test_what_equals_a_property_is_a_property_that_can_be_written() -> None:
    for (resource_type, attribute), name in attributes.SAME_AS_PROPERTY.items():
        schema = schema_of(resource_type)

        assert name in schema["properties"], (resource_type, name)
        assert f"/properties/{name}" not in schema.get("readOnlyProperties", ()), (resource_type, name)
        assert attribute == REF or attribute in schema["properties"] or attribute == "VpcId", attribute


def test_what_aws_makes_up_is_no_property() -> None:
    for resource_type, attribute in [
        ("AWS::EC2::VPC", "DefaultSecurityGroup"),
        ("AWS::EC2::NatGateway", "RouteTableId"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "DNSName"),
        ("AWS::IAM::Role", "RoleId"),
    ]:
        assert attributes.same_as_property(resource_type, attribute) is None
        assert not attributes.is_ref(resource_type, attribute)


def test_each_attribute_with_a_template_is_an_attribute() -> None:
    for resource_type, attribute in {**ARNS, **TEXTS}:
        readable = {
            path.removeprefix("/properties/") for path in schema_of(resource_type)["readOnlyProperties"]
        }

        assert attribute == REF or attribute in readable, (resource_type, attribute)


def test_templates_have_only_the_placeholders_that_are_explained() -> None:
    explained = {"partition", "region", "account", "name", "ref", "path", "random", "suffix"}
    for (resource_type, attribute), template in {**ARNS, **TEXTS}.items():
        used = {field for _, field, _, _ in string.Formatter().parse(template) if field}

        assert used <= explained, (resource_type, attribute)
        assert ("name" in used) <= (resource_type in NAME_PROPERTY_OF_ARN), resource_type
        assert ("path" in used) <= ("Path" in schema_of(resource_type)["properties"]), resource_type


def test_a_name_of_an_arn_is_a_property() -> None:
    for resource_type, name in NAME_PROPERTY_OF_ARN.items():
        assert name in schema_of(resource_type)["properties"], resource_type


# create_only


@pytest.mark.parametrize("resource_type", sorted(create_only.CREATE_ONLY))
def test_what_replaces_a_resource_is_what_its_schema_says(resource_type: str) -> None:
    schema = schema_of(resource_type)

    assert create_only.CREATE_ONLY[resource_type] == paths(schema, "createOnlyProperties")
    assert create_only.CONDITIONALLY_CREATE_ONLY.get(resource_type, frozenset()) == paths(
        schema, "conditionalCreateOnlyProperties"
    )


def test_what_may_replace_is_of_a_known_type() -> None:
    assert create_only.CONDITIONALLY_CREATE_ONLY.keys() <= create_only.CREATE_ONLY.keys()


@pytest.mark.parametrize("resource_type", sorted(create_only.NAME_PROPERTIES))
def test_a_custom_name_can_only_be_given_at_creation(resource_type: str) -> None:
    name = create_only.NAME_PROPERTIES[resource_type]

    assert name in paths(schema_of(resource_type), "createOnlyProperties")


@pytest.mark.parametrize("resource_type", sorted(create_only.STATEFUL))
def test_what_holds_data_is_a_type_of_cloudformation(resource_type: str) -> None:
    assert schema_of(resource_type)["typeName"] == resource_type


def test_a_change_within_or_around_a_create_only_property_is_seen() -> None:
    replacement = create_only.replacement

    assert replacement("AWS::EC2::Subnet", "CidrBlock") == "always"
    assert replacement("AWS::EC2::Subnet", "Tags/0/Value") == "never"
    assert replacement("AWS::EC2::VPCEndpoint", "DnsOptions") == "sometimes"
    assert replacement("AWS::EC2::VPCEndpoint", "DnsOptions/DnsRecordIpType") == "never"
    assert replacement("AWS::KMS::Key", "KeyPolicy") == "never"
    assert replacement("Custom::Thing", "Anything") is None


# endpoint_names


def test_the_services_that_tasks_need_are_known_and_have_a_dns_name() -> None:
    assert ENDPOINT_SERVICES.keys() <= endpoint_names.KNOWN_ENDPOINT_NAMES
    assert endpoint_names.PRIVATE_DNS_NAMES.keys() == ENDPOINT_SERVICES.keys()


def test_no_known_name_is_a_mistake_and_what_is_meant_is_known() -> None:
    for wrong, meant in endpoint_names.NEAR_MISSES.items():
        assert not endpoint_names.is_known_endpoint_name(wrong), wrong
        assert set(meant) <= endpoint_names.KNOWN_ENDPOINT_NAMES, wrong


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("ecr", ("ecr.api", "ecr.dkr")),
        ("cloudmap", ("servicediscovery",)),
        ("firehose", ("kinesis-firehose",)),
        ("cloudwatch", ("monitoring",)),
        ("cloudwatch-logs", ("logs",)),
    ],
)
def test_the_mistakes_of_the_catalogue_are_known(wrong: str, meant: tuple[str, ...]) -> None:
    assert endpoint_names.NEAR_MISSES[wrong] == meant


@pytest.mark.parametrize(
    "name",
    ["s3express", "guardduty-data", "ecs-agent", "kms-fips", "git-codecommit-fips", "sagemaker.api-fips"],
)
def test_a_name_that_is_seldom_used_is_known(name: str) -> None:
    assert endpoint_names.is_known_endpoint_name(name)


def test_names_in_china_are_as_the_table_of_endpoints_has_them() -> None:
    for name, service in ENDPOINT_SERVICES.items():
        if service.type == "Interface":
            prefixed = service.cn_prefix != "com.amazonaws"
            assert prefixed == (name in endpoint_names.CN_PREFIXED), name
            assert not (prefixed and name in endpoint_names.CN_PLAIN), name


@pytest.mark.parametrize(
    ("name", "client"), [("ecr.api", "ecr"), ("logs", "logs"), ("monitoring", "cloudwatch")]
)
def test_private_names_are_those_that_the_sdk_asks_for(name: str, client: str) -> None:
    import botocore.session  # noqa: PLC0415  # heavy, and only this test needs it

    session = botocore.session.get_session()
    session.set_credentials("nobody", "nothing")
    for region, suffix in (("eu-west-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn")):
        url = session.create_client(client, region_name=region).meta.endpoint_url

        assert url == "https://" + endpoint_names.PRIVATE_DNS_NAMES[name].format(region=region, suffix=suffix)


# instances


@pytest.mark.emulator
def test_each_instance_type_has_the_architecture_that_ec2_describes() -> None:
    described = json.loads(
        gzip.decompress(file_of_emulator("ec2/resources/instance_types.json.gz").read_bytes())
    )
    for instance_type, facts in described.items():
        told = instances.architecture_of(instance_type)
        legal = facts["ProcessorInfo"]["SupportedArchitectures"]

        assert told in legal or (told is None and instance_type.startswith("mac")), instance_type


@pytest.mark.parametrize("instance_type", ["", "t4g", "micro", "t4g.", "${Type}", "mac2.metal"])
def test_an_instance_type_that_tells_nothing_is_not_guessed(instance_type: str) -> None:
    assert instances.architecture_of(instance_type) is None


@pytest.mark.parametrize(
    ("path", "architecture"),
    [
        ("/aws/service/ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-x86_64-gp2", "x86_64"),
        ("/aws/service/bottlerocket/aws-ecs-2/arm64/latest/image_id", "arm64"),
        ("/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id", "x86_64"),
        ("/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id", "arm64"),
        ("/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id", "x86_64"),
        ("/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base", "x86_64"),
        ("/aws/service/ec2-macos/sonoma/arm64_mac/latest/image_id", None),
        ("/aws/service/marketplace/prod-abc/latest", None),
        ("/golden/x86_64", None),
    ],
)
def test_the_path_of_an_image_tells_its_architecture(path: str, architecture: str | None) -> None:
    assert instances.architecture_of_ami_parameter(path) == architecture


def test_the_images_of_our_own_jump_host_are_told_apart() -> None:
    for architecture, path in AL2023_PARAMETERS.items():
        assert instances.architecture_of_ami_parameter(path) == architecture


# managed_policies


def rights(statements: list[Any]) -> set[tuple[str, str, str, str]]:
    """Each (kind, action, resource, condition) that statements speak of, in the services described."""
    found: set[tuple[str, str, str, str]] = set()
    for statement in statements:
        assert statement["Effect"] == "Allow"
        condition = json.dumps(
            {
                operator: {key: sorted(as_list(values)) for key, values in keys.items()}
                for operator, keys in statement.get("Condition", {}).items()
            },
            sort_keys=True,
        )
        for kind in ("Action", "NotAction"):
            for action in as_list(statement.get(kind, [])):
                if kind == "NotAction" or action == "*" or managed_policies.describes(action):
                    found |= {
                        (kind, action, resource, condition) for resource in as_list(statement["Resource"])
                    }
    return found


@pytest.mark.emulator
def test_managed_policies_say_what_their_documents_say() -> None:
    file = file_of_emulator("iam/aws_managed_policies.py")
    loader = SourceFileLoader("documents_of_managed_policies", str(file))
    module = module_from_spec(spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    documents = {
        f"{policy['Path']}{name}".removeprefix("/"): policy["Document"]
        for name, policy in json.loads(module.aws_managed_policies_data).items()
    }
    for name in MANAGED_POLICIES:
        statements = managed_policy(f"arn:aws:iam::aws:policy/{name}")
        assert statements is not None
        assert rights(list(statements)) == rights(as_list(documents[name]["Statement"])), name


@pytest.mark.parametrize(
    "name",
    [
        "AWSCloudMapDiscoverInstanceAccess",
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
        "AdministratorAccess",
        "AmazonEC2ContainerRegistryFullAccess",
        "AmazonEC2ContainerRegistryPowerUser",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonECSInfrastructureRolePolicyForLoadBalancers",
        "AmazonECS_FullAccess",
        "AmazonElasticFileSystemClientReadWriteAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AmazonSSMFullAccess",
        "AmazonSSMManagedEC2InstanceDefaultPolicy",
        "AmazonSSMManagedInstanceCore",
        "AmazonSSMReadOnlyAccess",
        "CloudWatchAgentServerPolicy",
        "CloudWatchFullAccess",
        "CloudWatchFullAccessV2",
        "CloudWatchLogsFullAccess",
        "CloudWatchReadOnlyAccess",
        "PowerUserAccess",
        "ReadOnlyAccess",
        "SecretsManagerReadWrite",
        "service-role/AmazonEC2ContainerServiceEventsRole",
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        "service-role/AmazonEC2RoleforSSM",
        "service-role/AmazonECSTaskExecutionRolePolicy",
    ],
)
def test_the_policies_that_tasks_and_hosts_have_are_known(name: str) -> None:
    assert name in MANAGED_POLICIES


def test_what_tasks_need_is_described() -> None:
    asked = {action for need in NEEDS for permission in need.permissions for action in permission.actions}

    assert {action.partition(":")[0] for action in asked} <= DESCRIBED_SERVICES


def test_the_policy_of_execution_roles_creates_no_log_group() -> None:
    [statement] = managed_policy(PULL_AND_LOG) or ()

    assert "logs:CreateLogStream" in statement.get("Action", [])
    assert "logs:CreateLogGroup" not in statement.get("Action", [])


def test_a_policy_of_another_partition_speaks_of_resources_there() -> None:
    statements = managed_policy("arn:aws-us-gov:iam::aws:policy/CloudWatchAgentServerPolicy") or ()

    assert "arn:aws-us-gov:ssm:*:*:parameter/AmazonCloudWatch-*" in [
        resource for statement in statements for resource in statement["Resource"]
    ]


@pytest.mark.parametrize(
    "arn",
    [
        "AmazonECSTaskExecutionRolePolicy",
        "arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy",  # its path is missing
        "arn:aws:iam::123456789012:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/",
    ],
)
def test_what_is_no_managed_policy_is_not_known(arn: str) -> None:
    assert managed_policy(arn) is None


def test_who_changes_what_is_returned_changes_nothing_else() -> None:
    first = managed_policy(PULL_AND_LOG) or ()
    first[0]["Resource"].append("arn:aws:s3:::bucket")

    assert (managed_policy(PULL_AND_LOG) or ())[0]["Resource"] == ["*"]
