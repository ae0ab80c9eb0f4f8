"""Which instances the settings ask for."""

from __future__ import annotations

import pytest

from private_fargate.config.rollout import Override, Rollout
from private_fargate.rollout.model import Place
from private_fargate.rollout.targets import TargetError, places_of, settings_of, targets
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
    found = {each.place: each.overrides for each in targets(settings, PLACES, KNOWN, {})}
    assert found == {
        Place(ACCOUNTS[0], "us-east-1"): {"NginxCount": "3", "NginxCpu": "512"},
        Place(ACCOUNTS[0], "eu-west-1"): {"NginxCount": "4", "NginxCpu": "512"},
        Place(ACCOUNTS[1], "us-east-1"): {"NginxCount": "2"},
        Place(ACCOUNTS[1], "eu-west-1"): {"NginxCount": "2"},
    }


def test_each_instance_is_given_the_range_of_its_network() -> None:
    found = targets(Rollout(), PLACES[:1], KNOWN, {PLACES[0]: "10.1.0.0/16"})
    assert found[0].overrides == {"VpcCidr": "10.1.0.0/16"}


def test_a_misspelled_field_is_told_with_the_one_that_was_meant() -> None:
    with pytest.raises(TargetError, match=r"NginxCuont is no field .*; did you mean NginxCount"):
        targets(Rollout(parameters={"NginxCuont": "2"}), PLACES, KNOWN, {})
    with pytest.raises(TargetError, match=r"number 1: Colour is no field .*; there are Name, "):
        targets(Rollout(overrides=(Override(parameters={"Colour": "x"}),)), PLACES, KNOWN, {})


def test_an_override_for_an_account_that_is_no_target_is_refused() -> None:
    """A digit that was mistyped would otherwise leave an account with the values of all."""
    override = Override(accounts=("333333333333",), parameters={"NginxCount": "2"})
    with pytest.raises(TargetError, match="333333333333 is no target"):
        targets(Rollout(overrides=(override,)), PLACES, KNOWN, {})


def test_ranges_are_said_in_one_place_only() -> None:
    with pytest.raises(TargetError, match="write it there"):
        targets(Rollout(parameters={"VpcCidr": "10.0.0.0/16"}), PLACES, KNOWN, {})


def test_an_environment_without_a_rollout_is_told_what_it_lacks() -> None:
    with pytest.raises(TargetError, match="has no `rollout:`"):
        settings_of(environment(None))
