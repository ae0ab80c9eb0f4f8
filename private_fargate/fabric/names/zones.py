"""What the Route 53 Resolver of a VPC answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.names import discovery, hosts, services
from private_fargate.fabric.names.public import address_of
from private_fargate.fabric.names.records import ANY, Choice, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from private_fargate.fabric.model import Network

_PUBLIC_LIFE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of an answer, in the words of a zone file; its name is the one that was asked."""

    type: str
    ttl: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said about a name.

    Attributes:
        exists: whether the name is there, if only with records of other types.
        zone: who says so; `` for the root of the internet.
        is_private: whether that is a private zone.
    """

    exists: bool
    records: tuple[Record, ...]
    zone: str
    is_private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """What the resolver of one VPC knows.

    Attributes:
        private: the most specific zone that contains a name decides alone: what it does not know is unknown,
            whatever the internet says.
        published: names of things in this VPC that anybody may ask for.
    """

    network: Network
    private: tuple[Zone, ...]
    published: Zone

    def answer(self, name: str, kind: str) -> Answer | None:
        """Return what is said about a name; None if nobody answers, because the VPC has no resolver.

        Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html

        Args:
            name: with or without a final dot; capitals do not matter.
            kind: type of the records: `A`, `SRV`; `ANY` for all.
        """
        if not self.network.vpc.has_dns_support:
            return None
        asked = name.lower().rstrip(".")
        zone = max(
            (each for each in self.private if each.contains(asked)),
            key=lambda each: len(each.name),
            default=None,
        )
        if zone is not None:
            return _answer(zone.find(asked), kind, zone.name, is_private=True)
        found = self.published.find(asked) or self._of_the_internet(asked)
        domain = ".".join(asked.split(".")[-2:]) if found else ""
        return _answer(found, kind, domain, is_private=False)

    def _of_the_internet(self, name: str) -> Mapping[str, Choice] | None:
        address = address_of(name, self.network)
        return {"A": Choice(ttl=_PUBLIC_LIFE, values=(str(address),))} if address else None


def _answer(found: Mapping[str, Choice] | None, kind: str, zone: str, *, is_private: bool) -> Answer:
    records = tuple(
        Record(type=each, ttl=choice.ttl, value=value)
        for each, choice in (found or {}).items()
        if kind in {each, ANY}
        for value in choice.draw()
    )
    return Answer(exists=found is not None, records=records, zone=zone, is_private=is_private)


def zones_of(network: Network, *, without: Collection[str] = ()) -> Zones:
    """Return what the resolver of a VPC knows.

    Private zones need both DNS attributes of the VPC.
    Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html

    Args:
        network: as it was read.
        without: instances of Cloud Map, by ID, that are to be taken for deregistered.
    """
    published = {**services.own_names(network), **hosts.balancer_names(network)}
    private: list[Zone] = []
    if network.vpc.has_dns_hostnames:
        private = [*discovery.zones(network, without), *services.zones(network), *hosts.zones(network)]
        published |= hosts.public_names(network)
    first = {each.name: each for each in reversed(private)}  # of two zones with one name
    return Zones(network=network, private=tuple(first.values()), published=Zone(name="", names=published))
