"""Which instances the settings ask for, and with which values."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from private_fargate.errors import UserError
from private_fargate.rollout.model import VPC_CIDR, Place, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from private_fargate.config.models import Environment
    from private_fargate.config.rollout import Rollout


class TargetError(UserError):
    """The settings name values or targets that there are not."""


class UnneededError(UserError):
    """What was asked for is not needed with these settings."""


def settings_of(environment: Environment, path: Path | None = None) -> Rollout:
    """Return the settings of the rollout.

    Args:
        environment: whose.
        path: its file, which a person who has to mend it is told.

    Raises:
        TargetError: there are none.
    """
    found = environment.rollout
    if found is None:
        message = (
            f"{path or environment.name}: `rollout:` is missing, so {environment.name} goes to no account; "
            "write it, with `organizational_units`, or with `permissions: self-managed` and `accounts`"
        )
        raise TargetError(message)
    return found


def regions_of(environment: Environment, settings: Rollout) -> tuple[str, ...]:
    """Return the Regions in their order, each once."""
    return tuple(dict.fromkeys(settings.regions or environment.regions))


def places_of(accounts: Iterable[str], regions: Sequence[str]) -> tuple[Place, ...]:
    """Return where instances are to be: account by account, each in the order of the Regions."""
    return tuple(Place(account, region) for account in dict.fromkeys(accounts) for region in regions)


def check_values(settings: Rollout, fields: Iterable[str]) -> None:
    """Make sure that each value is for a field that there is.

    Args:
        settings: with values for all instances, and for some.
        fields: of the launch form, which are the parameters of the root template.

    Raises:
        TargetError: there is no such field; the message names the one that was meant.
    """
    names = sorted(fields)
    _refuse_unknown("rollout.parameters", settings.parameters, names)
    for number, override in enumerate(settings.overrides, 1):
        _refuse_unknown(f"rollout.overrides, number {number}", override.parameters, names)


def targets(settings: Rollout, places: Sequence[Place], ranges: Mapping[Place, str]) -> tuple[Target, ...]:
    """Return the instances as they are to be.

    Args:
        settings: with the overrides, whose values have been checked; later ones win.
        places: where.
        ranges: of the networks, by place; none for those that take what all have.

    Raises:
        TargetError: an override is for no target.
    """
    accounts, regions = {place.account for place in places}, {place.region for place in places}
    for number, override in enumerate(settings.overrides, 1):
        setting = f"rollout.overrides, number {number}"
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


def _refuse_unknown(setting: str, values: Mapping[str, str], names: Sequence[str]) -> None:
    if VPC_CIDR in values:
        message = f"{setting}: {VPC_CIDR}: ranges are given or dealt under rollout.addresses; write it there"
        raise TargetError(message)
    for name in values:
        if name not in names:
            close = get_close_matches(name, names, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(names) or 'none'}"
            message = f"{setting}: {name} is no field of the launch form; {remedy}"
            raise TargetError(message)
