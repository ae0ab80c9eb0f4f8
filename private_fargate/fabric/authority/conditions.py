"""The conditions of a statement: operators, and whether they hold for a request.

Source: IAM/latest/UserGuide/reference_policies_elements_condition_operators.html, and
reference_policies_condition-single-vs-multi-valued-context-keys.html for keys with several values.
"""

from __future__ import annotations

import base64
import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from private_fargate.fabric.authority import patterns

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.fabric.authority.patterns import Values

    Comparison: TypeAlias = Callable[[str, str, Values | None], bool | None]
    """Of a value of the policy and one of the request: whether they fit; None if the first means nothing."""

Quantifier: TypeAlias = Literal["forallvalues", "foranyvalue"]

_NAME = re.compile(
    r"(?:(?P<quantifier>forallvalues|foranyvalue):)?(?P<name>[a-z]+?)(?P<optional>ifexists)?\Z", re.IGNORECASE
)
_SECONDS = re.compile(r"\d{5,11}(?:\.\d+)?\Z")
_W3C = ("%Y", "%Y-%m", "%Y-%m-%d")
_NULL: Final = "null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One key under one operator.

    Attributes:
        operator: in small letters, without what is before and after it.
        quantifier: over the values of the request, if there is one.
        is_optional: whether it holds where the key is missing: `…IfExists`.
        key: in small letters.
        values: of which one has to fit, or none if the operator is a negation.
    """

    operator: str
    quantifier: Quantifier | None
    is_optional: bool
    key: str
    values: tuple[str, ...]


def parse_operator(text: str) -> tuple[str, Quantifier | None, bool] | None:
    """Return the name of an operator, its quantifier, and whether it is optional; None if AWS knows no such.

    >>> parse_operator("ForAnyValue:StringLikeIfExists")
    ('stringlike', 'foranyvalue', True)
    """
    match = _NAME.match(text)
    if match is None:
        return None
    name, is_optional = match["name"].lower(), match["optional"] is not None
    if name not in _OPERATORS and (name != _NULL or is_optional):
        return None
    quantifier = match["quantifier"]
    return name, cast("Quantifier", quantifier.lower()) if quantifier else None, is_optional


def holds(
    condition: Condition, request: Values, *, knows_variables: bool, doubtful_fits: bool = False
) -> bool:
    """Say whether a condition holds for a request.

    Args:
        condition: of a statement.
        request: what is known of it.
        knows_variables: whether the version of the policy has variables.
        doubtful_fits: whether, under a negation, a value that means nothing counts as one that fits.
    """
    given = request.get(condition.key, ())
    if condition.operator == _NULL:
        return any(value.lower() == ("false" if given else "true") for value in condition.values)
    compare, is_negated = _OPERATORS[condition.operator]
    if not given:
        return _without_key(condition, is_negated=is_negated)
    variables = request if knows_variables else None

    def passes(value: str) -> bool:
        found = [compare(wanted, value, variables) for wanted in condition.values]
        fits = any(each for each in found if each is not None)
        return not (fits or (doubtful_fits and None in found)) if is_negated else fits

    for_all = condition.quantifier == "forallvalues" or (is_negated and condition.quantifier is None)
    return (all if for_all else any)(passes(value) for value in given)


def _without_key(condition: Condition, *, is_negated: bool) -> bool:
    if condition.is_optional or condition.quantifier == "forallvalues":
        return True
    return is_negated and condition.quantifier is None


def _equals(wanted: str, given: str, variables: Values | None) -> bool | None:
    text = patterns.exact(wanted, variables)
    return None if text is None else text == given


def _equals_ignoring_case(wanted: str, given: str, variables: Values | None) -> bool | None:
    text = patterns.exact(wanted, variables)
    return None if text is None else text.casefold() == given.casefold()


def _bool(wanted: str, given: str, _variables: Values | None) -> bool | None:
    return wanted.lower() == given.lower() if wanted.lower() in {"true", "false"} else None


def _binary(wanted: str, given: str, _variables: Values | None) -> bool | None:
    expected, actual = _decoded(wanted), _decoded(given)
    return None if expected is None else expected == actual


def _in_network(wanted: str, given: str, _variables: Values | None) -> bool | None:
    try:
        network = ip_network(wanted, strict=False)
    except ValueError:
        return None
    try:
        return ip_address(given) in network
    except ValueError:
        return False


def _ordered(read: Callable[[str], Any], order: Callable[[Any, Any], bool]) -> Comparison:
    def compare(wanted: str, given: str, _variables: Values | None) -> bool | None:
        expected, actual = read(wanted), read(given)
        if expected is None:
            return None
        return actual is not None and order(actual, expected)

    return compare


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(text: str) -> datetime | None:
    """Return a moment that is written as the W3C has it, or as seconds since 1970.

    Source: https://www.w3.org/TR/NOTE-datetime.
    """
    if _SECONDS.match(text):
        return datetime.fromtimestamp(float(text), UTC)
    for form in _W3C:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


_OPERATORS: Final[dict[str, tuple[Comparison, bool]]] = {
    "stringequals": (_equals, False),
    "stringnotequals": (_equals, True),
    "stringequalsignorecase": (_equals_ignoring_case, False),
    "stringnotequalsignorecase": (_equals_ignoring_case, True),
    "stringlike": (patterns.matches, False),
    "stringnotlike": (patterns.matches, True),
    "arnequals": (patterns.arn_matches, False),
    "arnlike": (patterns.arn_matches, False),
    "arnnotequals": (patterns.arn_matches, True),
    "arnnotlike": (patterns.arn_matches, True),
    "bool": (_bool, False),
    "binaryequals": (_binary, False),
    "ipaddress": (_in_network, False),
    "notipaddress": (_in_network, True),
} | {
    f"{kind}{name}": (_ordered(read, order), is_negated)
    for kind, read in (("numeric", _number), ("date", _moment))
    for name, order, is_negated in (
        ("equals", operator.eq, False),
        ("notequals", operator.eq, True),
        ("lessthan", operator.lt, False),
        ("lessthanequals", operator.le, False),
        ("greaterthan", operator.gt, False),
        ("greaterthanequals", operator.ge, False),
    )
}
