"""AWS's own lists of addresses, by the ids that they have in AWS: moto makes ids up.

It also gives every region the addresses that services have in us-east-1.  Nothing is wrong with those where
nobody compares them with AWS's, and the addresses of few regions are known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS

if TYPE_CHECKING:
    from collections.abc import Callable

_S3_ADDRESSES = {"eu-west-1": ("3.5.64.0/21", "3.5.72.0/23", "52.92.0.0/17", "52.218.0.0/17")}
"""Region -> what is in the list of S3.  Source: two copies of the list itself, in public repositories."""


def install() -> None:
    """Let every region have the list of S3 under its id, so that a security group that names it means it."""
    ManagedPrefixListBackend.create_default_pls = _with_known_ids(ManagedPrefixListBackend.create_default_pls)


def _with_known_ids(create: Callable[[Any], None]) -> Callable[[Any], None]:
    def create_default_pls(backend: Any) -> None:  # noqa: ANN401 -- moto's records have no types
        create(backend)
        region, lists = backend.region_name, backend.managed_prefix_lists
        known = S3_PREFIX_LISTS.get(region)
        for made, record in list(lists.items()):
            is_s3 = record.prefix_list_name == f"com.amazonaws.{region}.s3"
            if known and is_s3:
                record.id = known
                record.prefix_list_arn = record.arn(region, record.owner_id)
                lists[known] = lists.pop(made)
            if is_s3 and region in _S3_ADDRESSES:
                entries = [{"Cidr": block, "Description": ""} for block in _S3_ADDRESSES[region]]
                record.entries = dict.fromkeys(record.entries, entries)
            record.cidrs = [entry["Cidr"] for entries in record.entries.values() for entry in entries]

    return create_default_pls
