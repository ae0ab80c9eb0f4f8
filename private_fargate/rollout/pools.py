"""The pools of VPC IPAM that the settings name: which is for which Region, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.session import code_of, connect_to
from private_fargate.rollout.addresses import AddressError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from private_fargate.deploy.session import Client, Session

POOL_SETTING: Final = "rollout.addresses.ipam_pool"

_ALLOWED_ANYWHERE: Final = frozenset({"", "None"})  # as a pool's locale is told that has none


@dataclass(frozen=True, kw_only=True)
class Pools:
    """One pool for all Regions, or one for each.

    Attributes:
        session: Who asks, in the Region of the StackSet.
        chosen: As in the settings.
    """

    session: Session
    chosen: str | Mapping[str, str]
    _sessions: dict[str, Session] = field(default_factory=dict[str, "Session"], repr=False, compare=False)

    def of(self, region: str) -> tuple[str, str]:
        """Return the pool for the networks of a Region, and the Region in which it is asked."""
        if isinstance(self.chosen, str):
            return self.chosen, self.session.region
        return self.chosen[region], region

    def every(self) -> list[tuple[str, str]]:
        """Return each pool once, and where it is asked."""
        if isinstance(self.chosen, str):
            return [self.of("")]
        return sorted({self.of(region) for region in self.chosen})

    def have_one_for(self, region: str) -> bool:
        """Say whether networks of a Region have a pool."""
        return isinstance(self.chosen, str) or region in self.chosen

    def check(self, region: str, prefix: int) -> None:
        """Make sure that networks in a Region can have ranges of such a prefix.

        Raises:
            AddressError: the pool is not there, or gives other ranges; the message has the numbers.
        """
        pool, asked_in = self.of(region)
        for is_wrong, what in _objections(self.described(pool, asked_in), region, asked_in, prefix):
            if is_wrong:
                message = f"{POOL_SETTING}: {pool} {what}"
                raise AddressError(message)

    def described(self, pool: str, region: str) -> dict[str, Any]:
        """Return what EC2 says of a pool.

        Raises:
            AddressError: it is not there.
        """
        try:
            told = self.client(region).describe_ipam_pools(IpamPoolIds=[pool])
        except ClientError as error:
            if not code_of(error).startswith("InvalidIpamPoolId"):
                raise
            told = {}
        found: list[dict[str, Any]] = told.get("IpamPools", [])
        if not found:
            message = (
                f"{POOL_SETTING}: there is no {pool} in {region} for this account; share it through AWS RAM, "
                "or write REGION: POOL with the Region that is its locale"
            )
            raise AddressError(message)
        return found[0]

    def client(self, region: str) -> Client:
        """Return who asks EC2 of a Region."""
        if region not in self._sessions:
            is_own = region == self.session.region
            self._sessions[region] = (
                self.session if is_own else connect_to({**self.session.variables(), "AWS_REGION": region})
            )
        return self._sessions[region].client("ec2")


def _objections(
    pool: Mapping[str, Any], region: str, asked_in: str, prefix: int
) -> Iterable[tuple[bool, str]]:
    locale = str(pool.get("Locale", ""))
    shortest = int(pool.get("AllocationMinNetmaskLength", 0))
    longest = int(pool.get("AllocationMaxNetmaskLength", 32))
    yield (
        region == asked_in and locale not in {*_ALLOWED_ANYWHERE, region},
        f"is for {locale}, and not for {region}; name a pool with that locale",
    )
    yield pool.get("AddressFamily", "ipv4") != "ipv4", "is not of IPv4; name one that is"
    yield (
        not shortest <= prefix <= longest,
        f"gives /{shortest} to /{longest}; write such a `prefix`, and not {prefix}",
    )
