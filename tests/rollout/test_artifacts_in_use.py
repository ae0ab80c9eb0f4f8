"""What a StackSet points to is not removed from the bucket for templates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from private_fargate.config.rollout import Rollout
from private_fargate.deploy.garbage import survey
from tests.rollout.house import BUCKET, LOG_GROUP, environment, prepare, run, session_in, templates

if TYPE_CHECKING:
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

NOW = timedelta(0)


def test_the_children_of_a_rollout_are_kept_and_those_of_earlier_ones_are_not(
    aws: EmbeddedAws, name: str
) -> None:
    account = "600000000001"
    administrator = prepare(aws, (account,))
    settings = environment(Rollout(permissions="self-managed", accounts=(account,)), "us-east-1", name=name)

    def unused() -> set[str]:
        found = survey(administrator, BUCKET, older_than=NOW, catalog=False, others=False)
        assert not any(name in doubt for doubt in found.doubts)
        return {each.key for each in found.unused}

    run(administrator, settings, templates(version=f"{name} 1"))
    before = unused()
    run(administrator, settings, templates(version=f"{name} 2"))
    assert len(unused() - before) == 1, "the child of the first, and not that of the second"


def test_instances_that_may_be_of_older_templates_are_a_doubt(aws: EmbeddedAws, name: str) -> None:
    account = "600000000002"
    administrator = prepare(aws, (account,))
    session_in(aws, account).client("logs").create_log_group(logGroupName=LOG_GROUP)
    settings = environment(Rollout(permissions="self-managed", accounts=(account,)), "us-east-1", name=name)
    run(administrator, settings)
    found = survey(administrator, BUCKET, older_than=NOW, catalog=False, others=False)
    assert any(f"the StackSet {name}: 1 of its instances are not CURRENT" in doubt for doubt in found.doubts)
