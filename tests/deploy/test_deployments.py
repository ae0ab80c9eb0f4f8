from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.deploy.destroy import Remover, destroy
from private_fargate.deploy.session import DeployError
from private_fargate.deploy.stack_state import find_stack
from private_fargate.local.census import difference, take_census
from tests.deploy.house import house, task_definition

if TYPE_CHECKING:
    from private_fargate.deploy.events import Event
    from private_fargate.deploy.session import Session
    from private_fargate.plan.model import Change, Plan
    from tests.deploy.conftest import Deploy

pytestmark = pytest.mark.emulator

NO_SUCH_TASK = "4096"  # CPU units, for which 512 MiB of memory are too few
RESOURCES = {"Log", "Middle", "Middle/Leaf", "Middle/Leaf/Group", "Middle/Leaf/Task"}


def where(event: Event) -> str:
    return "/".join(event.path if event.is_about_its_stack else (*event.path, event.logical_id))


def flat(changes: tuple[Change, ...], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for change in changes:
        found[path + change.logical_id] = change.action
        found |= flat(change.within, f"{path}{change.logical_id}/")
    return found


def test_a_deployment_makes_every_resource_and_hands_outputs_up(aws: Session, deploy_house: Deploy) -> None:
    outcome = deploy_house(house(), Days="14")
    assert (outcome.status, outcome.succeeded, outcome.failure) == ("CREATE_COMPLETE", True, None)
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=outcome.outputs["Group"])["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [14]


def test_every_event_of_every_stack_is_shown_once_and_in_order(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    shown: list[Event] = []
    outcome = deploy_house(house(), show=shown.append)
    assert len({event.id for event in shown}) == len(shown)
    assert {where(e) for e in shown if e.status == "CREATE_COMPLETE"} == RESOURCES | {""}
    for arn in {e.stack_arn for e in shown}:  # what one stack reports may come while another is being asked
        times = [e.time for e in shown if e.stack_arn == arn]
        assert times == sorted(times)
    cloudformation = aws.client("cloudformation")
    recorded = {
        event["EventId"]
        for each in {e.stack_arn for e in shown}
        for event in cloudformation.describe_stack_events(StackName=each)["StackEvents"]
    }
    # The stack is in review before its change set is executed: that is the past.
    before = {
        event["EventId"]
        for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        if event["ResourceStatus"] == "REVIEW_IN_PROGRESS"
    }
    assert {event.id for event in shown} == recorded - before
    assert shown == list(outcome.events)


def test_an_update_shows_no_event_of_the_creation(deploy_house: Deploy) -> None:
    created: list[Event] = []
    updated: list[Event] = []
    deploy_house(house(), show=created.append)
    assert deploy_house(house(), show=updated.append, Days="30").status == "UPDATE_COMPLETE"
    assert {event.id for event in created} & {event.id for event in updated} == set()
    assert {event.status for event in updated if where(event) == "Middle/Leaf/Group"} == {
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    }


def test_nothing_to_change_is_success_and_leaves_no_change_set(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    deploy_house(house())
    again = deploy_house(house())
    assert again.status == "CREATE_COMPLETE"
    assert (again.succeeded, again.changed, again.events) == (True, False, ())
    assert again.outputs["Group"]
    left = aws.client("cloudformation").list_change_sets(StackName=stack)["Summaries"]
    assert [each["Status"] for each in left if each["Status"] == "FAILED"] == []


def test_a_value_that_is_not_given_again_is_kept(aws: Session, deploy_house: Deploy) -> None:
    deploy_house(house(), Days="30")
    outcome = deploy_house(house(extra={"Other": {"Type": "AWS::Logs::LogGroup"}}))
    assert outcome.status == "UPDATE_COMPLETE"
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=outcome.outputs["Group"])["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [30]


def test_what_would_change_is_told_down_to_the_resources_of_grandchildren(deploy_house: Deploy) -> None:
    seen: list[Plan] = []
    deploy_house(house(), review=seen.append)
    deploy_house(house(), review=seen.append, Days="30")
    assert flat(seen[0].changes) == dict.fromkeys(RESOURCES, "Add")
    assert flat(seen[1].changes) == dict.fromkeys(["Middle", "Middle/Leaf", "Middle/Leaf/Group"], "Modify")


def test_a_child_that_fails_is_named_and_nothing_is_left_of_a_creation(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    before = take_census(aws)
    outcome = deploy_house(house(cpu=NO_SUCH_TASK))
    assert not outcome.succeeded
    assert outcome.failure is not None
    assert where(outcome.failure) == "Middle/Leaf/Task"
    assert "No Fargate configuration exists" in outcome.explain()
    after = take_census(aws)
    assert find_stack(aws, stack) is None
    # The templates stay in their bucket; nothing else does.
    assert difference(before, after) == {}


def test_an_update_that_fails_is_rolled_back_and_can_be_mended(aws: Session, deploy_house: Deploy) -> None:
    made = deploy_house(house())
    before = take_census(aws)
    failing = {
        "Other": {"Type": "AWS::Logs::LogGroup"},
        "Task": {**task_definition(NO_SUCH_TASK), "DependsOn": "Other"},
    }
    outcome = deploy_house(house(annex=failing))
    assert (outcome.status, outcome.succeeded) == ("UPDATE_ROLLBACK_COMPLETE", False)
    assert outcome.failure is not None
    assert where(outcome.failure) == "Middle/Task"
    assert difference(before, take_census(aws)) == {}
    assert outcome.outputs == made.outputs
    assert deploy_house(house(), Days="30").status == "UPDATE_COMPLETE"


def test_a_deployment_called_off_leaves_nothing(aws: Session, stack: str, deploy_house: Deploy) -> None:
    before = take_census(aws)

    def call_off(_: Plan) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy_house(house(), review=call_off)
    assert difference(before, take_census(aws)) == {}
    assert find_stack(aws, stack) is None


def test_a_system_without_resources_is_refused_and_leaves_no_stack_in_review(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    with pytest.raises(DeployError, match="its templates hold nothing to create"):
        deploy_house({"parent.json": b'{"Resources": {}}'})
    assert find_stack(aws, stack) is None


def test_a_stack_in_review_by_somebody_else_is_not_deleted(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    aws.client("cloudformation").create_change_set(
        StackName=stack,
        ChangeSetName="theirs",
        ChangeSetType="CREATE",
        TemplateBody='{"Resources": {"Other": {"Type": "AWS::Logs::LogGroup"}}}',
    )

    def call_off(_: Plan) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy_house(house(), review=call_off)
    left = aws.client("cloudformation").list_change_sets(StackName=stack)["Summaries"]
    assert [each["ChangeSetName"] for each in left] == ["theirs"]
    state = find_stack(aws, stack)
    assert state is not None
    assert state.status == "REVIEW_IN_PROGRESS"


def test_a_type_that_is_not_created_is_refused_and_not_ignored(aws: Session, deploy_house: Deploy) -> None:
    """Without this a backend that ignores things would turn every other test green."""
    before = take_census(aws)
    canary = {"Canary": {"Type": "AWS::QLDB::Ledger", "Properties": {"PermissionsMode": "STANDARD"}}}
    try:
        outcome = deploy_house(house(extra=canary))
    except DeployError as refused:
        reason = str(refused)
    else:
        assert not outcome.succeeded
        reason = outcome.explain()
    assert "AWS::QLDB::Ledger" in reason
    assert difference(before, take_census(aws)) == {}


def test_a_deleted_system_leaves_nothing_behind(aws: Session, stack: str, deploy_house: Deploy) -> None:
    before = take_census(aws)
    deploy_house(house())
    assert set(difference(before, take_census(aws))) == {"log groups", "stacks", "task definitions"}
    outcome = destroy(aws, stack, Remover())
    assert (outcome.status, outcome.succeeded) == ("DELETE_COMPLETE", True)
    assert difference(before, take_census(aws)) == {}


def test_deleting_what_is_not_there_is_said(aws: Session) -> None:
    with pytest.raises(DeployError, match="there is no stack nothing-here in us-east-1"):
        destroy(aws, "nothing-here", Remover())
