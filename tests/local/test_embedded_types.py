"""The other types: what is neither network nor task, made by one stack and read from its services."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.local.census import difference, take_census
from private_fargate.local.support import CREATED_TYPES, not_created

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

VERSION = "2012-10-17"
RULES = {"rules": [{"rulePriority": 1, "action": {"type": "expire"}}]}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def arn(logical_id: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def policy(action: str, **more: Any) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*", **more}]}


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": VERSION, "Statement": [statement]}


def access() -> dict[str, Any]:
    return {
        "Boundary": resource("IAM::ManagedPolicy", PolicyDocument=policy("*")),
        "Role": resource(
            "IAM::Role",
            Path="/tasks/",
            AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"),
            PermissionsBoundary=ref("Boundary"),
            Policies=[{"PolicyName": "Inside", "PolicyDocument": policy("s3:GetObject")}],
            Tags=[{"Key": "Team", "Value": "tests"}],
        ),
        "Attached": resource("IAM::ManagedPolicy", PolicyDocument=policy("logs:*"), Roles=[ref("Role")]),
        "Beside": resource(
            "IAM::Policy", PolicyName="Beside", PolicyDocument=policy("kms:Decrypt"), Roles=[ref("Role")]
        ),
        "Single": resource(
            "IAM::RolePolicy",
            PolicyName="Single",
            RoleName=ref("Role"),
            PolicyDocument=policy("ecr:GetAuthorizationToken"),
        ),
        "Profile": resource("IAM::InstanceProfile", Roles=[ref("Role")]),
    }


def storage() -> dict[str, Any]:
    return {
        "Key": resource(
            "KMS::Key",
            EnableKeyRotation=True,
            PendingWindowInDays=7,
            KeyPolicy=policy("kms:*", Principal={"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}),
        ),
        "Alias": resource("KMS::Alias", AliasName="alias/embedded-types", TargetKeyId=ref("Key")),
        "Group": resource("Logs::LogGroup", RetentionInDays=30, KmsKeyId=arn("Key")),
        "Repository": resource(
            "ECR::Repository",
            ImageTagMutability="IMMUTABLE",
            ImageScanningConfiguration={"ScanOnPush": True},
            EncryptionConfiguration={"EncryptionType": "KMS", "KmsKey": arn("Key")},
            LifecyclePolicy={"LifecyclePolicyText": json.dumps(RULES)},
            RepositoryPolicyText=policy("ecr:BatchGetImage", Principal={"Service": "ecs.amazonaws.com"}),
            EmptyOnDelete=True,
        ),
        "Bucket": resource("S3::Bucket", VersioningConfiguration={"Status": "Enabled"}),
        "BucketPolicy": resource(
            "S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument=policy("s3:GetObject", Principal="*")
        ),
        "Secret": resource("SecretsManager::Secret", GenerateSecretString={"PasswordLength": 20}),
        "Parameter": resource("SSM::Parameter", Type="String", Value="blue"),
    }


def watching() -> dict[str, Any]:
    return {
        "Queue": resource("SQS::Queue", VisibilityTimeout=45),
        "Topic": resource("SNS::Topic", DisplayName="alarms"),
        "Alarm": resource(
            "CloudWatch::Alarm",
            MetricName="CPUUtilization",
            Namespace="AWS/ECS",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=3,
            Threshold=80,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[ref("Topic")],
        ),
    }


def test_what_is_no_network_is_described_as_it_was_asked_for(local_aws: Session, stack: Stack) -> None:
    before = take_census(local_aws)
    made = {**access(), **storage(), **watching()}
    outputs: dict[str, Any] = {**{name: ref(name) for name in made}, "KeyArn": arn("Key")}
    assert stack.create(made, **outputs) == "CREATE_COMPLETE", stack.reasons()
    out = stack.outputs()
    check_access(local_aws, out)
    check_encryption(local_aws, out)
    check_repository(local_aws, out)
    check_storage(local_aws, out)
    check_watching(local_aws, out)

    made["Group"]["Properties"]["RetentionInDays"] = 90
    made["Role"]["Properties"]["Policies"][0]["PolicyDocument"] = policy("s3:ListBucket")
    assert stack.update(made, **outputs) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.outputs() == out  # nothing was replaced
    (group,) = log_groups(local_aws, out["Group"])
    assert group["retentionInDays"] == 90
    inside = local_aws.client("iam").get_role_policy(RoleName=out["Role"], PolicyName="Inside")
    assert inside["PolicyDocument"] == policy("s3:ListBucket")

    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert difference(before, take_census(local_aws)) == {}


def check_access(aws: Session, out: dict[str, str]) -> None:
    iam = aws.client("iam")
    role = iam.get_role(RoleName=out["Role"])["Role"]
    assert role["Path"] == "/tasks/"
    assert role["AssumeRolePolicyDocument"] == trust("ecs-tasks.amazonaws.com")
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == out["Boundary"]
    assert {"Key": "Team", "Value": "tests"} in role["Tags"]
    attached = iam.list_attached_role_policies(RoleName=out["Role"])["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [out["Attached"]]
    names = iam.list_role_policies(RoleName=out["Role"])["PolicyNames"]
    assert {
        name: iam.get_role_policy(RoleName=out["Role"], PolicyName=name)["PolicyDocument"] for name in names
    } == {
        "Inside": policy("s3:GetObject"),
        "Beside": policy("kms:Decrypt"),
        "Single": policy("ecr:GetAuthorizationToken"),
    }
    profile = iam.get_instance_profile(InstanceProfileName=out["Profile"])["InstanceProfile"]
    assert [each["RoleName"] for each in profile["Roles"]] == [out["Role"]]


def check_encryption(aws: Session, out: dict[str, str]) -> None:
    kms = aws.client("kms")
    assert kms.get_key_rotation_status(KeyId=out["Key"])["KeyRotationEnabled"] is True
    assert kms.describe_key(KeyId=out["Alias"])["KeyMetadata"]["Arn"] == out["KeyArn"]
    document = json.loads(kms.get_key_policy(KeyId=out["Key"], PolicyName="default")["Policy"])
    assert document["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    (group,) = log_groups(aws, out["Group"])
    assert (group["retentionInDays"], group["kmsKeyId"]) == (30, out["KeyArn"])


def log_groups(aws: Session, name: str) -> list[dict[str, Any]]:
    return list(aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"])


def check_repository(aws: Session, out: dict[str, str]) -> None:
    ecr = aws.client("ecr")
    (found,) = ecr.describe_repositories(repositoryNames=[out["Repository"]])["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}
    assert found["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": out["KeyArn"]}
    rules = ecr.get_lifecycle_policy(repositoryName=out["Repository"])["lifecyclePolicyText"]
    assert json.loads(rules) == RULES
    text = ecr.get_repository_policy(repositoryName=out["Repository"])["policyText"]
    assert json.loads(text)["Statement"][0]["Action"] == "ecr:BatchGetImage"


def check_storage(aws: Session, out: dict[str, str]) -> None:
    s3 = aws.client("s3")
    assert s3.get_bucket_versioning(Bucket=out["Bucket"])["Status"] == "Enabled"
    document = json.loads(s3.get_bucket_policy(Bucket=out["Bucket"])["Policy"])
    assert document["Statement"][0]["Action"] == "s3:GetObject"
    secret = aws.client("secretsmanager").get_secret_value(SecretId=out["Secret"])
    assert len(secret["SecretString"]) == 20
    assert aws.client("ssm").get_parameter(Name=out["Parameter"])["Parameter"]["Value"] == "blue"


def check_watching(aws: Session, out: dict[str, str]) -> None:
    (alarm,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[out["Alarm"]])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["AlarmActions"]) == (80.0, [out["Topic"]])
    topic = aws.client("sns").get_topic_attributes(TopicArn=out["Topic"])["Attributes"]
    assert topic["DisplayName"] == "alarms"
    queue = aws.client("sqs").get_queue_attributes(QueueUrl=out["Queue"], AttributeNames=["All"])
    assert queue["Attributes"]["VisibilityTimeout"] == "45"


def test_every_type_that_is_said_to_be_created_is_created_by_a_test() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    short = {f"AWS::{name}" for name in re.findall(r'resource\(\s*"([A-Za-z0-9]+::[A-Za-z]+)"', text)}
    long = set(re.findall(r'"Type": "(AWS::[A-Za-z0-9]+::[A-Za-z]+)"', text))
    stacks = {"AWS::CloudFormation::Stack"}  # made by the stack's own `nested`
    assert CREATED_TYPES - short - long - stacks == set()


def test_what_would_be_refused_is_known_before_a_deployment() -> None:
    body = json.dumps({"Resources": {"A": resource("S3::Bucket"), "B": resource("QLDB::Ledger")}})
    assert not_created({"parent.json": body.encode()}) == ["AWS::QLDB::Ledger"]
    assert not_created({}) == []


def test_the_list_can_be_read_without_what_the_server_needs() -> None:
    module = importlib.import_module("private_fargate.local.server.created")
    assert module.CREATED_TYPES is CREATED_TYPES
