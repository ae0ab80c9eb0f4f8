"""What StackSets refuse, and in which words where these are known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.stack_sets_house import ADMINISTRATION, EXECUTION, HOME, House, new_account, template

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

NOWHERE = {"StackSetName": "nothing"}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_does_not_exist_is_not_found(house: House) -> None:
    api = house.api
    missing = ("StackSetNotFoundException", "StackSet nothing not found")
    assert refusal(api.describe_stack_set, **NOWHERE) == missing
    assert refusal(api.delete_stack_set, **NOWHERE) == missing
    api.create_stack_set(StackSetName="net", TemplateBody=template())
    code, _ = refusal(api.describe_stack_set_operation, StackSetName="net", OperationId="none")
    assert code == "OperationNotFoundException"
    account = new_account()
    place = {"StackInstanceAccount": account, "StackInstanceRegion": HOME}
    code, _ = refusal(api.describe_stack_instance, StackSetName="net", **place)
    assert code == "StackInstanceNotFoundException"
    code, _ = refusal(api.update_stack_instances, StackSetName="net", Accounts=[account], Regions=[HOME])
    assert code == "StackInstanceNotFoundException"


def test_a_name_is_taken_until_its_stack_set_is_deleted(house: House) -> None:
    api, request = house.api, {"StackSetName": "net", "TemplateBody": template()}
    first = api.create_stack_set(**request)["StackSetId"]
    assert refusal(api.create_stack_set, **request)[0] == "NameAlreadyExistsException"
    elsewhere = house.client(region="eu-west-1")
    elsewhere.create_stack_set(**request)  # it is another in another Region
    api.delete_stack_set(StackSetName="net")
    assert api.create_stack_set(**request)["StackSetId"] != first


def test_a_stack_set_with_instances_is_not_deleted(house: House) -> None:
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    house.create("net", house.targets(1))
    assert refusal(house.api.delete_stack_set, StackSetName="net")[0] == "StackSetNotEmptyException"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"StackSetName": "9net"}, "must satisfy regular expression pattern"),
        ({"TemplateBody": "{"}, "Template format error"),
        ({"TemplateBody": None}, "TemplateBody, TemplateURL or StackId must be specified"),
        ({"Capabilities": ["CAPABILITY_ALL"]}, "Member must satisfy enum value set"),
        (
            {"Parameters": [{"ParameterKey": "No", "ParameterValue": ""}]},
            r"Parameters: \[No\] do not exist in the template",
        ),
        (
            {
                "TemplateBody": template(
                    {"Topic": {"Type": "AWS::SNS::Topic"}}, Parameters={"P": {"Type": "String"}}
                )
            },
            r"Parameters: \[P\] must have values",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    house: House, changes: dict[str, Any], message: str
) -> None:
    request = {"StackSetName": "net", "TemplateBody": template(), **changes}
    given = {key: value for key, value in request.items() if value is not None}
    with pytest.raises(ClientError, match=message) as refused:
        house.api.create_stack_set(**given)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_what_the_template_needs_must_be_acknowledged(house: House) -> None:
    body = template({"Role": ROLE})
    assert refusal(house.api.create_stack_set, StackSetName="net", TemplateBody=body) == (
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_IAM]",
    )
    house.api.create_stack_set(StackSetName="net", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Accounts": []}, "Accounts or DeploymentTargets must be specified"),
        ({"Accounts": ["12"]}, "must be 12 digits"),
        ({"Regions": ["mars-west-1"]}, "Region mars-west-1 is not supported"),
        (
            {"ParameterOverrides": [{"ParameterKey": "No", "ParameterValue": ""}]},
            "do not exist in the template",
        ),
        (
            {"OperationPreferences": {"MaxConcurrentCount": 1, "MaxConcurrentPercentage": 10}},
            "MaxConcurrentCount or MaxConcurrentPercentage",
        ),
        (
            {"DeploymentTargets": {"OrganizationalUnitIds": ["ou-aaaa-bbbbbbbb"]}, "Accounts": []},
            "only have Accounts",
        ),
    ],
)
def test_targets_that_make_no_sense_are_refused(house: House, changes: dict[str, Any], message: str) -> None:
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    request = {"StackSetName": "net", "Accounts": [new_account()], "Regions": [HOME], **changes}
    with pytest.raises(ClientError, match=message) as refused:
        house.api.create_stack_instances(**request)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_without_the_role_of_the_administrator_nothing_begins(extended_aws: EmbeddedAws) -> None:
    house = House(extended_aws, new_account())
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    request = {"StackSetName": "net", "Accounts": house.targets(1), "Regions": [HOME]}
    code, message = refusal(house.api.create_stack_instances, **request)
    role = f"Account {house.account} should have '{ADMINISTRATION}' role"
    assert (code, message) == (
        "ValidationError",
        f"{role} with trust relationship to CloudFormation service.",
    )


def test_a_target_must_trust_the_administrator(house: House) -> None:
    """A role that trusts somebody else is as good as none; so is one that this account may not assume."""
    stranger = new_account()
    house.role(stranger, EXECUTION, {"AWS": f"arn:aws:iam::{new_account()}:root"})
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    done = house.create("net", [stranger])
    assert house.results("net", done["OperationId"])[stranger, HOME]["StatusReason"] == (
        f"Account {stranger} should have '{EXECUTION}' role "
        f"with trust relationship to Role '{ADMINISTRATION}'."
    )
    (friend,) = house.targets(1)
    house.client("iam").detach_role_policy(
        RoleName=ADMINISTRATION, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    done = house.create("net", [friend])
    assert "trust relationship" in house.results("net", done["OperationId"])[friend, HOME]["StatusReason"]
    only = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::*:role/{EXECUTION}"}
    house.client("iam").put_role_policy(
        RoleName=ADMINISTRATION,
        PolicyName="assume",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [only]}),
    )
    assert house.create("net", [friend])["Status"] == "SUCCEEDED"


def test_the_execution_role_must_be_allowed_to_make_stacks(house: House) -> None:
    account = new_account()
    principal = {"AWS": f"arn:aws:iam::{house.account}:role/{ADMINISTRATION}"}
    house.role(account, "reader", principal, "arn:aws:iam::aws:policy/ReadOnlyAccess")
    house.api.create_stack_set(StackSetName="net", TemplateBody=template(), ExecutionRoleName="reader")
    done = house.create("net", [account])
    reason = house.results("net", done["OperationId"])[account, HOME]["StatusReason"]
    assert reason.startswith(f"User: arn:aws:sts::{account}:assumed-role/reader/")
    assert "is not authorized to perform: cloudformation:CreateStack" in reason
