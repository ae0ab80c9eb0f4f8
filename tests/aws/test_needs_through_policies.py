"""The table of needs against the policies on the doors: a door that refuses what a task asks is a wall."""

from __future__ import annotations

import pytest
from troposphere import encode_to_dict

from private_fargate.aws import needs
from private_fargate.kit.endpoint_policies import interface_policy

DOORS = {
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "kms": "kms",
    "logs": "logs",
    "secretsmanager": "secretsmanager",
    "ssm": "ssm",
    "ssmmessages": "ssmmessages",
}

ASKED = sorted(
    {
        (door, action)
        for need in (
            needs.PULL_FROM_ECR,
            needs.WRITE_LOGS,
            needs.READ_SECRETS,
            needs.READ_PARAMETERS,
            needs.EXEC,
            needs.EXEC_UNDER_KEY,
            needs.EXEC_LOGGED,
            needs.SESSION_MANAGER,
        )
        for permission in need.permissions
        for action in permission.actions
        for door, prefix in DOORS.items()
        if door in need.endpoints and action.startswith(f"{prefix}:")
    }
)


@pytest.mark.parametrize(("door", "action"), ASKED)
def test_each_door_lets_through_what_its_users_call(door: str, action: str) -> None:
    statements = encode_to_dict(interface_policy(door, exec_sessions=True))["Statement"]

    assert action in {allowed for statement in statements for allowed in statement["Action"]}


def test_each_door_with_a_policy_of_its_own_is_asked_something() -> None:
    assert {door for door, _ in ASKED} == DOORS.keys()
