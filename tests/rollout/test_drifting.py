"""What was changed by hand in an account is found, also in nested stacks, where StackSets does not look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.config.rollout import Rollout
from private_fargate.rollout.client import StackSet
from private_fargate.rollout.drifting import drift
from private_fargate.rollout.model import Place
from tests.rollout.house import (
    EXECUTION_ROLE,
    LOG_GROUP,
    Witness,
    environment,
    prepare,
    readers,
    run,
    session_in,
)

if TYPE_CHECKING:
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

ACCOUNTS = ("320000000001", "320000000002")


def test_a_change_in_a_nested_stack_is_found_where_somebody_may_read(aws: EmbeddedAws, name: str) -> None:
    administrator = prepare(aws, ACCOUNTS)
    settings = Rollout(permissions="self-managed", accounts=ACCOUNTS)
    assert run(administrator, environment(settings, "us-east-1", name=name))[0].succeeded
    logs = session_in(aws, ACCOUNTS[1]).client("logs")
    logs.put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=30)
    stack_set = StackSet(session=administrator, name=name)

    rows = drift(stack_set, settings, ("us-east-1",), Witness(), readers(administrator, EXECUTION_ROLE))
    found = {row.instance.place: row.drifted for row in rows}
    assert found == {
        Place(ACCOUNTS[0], "us-east-1"): (),
        Place(ACCOUNTS[1], "us-east-1"): ("Logs/Log MODIFIED",),
    }
    rows = drift(stack_set, settings, ("us-east-1",), Witness(), readers(administrator))
    assert [row.drifted for row in rows] == [(), ()]
    assert all("nested stacks were not compared" in row.doubt for row in rows)
