"""Values of a launch form, refused before anything is asked for, each with the place where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from private_fargate.catalog.parameters import Field, Form, Given, ParameterError, checked, read, tags_for

if TYPE_CHECKING:
    from pathlib import Path

FORM = Form(
    fields={
        field.key: field
        for field in (
            Field(key="Team", pattern="^[a-z]+$", constraint="small letters", description="Who lives there"),
            Field(key="Days", kind="Number", default="7", allowed=("1", "7", "14")),
            Field(key="Count", kind="Number", default="1", limits=(("MinValue", 0), ("MaxValue", 5000))),
            Field(key="Zones", kind="CommaDelimitedList", default="a", allowed=("a", "b")),
            Field(key="Name", default="x", limits=(("MinLength", 1), ("MaxLength", 3))),
        )
    },
    tag_options={"Cost": ("1", "2"), "Owner": ("platform",)},
)
TEAM = Given(value="blue")


def said(**values: str) -> list[str]:
    """Return what is said against values, one line each."""
    with pytest.raises(ParameterError) as caught:
        checked(FORM, {"Team": TEAM} | {key: Given(value=value) for key, value in values.items()})
    return str(caught.value).splitlines()


def test_values_that_the_form_takes_are_taken() -> None:
    values = {"Team": TEAM, "Zones": Given(value="a,b"), "Count": Given(value="5000")}
    assert checked(FORM, values) == {"Team": "blue", "Zones": "a,b", "Count": "5000"}
    assert checked(FORM, {"Team": TEAM, "Count": Given(value="0")})["Count"] == "0"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("Team", "Blue", "Blue: small letters"),
        ("Days", "3", "3: not allowed; write 1, 7 or 14"),
        ("Count", "5001", "5001: write at most 5000"),
        ("Count", "-1", "-1: write at least 0"),
        ("Count", "many", "many: not a number"),
        ("Zones", "a,c", "c: not allowed; write a or b"),
        ("Name", "", ": write at least 1 characters"),
        ("Name", "long", "long: write at most 3 characters"),
        ("Name", "x" * 4097, "it has 4097 characters; Service Catalog takes 4096"),
    ],
)
def test_a_value_that_is_not_allowed_says_what_is(key: str, value: str, message: str) -> None:
    assert f"--parameter: {key}: {message}" in said(**{key: value})


def test_an_unknown_name_says_which_there_are() -> None:
    assert said(Day="1") == [
        "--parameter: Day: the product has no such parameter; there are Count, Days, Name, Team, Zones"
    ]


def test_what_is_missing_says_what_it_is() -> None:
    with pytest.raises(ParameterError) as caught:
        checked(FORM, {})
    assert str(caught.value) == "--parameter: Team: has no value (Who lives there); write Team=VALUE"


def test_what_has_a_value_already_need_not_be_said() -> None:
    assert checked(FORM, {}, kept=frozenset({"Team"})) == {}


def test_all_mistakes_are_told_at_once() -> None:
    assert len(said(Days="3", Count="many", Nonsense="1")) == 3


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("values.yaml", "# mine\nTeam: blue\nDays: 3\n", 3),
        ("values.json", '{\n  "Team": "blue",\n  "Days": "3"\n}', 3),
        (
            "cli.json",
            '[{"ParameterKey": "Days",\n"ParameterValue": "3"}, {"ParameterKey": "Team"}]',
            1,
        ),
        ("pairs.json", '["Team=blue",\n"Days=3"]', 2),
        ("wrapped.yaml", "Parameters:\n  DaysBefore: 1\n  Team: blue\n  Days: 3\n", 4),
    ],
)
def test_a_mistake_in_a_file_names_file_and_line(tmp_path: Path, name: str, text: str, line: int) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ParameterError) as caught:
        checked(FORM, read([str(path)]))
    assert f"{path}:{line}: Days: 3: not allowed; write 1, 7 or 14" in str(caught.value).splitlines()


def test_later_values_win_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "values.yaml"
    path.write_text("Team: blue\nDays: 1\n")
    found = read([f"file://{path}", "Days=14"])
    assert {key: each.value for key, each in found.items()} == {"Team": "blue", "Days": "14"}


def test_what_is_neither_value_nor_file_is_refused() -> None:
    with pytest.raises(ParameterError, match="neither KEY=VALUE nor a readable file"):
        read(["nowhere.yaml"])


@given(st.text(max_size=20), st.sampled_from(sorted(FORM.fields)))
def test_any_text_is_taken_or_refused_in_words(text: str, key: str) -> None:
    try:
        checked(FORM, {"Team": TEAM, key: Given(value=text)})
    except ParameterError as error:
        assert f"--parameter: {key}: " in str(error)  # noqa: PT017 -- either is right


def test_a_tag_with_several_values_has_to_be_chosen() -> None:
    with pytest.raises(ParameterError, match="--tag: Cost: has to be chosen; write Cost=1 or 2"):
        tags_for(FORM, [])
    assert tags_for(FORM, ["Cost=2", "Mine=x"]) == {"Cost": "2", "Mine": "x", "Owner": "platform"}


@pytest.mark.parametrize(
    ("text", "message"),
    [("Cost=3", "Cost=3: not offered; write Cost=1 or 2"), ("Cost", "Cost: write KEY=VALUE")],
)
def test_a_tag_that_is_not_offered_says_what_is(text: str, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        tags_for(FORM, [text])
    assert f"--tag: {message}" in str(caught.value).splitlines()
