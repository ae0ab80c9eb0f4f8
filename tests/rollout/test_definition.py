"""What is sent to StackSets, judged by botocore's model of its API."""

from __future__ import annotations

from typing import Any

import pytest
from stubbed import stubbed

from private_fargate.config.rollout import Rollout
from private_fargate.deploy.packaging import Package
from private_fargate.deploy.session import DeployError
from private_fargate.rollout.client import StackSet
from private_fargate.rollout.definition import Definition, definition
from private_fargate.rollout.targets import TargetError
from tests.rollout.house import BUCKET, environment, templates

FIRST = "arn:aws:cloudformation:us-east-1:111122223333:stackset/first:0a1b"
SYSTEM = templates()


def defined(stack_set: StackSet, **said: Any) -> Definition:
    rollout = Rollout(organizational_units=("r-abcd",), **said)
    package = Package(parent=SYSTEM["parent.json"], url=None, uploaded=0, already_there=0)
    return definition(stack_set, environment(rollout), rollout, package, BUCKET, SYSTEM)


def sent(**said: Any) -> dict[str, Any]:
    """Return what is sent to make the StackSet; botocore refuses what its model does not have."""
    with stubbed("cloudformation") as (session, stubber):
        stack_set = StackSet(
            session=session, name="house", delegated=said.get("delegated_administrator", False)
        )
        arguments = defined(stack_set, **said).sent(None)
        callers = {"CallAs": "DELEGATED_ADMIN"} if stack_set.delegated else {}
        stubber.add_response(
            "create_stack_set", {"StackSetId": "house:1"}, {"StackSetName": "house", **callers, **arguments}
        )
        stack_set.ask("create_stack_set", **arguments)
    return arguments


def test_an_order_among_stack_sets_is_said_only_where_accounts_get_instances_by_themselves() -> None:
    """StackSets refuses it elsewhere; there a rollout waits for the others itself."""
    assert sent(after=(FIRST,))["AutoDeployment"] == {"Enabled": False}
    assert sent(automatic=True, after=(FIRST,))["AutoDeployment"] == {
        "Enabled": True,
        "RetainStacksOnAccountRemoval": True,
        "DependsOn": [FIRST],
    }
    assert "DependsOn" not in sent(automatic=True)["AutoDeployment"]


def test_a_value_for_no_field_of_the_form_never_reaches_aws() -> None:
    """As a value of all it would look like one that the StackSet lacks, and the plan would say `update`."""
    with stubbed("cloudformation") as (session, _):
        stack_set = StackSet(session=session, name="house")
        with pytest.raises(TargetError, match=r"parameters: Color is no field .*; did you mean Colour\?"):
            defined(stack_set, parameters={"Color": "blue"})
        assert defined(stack_set, parameters={"Colour": "blue"}).parameters["Colour"] == "blue"


def test_a_delegated_administrator_says_so_in_every_request() -> None:
    assert sent(delegated_administrator=True)["PermissionModel"] == "SERVICE_MANAGED"


@pytest.mark.parametrize(
    ("without", "said", "expected"),
    [
        (
            ("AutoDeployment", "DependsOn"),
            {"automatic": True, "after": (FIRST,)},
            r"rollout\.after: .*update boto3",
        ),
        (("ExecutionRoleTemplateBody",), {}, r"rollout\.permissions: .*update boto3, or write self-managed"),
    ],
)
def test_a_boto3_that_is_too_old_is_told_with_what_needs_a_newer_one(
    without: tuple[str, ...], said: dict[str, Any], expected: str
) -> None:
    with stubbed("cloudformation") as (session, _):
        client: Any = session.client("cloudformation")
        shape = client.meta.service_model.operation_model("CreateStackSet").input_shape
        for name in without[:-1]:
            shape = shape.members[name]
        del shape.members[without[-1]]
        with pytest.raises(DeployError, match=expected):
            defined(StackSet(session=session, name="house"), **said)
