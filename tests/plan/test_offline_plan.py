from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from private_fargate.plan.digests import digest_of
from private_fargate.plan.model import each
from private_fargate.plan.offline import UnplannableError, offline_plan
from tests.plan.houses import ENVIRONMENTS, moved, output, with_images

if TYPE_CHECKING:
    from private_fargate.plan.model import Plan


def plan(old: str | None, new: str) -> Plan:
    templates = output(new)
    before = output(old) if old else None
    return offline_plan(
        before,
        templates,
        stack="shop",
        parameters=with_images(templates),
        old_parameters=with_images(before) if before else None,
        region="eu-west-1",
    )


def test_an_offline_plan_is_of_what_would_be_deployed() -> None:
    templates, made = output("prod"), plan("demo", "prod")
    assert (made.kind, made.stack, made.region, made.account) == ("OFFLINE", "shop", "eu-west-1", "")
    assert made.digest == digest_of(templates, with_images(templates))
    assert made.templates == {name: hashlib.sha256(body).hexdigest() for name, body in templates.items()}


def test_from_demo_to_production_the_jump_host_goes_and_orders_come() -> None:
    made = plan("demo", "prod")
    actions = {"/".join((*path, change.logical_id)): change.action for path, change in each(made.changes)}
    assert (actions["JumpHost/JumpHost"], actions["Orders/Service"]) == ("Remove", "Add")
    assert actions["Foundation/DataKey"] == "Modify"
    assert made.cost is not None
    before = {what: amount for what, amount, _ in made.cost.lines}
    assert before["Fargate tasks of Nginx/Service"] > before["Fargate tasks of Web/Service"] == 0
    assert "not with what is deployed" in made.notes[0]
    assert made.security != ()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_what_is_deployed_already_leaves_nothing_to_do(name: str) -> None:
    made = plan(name, name)
    assert made.is_empty
    assert made.security == ()
    assert made.cost is not None
    assert made.cost.lines == ()
    assert {problem.rule for problem in made.problems} <= {
        "CFN-014"
    }  # the newest image may be another by now


def test_a_first_deployment_adds_all_and_has_no_faults() -> None:
    made = plan(None, "isolated")
    assert {change.action for _, change in each(made.changes)} == {"Add"}
    assert (made.problems, made.notes) == ((), ())


def test_a_network_that_moves_is_told_with_what_goes_wrong_on_the_way() -> None:
    templates = output("demo")
    made = offline_plan(templates, moved(templates), stack="demo")
    assert any(change.gives_up and change.type == "AWS::EC2::VPC" for _, change in each(made.changes))
    assert made.problems != ()


@pytest.mark.parametrize(
    ("templates", "words"),
    [
        ({}, "parent.json: the template of the root is not among"),
        ({"parent.json": b"{"}, "parent.json: this is no JSON"),
        ({"parent.json": b"[]"}, "parent.json: this is no CloudFormation template"),
        ({"parent.json": b'{"Description": "x"}'}, "parent.json: this is no CloudFormation template"),
        (
            {
                "parent.json": json.dumps(
                    {
                        "Resources": {
                            "C": {
                                "Type": "AWS::CloudFormation::Stack",
                                "Properties": {"TemplateURL": "child.json"},
                            }
                        }
                    }
                ).encode()
            },
            "child.json: the template of a nested stack is not among parent.json",
        ),
    ],
)
def test_what_is_no_system_of_templates_is_refused(templates: dict[str, bytes], words: str) -> None:
    with pytest.raises(UnplannableError, match=words):
        offline_plan(None, templates, stack="x")
