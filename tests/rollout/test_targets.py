"""Which instances the settings ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from private_fargate.config.rollout import Override, Rollout
from private_fargate.rollout.model import Place
from private_fargate.rollout.targets import TargetError, check_values, places_of, settings_of, targets
from tests.rollout.house import environment

ACCOUNTS = ("111111111111", "222222222222")
REGIONS = ("us-east-1", "eu-west-1")
PLACES = places_of(ACCOUNTS, REGIONS)
KNOWN = ("Name", "VpcCidr", "NginxCount", "NginxCpu")


def test_of_several_overrides_the_last_wins_where_they_meet() -> None:
    settings = Rollout(
        overrides=(
            Override(parameters={"NginxCount": "2"}),
            Override(accounts=ACCOUNTS[:1], parameters={"NginxCount": "3", "NginxCpu": "512"}),
            Override(accounts=ACCOUNTS[:1], regions=REGIONS[1:], parameters={"NginxCount": "4"}),
        )
    )
    found = {each.place: each.overrides for each in targets(settings, PLACES, {})}
    assert found == {
        Place(ACCOUNTS[0], "us-east-1"): {"NginxCount": "3", "NginxCpu": "512"},
        Place(ACCOUNTS[0], "eu-west-1"): {"NginxCount": "4", "NginxCpu": "512"},
        Place(ACCOUNTS[1], "us-east-1"): {"NginxCount": "2"},
        Place(ACCOUNTS[1], "eu-west-1"): {"NginxCount": "2"},
    }


def test_each_instance_is_given_the_range_of_its_network() -> None:
    found = targets(Rollout(), PLACES[:1], {PLACES[0]: "10.1.0.0/16"})
    assert found[0].overrides == {"VpcCidr": "10.1.0.0/16"}


def test_a_misspelled_field_is_told_with_the_one_that_was_meant() -> None:
    with pytest.raises(TargetError, match=r"NginxCuont is no field .*; did you mean NginxCount"):
        check_values(Rollout(parameters={"NginxCuont": "2"}), KNOWN)
    with pytest.raises(TargetError, match=r"number 1: Colour is no field .*; there are Name, "):
        check_values(Rollout(overrides=(Override(parameters={"Colour": "x"}),)), KNOWN)


def test_an_override_for_an_account_that_is_no_target_is_refused() -> None:
    """A digit that was mistyped would otherwise leave an account with the values of all."""
    override = Override(accounts=("333333333333",), parameters={"NginxCount": "2"})
    with pytest.raises(TargetError, match="333333333333 is no target"):
        targets(Rollout(overrides=(override,)), PLACES, {})


def test_ranges_are_said_in_one_place_only() -> None:
    with pytest.raises(TargetError, match="write it there"):
        check_values(Rollout(parameters={"VpcCidr": "10.0.0.0/16"}), KNOWN)


def test_an_environment_without_a_rollout_is_told_with_its_file_and_what_to_write_there() -> None:
    with pytest.raises(TargetError) as told:
        settings_of(environment(None), Path("environments/shop.yaml"))
    assert str(told.value) == (
        "environments/shop.yaml: `rollout:` is missing, so house goes to no account; "
        "write it, with `organizational_units`, or with `permissions: self-managed` and `accounts`"
    )
