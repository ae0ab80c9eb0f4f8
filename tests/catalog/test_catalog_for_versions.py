"""The catalog that is rendered for all versions of a product: judged as any template is, and bounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from systems import environment

from private_fargate import building
from private_fargate.catalog.publication import CrowdedError, offer_of
from private_fargate.config.catalog import Catalog
from private_fargate.deploying import NotProvenError
from stacks import launchable, product

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = Catalog(portfolio="Platform", provider="Platform team")
SETTINGS = environment(catalog=CATALOG)
NEWEST = launchable.render(SETTINGS)


def reading(folders: int, name: str = "value") -> dict[str, bytes]:
    """A version whose form reads a parameter of the Parameter Store from each of many folders."""
    form = {
        f"Stored{number}": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": f"/a-folder-with-a-rather-long-name-{number}/{name}",
        }
        for number in range(folders)
    }
    root = {"Parameters": form, "Resources": {"Gateway": {"Type": "AWS::EC2::InternetGateway"}}}
    return {"parent.json": json.dumps(root).encode()}


@pytest.mark.slow
def test_the_catalog_for_two_versions_is_linted_and_proven(tmp_path: Path) -> None:
    templates, findings = building.offer(SETTINGS, NEWEST, [reading(1)], cache=tmp_path)
    assert (findings, templates) == ((), product.render(SETTINGS, NEWEST, [reading(1)]))
    assert b"a-folder-with-a-rather-long-name-0" in templates["launch-role.json"]


@pytest.mark.slow
def test_a_catalog_to_which_a_linter_objects_is_not_published() -> None:
    """There is no Service Catalog in that Region."""
    elsewhere = environment(catalog=CATALOG, regions=("mx-central-1",))
    with pytest.raises(NotProvenError, match=r"(?s)does not exist in 'mx-central-1'.*all 2 versions"):
        offer_of(elsewhere, NEWEST, [reading(1)])


def test_versions_that_need_more_than_a_role_can_have_are_refused_before_anything_is_done() -> None:
    with pytest.raises(
        CrowdedError, match=r"FindTheImageOfTheHost of .*all 3 versions.*`build\.py catalog prune`"
    ):
        offer_of(SETTINGS, NEWEST, [reading(60), reading(60)])


def test_folders_that_several_versions_read_are_named_once() -> None:
    role = json.loads(
        product.render(SETTINGS, NEWEST, [reading(1, "x86"), reading(1, "arm")])["launch-role.json"]
    )
    assert json.dumps(role).count("a-folder-with-a-rather-long-name-0") == 1
