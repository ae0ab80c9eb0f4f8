"""Launches: a product is provisioned, updated, terminated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.service_catalog import forms, paths, stacks
from tests.fakes.service_catalog.browsing import is_offered
from tests.fakes.service_catalog.call import artifact as artifact_of
from tests.fakes.service_catalog.call import found
from tests.fakes.service_catalog.records import Provisioned, new_record
from tests.fakes.service_catalog.refusals import (
    DuplicateError,
    InvalidParametersError,
    NotFakedError,
    NotFoundError,
)
from tests.fakes.service_catalog.stacks import Order
from tests.fakes.service_catalog.state import new_id, tags_from

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.paths import Path
    from tests.fakes.service_catalog.state import Artifact, Json

_CHANGEABLE = frozenset({"AVAILABLE", "TAINTED", "ERROR"})


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A version of a product, and the way to it."""

    way: Path
    artifact: Artifact


def provision(call: Call) -> Json:
    choice = choose(call)
    check_new_name(call, call.input["ProvisionedProductName"])
    of = new_product(call, choice, call.input["ProvisionToken"])
    wanted = order(call, choice, of)
    call.book.provisioned[of.id] = of
    record = new_record(call.book, of, "PROVISION_PRODUCT")
    told = record.detail()
    stacks.in_background(lambda: stacks.make(of, record, wanted))
    return {"RecordDetail": told}


def update(call: Call) -> Json:
    of = provisioned(call, "ProvisionedProductId", "ProvisionedProductName")
    check_state(of)
    choice = choose_for(call, of)
    _check_tags(call, choice, of)
    wanted = order(call, choice, of)
    return _change(call, of, choice, wanted)


def _change(call: Call, of: Provisioned, choice: Choice, wanted: Order) -> Json:
    move(of, choice, wanted.tags)
    record = new_record(call.book, of, "UPDATE_PROVISIONED_PRODUCT")
    told = record.detail()
    stacks.in_background(lambda: stacks.change(of, record, wanted))
    return {"RecordDetail": told}


def move(of: Provisioned, choice: Choice, tags: dict[str, str]) -> None:
    """Let a provisioned product be of another version, and under change."""
    of.product, of.product_name = choice.way.product.id, choice.way.product.name
    of.artifact, of.artifact_name = choice.artifact.id, choice.artifact.name
    of.path, of.role, of.tags = choice.way.id, role_of(choice.way, of.account), tags
    of.settle("UNDER_CHANGE")


def terminate(call: Call) -> Json:
    of = provisioned(call, "ProvisionedProductId", "ProvisionedProductName")
    check_state(of)
    of.settle("UNDER_CHANGE")
    record = new_record(call.book, of, "TERMINATE_PROVISIONED_PRODUCT")
    told = record.detail()
    book = call.book

    def forget() -> None:
        book.provisioned.pop(of.id, None)

    def keep_stack() -> None:
        forget()
        record.become("SUCCEEDED")

    if call.input.get("RetainPhysicalResources"):
        stacks.in_background(keep_stack)
    else:
        anyway = call.input.get("IgnoreErrors", False)
        stacks.in_background(lambda: stacks.delete(of, record, forget, anyway=anyway))
    return {"RecordDetail": told}


def choose(call: Call) -> Choice:
    """Return what a new launch asks for.

    Raises:
        NotFoundError: it is not there, or not for whoever asks.
        InvalidParametersError: the version is inactive, deprecated or not ready, or the way is not clear.
    """
    asked = call.input
    way = paths.chosen(call, paths.to(call, asked.get("ProductId"), asked.get("ProductName")))
    artifact = artifact_of(
        way.product, asked.get("ProvisioningArtifactId"), asked.get("ProvisioningArtifactName")
    )
    _check_offered(artifact)
    if artifact.guidance == "DEPRECATED":
        message = (
            f"ProvisioningArtifact {artifact.id} is deprecated; new products cannot be launched from it."
        )
        raise InvalidParametersError(message)
    return Choice(way=way, artifact=artifact)


def choose_for(call: Call, of: Provisioned) -> Choice:
    """Return what an update of a provisioned product asks for: without a word of it, what it is already.

    Raises:
        NotFoundError: it is not there, or not for whoever asks.
        InvalidParametersError: the version is inactive, not ready, or deprecated and not the one that it has.
    """
    asked = call.input
    product = asked.get("ProductId") or (None if asked.get("ProductName") else of.product)
    ways = paths.to(call, product, asked.get("ProductName"))
    same = [way for way in ways if way.id == of.path]
    names_way = "PathId" in asked or "PathName" in asked
    way = paths.chosen(call, same if same and not names_way else ways)
    name = asked.get("ProvisioningArtifactName")
    artifact = artifact_of(
        way.product, asked.get("ProvisioningArtifactId") or (None if name else of.artifact), name
    )
    _check_offered(artifact)
    if artifact.guidance == "DEPRECATED" and artifact.id != of.artifact:
        raise InvalidParametersError(f"ProvisioningArtifact {artifact.id} is deprecated.")
    return Choice(way=way, artifact=artifact)


