"""Answers that are kept, whatever they are asked about."""

from __future__ import annotations

from functools import cache, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """Keep the answers of a function.

    A template may have a list where a text belongs, such as the `Ref` of a list of subnets where one is
    meant; about that the function is asked each time anew.

    >>> remembered(len)([1, 2])
    2
    """
    kept = cache(function)

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return kept(*args, **kwargs)  # pyright: ignore[reportArgumentType] -- whether it can be hashed
        except TypeError:
            if _can_be_kept(*args, **kwargs):
                raise
            return function(*args, **kwargs)

    return asked


def _can_be_kept(*args: object, **kwargs: object) -> bool:
    try:
        hash((args, tuple(kwargs.values())))
    except TypeError:
        return False
    return True
