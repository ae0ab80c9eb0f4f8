"""What holds data, or keys to data: what no template makes again."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.aws.consequences.model import Consequence

if TYPE_CHECKING:
    from collections.abc import Mapping


def _lost(what: str, source: str, note: str = "") -> Consequence:
    """Return the consequence for a store of which nothing is left."""
    more = f" {note}" if note else ""
    return Consequence(
        "data lost",
        f"{what} of the old one are lost; the new one begins empty.{more}",
        f"{what} are lost.{more}",
        source,
    )


STORES: Final[Mapping[str, Consequence]] = MappingProxyType(
    {
        "AWS::Logs::LogGroup": _lost(
            "All log events", "AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
        ),
        "AWS::Logs::LogStream": _lost(
            "All log events", "AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
        ),
        "AWS::ECR::Repository": _lost(
            "All images",
            "AmazonECR/latest/userguide/repository-delete.html",
            "AWS refuses while there are images, unless EmptyOnDelete is set; "
            "no task starts before its image is pushed again.",
        ),
        "AWS::KMS::Key": Consequence(
            "data lost",
            "New data is encrypted with another key. The old key is disabled, and deleted after 7 to 30 days "
            "(30 by default); what it encrypted cannot be read from now on, and never again after that.",
            "What it encrypted cannot be read from now on. It is deleted after 7 to 30 days (30 by default); "
            "until then the deletion can be cancelled, and afterwards the data is lost for good.",
            "kms/latest/developerguide/deleting-keys.html",
        ),
        "AWS::KMS::ReplicaKey": Consequence(
            "data lost",
            "Ciphertexts of this region are not read until the new replica is there; the primary key stays.",
            "Ciphertexts of this region are not read any more; the primary key stays.",
            "kms/latest/developerguide/multi-region-keys-delete.html",
        ),
        "AWS::KMS::Alias": Consequence(
            "outage",
            "What names the key by its alias fails until the new one is there; "
            "an equal alias that is there makes it fail.",
            "What names the key by its alias fails; the key stays.",
            "kms/latest/developerguide/kms-alias.html",
        ),
        "AWS::SecretsManager::Secret": _lost(
            "All versions of its value",
            "secretsmanager/latest/userguide/manage_delete-secret.html",
            "What reads it by its ARN, such as a task that starts, fails.",
        ),
        "AWS::SSM::Parameter": _lost(
            "The value and its history",
            "systems-manager/latest/userguide/sysman-paramstore-delete.html",
            "What reads it by its name, such as a task that starts, fails.",
        ),
        "AWS::S3::Bucket": _lost(
            "All objects",
            "AmazonS3/latest/userguide/delete-bucket.html",
            "AWS refuses while there is an object in it, and then the stack's clean-up fails.",
        ),
        "AWS::EFS::FileSystem": _lost(
            "All files", "efs/latest/ug/delete-efs-fs.html", "Tasks that mount it do not start."
        ),
        "AWS::EFS::MountTarget": Consequence(
            "outage",
            "A zone has one mount target of a file system: mounts hang or fail until the new one is there, "
            "and the update fails if both are in one zone.",
            "Tasks in this zone do not mount the file system any more.",
            "efs/latest/ug/manage-fs-access.html",
        ),
        "AWS::EFS::AccessPoint": Consequence(
            "outage",
            "Tasks mount the new one after a new deployment; the files stay.",
            "Tasks that mount it do not start; the files stay.",
            "efs/latest/ug/delete-access-point.html",
        ),
        "AWS::EC2::Volume": _lost("All files", "ebs/latest/userguide/ebs-deleting-volume.html"),
        "AWS::RDS::DBInstance": _lost(
            "All databases",
            "AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
            "Its automated backups go with it, and its address changes.",
        ),
        "AWS::RDS::DBCluster": _lost(
            "All databases",
            "AmazonRDS/latest/AuroraUserGuide/USER_DeleteCluster.html",
            "Its automated backups go with it, and its address changes.",
        ),
        "AWS::DynamoDB::Table": _lost(
            "All items", "amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html"
        ),
        "AWS::DynamoDB::GlobalTable": _lost(
            "All items", "amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html"
        ),
        "AWS::ElastiCache::CacheCluster": _lost(
            "All entries", "AmazonElastiCache/latest/dg/Clusters.Delete.html", "Its address changes."
        ),
        "AWS::ElastiCache::ReplicationGroup": _lost(
            "All entries",
            "AmazonElastiCache/latest/dg/Replication.DeletingRepGroup.html",
            "Its address changes.",
        ),
        "AWS::SQS::Queue": _lost(
            "All messages that wait",
            "AWSSimpleQueueService/latest/SQSDeveloperGuide/step-delete-queue.html",
            "Its URL changes; what sends to the old one fails.",
        ),
        "AWS::Kinesis::Stream": _lost("All records", "streams/latest/dev/amazon-kinesis-streams.html"),
        "AWS::OpenSearchService::Domain": _lost(
            "All indexes",
            "opensearch-service/latest/developerguide/gsgdeleting.html",
            "Its address changes.",
        ),
        "AWS::Backup::BackupVault": _lost(
            "All recovery points",
            "aws-backup/latest/devguide/delete-a-vault.html",
            "AWS refuses while there is one in it.",
        ),
        "AWS::Cognito::UserPool": _lost(
            "All users",
            "cognito/latest/developerguide/cognito-user-pools.html",
            "Everybody has to sign up anew.",
        ),
    }
)
"""Resource type -> what it means to give one up."""
