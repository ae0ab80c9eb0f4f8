"""AWS's own lists of addresses, by the ids that they have in AWS: moto makes ids up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Let every region have the list of S3 under its id, so that a security group that names it means it."""
    ManagedPrefixListBackend.create_default_pls = _with_known_ids(ManagedPrefixListBackend.create_default_pls)


def _with_known_ids(create: Callable[[Any], None]) -> Callable[[Any], None]:
    def create_default_pls(backend: Any) -> None:  # noqa: ANN401 -- moto's records have no types
        create(backend)
        region, lists = backend.region_name, backend.managed_prefix_lists
        known = S3_PREFIX_LISTS.get(region)
        for made, record in list(lists.items()):
            if known and record.prefix_list_name == f"com.amazonaws.{region}.s3":
                record.id = known
                record.prefix_list_arn = record.arn(region, record.owner_id)
                lists[known] = lists.pop(made)

    return create_default_pls
