"""What those who launch see: products, versions, paths and the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.service_catalog import forms, paths
from tests.fakes.service_catalog.call import artifact as artifact_of
from tests.fakes.service_catalog.refusals import NotFoundError
from tests.fakes.service_catalog.state import tags_of

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.paths import Path
    from tests.fakes.service_catalog.state import Artifact, Json, Product


def search(call: Call) -> Json:
    products = {way.product.id: way.product for way in paths.all_of(call)}
    available = [each for each in products.values() if each.status == "AVAILABLE"]
    found = forms.sifted(available, call.input)
    return {"ProductViewSummaries": [each.view() for each in found], "ProductViewAggregations": {}}


def describe(call: Call) -> Json:
    ways = paths.to(call, call.input.get("Id"), call.input.get("Name"))
    product = ways[0].product
    return {
        "ProductViewSummary": product.view(),
        "ProvisioningArtifacts": _shown(product),
        "Budgets": [],
        "LaunchPaths": [{"Id": way.id, "Name": way.name} for way in ways],
    }


def describe_view(call: Call) -> Json:
    ways = [way for way in paths.all_of(call) if way.product.view_id == call.input["Id"]]
    if not ways:
        raise NotFoundError(f"Product view {call.input['Id']} not found.")
    return {
        "ProductViewSummary": ways[0].product.view(),
        "ProvisioningArtifacts": _shown(ways[0].product),
    }


def _shown(product: Product) -> list[Json]:
    return [
        {**each.summary(), "Guidance": each.guidance}
        for each in product.artifacts.values()
        if is_offered(each)
    ]


def is_offered(artifact: Artifact) -> bool:
    """Say whether those who launch see a version."""
    return artifact.is_active and artifact.status == "AVAILABLE"


def list_paths(call: Call) -> Json:
    ways = paths.to(call, call.input["ProductId"], None)
    return {
        "LaunchPathSummaries": [
            {
                "Id": way.id,
                "Name": way.name,
                "ConstraintSummaries": _constraints(way),
                "Tags": tags_of(way.portfolio.tags),
            }
            for way in ways
        ]
    }


def describe_form(call: Call) -> Json:
    asked = call.input
    way = paths.chosen(call, paths.to(call, asked.get("ProductId"), asked.get("ProductName")))
    artifact = artifact_of(
        way.product, asked.get("ProvisioningArtifactId"), asked.get("ProvisioningArtifactName")
    )
    if not is_offered(artifact):
        raise NotFoundError(f"ProvisioningArtifact {artifact.id} not found.")
    options: dict[str, list[str]] = {}
    for option in way.tag_options(call):
        options.setdefault(option.key, []).append(option.value)
    outputs = [
        {"Key": key, "Description": each.get("Description", "")}
        for key, each in artifact.template.get("Outputs", {}).items()
    ]
    return {
        "ProvisioningArtifactParameters": forms.parameters(artifact),
        "ConstraintSummaries": _constraints(way),
        "UsageInstructions": [],
        "TagOptions": [{"Key": key, "Values": values} for key, values in options.items()],
        "ProvisioningArtifactOutputKeys": outputs,
    }


def _constraints(way: Path) -> list[Json]:
    return [{"Type": each.kind, "Description": each.description} for each in way.constraints()]


OPERATIONS = {
    "SearchProducts": search,
    "DescribeProduct": describe,
    "DescribeProductView": describe_view,
    "ListLaunchPaths": list_paths,
    "DescribeProvisioningParameters": describe_form,
}
