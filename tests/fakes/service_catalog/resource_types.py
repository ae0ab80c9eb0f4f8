"""The resource types `AWS::ServiceCatalog::*`: each is made, changed and deleted as through the API.

A product keeps its versions when other things of it change: versions are matched by name and address, and one
that is in the template no more is deleted, unless it was made by the API.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from private_fargate.local.server.handlers import Handler, is_true, register
from tests.fakes.service_catalog import door, inside, product_type, state
from tests.fakes.service_catalog.asking import ask, gone, retag
from tests.fakes.service_catalog.state import SETTLES_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.local.server.handlers import Attributes, Properties
    from tests.fakes.service_catalog.state import Json

_PREFIX = "AWS::ServiceCatalog::"
_PLACE = ("PortfolioId", "ProductId")


def register_all() -> None:
    """Register the types."""
    register(
        f"{_PREFIX}Portfolio",
        Handler(create=_portfolio, delete=_no_portfolio, update=_change_portfolio, retag=_retag_portfolio),
    )
    register(f"{_PREFIX}CloudFormationProduct", product_type.HANDLER)
    _register_pair(
        "PortfolioProductAssociation", "AssociateProductWithPortfolio", "DisassociateProductFromPortfolio"
    )
    _register_pair(
        "PortfolioPrincipalAssociation",
        "AssociatePrincipalWithPortfolio",
        "DisassociatePrincipalFromPortfolio",
    )
    _register_pair(
        "TagOptionAssociation", "AssociateTagOptionWithResource", "DisassociateTagOptionFromResource"
    )
    for name, kind, parameters in (
        ("LaunchRoleConstraint", "LAUNCH", _launch),
        ("LaunchTemplateConstraint", "TEMPLATE", _template),
        ("LaunchNotificationConstraint", "NOTIFICATION", _notification),
        ("ResourceUpdateConstraint", "RESOURCE_UPDATE", _resource_update),
    ):
        _register_constraint(name, kind, parameters)
    register(
        f"{_PREFIX}TagOption",
        Handler(
            create=_tag_option,
            delete=_no_tag_option,
            update=_change_tag_option,
            create_only=frozenset({"Key", "Value"}),
        ),
    )
    register(
        f"{_PREFIX}PortfolioShare",
        Handler(
            create=_share,
            delete=_no_share,
            update=_change_share,
            create_only=frozenset({"AccountId", "PortfolioId"}),
        ),
    )


def _portfolio(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    asked = inside.properties_of(properties, "DisplayName", "ProviderName", "Description")
    detail = ask("CreatePortfolio", asked)["PortfolioDetail"]
    return detail["Id"], {"PortfolioName": detail["DisplayName"], "Id": detail["Id"]}


def _change_portfolio(portfolio: str, _old: Properties, new: Properties) -> None:
    given = inside.properties_of(new, "DisplayName", "ProviderName")
    ask("UpdatePortfolio", {"Id": portfolio, "Description": new.get("Description", ""), **given})


def _retag_portfolio(portfolio: str, properties: Properties) -> None:
    retag(lambda: _portfolios()[portfolio].tags, properties)


def _portfolios() -> dict[str, state.Portfolio]:
    return state.book(*inside.whereabouts()).portfolios


def _no_portfolio(portfolio: str, _properties: Properties) -> None:
    gone("DeletePortfolio", {"Id": portfolio})


def _register_pair(name: str, associate: str, disassociate: str) -> None:
    """Register a type that is an association; every change of it is a replacement."""

    def make(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
        asked = {key: value for key, value in properties.items() if key not in {"AcceptLanguage", "Tags"}}
        ask(associate, asked)
        return "|".join(str(asked[key]) for key in sorted(asked)), {}

    def delete(_physical_id: str, properties: Properties) -> None:
        known = door.model_of(disassociate).input_shape.members
        gone(disassociate, inside.properties_of(properties, *known))

    register(f"{_PREFIX}{name}", Handler(create=make, delete=delete))


def _register_constraint(name: str, kind: str, parameters: Callable[[Properties], Json]) -> None:
    """Register a type that is a constraint."""

    def make(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
        place = inside.properties_of(properties, *_PLACE, "Description")
        asked = {**place, "Type": kind, "Parameters": json.dumps(parameters(properties))}
        constraint = ask("CreateConstraint", asked)["ConstraintDetail"]["ConstraintId"]
        _check(constraint)
        return constraint, {"Id": constraint}

    def change(constraint: str, _old: Properties, new: Properties) -> None:
        asked = {"Description": new.get("Description", ""), "Parameters": json.dumps(parameters(new))}
        ask("UpdateConstraint", {"Id": constraint, **asked})
        _check(constraint)

    def delete(constraint: str, _properties: Properties) -> None:
        gone("DeleteConstraint", {"Id": constraint})

    handler = Handler(create=make, delete=delete, update=change, create_only=frozenset(_PLACE))
    register(f"{_PREFIX}{name}", handler)


def _check(constraint: str) -> None:
    """Take a constraint for settled, for which CloudFormation waits.

    Raises:
        ValueError: it is FAILED.
    """
    made = state.book(*inside.whereabouts()).constraints[constraint]
    made.since -= SETTLES_AFTER
    if made.problem:
        raise ValueError(f"Constraint {constraint} is FAILED: {made.problem}")


def _launch(properties: Properties) -> Json:
    return inside.properties_of(properties, "RoleArn", "LocalRoleName")


def _template(properties: Properties) -> Json:
    rules = properties["Rules"]
    given: Any = json.loads(rules) if isinstance(rules, str) else rules
    return {"Rules": given}


def _notification(properties: Properties) -> Json:
    return {"NotificationArns": properties["NotificationArns"]}


def _resource_update(properties: Properties) -> Json:
    allowed = {"TagUpdateOnProvisionedProduct": properties["TagUpdateOnProvisionedProduct"]}
    return {"Version": "2.0", "Properties": allowed}


def _tag_option(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    option = ask("CreateTagOption", inside.properties_of(properties, "Key", "Value"))["TagOptionDetail"]["Id"]
    if "Active" in properties:
        _change_tag_option(option, {}, properties)
    return option, {}


def _change_tag_option(option: str, _old: Properties, new: Properties) -> None:
    ask("UpdateTagOption", {"Id": option, "Active": is_true(new.get("Active", True))})


def _no_tag_option(option: str, _properties: Properties) -> None:
    gone("DeleteTagOption", {"Id": option})


def _share(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    asked = inside.properties_of(properties, "AccountId", "PortfolioId")
    asked["ShareTagOptions"] = is_true(properties.get("ShareTagOptions", False))
    ask("CreatePortfolioShare", asked)
    return f"{asked['PortfolioId']}|{asked['AccountId']}", {}


def _change_share(_share_id: str, _old: Properties, new: Properties) -> None:
    asked = inside.properties_of(new, "AccountId", "PortfolioId")
    ask("UpdatePortfolioShare", {**asked, "ShareTagOptions": is_true(new.get("ShareTagOptions", False))})


def _no_share(_share_id: str, properties: Properties) -> None:
    gone("DeletePortfolioShare", inside.properties_of(properties, "AccountId", "PortfolioId"))
