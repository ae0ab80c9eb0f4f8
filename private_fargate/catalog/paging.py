"""Pages of those operations of Service Catalog for which boto3 has no paginator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def paged(operation: Callable[..., dict[str, Any]], **arguments: Any) -> Iterator[dict[str, Any]]:
    """Yield every page that an operation answers.

    Args:
        operation: of a client.
        **arguments: of the operation.
    """
    while True:
        page = operation(**arguments)
        yield page
        if not page.get("NextPageToken"):
            return
        arguments["PageToken"] = page["NextPageToken"]
