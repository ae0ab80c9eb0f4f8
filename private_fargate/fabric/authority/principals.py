"""Who calls, and whether a statement is about him.

Source: IAM/latest/UserGuide/reference_policies_elements_principal.html and
reference_policies_elements_notprincipal.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

ANYBODY: Final = "*"

_ACCOUNT = re.compile(r"\d{12}\Z")
_ROOT = re.compile(r"arn:[\w-]+:iam::(\d{12}):root\Z")
_NAMED = re.compile(
    r"arn:[\w-]+:(?:iam::(?:\d{12}|cloudfront):(?:user|role)/[^*?]+|sts::\d{12}:(?:assumed-role/[^*?/]+|federated-user)/[^*?]+)\Z"
)
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,}\Z")


class Standing(IntEnum):
    """How near a statement comes to a caller; what is nearer needs less beside it."""

    NOBODY = 0
    ACCOUNT = 1
    """It leaves the decision to the caller's account, and so to its identity policies."""
    ROLE = 2
    """It names the role, which its permissions boundary limits."""
    SESSION = 3
    """It names the session or everybody, or is a policy of the role itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody who calls: a session of a role, a service, or nobody that is known.

    Attributes:
        role_id: which IAM gives a role when it is made, `AROA…`.
        service: `ecs-tasks.amazonaws.com`, where a service calls in its own name.
    """

    session_arn: str = ""
    role_arn: str = ""
    role_id: str = ""
    account: str = ""
    service: str = ""


ANONYMOUS: Final = Who()


@dataclass(frozen=True, slots=True, kw_only=True)
class Principals:
    """Whom a statement names, or whom it excepts.

    Attributes:
        is_negated: `NotPrincipal`.
        of_aws: accounts by number, everybody else by ARN or ID; `*` is everybody.
    """

    is_negated: bool
    of_aws: frozenset[str]
    services: frozenset[str]


def normal(name: str) -> str | None:
    """Return a principal of AWS as it is compared; None if AWS would refuse it.

    >>> normal("arn:aws:iam::111122223333:root"), normal("arn:aws:iam::111122223333:role/*")
    ('111122223333', None)
    """
    if match := _ROOT.match(name):
        return match[1]
    is_known = name == ANYBODY or _ACCOUNT.match(name) or _NAMED.match(name) or _UNIQUE_ID.match(name)
    return name if is_known else None


def standing(principals: Principals, who: Who, *, is_allow: bool, everybody_only: bool = False) -> Standing:
    """Say how near a statement comes to a caller.

    Args:
        principals: of the statement.
        who: calls.
        is_allow: whether it allows; where AWS may read a statement in two ways, a caller gets less.
        everybody_only: whether nobody is allowed by name, as by the policy of a gateway endpoint.
    """
    if everybody_only and is_allow:
        is_everybody = ANYBODY in principals.of_aws and not principals.is_negated
        return Standing.SESSION if is_everybody else Standing.NOBODY
    if principals.is_negated:
        return Standing.NOBODY if _is_excepted(principals, who, is_allow=is_allow) else Standing.SESSION
    return _named(principals, who)


def _named(principals: Principals, who: Who) -> Standing:
    if ANYBODY in principals.of_aws or (who.service and who.service in principals.services):
        return Standing.SESSION
    if who.session_arn and who.session_arn in principals.of_aws:
        return Standing.SESSION
    if ({who.role_arn, who.role_id} - {""}) & principals.of_aws:
        return Standing.ROLE
    return Standing.ACCOUNT if who.account and who.account in principals.of_aws else Standing.NOBODY


def _is_excepted(principals: Principals, who: Who, *, is_allow: bool) -> bool:
    """Say whether a caller is one of those whom `NotPrincipal` names.

    To be spared by a statement that denies, a session, its role and its account have to be named.
    """
    named = principals.of_aws
    if ANYBODY in named:
        return True
    if who.service:
        return who.service in principals.services
    steps = [
        who.session_arn in named,
        who.role_arn in named or who.role_id in named,
        who.account in named,
    ]
    return who != ANONYMOUS and (any if is_allow else all)(steps)
