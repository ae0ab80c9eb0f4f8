"""Who may call, and by which keys he is known."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

TASKS: Final = "ecs-tasks.amazonaws.com"
INSTANCES: Final = "ec2.amazonaws.com"

_KEY_LETTERS: Final = string.ascii_uppercase + "234567"
_SECRET_LETTERS: Final = string.ascii_letters + string.digits + "+/"
_ECS_WORDS: Final = (
    "ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role "
    "being passed has the proper trust relationship and permissions and that your IAM user has permissions "
    "to pass this role."
)
_EC2_WORDS: Final = (
    "EC2 cannot assume the role {name}. Please see documentation at "
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html"
    "#troubleshoot_iam-ec2_errors-info-doc."
)
"""Source: IAM/latest/UserGuide/troubleshoot_iam-ec2.html."""


class RoleRefusedError(Exception):
    """A service may not take a role; the text is what AWS says of it.

    Attributes:
        why: what a person wants to know beside it, which AWS does not say.
    """

    def __init__(self, role_arn: str, service: str, why: str) -> None:
        """Say it in the words of the service."""
        words = _EC2_WORDS if service == INSTANCES else _ECS_WORDS
        super().__init__(words.format(role=role_arn, name=role_arn.rpartition("/")[2]))
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Temporary keys of a role."""

    access_key: str
    secret_key: str
    session_token: str
    role_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose temporary keys they are.

    Attributes:
        session_arn: `arn:aws:sts::<account>:assumed-role/<name>/<session>`.
        known: what conditions may ask about this session alone, by their keys in small letters.
    """

    role_arn: str
    session_arn: str
    account: str
    known: Mapping[str, str] = field(default_factory=dict[str, str])


def new_credentials(role_arn: str) -> Credentials:
    """Return keys that nobody has seen before, in the form of those of AWS."""
    return Credentials(
        access_key=f"ASIA{_random(_KEY_LETTERS, 16)}",
        secret_key=_random(_SECRET_LETTERS, 40),
        session_token=_random(_SECRET_LETTERS, 320),
        role_arn=role_arn,
    )


def session_name(source_arn: str | None) -> str:
    """Return the name of a session: the ID of the task or the instance that it is for.

    >>> session_name("arn:aws:ecs:eu-west-1:111122223333:task/demo/0123456789abcdef")
    '0123456789abcdef'
    """
    return source_arn.rpartition("/")[2] if source_arn else secrets.token_hex(16)


def _random(letters: str, length: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))
