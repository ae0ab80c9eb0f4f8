from __future__ import annotations

import json
from typing import Any

import pytest

from private_fargate.plan.digests import digest_of

TEMPLATE = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1}}}}


def files(template: dict[str, Any] = TEMPLATE, name: str = "parent.json", **style: Any) -> dict[str, bytes]:
    return {name: json.dumps(template, **style).encode()}


def test_the_layout_of_a_file_is_no_part_of_what_is_deployed() -> None:
    backwards = dict(reversed(list(TEMPLATE["Resources"]["Q"].items())))
    spread = files({"Resources": {"Q": backwards}}, indent=4)
    assert digest_of(files(), {"A": "1", "B": "2"}) == digest_of(spread, {"B": "2", "A": "1"})


@pytest.mark.parametrize(
    ("templates", "parameters"),
    [
        (files({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": "1"}}}}), {}),
        (files(name="other.json"), {}),
        (files(), {"Image": ""}),
        ({**files(), **files(name="child.json")}, {}),
    ],
)
def test_whatever_else_differs_makes_another_plan(
    templates: dict[str, bytes], parameters: dict[str, str]
) -> None:
    assert digest_of(templates, parameters) != digest_of(files(), {})


def test_the_order_of_a_list_counts() -> None:
    assert digest_of(files({"A": [1, 2]}), {}) != digest_of(files({"A": [2, 1]}), {})
