"""Refusals of AWS that somebody expects, told by their code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from private_fargate.deploy.session import code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


def answer(operation: Callable[..., dict[str, Any]], *, unless: Collection[str], **arguments: Any) -> Any:  # noqa: ANN401 -- the JSON of boto3
    """Return what an operation answers, None if it is refused with one of these codes.

    Args:
        operation: of a client.
        unless: codes as `ResourceNotFoundException`.
        **arguments: of the operation.
    """
    try:
        return operation(**arguments)
    except ClientError as error:
        if code_of(error) in unless:
            return None
        raise
