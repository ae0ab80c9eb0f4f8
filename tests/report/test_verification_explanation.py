"""The tree of `verify --explain`: the whole proof, and each thing only once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from private_fargate.report.verification.tree import UnknownTaskError, explanation, explanations
from private_fargate.verify.findings import Finding, Proof, Report, Step, Unproven

if TYPE_CHECKING:
    from rich.tree import Tree


def shown(tree: Tree) -> str:
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as capture:
        console.print(tree)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def route(zone: str, *, holds: bool = True) -> Proof:
    claim = f"a route leads from {zone} to S3"
    why = "" if holds else "S3Endpoint names it not"
    steps = (Step(claim, holds, f"Network/{zone}RouteTable", why),)
    return Proof(task="nginx", zone=f"Network/{zone}", need="s3:443", steps=steps)


def named(*tasks: str) -> Report:
    proofs = tuple(Proof(task=task, zone="", need="x", steps=(Step("y", holds=True),)) for task in tasks)
    return Report(template="x", findings=(), proofs=proofs)


def test_the_tree_shows_each_step_with_who_grants_it_and_why_not() -> None:
    role = Step("ECS may assume the execution role", holds=True, by="Nginx/ExecutionRole")
    policy = Step("the endpoint's policy allows it", None, "LogsEndpoint", "parameter Policy has no value")
    report = Report(
        template="parent.json",
        findings=(
            Finding(
                path="network.json",
                line=9,
                rule="NET-006",
                severity="warning",
                resource="S3Endpoint",
                message="It serves [two] of three.",
                symptom="",
                fix="Add the third.",
                breaks=("nginx -> s3",),
            ),
        ),
        unproven=(Unproven("nginx", "image", "parameter Image has no value"), Unproven("api", "x", "y")),
        proofs=(
            Proof(task="nginx", zone="", need="assume the execution role", steps=(role,)),
            route("PrivateSubnet1"),
            route("PrivateSubnet2"),
            route("PrivateSubnet3", holds=False),
            Proof(task="nginx", zone="Network/PrivateSubnet1", need="logs:443", steps=(role, policy)),
        ),
    )
    assert (
        shown(explanation(report, "nginx"))
        == """\
nginx, 4 needs: 1 proven, 1 fail, 2 unproven
├── ✓ assume the execution role
│   └── ✓ ECS may assume the execution role (Nginx/ExecutionRole)
├── ✓ s3:443 in Network/PrivateSubnet1 and 2
│   └── ✓ a route leads from PrivateSubnet1 and 2 to S3
│       (Network/PrivateSubnet1RouteTable and Network/PrivateSubnet2RouteTable)
├── ✗ s3:443 in Network/PrivateSubnet3
│   └── ✗ a route leads from PrivateSubnet3 to S3
│       (Network/PrivateSubnet3RouteTable)
│       S3Endpoint names it not
├── ? logs:443 in Network/PrivateSubnet1
│   ├── ✓ ECS may assume the execution role (Nginx/ExecutionRole)
│   └── ? the endpoint's policy allows it (LogsEndpoint)
│       parameter Policy has no value
├── ? image
│   parameter Image has no value
└── what breaks it
    └── NET-006 network.json:9
        It serves [two] of three.
        fix: Add the third."""
    )


@pytest.mark.parametrize(
    ("claims", "folded"),
    [
        ({"SubnetA": "leads to NatA", "SubnetB": "leads to NatB"}, "leads to NatA and B"),
        ({"OneSubnet": "leads to OneNat", "TwoSubnet": "leads to TwoNat"}, "leads to OneNat and TwoNat"),
        (
            {"Subnet": "Subnet is routed", "SubnetTwo": "SubnetTwo is routed"},
            "Subnet and SubnetTwo is routed",
        ),
        (
            {"Subnet1": "10.0.1.0/24 is let in", "Subnet2": "10.0.2.0/24 is let in"},
            "10.0.1.0/24 and 10.0.2.0/24 is let in",
        ),
    ],
)
def test_zones_share_a_branch_however_they_are_told_apart(claims: dict[str, str], folded: str) -> None:
    proofs = tuple(
        Proof(task="nginx", zone=zone, need="internet", steps=(Step(claim, holds=True),))
        for zone, claim in claims.items()
    )
    tree = explanation(Report(template="x", findings=(), proofs=proofs), "nginx")
    assert shown(tree).splitlines()[2:] == [f"    └── ✓ {folded}"]


def test_what_holds_in_one_zone_and_not_in_another_shares_no_branch() -> None:
    proofs = tuple(
        Proof(task="nginx", zone=zone, need="internet", steps=(Step("it is routed", holds=holds),))
        for zone, holds in (("Subnet1", True), ("Subnet2", None), ("Subnet3", False), ("Subnet4", True))
    )
    tree = explanation(Report(template="x", findings=(), proofs=proofs), "nginx")
    assert [line for line in shown(tree).splitlines() if "internet" in line] == [
        "├── ✓ internet in Subnet1 and 4",
        "├── ? internet in Subnet2",
        "└── ✗ internet in Subnet3",
    ]


def test_zones_that_take_different_ways_keep_their_branches() -> None:
    ways = {"Subnet1": "NatGateway", "Subnet2": "InternetGateway"}
    proofs = tuple(
        Proof(task="nginx", zone=zone, need="internet", steps=(Step(f"leads to {way}", holds=True),))
        for zone, way in ways.items()
    )
    tree = explanation(Report(template="x", findings=(), proofs=proofs), "nginx")
    assert (
        shown(tree)
        == """\
nginx, 1 need: 1 proven, 0 fail, 0 unproven
├── ✓ internet in Subnet1
│   └── ✓ leads to NatGateway
└── ✓ internet in Subnet2
    └── ✓ leads to InternetGateway"""
    )


@pytest.mark.parametrize("wanted", ["Nginx/Service", "nginx/service", "nginx"])
def test_a_task_of_a_nested_stack_is_found_by_the_name_of_the_stack(wanted: str) -> None:
    tree = explanation(named("Nginx/Service", "Api/Service"), wanted)
    assert shown(tree).startswith("Nginx/Service, ")


def test_all_roots_are_asked() -> None:
    trees = explanations([named("api"), named("nginx"), named("nginx")], "nginx")
    assert [shown(tree).partition(",")[0] for tree in trees] == ["nginx", "nginx"]


@pytest.mark.parametrize(
    ("tasks", "wanted", "message"),
    [
        (
            ("nginx", "api"),
            "ngnix",
            "--explain: there is no task ngnix; did you mean nginx? there are api and nginx",
        ),
        (("nginx",), "worker", "--explain: there is no task worker; there is nginx"),
        ((), "nginx", "--explain: there is no task nginx; the templates run nothing on Fargate"),
        (
            ("A/Service", "B/Service"),
            "service",
            "--explain: service is part of several tasks; write A/Service or B/Service",
        ),
    ],
)
def test_an_unknown_task_is_answered_with_those_there_are(
    tasks: tuple[str, ...], wanted: str, message: str
) -> None:
    with pytest.raises(UnknownTaskError) as caught:
        explanation(named(*tasks), wanted)
    assert str(caught.value) == message
    assert isinstance(caught.value, ValueError)
