"""The table of endpoints: its figures are those a person would check with a calculator."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from rich.console import Console

from private_fargate.config.models import Environment, JumpHost, Network, RepositoryImage, Service
from private_fargate.report.cost import monthly_cost
from private_fargate.report.endpoints import (
    endpoint_document,
    endpoint_rows,
    endpoint_table,
    nat_comparison,
    total,
)

REFERENCE_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages")


def demo(**network: object) -> Environment:
    image = RepositoryImage(repository="nginx")
    return Environment(
        name="demo",
        network=Network.model_validate(network),
        services={"nginx": Service(image=image, port=80)},
    )


def test_six_interface_endpoints_in_three_zones_cost_131_40_a_month() -> None:
    """Six APIs of the reference article, with the S3 gateway at no price."""
    rows = endpoint_rows(demo(endpoints=("s3", *REFERENCE_ENDPOINTS)))

    assert total(rows) == Decimal("131.40")
    assert {row.monthly for row in rows if row.type == "Interface"} == {Decimal("21.90")}
    assert [(row.service, row.zones, row.monthly) for row in rows if row.type == "Gateway"] == [("s3", 0, 0)]


def test_in_two_zones_they_cost_87_60() -> None:
    assert total(endpoint_rows(demo(zones=2, endpoints=REFERENCE_ENDPOINTS))) == Decimal("87.60")


def test_zones_given_by_name_count_like_zones_given_by_number() -> None:
    assert endpoint_rows(demo(zones=("us-east-1a", "us-east-1d"))) == endpoint_rows(demo(zones=2))


@pytest.mark.parametrize(
    ("count", "verdict"),
    [
        (3, "USD 65.70 a month, USD 43.80 less than {nat}."),
        (5, "USD 109.50 a month, as much as {nat}, and less per GB."),
        (6, "USD 131.40 a month, USD 21.90 more than {nat}; they pay from 626 GB a month on."),
    ],
)
def test_the_comparison_with_nat_turns_at_five_endpoints(count: int, verdict: str) -> None:
    line = nat_comparison(demo(endpoints=REFERENCE_ENDPOINTS[:count]))

    nat = "a NAT gateway with its address in each zone (USD 109.50)"
    assert line == f"{count} interface endpoints in 3 zones cost {verdict.format(nat=nat)}"


def test_the_table_names_each_service_with_its_type_user_zones_and_price() -> None:
    console = Console(width=200)
    with console.capture() as capture:
        console.print(endpoint_table(demo()))
    lines = {line.split("│")[1].strip(): line for line in capture.get().splitlines() if line.count("│") > 5}

    assert list(lines)[:2] == ["s3", ""]
    assert [cell.strip() for cell in lines["ecr.api"].split("│")[1:-1]] == [
        "ecr.api", "Interface", "nginx: pulls its image from ECR", "3", "21.90",
    ]  # fmt: skip
    assert "109.50" in lines["total"]


def test_the_document_for_programs_holds_every_reason() -> None:
    document = json.loads(json.dumps(endpoint_document(demo())))
    s3 = document["endpoints"][0]

    assert s3["needed_by"] == [
        {"who": "nginx", "why": "pulls its image from ECR"},
        {"who": "jump host", "why": "installs packages of Amazon Linux"},
    ]
    assert (s3["type"], s3["zones"], s3["monthly"]) == ("Gateway", 0, 0)
    assert document["monthly"] == 109.5


def test_the_bill_of_the_reference_system_adds_up() -> None:
    """NAT 98.55 + 10.95, a task 18.02, a jump host 7.59 + 0.64, beside the endpoints and the zone."""
    bill = {line.what: round(line.monthly or Decimal(0), 2) for line in monthly_cost(demo())}

    assert bill == {
        "nginx: 1 x 512/1024 on Fargate": Decimal("18.02"),
        "NAT gateways, 3": Decimal("98.55"),
        "addresses of NAT gateways, 3": Decimal("10.95"),
        "VPC endpoints": Decimal("109.50"),
        "hosted zone of the namespace": Decimal("0.50"),
        "jump host, t3.micro": Decimal("7.59"),
        "disk of the jump host, 8 GB": Decimal("0.64"),
    }


def test_an_instance_type_without_a_known_price_is_not_guessed() -> None:
    large = demo().model_copy(update={"jump_host": JumpHost(instance_type="m7g.large")})

    assert {line.what: line.monthly for line in monthly_cost(large)}["jump host, m7g.large"] is None


def test_without_a_way_out_there_is_no_gateway_to_pay_for() -> None:
    assert not [line for line in monthly_cost(demo(egress="none")) if "NAT" in line.what]
