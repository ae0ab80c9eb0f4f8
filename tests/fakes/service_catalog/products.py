"""Products and their versions, as their owner sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.service_catalog import forms, inside, sharing, state
from tests.fakes.service_catalog.call import artifact as artifact_of
from tests.fakes.service_catalog.call import at_most, found
from tests.fakes.service_catalog.refusals import (
    InUseError,
    InvalidParametersError,
    NotFakedError,
    NotFoundError,
)
from tests.fakes.service_catalog.state import Artifact, Product, new_id, tags_from, tags_of

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.state import Json

PRODUCTS, VERSIONS_EACH = 350, 100
KIND = "CLOUD_FORMATION_TEMPLATE"
_SETTINGS = (
    "Name",
    "Owner",
    "Description",
    "Distributor",
    "SupportDescription",
    "SupportEmail",
    "SupportUrl",
)
_NO_TEMPLATE = "Invalid templateBody. Please make sure that your template is valid"


def create(call: Call) -> Json:
    at_most(len(call.book.products), PRODUCTS, "products")
    if call.input["ProductType"] != KIND:
        raise NotFakedError(
            f"The fake of Service Catalog has no products of type {call.input['ProductType']}."
        )
    if "ProvisioningArtifactParameters" not in call.input:
        raise InvalidParametersError("ProvisioningArtifactParameters is required.")
    first = new_artifact(call.account, call.region, call.input["ProvisioningArtifactParameters"])
    product = Product(
        id=new_id("prod"),
        view_id=new_id("prodview"),
        account=call.account,
        region=call.region,
        settings={name: call.input[name] for name in _SETTINGS if name in call.input},
        tags=tags_from(call.input.get("Tags")),
        artifacts={first.id: first},
        problem=first.problem,
    )
    call.book.products[product.id] = product
    return {
        "ProductViewDetail": product.detail(),
        "ProvisioningArtifactDetail": first.detail(),
        "Tags": tags_of(product.tags),
    }


def update(call: Call) -> Json:
    product = call.product("Id")
    product.settings.update({name: call.input[name] for name in _SETTINGS if name in call.input})
    product.tags.update(tags_from(call.input.get("AddTags")))
    for key in call.input.get("RemoveTags", []):
        product.tags.pop(key, None)
    return {"ProductViewDetail": product.detail(), "Tags": tags_of(product.tags)}


def delete(call: Call) -> Json:
    product = call.product("Id")
    for book in state.books(call.region):
        if holding := [each.id for each in book.portfolios.values() if product.id in each.products]:
            raise InUseError(f"Product {product.id} is associated with portfolio {holding[0]}.")
        if used := [each.id for each in book.provisioned.values() if each.product == product.id]:
            raise InUseError(f"Product {product.id} has provisioned products: {used[0]}.")
    if any(product.id in each.resources for each in call.book.tag_options.values()):
        raise InUseError(f"Product {product.id} is associated with a TagOption.")
    del call.book.products[product.id]
    return {}


def describe(call: Call) -> Json:
    if "Id" in call.input:
        product = sharing.visible_product(call, call.input["Id"])
    else:
        name = call.input.get("Name")
        named = [each for each in call.book.products.values() if each.name == name]
        if not named:
            raise NotFoundError(f"Product {name} not found.")
        product = named[0]
    owner = state.book(product.account, product.region)
    options = [each for each in owner.tag_options.values() if product.id in each.resources]
    return {
        "ProductViewDetail": product.detail(),
        "ProvisioningArtifactSummaries": [each.summary() for each in product.artifacts.values()],
        "Tags": tags_of(product.tags),
        "TagOptions": [each.detail() for each in options],
        "Budgets": [],
    }


def search(call: Call) -> Json:
    within = call.input.get("PortfolioId")
    listed = list(call.book.products.values())
    if within:
        portfolio = sharing.visible_portfolio(call, within)
        listed = [sharing.anybodys_product(call.region, each) for each in portfolio.products]
    return {"ProductViewDetails": [each.detail() for each in forms.sifted(listed, call.input)]}


def create_version(call: Call) -> Json:
    product = call.product()
    at_most(len(product.artifacts), VERSIONS_EACH, f"provisioning artifacts of product {product.id}")
    artifact = new_artifact(call.account, call.region, call.input["Parameters"])
    product.artifacts[artifact.id] = artifact
    return _told(artifact)


def update_version(call: Call) -> Json:
    artifact = artifact_of(call.product(), call.input["ProvisioningArtifactId"])
    artifact.name = call.input.get("Name", artifact.name)
    artifact.description = call.input.get("Description", artifact.description)
    artifact.is_active = call.input.get("Active", artifact.is_active)
    artifact.guidance = call.input.get("Guidance", artifact.guidance)
    return _told(artifact)


def delete_version(call: Call) -> Json:
    delete_artifact(call.product(), call.input["ProvisioningArtifactId"])
    return {}


def delete_artifact(product: Product, artifact_id: str) -> None:
    """Delete a version of a product.

    Raises:
        NotFoundError: it is not there.
        InUseError: it is the last one, or somebody has launched it.
    """
    artifact = found(product.artifacts, artifact_id, "ProvisioningArtifact")
    if len(product.artifacts) == 1:
        raise InUseError(f"Product {product.id} has to have at least one provisioning artifact.")
    for book in state.books(product.region):
        if used := [each.id for each in book.provisioned.values() if each.artifact == artifact.id]:
            raise InUseError(f"ProvisioningArtifact {artifact.id} is used by provisioned product {used[0]}.")
    del product.artifacts[artifact.id]


def describe_version(call: Call) -> Json:
    asked = call.input
    named = [each for each in call.book.products.values() if each.name == asked.get("ProductName")]
    if "ProductId" not in asked and not named:
        raise NotFoundError(f"Product {asked.get('ProductName')} not found.")
    product = sharing.visible_product(call, asked["ProductId"]) if "ProductId" in asked else named[0]
    artifact = artifact_of(
        product, asked.get("ProvisioningArtifactId"), asked.get("ProvisioningArtifactName")
    )
    shown = forms.parameters(artifact) if asked.get("IncludeProvisioningArtifactParameters") else None
    return {**_told(artifact), **({} if shown is None else {"ProvisioningArtifactParameters": shown})}


def list_versions(call: Call) -> Json:
    product = sharing.visible_product(call, call.input["ProductId"])
    return {"ProvisioningArtifactDetails": [each.detail() for each in product.artifacts.values()]}


def _told(artifact: Artifact) -> Json:
    return {
        "ProvisioningArtifactDetail": artifact.detail(),
        "Info": {"TemplateUrl": artifact.url},
        "Status": artifact.status,
    }


def new_artifact(account: str, region: str, asked: Json, *, kind_given: bool = True) -> Artifact:
    """Return a version, with its own copy of the root template.

    Args:
        account: that has the product.
        region: of it.
        asked: name, description, type and where the template is.
        kind_given: whether the type has to be named, as in the API.

    Raises:
        InvalidParametersError: no template can be read there, or a setting is not one of AWS's.
        NotFakedError: it is of another type.
    """
    if kind_given and "Type" not in asked:
        raise InvalidParametersError("The type of the provisioning artifact is required.")
    if asked.get("Type", KIND) != KIND:
        raise NotFakedError(f"The fake of Service Catalog has no artifacts of type {asked['Type']}.")
    name = asked.get("Name", "")
    if " " in name:
        raise InvalidParametersError(f"No spaces are allowed in the name of a provisioning artifact: {name}")
    url = _address(asked)
    body = inside.template_at(url, account, region)
    if body is None:
        raise InvalidParametersError(_NO_TEMPLATE)
    try:
        template = inside.parse_template(body)
    except Exception as error:  # whatever a parser of JSON or YAML raises
        raise InvalidParametersError(_NO_TEMPLATE) from error
    problem = ""
    if not asked.get("DisableTemplateValidation"):
        try:
            with inside.acting_for(account, region):
                inside.check_template(template)
        except ValueError as error:
            problem = str(error)
    return Artifact(
        id=new_id("pa"),
        name=name,
        description=asked.get("Description", ""),
        url=url,
        body=body,
        template=template,
        problem=problem,
    )


def _address(asked: Json) -> str:
    info = asked.get("Info") or {}
    if "ImportFromPhysicalId" in info:
        raise NotFakedError("The fake of Service Catalog makes no version of a stack.")
    if info.keys() != {"LoadTemplateFromURL"}:
        raise InvalidParametersError("Info takes LoadTemplateFromURL.")
    return str(info["LoadTemplateFromURL"])


OPERATIONS = {
    "CreateProduct": create,
    "UpdateProduct": update,
    "DeleteProduct": delete,
    "DescribeProductAsAdmin": describe,
    "SearchProductsAsAdmin": search,
    "CreateProvisioningArtifact": create_version,
    "UpdateProvisioningArtifact": update_version,
    "DeleteProvisioningArtifact": delete_version,
    "DescribeProvisioningArtifact": describe_version,
    "ListProvisioningArtifacts": list_versions,
}
