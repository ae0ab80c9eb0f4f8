"""Plans made from AWS's own change sets, kept in files, and executed later."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from private_fargate.approving import needs_approval
from private_fargate.deploy.change_set import request_for
from private_fargate.deploy.deploy import Deployment, OutdatedPlanError, deploy, forget, make_plan
from private_fargate.deploy.deployed import each_stack
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import ensure_bucket, package
from private_fargate.deploy.stack_state import find_stack
from private_fargate.deploy.watching import Watcher
from private_fargate.local.census import difference, take_census
from private_fargate.plan.model import Change, each
from tests.deploy.house import BUCKET, house, task_definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

pytestmark = pytest.mark.emulator

PROTECTED = StackOptions(tags={"Team": "tests"}, is_protected=True, stack_policy="protect-data")
RESOURCES = {"Log", "Middle", "Middle/Leaf", "Middle/Leaf/Group", "Middle/Leaf/Task"}


@pytest.fixture
def deployment(aws: Session) -> Iterator[Deployment]:
    name = f"planned-{uuid.uuid4().hex[:8]}"
    yield Deployment(session=aws, stack=name, templates=house(), bucket=BUCKET, parameters={"Days": "7"})
    cloudformation = aws.client("cloudformation")
    if find_stack(aws, name):
        cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=name)


def named(changes: tuple[Change, ...]) -> dict[str, Change]:
    return {"/".join((*path, change.logical_id)): change for path, change in each(changes)}


def change_sets(aws: Session, stack: str) -> list[str]:
    if find_stack(aws, stack) is None:
        return []
    return [
        each["Status"] for each in aws.client("cloudformation").list_change_sets(StackName=stack)["Summaries"]
    ]


def test_a_plan_for_a_new_stack_names_everything_and_leaves_nothing(deployment: Deployment) -> None:
    aws = deployment.session
    before = take_census(aws)
    plan = make_plan(deployment).plan
    assert (plan.kind, plan.region, len(plan.account)) == ("CREATE", "us-east-1", 12)
    assert {name: change.action for name, change in named(plan.changes).items()} == dict.fromkeys(
        RESOURCES, "Add"
    )
    forget(aws, plan)
    assert difference(before, take_census(aws)) == {}
    assert find_stack(aws, deployment.stack) is None


def test_a_plan_shows_a_property_of_a_grandchild_before_and_after(deployment: Deployment) -> None:
    deploy(deployment, Watcher())
    plan = make_plan(replace(deployment, parameters={"Days": "30"})).plan
    found = named(plan.changes)
    assert set(found) == {"Middle", "Middle/Leaf", "Middle/Leaf/Group"}
    group = found["Middle/Leaf/Group"]
    assert (group.action, group.replacement) == ("Modify", "no")
    assert [(p.path, p.before, p.after) for p in group.properties] == [
        ("Properties/RetentionInDays", "7", "30")
    ]
    forget(deployment.session, plan)


def test_a_replacement_and_a_removal_are_told_as_such(deployment: Deployment) -> None:
    queue = {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain"}
    deploy(replace(deployment, templates=house(annex={"Other": queue})), Watcher())
    plan = make_plan(replace(deployment, templates=house(cpu="512"))).plan
    found = named(plan.changes)
    assert (found["Middle/Other"].action, found["Middle/Other"].fate) == ("Remove", "Retain")
    assert (found["Middle/Leaf/Task"].action, found["Middle/Leaf/Task"].replacement) == ("Modify", "yes")
    assert found["Middle/Leaf/Task"].gives_up
    forget(deployment.session, plan)


def test_nothing_to_do_is_an_empty_plan_without_a_change_set(deployment: Deployment) -> None:
    deploy(deployment, Watcher())
    plan = make_plan(deployment).plan
    assert plan.is_empty
    assert "FAILED" not in change_sets(deployment.session, deployment.stack)


def test_what_no_change_set_shows_is_planned_and_done_too(deployment: Deployment) -> None:
    deploy(deployment, Watcher())
    protected = replace(deployment, options=replace(PROTECTED, tags={}))
    plan = make_plan(protected).plan
    assert [(s.name, s.before, s.after) for s in plan.settings] == [
        ("termination protection", "off", "on"),
        ("stack policy", "none", "protect-data"),
    ]
    assert deploy(protected, Watcher()).changed
    cloudformation = deployment.session.client("cloudformation")
    for path, arn in each_stack(deployment.session, deployment.stack):
        policy = cloudformation.get_stack_policy(StackName=arn).get("StackPolicyBody", "")
        assert "Update:Delete" in policy, f"a stack policy does not count in nested stacks: {path}"
    assert make_plan(protected).plan.is_empty
    state = find_stack(deployment.session, deployment.stack)
    assert state is not None
    assert state.is_protected


def test_a_plan_is_executed_as_it_is(deployment: Deployment) -> None:
    plan = make_plan(deployment).plan
    outcome = deploy(deployment, Watcher(), plan=plan)
    assert outcome.status == "CREATE_COMPLETE"
    again = deploy(deployment, Watcher(), plan=plan)
    assert (again.succeeded, again.changed) == (True, False), "it was cut off after that, perhaps"
    deploy(replace(deployment, parameters={"Days": "30"}), Watcher())
    with pytest.raises(OutdatedPlanError, match="make a new"):
        deploy(deployment, Watcher(), plan=plan)


def test_a_plan_for_other_templates_is_refused(deployment: Deployment) -> None:
    plan = make_plan(deployment).plan
    with pytest.raises(OutdatedPlanError, match="other templates or parameters"):
        deploy(replace(deployment, parameters={"Days": "30"}), Watcher(), plan=plan)
    forget(deployment.session, plan)


def test_a_plan_from_before_another_deployment_is_refused(deployment: Deployment) -> None:
    deploy(deployment, Watcher())
    thirty = replace(deployment, parameters={"Days": "30"})
    plan = make_plan(thirty).plan
    deploy(replace(deployment, parameters={"Days": "60"}), Watcher())
    with pytest.raises(OutdatedPlanError):
        deploy(thirty, Watcher(), plan=plan)
    groups = deployment.session.client("logs").describe_log_groups(logGroupNamePrefix="/aws")["logGroups"]
    assert 30 not in [
        group.get("retentionInDays") for group in groups if deployment.stack in group["logGroupName"]
    ]


def test_an_update_of_one_of_ten_services_touches_its_stack_alone(deployment: Deployment) -> None:
    def street(*, changed: int | None) -> dict[str, bytes]:
        """Ten stacks of one template; the days of one differ."""
        parts = {
            f"House{number}": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": "leaf.json",
                    "Parameters": {"Days": "30" if number == changed else "7"},
                },
            }
            for number in range(10)
        }
        return {"parent.json": json.dumps({"Resources": parts}).encode(), "leaf.json": house()["leaf.json"]}

    first = replace(deployment, templates=street(changed=None), parameters={})
    deploy(first, Watcher())
    second = replace(first, templates=street(changed=4))
    plan = make_plan(second).plan
    assert set(named(plan.changes)) == {"House4", "House4/Group"}
    outcome = deploy(second, Watcher(), plan=plan)
    done = (e for e in outcome.events if e.status == "UPDATE_COMPLETE" and not e.is_about_its_stack)
    assert {event.path for event in done if event.path} == {("House4",)}


def test_a_plan_that_only_moves_the_templates_says_so(deployment: Deployment) -> None:
    deploy(deployment, Watcher())
    ensure_bucket(deployment.session, "deploy-tests-elsewhere")
    plan = make_plan(replace(deployment, bucket="deploy-tests-elsewhere")).plan
    assert plan.changes == ()
    assert any("no resource changes" in note for note in plan.notes)
    assert not needs_approval(plan, "any")
    forget(deployment.session, plan)


def test_a_plan_whose_execution_failed_is_not_executed_again(deployment: Deployment) -> None:
    deploy(deployment, Watcher())
    failing = replace(deployment, templates=house(annex={"Broken": task_definition("4096")}))
    plan = make_plan(failing).plan
    assert deploy(failing, Watcher(), plan=plan).status == "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(OutdatedPlanError, match="make a new plan"):
        deploy(failing, Watcher(), plan=plan)


def test_the_same_wish_has_another_name_after_the_stack_has_changed(deployment: Deployment) -> None:
    """A change set that was executed keeps its name for as long as it is there."""
    deploy(deployment, Watcher())
    aws, thirty = deployment.session, {"Days": "30"}
    packed = package(aws, deployment.templates, BUCKET)

    def name() -> str:
        return request_for(
            aws,
            deployment.stack,
            find_stack(aws, deployment.stack),
            packed,
            parameters=thirty,
            options=StackOptions(),
            digest="",
            purpose="deploy",
        ).name

    first = name()
    assert name() == first
    deploy(replace(deployment, parameters={"Days": "60"}), Watcher())
    assert name() != first
