"""Policies as values, read from the JSON in which they are written.

What AWS would refuse to store is no policy here either.
Source: IAM/latest/UserGuide/reference_policies_grammar.html and reference_policies_elements.html.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast
from urllib.parse import unquote

from private_fargate.fabric.authority.conditions import Condition, parse_operator
from private_fargate.fabric.authority.principals import ANYBODY, Principals, normal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind: TypeAlias = Literal["identity", "endpoint", "resource", "trust"]
"""What a policy is attached to; a permissions boundary is one of an identity."""

_WITH_VARIABLES: Final = "2012-10-17"
_VERSIONS: Final = frozenset({_WITH_VARIABLES, "2008-10-17"})
_POLICY: Final = frozenset({"Version", "Id", "Statement"})
_STATEMENT: Final = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_PRINCIPALS: Final = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_ACTION = re.compile(r"(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_-]+|\*:\*)\Z")
_RESOURCE = re.compile(r"(?:\*|arn:[^:]*(?::.*)?)\Z", re.DOTALL)


class MalformedPolicyError(Exception):
    """A document that AWS would not take for a policy; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts with wildcards, of which one has to fit: or none, if they are negated."""

    is_negated: bool
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement.

    Attributes:
        principals: None in a policy of an identity, which is about that one.
        resources: None where the policy is about what it is attached to.
    """

    is_allow: bool
    principals: Principals | None
    actions: Texts
    resources: Texts | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy.

    Attributes:
        name: for a person.
        knows_variables: by its version.
    """

    name: str
    knows_variables: bool
    statements: tuple[Statement, ...]


def parse(document: object, name: str, kind: Kind) -> Policy:
    """Return a policy.

    Args:
        document: as JSON, as JSON in an address, or what was read from it.
        name: for a person.
        kind: what it is attached to.

    Raises:
        MalformedPolicyError: AWS would not have it.
    """
    found = _object(_loaded(document), "the policy", _POLICY)
    version = found.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise MalformedPolicyError(f"Version {version} is none")
    listed = found.get("Statement")
    statements: list[object] = cast("list[object]", listed) if isinstance(listed, list) else [listed]
    if kind == "identity":
        _check_names(statements)
    return Policy(
        name=name,
        knows_variables=version == _WITH_VARIABLES,
        statements=tuple(_statement(each, kind) for each in statements),
    )


def _check_names(statements: list[object]) -> None:
    objects = [cast("dict[str, object]", each) for each in statements if isinstance(each, dict)]
    names = [str(each["Sid"]) for each in objects if each.get("Sid")]
    if len(names) != len(set(names)):
        raise MalformedPolicyError("two statements have the same Sid")


def _loaded(document: object) -> object:
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document if document.lstrip().startswith("{") else unquote(document))
    except ValueError as error:
        raise MalformedPolicyError("it is no JSON") from error


def _object(value: object, what: str, elements: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not value:
        raise MalformedPolicyError(f"{what} is no object")
    found = cast("dict[str, Any]", value)
    if unknown := sorted(found.keys() - elements):
        raise MalformedPolicyError(f"{what} has an element {unknown[0]}")
    return found


def _statement(value: object, kind: Kind) -> Statement:
    found = _object(value, "a statement", _STATEMENT)
    effect = found.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicyError(f"Effect is {effect}")
    actions = _one_of(found, "Action", _ACTION)
    if actions is None:
        raise MalformedPolicyError("a statement has no Action")
    resources = _one_of(found, "Resource", _RESOURCE)
    if resources is None and kind in ("identity", "endpoint"):
        raise MalformedPolicyError("a statement has no Resource")
    if resources is not None and kind == "trust":
        raise MalformedPolicyError("a statement of a trust policy has a Resource")
    principals = _principals(found)
    if (principals is None) != (kind == "identity"):
        raise MalformedPolicyError(f"a statement has {'no' if principals is None else 'a'} Principal")
    return Statement(
        is_allow=effect == "Allow",
        principals=principals,
        actions=actions,
        resources=resources,
        conditions=tuple(_conditions(found.get("Condition", {}))),
    )


def _one_of(statement: Mapping[str, Any], element: str, form: re.Pattern[str]) -> Texts | None:
    """Return what an element or its negation says; None if neither is there."""
    names = [name for name in (element, f"Not{element}") if name in statement]
    if len(names) > 1:
        raise MalformedPolicyError(f"a statement has both {names[0]} and {names[1]}")
    if not names:
        return None
    texts = _texts(statement[names[0]], names[0])
    if not texts and names[0] != element:
        raise MalformedPolicyError(f"{names[0]} is empty")
    for text in texts:
        if not form.match(text):
            raise MalformedPolicyError(f"{names[0]} is {text!r}")
    return Texts(is_negated=names[0] != element, texts=texts)


def _texts(value: object, what: str) -> tuple[str, ...]:
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in listed):
        raise MalformedPolicyError(f"{what} is neither a text nor a list of texts")
    return tuple(str(each) for each in listed)


def _principals(statement: Mapping[str, Any]) -> Principals | None:
    names = [name for name in ("Principal", "NotPrincipal") if name in statement]
    if len(names) > 1:
        raise MalformedPolicyError("a statement has both Principal and NotPrincipal")
    if not names:
        return None
    is_negated, value = names[0] == "NotPrincipal", statement[names[0]]
    if value == ANYBODY:
        return Principals(is_negated=is_negated, of_aws=frozenset({ANYBODY}), services=frozenset())
    found = _object(value, names[0], _PRINCIPALS)
    texts = {kind: _texts(each, f"{names[0]} {kind}") for kind, each in found.items()}
    return Principals(
        is_negated=is_negated,
        of_aws=frozenset(_normal(each) for each in texts.get("AWS", ())),
        services=frozenset(texts.get("Service", ())),
    )


def _normal(principal: str) -> str:
    found = normal(principal)
    if found is None:
        raise MalformedPolicyError(f"{principal} is no principal")
    return found


def _conditions(value: object) -> Iterator[Condition]:
    if not isinstance(value, dict):
        raise MalformedPolicyError("Condition is no object")
    for name, keys in cast("dict[str, object]", value).items():
        operator = parse_operator(name)
        if operator is None:
            raise MalformedPolicyError(f"{name} is no condition operator")
        if not isinstance(keys, dict):
            raise MalformedPolicyError(f"the condition {name} is no object")
        for key, values in cast("dict[str, object]", keys).items():
            if ":" not in key:
                raise MalformedPolicyError(f"{key} is no condition key")
            yield Condition(
                operator=operator[0],
                quantifier=operator[1],
                is_optional=operator[2],
                key=key.lower(),
                values=tuple(_condition_values(values, key)),
            )


def _condition_values(value: object, key: str) -> Iterator[str]:
    for each in cast("list[object]", value) if isinstance(value, list) else [value]:
        if isinstance(each, bool):
            yield str(each).lower()
        elif isinstance(each, str | int | float):
            yield str(each)
        else:
            raise MalformedPolicyError(f"the value of {key} is neither text, number nor boolean")
