"""What a difference in policies means, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from private_fargate.plan.model import SecurityChange
from private_fargate.plan.security.classes import OTHER
from private_fargate.plan.security.inclusion import selects
from private_fargate.plan.security.rules import EVERYTHING, NO_VARIABLE
from private_fargate.verify.iam.statements import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from private_fargate.plan.model import Direction
    from private_fargate.plan.security.inclusion import Reason
    from private_fargate.plan.security.rules import Rule, Rules
    from private_fargate.plan.security.sides import Item, Sides

Value: TypeAlias = Any

_SHOWN: Final = 3

_PLAIN: Final = str.maketrans({OTHER: "", NO_VARIABLE: "$"})


class Teller:
    """Makes changes of one resource."""

    def __init__(self, sides: Sides, item: Item) -> None:
        """Take the resource, and the world that it is in."""
        self._sides = sides
        self._item = item

    def change(
        self, subject: str, direction: Direction, message: str, before: Value = None, after: Value = None
    ) -> SecurityChange:
        """Make one."""
        return SecurityChange(
            resource=str(self._item.address),
            type=self._item.type,
            subject=subject,
            direction=direction,
            message=self._sides.show(message).translate(_PLAIN),
            before=self._written(before),
            after=self._written(after),
        )

    def _written(self, value: Value) -> str:
        return "" if value is None or value == [] else self._sides.show(value).translate(_PLAIN)


def differing(before: Rules, after: Rules) -> tuple[list[Value], list[Value]]:
    """Return the statements of each side that the other does not have."""
    old, new = before.same, after.same
    return (
        [rule.written for rule in before.rules if rule not in new[0]] + sorted(before.unread - after.unread),
        [rule.written for rule in after.rules if rule not in old[0]] + sorted(after.unread - before.unread),
    )


def reasons_in_words(reasons: Sequence[Reason]) -> str:
    """Say what some rules let pass.

    An example: `s3:PutObject on arn:aws:s3:::a/*; iam:* on everything if aws:ViaAWSService Bool true`.
    """
    told = dict.fromkeys(_reason(reason) for reason in reasons)
    return _listed(list(told), "; ")


def rules_in_words(rules: Iterable[Rule]) -> str:
    """Say what some rules are about."""
    return _listed(list(dict.fromkeys(_rule(rule, {}) for rule in rules)), "; ")


def _reason(reason: Reason) -> str:
    rule = reason.rule
    about = {
        "action": _only(rule.actions, [text for kind in reason.kinds for text in kind.actions]),
        "resource": _only(rule.resources, [text for kind in reason.kinds for text in kind.resources]),
        "principal": _only(rule.principals, [text for kind in reason.kinds for text in kind.principals]),
    }
    return _rule(rule, about)


def _only(selection: Selection, texts: list[str]) -> Selection:
    """Return the patterns that are about some texts, the others left out."""
    if selection.negated:
        return selection
    fitting = (
        pattern for pattern in selection.texts if any(selects(Selection((pattern,)), text) for text in texts)
    )
    return Selection(tuple(fitting) or selection.texts)


def _rule(rule: Rule, about: dict[str, Selection]) -> str:
    written = cast("dict[str, Value]", rule.written)
    if "Action" not in written and "NotAction" not in written:
        return ", ".join(f"{_spaced(kind)} {name}" for kind, name in written.items())
    spelled = {text.lower(): text for key in ("Action", "NotAction") for text in _texts(written.get(key))}
    what = _selection(about.get("action", rule.actions), lambda text: spelled.get(text, text))
    parts = [what]
    if "Resource" in written or "NotResource" in written:
        resources = about.get("resource", rule.resources)
        parts.append(f"on {'everything' if resources == EVERYTHING else _selection(resources)}")
    if "Principal" in written or "NotPrincipal" in written:
        principals = about.get("principal", rule.principals)
        parts.append(f"by {'anybody' if principals == EVERYTHING else _selection(principals, principal)}")
    if rule.conditions:
        parts.append(f"if {' and '.join(_conditions(written.get('Condition')))}")
    return " ".join(parts)


def _conditions(block: Value) -> list[str]:
    """Say under which conditions: `aws:SourceVpc StringEquals vpc-1`."""
    if not isinstance(block, dict):
        return ["a condition holds that is not known"]
    operators = cast("dict[str, dict[str, Value]]", block)
    return [
        f"{key} {operator} {_listed(_texts(values), ' or ')}"
        for operator, keys in operators.items()
        for key, values in keys.items()
    ]


def _texts(value: Value) -> list[str]:
    items = cast("list[Value]", value) if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _spaced(name: str) -> str:
    return {"ManagedPolicy": "all of the managed policy"}.get(name, name)


def _selection(selection: Selection, read: Callable[[str], str] = str) -> str:
    listed = _listed([read(text) for text in selection.texts], ", ")
    return f"everything but {listed}" if selection.negated else listed


def principal(text: str) -> str:
    """Write a principal for a person.

    >>> principal("AWS:111122223333/*"), principal("Service:ecs.amazonaws.com")
    ('account 111122223333', 'ecs.amazonaws.com')
    """
    kind, _, name = text.partition(":")
    if kind == "AWS" and name.endswith("/*"):
        return f"account {name.removesuffix('/*')}"
    return name.partition("/")[2] or name if kind == "AWS" else name or kind


def _listed(texts: list[str], joint: str) -> str:
    more = len(texts) - _SHOWN
    return joint.join(texts[:_SHOWN]) + (f"{joint}and {more} more" if more > 0 else "")
