"""What the settings of a rollout say of each other, and of the environment that is rolled out."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.config.models import Environment
    from private_fargate.config.rollout import Addresses, Override, Rollout

_RANGE = "VpcCidr"  # the launch form's field for the range of the network


class Wrong(NamedTuple):
    """What does not go together: by which setting of the rollout, what is wrong, and what to write."""

    path: tuple[str, ...]
    what: str
    remedy: str


def rolled_out(environment: Environment) -> Iterator[Wrong]:
    """Yield what of the settings of a rollout does not go together."""
    settings = environment.rollout
    if settings is None:
        return
    yield from _targets(settings)
    yield from _regions(environment, settings)
    yield from _addresses(settings.addresses, settings.regions or environment.regions)
    yield from _values(("parameters",), settings.parameters)
    for number, override in enumerate(settings.overrides):
        yield from _values(("overrides", str(number), "parameters"), override.parameters)
        yield from _strangers(environment, settings, number, override)


def _targets(settings: Rollout) -> Iterator[Wrong]:
    if settings.permissions == "service-managed":
        if not settings.organizational_units:
            what = "service-managed permissions need units, and there is none"
            remedy = "write ou-…, or r-… for the root; or permissions: self-managed, which need accounts"
            yield Wrong(("organizational_units",), what, remedy)
        if settings.automatic and _has_plan(settings.addresses):
            what = "an account that joins would get an instance without a range of its own"
            remedy = "remove it and roll out again when one joins, or remove addresses"
            yield Wrong(("automatic",), what, remedy)
        return
    if settings.organizational_units:
        what = "only service-managed permissions know units"
        yield Wrong(("organizational_units",), what, "name accounts, or write permissions: service-managed")
    if not settings.accounts:
        what = "self-managed permissions need accounts, and there is none"
        yield Wrong(("accounts",), what, "name at least one")
    for name in ("automatic", "delegated_administrator"):
        if getattr(settings, name):
            yield Wrong((name,), "only service-managed permissions have it", "remove it")


def _has_plan(addresses: Addresses) -> bool:
    return bool(addresses.pool or addresses.ipam_pool or addresses.given)


def _regions(environment: Environment, settings: Rollout) -> Iterator[Wrong]:
    for number, region in enumerate(settings.regions):
        if region not in environment.regions:
            what = f"the templates are proven for {', '.join(environment.regions)} only, and not for {region}"
            yield Wrong(("regions", str(number)), what, "add it to regions of the environment, or remove it")


def _addresses(addresses: Addresses, regions: tuple[str, ...]) -> Iterator[Wrong]:
    path = ("addresses", "ipam_pool")
    if addresses.pool and addresses.ipam_pool:
        yield Wrong(path, "there is a pool too", "write one of pool and ipam_pool")
    if isinstance(addresses.ipam_pool, dict):
        for region in regions:
            if region not in addresses.ipam_pool:
                yield Wrong(path, f"{region} has none", f"add {region}: ipam-pool-…")
    for (place, cidr), (other, taken) in combinations(addresses.given.items(), 2):
        if IPv4Network(cidr).overlaps(IPv4Network(taken)):
            what = f"{taken} overlaps {cidr} of {place}"
            yield Wrong(("addresses", "given", other), what, "give another range")


def _values(path: tuple[str, ...], values: Mapping[str, str]) -> Iterator[Wrong]:
    if _RANGE in values:
        what = "ranges of networks have a place of their own"
        yield Wrong((*path, _RANGE), what, "write it under rollout.addresses.given, or remove it")


def _strangers(
    environment: Environment, settings: Rollout, number: int, override: Override
) -> Iterator[Wrong]:
    """Yield targets of an override that are none of the rollout; which accounts units hold, AWS knows."""
    known = settings.accounts if settings.accounts or not settings.organizational_units else None
    for at, account in enumerate(override.accounts):
        if known is not None and account not in known:
            path = ("overrides", str(number), "accounts", str(at))
            yield Wrong(path, f"{account} is no target of this rollout", "correct it, or add it to accounts")
    for at, region in enumerate(override.regions):
        if region not in (settings.regions or environment.regions):
            path = ("overrides", str(number), "regions", str(at))
            yield Wrong(path, f"{region} is no target of this rollout", "correct it, or add it to regions")
