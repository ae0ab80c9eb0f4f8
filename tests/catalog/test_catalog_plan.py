"""What the plan of a catalog's stack says to those who are to agree to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate import building
from private_fargate.plan.problems import new_problems
from private_fargate.plan.trees import template_of
from private_fargate.verify.templates.places import Place
from stacks import product
from tests.catalog.shop import settings
from tests.deploy.house import house

if TYPE_CHECKING:
    from pathlib import Path

HERE = Place("eu-west-1", "111122223333")


@pytest.mark.parametrize("deletion", ["delete", "retain"])
def test_nothing_is_said_against_names_that_every_account_has_to_know(tmp_path: Path, deletion: str) -> None:
    """The launch role and the boundary have names by design, and in each Region another one."""
    path = settings(tmp_path, "shop")
    text = path.read_text().replace("keep_versions", "notify: true, keep_versions")
    path.write_text(text.replace("deletion: delete", f"deletion: {deletion}"))
    offered = product.render(building.load(path), house())
    assert b"shop-launch-${AWS::Region}" in offered["launch-role.json"]
    found = new_problems(None, template_of(offered, {}), HERE)
    assert [each for each in found if each.rule == "CFN-010"] == []
