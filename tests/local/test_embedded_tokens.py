"""Requests that are sent again: a token is good for one operation, and for its answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.local.test_embedded_change_sets import is_there, make, refused
from tests.local.test_embedded_cloudformation import LOG

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator


def test_a_change_set_that_is_asked_for_again_is_the_first_one(local_aws: Session, stack: Stack) -> None:
    client = local_aws.client("cloudformation")
    asked = {
        "StackName": stack.name,
        "ChangeSetName": "one",
        "ChangeSetType": "CREATE",
        "TemplateBody": json.dumps({"Resources": {"Child": stack.nested({"Log": LOG})}}),
        "IncludeNestedStacks": True,
        "ClientToken": "first",
    }
    first = client.create_change_set(**asked)
    again = client.create_change_set(**asked)
    assert (again["Id"], again["StackId"]) == (first["Id"], first["StackId"])
    code, text = refused(client.create_change_set, **{**asked, "ClientToken": "second"})
    assert code == "AlreadyExistsException"
    assert "mismatch with existing attribute ClientToken" in text
    del asked["ClientToken"]
    assert refused(client.create_change_set, **asked)[0] == "AlreadyExistsException"
    assert len(client.list_change_sets(StackName=stack.name)["Summaries"]) == 1


def test_an_execution_that_is_asked_for_again_happens_once(local_aws: Session, stack: Stack) -> None:
    client = local_aws.client("cloudformation")
    root = make(local_aws, stack, {"Log": LOG}, kind="CREATE")
    client.execute_change_set(ChangeSetName=root, ClientRequestToken=f"go-{stack.name}")
    assert stack.settled() == "CREATE_COMPLETE"
    client.execute_change_set(ChangeSetName=root, ClientRequestToken=f"go-{stack.name}")
    client.execute_change_set(
        ChangeSetName="one", StackName=stack.name, ClientRequestToken=f"go-{stack.name}"
    )
    events = client.describe_stack_events(StackName=stack.name)["StackEvents"]
    made = [each for each in events if each["ResourceStatus"] == "CREATE_COMPLETE"]
    assert len(made) == 2
    assert {each["ClientRequestToken"] for each in made} == {f"go-{stack.name}"}
    assert refused(client.execute_change_set, ChangeSetName=root)[0] == "InvalidChangeSetStatus"
    other = {"ChangeSetName": root, "ClientRequestToken": f"other-{stack.name}"}
    assert refused(client.execute_change_set, **other)[0] == "InvalidChangeSetStatus"


def test_a_token_that_was_used_for_something_else_is_refused(local_aws: Session, stack: Stack) -> None:
    client = local_aws.client("cloudformation")
    asked = {"StackName": stack.name, "TemplateBody": json.dumps({"Resources": {"Log": LOG}})}
    token = {"ClientRequestToken": f"make-{stack.name}"}
    first = client.create_stack(**asked, **token)["StackId"]
    assert stack.settled() == "CREATE_COMPLETE"
    assert client.create_stack(**asked, **token)["StackId"] == first
    assert refused(client.delete_stack, StackName=stack.name, **token)[0] == "TokenAlreadyExistsException"
    assert is_there(local_aws, stack.name)


def test_a_deletion_that_is_asked_for_again_leaves_a_later_stack_of_that_name_alone(
    local_aws: Session, stack: Stack
) -> None:
    client = local_aws.client("cloudformation")
    assert stack.create({"Log": LOG}) == "CREATE_COMPLETE"
    first = client.describe_stacks(StackName=stack.name)["Stacks"][0]["StackId"]
    asked = {"StackName": first, "ClientRequestToken": f"end-{stack.name}"}
    client.delete_stack(**asked)
    assert stack.settled() == "DELETE_COMPLETE"
    assert stack.create({"Log": LOG}) == "CREATE_COMPLETE"
    client.delete_stack(**asked)
    assert stack.settled() == "CREATE_COMPLETE"
