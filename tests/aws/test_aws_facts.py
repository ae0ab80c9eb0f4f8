"""The tables of facts, against each other and against whoever else knows them."""

from __future__ import annotations

import gzip
import importlib
import json
from importlib.resources import files

import pytest

from private_fargate.aws import limits, needs, prices
from private_fargate.aws.endpoints import ENDPOINT_SERVICES, EndpointService, partition_of
from private_fargate.aws.fargate import FARGATE_SIZES
from private_fargate.aws.images import AL2023_PARAMETERS, architecture_of
from private_fargate.aws.limits import Limit
from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from private_fargate.aws.prices import Price
from private_fargate.aws.regions import REGIONS_BEFORE_ECS_ENDPOINTS, needs_ecs_endpoints
from private_fargate.aws.retention import LOG_RETENTION_DAYS

PERMISSIONS = [
    (need.feature, action)
    for need in needs.NEEDS
    for permission in need.permissions
    for action in permission.actions
]


BOTOCORE = files("botocore") / "data"


@pytest.fixture(scope="module")
def partitions() -> dict[str, str]:
    """Each region that botocore knows -> its partition, of the partitions that we deploy to."""
    known: dict[str, dict[str, dict[str, object]]] = {
        partition["id"]: partition
        for partition in json.loads((BOTOCORE / "partitions.json").read_text())["partitions"]
    }
    return {
        region: name
        for name in ("aws", "aws-cn", "aws-us-gov")
        for region in known[name]["regions"]
        if not region.endswith("-global")
    }


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [(256, 512), (512, 1024), (1024, 8192), (4096, 30720), (8192, 16384), (16384, 122880), (32768, 249856)],
)
def test_a_pair_of_cpu_and_memory_that_fargate_sells_is_legal(cpu: int, memory: int) -> None:
    assert memory in FARGATE_SIZES[cpu]


@pytest.mark.parametrize(
    ("cpu", "memory"), [(256, 3072), (512, 512), (1024, 1024), (8192, 17408), (4096, 31744)]
)
def test_a_pair_that_fargate_refuses_is_not(cpu: int, memory: int) -> None:
    assert memory not in FARGATE_SIZES[cpu]


def test_cfn_lint_accepts_each_size_and_refuses_the_sizes_beside_it() -> None:
    from cfnlint.jsonschema import StandardValidator  # noqa: PLC0415  # heavy, and only this test needs it

    schema = json.loads(
        (
            files("cfnlint.data.schemas.extensions.aws_ecs_taskdefinition") / "fargate_cpu_memory.json"
        ).read_text()
    )
    validator = StandardValidator(schema)

    def accepts(cpu: int, memory: int) -> bool:
        task = {"RequiresCompatibilities": ["FARGATE"], "Cpu": str(cpu), "Memory": str(memory)}
        return validator.is_valid(task)

    for cpu, legal in FARGATE_SIZES.items():
        assert [memory for memory in legal if not accepts(cpu, memory)] == []
        assert not accepts(cpu, legal[0] - 512)
        assert not accepts(cpu, legal[-1] + 1024)


def test_log_retention_is_what_cloudwatch_logs_documents() -> None:
    model = json.loads(gzip.decompress((BOTOCORE / "logs/2014-03-28/service-2.json.gz").read_bytes()))
    days = ", ".join(map(str, LOG_RETENTION_DAYS[:-1])) + f", and {LOG_RETENTION_DAYS[-1]}."

    assert f"Possible values are: {days}" in model["shapes"]["Days"]["documentation"]


def test_a_task_of_the_reference_costs_eighteen_dollars_a_month_and_fourteen_on_arm() -> None:
    x86 = prices.FARGATE_X86_VCPU.monthly / 2 + prices.FARGATE_X86_MEMORY.monthly
    arm = prices.FARGATE_ARM_VCPU.monthly / 2 + prices.FARGATE_ARM_MEMORY.monthly

    assert (round(x86, 2), round(arm, 2)) == (prices.Decimal("18.02"), prices.Decimal("14.42"))


def test_five_endpoints_in_a_zone_cost_as_much_as_a_nat_gateway_with_its_address() -> None:
    nat = prices.NAT_GATEWAY.monthly + prices.PUBLIC_IPV4.monthly

    assert nat == 5 * prices.INTERFACE_ENDPOINT.monthly == prices.Decimal("36.50")


def test_only_prices_by_the_hour_have_a_month() -> None:
    with pytest.raises(ValueError, match="a price per GB has no month; multiply it by what is used"):
        _ = prices.LOG_INGESTION.monthly


def test_every_row_says_where_it_comes_from() -> None:
    rows: list[Price | Limit | needs.Need | EndpointService] = [
        *(
            value
            for module in (prices, limits)
            for value in vars(module).values()
            if isinstance(value, Price | Limit)
        ),
        *prices.INSTANCES.values(),
        *needs.NEEDS,
        *ENDPOINT_SERVICES.values(),
    ]

    assert len(rows) > 80
    assert [row for row in rows if len(row.source) < len("aws.amazon.com")] == []


def test_every_need_names_endpoints_that_exist() -> None:
    assert {name for need in needs.NEEDS for name in need.endpoints} <= ENDPOINT_SERVICES.keys()


