"""Stacks that were changed behind a StackSet's back, and stacks that were made before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.fakes.stack_sets_house import HOME, log_group, new_account, template

if TYPE_CHECKING:
    from tests.fakes.stack_sets_house import House

pytestmark = pytest.mark.emulator


def stack(house: House, account: str, body: str, *, name: str = "old", **parameters: str) -> str:
    client = house.client("cloudformation", account)
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    made = client.create_stack(StackName=name, TemplateBody=body, Parameters=values)["StackId"]
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1})
    return str(made)


def test_drift_is_found_where_it_is_and_counted(house: House) -> None:
    accounts = house.targets(2)
    body = template(
        {"Group": {**log_group("logs"), "Properties": {"LogGroupName": "logs", "RetentionInDays": 7}}}
    )
    house.api.create_stack_set(StackSetName="logs", TemplateBody=body)
    house.create("logs", accounts)
    house.client("logs", accounts[0]).put_retention_policy(logGroupName="logs", retentionInDays=30)
    operation = house.api.detect_stack_set_drift(StackSetName="logs")["OperationId"]
    found = house.finished("logs", operation)
    assert (found["Action"], found["Status"]) == ("DETECT_DRIFT", "SUCCEEDED")
    details = found["StackSetDriftDetectionDetails"]
    assert (details["DriftStatus"], details["DriftDetectionStatus"]) == ("DRIFTED", "COMPLETED")
    counts = ("TotalStackInstancesCount", "DriftedStackInstancesCount", "InSyncStackInstancesCount")
    assert [details[name] for name in counts] == [2, 1, 1]
    statuses = {account: each["DriftStatus"] for (account, _), each in house.instances("logs").items()}
    assert statuses == {accounts[0]: "DRIFTED", accounts[1]: "IN_SYNC"}
    drifts = house.api.list_stack_instance_resource_drifts(
        StackSetName="logs",
        StackInstanceAccount=accounts[0],
        StackInstanceRegion=HOME,
        OperationId=operation,
    )["Summaries"]
    assert [each["LogicalResourceId"] for each in drifts] == ["Group"]
    difference = drifts[0]["PropertyDifferences"][0]
    assert (difference["ExpectedValue"], difference["ActualValue"]) == ("7", "30")
    kept = house.api.describe_stack_set(StackSetName="logs")["StackSet"]["StackSetDriftDetectionDetails"]
    assert kept["DriftStatus"] == "DRIFTED"


def test_a_stack_becomes_an_instance_and_stays_as_it_is(house: House) -> None:
    """Values that are not the StackSet's become overrides, so the next update leaves them alone."""
    (account,) = house.targets(1)
    stack_id = stack(house, account, template(), Cidr="10.5.0.0/16")
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    begun = house.api.import_stacks_to_stack_set(StackSetName="net", StackIds=[stack_id])
    assert house.finished("net", begun["OperationId"])["Status"] == "SUCCEEDED"
    instance = house.instances("net")[account, HOME]
    assert (instance["StackId"], instance["Status"]) == (stack_id, "CURRENT")
    updated = house.api.update_stack_set(StackSetName="net", UsePreviousTemplate=True)
    assert house.finished("net", updated["OperationId"])["Status"] == "SUCCEEDED"
    assert house.vpcs(account, HOME) == ["10.5.0.0/16"]
    with pytest.raises(ClientError, match="already associated with StackSet net"):
        house.api.import_stacks_to_stack_set(StackSetName="net", StackIds=[stack_id])


def test_a_stack_of_another_template_is_not_imported(house: House) -> None:
    (account,) = house.targets(1)
    stack_id = stack(house, account, template({"Group": log_group("else")}))
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    begun = house.api.import_stacks_to_stack_set(StackSetName="net", StackIds=[stack_id])
    assert house.finished("net", begun["OperationId"])["Status"] == "FAILED"
    instance = house.instances("net")[account, HOME]
    assert (instance["Status"], instance["StackInstanceStatus"]["DetailedStatus"]) == (
        "INOPERABLE",
        "FAILED_IMPORT",
    )


def test_ten_stacks_are_imported_at_once_and_no_more(house: House) -> None:
    house.api.create_stack_set(StackSetName="net", TemplateBody=template())
    account = new_account()
    ids = [f"arn:aws:cloudformation:{HOME}:{account}:stack/s{number}/{number}" for number in range(11)]
    api = house.api
    with pytest.raises(api.exceptions.LimitExceededException):
        api.import_stacks_to_stack_set(StackSetName="net", StackIds=ids)
    with pytest.raises(api.exceptions.StackNotFoundException):
        api.import_stacks_to_stack_set(StackSetName="net", StackIds=ids[:10])


def test_a_stack_set_is_made_of_a_stack(house: House) -> None:
    stack_id = stack(house, house.account, template(), Cidr="10.6.0.0/16")
    house.api.create_stack_set(StackSetName="net", StackId=stack_id)
    found = house.api.describe_stack_set(StackSetName="net")["StackSet"]
    assert found["TemplateBody"] == template()
    assert found["Parameters"] == [{"ParameterKey": "Cidr", "ParameterValue": "10.6.0.0/16"}]
