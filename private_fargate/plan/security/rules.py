"""Policies as rules that can be compared: who may do what to what, and when.

Everything that one can write in two ways is written in one: a principal is a text with its kind before it,
an account contains its roles, and a managed policy that only AWS has is one action of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from private_fargate.verify.iam import read
from private_fargate.verify.iam.statements import Selection
from private_fargate.verify.templates.values import as_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from private_fargate.verify.iam.statements import Condition, Statement

Value: TypeAlias = Any

ATTACHED: Final = "\ue003"
"""How the action begins that stands for all that a managed policy allows whose document nobody has here."""

NO_VARIABLE: Final = "\ue002"
"""Before a brace that begins a variable: the version of the policy has none, and it is plain text."""

EVERYTHING: Final = Selection(("*",))

_AWS_MANAGED: Final = ":iam::aws:policy/"
_KINDS: Final = ("AWS", "Service", "Federated", "CanonicalUser")
_ARN_PARTS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One statement, in the one way to write it.

    Attributes:
        allows: Whether it allows; else it denies.
        actions: In lower case.
        resources: Everything, if it does not say.
        principals: As `Service:ecs-tasks.amazonaws.com`; everybody, if it does not say.
        conditions: All of them have to hold.
        written: As it stands in the template, for a person.
    """

    allows: bool
    actions: Selection
    resources: Selection = EVERYTHING
    principals: Selection = EVERYTHING
    conditions: frozenset[Condition] = frozenset()
    written: Value = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Rules:
    """What some policies say together.

    Attributes:
        rules: Those that can be read.
        unread: What stands for those that cannot; the same text says the same.
    """

    rules: tuple[Rule, ...] = ()
    unread: frozenset[str] = frozenset()

    def __add__(self, other: Rules) -> Rules:
        """Put both together."""
        return Rules(self.rules + other.rules, self.unread | other.unread)

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self.rules or self.unread)

    @property
    def same(self) -> tuple[frozenset[Rule], frozenset[str]]:
        """What has to be equal for both to be written alike, order and Sid aside."""
        return frozenset(self.rules), self.unread


NOTHING: Final = Rules()


def together(policies: Iterable[Rules]) -> Rules:
    """Put the rules of several policies together."""
    return sum(policies, NOTHING)


def rules_of(document: Value) -> Rules:
    """Read a policy document, which may be JSON in a text; None is none."""
    if document is None:
        return NOTHING
    body = _parsed(document)
    if not isinstance(body, dict):
        return Rules(unread=frozenset({_canonical(document)}))
    policy = cast("Mapping[str, Value]", body)
    listed = as_items(policy.get("Statement"))
    written = [cast("Mapping[str, Value]", item) for item in listed.values if isinstance(item, dict)]
    statements = read({**policy, "Statement": written}).statements
    unread = {_canonical(item) for item in listed.values if not isinstance(item, dict)}
    unread |= {listed.unknown} if listed.unknown else set()
    rules: list[Rule] = []
    for item, statement in zip(written, statements, strict=True):
        if statement.effect is None:
            unread.add(_canonical(item))
        else:
            rules.append(_rule(item, statement))
    return Rules(tuple(rules), frozenset(unread))


def attached(arn: str) -> Rules:
    """Return the rule of a managed policy of which only the name is known."""
    path = arn.rpartition(_AWS_MANAGED)[2] if _AWS_MANAGED in arn else ""
    if path == "AdministratorAccess":
        return Rules((Rule(allows=True, actions=EVERYTHING, written={"ManagedPolicy": arn}),))
    selection = Selection((ATTACHED + (f"aws/{path}" if path else arn),))
    return Rules((Rule(allows=True, actions=selection, written={"ManagedPolicy": arn}),))


def membership(kind: str, name: str) -> Rules:
    """Return the rule of something that one is part of, such as a group: all that it may do."""
    selection = Selection((f"{ATTACHED}{kind} {name}",))
    return Rules((Rule(allows=True, actions=selection, written={kind: name}),))


def _parsed(document: Value) -> Value:
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document)
    except ValueError:
        return None


def _canonical(value: Value) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)


def _rule(item: Mapping[str, Value], statement: Statement) -> Rule:
    resources = statement.resources or EVERYTHING
    plain = statement.variables is not True
    return Rule(
        allows=statement.effect == "Allow",
        actions=_sorted(statement.actions),
        resources=_sorted(resources, plain=plain),
        principals=_principals(item),
        conditions=frozenset(_condition(condition, plain=plain) for condition in statement.conditions),
        written=dict(item),
    )


def _sorted(selection: Selection, *, plain: bool = False) -> Selection:
    texts = (_without_variables(text) if plain else text for text in selection.texts)
    return Selection(tuple(sorted(set(texts))), selection.negated)


def _without_variables(text: str) -> str:
    return text.replace("${", f"${NO_VARIABLE}{{")


def _condition(condition: Condition, *, plain: bool) -> Condition:
    values = (_without_variables(value) if plain else value for value in condition.values)
    kind = type(condition)
    return kind(condition.operator.lower(), condition.key.lower(), tuple(sorted(set(values))))


def _principals(item: Mapping[str, Value]) -> Selection:
    for key, negated in (("Principal", False), ("NotPrincipal", True)):
        if key in item:
            return Selection(tuple(sorted(set(_named(item[key])))), negated)
    return EVERYTHING


def _named(value: Value) -> list[str]:
    if not isinstance(value, dict):
        return ["*"] if value == "*" else [f"AWS:{value}"]
    kinds = cast("Mapping[str, Value]", value)
    found: list[str] = []
    for kind in _KINDS:
        names = as_items(kinds.get(kind))
        texts = [*names.values, *([names.unknown] if names.unknown else [])]
        found += [_principal(kind, name if isinstance(name, str) else _canonical(name)) for name in texts]
    return found


def _principal(kind: str, name: str) -> str:
    """Write a principal so that an account, or everybody, covers whoever is in it.

    >>> _principal("AWS", "arn:aws:iam::111122223333:root"), _principal("Service", "ECS.amazonaws.com")
    ('AWS:111122223333/*', 'Service:ecs.amazonaws.com')
    """
    if kind != "AWS":
        return f"{kind}:{name.lower() if kind == 'Service' else name}"
    if name == "*":
        return "*"
    parts = name.split(":", _ARN_PARTS - 1)
    if len(parts) == _ARN_PARTS and parts[0] == "arn":
        account, rest = parts[4], parts[5]
        return f"AWS:{account}/*" if rest == "root" else f"AWS:{account}/{parts[2]}:{rest}"
    return f"AWS:{name}/*" if name.isdigit() else f"AWS:{name}"
