"""A team that offers products, with all that tests of Service Catalog need to know of it."""

from __future__ import annotations

import functools
import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.fakes.stack_sets_house import new_account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.deploy.session import Client
    from private_fargate.local.embedded import EmbeddedAws

KIND = "CLOUD_FORMATION_TEMPLATE"
REGION = "us-east-1"
_LIMIT = 30  # seconds
_AT_WORK = {"CREATED", "IN_PROGRESS", "IN_PROGRESS_IN_ERROR"}


@functools.cache
def client(url: str, account: str, service: str, token: str | None = None) -> Client:
    made: Client = _session().client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key="test",  # noqa: S106 -- a key that opens nothing
        aws_session_token=token,
    )
    return made


@functools.cache
def _session() -> Any:
    return boto3.Session()  # one for all: it reads the service models once


def token() -> str:
    return uuid.uuid4().hex


def log_group(**more: Any) -> dict[str, Any]:
    """A template with a log group, and a parameter that decides something of it."""
    return {
        "Parameters": {"Days": {"Type": "Number", "Default": 7, "AllowedValues": [1, 7], **more}},
        "Resources": {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}}
        },
        "Outputs": {"Group": {"Description": "Where it is logged", "Value": {"Ref": "Group"}}},
    }


def nesting(url: str) -> dict[str, Any]:
    """A template whose only resource is a stack of another one."""
    properties = {"TemplateURL": url, "Parameters": {"Days": {"Ref": "Days"}}}
    return {
        "Parameters": {"Days": {"Type": "Number", "Default": 7}},
        "Resources": {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": properties}},
        "Outputs": {"Group": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Group"]}}},
    }


def broken() -> dict[str, Any]:
    """A template of which CloudFormation's validation thinks well, and which cannot be made."""
    cluster = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 1, "LogGroupName": "same"}}
    return {"Resources": {"One": cluster, "Other": {**cluster, "DependsOn": "One"}}}


@dataclass(frozen=True)
class Offer:
    """A product in a portfolio, ready to be launched by its owner."""

    portfolio: str
    product: str
    version: str


