"""The bucket from which stacks are deployed: a root of its own, one for each account and region.

It is encrypted with S3's own keys, not with one in KMS: templates hold no secrets, other accounts of an
organization read them without being named in a key policy, and no key can be deleted under the stacks that
are still to be rolled back.  Nothing in it expires by age: live stacks point to its objects for years.
`build.py gc` removes what nobody points to any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from awacs import s3 as s3_actions
from awacs.aws import Bool, NumericLessThan, Principal, StringEquals
from troposphere import Equals, GetAtt, If, Not, NoValue, Ref, Sub, s3

from private_fargate.aws.buckets import ARTIFACTS
from private_fargate.kit import kinds
from private_fargate.kit.policy import allow, deny, policy
from private_fargate.kit.retention import keep
from private_fargate.kit.scope import Library, Scope

FILE = "artifacts.json"
NONCURRENT_DAYS = 90  # to get back what was removed by mistake
UNFINISHED_DAYS = 7  # an upload that is still under way after these will never end
ANYONE = Principal("AWS", "*")


@dataclass(frozen=True, kw_only=True)
class Config:
    """All buckets are alike."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Who besides this account may read."""

    organization_id: kinds.OrganizationId


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where the templates go."""

    artifact_bucket_name: kinds.ArtifactBucketName


def render() -> dict[str, bytes]:
    """Return the template by its file name; it depends on no environment."""
    library = Library()
    scope = Scope("Private Fargate: the bucket from which the stacks of a region are deployed", library)
    given = scope.parameter("OrganizationId", kinds.OrganizationId, Default="")
    outputs = build(scope, Config(), Inputs(organization_id=given))
    scope.output("ArtifactBucketName", outputs.artifact_bucket_name)
    library.add(FILE, scope)
    return library.templates


def build(scope: Scope, _config: Config, inputs: Inputs) -> Outputs:
    """Artifacts: a private bucket for templates, from which nothing disappears by itself."""
    bucket = scope.add(
        s3.Bucket(
            "ArtifactBucket",
            BucketName=Sub(ARTIFACTS),
            BucketEncryption=_encryption(),
            LifecycleConfiguration=_lifecycle(),
            OwnershipControls=s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True,
                BlockPublicPolicy=True,
                IgnorePublicAcls=True,
                RestrictPublicBuckets=True,
            ),
            VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
            **keep(retain=True),
        ),
        why="CloudFormation reads nested templates, and large ones, from S3 only",
        must="Live stacks point to its objects: without them no update and no rollback",
    )
    scope.template.add_condition("OrganizationIsGiven", Not(Equals(inputs.organization_id, "")))
    scope.add(
        s3.BucketPolicy(
            "ArtifactBucketPolicy",
            Bucket=Ref(bucket),
            PolicyDocument=_policy(bucket, inputs.organization_id),
            **keep(retain=True),
        ),
        why="Nothing is sent in the clear, and only the accounts of the organization may read",
    )
    return Outputs(artifact_bucket_name=kinds.ArtifactBucketName.of(bucket))


def _encryption() -> s3.BucketEncryption:
    by_default = s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
    rule = s3.ServerSideEncryptionRule(ServerSideEncryptionByDefault=by_default)
    return s3.BucketEncryption(ServerSideEncryptionConfiguration=[rule])


def _lifecycle() -> s3.LifecycleConfiguration:
    return s3.LifecycleConfiguration(
        Rules=[
            s3.LifecycleRule(
                Id="RemovedVersionsExpire",
                Status="Enabled",
                NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=NONCURRENT_DAYS),
                ExpiredObjectDeleteMarker=True,  # what marks an object as removed goes with its last version
            ),
            s3.LifecycleRule(
                Id="UnfinishedUploadsEnd",
                Status="Enabled",
                AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(
                    DaysAfterInitiation=UNFINISHED_DAYS
                ),
            ),
        ]
    )


def _policy(bucket: s3.Bucket, organization: kinds.OrganizationId) -> object:
    arn = GetAtt(bucket, "Arn")
    everything = [arn, Sub("${ArtifactBucket.Arn}/*")]
    document = policy(
        deny(
            "NothingIsSentInTheClear",
            [s3_actions.Action("*")],
            everything,
            principal=ANYONE,
            conditions=[Bool({"aws:SecureTransport": "false"})],
        ),
        deny(
            "NoTlsBefore12",
            [s3_actions.Action("*")],
            everything,
            principal=ANYONE,
            conditions=[NumericLessThan({"s3:TlsVersion": "1.2"})],
        ),
    )
    reading = allow(
        "AccountsOfTheOrganizationReadTemplates",
        [s3_actions.GetObject],
        [Sub("${ArtifactBucket.Arn}/templates/*")],
        principal=ANYONE,
        conditions=[StringEquals({"aws:PrincipalOrgID": organization})],
    )
    document.Statement.append(If("OrganizationIsGiven", reading, NoValue))
    return document
