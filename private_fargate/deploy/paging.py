"""Page after page of an operation for which botocore has no paginator; for the others there is `pages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def paged(
    operation: Callable[..., dict[str, Any]],
    *,
    answered: str = "NextToken",
    asked: str = "NextToken",
    **arguments: Any,
) -> Iterator[dict[str, Any]]:
    """Yield every page that an operation answers.

    Args:
        operation: of a client, or what calls one.
        answered: what the token of the next page is called in an answer.
        asked: what it is called in a request.
        **arguments: of the operation.
    """
    while True:
        page = operation(**arguments)
        yield page
        if not page.get(answered):
            return
        arguments[asked] = page[answered]
