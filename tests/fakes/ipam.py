"""EC2's pools of VPC IPAM, which the embedded AWS lacks: a fake of the calls that deal ranges out of a pool.

Loaded into the embedded AWS by `EmbeddedAws(extensions=("tests.fakes.ipam",))`.  Every account sees the pools
of all others, as if each were shared with it; each pool is asked in its locale, or in the Region of its IPAM.

Refused as AWS documents it: pools that there are not, ranges that are taken or outside, lengths that a pool
does not give, a pool without room, an allocation that is not there.  A request that comes again with its
token is answered as before, also if the allocation was released meanwhile; with other parameters it is
refused.

What it does not know: scopes, discovery, compliance, pools within pools, allocations of resources, and that
EC2 tells of what has changed only after a while.  The codes of some refusals are guessed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable

Form = dict[str, str]
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Pool:
    """A pool of private ranges."""

    id: str
    owner: str
    locale: str
    asked_in: str
    shortest: int
    longest: int
    cidrs: list[IPv4Network] = field(default_factory=list)
    allocations: dict[str, dict[str, str]] = field(default_factory=dict)

    def is_free(self, block: IPv4Network, disallowed: list[IPv4Network]) -> bool:
        taken = [IPv4Network(each["cidr"]) for each in self.allocations.values()]
        return not any(block.overlaps(each) for each in (*taken, *disallowed))

    def next_free(self, length: int, disallowed: list[IPv4Network]) -> IPv4Network | None:
        for whole in self.cidrs:
            if whole.prefixlen <= length:
                for block in whole.subnets(new_prefix=length):
                    if self.is_free(block, disallowed):
                        return block
        return None


class RefusalError(Exception):
    """What EC2 answers in the place of doing it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_pools: dict[str, Pool] = {}
_answered: dict[tuple[str, str], tuple[Form, dict[str, str]]] = {}  # by account and token


def extend() -> None:
    """Let EC2 answer what is asked of IPAM; the rest is answered as before."""
    # Not before: ministack reads the environment as it is imported, and no other process has it.
    from ministack.services import ec2  # noqa: PLC0415

    others = ec2.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Answer:
        form = {key: value[0] for key, value in parse_qs(body.decode()).items()} if body else {}
        if form.get("Action") in _ACTIONS:
            return _answer(form)
        answer: Answer = await others(method, path, headers, body, query)
        return answer

    ec2.handle_request = handle_request


def _answer(form: Form) -> Answer:
    from ministack.services import ec2  # noqa: PLC0415

    name = form["Action"]
    try:
        answer: Answer = ec2._xml(200, f"{name}Response", _ACTIONS[name](form))
    except RefusalError as refusal:
        answer = ec2._error(refusal.code, escape(str(refusal)), 400)
    return answer


def _here() -> tuple[str, str]:
    from ministack.core.responses import get_account_id, get_region  # noqa: PLC0415

    return get_account_id(), get_region()


def _pool(form: Form) -> Pool:
    pool = _pools.get(form["IpamPoolId"])
    if pool is None or _here()[1] not in {pool.locale, pool.asked_in}:
        raise RefusalError(
            "InvalidIpamPoolId.NotFound", f"The ipam-pool ID '{form['IpamPoolId']}' does not exist."
        )
    return pool


def _listed(form: Form, name: str) -> list[str]:
    return [form[key] for key in sorted(form) if key.startswith(f"{name}.")]


def _create(form: Form) -> str:
    account, region = _here()
    pool = Pool(
        id=f"ipam-pool-{uuid.uuid4().hex[:17]}",
        owner=account,
        locale=form.get("Locale", "None"),
        asked_in=region if form.get("Locale", "None") == "None" else form["Locale"],
        shortest=int(form.get("AllocationMinNetmaskLength", 0)),
        longest=int(form.get("AllocationMaxNetmaskLength", 32)),
    )
    _pools[pool.id] = pool
    return f"<ipamPool>{_told(pool)}</ipamPool>"


def _told(pool: Pool) -> str:
    return (
        f"<ownerId>{pool.owner}</ownerId><ipamPoolId>{pool.id}</ipamPoolId><locale>{pool.locale}</locale>"
        f"<state>create-complete</state><addressFamily>ipv4</addressFamily>"
        f"<allocationMinNetmaskLength>{pool.shortest}</allocationMinNetmaskLength>"
        f"<allocationMaxNetmaskLength>{pool.longest}</allocationMaxNetmaskLength>"
    )


