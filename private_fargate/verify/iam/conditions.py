"""Conditions of a statement against the context of a request.

Most of the difficulty is in keys that are not there.  A positive operator then fails, a negative one holds,
`IfExists` makes either hold; `ForAnyValue` fails whatever else is said, and `ForAllValues` holds.
A key of which it is not known whether it is there decides nothing.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued
context keys".
"""

from __future__ import annotations

import ipaddress
import operator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from private_fargate.verify.iam.patterns import covers, covers_arn, fill
from private_fargate.verify.templates.symbols import has_symbol
from private_fargate.verify.templates.values import all_of, any_of, negation, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.verify.iam.requests import Request
    from private_fargate.verify.iam.statements import Condition
    from private_fargate.verify.templates.values import Truth


@dataclass(frozen=True, slots=True)
class _Operator:
    compare: Callable[[str, str], Truth] | None
    """Says whether a value of the policy, first, fits a value of the request; None for `Null`."""
    negated: bool
    if_exists: bool
    quantifier: Literal["", "any", "all"]


def holds(condition: Condition, request: Request, *, variables: Truth) -> Truth:
    """Say whether a condition holds for a request.

    Args:
        condition: Of a statement.
        request: The request to decide.
        variables: Whether `${…}` in the condition's values is a variable.
    """
    how = _operator(condition.operator)
    known = request.values_of(condition.key)
    if how is None or known is None:
        return None
    if how.compare is None:
        return any_of(same(value.lower(), "false" if known else "true") for value in condition.values)
    if not known:
        return how.quantifier == "all" or (how.quantifier == "" and (how.negated or how.if_exists))
    fits = [_fits(how.compare, condition, value, request, variables) for value in known]
    if how.negated:
        fits = [negation(truth) for truth in fits]
    every = how.quantifier == "all" or (how.negated and how.quantifier == "")
    return all_of(fits) if every else any_of(fits)


def _fits(
    compare: Callable[[str, str], Truth],
    condition: Condition,
    value: str,
    request: Request,
    variables: Truth,
) -> Truth:
    """Say whether one value of the request fits any of the policy."""
    wanted = (fill(text, request, variables=variables) for text in condition.values)
    return any_of(compare(text, value) for text in wanted)


@lru_cache(maxsize=512)
def _operator(written: str) -> _Operator | None:
    """Read an operator; None if there is none of that name."""
    name = written.lower()
    quantifier: Literal["", "any", "all"] = ""
    if name.startswith("foranyvalue:"):
        quantifier, name = "any", name.removeprefix("foranyvalue:")
    elif name.startswith("forallvalues:"):
        quantifier, name = "all", name.removeprefix("forallvalues:")
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    if name == "null":
        return _Operator(None, negated=False, if_exists=False, quantifier="")
    negated = "not" in name
    compare = _COMPARE.get(name.replace("not", ""))
    return _Operator(compare, negated, if_exists, quantifier) if compare else None


def _same_folded(wanted: str, value: str) -> Truth:
    return same(wanted.lower(), value.lower())


def _compared(
    read: Callable[[str], float | None], fits: Callable[[float, float], bool]
) -> Callable[[str, str], Truth]:
    """Make a comparison of what is read from two texts; what cannot be read cannot be told."""

    def compare(wanted: str, value: str) -> Truth:
        ours, theirs = read(wanted), read(value)
        return None if ours is None or theirs is None else fits(theirs, ours)

    return compare


def _number(text: str) -> float | None:
    try:
        return None if has_symbol(text) else float(text)
    except ValueError:
        return None


def _moment(text: str) -> float | None:
    """Read a date, which is ISO 8601 or seconds since 1970."""
    try:
        if "-" not in text:
            return _number(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(wanted: str, value: str) -> Truth:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return None


_ORDERS: Final[dict[str, Callable[[float, float], bool]]] = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}

_COMPARE: Final[dict[str, Callable[[str, str], Truth]]] = {
    "stringequals": same,
    "stringequalsignorecase": _same_folded,
    "stringlike": covers,
    # The documentation: "ArnEquals and ArnLike behave identically".
    "arnequals": covers_arn,
    "arnlike": covers_arn,
    "bool": _same_folded,
    "binaryequals": same,
    "ipaddress": _in_network,
    **{f"numeric{name}": _compared(_number, order) for name, order in _ORDERS.items()},
    **{f"date{name}": _compared(_moment, order) for name, order in _ORDERS.items()},
}
