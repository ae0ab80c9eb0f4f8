"""Users of an image, by its own files.

Source: https://docs.docker.com/reference/dockerfile/#user, and passwd(5) and group(5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.agent.inside import inside

if TYPE_CHECKING:
    from pathlib import Path

_HOME: Final = 5
_MEMBERS: Final = 3


class UserNotFoundError(Exception):
    """An image has no such user; the text is what runc says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """As whom a program runs."""

    number: int
    group: int
    groups: tuple[int, ...]
    home: str


def user_of(wanted: str, root: Path) -> User:
    """Return the user that `name`, `uid`, or either with `:group` means in an image.

    Raises:
        UserNotFoundError: it has no such user or group.
    """
    name, _, group_name = wanted.partition(":")
    name = name or "0"
    users, groups = _rows(root, "/etc/passwd"), _rows(root, "/etc/group")
    found = next((row for row in users if name in {row[0], row[2]}), None)
    if found is None and not name.isdigit():
        raise UserNotFoundError(f"unable to find user {name}: no matching entries in passwd file")
    number = int(found[2]) if found else int(name)
    group = int(found[3]) if found else 0
    if group_name:
        known = next((row for row in groups if group_name in {row[0], row[2]}), None)
        if known is None and not group_name.isdigit():
            raise UserNotFoundError(f"unable to find group {group_name}: no matching entries in group file")
        group = int(known[2]) if known else int(group_name)
    others = () if group_name or not found else _groups_with(found[0], groups)
    home = found[_HOME] if found and len(found) > _HOME else ""
    return User(number=number, group=group, groups=others, home=home or "/")


def _groups_with(name: str, groups: list[list[str]]) -> tuple[int, ...]:
    return tuple(int(row[2]) for row in groups if len(row) > _MEMBERS and name in row[_MEMBERS].split(","))


def _rows(root: Path, name: str) -> list[list[str]]:
    """Return the rows of a file that say a number; none if there is no such file."""
    try:
        lines = inside(root, name, follow=True).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    rows = (line.split(":") for line in lines)
    return [row for row in rows if len(row) > _MEMBERS and row[2].isdigit()]
