"""Conditions that nobody has decided are explored both ways, and only in ways that can be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader, systems
from private_fargate.verify.templates.worlds import MOST_WORLDS

if TYPE_CHECKING:
    from private_fargate.verify.templates.systems import System


def worlds(text: str, region: str | None = "eu-west-1", **arguments: str) -> list[System]:
    template = Template(Path("template.yaml"), text)
    return systems(template.path, arguments, Place(region), Loader([template]))


def decided(
    text: str, *names: str, region: str | None = "eu-west-1", **arguments: str
) -> set[tuple[object, ...]]:
    """Give how conditions turn out together."""
    found = worlds(text, region, **arguments)
    return {tuple(system.root.condition(name) for name in names) for system in found}


STAGE = """
Parameters:
  Stage: { Type: String%s }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Equals [dev, !Ref Stage]
  IsOther: !Not [!Or [!Condition IsProd, !Condition IsDev]]
Resources:
  Big: { Type: AWS::SNS::Topic, Condition: IsProd }
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref Stage } }
"""


def test_what_is_given_is_decided() -> None:
    found = worlds(STAGE % ", Default: dev")
    assert [sorted(system.root.resources) for system in found] == [["Topic"]]
    assert decided(STAGE % "", "IsProd", "IsDev", "IsOther", Stage="prod") == {(True, False, False)}


def test_what_is_not_given_is_explored() -> None:
    """One value cannot be two at once: there is no world that is both prod and dev."""
    assert decided(STAGE % "", "IsProd", "IsDev", "IsOther") == {
        (True, False, False),
        (False, True, False),
        (False, False, True),
    }
    names = {system.root.resources["Topic"].text("TopicName") for system in worlds(STAGE % "")}
    assert {"prod", "dev"} < names


def test_only_allowed_values_are_explored() -> None:
    assert decided(STAGE % ", AllowedValues: [dev, prod]", "IsProd", "IsDev", "IsOther") == {
        (True, False, False),
        (False, True, False),
    }
    assert decided(STAGE % ", AllowedValues: [test, stage]", "IsProd", "IsDev", "IsOther") == {
        (False, False, True)
    }


def test_a_list_that_may_be_empty_is_explored() -> None:
    text = """
Parameters: { Names: { Type: CommaDelimitedList } }
Conditions: { None: !Equals [!Join ["", !Ref Names], ""] }
Resources: { T: { Type: AWS::SNS::Topic } }
"""
    assert decided(text, "None") == {(True,), (False,)}
    assert decided(text, "None", Names="a,b") == {(False,)}


def test_regions_are_explored() -> None:
    text = """
Conditions:
  Here: !Equals [!Ref AWS::Region, us-east-1]
  There: !Equals [!Ref AWS::Region, eu-west-1]
  China: !Equals [!Ref AWS::Partition, aws-cn]
Resources: { T: { Type: AWS::SNS::Topic } }
"""
    found = worlds(text, None)
    assert {system.world.region for system in found} == {"us-east-1", "eu-west-1", None}
    assert decided(text, "Here", "There", "China", region="cn-north-1") == {(False, False, True)}


def test_regions_that_only_a_note_of_the_cdk_asks_for_are_not_explored() -> None:
    text = """
Conditions:
  Noted: !Or [!Equals [!Ref AWS::Region, us-east-1], !Equals [!Ref AWS::Region, eu-west-1]]
Resources:
  T: { Type: AWS::SNS::Topic%s }
  CDKMetadata: { Type: AWS::CDK::Metadata, Condition: Noted }
"""
    assert len(worlds(text % "", None)) == 1
    assert {system.world.region for system in worlds(text % ", Condition: Noted", None)} == {
        "us-east-1",
        "eu-west-1",
        None,
    }


BOTH = """
Parameters: { One: { Type: String }, Two: { Type: String } }
Conditions:
  Empty: !Equals [!Sub "${One}${Two}", ""]
  Full: !Not [!Equals ["", !Sub "${One}${Two}"]]
  Same: !Equals [!Ref One, !Ref Two]
  Differ: !Not [!Equals [!Ref Two, !Ref One]]
