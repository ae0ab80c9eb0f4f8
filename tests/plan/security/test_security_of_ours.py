from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from private_fargate.plan.security import security_changes
from private_fargate.plan.trees import StackTemplate, template_of

GOLDEN = Path(__file__).parents[2] / "golden"
NAMES = sorted(path.name for path in GOLDEN.iterdir() if (path / "parent.json").is_file())
ROLE = "AWS::IAM::Role"


def deployed(name: str) -> StackTemplate:
    return template_of({path.name: path.read_bytes() for path in (GOLDEN / name).glob("*.json")}, {})


@pytest.mark.parametrize("name", NAMES)
def test_an_update_that_changes_nothing_opens_nothing(name: str) -> None:
    assert security_changes(deployed(name), deployed(name)) == ()


@pytest.mark.parametrize(("old", "new"), list(itertools.permutations(NAMES, 2)))
def test_any_environment_can_be_compared_with_any_other(old: str, new: str) -> None:
    found = security_changes(deployed(old), deployed(new))
    assert found
    assert {change.direction for change in found} <= {"widened", "changed", "narrowed"}
    assert all(change.message.isprintable() for change in found), "symbols are shown by their names"


def test_a_first_deployment_tells_of_every_role_and_who_may_take_it() -> None:
    found = [change for change in security_changes(None, deployed("demo")) if change.type == ROLE]
    assert {change.resource: change.direction for change in found} == dict.fromkeys(
        ("FlowLogs/FlowLogRole", "JumpHostProfile/JumpHostRole", "Nginx/ExecutionRole", "Nginx/TaskRole"),
        "widened",
    )
    messages = {change.resource: change.message for change in found}
    assert messages["Nginx/TaskRole"] == (
        "a new role, which ecs-tasks.amazonaws.com may take, may do this: nothing"
    )


def test_a_destroyed_system_takes_its_roles_away() -> None:
    found = [change for change in security_changes(deployed("demo"), None) if change.type == ROLE]
    assert {change.direction for change in found} == {"narrowed"}
    assert len(found) == 4


def test_every_action_that_is_gained_is_named() -> None:
    """One of them stood for all that the same statement allows, once."""
    new = {change.resource: change for change in security_changes(None, deployed("demo"))}
    message = new["Endpoints/EcrApiEndpoint"].message
    assert "ecr:BatchCheckLayerAvailability" in message
    assert "ecr:BatchGetImage" in message
    assert "if aws:PrincipalAccount StringEquals AWS::AccountId" in message
