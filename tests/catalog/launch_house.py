"""A house that is offered: its templates, its portfolio, and what a team sees of it."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from private_fargate.deploy.packaging import package
from private_fargate.deploy.watching import Watcher
from tests.deploy.house import nested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.events import Event
    from private_fargate.deploy.session import Session
    from private_fargate.plan.judging import Planned
    from private_fargate.plan.model import Plan

BUCKET = "launch-tests"
CPU = "256"
TOO_MUCH = "4096"  # of which no Fargate task has 1024 MiB


def house(*, description: str = "first") -> dict[str, bytes]:
    """The form asks for a team, days and CPU units; a nested stack holds a log group and a task."""
    form = {
        "Team": {
            "Type": "String",
            "AllowedPattern": "^[a-z]+$",
            "ConstraintDescription": "small letters",
            "Description": "Who lives there",
        },
        "Days": {"Type": "Number", "Default": "7", "AllowedValues": ["1", "7", "14"]},
        "Cpu": {"Type": "String", "Default": CPU},
    }
    rule = {
        "RuleCondition": {"Fn::Equals": [{"Ref": "Team"}, "red"]},
        "Assertions": [
            {
                "Assert": {"Fn::Equals": [{"Ref": "Days"}, "1"]},
                "AssertDescription": "The red team keeps logs for 1 day",
            }
        ],
    }
    days, cpu = ({"Ref": name} for name in ("Days", "Cpu"))
    parent = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Parameters": form,
        "Rules": {"RedIsShort": rule},
        "Resources": {"Leaf": nested("leaf.json", Days=days, Cpu=cpu)},
        "Outputs": {"Group": {"Value": {"Fn::GetAtt": ["Leaf", "Outputs.Group"]}}},
    }
    task = {
        "Cpu": cpu,
        "Memory": "1024",
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "web", "Image": "example/web:1"}],
    }
    leaf = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"Days": {"Type": "Number"}, "Cpu": {"Type": "String"}},
        "Resources": {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": days}},
            "Task": {"Type": "AWS::ECS::TaskDefinition", "DependsOn": "Group", "Properties": task},
        },
        "Outputs": {"Group": {"Value": {"Ref": "Group"}}},
    }
    return {"parent.json": json.dumps(parent).encode(), "leaf.json": json.dumps(leaf).encode()}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A product in a portfolio of its own, as the platform team sees it."""

    session: Session
    name: str
    product: str
    portfolio: str

    def add(self, name: str, templates: Mapping[str, bytes]) -> str:
        """Add a version, and return its ID when it can be launched."""
        client = self.session.client("servicecatalog")
        made = client.create_provisioning_artifact(
            ProductId=self.product,
            Parameters=artifact(self.session, name, templates),
            IdempotencyToken=uuid.uuid4().hex,
        )["ProvisioningArtifactDetail"]["Id"]
        settled(client.describe_provisioning_artifact, ProductId=self.product, ProvisioningArtifactId=made)
        return str(made)

    def deprecate(self, version: str) -> None:
        self.session.client("servicecatalog").update_provisioning_artifact(
            ProductId=self.product, ProvisioningArtifactId=version, Guidance="DEPRECATED"
        )

    def constrain(self, kind: str, **parameters: Any) -> None:
        client = self.session.client("servicecatalog")
        made = client.create_constraint(
            PortfolioId=self.portfolio,
            ProductId=self.product,
            Type=kind,
            Parameters=json.dumps(parameters),
            IdempotencyToken=uuid.uuid4().hex,
        )["ConstraintDetail"]["ConstraintId"]
        settled(client.describe_constraint, Id=made)

    def offer_tag(self, key: str, *values: str) -> None:
        client = self.session.client("servicecatalog")
        for value in values:
            option = client.create_tag_option(Key=key, Value=value)["TagOptionDetail"]["Id"]
            client.associate_tag_option_with_resource(ResourceId=self.portfolio, TagOptionId=option)


def opened(session: Session, name: str, templates: Mapping[str, bytes]) -> Shop:
    """Offer templates to this account as version `v1` of a product."""
    client = session.client("servicecatalog")
    token = uuid.uuid4().hex
    portfolio = client.create_portfolio(DisplayName=name, ProviderName="Builders", IdempotencyToken=token)
    product = client.create_product(
        Name=name,
        Owner="Builders",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters=artifact(session, "v1", templates),
        IdempotencyToken=token,
    )["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    settled(client.describe_product_as_admin, Id=product)
    shop = Shop(session=session, name=name, product=product, portfolio=portfolio["PortfolioDetail"]["Id"])
    offered(shop, shop.portfolio)
    return shop


def offered(shop: Shop, portfolio: str) -> None:
    """Put a shop's product into a portfolio, from which this account may launch."""
    client = shop.session.client("servicecatalog")
    client.associate_product_with_portfolio(ProductId=shop.product, PortfolioId=portfolio)
    caller = shop.session.client("sts").get_caller_identity()["Arn"]
    client.associate_principal_with_portfolio(PortfolioId=portfolio, PrincipalARN=caller, PrincipalType="IAM")


def let_in(session: Session, account: str) -> None:
    """Let another account read the templates, as the bucket of an organization does."""
    reading = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [reading]})
    session.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)


def artifact(session: Session, name: str, templates: Mapping[str, bytes]) -> dict[str, Any]:
    """Return a version as Service Catalog takes it; its templates are in the bucket."""
    url = package(session, templates, BUCKET, with_root=True).url
    return {
        "Name": name,
        "Info": {"LoadTemplateFromURL": url},
        "Type": "CLOUD_FORMATION_TEMPLATE",
    }


def settled(describe: Any, **arguments: Any) -> None:
    """Wait for what Service Catalog makes after it has answered."""
    while True:
        said = describe(**arguments)
        if said.get("Status", said.get("ProductViewDetail", {}).get("Status")) != "CREATING":
            return
        time.sleep(0.05)


class Visitor(Watcher):
    """Looks on, remembers what is shown, and agrees to every plan unless told otherwise."""

    def __init__(self, objection: Exception | None = None) -> None:
        self.events: list[Event] = []
        self.planned: list[Planned] = []
        self.plans: list[Plan] = []
        self._objection = objection

    def show(self, event: Event) -> None:
        self.events.append(event)

    def review(self, planned: Planned) -> None:
        self.planned.append(planned)
        self.agree(planned.plan)

    def agree(self, plan: Plan) -> None:
        self.plans.append(plan)
        if self._objection:
            raise self._objection
