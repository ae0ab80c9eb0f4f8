"""What one version changes against another, from their templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from private_fargate.catalog.differences import Difference, difference
from private_fargate.catalog.wordings import difference_document, difference_markdown
from tests.deploy.house import house

if TYPE_CHECKING:
    from collections.abc import Mapping


def between(old: Mapping[str, bytes], new: Mapping[str, bytes], **parameters: str) -> Difference:
    return difference(old, new, names=("1", "2"), product="house", parameters=parameters, region="us-east-1")


def elsewhere(templates: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same templates, as they are read from a bucket: each child under its address there."""
    address = "https://bucket.s3.us-east-1.amazonaws.com/templates/"
    moved = {name: body.decode() for name, body in templates.items()}
    for name in ("middle.json", "leaf.json"):
        moved = {
            key: body.replace(f'"TemplateURL": "{name}"', f'"TemplateURL": "{address}{name}"')
            for key, body in moved.items()
        }
    return {key if key == "parent.json" else address + key: body.encode() for key, body in moved.items()}


def changed(templates: dict[str, bytes], name: str, **sections: Any) -> dict[str, bytes]:
    return {**templates, name: json.dumps({**json.loads(templates[name]), **sections}).encode()}


def test_where_templates_lie_is_no_difference() -> None:
    found = between(elsewhere(house()), house())
    assert (found.parameters, found.templates, found.plan.changes) == ((), (), ())


def test_a_changed_template_is_named_by_the_stacks_that_lead_to_it() -> None:
    found = between(elsewhere(house()), house(cpu="512"))
    assert [(each.path, each.what) for each in found.templates] == [("Middle/Leaf", "changed")]


def test_a_template_that_comes_or_goes_is_told() -> None:
    annex = {"Annex": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "annex.json"}}}
    empty = {"annex.json": b'{"Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}}}'}
    larger = {**house(annex=annex), **empty}
    told = [(each.path, each.what) for each in between(house(), larger).templates]
    assert told == [("Middle", "changed"), ("Middle/Annex", "added")]
    assert ("Middle/Annex", "removed") in [
        (each.path, each.what) for each in between(larger, house()).templates
    ]


def test_an_update_that_replaces_is_in_the_plan() -> None:
    """A task definition is never changed in place."""
    plan = between(elsewhere(house()), house(cpu="512")).plan
    (middle,) = plan.changes
    (leaf,) = middle.within
    assert [(each.logical_id, each.replacement) for each in leaf.within] == [("Task", "yes")]


def test_the_launch_form_is_compared_field_by_field() -> None:
    new = {"Days": {"Type": "Number", "Default": 14}, "Team": {"Type": "String"}}
    found = between(house(), changed(house(), "parent.json", Parameters=new)).parameters
    assert [(each.name, each.what, each.before, each.after, each.must_be_given) for each in found] == [
        ("Days", "changed", '{"Default":7}', '{"Default":14}', False),
        ("Team", "added", "", '{"Type":"String"}', True),
    ]


def test_values_of_a_team_decide_what_an_update_does() -> None:
    """A default that changes changes nothing for who has given a value."""
    new = changed(house(), "parent.json", Parameters={"Days": {"Type": "Number", "Default": 14}})
    assert between(house(), new).plan.changes != ()
    assert between(house(), new, Days="30").plan.changes == ()


def test_programs_and_pull_requests_are_told_the_same() -> None:
    found = between(house(), house(cpu="512"))
    document = json.loads(json.dumps(difference_document(found)))
    assert (document["from"], document["to"]) == ("1", "2")
    assert document["templates"] == [{"path": "Middle/Leaf", "what": "changed"}]
    assert document["plan"]["changes"][0]["logical_id"] == "Middle"
    markdown = difference_markdown(found)
    assert markdown.startswith("## 1 → 2\n\n- template Middle/Leaf changed\n")
    assert "Task" in markdown
