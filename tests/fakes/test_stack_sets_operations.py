"""Operations of StackSets: side by side as they are told, until too much fails, or somebody stops them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.stack_sets_house import HOME, new_account, template

if TYPE_CHECKING:
    from tests.fakes.stack_sets_house import House

pytestmark = pytest.mark.emulator

AWAY = "eu-west-1"
PARALLEL = {"RegionConcurrencyType": "PARALLEL"}


def stack_set(house: House, **more: Any) -> str:
    house.api.create_stack_set(StackSetName="net", TemplateBody=template(), **more)
    return "net"


def by_status(results: dict[tuple[str, str], dict[str, Any]]) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for target, each in results.items():
        found.setdefault(each["Status"], set()).add(target)
    return found


@pytest.mark.parametrize("mode", ["STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"])
def test_the_first_failure_ends_an_operation_that_tolerates_none(house: House, mode: str) -> None:
    """By default one account at a time, none may fail, and no Region after that is begun."""
    stack_set(house)
    bad, good = new_account(), house.targets(1)[0]
    done = house.create("net", [bad, good], [HOME, AWAY], OperationPreferences={"ConcurrencyMode": mode})
    assert done["Status"] == "FAILED"
    results = house.results("net", done["OperationId"])
    assert by_status(results) == {
        "FAILED": {(bad, HOME)},
        "CANCELLED": {(good, HOME), (bad, AWAY), (good, AWAY)},
    }
    assert results[good, AWAY]["StatusReason"] == "Cancelled since failure tolerance has exceeded"
    left = house.instances("net")[good, AWAY]
    assert (left["Status"], left["StackInstanceStatus"]["DetailedStatus"]) == ("OUTDATED", "CANCELLED")
    assert "StackId" not in left


def test_tolerated_failures_do_not_stop_the_others(house: House) -> None:
    """A tolerance is per Region: one of two fails in each of two Regions, and one may."""
    stack_set(house)
    bad, good = new_account(), house.targets(1)[0]
    preferences = {
        "FailureTolerancePercentage": 50,
        "MaxConcurrentPercentage": 100,
        "RegionOrder": [AWAY, HOME],
    }
    done = house.create("net", [bad, good], [HOME, AWAY], OperationPreferences=preferences)
    assert done["Status"] == "SUCCEEDED"
    assert by_status(house.results("net", done["OperationId"])) == {
        "FAILED": {(bad, HOME), (bad, AWAY)},
        "SUCCEEDED": {(good, HOME), (good, AWAY)},
    }


def test_regions_are_taken_in_the_order_that_is_asked_for(house: House) -> None:
    """So a failure in the first of them leaves the second untouched, whatever the order of Regions."""
    stack_set(house)
    bad = new_account()
    done = house.create("net", [bad], [HOME, AWAY], OperationPreferences={"RegionOrder": [AWAY, HOME]})
    results = by_status(house.results("net", done["OperationId"]))
    assert results == {"FAILED": {(bad, AWAY)}, "CANCELLED": {(bad, HOME)}}


def test_parallel_regions_do_not_wait_for_each_other(house: House) -> None:
    stack_set(house)
    bad = new_account()
    done = house.create("net", [bad], [HOME, AWAY], OperationPreferences=PARALLEL)
    assert by_status(house.results("net", done["OperationId"])) == {"FAILED": {(bad, HOME), (bad, AWAY)}}


def most_at_once(house: House, operation: str) -> int:
    """Return how many accounts were at work at the same time, as far as looking shows it."""
    most, limit = 0, time.monotonic() + 30
    while time.monotonic() < limit:
        statuses = [each["Status"] for each in house.results("net", operation).values()]
        most = max(most, statuses.count("RUNNING"))
        if not {"PENDING", "RUNNING"} & set(statuses):
            return most
    raise TimeoutError(operation)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "expected"), [("STRICT_FAILURE_TOLERANCE", 2), ("SOFT_FAILURE_TOLERANCE", 4)]
)
def test_strict_concurrency_is_at_most_one_more_than_the_tolerance(
    slow_house: House, mode: str, expected: int
) -> None:
    stack_set(slow_house)
    preferences = {"MaxConcurrentCount": 4, "FailureToleranceCount": 1, "ConcurrencyMode": mode}
    begun = slow_house.api.create_stack_instances(
        StackSetName="net", Accounts=slow_house.targets(4), Regions=[HOME], OperationPreferences=preferences
    )
    assert most_at_once(slow_house, begun["OperationId"]) == expected


@pytest.mark.slow
def test_a_stopped_operation_ends_what_it_has_begun_and_nothing_more(slow_house: House) -> None:
    stack_set(slow_house)
    first, second = slow_house.targets(2)
    operation = slow_house.api.create_stack_instances(
        StackSetName="net", Accounts=[first, second], Regions=[HOME]
    )["OperationId"]
    assert slow_house.operation("net", operation)["Status"] == "RUNNING"
    while slow_house.results("net", operation)[first, HOME]["Status"] == "PENDING":
        time.sleep(0.02)
    slow_house.api.stop_stack_set_operation(StackSetName="net", OperationId=operation)
    assert slow_house.operation("net", operation)["Status"] == "STOPPING"
    assert slow_house.finished("net", operation)["Status"] == "STOPPED"
    results = slow_house.results("net", operation)
    assert by_status(results) == {"SUCCEEDED": {(first, HOME)}, "CANCELLED": {(second, HOME)}}
    client = slow_house.api
    with pytest.raises(client.exceptions.InvalidOperationException, match="STOPPED state"):
        client.stop_stack_set_operation(StackSetName="net", OperationId=operation)


@pytest.mark.slow
def test_only_one_operation_goes_on_at_a_time(slow_house: House) -> None:
    stack_set(slow_house)
    first, second = slow_house.targets(2)
    client = slow_house.api
    begun = client.create_stack_instances(StackSetName="net", Accounts=[first], Regions=[HOME])["OperationId"]
    with pytest.raises(client.exceptions.OperationInProgressException) as refused:
        client.create_stack_instances(StackSetName="net", Accounts=[second], Regions=[HOME])
    assert refused.value.response["Error"]["Message"].endswith(f"is in progress: {begun}")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    with pytest.raises(client.exceptions.OperationInProgressException):
        client.delete_stack_set(StackSetName="net")
    slow_house.finished("net", begun)


@pytest.mark.slow
def test_managed_execution_lets_operations_wait_if_they_conflict(slow_house: House) -> None:
    stack_set(slow_house, ManagedExecution={"Active": True})
    first, second = slow_house.targets(2)
    client, where = slow_house.api, {"StackSetName": "net", "Regions": [HOME]}
    begun = client.create_stack_instances(Accounts=[first], **where)["OperationId"]
    beside = client.create_stack_instances(Accounts=[second], **where)["OperationId"]
    waiting = client.update_stack_set(StackSetName="net", UsePreviousTemplate=True)["OperationId"]
    statuses = [slow_house.operation("net", each)["Status"] for each in (begun, beside, waiting)]
    assert statuses == ["RUNNING", "RUNNING", "QUEUED"]
    with pytest.raises(client.exceptions.OperationInProgressException):
        client.update_stack_set(
            StackSetName="net", UsePreviousTemplate=True, ManagedExecution={"Active": False}
        )
    for each in (begun, beside, waiting):
        assert slow_house.finished("net", each)["Status"] == "SUCCEEDED"


def test_a_request_that_is_sent_again_is_done_once(house: House) -> None:
    stack_set(house)
    first, second = house.targets(2)
    client, request = house.api, {"StackSetName": "net", "Regions": [HOME], "OperationId": "first"}
    for _ in range(2):
        assert client.create_stack_instances(Accounts=[first], **request)["OperationId"] == "first"
    house.finished("net", "first")
    with pytest.raises(client.exceptions.OperationIdAlreadyExistsException):
        client.create_stack_instances(Accounts=[second], **request)
    house.create("net", [second])
    with pytest.raises(client.exceptions.StaleRequestException):
        client.create_stack_instances(Accounts=[first], **request)
    assert len(client.list_stack_set_operations(StackSetName="net")["Summaries"]) == 2


def test_lists_come_in_pages(house: House) -> None:
    stack_set(house)
    accounts = house.targets(3)
    operation = house.create("net", accounts)["OperationId"]
    for name, more in (
        ("list_stack_instances", {}),
        ("list_stack_set_operation_results", {"OperationId": operation}),
    ):
        pages = house.api.get_paginator(name).paginate(
            StackSetName="net", PaginationConfig={"PageSize": 2}, **more
        )
        listed = [[each["Account"] for each in page["Summaries"]] for page in pages]
        assert listed == [accounts[:2], accounts[2:]]


def test_lists_are_filtered(house: House) -> None:
    stack_set(house)
    (good,), bad = house.targets(1), new_account()
    done = house.create("net", [good, bad])
    failed = [{"Name": "DETAILED_STATUS", "Values": "FAILED"}]
    listed = house.api.list_stack_instances(StackSetName="net", Filters=failed)["Summaries"]
    assert [each["Account"] for each in listed] == [bad]
    succeeded = [{"Name": "OPERATION_RESULT_STATUS", "Values": "SUCCEEDED"}]
    listed = house.api.list_stack_set_operation_results(
        StackSetName="net", OperationId=done["OperationId"], Filters=succeeded
    )["Summaries"]
    assert [each["Account"] for each in listed] == [good]
