"""How AWS decides, in three values.

A deny anywhere beats every allow, and without an allow the answer is no.  What is not known may be either:
a policy that cannot be read may allow what nobody else does, and deny what somebody else allows.  So it
turns a refusal into "cannot be told", and an allowance as well: unknown is never a fault and never a proof.

Source: IAM User Guide, "Policy evaluation logic".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.verify.iam.conditions import holds
from private_fargate.verify.iam.patterns import FOREIGN, TASK, UNKNOWN, covers, fill
from private_fargate.verify.iam.principals import (
    anybody,
    named,
    named_at_gateway,
    named_by_account,
    named_itself,
)
from private_fargate.verify.templates.values import all_of, any_of, negation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from private_fargate.verify.iam.principals import Naming
    from private_fargate.verify.iam.requests import Request
    from private_fargate.verify.iam.statements import Policy, Selection, Statement
    from private_fargate.verify.templates.values import Truth

Part: TypeAlias = Literal["", "action", "principal", "resource", "condition", "effect"]
"""A part of a statement, in the order in which they are compared; empty for none."""

_ORDER: Final[tuple[Part, ...]] = ("action", "principal", "resource", "condition", "effect", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What policies say to a request, and why.

    Attributes:
        allowed: Whether any of them allows it.
        denied: Whether any of them denies it.
        by: The statement that decides: that allows it, or denies it; if none does, the one that comes
            closest to allowing it, because that is the one to mend.
        stopped: The part of `by` that does not fit, or of which it cannot be told whether it does.
        why: Why it does not pass, or cannot be told; empty if it passes.
    """

    allowed: Truth
    denied: Truth
    by: Statement | None = None
    stopped: Part = ""
    why: str = ""

    @property
    def holds(self) -> Truth:
        """Whether the request passes."""
        return all_of((self.allowed, negation(self.denied)))


@dataclass(frozen=True, slots=True)
class _Match:
    """How far a statement applies to a request; `stopped` is the first part that does not, or may not."""

    statement: Statement
    applies: Truth
    stopped: Part = ""


def decide(policies: Iterable[Policy], request: Request, naming: Naming = anybody) -> Decision:
    """Decide a request by some policies together.

    Args:
        policies: Those of one principal, or the one of a resource.
        request: What is asked.
        naming: Whom a statement that allows something has to be about.  One that denies it is about
            everyone whom it names in any way.
    """
    given = tuple(policies)
    denying: Naming = named if naming in (named_itself, named_by_account) else naming
    unread = [policy for policy in given if not policy.complete]
    allows = [_match(statement, request, naming) for statement in _with(given, "Allow")]
    denies = [_match(statement, request, denying) for statement in _with(given, "Deny")]
    in_doubt: Truth = None if unread else False
    allowed = any_of((*(match.applies for match in allows), in_doubt))
    denied = any_of((*(match.applies for match in denies), in_doubt))
    best, why = _reason(allows, denies, allowed, request)
    if unread and not why:
        verb = "denies" if allowed else "allows"
        why = f"cannot tell whether {unread[0].name or 'a policy'} {verb} {_asked(request)}: it is not known"
    return Decision(
        allowed=allowed,
        denied=denied,
        by=best.statement if best else None,
        stopped=best.stopped if best else "",
        why=_plain(why),
    )


def identity(policies: Iterable[Policy], boundary: Policy | None, request: Request) -> Decision:
    """Decide a request by what a role has: its policies, and its permissions boundary if it has one.

    Policies of the organisation and of the session are not in templates, and are not considered.
    """
    own = decide(policies, request)
    if boundary is None:
        return own
    limit = decide((boundary,), request)
    if limit.why:
        limit = replace(limit, why=f"by the permissions boundary, {limit.why}")
    return _both(own, limit)


def resource_policy(policy: Policy | None, request: Request, *, gateway: bool = False) -> Decision:
    """Decide a request by the policy of what lies on its way: an endpoint, a key, a bucket, a role.

    Args:
        policy: None if there is none: the default of an endpoint, which lets everything pass.
        request: What is asked.
        gateway: Whether it is the policy of a gateway endpoint, which knows principals only as `*`.

    Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
    """
    if policy is None:
        return Decision(allowed=True, denied=False)
    return decide((policy,), request, named_at_gateway if gateway else named)


def grant(policy: Policy, request: Request) -> Decision:
    """Decide whether the policy of a resource lets a role of its own account in, whatever the role's say."""
    return decide((policy,), request, named_itself)


