"""What cannot be launched by others is refused where it is written, and only if it is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.config import ConfigError, load

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = "catalog: {portfolio: Fargate, provider: Platform}\n"
WEB = "services: {web: {image: {repository: web}, port: 80}}\n"


def mistakes(path: Path, text: str) -> list[str]:
    path.write_text(f"name: offered\n{text}")
    try:
        load(path)
    except ConfigError as error:
        return [line.removeprefix(f"{path}:") for line in str(error).splitlines()]
    return []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "offered.yaml"


def test_zones_of_one_account_are_not_offered_to_others(path: Path) -> None:
    named = f"network: {{zones: [us-east-1a, us-east-1b]}}\n{WEB}"
    assert mistakes(path, named) == []
    expected = "a product is launched where zones have other names; write their number, or remove the catalog"
    assert mistakes(path, named + CATALOG) == [f"2: network.zones: {expected}"]


@pytest.mark.parametrize(("number", "is_wrong"), [(38, False), (39, True)])
def test_a_launch_form_has_room_for_so_many_services(path: Path, number: int, is_wrong: bool) -> None:  # noqa: FBT001
    services = "services:\n" + "".join(
        f"  web-{index}: {{image: {{repository: web}}, port: 80}}\n" for index in range(number)
    )
    assert mistakes(path, services) == []
    expected = "2: services: 39 services are too many for the launch form of a product; offer up to 38 in"
    found = mistakes(path, services + CATALOG)
    assert [line.startswith(expected) for line in found] == ([True] if is_wrong else [])
