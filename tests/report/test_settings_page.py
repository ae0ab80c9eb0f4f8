from __future__ import annotations

from pathlib import Path

from private_fargate.report.settings import settings_page

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_of_settings_is_the_one_of_the_models() -> None:
    assert PAGE.read_text() == settings_page(), (
        "write it anew: python -m private_fargate.report.settings > docs/configuration.md"
    )


def test_every_setting_has_a_meaning() -> None:
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]
    assert len(rows) > 40
    assert [row for row in rows if row.split(" | ")[-1].strip(" |") == ""] == []