def _provision(form: Form) -> str:
    _pool(form).cidrs.append(IPv4Network(form["Cidr"]))
    return f"<ipamPoolCidr><cidr>{form['Cidr']}</cidr><state>provisioned</state></ipamPoolCidr>"


def _describe(form: Form) -> str:
    wanted = _listed(form, "IpamPoolId")
    found = [_pool({"IpamPoolId": each}) for each in wanted] if wanted else list(_pools.values())
    items = "".join(f"<item>{_told(pool)}</item>" for pool in found)
    return f"<ipamPoolSet>{items}</ipamPoolSet>"


def _allocate(form: Form) -> str:
    pool = _pool(form)
    known = _answered.get((_here()[0], form.get("ClientToken", "")))
    if known is not None:
        if known[0] != form:
            raise RefusalError(
                "IdempotentParameterMismatch", "The request uses the same client token as a previous."
            )
        return f"<ipamPoolAllocation>{_allocation(known[1])}</ipamPoolAllocation>"
    disallowed = [IPv4Network(each) for each in _listed(form, "DisallowedCidr")]
    if "Cidr" in form:
        block = IPv4Network(form["Cidr"])
        if not any(block.subnet_of(whole) for whole in pool.cidrs) or not pool.is_free(block, disallowed):
            raise RefusalError("InvalidParameterValue", f"{block} cannot be allocated from {pool.id}")
    else:
        length = int(form["NetmaskLength"])
        if not pool.shortest <= length <= pool.longest:
            raise RefusalError("InvalidParameterValue", f"{pool.id} does not allocate /{length}")
        found = pool.next_free(length, disallowed)
        if found is None:
            raise RefusalError("InsufficientFreeAddresses", f"{pool.id} has no /{length} left")
        block = found
    made = {
        "id": f"ipam-pool-alloc-{uuid.uuid4().hex}",
        "cidr": str(block),
        "description": form.get("Description", ""),
        "owner": _here()[0],
    }
    pool.allocations[made["id"]] = made
    if form.get("ClientToken"):
        _answered[_here()[0], form["ClientToken"]] = (form, dict(made))
    return f"<ipamPoolAllocation>{_allocation(made)}</ipamPoolAllocation>"


def _allocation(made: dict[str, str]) -> str:
    return (
        f"<cidr>{made['cidr']}</cidr><ipamPoolAllocationId>{made['id']}</ipamPoolAllocationId>"
        f"<description>{escape(made['description'])}</description><resourceType>custom</resourceType>"
        f"<resourceOwner>{made['owner']}</resourceOwner>"
    )


def _list(form: Form) -> str:
    wanted = form.get("IpamPoolAllocationId")
    found = [each for each in _pool(form).allocations.values() if wanted in {None, each["id"]}]
    if wanted and not found:
        raise RefusalError(
            "InvalidIpamPoolAllocationId.NotFound", f"The allocation '{wanted}' does not exist."
        )
    items = "".join(f"<item>{_allocation(each)}</item>" for each in found)
    return f"<ipamPoolAllocationSet>{items}</ipamPoolAllocationSet>"


def _release(form: Form) -> str:
    pool = _pool(form)
    found = pool.allocations.get(form["IpamPoolAllocationId"])
    if found is None or found["cidr"] != form["Cidr"]:
        raise RefusalError("InvalidIpamPoolAllocationId.NotFound", "The allocation does not exist.")
    del pool.allocations[found["id"]]
    return "<success>true</success>"


def _modify(form: Form) -> str:
    for pool in _pools.values():
        found = pool.allocations.get(form["IpamPoolAllocationId"])
        if found is not None and _here()[1] in {pool.locale, pool.asked_in}:
            found["description"] = form.get("Description", "")
            return f"<ipamPoolAllocation>{_allocation(found)}</ipamPoolAllocation>"
    raise RefusalError("InvalidIpamPoolAllocationId.NotFound", "The allocation does not exist.")


_ACTIONS: dict[str, Callable[[Form], str]] = {
    "CreateIpamPool": _create,
    "ProvisionIpamPoolCidr": _provision,
    "DescribeIpamPools": _describe,
    "AllocateIpamPoolCidr": _allocate,
    "GetIpamPoolAllocations": _list,
    "ReleaseIpamPoolAllocation": _release,
    "ModifyIpamPoolAllocation": _modify,
}
