"""Service-managed StackSets: an organization gives the rights, and its units are the targets."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.stack_sets_house import HOME, TRUSTED, House, new_account, template, trust_policy

if TYPE_CHECKING:
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

MANAGED = {
    "PermissionModel": "SERVICE_MANAGED",
    "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": True},
}
NESTED = {
    "Type": "AWS::CloudFormation::Stack",
    "Properties": {"TemplateURL": "https://example.org/child.json"},
}


@dataclass(frozen=True)
class Organization:
    """An organization with two units, one in the other, and an account in each."""

    house: House
    unit: str
    inner: str
    outside: str
    accounts: tuple[str, str]

    def create(self, **targets: Any) -> dict[str, Any]:
        begun = self.house.api.create_stack_instances(
            StackSetName="net", Regions=[HOME], DeploymentTargets=targets
        )
        return self.house.finished("net", begun["OperationId"])

    def stack_set(self, **more: Any) -> None:
        self.house.api.create_stack_set(StackSetName="net", TemplateBody=template(), **MANAGED, **more)


@pytest.fixture
def organization(extended_aws: EmbeddedAws) -> Organization:
    house = House(extended_aws, new_account())
    client = house.client("organizations")
    root = client.list_roots()["Roots"][0]["Id"]

    def unit(parent: str, name: str) -> str:
        made = client.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]
        return str(made["Id"])

    def account(parent: str) -> str:
        made = client.create_account(Email="somebody@example.org", AccountName=parent)["CreateAccountStatus"]
        client.move_account(AccountId=made["AccountId"], SourceParentId=root, DestinationParentId=parent)
        return str(made["AccountId"])

    outer = unit(root, "teams")
    inner = unit(outer, "web")
    house.api.activate_organizations_access()
    return Organization(house, outer, inner, account(unit(root, "others")), (account(outer), account(inner)))


def test_a_unit_means_the_accounts_in_it_and_below(organization: Organization) -> None:
    """No role is needed in them, and the management account is never among them."""
    organization.stack_set()
    assert organization.create(OrganizationalUnitIds=[organization.unit])["Status"] == "SUCCEEDED"
    instances = organization.house.instances("net")
    assert {account for account, _ in instances} == set(organization.accounts)
    assert {each["OrganizationalUnitId"] for each in instances.values()} == {organization.unit}
    for account in organization.accounts:
        assert organization.house.vpcs(account, HOME) == ["10.1.0.0/16"]
    described = organization.house.api.describe_stack_set(StackSetName="net")["StackSet"]
    assert described["OrganizationalUnitIds"] == [organization.unit]
    assert described["AutoDeployment"] == MANAGED["AutoDeployment"]
    automatic = organization.house.api.list_stack_set_auto_deployment_targets(StackSetName="net")
    assert automatic["Summaries"] == [{"OrganizationalUnitId": organization.unit, "Regions": [HOME]}]


@pytest.mark.parametrize(("kind", "expected"), [("INTERSECTION", [1]), ("DIFFERENCE", [0])])
def test_accounts_narrow_a_unit(organization: Organization, kind: str, expected: list[int]) -> None:
    organization.stack_set()
    named = [organization.accounts[1], organization.outside]
    organization.create(OrganizationalUnitIds=[organization.unit], Accounts=named, AccountFilterType=kind)
    accounts = [account for account, _ in organization.house.instances("net")]
    assert accounts == [organization.accounts[number] for number in expected]


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"Accounts": ["111122223333"]}, "can only have OrganizationalUnit as target"),
        ({"OrganizationalUnitIds": ["ou-none-12345678"]}, "is not in the organization"),
        ({"OrganizationalUnitIds": None, "Accounts": ["111122223333"]}, "UNION is not supported"),
        ({"OrganizationalUnitIds": None, "AccountFilterType": "INTERSECTION"}, "needs Accounts"),
    ],
)
def test_targets_that_make_no_sense_are_refused(
    organization: Organization, targets: dict[str, Any], message: str
) -> None:
    organization.stack_set()
    known = {key: value or [organization.unit] for key, value in targets.items()}
    with pytest.raises(ClientError, match=message):
        organization.create(**known)


def test_an_organization_that_does_not_trust_gives_no_rights(organization: Organization) -> None:
    api = organization.house.api
    assert api.describe_organizations_access()["Status"] == "ENABLED"
    api.deactivate_organizations_access()
    assert api.describe_organizations_access()["Status"] == "DISABLED"
    with pytest.raises(ClientError, match="You must enable organizations access to operate"):
        organization.stack_set()


def test_a_delegated_administrator_acts_for_the_management_account(organization: Organization) -> None:
    house, account = organization.house, organization.outside
    delegate = replace(house, account=account)
    request = {"StackSetName": "theirs", "TemplateBody": template(), **MANAGED}
    with pytest.raises(ClientError, match="not a delegated administrator"):
        delegate.api.create_stack_set(CallAs="DELEGATED_ADMIN", **request)
    house.client("organizations").register_delegated_administrator(
        AccountId=account, ServicePrincipal=TRUSTED
    )
    with pytest.raises(ClientError, match="You must be the management account or delegated admin"):
        delegate.api.create_stack_set(**request)
    delegate.api.create_stack_set(CallAs="DELEGATED_ADMIN", **request)
    described = house.api.describe_stack_set(StackSetName="theirs")["StackSet"]
    assert described["StackSetARN"].split(":")[4] == house.account
    with pytest.raises(ClientError, match="not found"):
        delegate.api.describe_stack_set(StackSetName="theirs")
    listed = delegate.api.list_stack_sets(CallAs="DELEGATED_ADMIN")["Summaries"]
    assert [each["StackSetName"] for each in listed] == ["theirs"]


def test_nested_stacks_need_an_execution_role_of_ones_own(organization: Organization) -> None:
    """The role that StackSets make by themselves may not provision them; that of a template may."""
    house, bucket = organization.house, f"templates-{organization.house.account}"
    s3 = house.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="child.json", Body=template())
    own = house.client("organizations").describe_organization()["Organization"]["Id"]
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": own}},
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    url = f"{house.aws.url}/{bucket}/child.json"
    nested = template({"Child": {**NESTED, "Properties": {"TemplateURL": url}}})
    with pytest.raises(ClientError, match="default execution role"):
        house.api.create_stack_set(StackSetName="net", TemplateBody=nested, **MANAGED)
    trust = json.loads(trust_policy({"AWS": f"arn:aws:iam::{house.account}:root"}))
    properties = {"RoleName": "stacksets-exec-house", "AssumeRolePolicyDocument": trust}
    house.api.create_stack_set(
        StackSetName="net",
        TemplateBody=nested,
        ExecutionRoleTemplateBody=template({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}),
        StackSetOutputBucket=bucket,
        **MANAGED,
    )
    assert organization.create(OrganizationalUnitIds=[organization.unit])["Status"] == "SUCCEEDED"
    for account in organization.accounts:
        assert house.vpcs(account, HOME) == ["10.1.0.0/16"]
        assert house.client("iam", account).get_role(RoleName="stacksets-exec-house")
