from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from rich.console import Console

from private_fargate.plan.comparing import compare
from private_fargate.plan.trees import StackTemplate, template_of
from private_fargate.report.plan import changes_tree

if TYPE_CHECKING:
    from private_fargate.plan.model import Change


def printed(changes: tuple[Change, ...]) -> str:
    text = io.StringIO()
    Console(file=text, width=100).print(changes_tree("CREATE web", changes))
    return text.getvalue()


def tree(parent: dict[str, Any], child: dict[str, Any] | None = None, **arguments: str) -> StackTemplate:
    files = {"parent.json": json.dumps(parent).encode()}
    if child is not None:
        files["child.json"] = json.dumps(child).encode()
    return template_of(files, arguments)


def queue(**properties: object) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def child_stack(url: str = "child.json", **parameters: object) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": url, "Parameters": parameters},
    }


def flat(changes: tuple[Change, ...], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for change in changes:
        found[path + change.logical_id] = change.action
        found |= flat(change.within, f"{path}{change.logical_id}/")
    return found


def test_a_new_system_adds_every_resource_of_every_stack() -> None:
    new = tree({"Resources": {"Child": child_stack(), "Q": queue()}}, {"Resources": {"Inner": queue()}})
    assert flat(compare(None, new)) == {"Child": "Add", "Child/Inner": "Add", "Q": "Add"}


def test_a_nested_stack_that_is_dropped_takes_its_resources_along() -> None:
    old = tree({"Resources": {"Child": child_stack(), "Q": queue()}}, {"Resources": {"Inner": queue()}})
    new = tree({"Resources": {"Q": queue()}})
    assert flat(compare(old, new)) == {"Child": "Remove", "Child/Inner": "Remove"}


def test_a_change_inside_a_child_modifies_the_child_and_nothing_else() -> None:
    parent = {"Resources": {"Child": child_stack(), "Q": queue()}}
    old = tree(parent, {"Resources": {"Inner": queue(DelaySeconds=1), "Same": queue()}})
    new = tree(parent, {"Resources": {"Inner": queue(DelaySeconds=2), "Same": queue()}})
    assert flat(compare(old, new)) == {"Child": "Modify", "Child/Inner": "Modify"}


def test_where_a_template_lies_is_no_change() -> None:
    child = {"Resources": {"Inner": queue()}}
    old = StackTemplate(
        body={"Resources": {"Child": child_stack("https://bucket.s3.eu-west-1.amazonaws.com/old.json")}},
        children={"Child": StackTemplate(body=child)},
    )
    assert compare(old, tree({"Resources": {"Child": child_stack()}}, child)) == ()


def test_metadata_is_no_change() -> None:
    resource = queue()
    old = tree({"Resources": {"Q": {**resource, "Metadata": {"why": "a"}}}})
    assert compare(old, tree({"Resources": {"Q": {**resource, "Metadata": {"why": "b"}}}})) == ()


def test_a_value_given_to_the_parent_is_followed_into_the_resources_that_use_it() -> None:
    parameters = {"Delay": {"Type": "Number", "Default": 0}}
    parent = {
        "Parameters": parameters,
        "Resources": {"Child": child_stack(Delay={"Ref": "Delay"}), "Other": queue()},
    }
    child = {
        "Parameters": parameters,
        "Resources": {
            "ByRef": queue(DelaySeconds={"Ref": "Delay"}),
            "BySub": queue(QueueName={"Fn::Sub": "waits-${Delay}"}),
            "Neither": queue(QueueName={"Fn::Sub": "${AWS::StackName}-${!Delay}"}),
        },
    }
    changes = compare(tree(parent, child, Delay="0"), tree(parent, child, Delay="5"))
    assert flat(changes) == {"Child": "Modify", "Child/ByRef": "Modify", "Child/BySub": "Modify"}


def test_a_default_spelled_out_is_no_change() -> None:
    """CloudFormation reports 7 as "7", and a default as if it had been given."""
    parent = {
        "Parameters": {"Days": {"Type": "Number", "Default": 7}},
        "Resources": {"Q": queue(DelaySeconds={"Ref": "Days"})},
    }
    assert compare(tree(parent, Days="7"), tree(parent)) == ()


def test_a_resource_whose_condition_may_turn_is_said_to_be_undecided() -> None:
    parent = {
        "Parameters": {"Tasks": {"Type": "Number", "Default": 0}},
        "Conditions": {
            "HasTasks": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Tasks"}, "0"]}]},
            "Indirect": {"Fn::And": [{"Condition": "HasTasks"}, {"Condition": "HasTasks"}]},
        },
        "Resources": {
            "Q": {**queue(), "Condition": "Indirect"},
            "Either": queue(DelaySeconds={"Fn::If": ["HasTasks", 1, 2]}),
        },
    }
    changes = compare(tree(parent, Tasks="0"), tree(parent, Tasks="2"))
    assert flat(changes) == {"Either": "Modify", "Q": "Dynamic"}


def test_changes_are_shown_stack_by_stack() -> None:
    new = tree({"Resources": {"Child": child_stack()}}, {"Resources": {"Inner": queue()}})
    assert [line.rstrip() for line in printed(compare(None, new)).splitlines()] == [
        "CREATE web: 2 Add",
        "└── Add     Child  CloudFormation::Stack",
        "    └── Add     Inner  SQS::Queue",
    ]


def test_more_changes_than_a_person_reads_are_counted() -> None:
    child = {"Resources": {f"Queue{number}": queue() for number in range(200)}}
    new = tree({"Resources": {"Child": child_stack()}}, child)
    assert [line.rstrip() for line in printed(compare(None, new)).splitlines()] == [
        "CREATE web: 201 Add",
        "└── Add     Child  CloudFormation::Stack: 200 Add",
    ]
