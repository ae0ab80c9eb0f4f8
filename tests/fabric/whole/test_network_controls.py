"""What is broken fails, at the step that needs it, in the words of ECS; and what is not broken does not."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate import networking
from tests.fabric.whole import changes
from tests.fabric.whole.systems import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from private_fargate.fabric.client import Keeper
    from tests.fabric.whole.systems import System


pytestmark = [pytest.mark.slow, pytest.mark.fabric, pytest.mark.emulator, pytest.mark.xdist_group("whole")]

STEPS = ("registry auth", "log stream", "manifest", "layers", "unpack")
AUTH = "ResourceInitializationError: unable to pull secrets or registry auth: "
PULL = "CannotPullContainerError: "


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networking, "_PATIENCE", PATIENCE)


@dataclass(frozen=True, kw_only=True)
class Start:
    """How far a task came.

    Attributes:
        held: the steps that succeeded, in their order.
        failed: the one that did not; None if the task runs.
        address: whom that one asked.
        reason: why ECS stopped the task.
    """

    service: str
    held: tuple[str, ...]
    failed: str | None
    address: str
    reason: str


def starts(keeper: Keeper) -> list[Start]:
    return [_start(each) for each in keeper.ask("status")["tasks"]]


def _start(task: Any) -> Start:
    steps = task["steps"]
    failed = next((each for each in steps if not each["holds"]), None)
    assert task["running"] is (failed is None)
    assert task["stopped"] == (failed["words"] if failed else None)
    assert failed is None or failed == steps[-1], "what comes after a failure is not tried"
    return Start(
        service=task["name"].partition(".")[0],
        held=tuple(each["step"] for each in steps if each["holds"]),
        failed=failed["step"] if failed else None,
        address=failed["address"] if failed else "",
        reason=task["stopped"] or "",
    )


def all_fail_at(step: str, system: System, found: Iterable[Start]) -> list[Start]:
    """Return the starts of all tasks, none of which came further than to this step, and all that far."""
    tasks = list(found)
    assert len(tasks) == system.settings.services["nginx"].count
    assert {(each.held, each.failed) for each in tasks} == {(STEPS[: STEPS.index(step)], step)}
    return tasks


def is_inside(system: System, address: str) -> bool:
    return ip_address(address) in ip_network(system.settings.network.cidr)


def addresses(system: System, endpoint: Any) -> set[str]:
    found = changes.ec2(
        system, "describe_network_interfaces", NetworkInterfaceIds=endpoint["NetworkInterfaceIds"]
    )
    return {each["PrivateIpAddress"] for each in found["NetworkInterfaces"]}


def test_an_endpoint_whose_group_lets_nobody_in_is_silent_at_its_own_address(isolated: System) -> None:
    with (
        changes.nobody_let_in(isolated, changes.group(isolated, "EndpointSecurityGroup")),
        isolated.network() as keeper,
    ):
        for task in all_fail_at("registry auth", isolated, starts(keeper)):
            assert task.address in addresses(isolated, changes.endpoint(isolated, "ecr.api"))
            assert task.reason.startswith(f"{AUTH}execution resource retrieval failed: ")
            assert (
                "unable to retrieve ecr registry auth: service call has been retried 3 time(s)" in task.reason
            )
            assert f": dial tcp {task.address}:443: i/o timeout. Please check your task " in task.reason
        assert keeper.ask("status")["visits"] == []


def test_without_private_names_a_task_asks_a_public_address_that_it_cannot_reach(isolated: System) -> None:
    with changes.other_endpoints(isolated, _without_private_dns), isolated.network() as keeper:
        for task in all_fail_at("registry auth", isolated, starts(keeper)):
            assert not is_inside(isolated, task.address)
            assert task.reason.startswith(AUTH)
            assert f": dial tcp {task.address}:443: i/o timeout. " in task.reason


def _without_private_dns(resources: dict[str, Any]) -> None:
    resources["EcrApiEndpoint"]["Properties"]["PrivateDnsEnabled"] = False


def test_without_an_endpoint_for_the_registry_no_manifest_comes(isolated: System) -> None:
    with changes.other_endpoints(isolated, _without_registry), isolated.network() as keeper:
        for task in all_fail_at("manifest", isolated, starts(keeper)):
            assert not is_inside(isolated, task.address)
            assert task.reason.startswith(f"{PULL}pull image manifest has been retried 5 time(s): ")
            assert task.reason.endswith(f": dial tcp {task.address}:443: i/o timeout")


def _without_registry(resources: dict[str, Any]) -> None:
    del resources["EcrDkrEndpoint"]


def test_with_a_nat_gateway_the_missing_endpoint_stops_only_who_may_not_go_out(
    system_with: Callable[[str], System],
) -> None:
    system = system_with("nat-single")
    with changes.other_endpoints(system, _without_registry), system.network() as keeper:
        found = starts(keeper)
        visits = keeper.ask("status")["visits"]
    all_fail_at("manifest", system, [each for each in found if each.service == "nginx"])
    others = [each for each in found if each.service == "outward"]
    assert len(others) == 3
    assert {(each.held, each.failed) for each in others} == {(STEPS, None)}
    gateway = system.outputs["NatAddresses"]
    assert {each["client"] for each in visits if "BatchGetImage" in each["what"]} == {gateway}


def test_an_s3_policy_without_the_bucket_of_layers_refuses_them(isolated: System) -> None:
    with changes.other_policy(isolated, "s3", _without_layers), isolated.network() as keeper:
        for task in all_fail_at("layers", isolated, starts(keeper)):
            assert task.reason.startswith(f"{PULL}ref pull has been retried 1 time(s): failed to copy: ")
            assert "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com" in task.reason
            assert task.reason.endswith(": 403 Forbidden")
        refused = [each for each in keeper.ask("status")["visits"] if not each["is_allowed"]]
    assert {(each["entrance"], each["status"]) for each in refused} == {("s3", 403)}
    assert all("no VPC endpoint policy allows the s3:GetObject action" in each["why"] for each in refused)


def _without_layers(policy: dict[str, Any]) -> None:
    policy["Statement"] = [each for each in policy["Statement"] if "starport-layer" not in str(each)]


def test_an_acl_that_forgets_the_ports_of_answers_stops_what_comes_from_outside(isolated: System) -> None:
    """Endpoints with interfaces are in the VPC; S3 is the first that answers from elsewhere."""
    with changes.only_known_answers(isolated), isolated.network() as keeper:
        for task in all_fail_at("layers", isolated, starts(keeper)):
            assert not is_inside(isolated, task.address)
            assert task.reason.startswith(f"{PULL}ref pull has been retried 5 time(s): failed to copy: ")
            assert task.reason.endswith(f": dial tcp {task.address}:443: i/o timeout")


def test_a_role_that_may_not_get_images_is_refused_the_manifest(isolated: System) -> None:
    with changes.role_without(isolated, "ecr:BatchGetImage"), isolated.network() as keeper:
        for task in all_fail_at("manifest", isolated, starts(keeper)):
            assert task.address in addresses(isolated, changes.endpoint(isolated, "ecr.dkr"))
            assert task.reason.startswith(f"{PULL}pull image manifest has been retried 1 time(s): ")
            assert task.reason.endswith(": 403 Forbidden")
        refused = [each for each in keeper.ask("status")["visits"] if not each["is_allowed"]]
    assert {each["what"].split()[0] for each in refused} == {"ecr:BatchGetImage"}


def test_a_task_whose_group_lets_nobody_in_runs_and_is_not_reached(isolated: System) -> None:
    group = changes.group(isolated, "TaskSecurityGroup")
    with changes.nobody_let_in(isolated, group), isolated.network() as keeper:
        assert {(each.held, each.failed) for each in starts(keeper)} == {(STEPS, None)}
        fetched = networking.fetch(keeper, "jump-host", isolated.url)
        way = keeper.ask("trace", source="jump-host", target="nginx")
        assert "timed out" in fetched.why_not
        assert networking.failures(keeper.ask("status"), [fetched]) == [
            f"jump-host does not get {isolated.url}: {fetched.why_not}"
        ]
    assert not way["connected"]
    *passed, last = way["hops"]
    assert {rule["verdict"] for hop in passed for rule in hop["rules"]} == {"accept"}
    assert last["place"].startswith("nginx, ")
    (ruling,) = last["rules"]
    assert ruling["verdict"] == "drop"
    assert group["GroupId"] in ruling["meaning"]


def test_with_all_changes_taken_back_every_task_runs_and_is_reached(isolated: System) -> None:
    """The same looks at the same system as above: it is what was changed that they saw."""
    with isolated.network() as keeper:
        assert {(each.held, each.failed) for each in starts(keeper)} == {(STEPS, None)}
        fetched = networking.fetch(keeper, "jump-host", isolated.url)
        way = keeper.ask("trace", source="jump-host", target="nginx")
        assert networking.failures(keeper.ask("status"), [fetched]) == []
    assert fetched.came
    assert way["connected"]
    assert {rule["verdict"] for hop in way["hops"] for rule in hop["rules"]} == {"accept"}
