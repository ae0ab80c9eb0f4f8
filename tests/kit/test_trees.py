"""Our walk over a template gives what troposphere's gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from troposphere import Template, ec2

from private_fargate.config import load
from private_fargate.kit import scope
from private_fargate.kit.trees import document
from stacks import parent

ENVIRONMENTS = Path(__file__).parents[2] / "environments"


@pytest.mark.parametrize("environment", ["demo", "prod", "isolated"])
def test_one_walk_gives_what_troposphere_gives(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bool] = []

    def both(template: Template) -> dict[str, object]:
        compared.append(document(template) == template.to_dict())
        return document(template)

    monkeypatch.setattr(scope, "document", both)
    parent.render(load(ENVIRONMENTS / f"{environment}.yaml"))
    assert len(compared) > 8
    assert all(compared)


def test_what_is_required_is_still_missed() -> None:
    template = Template()
    template.add_resource(ec2.RouteTable("Table"))
    with pytest.raises(ValueError, match="VpcId required in type AWS::EC2::RouteTable"):
        document(template)
