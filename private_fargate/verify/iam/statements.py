"""Policy documents, read once into statements that can be asked many times.

IAM lets one thing be written in many ways: a scalar or a list, `Action` or `NotAction`, a principal as a
star, an account or an ARN.  All of them end here.  What is not known stays: a document, a statement or a
list may be one unknown, and then a policy says less than it would, but nothing wrong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from private_fargate.verify.iam.patterns import UNKNOWN
from private_fargate.verify.templates.values import as_items, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

Effect: TypeAlias = Literal["Allow", "Deny"]

_WITH_VARIABLES: Final = "2012-10-17"
_WITHOUT_VARIABLES: Final = "2008-10-17"
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Selection:
    """What a statement is about: some texts, or all but these.

    Attributes:
        texts: Patterns, as they are written; actions in lower case.
        negated: Whether they are those that are left out, as in `NotAction`.
    """

    texts: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        """List the first few."""
        more = len(self.texts) - _SHOWN
        listed = ", ".join(self.texts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"all but {listed}" if self.negated else listed


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement of a resource's policy is about.

    Attributes:
        aws: Accounts, roles and users; `*` is everyone, services of AWS included.
        services: Services of AWS.
        negated: Whether they are those that are left out.
    """

    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a condition, with what its values are compared to.

    Attributes:
        operator: As it is written: `ForAnyValue:StringLikeIfExists`; empty if it is not known.
        key: As it is written.
        values: What to compare with; any of them will do.
    """

    operator: str
    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in the order of the template."""
        return f"{self.operator} {self.key} {Selection(self.values)}" if self.operator else "a condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a policy.

    Attributes:
        policy: The name of its policy, for a person.
        name: Its Sid, or its number in the policy, from 1.
        effect: None if it is not known.
        actions: What it is about.
        resources: What it is about; None if it does not say, as in a trust policy.
        principals: Whom it is about; None if it does not say, as in a policy of a role.
        conditions: All of them have to hold.
        variables: Whether `${…}` is a variable in it; None if the policy's version is not known.
    """

    policy: str
    name: str
    effect: Effect | None
    actions: Selection
    resources: Selection | None = None
    principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()
    variables: Truth = True

    def __str__(self) -> str:
        """Name it for a person."""
        return f"statement {self.name} of {self.policy}" if self.policy else f"statement {self.name}"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy document says.

    Attributes:
        name: What a person knows it by: a logical ID, or the name of a managed policy.
        statements: Those that can be read.
        complete: Whether these are all; if not, others may allow or deny anything.
    """

    name: str
    statements: tuple[Statement, ...] = ()
    complete: bool = True


def read(document: Value, name: str = "") -> Policy:
    """Read a policy document, which may be JSON in a text, or not known.

    >>> read({"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}}).complete
    True
    """
    if isinstance(document, str):
        document = _from_json(document)
    if not isinstance(document, dict):
        return Policy(name, complete=False)
    policy = cast("Mapping[str, Value]", document)
    listed = as_items(policy.get("Statement"))
    readable = [
        (number, cast("Mapping[str, Value]", item))
        for number, item in enumerate(listed.values, 1)
        if isinstance(item, dict)
    ]
    variables = _variables(policy.get("Version"))
    return Policy(
        name,
        tuple(_statement(item, name, number, variables) for number, item in readable),
        complete=listed.complete and len(readable) == len(listed.values),
    )


def _from_json(text: str) -> Value:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _variables(version: Value) -> Truth:
    known: dict[Value, bool] = {_WITH_VARIABLES: True, _WITHOUT_VARIABLES: False, "None": False}
    return known.get(as_text(version))


def _statement(item: Mapping[str, Value], policy: str, number: int, variables: Truth) -> Statement:
    effect = item.get("Effect")
    actions = _selection(item, "Action") or Selection((UNKNOWN,))
    return Statement(
        policy=policy,
        name=as_text(item.get("Sid") or number),
        effect=effect if effect in ("Allow", "Deny") else None,
        actions=replace(actions, texts=tuple(text.lower() for text in actions.texts)),
        resources=_selection(item, "Resource"),
        principals=_principals(item),
        conditions=tuple(_conditions(item.get("Condition"))),
        variables=variables,
    )


def _selection(item: Mapping[str, Value], element: str) -> Selection | None:
    for key, negated in ((element, False), (f"Not{element}", True)):
        if key in item:
            return Selection(_texts(item[key]), negated)
    return None


def _texts(value: Value) -> tuple[str, ...]:
    """Read a text or a list of them; an unknown is one text, which may be anything, and so any list."""
    items = as_items(value)
    if items.unknown:
        return (items.unknown,)
    return tuple(UNKNOWN if isinstance(item, dict | list) else as_text(item) for item in items.values)


def _principals(item: Mapping[str, Value]) -> Principals | None:
    for key, negated in (("Principal", False), ("NotPrincipal", True)):
        if key in item:
            return _principals_of(item[key], negated=negated)
    return None


def _principals_of(value: Value, *, negated: bool) -> Principals:
    if value == "*":
        return Principals(("*",), negated=negated)
    if not isinstance(value, dict):
        return Principals((UNKNOWN,), (UNKNOWN,), negated)
    kinds = cast("Mapping[str, Value]", value)
    return Principals(_texts(kinds.get("AWS")), _texts(kinds.get("Service")), negated)


def _conditions(value: Value) -> Iterator[Condition]:
    """Give the conditions in a block; where it cannot be read, one that nobody can decide."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield Condition("", "", ())
        return
    for operator, keys in cast("Mapping[str, Value]", value).items():
        if not isinstance(keys, dict):
            yield Condition("", "", ())
            continue
        for key, compared in cast("Mapping[str, Value]", keys).items():
            # An empty text is a value of a condition, though it is no list.
            yield Condition(operator, key, ("",) if compared == "" else _texts(compared))