def _check_offered(artifact: Artifact) -> None:
    if not artifact.is_active:
        raise InvalidParametersError(f"ProvisioningArtifact {artifact.id} is not active.")
    if not is_offered(artifact):
        raise InvalidParametersError(f"ProvisioningArtifact {artifact.id} is {artifact.status}.")


def check_new_name(call: Call, name: str) -> None:
    """Refuse a name that a provisioned product has.

    Raises:
        DuplicateError: one has it.
    """
    if any(each.name == name for each in call.book.provisioned.values()):
        raise DuplicateError(f"A provisioned product named {name} already exists.")


def new_product(call: Call, choice: Choice, token: str) -> Provisioned:
    """Return a provisioned product of which nothing is there yet."""
    return Provisioned(
        id=new_id("pp"),
        name=call.input["ProvisionedProductName"],
        account=call.account,
        region=call.region,
        product=choice.way.product.id,
        product_name=choice.way.product.name,
        artifact=choice.artifact.id,
        artifact_name=choice.artifact.name,
        path=choice.way.id,
        role=role_of(choice.way, call.account),
        user=call.caller,
        tags=_tags(call, choice, tags_from(call.input.get("Tags"))),
        token=token,
    )


def order(call: Call, choice: Choice, of: Provisioned) -> Order:
    """Return what the stack shall be made of."""
    if call.input.get("ProvisioningPreferences"):
        raise InvalidParametersError("ProvisioningPreferences apply to products with a STACKSET constraint.")
    constraints = choice.way.constraints()
    if any(each.kind == "STACKSET" for each in constraints):
        raise NotFakedError("The fake of Service Catalog launches no StackSets.")
    topics = [
        arn
        for each in constraints
        if each.kind == "NOTIFICATION"
        for arn in json.loads(each.parameters)["NotificationArns"]
    ]
    given = tags_from(call.input["Tags"]) if "Tags" in call.input else of.tags
    return Order(
        artifact=choice.artifact.id,
        body=forms.with_rules(choice.artifact, constraints),
        values=forms.values(call.input),
        tags=_tags(call, choice, given),
        topics=[*topics, *call.input.get("NotificationArns", [])],
    )


def _tags(call: Call, choice: Choice, given: dict[str, str]) -> dict[str, str]:
    """Return the tags of a launch: the portfolio's, the product's and those given."""
    chosen = forms.chosen_tags(given, choice.way.tag_options(call))
    return {**choice.way.portfolio.tags, **choice.way.product.tags, **chosen}


def _check_tags(call: Call, choice: Choice, of: Provisioned) -> None:
    """Refuse other tags in an update, unless a constraint allows it.

    Raises:
        InvalidParametersError: none does.
    """
    allowed = any(
        json.loads(each.parameters)["Properties"]["TagUpdateOnProvisionedProduct"] == "ALLOWED"
        for each in choice.way.constraints()
        if each.kind == "RESOURCE_UPDATE"
    )
    given = tags_from(call.input.get("Tags", []))
    if not allowed and any(of.tags.get(key) != value for key, value in given.items()):
        raise InvalidParametersError(
            "Tags can be updated only if the product has a RESOURCE_UPDATE constraint with "
            "TagUpdateOnProvisionedProduct set to ALLOWED."
        )


def role_of(way: Path, account: str) -> str:
    """Return the ARN of the launch role in the account that launches; an empty text if there is none."""
    for each in way.constraints():
        if each.kind == "LAUNCH":
            given = json.loads(each.parameters)
            return str(given.get("RoleArn") or f"arn:aws:iam::{account}:role/{given['LocalRoleName']}")
    return ""


def provisioned(call: Call, id_name: str, name_name: str) -> Provisioned:
    """Return the provisioned product that is named, by its ID or its name.

    Raises:
        NotFoundError: there is none.
        InvalidParametersError: it is named in neither way.
    """
    wanted, name = call.input.get(id_name), call.input.get(name_name)
    if wanted:
        return found(call.book.provisioned, wanted, "Provisioned product")
    if not name:
        raise InvalidParametersError(f"Either {id_name} or {name_name} is required.")
    named = [each for each in call.book.provisioned.values() if name in {each.name, each.arn}]
    if not named:
        raise NotFoundError(f"Provisioned product {name} not found.")
    return named[0]


def check_state(of: Provisioned) -> None:
    """Refuse to touch a provisioned product while something is done to it.

    Raises:
        InvalidParametersError: something is.
    """
    if of.status not in _CHANGEABLE:
        raise InvalidParametersError(f"Provisioned product {of.id} is in status {of.status}.")


OPERATIONS = {
    "ProvisionProduct": provision,
    "UpdateProvisionedProduct": update,
    "TerminateProvisionedProduct": terminate,
}
