"""The demo's product in the fake of Service Catalog: offered by its stack, launched by a team with a role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate import building
from private_fargate.deploy.packaging import package
from private_fargate.deploy.session import connect_to
from stacks import launchable, product
from tests.fakes.service_catalog_house import Offer, Shop, allow, client, values, wait

if TYPE_CHECKING:
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("service catalog")]

DEMO = Path(__file__).parents[2] / "environments" / "demo.yaml"


def offered(shop: Shop, aws: EmbeddedAws) -> Offer:
    """Deploy the catalog of the demo as its publisher does, and return what it offers."""
    environment = building.load(DEMO)
    session = connect_to({**aws.environment(), "AWS_ACCESS_KEY_ID": shop.account})
    system = launchable.render(environment)
    root = package(session, system, shop.bucket, with_root=True).url
    catalog = package(session, product.render(environment, system), shop.bucket, with_root=True).url
    cloudformation = shop.client("cloudformation")
    given = {
        "TemplateUrl": root,
        "VersionName": "1.0.0",
        "VersionDescription": "First",
        "ArtifactBucketName": shop.bucket,
    }
    cloudformation.create_stack(
        StackName="catalog",
        TemplateURL=catalog,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )

    def status() -> str:
        return str(cloudformation.describe_stacks(StackName="catalog")["Stacks"][0]["StackStatus"])

    assert wait(status, {"CREATE_IN_PROGRESS"}) == "CREATE_COMPLETE"
    (stack,) = cloudformation.describe_stacks(StackName="catalog")["Stacks"]
    told = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    listed = shop.catalog.list_provisioning_artifacts(ProductId=told["ProductId"])
    version = listed["ProvisioningArtifactDetails"][0]["Id"]
    return Offer(told["PortfolioId"], told["ProductId"], version)


def as_team(shop: Shop) -> Any:
    """Return a client of somebody of a team, who may do nothing but use Service Catalog."""
    role = shop.role("team-blue", allow("servicecatalog:*"), service="ec2.amazonaws.com")
    arn = f"arn:aws:iam::{shop.account}:role/{role}"
    taken = shop.client("sts").assume_role(RoleArn=arn, RoleSessionName="somebody")["Credentials"]
    return client(shop.url, taken["AccessKeyId"], "servicecatalog", taken["SessionToken"])


def test_a_team_launches_the_demo_with_the_launch_role_of_its_catalog(
    shop: Shop, extended_aws: EmbeddedAws
) -> None:
    offer = offered(shop, extended_aws)
    shop.catalog = as_team(shop)
    assert [each["ProductId"] for each in shop.catalog.search_products()["ProductViewSummaries"]] == [
        offer.product
    ]
    tags = [{"Key": "CostCenter", "Value": "research"}]
    record = shop.provision(offer, ProvisioningParameters=values(ZoneCount="2"), Tags=tags)["RecordDetail"]
    assert (record["Status"], record["RecordErrors"]) == ("SUCCEEDED", [])
    assert record["LaunchRoleArn"].endswith("-launch-us-east-1")
    (cluster,) = shop.client("ecs").list_clusters()["clusterArns"]
    services = shop.client("ecs").list_services(cluster=cluster)["serviceArns"]
    assert len(services) == 1
    vpcs = shop.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]
    assert len(vpcs) == 1
    record = shop.terminate()["RecordDetail"]
    assert (record["Status"], record["RecordErrors"]) == ("SUCCEEDED", [])
    assert shop.client("ecs").list_clusters()["clusterArns"] == []