def test_every_row_of_the_needs_is_in_the_table_once() -> None:
    defined = [value for value in vars(needs).values() if isinstance(value, needs.Need)]

    assert sorted(need.feature for need in needs.NEEDS) == sorted(need.feature for need in defined)
    assert len({need.feature for need in defined}) == len(defined)


@pytest.mark.parametrize(("feature", "action"), PERMISSIONS)
def test_every_action_exists_in_awacs(feature: str, action: str) -> None:
    service, name = action.split(":")

    assert hasattr(importlib.import_module(f"awacs.{service}"), name), feature


def test_logging_in_to_ecr_is_allowed_on_everything_and_pulling_on_repositories_only() -> None:
    """GetAuthorizationToken has no resource level: on a repository's ARN it never matches."""
    allowed = {
        action: permission.resource
        for permission in needs.PULL_FROM_ECR.permissions
        for action in permission.actions
    }

    assert allowed == {
        "ecr:GetAuthorizationToken": "any",
        "ecr:BatchGetImage": "repository",
        "ecr:GetDownloadUrlForLayer": "repository",
    }


def test_an_image_in_ecr_needs_login_registry_and_layers() -> None:
    assert set(needs.PULL_FROM_ECR.endpoints) == {"ecr.api", "ecr.dkr", "s3"}


def test_secrets_under_a_key_need_no_endpoint_of_kms() -> None:
    """Secrets Manager calls KMS itself; the reference article pays for an endpoint that nothing uses."""
    assert needs.DECRYPT_SECRETS.endpoints == ()


@pytest.mark.parametrize(
    ("name", "region", "whole"),
    [
        ("ecr.api", "us-east-1", "com.amazonaws.us-east-1.ecr.api"),
        ("ecr.dkr", "us-gov-west-1", "com.amazonaws.us-gov-west-1.ecr.dkr"),
        ("ecr.dkr", "cn-north-1", "cn.com.amazonaws.cn-north-1.ecr.dkr"),
        ("logs", "cn-northwest-1", "com.amazonaws.cn-northwest-1.logs"),
        ("s3", "cn-north-1", "com.amazonaws.cn-north-1.s3"),
        ("monitoring", "cn-north-1", "cn.com.amazonaws.cn-north-1.monitoring"),
    ],
)
def test_the_name_of_a_service_is_that_of_its_partition(name: str, region: str, whole: str) -> None:
    assert ENDPOINT_SERVICES[name].service_name(region) == whole


def test_titles_make_distinct_logical_ids() -> None:
    titles = [service.title for service in ENDPOINT_SERVICES.values()]

    assert len(set(titles)) == len(titles)
    assert [title for title in titles if not (title.isalnum() and title[0].isupper())] == []


def test_gateways_are_s3_and_dynamodb_and_come_first() -> None:
    names = list(ENDPOINT_SERVICES)

    assert {name for name in names if ENDPOINT_SERVICES[name].type == "Gateway"} == {"s3", "dynamodb"}
    assert names == ["s3", "dynamodb", *sorted(set(names) - {"s3", "dynamodb"})]


def test_prefix_lists_are_of_regions_that_exist(partitions: dict[str, str]) -> None:
    assert S3_PREFIX_LISTS.keys() <= partitions.keys()
    assert [one for one in S3_PREFIX_LISTS.values() if len(one) != len("pl-63a5400a")] == []


def test_two_regions_share_the_id_of_a_prefix_list_and_no_others_do() -> None:
    """Seoul and Mumbai do, and it looks like a slip; a third pair would be one."""
    shared = {one for one in S3_PREFIX_LISTS.values() if list(S3_PREFIX_LISTS.values()).count(one) > 1}

    assert shared == {S3_PREFIX_LISTS["ap-south-1"]} == {S3_PREFIX_LISTS["ap-northeast-2"]}


def test_newer_regions_reach_ecs_through_the_vpc(partitions: dict[str, str]) -> None:
    newer = {region for region in partitions if needs_ecs_endpoints(region)}

    assert partitions.keys() >= REGIONS_BEFORE_ECS_ENDPOINTS
    assert {"ca-west-1", "ap-southeast-5", "ap-southeast-7", "mx-central-1", "ap-east-2"} <= newer
    assert not newer & {"us-east-1", "il-central-1", "us-gov-east-1", "cn-north-1"}


def test_each_region_is_in_one_partition(partitions: dict[str, str]) -> None:
    assert {region: partition_of(region) for region in partitions} == partitions


@pytest.mark.parametrize(
    ("instance_type", "architecture"),
    [
        ("t3.micro", "x86_64"),
        ("t4g.micro", "arm64"),
        ("c7gn.large", "arm64"),
        ("im4gn.large", "arm64"),
        ("a1.medium", "arm64"),
        ("g5.xlarge", "x86_64"),
        ("x2iedn.xlarge", "x86_64"),
    ],
)
def test_a_jump_host_gets_the_image_of_its_architecture(instance_type: str, architecture: str) -> None:
    assert architecture_of(instance_type) == architecture
    assert AL2023_PARAMETERS[architecture_of(instance_type)].endswith(architecture)
