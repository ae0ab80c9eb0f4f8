"""What settings say of each other: rules that a single setting cannot break."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from private_fargate.config.checks import meant
from private_fargate.config.derived import INTERNET, has_public_jump_host
from private_fargate.config.endpoints import missing_endpoints
from private_fargate.config.models import RepositoryImage
from private_fargate.config.references import ecr_image
from private_fargate.config.rollout_rules import rolled_out
from private_fargate.kit.naming import logical_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.config.models import Environment, Service

RESERVED = frozenset(
    {"Discovery", "Egress", "Endpoints", "FlowLogs", "Foundation", "JumpHost", "JumpHostProfile", "Network"}
)
GROUPS = ("Repository", "Repositories", "Services")
MAX_LAUNCHABLE = 38  # services in a launch form of 200 fields: five for each, and six of the system
MAX_PARAMETERS = 170  # of the 200 of a template, those that variables, secrets and peers may take


@dataclass(frozen=True)
class Broken:
    """A rule that is broken: by which setting, what is wrong, and what to write instead."""

    path: tuple[str, ...]
    what: str
    remedy: str


def broken_rules(environment: Environment, names: frozenset[str]) -> Iterator[Broken]:
    """Yield every rule that the settings break.

    Args:
        environment: the settings, without those that are wrong by themselves.
        names: of all services in the file, those that are wrong by themselves too.
    """
    yield from _names(environment)
    yield from _zones(environment)
    yield from _endpoints(environment)
    if environment.catalog is not None:
        yield from _offered(environment)
    if environment.rollout is not None:
        yield from (Broken(("rollout", *path), *said) for path, *said in rolled_out(environment))
    if environment.network.egress == "none" and has_public_jump_host(environment):
        what = "a public jump host needs a way to the internet, and egress is none"
        yield Broken(("jump_host", "placement"), what, "write placement: private")
    for name, service in environment.services.items():
        yield from _service(environment, names, name, service)


def _names(environment: Environment) -> Iterator[Broken]:
    titles: dict[str, str] = {}
    for name in environment.services:
        title = logical_id(name)
        if title in RESERVED or title.startswith(GROUPS):
            yield Broken(("services", name), f"{title} is the name of a stack of ours", "choose another name")
        if title in titles:
            what = f"it and {titles[title]} would both be called {title}"
            yield Broken(("services", name), what, "choose another name")
        titles.setdefault(title, name)


def _zones(environment: Environment) -> Iterator[Broken]:
    zones = environment.network.zones
    if isinstance(zones, int):
        return
    if len(environment.regions) > 1:
        what = f"zones have names in one Region, and there are {len(environment.regions)}"
        yield Broken(("network", "zones"), what, "write their number")
        return
    region = next(iter(environment.regions))
    for zone in zones:
        if not (zone.startswith(region) and zone[len(region) :].isalpha() and len(zone) == len(region) + 1):
            yield Broken(
                ("network", "zones"), f"{zone} is no zone of {region}", f"write one such as {region}a"
            )


def _endpoints(environment: Environment) -> Iterator[Broken]:
    for planned in missing_endpoints(environment):
        what = f"{planned.service.name} is missing, and egress is none ({planned.because})"
        yield Broken(("network", "endpoints"), what, f"add {planned.service.name}, or write auto")


def _offered(environment: Environment) -> Iterator[Broken]:
    """Yield what cannot be launched by others, or from a form."""
    if not isinstance(environment.network.zones, int):
        what = "a product is launched where zones have other names"
        yield Broken(("network", "zones"), what, "write their number, or remove the catalog")
    number = len(environment.services)
    if number > MAX_LAUNCHABLE:
        what = f"{number} services are too many for the launch form of a product"
        yield Broken(("services",), what, f"offer up to {MAX_LAUNCHABLE} in one environment")


def _service(
    environment: Environment, names: frozenset[str], name: str, service: Service
) -> Iterator[Broken]:
    path = ("services", name)
    yield from _image(environment, path, service)
    for index, entry in enumerate(service.allow_to):
        yield from _peer(environment, names, (*path, "allow_to", str(index)), entry)
    for variable in sorted(set(service.environment) & set(service.secrets)):
        what = f"{variable} stands in environment too"
        yield Broken((*path, "secrets", variable), what, "remove it from one of the two")
    if service.writable and not service.read_only:
        what = "everything is writable while read_only is false"
        yield Broken((*path, "writable"), what, "write read_only: true, or remove it")
    taken = len(service.environment) + 2 * len(service.secrets) + 2 * len(service.allow_to)
    if taken > MAX_PARAMETERS:
        what = (
            f"variables, secrets and peers take {taken} parameters of a template; there are {MAX_PARAMETERS}"
        )
        yield Broken(path, what, "keep some of them in one secret with several keys")


def _image(environment: Environment, path: tuple[str, ...], service: Service) -> Iterator[Broken]:
    image = service.image
    if environment.network.egress != "none" or isinstance(image, RepositoryImage):
        return
    ecr = ecr_image(image)
    if ecr is None or {ecr.region} != set(environment.regions):
        here = ", ".join(environment.regions)
        why = "no endpoint leads to its registry" if ecr is None else f"the endpoints lead to ECR of {here}"
        what = f"{image} cannot be pulled: {why}, and egress is none"
        yield Broken((*path, "image"), what, f"mirror it: {{repository: {path[1]}, mirror: {image}}}")


def _peer(
    environment: Environment, names: frozenset[str], path: tuple[str, ...], entry: str
) -> Iterator[Broken]:
    if entry in names:
        return
    if entry == INTERNET:
        if environment.network.egress == "none":
            yield Broken(
                path,
                "there is no way to the internet, because egress is none",
                "choose an egress, or remove it",
            )
        return
    if "/" not in entry:
        yield Broken(path, f"there is no service {entry}", meant(entry, {*names, INTERNET}))
        return
    cidr, _, port = entry.partition(":")
    if not _is_range(cidr):
        yield Broken(path, f"{cidr} is not a range of IPv4 addresses", "write one such as 10.1.0.0/16:5432")
    elif port and not (port.isdigit() and 1 <= int(port) <= 65535):  # noqa: PLR2004  # the last TCP port
        yield Broken(path, f"{port} is not a port", "write 1 to 65535")


def _is_range(text: str) -> bool:
    try:
        IPv4Network(text)
    except ValueError:
        return False
    return True
