"""Which instances the settings ask for, and with which values."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from private_fargate.errors import UserError
from private_fargate.rollout.model import VPC_CIDR, Place, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from private_fargate.config.models import Environment
    from private_fargate.config.rollout import Rollout


class TargetError(UserError):
    """The settings name values or targets that there are not."""


class UnneededError(UserError):
    """What was asked for is not needed with these settings."""


def settings_of(environment: Environment) -> Rollout:
    """Return the settings of the rollout.

    Raises:
        TargetError: there are none.
    """
    found = environment.rollout
    if found is None:
        message = f"{environment.name} has no `rollout:`; write there which accounts and Regions it goes to"
        raise TargetError(message)
    return found


def regions_of(environment: Environment, settings: Rollout) -> tuple[str, ...]:
    """Return the Regions in their order, each once."""
    return tuple(dict.fromkeys(settings.regions or environment.regions))


def places_of(accounts: Iterable[str], regions: Sequence[str]) -> tuple[Place, ...]:
    """Return where instances are to be: account by account, each in the order of the Regions."""
    return tuple(Place(account, region) for account in dict.fromkeys(accounts) for region in regions)


def targets(
    settings: Rollout, places: Sequence[Place], known: Iterable[str], ranges: Mapping[Place, str]
) -> tuple[Target, ...]:
    """Return the instances as they are to be.

    Args:
        settings: with the overrides; later ones win.
        places: where.
        known: names of the launch form's fields.
        ranges: of the networks, by place; none for those that take what all have.

    Raises:
        TargetError: a value is for no field of the launch form, or an override is for no target.
    """
    _refuse_unknown("rollout.parameters", settings.parameters, known)
    accounts, regions = {place.account for place in places}, {place.region for place in places}
    for number, override in enumerate(settings.overrides, 1):
        setting = f"rollout.overrides, number {number}"
        _refuse_unknown(setting, override.parameters, known)
        strangers = {*override.accounts} - accounts | {*override.regions} - regions
        if strangers:
            message = f"{setting}: {', '.join(sorted(strangers))} is no target of this rollout; correct it"
            raise TargetError(message)
    return tuple(Target(place=place, overrides=_values(settings, place, ranges)) for place in places)


def _values(settings: Rollout, place: Place, ranges: Mapping[Place, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for override in settings.overrides:
        if place.account in (override.accounts or (place.account,)) and place.region in (
            override.regions or (place.region,)
        ):
            values |= override.parameters
    return {**values, **({VPC_CIDR: ranges[place]} if place in ranges else {})}


def _refuse_unknown(setting: str, values: Mapping[str, str], known: Iterable[str]) -> None:
    if VPC_CIDR in values:
        message = f"{setting}: {VPC_CIDR}: ranges are given or dealt under rollout.addresses; write it there"
        raise TargetError(message)
    names = sorted(known)
    for name in values:
        if name not in names:
            close = get_close_matches(name, names, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
            message = f"{setting}: {name} is no field of the launch form; {remedy}"
            raise TargetError(message)
