"""The type `AWS::ServiceCatalog::CloudFormationProduct`, and which versions a template has in its hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from private_fargate.local.server.handlers import Handler, is_true
from tests.fakes.service_catalog import inside, products, state
from tests.fakes.service_catalog.asking import ask, gone, retag
from tests.fakes.service_catalog.state import SETTLES_AFTER

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties
    from tests.fakes.service_catalog.state import Artifact, Json, Product

Key: TypeAlias = tuple[str, str]

_SETTINGS = (
    "Name",
    "Owner",
    "Description",
    "Distributor",
    "SupportDescription",
    "SupportEmail",
    "SupportUrl",
)
_attributes: dict[str, dict[str, Any]] = {}  # by product: what `Fn::GetAtt` gives, to be changed in place
_versions: dict[str, dict[Key, str]] = {}  # by product, then name and address: the version's ID


def _create(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Attributes]:
    first, *further = properties["ProvisioningArtifactParameters"]
    answer = ask(
        "CreateProduct",
        {
            **inside.properties_of(properties, *_SETTINGS),
            "ProductType": products.KIND,
            "ProvisioningArtifactParameters": _asked(first),
        },
    )
    product_id = answer["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    _versions[product_id] = {_key(first): answer["ProvisioningArtifactDetail"]["Id"]}
    _attributes[product_id] = {}
    try:
        for each in further:
            _add(product_id, each)
        _settle(product_id)
    except ValueError:
        _delete(product_id, properties)
        raise
    _tell(product_id)
    return product_id, _attributes[product_id]


def _update(product_id: str, old: Properties, new: Properties) -> None:
    settings = {name: new.get(name, "") for name in _SETTINGS if name in old or name in new}
    ask("UpdateProduct", {"Id": product_id, **settings})
    held = _versions[product_id]
    before = dict(held)
    wanted = {_key(each): each for each in new["ProvisioningArtifactParameters"]}
    replaced = is_true(new.get("ReplaceProvisioningArtifacts", False))
    for key, each in wanted.items():
        if key not in before or replaced:
            _add(product_id, each)
        else:
            _describe(product_id, held[key], each)
    for key, artifact in before.items():
        if key not in wanted or replaced:
            _remove(product_id, artifact)
            if key not in wanted:
                del held[key]
    _settle(product_id)
    _tell(product_id)


def _delete(product_id: str, _properties: Properties) -> None:
    gone("DeleteProduct", {"Id": product_id})
    _versions.pop(product_id, None)
    _attributes.pop(product_id, None)


def _retag(product_id: str, properties: Properties) -> None:
    retag(lambda: _product(product_id).tags, properties)


def _product(product_id: str) -> Product:
    return state.book(*inside.whereabouts()).products[product_id]


def _key(asked: Json) -> Key:
    return asked.get("Name", ""), asked["Info"]["LoadTemplateFromURL"]


def _asked(version: Json) -> Json:
    """Return a version of a template as the API takes it; the type may be left out there."""
    asked = {**version, "Type": version.get("Type", products.KIND)}
    if "DisableTemplateValidation" in asked:
        asked["DisableTemplateValidation"] = is_true(asked["DisableTemplateValidation"])
    return asked


def _add(product_id: str, version: Json) -> None:
    answer = ask("CreateProvisioningArtifact", {"ProductId": product_id, "Parameters": _asked(version)})
    _versions[product_id][_key(version)] = answer["ProvisioningArtifactDetail"]["Id"]


def _describe(product_id: str, artifact: str, version: Json) -> None:
    held = _product(product_id).artifacts.get(artifact)
    if held is not None:
        held.description = version.get("Description", "")


def _remove(product_id: str, artifact: str) -> None:
    gone("DeleteProvisioningArtifact", {"ProductId": product_id, "ProvisioningArtifactId": artifact})


def _settle(product_id: str) -> None:
    """Take a product for settled, for which CloudFormation waits.

    Raises:
        ValueError: one of its versions is FAILED.
    """
    product = _product(product_id)
    made: list[Artifact] = [
        product.artifacts[each] for each in _versions[product_id].values() if each in product.artifacts
    ]
    for each in (product, *made):
        if each.status == "CREATING":
            each.since -= SETTLES_AFTER
    if failed := [each for each in made if each.problem]:
        raise ValueError(f"Provisioning artifact {failed[0].name} is FAILED: {failed[0].problem}")


def _tell(product_id: str) -> None:
    product = _product(product_id)
    held = [product.artifacts[each] for each in _versions[product_id].values() if each in product.artifacts]
    _attributes[product_id].update(
        Id=product_id,
        ProductName=product.name,
        ProvisioningArtifactIds=",".join(each.id for each in held),
        ProvisioningArtifactNames=",".join(each.name for each in held),
    )


HANDLER = Handler(create=_create, delete=_delete, update=_update, retag=_retag)
