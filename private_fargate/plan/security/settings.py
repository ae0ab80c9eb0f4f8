"""Single settings that protect or expose, and the sorts of them; which there are stands in `exposures.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Danger: TypeAlias = Literal["true", "false", "absent"] | frozenset[str]
"""What exposes: that a flag is on, that it is off, that nothing is written, or one of some values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A property that protects or exposes.

    Attributes:
        path: From the properties down.
        subject: As `encryption`.
        danger: Which values expose.
        default: What holds if nothing is written.
        weaker: What a change to the exposed side means, in words.
        safer: What the reverse means.
        at_birth: Whether a new resource that is exposed is told of, too.
    """

    path: tuple[str, ...]
    subject: str
    danger: Danger
    weaker: str
    safer: str
    default: str = "false"
    at_birth: bool = False


def public(path: str, weaker: str, *, danger: Danger = "true", default: str = "false") -> Setting:
    """Make a row about who can reach something."""
    return Setting(
        path=tuple(path.split("/")),
        subject="public access",
        danger=danger,
        default=default,
        weaker=weaker,
        safer=f"no longer {weaker}",
        at_birth=True,
    )


def encrypted(
    path: str, what: str = "its data", *, danger: Danger = "false", default: str = "false"
) -> Setting:
    """Make a row about a flag or a protocol that encrypts."""
    return Setting(
        path=tuple(path.split("/")),
        subject="encryption",
        danger=danger,
        default=default,
        weaker=f"{what} is no longer encrypted",
        safer=f"{what} is encrypted",
    )


def own_key(path: str) -> Setting:
    """Make a row about a key of KMS that is named or not."""
    return Setting(
        path=tuple(path.split("/")),
        subject="encryption",
        danger="absent",
        weaker="its data is no longer encrypted with a key of your own",
        safer="its data is encrypted with a key of your own",
    )


def kept(path: str) -> Setting:
    """Make a row about a flag that keeps something from being deleted."""
    return Setting(
        path=tuple(path.split("/")),
        subject="deletion protection",
        danger="false",
        weaker="can be deleted without a further step",
        safer="is protected from deletion",
    )


def other(  # noqa: PLR0913 - one row of a table: these are its columns
    path: str,
    subject: str,
    danger: Danger,
    weaker: str,
    safer: str,
    *,
    default: str = "",
    at_birth: bool = False,
) -> Setting:
    """Make a row about anything else."""
    return Setting(
        path=tuple(path.split("/")),
        subject=subject,
        danger=danger,
        weaker=weaker,
        safer=safer,
        default=default,
        at_birth=at_birth,
    )


def metadata(path: str) -> Setting:
    """Make a row about the metadata of instances."""
    return other(
        path,
        "instance metadata",
        frozenset({"optional"}),
        "hands out its role's credentials without a session token (IMDSv1)",
        "hands out its role's credentials only with a session token (IMDSv2)",
        default="optional",
    )


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())
