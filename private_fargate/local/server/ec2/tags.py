"""The tags of what moto keeps, including those that CloudFormation itself puts on a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.local.server import moto_backend as moto

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Properties


def retag(resource_id: str, properties: Properties) -> None:
    """Give a resource exactly these tags; straight to the records, because the API refuses keys in `aws:`."""
    tags = {str(tag["Key"]): str(tag["Value"]) for tag in properties.get("Tags") or []}
    backend = moto.backend()
    stale = backend.tags.get(resource_id, {}).keys() - tags.keys()
    if stale:
        backend.delete_tags([resource_id], dict.fromkeys(stale))
    if tags:
        backend.create_tags([resource_id], tags)
