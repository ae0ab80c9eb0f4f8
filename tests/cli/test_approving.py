"""For which plans somebody is asked, and what a plan's file has to be."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from private_fargate.approving import ApprovalError, confirm_name, needs_approval, read_plan_file, save_plan
from private_fargate.errors import UserError
from private_fargate.plan.model import Change, CostChange, Plan, SecurityChange, SettingChange

if TYPE_CHECKING:
    from pathlib import Path

COST = CostChange(lines=(), before=Decimal(0), after=Decimal(0))
COUNT = Change(logical_id="Service", type="AWS::ECS::Service", action="Modify")
LOST = Change(logical_id="Log", type="AWS::Logs::LogGroup", action="Remove", fate="Delete")
HARMLESS = Change(
    logical_id="Task", type="AWS::ECS::TaskDefinition", action="Modify", replacement="yes", fate="Delete"
)
WIDER = SecurityChange(
    resource="Role", type="AWS::IAM::Role", subject="identity policy", direction="widened", message="more"
)
NARROWER = SecurityChange(
    resource="Role", type="AWS::IAM::Role", subject="identity policy", direction="narrowed", message="less"
)


def plan(*changes: Change, security: tuple[SecurityChange, ...] = (), cost: CostChange | None = COST) -> Plan:
    return Plan(
        stack="shop",
        kind="UPDATE",
        digest="0" * 64,
        change_set="arn:aws:cloudformation:us-east-1:123456789012:changeSet/private-fargate-plan-1/2",
        changes=changes,
        security=security,
        cost=cost,
    )


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (plan(COUNT), {"any"}),
        (plan(HARMLESS), {"any"}),
        (plan(LOST), {"replacement", "security", "any"}),
        (plan(COUNT, security=(WIDER,)), {"security", "any"}),
        (plan(COUNT, security=(NARROWER,)), {"any"}),
        (plan(COUNT, cost=None), {"security", "any"}),
        (plan(), set[str]()),
    ],
)
def test_each_level_asks_for_what_it_names_and_for_what_the_levels_before_it_do(
    given: Plan, asked: set[str]
) -> None:
    levels = ("never", "replacement", "security", "any")
    assert {level for level in levels if needs_approval(given, level)} == asked


def test_a_setting_of_the_stack_alone_is_a_change_too() -> None:
    protection = SettingChange(name="termination protection", before="on", after="off")
    only = Plan(stack="shop", kind="UPDATE", digest="0" * 64, settings=(protection,))
    assert needs_approval(only, "any")


def test_a_plan_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    given = plan(COUNT, LOST, security=(WIDER,))
    save_plan(given, tmp_path / "shop.plan")
    assert read_plan_file(tmp_path / "shop.plan") == given
    assert [each.name for each in tmp_path.iterdir()] == ["shop.plan"]


def test_a_plan_that_cannot_be_written_is_one_line_and_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the plan cannot be written: .* name another file with --save"):
        save_plan(plan(COUNT), tmp_path / "missing" / "shop.plan")


def test_a_file_that_is_no_plan_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "shop.plan"
    file.write_text("{}")
    with pytest.raises(UserError, match=r"shop\.plan"):
        read_plan_file(file)
    with pytest.raises(UserError, match=r"gone\.plan: cannot be read"):
        read_plan_file(tmp_path / "gone.plan")


def test_an_offline_plan_is_only_looked_at(tmp_path: Path) -> None:
    save_plan(Plan(stack="shop", kind="OFFLINE", digest="0" * 64), tmp_path / "shop.plan")
    with pytest.raises(UserError, match="made without an account"):
        read_plan_file(tmp_path / "shop.plan")


def test_only_the_right_name_deletes() -> None:
    confirm_name("shop", "shop")
    with pytest.raises(ApprovalError, match="shpo is not shop; nothing was deleted"):
        confirm_name("shop", "shpo")
