from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from private_fargate.plan.comparing import compare
from private_fargate.plan.cost import cost_change
from private_fargate.plan.model import (
    Change,
    CostChange,
    Plan,
    Problem,
    PropertyChange,
    SecurityChange,
    SettingChange,
)
from private_fargate.plan.problems import new_problems
from private_fargate.plan.trees import template_of
from private_fargate.report.plan import plan_markdown, plan_text
from private_fargate.report.plan.losses import losses
from private_fargate.report.plan.markdown import LIMIT
from tests.plan.houses import house, moved, output, with_images

if TYPE_CHECKING:
    from private_fargate.plan.trees import StackTemplate

RED = "\x1b[31m"
BOLD_RED = "\x1b[1;31m"
GREEN = "\x1b[32m"


def planned(old: StackTemplate | None, new: StackTemplate) -> Plan:
    return Plan(
        stack="shop",
        kind="OFFLINE",
        digest="d" * 64,
        changes=compare(old, new),
        cost=cost_change(old, new),
        problems=new_problems(old, new),
    )


def printed(plan: Plan, *, colour: bool = False) -> str:
    text = io.StringIO()
    console = Console(
        file=text, width=400, force_terminal=colour, color_system="standard" if colour else None
    )
    console.print(plan_text(plan))
    return text.getvalue()


@pytest.fixture(scope="module")
def move() -> Plan:
    """A network that gets another address range."""
    templates = output("demo")
    return planned(house("demo"), template_of(moved(templates), with_images(templates)))


