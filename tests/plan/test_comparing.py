from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from private_fargate.plan.comparing import compare
from private_fargate.plan.model import KNOWN_LATER, each
from private_fargate.plan.trees import StackTemplate, template_of
from private_fargate.report.plan import changes_tree
from tests.plan.houses import ENVIRONMENTS, house, moved, output

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


def only(changes: tuple[Change, ...], name: str) -> Change:
    return next(change for path, change in each(changes) if "/".join((*path, change.logical_id)) == name)


def told(change: Change) -> dict[str, tuple[str | None, str | None]]:
    return {each.path: (each.before, each.after) for each in change.properties}


def container(image: str, *more: dict[str, Any], **settings: Any) -> dict[str, Any]:
    main = {"Name": "web", "Image": image, **settings}
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [main, *more]}}


def test_a_change_is_told_where_it_is() -> None:
    [change] = compare(
        tree({"Resources": {"Task": container("nginx:1")}}),
        tree({"Resources": {"Task": container("nginx:2")}}),
    )
    assert told(change) == {"Properties/ContainerDefinitions/0/Image": ("nginx:1", "nginx:2")}
    assert (change.replacement, change.fate, change.properties[0].replaces) == ("yes", "Delete", "yes")


def test_a_variable_is_told_with_its_name_and_a_list_of_words_as_a_whole() -> None:
    old = container("nginx", Environment=[{"Name": "A", "Value": "1"}], Command=["run", "slow"])
    new = container("nginx", Environment=[{"Name": "A", "Value": "2"}], Command=["run", "fast"])
    [change] = compare(tree({"Resources": {"Task": old}}), tree({"Resources": {"Task": new}}))
    at = "Properties/ContainerDefinitions/0"
    assert told(change) == {
        f"{at}/Environment/0": ('{"Name":"A","Value":"1"}', '{"Name":"A","Value":"2"}'),
        f"{at}/Command": ('["run","slow"]', '["run","fast"]'),
    }


def test_an_item_that_is_put_in_first_is_not_a_change_of_all_that_follow() -> None:
    sidecar = {"Name": "log", "Image": "fluent-bit:3"}
    old, new = container("nginx", sidecar), container("nginx", sidecar)
    new["Properties"]["ContainerDefinitions"].insert(0, {"Name": "first", "Image": "busybox"})
    [change] = compare(tree({"Resources": {"Task": old}}), tree({"Resources": {"Task": new}}))
    assert told(change) == {"Properties/ContainerDefinitions/0": (None, '{"Image":"busybox","Name":"first"}')}


def test_a_name_that_changes_is_told_alone() -> None:
    old, new = container("nginx"), container("nginx")
    new["Properties"]["ContainerDefinitions"][0]["Name"] = "app"
    [change] = compare(tree({"Resources": {"Task": old}}), tree({"Resources": {"Task": new}}))
    assert told(change) == {"Properties/ContainerDefinitions/0/Name": ("web", "app")}


def test_the_parameter_that_makes_a_change_is_named() -> None:
    parent = {
        "Parameters": {"Delay": {"Type": "Number", "Default": 0}},
        "Resources": {"Q": queue(DelaySeconds={"Ref": "Delay"})},
    }
    [change] = compare(tree(parent, Delay="0"), tree(parent, Delay="5"))
    assert [(p.before, p.after, p.cause) for p in change.properties] == [("0", "5", "Delay")]


def test_a_value_that_is_not_to_be_seen_is_not_shown() -> None:
    parent = {
        "Parameters": {"Password": {"Type": "String", "NoEcho": True}},
        "Resources": {"Q": queue(QueueName={"Ref": "Password"}, DelaySeconds=1)},
    }
    changed = {**parent, "Resources": {"Q": queue(QueueName={"Fn::Sub": "x-${Password}"}, DelaySeconds=1)}}
    old = template_of({"parent.json": json.dumps(parent).encode()}, {"Password": "old-secret"})
    new = template_of({"parent.json": json.dumps(changed).encode()}, {"Password": "new-secret"})
    changes = compare(old, new)
    assert changes
    assert "secret" not in repr(changes)


def test_a_reference_written_in_another_way_is_no_change() -> None:
    def of(name: object) -> StackTemplate:
        return tree({"Resources": {"Role": {"Type": "AWS::IAM::Role"}, "Q": queue(QueueName=name)}})

    assert compare(of({"Ref": "Role"}), of({"Fn::Sub": "${Role}"})) == ()


def test_a_macro_whose_arguments_change_changes_what_it_makes() -> None:
    def of(delay: int) -> StackTemplate:
        macro = {"Fn::Transform": {"Name": "Delays", "Parameters": {"Delay": delay}}}
        return tree({"Resources": {"Q": queue(DelaySeconds=macro)}})

    [change] = compare(of(1), of(2))
    assert [each.path for each in change.properties] == ["Properties/DelaySeconds"]


