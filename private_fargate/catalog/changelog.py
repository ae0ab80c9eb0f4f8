"""What a version is called and what is said of it: from the changelog, and from what its templates say."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.aws.limits import PARAMETER_VALUE
from private_fargate.errors import UserError
from private_fargate.plan.digests import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DIGITS: Final = 8
"""Of the digest, in a version's name."""

_HEADING: Final = re.compile(r"^## +\[?(?P<title>[^\]\n]+?)\]?(?: +- .*)?$", re.MULTILINE)
_NUMBER: Final = re.compile(r"v?\d[\w.+-]*")
_SIGN: Final = re.compile(r"^ *[-*+] +")
_MORE: Final = " …"


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a version is called, and what is new in it.

    Attributes:
        number: As `0.3.0`.
        notes: The changelog's section, as text.
    """

    number: str
    notes: str


def release(root: Path) -> Release:
    """Return the release that the changelog begins with; what is not released yet has the project's version.

    Args:
        root: where CHANGELOG.md and pyproject.toml are.

    Raises:
        UserError: one of them cannot be read; the message names it.
    """
    try:
        said = (root / "CHANGELOG.md").read_text(encoding="utf-8")
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    except (OSError, KeyError, ValueError) as error:
        message = f"{root}: the version is read from CHANGELOG.md and pyproject.toml there: {error}"
        raise UserError(message) from error
    return newest(said, str(project["version"]))


def newest(changelog: str, number: str) -> Release:
    r"""Return the first release in a changelog of which something is said.

    Args:
        changelog: in the form of Keep a Changelog.
        number: of what is not released yet.

    >>> newest("# Changes\n\n## [0.3.0] - 2026-11-01\n\n- Faster.", "0.2.0")
    Release(number='0.3.0', notes='- Faster.')
    """
    headings = [*_HEADING.finditer(changelog)]
    ends = [*(heading.start() for heading in headings), len(changelog)][1:]
    for heading, end in zip(headings, ends, strict=True):
        notes = changelog[heading.end() : end].strip()
        if notes:
            title = heading["title"].strip()
            return Release(number=title if _NUMBER.fullmatch(title) else number, notes=notes)
    return Release(number=number, notes="")


def digest(templates: Mapping[str, bytes]) -> str:
    """Return what tells these templates from others, as it stands in a version's name."""
    return digest_of(templates, {})[:DIGITS]


def version_name(number: str, templates: Mapping[str, bytes]) -> str:
    """Return the name of the version with these templates: `0.3.0-1a2b3c4d`; it has no spaces."""
    return f"{number}-{digest(templates)}"


def headline(notes: str) -> str:
    r"""Return what a section of a changelog says first, in one line; headings say nothing.

    >>> headline("### Added\n\n- A jump host, in a subnet\n  that is private.\n- Logs.")
    'A jump host, in a subnet that is private.'
    """
    found: list[str] = []
    for line in notes.splitlines():
        said = "" if line.startswith("#") else _SIGN.sub("", line, count=1).strip()
        if found and (not said or _SIGN.match(line)):
            break
        if said:
            found.append(said)
    return " ".join(found)


def shortened(notes: str, limit: int = PARAMETER_VALUE.value) -> str:
    r"""Return as many lines as a version's description, which is a parameter of the catalog's stack, holds.

    Args:
        notes: a section of the changelog.
        limit: bytes.

    >>> shortened("- One.\n- Two.", 12)
    '- One. …'
    """
    if len(notes.encode()) <= limit:
        return notes
    room = limit - len(_MORE.encode())
    cut = notes.encode()[:room].decode(errors="ignore")
    whole, newline, _ = cut.rpartition("\n")
    return (whole if newline else cut).rstrip() + _MORE
