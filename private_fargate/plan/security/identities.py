"""Who may do what: roles, users and groups with all that is attached to them, and who may take a role.

What a role may do is compared as a whole, so that a statement that moves from an inline policy into one of
its own, or into a managed policy, is no change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from private_fargate.plan.security.documents import Comparison, granting, summary
from private_fargate.plan.security.rules import (
    EVERYTHING,
    NOTHING,
    Rule,
    Rules,
    attached,
    membership,
    rules_of,
    together,
)
from private_fargate.plan.security.wording import Teller, principal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.plan.model import Direction, SecurityChange
    from private_fargate.plan.security.sides import Item, Pair, Sides

Value: TypeAlias = Any

_PERMISSION_SET: Final = "AWS::SSO::PermissionSet"
_IDENTITIES: Final = ("IAM::Role", "IAM::User", "IAM::Group", "SSO::PermissionSet")
_KINDS: Final = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::Group": "group"}
_NAMES: Final = {"Role": "RoleName", "User": "UserName", "Group": "GroupName"}
_SESSION: Final = 3600


@dataclass(frozen=True, kw_only=True)
class _Policies:
    """The policies of one side that are resources of their own.

    Attributes:
        sides: The world.
        after: Which side of it.
    """

    sides: Sides
    after: bool

    def of(self, item: Item | None) -> Rules:
        """Return all that an identity may do by policies of any sort."""
        if item is None:
            return NOTHING
        inline = [_document(policy) for policy in item.items("Policies")]
        if isinstance(item.get("Policies"), str):
            inline.append(item.get("Policies"))
        if item.type == _PERMISSION_SET:
            inline.append(item.get("InlinePolicy"))
        arns = [*item.texts("ManagedPolicyArns"), *item.texts("ManagedPolicies")]
        groups = [membership("Group", name) for name in item.texts("Groups")]
        own = [*map(rules_of, inline), *map(self.named, arns), *groups]
        return together([*own, *(rules_of(policy.get("PolicyDocument")) for policy in self._separate(item))])

    def named(self, arn: str) -> Rules:
        """Return what a managed policy says: one of ours, or one of which only the name is known."""
        found = self.sides.find(arn, after=self.after)
        if found is None or found.type != "AWS::IAM::ManagedPolicy":
            return attached(arn)
        return rules_of(found.get("PolicyDocument"))

    def _separate(self, item: Item) -> Iterator[Item]:
        for policy in self.sides.items(after=self.after):
            if any(self._is(item, kind, name) for kind, name in holders(policy)):
                yield policy

    def _is(self, item: Item, kind: str, name: str) -> bool:
        if item.type != f"AWS::IAM::{kind}":
            return False
        return name in item.names or name == item.get(_NAMES[kind])

    def is_ours(self, kind: str, name: str) -> bool:
        """Say whether somebody to whom a policy is attached is in the templates."""
        return any(self._is(item, kind, name) for item in self.sides.items(after=self.after))


def holders(policy: Item | None) -> list[tuple[str, str]]:
    """Return to whom a policy of its own is attached, as kind and name."""
    if policy is None or not policy.type.startswith("AWS::IAM::"):
        return []
    kind = policy.type.removeprefix("AWS::IAM::")
    if kind in ("Policy", "ManagedPolicy"):
        return [(each, name) for each in _NAMES for name in policy.texts(f"{each}s")]
    owner = kind.removesuffix("Policy")
    return [(owner, name) for name in policy.texts(_NAMES[owner])] if owner in _NAMES else []


def identity_changes(sides: Sides) -> Iterator[SecurityChange]:
    """Yield what changes for roles, users and groups."""
    old, new = (_Policies(sides=sides, after=after) for after in (False, True))
    for pair in sides.of(*_IDENTITIES):
        before, after = old.of(pair.before), new.of(pair.after)
        teller = Teller(sides, pair.item)
        if pair.before is None or pair.after is None:
            yield _whole(teller, pair, before, after)
            continue
        yield from granting(Comparison(teller=teller, subject="identity policy", before=before, after=after))
        yield from _trust(teller, pair)
        yield from _boundary(teller, pair, old, new)
        yield from _session(teller, pair)
    yield from _separate_policies(sides, old, new)


def _document(policy: Value) -> Value:
    return cast("dict[str, Value]", policy).get("PolicyDocument") if isinstance(policy, dict) else policy


def _whole(teller: Teller, pair: Pair, before: Rules, after: Rules) -> SecurityChange:
    """Return the change of an identity that comes or goes."""
    kind = _KINDS.get(pair.item.type, "permission set")
    who = ""
    if kind == "role":
        trust = rules_of(pair.item.get("AssumeRolePolicyDocument"))
        takers = dict.fromkeys(
            "anybody" if rule.principals == EVERYTHING else principal(text)
            for rule in trust.rules
            if rule.allows
            for text in rule.principals.texts
        )
        who = f", which {' and '.join(takers) or 'nobody that is known'} may take,"
    if pair.before is None:
        limit = ", within a permissions boundary" if pair.item.get("PermissionsBoundary") else ""
        message = f"a new {kind}{who} may do this{limit}: {summary(after)}"
        written: list[Value] = [rule.written for rule in after.rules]
        return teller.change(kind, "widened", message, None, written)
    message = f"the {kind}{who.replace(' may', ' could')} is removed; it could do this: {summary(before)}"
    return teller.change(kind, "narrowed", message, [rule.written for rule in before.rules], None)


def _trust(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    documents = [
        rules_of(item.get("AssumeRolePolicyDocument") if item else None) for item in (pair.before, pair.after)
    ]
    yield from granting(Comparison(teller=teller, subject="trust", before=documents[0], after=documents[1]))


def _boundary(teller: Teller, pair: Pair, old: _Policies, new: _Policies) -> Iterator[SecurityChange]:
    was, will = (item.get("PermissionsBoundary") if item else None for item in (pair.before, pair.after))
    if was == will:
        return  # what is written in a boundary of ours is told of the policy
    if was is None:
        yield teller.change(
            "boundary", "narrowed", f"is limited by a permissions boundary: {will}", was, will
        )
    elif will is None:
        message = "is no longer limited by a permissions boundary; its policies alone decide"
        yield teller.change("boundary", "widened", message, was, will)
    else:
        ours = [old.named(str(was)), new.named(str(will))]
        found = list(granting(Comparison(teller=teller, subject="boundary", before=ours[0], after=ours[1])))
        known = not any(_is_opaque(rule) for rules in ours for rule in rules.rules)
        if known and found:
            yield from found
        else:
            yield teller.change("boundary", "changed", "has another permissions boundary", was, will)


def _is_opaque(rule: Rule) -> bool:
    return "ManagedPolicy" in cast("dict[str, Value]", rule.written)


def _session(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    name = "SessionDuration" if pair.item.type == _PERMISSION_SET else "MaxSessionDuration"
    was, will = (item.get(name) if item else None for item in (pair.before, pair.after))
    if was == will:
        return
    try:
        seconds = [int(value or _SESSION) for value in (was, will)]
    except ValueError:
        yield teller.change("session", "changed", "has another longest session", was, will)
        return
    if seconds[0] != seconds[1]:
        direction = "widened" if seconds[1] > seconds[0] else "narrowed"
        message = f"a session may last {seconds[1]} seconds instead of {seconds[0]}"
        yield teller.change("session", direction, message, was, will)


def _separate_policies(sides: Sides, old: _Policies, new: _Policies) -> Iterator[SecurityChange]:
    """Yield what changes in policies of their own, as far as no identity of the templates tells it."""
    types = ("IAM::ManagedPolicy", "IAM::Policy", "IAM::RolePolicy", "IAM::UserPolicy", "IAM::GroupPolicy")
    for pair in sides.of(*types):
        all_ours = _all_ours(pair.before, old) and _all_ours(pair.after, new)
        is_managed = pair.item.type == "AWS::IAM::ManagedPolicy"
        is_changed = pair.before is not None and pair.after is not None
        # A managed policy can be attached from elsewhere, too.
        if all_ours and not (is_managed and is_changed):
            continue
        before, after = (
            rules_of(item.get("PolicyDocument") if item else None) for item in (pair.before, pair.after)
        )
        subject = "managed policy" if is_managed else "identity policy"
        teller = Teller(sides, pair.item)
        yield from granting(Comparison(teller=teller, subject=subject, before=before, after=after))
        yield from _attachments(teller, pair, old, new)


def _all_ours(policy: Item | None, side: _Policies) -> bool:
    """Say whether a policy is attached, and to nobody outside the templates."""
    if policy is None:
        return True
    named = holders(policy)
    if not named:
        return any(
            name in (*item.texts("ManagedPolicyArns"), *item.texts("PermissionsBoundary"))
            for item in side.sides.items(after=side.after)
            for name in policy.names
        )
    return all(side.is_ours(kind, name) for kind, name in named)


def _attachments(teller: Teller, pair: Pair, old: _Policies, new: _Policies) -> Iterator[SecurityChange]:
    """Yield to whom outside the templates a policy is newly attached, or no longer."""
    was, will = (
        [each for each in holders(item) if not side.is_ours(*each)]
        for item, side in ((pair.before, old), (pair.after, new))
    )
    if pair.before is None or pair.after is None:
        return
    ends: tuple[tuple[Direction, str, list[tuple[str, str]]], ...] = (
        ("widened", "is newly attached to", [each for each in will if each not in was]),
        ("narrowed", "is no longer attached to", [each for each in was if each not in will]),
    )
    for direction, verb, found in ends:
        if found:
            named = ", ".join(f"{kind.lower()} {name}" for kind, name in found)
            yield teller.change(
                "attachment", direction, f"{verb} {named}", [*map(list, was)], [*map(list, will)]
            )
