from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from private_fargate.deploy.events import Event
from private_fargate.deploy.progress import shown_on

ROOT = "arn:aws:cloudformation:us-east-1:123456789012:stack/web/1"
CHILD = "arn:aws:cloudformation:us-east-1:123456789012:stack/web-Network/2"
STACK = "AWS::CloudFormation::Stack"


def event(stack: str, path: tuple[str, ...], name: str, status: str, **more: str) -> Event:
    return Event(
        time=datetime(2026, 11, 25, tzinfo=UTC),
        id=f"{stack}-{name}-{status}",
        stack_arn=stack,
        path=path,
        logical_id=name,
        type=more.get("type", "AWS::EC2::VPC"),
        status=status,
        reason=more.get("reason", ""),
        physical_id=more.get("physical_id", ""),
    )


STORY = [
    event(ROOT, (), "web", "CREATE_IN_PROGRESS", type=STACK, physical_id=ROOT),
    event(ROOT, (), "Network", "CREATE_IN_PROGRESS", type=STACK, physical_id=CHILD),
    event(CHILD, ("Network",), "web-Network", "CREATE_IN_PROGRESS", type=STACK, physical_id=CHILD),
    event(CHILD, ("Network",), "Vpc", "CREATE_IN_PROGRESS"),
    event(CHILD, ("Network",), "Vpc", "CREATE_COMPLETE"),
    event(CHILD, ("Network",), "Nat", "CREATE_IN_PROGRESS"),
    event(CHILD, ("Network",), "Subnet", "CREATE_FAILED", reason="the [CIDR] '10.0.0.0/33' is invalid"),
]


EXPECTED = {(): 240.0, ("Network",): 130.0}


def printed(*, terminal: bool) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=120, color_system=None)
    with shown_on(console, "web", EXPECTED) as show:
        for each in STORY:
            show(each)
    return text.getvalue()


def test_without_a_terminal_each_event_is_a_line_with_its_place_and_reason() -> None:
    lines = [line.split(" s  ", 1)[1] for line in printed(terminal=False).splitlines()]
    assert len(lines) == len(STORY)
    assert lines[0].split() == ["CREATE_IN_PROGRESS", "web"]
    assert lines[4].split() == ["CREATE_COMPLETE", "web/Network/Vpc"]
    assert lines[6].endswith("web/Network/Subnet: the [CIDR] '10.0.0.0/33' is invalid")


def test_on_a_terminal_a_stack_is_one_branch_with_what_is_under_way_or_has_failed() -> None:
    last = printed(terminal=True).rpartition("web  CREATE_IN_PROGRESS")[2]
    assert last.count("Network  CREATE_IN_PROGRESS") == 1
    assert "2 of 3 resources" in last
    assert "Nat  CREATE_IN_PROGRESS" in last
    assert "Subnet  CREATE_FAILED  0 s  the [CIDR] '10.0.0.0/33' is invalid" in last
    assert "Vpc" not in last


def test_on_a_terminal_what_is_under_way_says_how_long_it_will_about_take() -> None:
    text = printed(terminal=True)
    assert "of about 240 s" in text
    assert "of about 130 s" in text
    assert "of about" not in printed(terminal=False)
