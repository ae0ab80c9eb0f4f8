"""What a version is called, and what is said of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING, cast

import pytest
from rich.console import Console

from private_fargate import inputs
from private_fargate.catalog.changelog import Release, headline, newest, release, shortened, version_name
from private_fargate.catalog.launching import Launch
from private_fargate.catalog.offers import Offer
from private_fargate.catalog.versions import Version
from private_fargate.errors import UserError
from private_fargate.launch_texts import asked_text

if TYPE_CHECKING:
    from pathlib import Path

UNRELEASED = """# Changelog

## Unreleased

## [0.3.0] - 2026-11-01

### Added

- A jump host.

## [0.2.0] - 2026-10-01

- The first one.
"""


def test_a_version_bears_the_number_of_the_newest_release() -> None:
    assert newest(UNRELEASED, "0.4.0") == Release(number="0.3.0", notes="### Added\n\n- A jump host.")


def test_what_is_not_released_yet_bears_the_number_of_the_project() -> None:
    ahead = UNRELEASED.replace("## Unreleased", "## Unreleased\n\n- Faster.")
    assert newest(ahead, "0.4.0") == Release(number="0.4.0", notes="- Faster.")


def test_headings_without_brackets_and_dates_are_read_too() -> None:
    assert newest("## 1.0.0\n\n- Done.", "0.1.0").number == "1.0.0"
    assert newest("no heading at all", "0.1.0") == Release(number="0.1.0", notes="")


def test_this_project_has_a_release_to_publish() -> None:
    found = release(inputs.ROOT)
    assert " " not in found.number
    assert found.notes


def test_a_missing_changelog_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"CHANGELOG\.md"):
        release(tmp_path)


def test_the_name_tells_templates_apart_by_what_they_say() -> None:
    one = {"parent.json": json.dumps({"Resources": {}, "Outputs": {}}).encode()}
    same = {"parent.json": json.dumps({"Outputs": {}, "Resources": {}}, indent=4).encode()}
    other = {"parent.json": json.dumps({"Resources": {"A": {}}, "Outputs": {}}).encode()}
    assert version_name("0.3.0", one) == version_name("0.3.0", same) != version_name("0.3.0", other)
    assert len(version_name("0.3.0", one)) == len("0.3.0-1a2b3c4d")


def test_a_long_description_is_cut_at_a_line_and_within_the_limit_of_a_parameter() -> None:
    notes = "\n".join(f"- Änderung {number}." for number in range(1000))
    cut = shortened(notes)
    assert len(cut.encode()) <= 4096
    assert cut.endswith(". …")
    assert notes.startswith(cut.removesuffix(" …"))
    assert shortened("- Short.") == "- Short."
    assert len(shortened("ä" * 5000).encode()) <= 4096, "one line that is too long is cut anywhere"


def test_a_team_reads_what_is_new_and_no_heading() -> None:
    said = headline(release(inputs.ROOT).notes)
    assert said
    assert not said.startswith(("#", "-"))
    assert headline("### Added\n\n- One,\n  and its rest.\n- Two.\n") == "One, and its rest."
    assert headline("Words.\n### Fixed\n- Two.") == "Words."
    assert headline("### Added\n") == headline("") == ""


def test_a_launch_is_shown_with_what_is_new_in_its_version() -> None:
    version = Version(
        id="pa-1", name="v1", created=datetime.now(UTC), description="### Added\n\n- A jump host."
    )
    offer = Offer(product="prod-1", name="house", version=version, path="lpv3-1")
    shown = Console(width=80, file=StringIO())
    shown.print(asked_text(Launch(name="home", offer=offer), "us-east-1"))
    assert "in us-east-1\n  A jump host.\n" in cast("StringIO", shown.file).getvalue()
