"""Statements cut into policies that IAM takes: each has to be small, and a role has few."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from private_fargate.aws.limits import POLICIES_OF_A_ROLE, POLICY_CHARACTERS
from private_fargate.kit.policy import policy
from private_fargate.kit.trees import tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from awacs.aws import Statement

_LONGEST: Final = {
    "AWS::AccountId": 12,
    "AWS::Partition": len("aws-us-gov"),
    "AWS::Region": len("ap-southeast-99"),
    "Bucket": 63,
}
_VARIABLE: Final = re.compile(r"\$\{([^}]+)\}")


def cut(policies: Mapping[str, Sequence[Statement]]) -> dict[str, tuple[Statement, ...]]:
    """Return the statements by the title of the policy that holds them, each small enough.

    What does not fit into one goes on in the next, with a number; so a policy that grows moves no other.

    Raises:
        ValueError: they are more than a role can have, or one statement fills more than a policy.
    """
    found: dict[str, tuple[Statement, ...]] = {}
    for name, statements in policies.items():
        for number, piece in enumerate(_pieces(name, statements)):
            found[f"{name}Policy{number + 1 if number else ''}"] = piece
    most = int(POLICIES_OF_A_ROLE.value)
    if len(found) > most:
        message = (
            f"launch role: {len(found)} policies are more than the {most} that a role can have; "
            "offer systems with fewer kinds of resources"
        )
        raise ValueError(message)
    return found


def whole(name: str, statements: Sequence[Statement]) -> Sequence[Statement]:
    """Return the statements of a policy that cannot be cut.

    Raises:
        ValueError: it is larger than a policy can be.
    """
    found, room = size(statements), int(POLICY_CHARACTERS.value)
    if found > room:
        message = (
            f"launch role: {name} has {found} characters, more than the {room} that a policy can have; offer "
            "systems whose roles may do fewer things"
        )
        raise ValueError(message)
    return statements


def size(statements: Sequence[Statement]) -> int:
    """Return the characters that IAM counts, at most: without white space, and with the longest values."""
    text = json.dumps(tree(policy(*statements)), separators=(",", ":"))
    return len(_VARIABLE.sub(lambda found: "x" * _LONGEST[found[1]], text))


def _pieces(name: str, statements: Sequence[Statement]) -> list[tuple[Statement, ...]]:
    pieces: list[tuple[Statement, ...]] = []
    room = int(POLICY_CHARACTERS.value)
    for statement in statements:
        if size([statement]) > room:
            message = (
                f"launch role: {statement.Sid} of {name} has more than {room} characters; give part of its "
                "actions a grant of their own in stacks/launch_role/reach.py"
            )
            raise ValueError(message)
        if pieces and size([*pieces[-1], statement]) <= room:
            pieces[-1] = (*pieces[-1], statement)
        else:
            pieces.append((statement,))
    return pieces