def in_order(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def test_a_network_that_moves_is_told_first_and_in_red(move: Plan) -> None:
    shown = printed(move, colour=True)
    first = shown.splitlines()[2:4]
    assert f"{BOLD_RED}What is given up" in first[0]
    assert f"{RED}EC2::VPC replaced, old deleted: Network/Vpc" in first[1]
    assert "Everything in the VPC is made anew" in shown
    assert in_order(shown, "EC2::VPC replaced", "EC2::Subnet replaced", "CFN-013", "Changes: ")


def test_a_cause_is_told_before_what_follows_from_it(move: Plan) -> None:
    told = losses(move.changes)
    assert told[0].change.type == "AWS::EC2::VPC"
    assert told[0].reasons == ("CidrBlock: 10.0.0.0/16 -> 10.7.0.0/16",)
    [doors] = [loss for loss in told if loss.change.type == "AWS::EC2::VPCEndpoint"]
    assert (len(doors.names), doors.reasons) == (6, ())


def test_lost_data_comes_first_of_all_and_task_definitions_last() -> None:
    shown = printed(planned(house("demo"), house("prod")))
    assert in_order(
        shown,
        "All log events are lost",
        "There is a new hosted zone",
        "ECS::Service removed",
        "with little consequence",
        "ECS::TaskDefinition removed",
        "Fargate tasks of Web/Service",
        "Changes: 23 Add",
    )


def test_what_is_retained_is_not_shown_as_lost() -> None:
    log = Change(logical_id="Log", type="AWS::Logs::LogGroup", action="Remove", fate="Retain")
    shown = printed(Plan(stack="s", kind="UPDATE", digest="d", changes=(log,)), colour=True)
    assert "old retained: Log" in shown
    assert f"{RED}Logs::LogGroup" not in shown
    assert "are lost" not in shown


def everything() -> Plan:
    change = PropertyChange(path="Properties/Cpu", before="256", after="512", replaces="yes", cause="TaskCpu")
    return Plan(
        stack="shop",
        kind="UPDATE",
        digest="d" * 64,
        region="eu-west-1",
        account="123456789012",
        changes=(
            Change(
                logical_id="Task",
                type="AWS::ECS::TaskDefinition",
                action="Modify",
                replacement="yes",
                fate="Delete",
                properties=(change,),
            ),
        ),
        settings=(SettingChange(name="termination protection", before="on", after="off"),),
        security=(
            SecurityChange(
                resource="Role", type="AWS::IAM::Role", subject="trust", direction="narrowed", message="less"
            ),
            SecurityChange(
                resource="Role",
                type="AWS::IAM::Role",
                subject="identity policy",
                direction="widened",
                message="more",
                after='{"Action":"*"}',
            ),
        ),
        problems=(Problem(rule="NET-003", severity="error", resource="X", message="no way", fix="make one"),),
        cost=CostChange(
            lines=(("tasks", Decimal("10.00"), Decimal("12.50")),),
            before=Decimal(10),
            after=Decimal("12.5"),
            unknown=("a load balancer",),
        ),
        notes=("a note",),
    )


def test_every_part_of_a_plan_is_told_the_weightiest_first() -> None:
    parts = (
        "UPDATE shop in eu-west-1",
        "widened",
        "narrowed",
        "NET-003",
        "make one",
        "termination protection",
    )
    more = ("10.00", "12.50", "+2.50", "a load balancer")
    text = printed(everything())
    assert in_order(text, *parts, *more, "Cpu: 256 -> 512  (TaskCpu)", "a note")
    markdown = plan_markdown(everything())
    assert in_order(markdown, *parts, *more, "a note", "`Cpu`: `256` -> `512` (by `TaskCpu`)")
    assert in_order(markdown, "<details><summary>All changes", "`Cpu`")
    assert markdown.endswith("</details>\n")


def test_access_that_widens_is_red_and_access_that_narrows_is_green() -> None:
    shown = printed(everything(), colour=True)
    assert f"{RED}widened" in shown
    assert f"{GREEN}narrowed" in shown


def test_nothing_to_do_is_said_in_so_many_words() -> None:
    plan = Plan(stack="shop", kind="UPDATE", digest="d")
    assert printed(plan).strip() == "UPDATE shop: nothing to do"
    assert "Nothing to do" in plan_markdown(plan)


def test_a_plan_too_large_to_read_is_summarised_but_every_loss_is_told() -> None:
    queues = tuple(
        Change(logical_id=f"Queue{number}", type="AWS::SQS::Queue", action="Remove", fate="Delete")
        for number in range(150)
    )
    stack = Change(
        logical_id="Queues",
        type="AWS::CloudFormation::Stack",
        action="Modify",
        properties=(PropertyChange(path="Properties/Tags", before="old", after="new"),),
        within=queues,
    )
    shown = printed(Plan(stack="s", kind="UPDATE", digest="d", changes=(stack,)))
    assert "SQS::Queue removed, old deleted: Queues/Queue0, " in shown
    assert "and 138 more" in shown
    assert "Modify  Queues  CloudFormation::Stack: 150 Remove" in shown
    assert "Tags" not in shown
    assert len(shown.splitlines()) < 20


def large(number: int) -> Plan:
    properties = (PropertyChange(path="Properties/QueueName", before="a" * 200, after="b" * 200),)
    changes = tuple(
        Change(logical_id=f"Q{i}", type="AWS::SQS::Queue", action="Modify", properties=properties)
        for i in range(number)
    )
    lost = Change(logical_id="Log", type="AWS::Logs::LogGroup", action="Remove", fate="Delete")
    notes = tuple(f"note {i} " + "x" * 100 for i in range(number))
    return Plan(stack="s", kind="UPDATE", digest="d", changes=(*changes, lost), notes=notes)


@pytest.mark.parametrize("number", [50, 140, 2_000])
def test_a_comment_is_never_longer_than_github_takes(number: int) -> None:
    written = plan_markdown(large(number))
    assert len(written) <= LIMIT == 65_536
    assert "All log events are lost" in written
    assert ("lines are left out" in written) == (number > 50)
    assert written.count("<details>") == written.count("</details>")


def test_a_value_cannot_break_out_of_a_comment() -> None:
    nasty = "``` </details> @everyone <script>\n# Approved"
    change = Change(
        logical_id="Q",
        type="AWS::SQS::Queue",
        action="Modify",
        properties=(PropertyChange(path="Properties/QueueName", before=None, after=nasty),),
    )
    plan = Plan(stack="s", kind="UPDATE", digest="d", changes=(change,), notes=(nasty,))
    written = plan_markdown(plan)
    assert "````` ```" not in written
    assert "nothing -> ```` ``` </details> @everyone <script> # Approved ````" in written
    assert r"\`\`\` \</details\> @" + "\u200beveryone" in written
    assert "\n# Approved" not in written


def test_square_brackets_of_a_value_reach_the_terminal() -> None:
    change = PropertyChange(path="Properties/A", before='["[red]"]', after="[/]")
    plan = Plan(
        stack="s",
        kind="UPDATE",
        digest="d",
        changes=(Change(logical_id="Q", type="AWS::SQS::Queue", action="Modify", properties=(change,)),),
    )
    assert 'A: ["[red]"] -> [/]' in printed(plan)
