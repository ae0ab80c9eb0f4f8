"""Whom a statement of a resource's policy is about.

It matters how a role is named.  By its ARN, or by a star, the resource has decided.  By its account, the
resource leaves the decision to the account, that is to the policies of the role.  A key of KMS is the place
where this decides: it trusts the policies of a role only if it names the account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.templates.symbols import has_unknown, is_unknown
from private_fargate.verify.templates.values import all_of, any_of, negation, same

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from private_fargate.verify.iam.requests import Request
    from private_fargate.verify.iam.statements import Principals, Statement
    from private_fargate.verify.templates.values import Truth

    Naming: TypeAlias = Callable[[Statement, Request], Truth]
    """Says whether a statement is about whoever makes a request."""

_OF_IAM: Final = re.compile(r"arn:[^:]*:iam::([^:]*):(.*)", re.DOTALL)
_SESSION: Final = re.compile(r"arn:[^:]*:sts::[^:]*:assumed-role/([^/]*)/.*", re.DOTALL)


def anybody(_statement: Statement, _request: Request) -> Truth:
    """Say that a statement of a role's own policy is about the role."""
    return True


def named(statement: Statement, request: Request) -> Truth:
    """Say whether a statement is about a principal, be it by its name or by its account."""
    return _judged(
        statement.principals, request, lambda who: any_of((_by_name(who, request), _by_account(who, request)))
    )


def named_itself(statement: Statement, request: Request) -> Truth:
    """Say whether a statement is about a principal itself, and not only about its account."""
    return _judged(statement.principals, request, lambda who: _by_name(who, request))


def named_by_account(statement: Statement, request: Request) -> Truth:
    """Say whether a statement is about the account of a principal."""
    return _judged(statement.principals, request, lambda who: _by_account(who, request))


def named_at_gateway(statement: Statement, request: Request) -> Truth:
    """Say whether a statement of a gateway endpoint's policy is about a principal.

    The account is its root user alone there, and a role has to be named by a condition; what naming it as
    the principal does, AWS does not say.

    Source: AWS PrivateLink Guide, "Principals for gateway endpoints".
    """

    def judge(who: Principals) -> Truth:
        if "*" in who.aws:
            return True
        return False if _by_name(who, request) is False else None

    return _judged(statement.principals, request, judge)


def _judged(who: Principals | None, request: Request, judge: Callable[[Principals], Truth]) -> Truth:
    if who is None:
        return None
    if not who.negated:
        return judge(who)
    found = any_of((_by_name(who, request), _by_account(who, request)))
    if found is False or not request.principal or "*" in who.aws:
        return negation(found)
    # AWS may compare the account, the role and its session in turn; a session's name is not known before.
    return None


def _by_name(who: Principals, request: Request) -> Truth:
    if "*" in who.aws:
        return True
    if request.service_principal:
        by_service = any_of(name == "*" or same(name, request.service_principal) for name in who.services)
        # An unknown may be a star, and a star is services too.
        return by_service or (None if any(map(is_unknown, who.aws)) else by_service)
    if not request.principal:
        return None if who.aws or who.services else False
    return any_of(_is_role(name, request.principal) for name in who.aws)


def _is_role(name: str, principal: str) -> Truth:
    session = _SESSION.fullmatch(name)
    if not session:
        return same(name, principal)
    # One session of a role is named; that it is the one of this task cannot be told.
    return False if same(session.group(1), principal.rsplit("/", 1)[-1]) is False else None


def _by_account(who: Principals, request: Request) -> Truth:
    if request.service_principal or not request.principal:
        return False
    if not request.account:
        return None if who.aws else False
    return any_of(_is_account(name, request.account) for name in who.aws)


def _is_account(name: str, account: str) -> Truth:
    if name == account:
        return True
    arn = _OF_IAM.fullmatch(name)
    if arn:
        return all_of((same(arn.group(1), account), same(arn.group(2), "root")))
    # What a resource has, such as the ARN of a role, is no account; nor is any other ARN.
    return False if ":" in name or not (has_unknown(name) or name.isdigit()) else same(name, account)