Resources: { T: { Type: AWS::SNS::Topic } }
"""


def test_a_comparison_turns_out_the_same_wherever_it_is_written() -> None:
    assert decided(BOTH, "Empty", "Full") == {(True, False), (False, True)}
    assert decided(BOTH, "Same", "Differ") == {(True, False), (False, True)}


def test_a_choice_is_the_same_in_nested_stacks(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text("""
Parameters: { Stage: { Type: String } }
Conditions: { IsProd: !Equals [!Ref Stage, prod] }
Resources:
  Big: { Type: AWS::SNS::Topic, Condition: IsProd }
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: child.yaml, Parameters: { Of: !Ref Stage, Is: !If [IsProd, "yes", "no"] } }
""")
    (tmp_path / "child.yaml").write_text("""
Parameters: { Of: { Type: String }, Is: { Type: String }, Own: { Type: String } }
Conditions:
  IsProd: !Equals [!Ref Of, prod]
  Is: !Equals [!Ref Is, "yes"]
  IsOwn: !Equals [!Ref Own, x]
Resources:
  A: { Type: AWS::SNS::Topic, Condition: IsProd }
  B: { Type: AWS::SNS::Topic, Condition: Is }
  C: { Type: AWS::SNS::Topic, Condition: IsOwn }
""")
    found = systems(tmp_path / "parent.yaml", {}, Place())
    made = [sorted(str(resource.address) for resource in system.resources) for system in found]
    assert sorted(made) == [
        ["Big", "Child", "Child/A", "Child/B"],
        ["Big", "Child", "Child/A", "Child/B", "Child/C"],
        ["Child"],
        ["Child", "Child/C"],
    ]


def test_what_a_choice_reveals_is_explored(tmp_path: Path) -> None:
    """Only with a database is there somebody who asks for its size."""
    (tmp_path / "parent.yaml").write_text("""
Parameters: { Database: { Type: String }, Size: { Type: String } }
Conditions: { Has: !Equals [!Ref Database, "true"] }
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: child.yaml, Parameters: { Size: !If [Has, !Ref Size, none] } }
""")
    (tmp_path / "child.yaml").write_text("""
Parameters: { Size: { Type: String } }
Conditions: { Large: !Equals [!Ref Size, large] }
Resources:
  Always: { Type: AWS::SNS::Topic }
  A: { Type: AWS::SNS::Topic, Condition: Large }
""")
    found = systems(tmp_path / "parent.yaml", {}, Place())
    ways = {(system.root.condition("Has"), "A" in system.stacks[1].resources) for system in found}
    assert ways == {(True, True), (True, False), (False, False)}


@pytest.mark.parametrize("number", [5, 40])
def test_many_choices_stay_few_worlds(number: int) -> None:
    """Where all of them together would be too many, each is varied alone."""
    parameters = "".join(f"  P{index}: {{ Type: String }}\n" for index in range(number))
    conditions = "".join(f'  C{index}: !Equals [!Ref P{index}, "x"]\n' for index in range(number))
    text = (
        f"Parameters:\n{parameters}Conditions:\n{conditions}Resources: {{ T: {{ Type: AWS::SNS::Topic }} }}\n"
    )
    found = worlds(text)
    assert len(found) <= MOST_WORLDS
    first = [[system.root.condition(f"C{index}") for index in range(number)] for system in found]
    assert all(condition is not None for conditions in first for condition in conditions)
    assert [True] * number in first
    assert [False] * number in first


def test_a_condition_that_is_not_there_decides_nothing() -> None:
    text = """
Resources:
  A: { Type: AWS::SNS::Topic, Condition: Nowhere }
  B:
    Type: AWS::SNS::Topic
    Properties: { TopicName: !If [Nowhere, a, b], X: !If [Nowhere, a, c], Y: !If [Nowhere, d, d] }
"""
    found = worlds(text)
    assert len(found) == 1
    topic = found[0].root.resources["B"]
    assert topic.get("TopicName") != topic.get("X")
    assert topic.get("Y") == "d"
    assert "A" in found[0].root.resources


def test_conditions_in_a_circle_end() -> None:
    text = """
Conditions: { A: !Not [!Condition B], B: !Not [!Condition A] }
Resources: { T: { Type: AWS::SNS::Topic, Condition: A } }
"""
    assert decided(text, "A", "B") == {(None, None)}
