"""The catalog: what is offered to whom, what holds when it is launched, and what never vanishes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from systems import environment

from private_fargate.config.catalog import Catalog, Shares, Support
from private_fargate.lint import lint
from stacks import launchable as system
from stacks import product

Resources = dict[str, dict[str, Any]]

RULES = {
    "CpuGoesWithMemory": {
        "RuleCondition": {"Fn::Equals": [{"Ref": "NginxCpu"}, "256"]},
        "Assertions": [
            {
                "Assert": {"Fn::Contains": [["512", "1024", "2048"], {"Ref": "NginxMemory"}]},
                "AssertDescription": "256 CPU units go with 512, 1024 or 2048 MiB (Größe wählen)",
            }
        ],
    }
}


CATALOG = {"portfolio": "Platform", "provider": "Platform team"}
SYSTEM = system.render(environment(catalog=Catalog(**CATALOG)))


def launchable(rules: dict[str, Any] | None = None) -> dict[str, bytes]:
    """A system whose launch form has these rules and no others."""
    root = {**json.loads(SYSTEM["parent.json"]), "Rules": rules or {}}
    return {**SYSTEM, "parent.json": json.dumps(root).encode()}


def rendered(rules: dict[str, Any] | None = None, **settings: Any) -> dict[str, bytes]:
    deletion = settings.pop("deletion", "retain")
    catalog = Catalog(**CATALOG, **settings)
    return product.render(environment(catalog=catalog, deletion=deletion), launchable(rules))


def resources(files: dict[str, bytes], name: str) -> Resources:
    found: Resources = json.loads(files[name])["Resources"]
    return found


def of_type(found: Resources, kind: str) -> dict[str, dict[str, Any]]:
    full = f"AWS::ServiceCatalog::{kind}"
    return {title: each["Properties"] for title, each in found.items() if each["Type"] == full}


@cache
def everything() -> dict[str, bytes]:
    return rendered(
        RULES,
        product="Private Fargate",
        support=Support(description="Ask us", email="platform@example.com", url="https://example.com"),
        principals=(
            "arn:aws:iam:::role/anywhere",
            "arn:aws:iam::111122223333:role/team-*",
            "arn:aws:iam::111122223333:role/dev",
        ),
        shares=Shares(accounts=("222233334444",), organization="o-abcdefghij"),
        tag_options={"CostCenter": ("1", "2")},
        notify=True,
    )


def test_linters_find_nothing() -> None:
    assert lint(everything(), ["us-east-1"]) == ()


@pytest.mark.slow
def test_linters_find_nothing_in_any_partition() -> None:
    assert lint(everything(), ["cn-north-1", "us-gov-west-1"]) == ()


def test_the_root_says_what_the_platform_team_works_with() -> None:
    root = json.loads(everything()["parent.json"])
    assert set(root["Parameters"]) == {
        "TemplateUrl",
        "VersionName",
        "VersionDescription",
        "ArtifactBucketName",
    }
    assert set(root["Outputs"]) == {
        "PortfolioId",
        "ProductId",
        "LaunchRoleName",
        "LaunchRoleArn",
        "BoundaryArn",
        "NotificationTopicArn",
    }


def test_the_stack_holds_the_first_version_and_replaces_none() -> None:
    (offered,) = of_type(resources(everything(), "catalog-offer.json"), "CloudFormationProduct").values()
    assert offered["ReplaceProvisioningArtifacts"] is False
    assert offered["ProvisioningArtifactParameters"] == [
        {
            "Name": {"Ref": "VersionName"},
            "Description": {"Ref": "VersionDescription"},
            "Info": {"LoadTemplateFromURL": {"Ref": "TemplateUrl"}},
        }
    ]


def test_a_new_template_of_the_system_leaves_the_product_as_it_is() -> None:
    """Its rules change, and nothing else: the version in the stack is never that of the settings."""
    before, after = everything(), rendered(RULES | {"More": RULES["CpuGoesWithMemory"]}, product="New name")
    (old,) = of_type(resources(before, "catalog-offer.json"), "CloudFormationProduct").values()
    (new,) = of_type(resources(after, "catalog-offer.json"), "CloudFormationProduct").values()
    assert old["ProvisioningArtifactParameters"] == new["ProvisioningArtifactParameters"]


def test_constraints_come_after_the_product_is_in_the_portfolio() -> None:
    found = resources(everything(), "catalog-offer.json")
    constraints = {title: each for title, each in found.items() if each["Type"].endswith("Constraint")}
    assert len(constraints) == 4
    assert {title: each["DependsOn"] for title, each in constraints.items()} == dict.fromkeys(
        constraints, "Offer"
    )
    assert found["Offer"]["Type"] == "AWS::ServiceCatalog::PortfolioProductAssociation"


def test_each_account_uses_a_launch_role_of_its_own() -> None:
    (constraint,) = of_type(resources(everything(), "catalog-offer.json"), "LaunchRoleConstraint").values()
    assert constraint["LocalRoleName"] == {"Ref": "LaunchRoleName"}
    assert "RoleArn" not in constraint


def test_the_rules_of_the_form_hold_in_the_catalog() -> None:
    (constraint,) = of_type(
        resources(everything(), "catalog-offer.json"), "LaunchTemplateConstraint"
    ).values()
    assert json.loads(constraint["Rules"]) == RULES
    assert "Größe" in constraint["Rules"], "people read it as it was written"


def test_a_form_without_rules_has_no_constraint_of_them() -> None:
    assert of_type(resources(rendered(), "catalog-offer.json"), "LaunchTemplateConstraint") == {}


def asking(*names: str) -> dict[str, bytes]:
    """A version whose form asks for these and nothing else."""
    return {"parent.json": json.dumps({"Parameters": {name: {} for name in names}, "Resources": {}}).encode()}


@pytest.mark.parametrize(
    ("earlier", "left"),
    [
        ([], set(RULES)),
        ([asking("NginxCpu", "NginxMemory", "Gone")], set(RULES)),
        ([asking("NginxCpu")], set[str]()),
        ([asking("NginxCpu", "NginxMemory"), asking("NginxMemory")], set[str]()),
    ],
)
def test_a_rule_holds_for_all_versions_or_is_no_constraint(
    earlier: list[dict[str, bytes]], left: set[str]
) -> None:
    """CloudFormation takes no template with a rule about a parameter that it does not have."""
    rules = product.rules_of(launchable(RULES), earlier)
    assert set(json.loads(rules or "{}")) == left


def test_attributes_of_parameters_and_facts_of_the_place_are_told_apart_in_rules() -> None:
    subnets = {"Fn::ValueOf": ["NginxCpu", "VpcId"]}
    place = {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}
    one = {"One": {"RuleCondition": place, "Assertions": [{"Assert": {"Fn::EachMemberIn": [[], subnets]}}]}}
    assert product.rules_of(launchable(one), [asking("NginxCpu")]) is not None
    assert product.rules_of(launchable(one), [asking()]) is None


def test_only_those_who_are_named_may_launch() -> None:
    found = of_type(resources(everything(), "catalog-portfolio.json"), "PortfolioPrincipalAssociation")
    assert {(each["PrincipalARN"]["Fn::Sub"], each["PrincipalType"]) for each in found.values()} == {
        ("arn:${AWS::Partition}:iam:::role/anywhere", "IAM_PATTERN"),
        ("arn:${AWS::Partition}:iam::111122223333:role/team-*", "IAM_PATTERN"),
        ("arn:${AWS::Partition}:iam::111122223333:role/dev", "IAM"),
    }
    assert of_type(resources(rendered(), "catalog-portfolio.json"), "PortfolioPrincipalAssociation") == {}


def test_names_that_look_alike_are_both_admitted() -> None:
    alike = ("arn:aws:iam:::role/team-a", "arn:aws:iam:::role/team/a", "arn:aws:iam:::role/team-a*")
    found = of_type(
        resources(rendered(principals=alike), "catalog-portfolio.json"), "PortfolioPrincipalAssociation"
    )
    assert list(found) == ["PrincipalRoleTeamA", "PrincipalRoleTeamAAny", "PrincipalRoleTeamANo2"]


def test_a_team_chooses_one_value_of_each_tag() -> None:
    found = resources(rendered(tag_options={"Cost": ("1", "2"), "Team": ("ä",)}), "catalog-portfolio.json")
    options = of_type(found, "TagOption")
    assert sorted((each["Key"], each["Value"]) for each in options.values()) == [
        ("Cost", "1"),
        ("Cost", "2"),
        ("Team", "ä"),
    ]
    offered = of_type(found, "TagOptionAssociation").values()
    assert {each["TagOptionId"]["Ref"] for each in offered} == set(options)


def test_the_accounts_that_are_named_get_the_portfolio_with_its_tags() -> None:
    found = of_type(resources(everything(), "catalog-portfolio.json"), "PortfolioShare")
    assert found == {
        "Share222233334444": {
            "PortfolioId": {"Ref": "Portfolio"},
            "AccountId": "222233334444",
            "ShareTagOptions": True,
        }
    }


@pytest.mark.parametrize(
    ("name", "title"), [("catalog-portfolio.json", "Portfolio"), ("catalog-offer.json", "Product")]
)
def test_what_teams_have_launched_stays_manageable_when_the_stack_goes(name: str, title: str) -> None:
    """A stack that could not be made leaves nothing, or the next attempt would offer two of them."""
    kept = resources(rendered(), name)[title]
    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    gone = resources(rendered(deletion="delete"), name)[title]
    assert (gone["DeletionPolicy"], gone["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_only_launch_roles_publish_to_the_topic() -> None:
    document = resources(everything(), "catalog-notices.json")["LaunchesPolicy"]["Properties"][
        "PolicyDocument"
    ]
    *allowed, denied = document["Statement"]
    role = {"aws:PrincipalArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/demo-launch-${AWS::Region}"}}
    assert [each["Condition"]["ArnLike"] for each in allowed] == [role, role]
    assert [each["Condition"]["StringEquals"] for each in allowed] == [
        {"aws:PrincipalAccount": [{"Ref": "AWS::AccountId"}, "222233334444"]},
        {"aws:PrincipalOrgID": "o-abcdefghij"},
    ]
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_nobody_is_told_where_nobody_asked_for_it() -> None:
    files = rendered()
    assert "catalog-notices.json" not in files
    assert of_type(resources(files, "catalog-offer.json"), "LaunchNotificationConstraint") == {}
    assert "NotificationTopicArn" not in json.loads(files["parent.json"])["Outputs"]


def test_an_environment_without_a_catalog_is_not_offered() -> None:
    with pytest.raises(ValueError, match="demo has no catalog: say in its settings"):
        product.render(environment(), launchable())
