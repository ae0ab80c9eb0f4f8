"""An account that publishes versions and launches them with the role of its catalog, as it is published."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from private_fargate import building
from private_fargate.catalog import records
from private_fargate.catalog.changelog import version_name
from private_fargate.catalog.products import require
from private_fargate.catalog.publication import Publication
from private_fargate.deploy.packaging import ensure_bucket, package
from private_fargate.deploy.session import connect_to
from private_fargate.deploy.watching import Watcher
from stacks import product
from tests.catalog.shop import published

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws


def system(
    resource: dict[str, Any], *, rules: dict[str, Any] | None = None, **form: object
) -> dict[str, bytes]:
    """Return the templates of a version: a root that nests a stack with one resource."""
    passed = {name: {"Ref": name} for name in form if name == "Days"}
    nested = {"TemplateURL": "leaf.json", "Parameters": passed}
    root = {
        "Parameters": form,
        "Rules": rules or {},
        "Resources": {"Leaf": {"Type": "AWS::CloudFormation::Stack", "Properties": nested}},
    }
    leaf = {"Parameters": {name: form[name] for name in passed}, "Resources": {"Thing": resource}}
    return {"parent.json": json.dumps(root).encode(), "leaf.json": json.dumps(leaf).encode()}


class Hub:
    """An account that publishes and launches, in a Region."""

    def __init__(self, aws: EmbeddedAws, account: str, region: str = "us-east-1") -> None:
        self.account = account
        self.session: Session = connect_to(
            {**aws.environment(), "AWS_ACCESS_KEY_ID": account, "AWS_REGION": region}
        )
        self.bucket = f"hub-{account}-{region}"
        ensure_bucket(self.session, self.bucket)
        self.client = self.session.client("servicecatalog")

    def publication(self, path: Path, templates: Mapping[str, bytes]) -> Publication:
        environment = building.load(path)
        assert environment.catalog is not None
        return Publication(
            environment=environment,
            catalog=environment.catalog,
            session=self.session,
            stack=f"{environment.name}-catalog",
            bucket=self.bucket,
            launchable=templates,
            offered=product.render(environment, templates),
            offer=lambda earlier: product.render(environment, templates, earlier),
            name=version_name("1.0.0", templates),
            description="",
            url=package(self.session, templates, self.bucket, with_root=True).url or "",
        )

    def publish(self, path: Path, templates: Mapping[str, bytes]) -> tuple[str, tuple[str, ...]]:
        """Publish, let everybody here launch, and return the version's ID with the notes."""
        proposal, done = published(self.publication(path, templates))
        assert done.product is not None, done.outcome and done.outcome.explain()
        assert done.version is not None
        self.client.associate_principal_with_portfolio(
            PortfolioId=done.product.portfolio,
            PrincipalARN=f"arn:aws:iam::{self.account}:root",
            PrincipalType="IAM",
        )
        return done.version.id, proposal.notes

    def launch(self, path: Path, version: str, name: str = "mine", **values: str) -> str:
        return self._ended(
            self.client.provision_product(
                ProductId=require(self.session, f"{path.stem}-catalog").id,
                ProvisioningArtifactId=version,
                ProvisionedProductName=name,
                ProvisioningParameters=_pairs(values),
                ProvisionToken=uuid.uuid4().hex,
            )
        )

    def update(self, name: str = "mine", **values: str) -> str:
        """Change values of what was launched, which stays of its version."""
        return self._ended(
            self.client.update_provisioned_product(
                ProvisionedProductName=name,
                ProvisioningParameters=_pairs(values),
                UpdateToken=uuid.uuid4().hex,
            )
        )

    def terminate(self, name: str = "mine") -> str:
        return self._ended(
            self.client.terminate_provisioned_product(
                ProvisionedProductName=name, TerminateToken=uuid.uuid4().hex
            )
        )

    def retention(self) -> list[int]:
        groups = self.session.client("logs").describe_log_groups()["logGroups"]
        return [each["retentionInDays"] for each in groups]

    def _ended(self, begun: dict[str, Any]) -> str:
        """Return how an operation ended: SUCCEEDED, or what is said of it."""
        found = records.follow(
            self.session, records.read(self.session, begun["RecordDetail"]["RecordId"]), Watcher()
        )
        return "SUCCEEDED" if found.succeeded else f"{found.status} {found.errors} {found.outcome}"


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]
