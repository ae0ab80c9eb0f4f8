"""Which property of which type protects or exposes something, and which value is the safe one.

Each row is one fact of CloudFormation's resource types; `protections.py` compares them.

Source: AWSCloudFormation/latest/TemplateReference, the page of each type; defaults as they stand there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.plan.security.settings import encrypted, kept, metadata, other, own_key, public, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.plan.security.settings import Setting

_SHELLS: Final = "Configuration/ExecuteCommandConfiguration"
_SHELL_LOGS: Final = f"{_SHELLS}/LogConfiguration"
_BUCKET_ENCRYPTION: Final = (
    "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault"
)

_PUBLIC_BLOCK: Final = {
    "BlockPublicAcls": "accepts access lists that are public",
    "BlockPublicPolicy": "accepts bucket policies that are public",
    "IgnorePublicAcls": "honours access lists that are public",
    "RestrictPublicBuckets": "lets the public in if its policy says so",
}

_BUCKET: Final = (
    *(
        public(f"PublicAccessBlockConfiguration/{name}", what, danger="false")
        for name, what in _PUBLIC_BLOCK.items()
    ),
    public(
        "AccessControl", "is open to the public by its access list",
        danger=words("PublicRead PublicReadWrite AuthenticatedRead"), default="Private",
    ),
    other(
        f"{_BUCKET_ENCRYPTION}/SSEAlgorithm", "encryption", words("AES256 none"),
        "its objects are no longer encrypted with KMS", "its objects are encrypted with KMS",
        default="AES256",
    ),
    own_key(f"{_BUCKET_ENCRYPTION}/KMSMasterKeyID"),
    other(
        "VersioningConfiguration/Status", "deletion protection", frozenset({"Suspended", ""}),
        "keeps no old versions of its objects", "keeps old versions of its objects",
    ),
)  # fmt: skip

_DATABASE: Final = (
    public("PubliclyAccessible", "has a public address"),
    encrypted("StorageEncrypted"),
    kept("DeletionProtection"),
)

SETTINGS: Final[Mapping[str, tuple[Setting, ...]]] = {
    "AWS::S3::Bucket": _BUCKET,
    "AWS::EC2::Subnet": (public("MapPublicIpOnLaunch", "gives what starts in it a public address"),),
    "AWS::EC2::Instance": (
        metadata("MetadataOptions/HttpTokens"),
        kept("DisableApiTermination"),
        public("NetworkInterfaces/0/AssociatePublicIpAddress", "has a public address"),
    ),
    "AWS::EC2::LaunchTemplate": (metadata("LaunchTemplateData/MetadataOptions/HttpTokens"),),
    "AWS::AutoScaling::LaunchConfiguration": (
        metadata("MetadataOptions/HttpTokens"),
        public("AssociatePublicIpAddress", "gives its instances public addresses"),
    ),
    "AWS::EC2::Volume": (encrypted("Encrypted"),),
    "AWS::ECS::Service": (
        public(
            "NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp", "gives its tasks public addresses",
            danger=frozenset({"ENABLED"}), default="DISABLED",
        ),
        other(
            "EnableExecuteCommand", "shell access", "true",
            "lets people open a shell in its tasks (ECS Exec)",
            "no longer lets people open a shell in its tasks (ECS Exec)", default="false", at_birth=True,
        ),
    ),
    "AWS::ECS::Cluster": (
        other(
            f"{_SHELLS}/Logging", "logging", frozenset({"NONE"}),
            "no longer logs what is typed in shells (ECS Exec)", "logs what is typed in shells (ECS Exec)",
            default="DEFAULT",
        ),
        own_key(f"{_SHELLS}/KmsKeyId"),
        encrypted(
            f"{_SHELL_LOGS}/CloudWatchEncryptionEnabled", "the log of shells", default="true"
        ),
        encrypted(
            f"{_SHELL_LOGS}/S3EncryptionEnabled", "the log of shells"
        ),
        own_key("Configuration/ManagedStorageConfiguration/KmsKeyId"),
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        public(
            "Scheme", "is reachable from the internet",
            danger=frozenset({"internet-facing"}), default="internet-facing",
        ),
    ),
    "AWS::ElasticLoadBalancing::LoadBalancer": (
        public(
            "Scheme", "is reachable from the internet",
            danger=frozenset({"internet-facing"}), default="internet-facing",
        ),
    ),
    "AWS::ElasticLoadBalancingV2::Listener": (
        encrypted("Protocol", "what clients send", danger=words("HTTP TCP UDP TCP_UDP")),
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        encrypted("Protocol", "what targets are sent", danger=words("HTTP TCP UDP TCP_UDP")),
    ),
    "AWS::RDS::DBInstance": _DATABASE,
    "AWS::RDS::DBCluster": _DATABASE,
    "AWS::Neptune::DBCluster": (encrypted("StorageEncrypted"), kept("DeletionProtection")),
    "AWS::DocDB::DBCluster": (encrypted("StorageEncrypted"), kept("DeletionProtection")),
    "AWS::Redshift::Cluster": (
        public("PubliclyAccessible", "has a public address"),
        encrypted("Encrypted"),
    ),
    "AWS::DMS::ReplicationInstance": (
        public("PubliclyAccessible", "has a public address", default="true"),
    ),
    "AWS::AmazonMQ::Broker": (public("PubliclyAccessible", "has a public address"),),
    "AWS::EKS::Cluster": (
        public(
            "ResourcesVpcConfig/EndpointPublicAccess", "has a public address for its API", default="true"
        ),
    ),
    "AWS::DynamoDB::Table": (own_key("SSESpecification/KMSMasterKeyId"), kept("DeletionProtectionEnabled")),
    "AWS::Logs::LogGroup": (own_key("KmsKeyId"), kept("DeletionProtectionEnabled")),
    "AWS::SQS::Queue": (
        own_key("KmsMasterKeyId"),
        encrypted("SqsManagedSseEnabled", "what waits in it", default="true"),
    ),
    "AWS::SNS::Topic": (own_key("KmsMasterKeyId"),),
    "AWS::Kinesis::Stream": (own_key("StreamEncryption/KeyId"),),
    "AWS::SecretsManager::Secret": (own_key("KmsKeyId"),),
    "AWS::ECR::Repository": (
        other(
            "EncryptionConfiguration/EncryptionType", "encryption", frozenset({"AES256"}),
            "its images are no longer encrypted with KMS", "its images are encrypted with KMS",
            default="AES256",
        ),
        own_key("EncryptionConfiguration/KmsKey"),
        other(
            "ImageTagMutability", "image tags", words("MUTABLE MUTABLE_WITH_EXCLUSION"),
            "a tag can be moved to another image", "a tag stays with its image", default="MUTABLE",
        ),
        other(
            "ImageScanningConfiguration/ScanOnPush", "scanning", "false",
            "no longer scans images when they are pushed", "scans images when they are pushed",
            default="false",
        ),
    ),
    "AWS::EFS::FileSystem": (
        encrypted("Encrypted"),
        own_key("KmsKeyId"),
        other(
            "BackupPolicy/Status", "backup", words("DISABLED DISABLING"), "is no longer backed up",
            "is backed up", default="DISABLED",
        ),
    ),
    "AWS::ElastiCache::ReplicationGroup": (
        encrypted("AtRestEncryptionEnabled"),
        encrypted("TransitEncryptionEnabled", "what clients send"),
    ),
    "AWS::OpenSearchService::Domain": (
        encrypted("EncryptionAtRestOptions/Enabled"),
        encrypted("NodeToNodeEncryptionOptions/Enabled", "what its nodes send each other"),
        encrypted("DomainEndpointOptions/EnforceHTTPS", "what clients send"),
    ),
    "AWS::KMS::Key": (
        other(
            "EnableKeyRotation", "encryption", "false", "is no longer renewed every year",
            "is renewed every year", default="false",
        ),
        other("Enabled", "encryption", "false", "is switched off", "is switched on", default="true"),
    ),
    "AWS::Lambda::Url": (
        public("AuthType", "can be called by anybody, unsigned", danger=frozenset({"NONE"}), default=""),
    ),
    "AWS::IAM::AccessKey": (
        other(
            "Status", "access key", frozenset({"Active"}), "can be used", "can no longer be used",
            default="Active",
        ),
    ),
    "AWS::CloudTrail::Trail": (
        other("IsLogging", "logging", "false", "no longer logs", "logs", default="false"),
        other(
            "EnableLogFileValidation", "logging", "false", "its files can be changed unnoticed",
            "its files cannot be changed unnoticed", default="false",
        ),
        own_key("KMSKeyId"),
    ),
    "AWS::EC2::FlowLog": (
        other(
            "TrafficType", "logging", words("ACCEPT REJECT"), "logs only a part of the traffic",
            "logs all traffic", default="ALL",
        ),
    ),
}  # fmt: skip

WATCHES: Final[Mapping[str, str]] = {
    "AWS::EC2::FlowLog": "connections are logged",
    "AWS::CloudTrail::Trail": "calls to AWS are logged",
    "AWS::GuardDuty::Detector": "threats are looked for",
    "AWS::Config::ConfigurationRecorder": "configurations are recorded",
    "AWS::SecurityHub::Hub": "findings are collected",
    "AWS::AccessAnalyzer::Analyzer": "access from outside is looked for",
    "AWS::WAFv2::WebACLAssociation": "requests are filtered",
}
"""What looks on: without it, what happens is no longer seen, or stopped."""

LISTED: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "access_logs.s3.enabled": ("logging", "no longer logs requests", "logs requests", "true"),
    "deletion_protection.enabled": (
        "deletion protection",
        "can be deleted without a further step",
        "is protected from deletion",
        "true",
    ),
    "routing.http.drop_invalid_header_fields.enabled": (
        "requests",
        "passes on headers that are invalid",
        "drops headers that are invalid",
        "true",
    ),
}
"""Attributes of a load balancer -> subject, what it means to lose it, what to have it, the safe value."""