class Shop:
    """An account that offers products, and launches them."""

    def __init__(self, aws: EmbeddedAws, account: str | None = None) -> None:
        self.url = aws.url
        self.account = account or new_account()
        self.bucket = f"shop-{self.account}"
        self.catalog = self.client("servicecatalog")
        self.client("s3").create_bucket(Bucket=self.bucket)

    def client(self, service: str) -> Client:
        return client(self.url, self.account, service)

    def put(self, template: Any, key: str | None = None) -> str:
        """Upload a template, and return its address."""
        body = template if isinstance(template, (str, bytes)) else json.dumps(template)
        key = key or f"templates/{token()}.json"
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"{self.url}/{self.bucket}/{key}"

    def portfolio(self, name: str = "Portfolio") -> str:
        made = self.catalog.create_portfolio(
            DisplayName=name, ProviderName="Builders", IdempotencyToken=token()
        )
        return str(made["PortfolioDetail"]["Id"])

    def product(self, template: Any, name: str = "Product", **more: Any) -> tuple[str, str]:
        """Make a product, wait until it is there, and return its ID and that of its version."""
        made = self.catalog.create_product(
            Name=name,
            Owner="Builders",
            ProductType=KIND,
            ProvisioningArtifactParameters=artifact("v1", self.put(template)),
            IdempotencyToken=token(),
            **more,
        )
        product = str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])
        self.settled(
            lambda: self.catalog.describe_product_as_admin(Id=product)["ProductViewDetail"]["Status"]
        )
        return product, str(made["ProvisioningArtifactDetail"]["Id"])

    def version(self, product: str, template: Any, name: str = "v2") -> str:
        """Add a version, wait until it is there, and return its ID."""
        made = self.catalog.create_provisioning_artifact(
            ProductId=product, Parameters=artifact(name, self.put(template)), IdempotencyToken=token()
        )
        version = str(made["ProvisioningArtifactDetail"]["Id"])
        named = {"ProductId": product, "ProvisioningArtifactId": version}
        self.settled(lambda: self.catalog.describe_provisioning_artifact(**named)["Status"])
        return version

    def settled(self, status: Callable[[], str]) -> str:
        """Wait until something is CREATING no more."""
        return wait(status, {"CREATING"})

    def admit(self, portfolio: str, arn: str | None = None, kind: str = "IAM") -> None:
        self.catalog.associate_principal_with_portfolio(
            PortfolioId=portfolio, PrincipalARN=arn or self.me, PrincipalType=kind
        )

    @property
    def me(self) -> str:
        return f"arn:aws:iam::{self.account}:root"

    def offer(self, template: Any) -> Offer:
        """Return a product that this account may launch."""
        portfolio, (product, version) = self.portfolio(), self.product(template)
        self.catalog.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
        self.admit(portfolio)
        return Offer(portfolio, product, version)

    def constrain(self, offer: Offer, kind: str, parameters: Any) -> str:
        made = self.catalog.create_constraint(
            PortfolioId=offer.portfolio,
            ProductId=offer.product,
            Type=kind,
            Parameters=json.dumps(parameters),
            IdempotencyToken=token(),
        )
        return str(made["ConstraintDetail"]["ConstraintId"])

    def provision(self, offer: Offer, name: str = "mine", **more: Any) -> dict[str, Any]:
        """Launch, wait for the end, and return what DescribeRecord says."""
        asked = {
            "ProductId": offer.product,
            "ProvisioningArtifactId": offer.version,
            "ProvisionedProductName": name,
            "ProvisionToken": token(),
            **more,
        }
        return self.recorded(self.catalog.provision_product(**asked))

    def update(self, name: str = "mine", **more: Any) -> dict[str, Any]:
        asked = {"ProvisionedProductName": name, "UpdateToken": token(), **more}
        return self.recorded(self.catalog.update_provisioned_product(**asked))

    def terminate(self, name: str = "mine", **more: Any) -> dict[str, Any]:
        asked = {"ProvisionedProductName": name, "TerminateToken": token(), **more}
        return self.recorded(self.catalog.terminate_provisioned_product(**asked))

    def recorded(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Wait for the end of what an answer began, and return what DescribeRecord says."""
        record = answer["RecordDetail"]["RecordId"]
        wait(lambda: self.catalog.describe_record(Id=record)["RecordDetail"]["Status"], _AT_WORK)
        return dict(self.catalog.describe_record(Id=record))

    def status(self, name: str = "mine") -> str:
        found = self.catalog.describe_provisioned_product(Name=name)
        return str(found["ProvisionedProductDetail"]["Status"])

    def role(
        self, name: str, *statements: dict[str, Any], service: str = "servicecatalog.amazonaws.com"
    ) -> str:
        """Make a role that a service may take, and return its name."""
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy(*statements))
        return name


def artifact(name: str, url: str) -> dict[str, Any]:
    return {"Name": name, "Type": KIND, "Info": {"LoadTemplateFromURL": url}}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def values(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


def wait(status: Callable[[], str], while_it_is: set[str]) -> str:
    deadline = time.monotonic() + _LIMIT
    while (found := status()) in while_it_is:
        assert time.monotonic() < deadline, found
        time.sleep(0.03)
    return found


class refused:  # noqa: N801 -- it reads as pytest.raises does
    """Expect a refusal with a code, in whose message there is a text."""

    def __init__(self, code: str, text: str = "") -> None:
        self._code, self._text = code, text

    def __enter__(self) -> None:
        self._raises = pytest.raises(ClientError)
        self._caught = self._raises.__enter__()

    def __exit__(self, *error: object) -> bool:
        swallowed = bool(self._raises.__exit__(*error))
        found = self._caught.value.response["Error"]
        assert found["Code"] == self._code, found
        assert self._text in found["Message"], found
        return swallowed


def pages(answer: Callable[..., dict[str, Any]], items: str, size: int, **asked: Any) -> Iterator[list[Any]]:
    """Yield the pages of an answer."""
    further: dict[str, Any] = {}
    while True:
        page = answer(PageSize=size, **asked, **further)
        yield page[items]
        if "NextPageToken" not in page:
            return
        further = {"PageToken": page["NextPageToken"]}
