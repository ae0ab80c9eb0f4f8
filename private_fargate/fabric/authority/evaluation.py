"""The decision on a request by all policies that have a say in it.

Source: IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html and the pages
below it; for keys kms/latest/developerguide/policy-evaluation.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.fabric.authority.conditions import holds
from private_fargate.fabric.authority.patterns import matches, resource_matches
from private_fargate.fabric.authority.principals import ANONYMOUS, Standing, Who, standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.fabric.authority.patterns import Values
    from private_fargate.fabric.authority.statements import Policy, Statement, Texts

Consent: TypeAlias = Literal["either", "both", "key", "none"]
"""What a resource says to it: it or the identity allows, both do, its policy allows or leaves it to the
identity, or it is not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call and who makes it, with everything that a policy may ask."""

    who: Who
    action: str
    resource: str
    context: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """All policies that have a say.

    Attributes:
        boundary: of the role; None if it has none.
        endpoint: by which the call comes; None if by none, or by one without a policy.
        is_gateway: whether that endpoint is one by route, whose policy allows nobody by name.
        resource: None if it has none.
        consent: what the resource has to say to it.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    endpoint: Policy | None = None
    is_gateway: bool = False
    resource: Policy | None = None
    consent: Consent = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What some policies say: whether one denies, and how near to the caller one allows."""

    is_denied: bool
    allows: Standing


_SILENT: Final = Opinion(is_denied=False, allows=Standing.NOBODY)


def opinion(policies: Iterable[Policy], request: Request, *, everybody_only: bool = False) -> Opinion:
    """Return what policies of one kind say together.

    Args:
        policies: of one kind.
        request: to judge.
        everybody_only: whether nobody is allowed by name.
    """
    allows, is_denied = Standing.NOBODY, False
    for policy in policies:
        for statement in policy.statements:
            near = _standing(statement, request, everybody_only=everybody_only)
            if near is Standing.NOBODY or not _applies(statement, policy, request):
                continue
            if statement.is_allow:
                allows = max(allows, near)
            else:
                is_denied = True
    return Opinion(is_denied=is_denied, allows=allows)


def refusal(policies: Policies, request: Request) -> str:
    """Return why a request is refused, in the words of AWS; an empty text if it is allowed.

    Source: IAM/latest/UserGuide/troubleshoot_access-denied.html.
    """
    identity = opinion(policies.identity, request)
    boundary = opinion([policies.boundary], request) if policies.boundary else None
    endpoint = (
        opinion([policies.endpoint], request, everybody_only=policies.is_gateway)
        if policies.endpoint
        else None
    )
    resource = opinion([policies.resource], request) if policies.resource else _SILENT
    for said, where in (
        (endpoint, "a VPC endpoint policy"),
        (boundary, "a permissions boundary"),
        (identity, "an identity-based policy"),
        (resource, "a resource-based policy"),
    ):
        if said and said.is_denied:
            return f"with an explicit deny in {where}"
    missing = _missing(policies.consent, request, identity, boundary, resource)
    if not missing and endpoint and not endpoint.allows:
        missing = "VPC endpoint policy"
    return f"because no {missing} allows the {request.action} action" if missing else ""


def _missing(
    consent: Consent, request: Request, identity: Opinion, boundary: Opinion | None, resource: Opinion
) -> str:
    """Return the kind of policy that would have to allow and does not; an empty text if there is none."""
    by_resource = consent != "none" and resource.allows >= Standing.ROLE
    if request.who == ANONYMOUS:
        return "" if consent == "none" or resource.allows is Standing.SESSION else "resource-based policy"
    if consent in ("both", "key") and not resource.allows:
        return "resource-based policy"
    if not identity.allows and (consent == "both" or not by_resource):
        return "identity-based policy"
    if boundary is None or boundary.allows:
        return ""
    is_enough = consent != "both" and by_resource and resource.allows is Standing.SESSION
    return "" if is_enough else "permissions boundary"


def _standing(statement: Statement, request: Request, *, everybody_only: bool) -> Standing:
    if statement.principals is None:
        return Standing.SESSION
    return standing(
        statement.principals, request.who, is_allow=statement.is_allow, everybody_only=everybody_only
    )


def _applies(statement: Statement, policy: Policy, request: Request) -> bool:
    """Say whether action, resource and conditions are those of a request.

    A variable without a value makes a text fit nothing; whatever is negated by it neither allows nor fails
    to deny.
    """
    variables = request.context if policy.knows_variables else None
    return (
        _is_action(statement.actions, request.action)
        and (
            statement.resources is None
            or _is_resource(statement.resources, request.resource, variables, is_allow=statement.is_allow)
        )
        and all(
            holds(
                condition,
                request.context,
                knows_variables=policy.knows_variables,
                doubtful_fits=statement.is_allow,
            )
            for condition in statement.conditions
        )
    )


def _is_action(actions: Texts, action: str) -> bool:
    is_named = any(matches(text.lower(), action.lower(), None) for text in actions.texts)
    return is_named != actions.is_negated


def _is_resource(resources: Texts, resource: str, variables: Values | None, *, is_allow: bool) -> bool:
    found = [resource_matches(text, resource, variables) for text in resources.texts]
    is_named = True in found or (resources.is_negated and is_allow and None in found)
    return is_named != resources.is_negated