def key_policy(
    policy: Policy | None, policies: Iterable[Policy], boundary: Policy | None, request: Request
) -> Decision:
    """Decide what a role may do with a key of KMS.

    A key decides alone unless its policy names the account of the role; then the role's policies decide too.

    Args:
        policy: The key's; None if it has the default, which names the account.
        policies: Those of the role.
        boundary: The role's permissions boundary, if it has one.
        request: What is asked.

    Source: AWS KMS Developer Guide, "Key policies" and "Default key policy".
    """
    own = identity(policies, boundary, request)
    if policy is None:
        return own
    itself, account = (decide((policy,), request, naming) for naming in (named_itself, named_by_account))
    limit = decide((boundary,), request) if boundary else Decision(allowed=True, denied=False)
    direct, through = _both(itself, limit), _both(account, own)
    passes = Decision(
        allowed=any_of((direct.allowed, through.allowed)), denied=any_of((itself.denied, own.denied))
    )
    if passes.holds:
        return replace(direct if direct.allowed else through, allowed=True, denied=False, why="")
    refusing = [decision for decision in (itself, own) if decision.denied]
    doubtful = [decision for decision in (itself, own) if decision.denied is None and passes.allowed]
    # Where the key leaves it to the account, as it usually does, the role's policies are what to mend.
    by_name = account.allowed is False or (direct.allowed is None and through.allowed is False)
    shown = (refusing or doubtful or [direct if by_name else through])[0]
    return replace(shown, allowed=passes.allowed, denied=passes.denied)


def _both(one: Decision, other: Decision) -> Decision:
    """Join two decisions that both have to pass; the reason is that of the one that is further from it."""
    rank = {False: 0, None: 1, True: 2}
    worse = min((one, other), key=lambda decision: rank[decision.holds])
    return replace(
        worse,
        allowed=all_of((one.allowed, other.allowed)),
        denied=any_of((one.denied, other.denied)),
    )


def _with(policies: tuple[Policy, ...], effect: Literal["Allow", "Deny"]) -> Iterator[Statement]:
    for policy in policies:
        for statement in policy.statements:
            if statement.effect in (effect, None):
                yield statement


def _match(statement: Statement, request: Request, naming: Naming) -> _Match:
    """Compare a statement to a request, part by part, up to the first that does not fit."""
    in_doubt: Part = ""
    for part in _ORDER[:-1]:
        fits = _fits(part, statement, request, naming)
        if fits is False:
            return _Match(statement, applies=False, stopped=part)
        if fits is None:
            in_doubt = in_doubt or part
    return _Match(statement, None if in_doubt else True, in_doubt)


def _fits(part: Part, statement: Statement, request: Request, naming: Naming) -> Truth:
    if part == "action":
        return _selects(statement.actions, request.lowered_action)
    if part == "principal":
        return naming(statement, request)
    if part == "resource":
        return _selects_resource(statement, request)
    if part == "condition":
        return all_of(
            holds(condition, request, variables=statement.variables) for condition in statement.conditions
        )
    return None if statement.effect is None else True


def _selects_resource(statement: Statement, request: Request) -> Truth:
    if statement.resources is None:
        return True
    chosen = statement.resources
    filled = tuple(fill(text, request, variables=statement.variables) for text in chosen.texts)
    return _selects(replace(chosen, texts=filled), request.resource)


def _selects(selection: Selection, text: str) -> Truth:
    found = any_of(covers(pattern, text) for pattern in selection.texts)
    return negation(found) if selection.negated else found


def _reason(
    allows: list[_Match], denies: list[_Match], allowed: Truth, request: Request
) -> tuple[_Match | None, str]:
    """Find the statement that decides, and say why the request does not pass."""
    denying = next((match for match in denies if match.applies), None)
    if denying:
        return denying, f"{denying.statement} denies {_asked(request)}"
    if allowed:
        doubtful = next((match for match in denies if match.applies is None), None)
        if doubtful:
            return doubtful, _doubt(doubtful, "denies", request)
        return next((match for match in allows if match.applies), None), ""
    closest = max(
        allows, key=lambda match: (match.applies is None, _ORDER.index(match.stopped)), default=None
    )
    if closest and closest.applies is None:
        return closest, _doubt(closest, "allows", request)
    if closest and closest.stopped == "action":
        closest = None
    if allowed is None:
        return closest, ""
    miss = f": {_miss(closest, request)}" if closest else ""
    return closest, f"no statement allows {_asked(request)}{miss}"


def _asked(request: Request) -> str:
    return request.action if request.resource in ("", "*") else f"{request.action} on {request.resource}"


def _miss(match: _Match, request: Request) -> str:
    """Say how the closest statement misses."""
    statement = match.statement
    if match.stopped == "principal":
        return f"{statement} is not about {request.who}"
    if match.stopped == "resource":
        return f"{statement} is about {statement.resources}, not {request.resource}"
    return f"{statement} asks for {_condition(match, request, False)}, which does not hold"


def _doubt(match: _Match, verb: str, request: Request) -> str:
    """Say what of a statement cannot be told."""
    what = f"whether its {match.stopped} fits is not known"
    if match.stopped == "condition":
        what = f"it asks for {_condition(match, request, None)}, which is not known"
    return f"cannot tell whether {match.statement} {verb} {_asked(request)}: {what}"


def _condition(match: _Match, request: Request, outcome: Truth) -> str:
    """Find the condition that has an outcome."""
    statement = match.statement
    found = (c for c in statement.conditions if holds(c, request, variables=statement.variables) is outcome)
    return str(next(found, "a condition"))


_PLAIN: Final = str.maketrans({FOREIGN: "(a name of AWS)", TASK: "(the task)", UNKNOWN: "(unknown)"})


def _plain(text: str) -> str:
    """Write the symbols that are ours alone as words; those of the templates are left to the caller."""
    return text.translate(_PLAIN)
