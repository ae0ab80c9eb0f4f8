"""A small product: a house for sale, and the stack that offers it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from private_fargate import building
from private_fargate.catalog.changelog import version_name
from private_fargate.catalog.proposals import propose
from private_fargate.catalog.publication import Publication
from private_fargate.catalog.publishing import Published, publish
from private_fargate.deploy.packaging import package
from private_fargate.deploy.watching import Watcher

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from private_fargate.catalog.proposals import Proposal
    from private_fargate.deploy.session import Session

BUCKET = "catalog-tests"
SETTINGS = """
name: NAME
deletion: delete
services: {{ web: {{ image: "public.ecr.aws/nginx/nginx:1.29", port: 80 }} }}
catalog: {{ portfolio: Houses, provider: Builders, keep_versions: {keep}, shares: {shares} }}
"""


def settings(folder: Path, name: str, *, keep: int = 20, shares: str = "{}") -> Path:
    """Write the settings of an environment that is offered."""
    path = folder / f"{name}.yaml"
    path.write_text(SETTINGS.format(keep=keep, shares=shares).replace("NAME", name))
    return path


def catalog(name: str, *, description: str = "A house") -> dict[str, bytes]:
    """Return the template of a catalog, as small as one can be."""
    texts = ("TemplateUrl", "VersionName", "VersionDescription", "ArtifactBucketName")
    first = {
        "Name": {"Ref": "VersionName"},
        "Description": {"Ref": "VersionDescription"},
        "Info": {"LoadTemplateFromURL": {"Ref": "TemplateUrl"}},
    }
    resources: dict[str, Any] = {
        "Portfolio": {
            "Type": "AWS::ServiceCatalog::Portfolio",
            "Properties": {"DisplayName": name, "ProviderName": "Builders", "Description": description},
        },
        "Product": {
            "Type": "AWS::ServiceCatalog::CloudFormationProduct",
            "Properties": {"Name": name, "Owner": "Builders", "ProvisioningArtifactParameters": [first]},
        },
        "Association": {
            "Type": "AWS::ServiceCatalog::PortfolioProductAssociation",
            "Properties": {"PortfolioId": {"Ref": "Portfolio"}, "ProductId": {"Ref": "Product"}},
        },
        "Principal": {
            "Type": "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
            "Properties": {
                "PortfolioId": {"Ref": "Portfolio"},
                "PrincipalType": "IAM",
                "PrincipalARN": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"},
            },
        },
    }
    template = {
        "Parameters": {text: {"Type": "String"} for text in texts},
        "Resources": resources,
        "Outputs": {
            "PortfolioId": {"Value": {"Ref": "Portfolio"}},
            "ProductId": {"Value": {"Ref": "Product"}},
        },
    }
    return {"parent.json": json.dumps(template).encode()}


def publication(aws: Session, path: Path, templates: Mapping[str, bytes], **offered: str) -> Publication:
    """Return what is to be published: these templates, as what a team launches."""
    environment = building.load(path)
    assert environment.catalog is not None
    packed = package(aws, templates, BUCKET, with_root=True)
    assert packed.url
    return Publication(
        environment=environment,
        catalog=environment.catalog,
        session=aws,
        stack=f"{environment.name}-catalog",
        bucket=BUCKET,
        launchable=templates,
        offered=catalog(environment.name, **offered),
        offer=lambda _: catalog(environment.name, **offered),
        name=version_name("1.0.0", templates),
        description="- A house.",
        url=packed.url,
    )


def published(wanted: Publication) -> tuple[Proposal, Published]:
    """Publish, as somebody would who agrees to everything."""
    proposal = propose(wanted)
    return proposal, publish(proposal, Watcher())
