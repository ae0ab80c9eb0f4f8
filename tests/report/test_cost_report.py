"""The bill before anybody uses the system."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from systems import environment, service

from private_fargate.config.models import JumpHost, Network
from private_fargate.report.cost import cost_document, known_total, monthly_cost

ROOT = Path(__file__).parents[2]


def test_the_command_prints_the_bill_of_the_reference_system() -> None:
    done = subprocess.run(
        [sys.executable, "build.py", "cost", "demo", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    bill = json.loads(done.stdout)
    prices = {line["what"]: line["monthly"] for line in bill["lines"]}
    assert prices["nginx: 1 x 512/1024 on Fargate"] == pytest.approx(18.02, abs=0.01)
    assert prices["NAT gateways, 3"] == pytest.approx(98.55)
    assert prices["VPC endpoints"] == pytest.approx(109.50)
    assert bill["total"] == pytest.approx(sum(prices.values()), abs=0.02)


def test_no_gateway_is_no_line_of_the_bill() -> None:
    lines = monthly_cost(environment(network=Network(egress="none")))
    assert not [line.what for line in lines if "NAT" in line.what]


def test_a_price_that_is_not_known_is_not_taken_for_nothing() -> None:
    settings = environment({"web": service()}, jump_host=JumpHost(instance_type="c9x.large"))
    document = cost_document(settings)
    assert {"what": "jump host, c9x.large", "monthly": None} in document["lines"]  # type: ignore[operator]
    assert known_total(monthly_cost(settings)) > 0
