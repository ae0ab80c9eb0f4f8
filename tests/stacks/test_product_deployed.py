"""The catalog as Service Catalog has it once its stack is there, and what is launched from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from systems import environment

from private_fargate.catalog import provisioned
from private_fargate.catalog.launching import Launch, launch
from private_fargate.catalog.offers import find_offer
from private_fargate.catalog.parameters import ParameterError, form_of, read
from private_fargate.catalog.rules import keep
from private_fargate.config.catalog import Catalog
from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import ensure_bucket, package
from private_fargate.deploy.session import connect_to
from private_fargate.deploy.watching import Watcher
from private_fargate.local.embedded import EmbeddedAws
from stacks import launchable, product

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.session import Session

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.xdist_group("catalog stack")]

BUCKET = "catalog-stack-tests"
PRINCIPAL = "arn:aws:iam::123456789012:root"  # who calls the embedded AWS
ENVIRONMENT = environment(
    catalog=Catalog(
        portfolio="Platform",
        provider="Platform team",
        product="Private Fargate",
        principals=("arn:aws:iam:::role/team-*",),
        tag_options={"CostCenter": ("1", "2")},
        notify=True,
    )
)


@pytest.fixture(scope="module")
def aws() -> Iterator[Session]:
    with EmbeddedAws(extensions=("tests.fakes.service_catalog", "tests.fakes.topic_policies")) as running:
        session = connect_to(running.environment())
        ensure_bucket(session, BUCKET)
        yield session


@pytest.fixture(scope="module")
def outputs(aws: Session) -> Mapping[str, str]:
    """The outputs of a catalog that was deployed with a first version."""
    system = launchable.render(ENVIRONMENT)
    url = package(aws, system, BUCKET, with_root=True).url
    assert url is not None
    first = {"TemplateUrl": url, "VersionName": "1.0.0", "ArtifactBucketName": BUCKET}
    deployment = Deployment(
        session=aws,
        stack="demo-catalog",
        templates=product.render(ENVIRONMENT, system),
        bucket=BUCKET,
        parameters=first,
        options=StackOptions(names_roles=True),
    )
    outcome = deploy(deployment, Watcher())
    assert outcome.succeeded, outcome.explain()
    aws.client("servicecatalog").associate_principal_with_portfolio(
        PortfolioId=outcome.outputs["PortfolioId"], PrincipalARN=PRINCIPAL, PrincipalType="IAM"
    )
    return outcome.outputs


def test_the_portfolio_holds_the_product_for_those_who_are_named(
    aws: Session, outputs: Mapping[str, str]
) -> None:
    client = aws.client("servicecatalog")
    portfolio = client.describe_portfolio(Id=outputs["PortfolioId"])
    assert portfolio["PortfolioDetail"]["DisplayName"] == "Platform"
    assert {(tag["Key"], tag["Value"]) for tag in portfolio["TagOptions"]} == {
        ("CostCenter", "1"),
        ("CostCenter", "2"),
    }
    admitted = client.list_principals_for_portfolio(PortfolioId=outputs["PortfolioId"])["Principals"]
    assert {"PrincipalARN": "arn:aws:iam:::role/team-*", "PrincipalType": "IAM_PATTERN"} in admitted
    held = client.search_products_as_admin(PortfolioId=outputs["PortfolioId"])["ProductViewDetails"]
    assert [each["ProductViewSummary"]["ProductId"] for each in held] == [outputs["ProductId"]]


def test_the_product_has_its_first_version(aws: Session, outputs: Mapping[str, str]) -> None:
    listed = aws.client("servicecatalog").list_provisioning_artifacts(ProductId=outputs["ProductId"])
    (only,) = listed["ProvisioningArtifactDetails"]
    assert (only["Name"], only["Active"]) == ("1.0.0", True)


def test_each_constraint_holds(aws: Session, outputs: Mapping[str, str]) -> None:
    client = aws.client("servicecatalog")
    listed = client.list_constraints_for_portfolio(PortfolioId=outputs["PortfolioId"])["ConstraintDetails"]
    found: dict[str, Any] = {
        each["Type"]: json.loads(client.describe_constraint(Id=each["ConstraintId"])["ConstraintParameters"])
        for each in listed
    }
    assert set(found) == {"LAUNCH", "TEMPLATE", "NOTIFICATION", "RESOURCE_UPDATE"}
    assert found["LAUNCH"] == {"LocalRoleName": outputs["LaunchRoleName"]}
    assert found["NOTIFICATION"] == {"NotificationArns": [outputs["NotificationTopicArn"]]}


def test_a_team_launches_the_whole_system_with_the_rights_of_the_launch_role(
    aws: Session, outputs: Mapping[str, str]
) -> None:
    offer = find_offer(aws, "Private Fargate")
    form = form_of(aws, offer)
    assert (offer.product, form.tag_options) == (outputs["ProductId"], {"CostCenter": ("1", "2")})
    values = {"Name": "blue", "ZoneCount": "2", "NginxCount": "1"}
    asked = Launch(name="blue", offer=offer, parameters=values, tags={"CostCenter": "2"})
    result = launch(aws, asked, Watcher())
    assert result.succeeded, (result.errors, result.outcome and result.outcome.explain())
    subnets = aws.client("ec2").describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": [result.outputs["VpcId"]]}]
    )["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 2
    assert provisioned.require(aws, "blue").status == "AVAILABLE"


def test_the_rules_of_the_form_are_told_before_anything_is_asked_for(
    aws: Session, outputs: Mapping[str, str]
) -> None:
    assert outputs
    offer = find_offer(aws, "Private Fargate")
    values = read(["Name=odd", "NginxCpu=256", "NginxMemory=16384"])
    with pytest.raises(ParameterError) as caught:
        keep(aws, offer, form_of(aws, offer), values)
    assert str(caught.value) == (
        "--parameter: NginxCpu=256, NginxMemory=16384: "
        "With NginxCpu 256, NginxMemory must be 512, 1024 or 2048 MiB"
    )
    keep(aws, offer, form_of(aws, offer), read(["Name=odd", "NginxCpu=256", "NginxMemory=2048"]))


def test_service_catalog_keeps_the_rules_of_the_form(aws: Session, outputs: Mapping[str, str]) -> None:
    """No Fargate task of 256 CPU units has 16384 MiB: Service Catalog says so before anything is made."""
    assert outputs
    offer = find_offer(aws, "Private Fargate")
    values = {"Name": "odd", "NginxCpu": "256", "NginxMemory": "16384"}
    asked = Launch(name="odd", offer=offer, parameters=values, tags={"CostCenter": "1"})
    result = launch(aws, asked, Watcher())
    assert (result.succeeded, result.outcome) == (False, None)
    assert "256" in result.errors[0]