@pytest.mark.parametrize("policy", ["DeletionPolicy", "UpdateReplacePolicy"])
def test_a_policy_that_changes_is_a_change(policy: str) -> None:
    [change] = compare(
        tree({"Resources": {"Q": queue()}}), tree({"Resources": {"Q": {**queue(), policy: "Retain"}}})
    )
    assert told(change) == {policy: (None, "Retain")}
    assert not change.gives_up


@pytest.mark.parametrize(
    ("kind", "written", "properties", "fate"),
    [
        ("AWS::SQS::Queue", {}, {}, "Delete"),
        ("AWS::SQS::Queue", {"DeletionPolicy": "Retain"}, {}, "Retain"),
        ("AWS::SQS::Queue", {"DeletionPolicy": "RetainExceptOnCreate"}, {}, "Retain"),
        ("AWS::SQS::Queue", {"UpdateReplacePolicy": "Retain"}, {}, "Delete"),
        ("AWS::EC2::Volume", {"DeletionPolicy": "Snapshot"}, {}, "Snapshot"),
        ("AWS::EC2::Volume", {}, {}, "Delete"),
        ("AWS::RDS::DBCluster", {}, {}, "Snapshot"),
        ("AWS::RDS::DBInstance", {}, {}, "Snapshot"),
        ("AWS::RDS::DBInstance", {}, {"DBClusterIdentifier": "c"}, "Delete"),
        ("AWS::RDS::DBCluster", {"DeletionPolicy": "Delete"}, {}, "Delete"),
    ],
)
def test_a_removed_resource_meets_the_fate_of_the_deployed_policy(
    kind: str, written: dict[str, str], properties: dict[str, str], fate: str
) -> None:
    old = tree({"Resources": {"X": {"Type": kind, "Properties": properties, **written}, "Q": queue()}})
    [change] = compare(old, tree({"Resources": {"Q": queue()}}))
    assert (change.action, change.fate) == ("Remove", fate)


def test_a_replaced_resource_meets_the_fate_of_the_new_policy() -> None:
    def of(name: str, policy: str) -> StackTemplate:
        return tree({"Resources": {"Q": {**queue(QueueName=name), "UpdateReplacePolicy": policy}}})

    [change] = compare(of("a", "Delete"), of("b", "Retain"))
    assert (change.replacement, change.fate) == ("yes", "Retain")


def test_what_is_in_a_nested_stack_that_is_retained_stays_too() -> None:
    stack = {**child_stack(), "DeletionPolicy": "Retain"}
    old = tree({"Resources": {"Child": stack, "Q": queue()}}, {"Resources": {"Inner": queue()}})
    assert only(compare(old, tree({"Resources": {"Q": queue()}})), "Child/Inner").fate == "Retain"


def test_what_a_condition_takes_away_is_removed() -> None:
    parent = {
        "Parameters": {"Tasks": {"Type": "Number", "Default": 0}},
        "Conditions": {"HasTasks": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Tasks"}, "0"]}]}},
        "Resources": {"Q": {**queue(), "Condition": "HasTasks"}, "Other": queue()},
    }
    [change] = compare(tree(parent, Tasks="2"), tree(parent, Tasks="0"))
    assert (change.logical_id, change.action, change.fate) == ("Q", "Remove", "Delete")


def test_a_type_that_nobody_knows_is_perhaps_replaced() -> None:
    def of(value: str) -> StackTemplate:
        return tree({"Resources": {"X": {"Type": "AWS::New::Thing", "Properties": {"P": value}}}})

    assert [change.replacement for change in compare(of("a"), of("b"))] == ["perhaps"]


def test_another_address_range_replaces_the_network_and_all_that_stands_in_it() -> None:
    templates = output("demo")
    changes = compare(template_of(templates, {}), template_of(moved(templates), {}))
    replaced = {"/".join((*path, c.logical_id)) for path, c in each(changes) if c.replacement == "yes"}
    assert {
        "Network/Vpc",
        "Network/PrivateSubnet1",
        "Endpoints/EcrApiEndpoint",
        "Discovery/Namespace",
        "Egress/NatGateway1",
        "JumpHost/JumpHost",
        "Nginx/TaskSecurityGroup",
    } <= replaced
    assert (
        not {"Nginx/Service", "Nginx/LogGroup", "RepositoryNginx/Repository", "Egress/NatAddress1"} & replaced
    )
    subnet = only(changes, "Network/PrivateSubnet1")
    assert [(p.path, p.after, p.replaces, p.cause) for p in subnet.properties] == [
        ("Properties/CidrBlock", "10.7.0.0/20", "yes", ""),
        ("Properties/VpcId", KNOWN_LATER, "yes", "Network/Vpc"),
    ]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_does_not_differ_from_itself(name: str) -> None:
    assert compare(house(name), house(name)) == ()
