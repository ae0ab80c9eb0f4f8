"""Who may launch, as the settings name them: whether the hub can let them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_WILDCARDS = frozenset("*?")


class PrincipalError(UserError):
    """Service Catalog would refuse somebody whom the settings name; one line for each."""


def check_principals(path: Path, principals: Sequence[str], account_of: Callable[[], str]) -> None:
    """Make sure that the account which publishes can let these launch.

    AWS would refuse them too, but one after the other, and each time the catalog's stack rolls back.

    Args:
        path: the settings.
        principals: as they stand there.
        account_of: tells the account; it is asked only if somebody is named by account.

    Raises:
        PrincipalError: one is of another account, or is a pattern with an account.
    """
    named = [(each, each.split(":", 5)) for each in principals]
    if not any(parts[4] for _, parts in named):
        return
    account = account_of()
    problems: list[str] = []
    for arn, (*_, owner, resource) in named:
        anywhere = ":".join((*arn.split(":", 4)[:4], "", resource))
        if owner and _WILDCARDS & {*resource}:
            problems.append(f"{arn} is a pattern, which has no account; write {anywhere}")
        elif owner not in {"", account}:
            problems.append(
                f"{arn} is of another account than {account}, in which this is published; write {anywhere}, "
                "and `principals: true` under catalog.shares, or let that account name it"
            )
    if problems:
        raise PrincipalError("\n".join(f"{path}: catalog.principals: {each}" for each in problems))
