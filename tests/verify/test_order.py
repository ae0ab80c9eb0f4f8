"""CloudFormation waits for what is referred to and for what `DependsOn` names, and for nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from private_fargate.verify.templates.order import Order
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader, systems

TOPIC = "AWS::SNS::Topic"


def order(text: str) -> Order:
    template = Template(Path("template.yaml"), text)
    return Order(systems(template.path, {}, Place("eu-west-1"), Loader([template]))[0])


def before(found: Order, address: str) -> list[str]:
    resource = next(item for item in found.system.resources if str(item.address) == address)
    return sorted(str(other) for other in found.before(resource))


ALONE = """
Parameters: { P: { Type: String, Default: x } }
Conditions: { Always: !Equals [a, a], Never: !Equals [a, b], Open: !Equals [!Ref P, y] }
Resources:
  First: { Type: AWS::SNS::Topic }
  Second: { Type: AWS::SNS::Topic, DependsOn: First }
  Gone: { Type: AWS::SNS::Topic, Condition: Never, DependsOn: First }
  Last:
    Type: AWS::SNS::Topic
    %s
"""


@pytest.mark.parametrize(
    ("written", "waits"),
    [
        ("Properties: {}", []),
        ("DependsOn: Second", ["First", "Second"]),
        ("DependsOn: [First]", ["First"]),
        ("DependsOn: Gone", []),
        ("DependsOn: Nowhere", []),
        ("Properties: { A: !Ref First }", ["First"]),
        ("Properties: { A: !GetAtt Second.TopicArn }", ["First", "Second"]),
        ("Properties: { A: !GetAtt [Second, TopicArn] }", ["First", "Second"]),
        ("Properties: { A: { 'Fn::GetAtt': First.TopicArn } }", ["First"]),
        ("Properties: { A: !Sub 'x-${First}' }", ["First"]),
        ("Properties: { A: !Sub 'x-${First.TopicArn}' }", ["First"]),
        ("Properties: { A: !Sub 'x-${!First}' }", []),
        ("Properties: { A: !Sub ['${X}-${First}', { X: !Ref Second }] }", ["First", "Second"]),
        ("Properties: { A: !Sub ['${First}', { First: x }] }", []),
        ("Properties: { A: [{ B: { C: !Join ['', [!Ref First]] } }] }", ["First"]),
        ("Properties: { A: !Ref Last }", []),
        ("Properties: { A: !Ref P, B: !Ref AWS::Region }", []),
        ("Properties: { A: First }", []),
        ("Properties: { A: !If [Always, !Ref First, !Ref Second] }", ["First"]),
        ("Properties: { A: !If [Never, !Ref Second, !Ref First] }", ["First"]),
        ("Metadata: { Wait: !Ref First }", ["First"]),
        ("Metadata: { Wait: !If [Never, !Ref Second, !Ref AWS::NoValue] }", []),
    ],
)
def test_what_a_resource_waits_for(written: str, waits: list[str]) -> None:
    assert before(order(ALONE % written), "Last") == waits


def test_one_is_before_another() -> None:
    found = order(ALONE % "DependsOn: Second")
    first, second, last = (found.system.root.resources[name] for name in ("First", "Second", "Last"))
    assert found.is_before(first, last)
    assert found.is_before(second, last)
    assert not found.is_before(last, first)
    assert not found.is_before(last, last)


def test_a_circle_ends() -> None:
    waiting = {"A": "B", "B": "C", "C": "A"}
    circle = {name: {"Type": TOPIC, "DependsOn": other} for name, other in waiting.items()}
    found = order(json.dumps({"Resources": circle}))
    assert "B" in before(found, "A")


def test_a_chain_may_be_as_long_as_a_template_is_large() -> None:
    """CloudFormation takes five hundred resources."""
    chain = {f"R{index}": {"Type": TOPIC, "DependsOn": f"R{index + 1}"} for index in range(499)}
    found = order(json.dumps({"Resources": {**chain, "R499": {"Type": TOPIC}}}))
    assert len(before(found, "R0")) == 499
    assert before(found, "R498") == ["R499"]


PARENT = """
Resources:
  First: { Type: AWS::SNS::Topic }
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: child.yaml
      Parameters: { P: !Ref First }
  Beside: { Type: AWS::SNS::Topic }
  ByOutput: { Type: AWS::SNS::Topic, Properties: { A: !GetAtt Child.Outputs.O } }
  ByName: { Type: AWS::SNS::Topic, DependsOn: Child }
  Sibling:
    Type: AWS::CloudFormation::Stack
    DependsOn: Child
    Properties: { TemplateURL: child.yaml, Parameters: { P: x } }
"""
CHILD = """
Parameters: { P: { Type: String } }
Resources:
  Inner: { Type: AWS::SNS::Topic }
  Other: { Type: AWS::SNS::Topic, DependsOn: Inner }
Outputs:
  O: { Value: !Ref Inner }
"""


def test_nested_stacks_wait_and_are_waited_for_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(PARENT)
    (tmp_path / "child.yaml").write_text(CHILD)
    found = Order(systems(tmp_path / "parent.yaml", {}, Place())[0])
    nested = ["Child", "Child/Inner", "Child/Other"]
    assert before(found, "Child/Inner") == ["First"]
    assert before(found, "Child/Other") == ["Child/Inner", "First"]
    assert before(found, "Beside") == []
    # An output is there only when all of the stack is, also what it does not need.
    assert before(found, "ByOutput") == [*nested, "First"]
    assert before(found, "ByName") == [*nested, "First"]
    assert before(found, "Sibling/Inner") == [*nested, "First"]
    assert before(found, "Sibling/Other") == [*nested, "First", "Sibling/Inner"]


def test_the_order_in_which_one_asks_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(PARENT)
    (tmp_path / "child.yaml").write_text(CHILD)
    system = systems(tmp_path / "parent.yaml", {}, Place())[0]
    names = [str(resource.address) for resource in system.resources]
    there, back = Order(system), Order(system)
    assert {name: before(there, name) for name in names} == {
        name: before(back, name) for name in reversed(names)
    }
