"""The bucket for templates: closed, kept, and readable by an organization only where one is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from private_fargate.lint import lint
from stacks import artifacts

FILES = artifacts.render()
RESOURCES: dict[str, dict[str, Any]] = json.loads(FILES[artifacts.FILE])["Resources"]
BUCKET, POLICY = RESOURCES["ArtifactBucket"], RESOURCES["ArtifactBucketPolicy"]


def test_linters_find_nothing_in_any_partition() -> None:
    assert lint(FILES, ["us-east-1", "cn-north-1", "us-gov-west-1"]) == ()


@pytest.mark.parametrize("title", list(RESOURCES))
def test_the_templates_outlive_the_stack_and_stay_guarded(title: str) -> None:
    assert RESOURCES[title]["DeletionPolicy"] == RESOURCES[title]["UpdateReplacePolicy"] == "Retain"


def test_no_object_that_a_stack_points_to_expires() -> None:
    rules = BUCKET["Properties"]["LifecycleConfiguration"]["Rules"]
    assert len(rules) == 2
    current = {"ExpirationInDays", "ExpirationDate", "Transition", "Transitions"}
    assert not any(current & rule.keys() for rule in rules)


def test_what_was_removed_by_mistake_can_be_brought_back() -> None:
    properties = BUCKET["Properties"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    days = [
        rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for rule in properties["LifecycleConfiguration"]["Rules"]
        if "NoncurrentVersionExpiration" in rule
    ]
    assert days == [90]


def test_objects_belong_to_the_account_and_are_encrypted_without_a_key_that_could_be_lost() -> None:
    properties = BUCKET["Properties"]
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_only_accounts_of_a_named_organization_may_read() -> None:
    *denials, condition = POLICY["Properties"]["PolicyDocument"]["Statement"]
    assert {each["Effect"] for each in denials} == {"Deny"}
    name, allowed, otherwise = condition["Fn::If"]
    assert (name, otherwise) == ("OrganizationIsGiven", {"Ref": "AWS::NoValue"})
    assert allowed["Action"] == ["s3:GetObject"]
    assert allowed["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}}
