"""Ranges that VPC IPAM allocates: one for each network, asked for once, and given back when it is gone.

What has a range in a pool of IPAM is read from the pool itself: the description of an allocation names the
StackSet, the account and the Region.  So a client that was killed between an allocation and the network finds
it again.  Networks take these ranges as values of the launch form; the pool need not be shared with the
target accounts.

An allocation is given back after its network is gone.  Where a stack is to stay without its StackSet, its
allocation gets another description first: it is nobody's any more, and is neither used again nor given back.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.session import DeployError, code_of, pages
from private_fargate.rollout.addresses import AddressError
from private_fargate.rollout.model import VPC_CIDR, Place
from private_fargate.rollout.pools import POOL_SETTING, Pools

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from private_fargate.config.rollout import Addresses
    from private_fargate.deploy.session import Client
    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.model import Step
    from private_fargate.rollout.watching import RolloutWatcher

_LOOKS: Final = 4  # EC2 tells of a new allocation within seconds
_PAUSE: Final = 0.5  # seconds, and twice as long each time
_ATTEMPTS: Final = 50  # as often can a place have come and gone within the days in which EC2 knows a request
_STAYS: Final = " (its stack stays)"


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """A range in a pool that was asked for by name.

    Attributes:
        id: Of the allocation.
        cidr: The range.
        pool: In which pool.
        region: Where that pool is asked.
        stays: Whether its stack was left to its account.
    """

    id: str
    cidr: str
    pool: str
    region: str
    stays: bool = False


@dataclass(frozen=True, kw_only=True)
class Ipam:
    """The pools out of which the networks of a StackSet get their ranges.

    Attributes:
        stack_set: Whose.
        pools: Which, and where they are asked.
        prefix: Length of the prefix of each range.
    """

    stack_set: StackSet
    pools: Pools
    prefix: int

    @classmethod
    def of(cls, stack_set: StackSet, addresses: Addresses) -> Ipam | None:
        """Return the pools of the settings; None if they name none."""
        if addresses.ipam_pool is None:
            return None
        pools = Pools(session=stack_set.session, chosen=addresses.ipam_pool)
        return cls(stack_set=stack_set, pools=pools, prefix=addresses.prefix)

    def check(self, regions: Iterable[str]) -> None:
        """Make sure that the pools can give such ranges to networks in these Regions.

        Raises:
            AddressError: one is not there, or gives other ranges; the message has the numbers.
        """
        for region in regions:
            self.pools.check(region, self.prefix)

    def allocations(self) -> dict[Place, list[Allocation]]:
        """Return the ranges that networks of the StackSet have, have been promised, or have had and keep.

        Raises:
            AddressError: a pool is not there.
        """
        found: dict[Place, list[Allocation]] = {}
        for pool, region in self.pools.every():
            self.pools.described(pool, region)
            client = self.pools.client(region)
            for page in pages(client, "get_ipam_pool_allocations", IpamPoolId=pool):
                for each in page["IpamPoolAllocations"]:
                    place = self._place(each.get("Description", ""))
                    if place is None or each.get("ResourceType") != "custom":
                        continue
                    found.setdefault(place, []).append(
                        Allocation(
                            id=each["IpamPoolAllocationId"],
                            cidr=each["Cidr"],
                            pool=pool,
                            region=region,
                            stays=each["Description"].endswith(_STAYS),
                        )
                    )
        return {place: sorted(each, key=lambda one: one.id) for place, each in found.items()}

    def allocate(self, place: Place, others: Collection[str]) -> str:
        """Have a range allocated, and return it.

        The same request can be sent again and is done once.  But after a range was given back, EC2 may
        answer the same request with that old range; so what is answered is looked for in the pool.

        Args:
            place: for the network there.
            others: ranges that it must not overlap, and of which IPAM may know nothing.

        Raises:
            AddressError: the pool has no such range.
        """
        pool, region = self.pools.of(place.region)
        client = self.pools.client(region)
        for number in range(_ATTEMPTS):
            token = hashlib.sha256(f"{pool} {self._name(place)} {number}".encode()).hexdigest()
            try:
                told = client.allocate_ipam_pool_cidr(
                    IpamPoolId=pool,
                    NetmaskLength=self.prefix,
                    Description=self._name(place),
                    ClientToken=token,
                    **({"DisallowedCidrs": sorted(others)} if others else {}),
                )["IpamPoolAllocation"]
            except ClientError as error:
                if code_of(error) == "IdempotentParameterMismatch":
                    continue  # the same was asked for with other numbers, in a time before this
                if code_of(error) in {"UnauthorizedOperation", "RequestLimitExceeded"}:
                    raise
                message = (
                    f"{POOL_SETTING}: {pool} gives no /{self.prefix} for {place}: {error}; provision another "
                    f"CIDR to it, or write a `prefix` longer than {self.prefix}"
                )
                raise AddressError(message) from error
            if self._is_there(client, pool, told["IpamPoolAllocationId"]):
                return str(told["Cidr"])
        message = (
            f"{POOL_SETTING}: {pool} does not tell of what it allocated for {place}; see to it, and try again"
        )
        raise AddressError(message)

    def _is_there(self, client: Client, pool: str, allocation: str) -> bool:
        for number in range(_LOOKS):
            try:
                found = client.get_ipam_pool_allocations(IpamPoolId=pool, IpamPoolAllocationId=allocation)
            except ClientError as error:
                if "NotFound" not in code_of(error):
                    raise
                found = {}
            if found.get("IpamPoolAllocations"):
                return True
            time.sleep(_PAUSE * 2**number)
        return False

    def release(self, gone: Iterable[tuple[Place, str]], watcher: RolloutWatcher) -> None:
        """Give back the ranges of networks that are gone.

        Args:
            gone: where they were, and which range they had.
            watcher: who looks on.
        """
        known = self.allocations()
        for place, cidr in gone:
            for each in known.get(place, []):
                if each.cidr == cidr:
                    self.pools.client(each.region).release_ipam_pool_allocation(
                        IpamPoolId=each.pool, Cidr=each.cidr, IpamPoolAllocationId=each.id
                    )
                    watcher.say(f"{place}: {each.cidr} is given back to {each.pool}")

    def keep(self, staying: Iterable[Place]) -> None:
        """Note in IPAM that stacks stay without their StackSet, so that nobody gives back their ranges.

        Raises:
            DeployError: the installed boto3 cannot.
        """
        known = self.allocations()
        for place in staying:
            for each in living(known.get(place, [])):
                client = self.pools.client(each.region)
                if not _knows(client, "ModifyIpamPoolAllocation"):
                    message = (
                        f"{POOL_SETTING}: to retain stacks, their allocations have to be renamed, which the "
                        "installed boto3 does not know; update boto3"
                    )
                    raise DeployError(message)
                client.modify_ipam_pool_allocation(
                    IpamPoolAllocationId=each.id, Description=f"{self._name(place)}{_STAYS}"
                )

    def _name(self, place: Place) -> str:
        return f"private-fargate {self.stack_set.name} {place}"

    def _place(self, description: str) -> Place | None:
        start = f"private-fargate {self.stack_set.name} "
        if not description.startswith(start):
            return None
        account, slash, region = description[len(start) :].removesuffix(_STAYS).partition("/")
        return Place(account, region) if slash and self.pools.have_one_for(region) else None


def _knows(client: Client, operation: str) -> bool:
    model: Any = client.meta
    return operation in model.service_model.operation_names


def living(allocations: Sequence[Allocation]) -> list[Allocation]:
    """Return those that a network of the StackSet has, or is to have."""
    return [each for each in allocations if not each.stays]


def allotted(ipam: Ipam | None, steps: Iterable[Step], others: Collection[str]) -> tuple[Step, ...]:
    """Return steps with the ranges that IPAM allocates to those that wait for one.

    Args:
        ipam: the pools.
        steps: what is about to be done.
        others: ranges that the settings give, or that instances have; of these IPAM may know nothing.
    """
    if ipam is None:
        return tuple(steps)
    found: list[Step] = []
    for step in steps:
        if step.awaits_range:
            cidr = ipam.allocate(step.place, others)
            step = replace(step, vpc_cidr=cidr, overrides={**step.overrides, VPC_CIDR: cidr})  # noqa: PLW2901
        found.append(step)
    return tuple(found)
