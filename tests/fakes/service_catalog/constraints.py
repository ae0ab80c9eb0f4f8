"""Constraints: with which role a product is launched, with which values, and who hears of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.fakes.service_catalog import inside
from tests.fakes.service_catalog.call import at_most, found
from tests.fakes.service_catalog.refusals import DuplicateError, InvalidParametersError, NotFoundError
from tests.fakes.service_catalog.state import Constraint, new_id

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.state import Book, Json

CONSTRAINTS_EACH = 100
KINDS = ("LAUNCH", "NOTIFICATION", "RESOURCE_UPDATE", "STACKSET", "TEMPLATE")
_SINGLE = frozenset({"LAUNCH", "RESOURCE_UPDATE", "STACKSET"})
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")


def create(call: Call) -> Json:
    portfolio, product = call.portfolio(), call.input["ProductId"]
    if product not in portfolio.products:
        message = f"Product {product} is not associated with portfolio {portfolio.id}."
        raise NotFoundError(message)
    kind = call.input["Type"]
    if kind not in KINDS:
        raise InvalidParametersError(
            f"Invalid constraint type {kind}; it has to be one of {', '.join(KINDS)}."
        )
    there = of(call.book, portfolio.id, product)
    _check_beside(kind, [each.kind for each in there])
    at_most(len(there), CONSTRAINTS_EACH, "constraints of a product in a portfolio")
    constraint = Constraint(
        id=new_id("cons"),
        kind=kind,
        portfolio=portfolio.id,
        product=product,
        owner=call.account,
        description=call.input.get("Description", ""),
        parameters=call.input["Parameters"],
        problem=_check(kind, call.input["Parameters"]),
    )
    call.book.constraints[constraint.id] = constraint
    return _told(constraint)


def _check_beside(kind: str, there: list[str]) -> None:
    """Refuse a second one of a kind of which there is one, and a role beside a StackSet.

    Raises:
        DuplicateError: there is one.
        InvalidParametersError: they exclude each other.
    """
    if kind in _SINGLE and kind in there:
        raise DuplicateError(f"Only one {kind} constraint is allowed for a product in a portfolio.")
    if {"LAUNCH", "STACKSET"} <= {kind, *there}:
        raise InvalidParametersError("You cannot have both a LAUNCH and a STACKSET constraint.")


def update(call: Call) -> Json:
    constraint = found(call.book.constraints, call.input["Id"], "Constraint")
    if "Parameters" in call.input:
        constraint.problem = _check(constraint.kind, call.input["Parameters"])
        constraint.parameters = call.input["Parameters"]
    constraint.description = call.input.get("Description", constraint.description)
    return _told(constraint)


def delete(call: Call) -> Json:
    constraint = found(call.book.constraints, call.input["Id"], "Constraint")
    del call.book.constraints[constraint.id]
    return {}


def describe(call: Call) -> Json:
    return _told(found(call.book.constraints, call.input["Id"], "Constraint"))


def list_for_portfolio(call: Call) -> Json:
    portfolio = call.portfolio()
    wanted = call.input.get("ProductId")
    return {
        "ConstraintDetails": [
            each.detail()
            for each in call.book.constraints.values()
            if each.portfolio == portfolio.id and wanted in {None, each.product}
        ]
    }


def of(book: Book, portfolio: str, product: str) -> list[Constraint]:
    """Return the constraints of a product in a portfolio."""
    return [
        each for each in book.constraints.values() if (each.portfolio, each.product) == (portfolio, product)
    ]


def _told(constraint: Constraint) -> Json:
    return {
        "ConstraintDetail": constraint.detail(),
        "ConstraintParameters": constraint.parameters,
        "Status": constraint.status,
    }


def _check(kind: str, parameters: str) -> str:
    """Refuse parameters that are not those of the kind; return why it will be FAILED, if it will.

    Raises:
        InvalidParametersError: they are not.
    """
    try:
        given = json.loads(parameters)
    except ValueError as error:
        raise InvalidParametersError("Constraint parameters are not valid JSON.") from error
    if not isinstance(given, dict):
        raise InvalidParametersError("Constraint parameters have to be an object.")
    return {
        "LAUNCH": _launch,
        "NOTIFICATION": _notification,
        "RESOURCE_UPDATE": _resource_update,
        "STACKSET": _stack_set,
        "TEMPLATE": _template,
    }[kind](given)


def _launch(given: Json) -> str:
    if given.keys() not in ({"RoleArn"}, {"LocalRoleName"}):
        raise InvalidParametersError("A LAUNCH constraint takes either RoleArn or LocalRoleName.")
    if "RoleArn" in given and not _ROLE.fullmatch(given["RoleArn"]):
        raise InvalidParametersError(f"Invalid role ARN: {given['RoleArn']}")
    if "LocalRoleName" in given and not re.fullmatch(r"[\w+=,.@-]{1,64}", given["LocalRoleName"]):
        raise InvalidParametersError(f"Invalid role name: {given['LocalRoleName']}")
    return ""


def _notification(given: Json) -> str:
    if given.keys() != {"NotificationArns"} or not all(
        str(each).startswith("arn:aws") and ":sns:" in each for each in given["NotificationArns"]
    ):
        raise InvalidParametersError("A NOTIFICATION constraint takes NotificationArns, ARNs of SNS topics.")
    return ""


def _resource_update(given: Json) -> str:
    allowed = given.get("Properties", {}).get("TagUpdateOnProvisionedProduct")
    if given.get("Version") != "2.0" or allowed not in {"ALLOWED", "NOT_ALLOWED"}:
        raise InvalidParametersError(
            "A RESOURCE_UPDATE constraint takes Version 2.0 and Properties with "
            "TagUpdateOnProvisionedProduct, ALLOWED or NOT_ALLOWED."
        )
    return ""


def _stack_set(given: Json) -> str:
    wanted = {"AccountList", "AdminRole", "ExecutionRole", "RegionList"}
    if given.get("Version") != "1.0" or not wanted <= given.get("Properties", {}).keys():
        raise InvalidParametersError(
            f"A STACKSET constraint takes Version 1.0 and {', '.join(sorted(wanted))}."
        )
    return ""


def _template(given: Json) -> str:
    rules = given.get("Rules")
    if not isinstance(rules, dict) or given.keys() != {"Rules"}:
        raise InvalidParametersError("A TEMPLATE constraint takes Rules.")
    try:
        inside.check_rules(rules)
    except ValueError as error:
        return str(error)
    return ""


OPERATIONS = {
    "CreateConstraint": create,
    "UpdateConstraint": update,
    "DeleteConstraint": delete,
    "DescribeConstraint": describe,
    "ListConstraintsForPortfolio": list_for_portfolio,
}
