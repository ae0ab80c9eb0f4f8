"""The names of the internet: which there are, and an address for each of them.

The addresses are made up, but for those of S3 and DynamoDB, by which route tables and security groups know
these services.  A name has the same address every time.
"""

from __future__ import annotations

import re
from hashlib import sha256
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final

from private_fargate.aws.endpoints import domain_of
from private_fargate.fabric.names.regions import has_global_names

if TYPE_CHECKING:
    from private_fargate.fabric.model import Network

MADE_UP: Final = IPv4Network("198.19.128.0/17")
"""Where the internet is: no VPC may be here, and nobody is; the first half is for addresses of gateways.

Source: RFC 2544; https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

_NAMES: Final = (
    "aero agency ai amazon app art aws bank biz blog build cafe center chat cloud club codes com company "
    "computer consulting coop delivery design dev digital directory edu education email energy "
    "engineering events expert express finance foundation fun fund global goog google gov group guide "
    "health help host hosting house inc info int international jobs land legal life link live london ltd "
    "market marketing media microsoft mil mobi museum name net network new news ninja now nyc one online "
    "ooo org page partners parts photos plus post press pro pub red report reviews rocks run sale school "
    "services shop show site social software solutions space store stream studio style support systems "
    "team tech technology tips today tools top training travel university video vip website wiki work "
    "works world xyz zone"
)
_GENERIC: Final = frozenset(_NAMES.split())  # those that people meet; Source: iana.org/domains/root/db
# All countries have two letters, and nearly all such pairs are one; these never will be: ISO 3166-1, 8.1.3.
_COUNTRY: Final = re.compile(r"(?!aa|q[m-z]|x|zz)[a-z]{2}\Z")
_OF_AN_ADDRESS: Final = re.compile(
    r"ec2-(\d+)-(\d+)-(\d+)-(\d+)\.[a-z0-9-]+(\.compute)?\.amazonaws\.com(\.cn)?\Z"
)


def address_of(name: str, network: Network) -> IPv4Address | None:
    """Return the address of a name on the internet; None if the name does not exist there.

    Which names exist under a domain that exists is not known: all do, but for those of endpoints.

    Args:
        name: in small letters, without a final dot.
        network: whose region and prefix lists say where S3 and DynamoDB are.
    """
    if not exists(name) or name.endswith(f".vpce.{domain_of(network.region)}"):
        return None
    service = _listed_service(name, network.region)
    return _told(name) or _in(_block_of(service, network) if service else MADE_UP, name)


def exists(name: str) -> bool:
    """Say whether a name may be one of the internet: below a top-level domain that there is.

    >>> exists("public.ecr.aws"), exists("nginx.internal"), exists("nginx")
    (True, False, False)
    """
    below, _, top = name.rpartition(".")
    return bool(below) and (top in _GENERIC or _COUNTRY.match(top) is not None)


def _listed_service(name: str, region: str) -> str | None:
    """Return which service with a prefix list a name belongs to: `s3` or `dynamodb`.

    Source: https://docs.aws.amazon.com/general/latest/gr/s3.html and, for names with an account in them,
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
    """
    domain = domain_of(region)
    for end in (f".{region}.{domain}", f"-{region}.{domain}", f".{domain}"):
        label = name.removesuffix(end)
        if label == name:
            continue
        if re.search(r"(^|\.)s3(-fips|-accesspoint)?(\.dualstack)?\Z", label):
            is_global = end == f".{domain}" and "." not in label
            return "s3" if not is_global or has_global_names(region) else None
        if end == f".{region}.{domain}" and re.match(r"(dynamodb|\d{12}\.ddb)\Z", label):
            return "dynamodb"
    return None


def _block_of(service: str, network: Network) -> IPv4Network:
    name = f"com.amazonaws.{network.region}.{service}"
    blocks = (block for each in network.prefix_lists.values() if each.name == name for block in each.blocks)
    return next((block for block in blocks if isinstance(block, IPv4Network)), MADE_UP)


def _in(block: IPv4Network, name: str) -> IPv4Address:
    """Return an address of a block that depends on the name alone, and looks like that of a host."""
    found = block[int.from_bytes(sha256(name.encode()).digest()[:8]) % block.num_addresses]
    last = int(found) & 0xFF
    if block.num_addresses > 1 and last in {0, 255}:
        found += 1 if last == 0 else -1
    return found


def _told(name: str) -> IPv4Address | None:
    """Return the address that is in a public name of EC2, of another VPC than this."""
    match = _OF_AN_ADDRESS.match(name)
    if match is None:
        return None
    try:
        found = IPv4Address(".".join(match.groups()[:4]))
    except AddressValueError:
        return None
    return found if found.is_global else None
