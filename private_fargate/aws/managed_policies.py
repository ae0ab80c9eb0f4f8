"""What the policies that AWS manages allow, for what a task or a host calls.

A role that carries `AmazonECSTaskExecutionRolePolicy` says nothing else in its template: what it may do
stands in a document that only AWS has.  Here are the policies of tasks, hosts and their usual
applications, as far as they speak of `DESCRIBED_SERVICES`.  A policy of these tables allows no other action
of those services; a policy that is missing, or an action of another service, is not known.
"""

from __future__ import annotations

import re
from copy import deepcopy
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping


class Statement(TypedDict):
    """One statement of a policy, in the form of its JSON, with a list wherever a list may stand."""

    Effect: Literal["Allow"]
    Resource: list[str]
    Action: NotRequired[list[str]]
    NotAction: NotRequired[list[str]]
    Condition: NotRequired[dict[str, dict[str, list[str]]]]


_SERVICES: Final = (
    "cloudwatch ec2messages ecr ecr-public ecs elasticfilesystem elasticloadbalancing kms logs s3 "
    "secretsmanager servicediscovery ssm ssmmessages sts xray"
)

DESCRIBED_SERVICES: Final = frozenset(_SERVICES.split())
"""The services, by the prefix of their actions, of which the table below is complete."""

_PULL: Final = "ecr:BatchCheckLayerAvailability BatchGetImage GetAuthorizationToken GetDownloadUrlForLayer"
_READ_IMAGES: Final = (
    f"{_PULL} DescribeImageScanFindings DescribeImages DescribeRepositories GetLifecyclePolicy "
    "GetLifecyclePolicyPreview GetRepositoryPolicy ListImages ListTagsForResource"
)
_LOG: Final = "logs:CreateLogGroup CreateLogStream PutLogEvents"
_TRACE: Final = (
    "xray:GetSamplingRules GetSamplingStatisticSummaries GetSamplingTargets PutTelemetryRecords "
    "PutTraceSegments"
)
_AGENT: Final = (
    f"cloudwatch:PutMetricData {_LOG} DescribeLogGroups DescribeLogStreams PutRetentionPolicy {_TRACE}"
)
_HOST: Final = (
    "ec2messages:AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages SendReply "
    "ssmmessages:CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel "
    "ssm:DescribeAssociation DescribeDocument GetDeployablePatchSnapshotForInstance GetDocument GetManifest "
    "ListAssociations ListInstanceAssociations PutComplianceItems PutConfigurePackageResult PutInventory "
    "UpdateAssociationStatus UpdateInstanceAssociationStatus UpdateInstanceInformation"
)
_WATCH: Final = (
    "cloudwatch:DescribeAlarmHistory DescribeAlarms DescribeAlarmsForMetric GetMetricData "
    "GetMetricStatistics ListMetrics kms:DescribeKey ListAliases"
)

_BALANCERS: Final = "AmazonECSInfrastructureRolePolicyForLoadBalancers"
_READ_SECRETS: Final = "AWSSecretsManagerClientReadOnlyAccess"
_INSIGHT: Final = "cloudwatch:*:*:insight-rule/DynamoDBContributorInsights*"
_CREATE: Final = "CreateTargetGroup CreateRule CreateListener CreateLoadBalancer"

_EVERYWHERE: Final = {
    "AdministratorAccess": "*",
    "ReadOnlyAccess": (
        "cloudwatch:Describe* GenerateQuery GenerateQueryResultsSummary Get* List* ec2messages:Get* "
        "ecr-public:BatchCheckLayerAvailability DescribeImageTags DescribeImages DescribeRegistries "
        "DescribeRepositories GetAuthorizationToken GetRegistryCatalogData GetRepositoryCatalogData "
        "GetRepositoryPolicy ListTagsForResource ecr:BatchCheck* BatchGet* Describe* Get* List* "
        "ecs:Describe* GetTaskProtection List* elasticfilesystem:Describe* ListTagsForResource "
        "elasticloadbalancing:Describe* kms:Describe* Get* List* logs:Describe* FilterLogEvents Get* "
        "ListAggregateLogGroupSummaries ListAnomalies ListEntitiesForLogGroup ListIntegrations "
        "ListLogAnomalyDetectors ListLogDeliveries ListLogGroupsForEntity ListLogGroupsForQuery "
        "ListScheduledQueries ListSourcesForS3TableIntegration ListTagsForResource ListTagsLogGroup "
        "StartLiveTail StartQuery StopLiveTail StopQuery TestMetricFilter s3:DescribeJob Get* List* "
        "secretsmanager:Describe* GetResourcePolicy List* servicediscovery:DiscoverInstances "
        "DiscoverInstancesRevision Get* List* ssm:Describe* Get* List* sts:GetAccessKeyInfo "
        "GetCallerIdentity GetSessionToken xray:BatchGet* CancelTraceRetrieval Get* ListResourcePolicies "
        "ListRetrievedTraces ListTagsForResource StartTraceRetrieval"
    ),
    "service-role/AmazonECSTaskExecutionRolePolicy": f"{_PULL} logs:CreateLogStream PutLogEvents",
    "AmazonEC2ContainerRegistryFullAccess": "ecr:*",
    "AmazonEC2ContainerRegistryPowerUser": (
        f"{_READ_IMAGES} CompleteLayerUpload InitiateLayerUpload PutImage UploadLayerPart"
    ),
    "AmazonEC2ContainerRegistryPullOnly": (
        "ecr:BatchGetImage BatchImportUpstreamImage GetAuthorizationToken GetDownloadUrlForLayer"
    ),
    "AmazonEC2ContainerRegistryReadOnly": _READ_IMAGES,
    "AmazonECS_FullAccess": (
        "cloudwatch:DeleteAlarms DescribeAlarms GetMetricStatistics PutMetricAlarm ecs:* "
        "elasticfilesystem:DescribeAccessPoints DescribeFileSystems elasticloadbalancing:CreateListener "
        "CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteRule "
        "DeleteTargetGroup DescribeListeners DescribeLoadBalancers DescribeRules DescribeTargetGroups "
        "logs:CreateLogGroup DescribeLogGroups FilterLogEvents servicediscovery:CreatePrivateDnsNamespace "
        "CreateService DeleteService GetNamespace GetOperation GetService ListNamespaces ListServices "
        "UpdateService"
    ),
    "service-role/AmazonEC2ContainerServiceforEC2Role": (
        f"{_PULL} logs:CreateLogStream PutLogEvents ecs:CreateCluster DeregisterContainerInstance "
        "DiscoverPollEndpoint Poll RegisterContainerInstance StartTelemetrySession Submit* "
        "UpdateContainerInstancesState"
    ),
    "service-role/AmazonEC2ContainerServiceEventsRole": "ecs:RunTask",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers": (
        "elasticloadbalancing:DescribeListeners DescribeRules DescribeTargetGroups DescribeTargetHealth"
    ),
    "AmazonSSMManagedInstanceCore": f"{_HOST} GetParameter GetParameters",
    "AmazonSSMManagedEC2InstanceDefaultPolicy": _HOST,
    "service-role/AmazonEC2RoleforSSM": (
        f"{_HOST} GetParameters {_LOG} DescribeLogGroups DescribeLogStreams cloudwatch:PutMetricData "
        "s3:AbortMultipartUpload GetBucketLocation GetEncryptionConfiguration GetObject ListBucket "
        "ListBucketMultipartUploads ListMultipartUploadParts PutObject"
    ),
    "AmazonSSMReadOnlyAccess": "ssm:Describe* Get* List*",
    "AmazonSSMFullAccess": (
        "cloudwatch:PutMetricData ec2messages:* logs:* ssm:* ssmmessages:CreateControlChannel "
        "CreateDataChannel OpenControlChannel OpenDataChannel"
    ),
    "SecretsManagerReadWrite": "kms:DescribeKey ListAliases ListKeys secretsmanager:*",
    "AWSSecretsManagerClientReadOnlyAccess": "secretsmanager:BatchGetSecretValue ListSecrets",
    "CloudWatchAgentServerPolicy": _AGENT,
    "CloudWatchAgentAdminPolicy": _AGENT,
    "CloudWatchFullAccess": "cloudwatch:* logs:*",
    "CloudWatchFullAccessV2": "cloudwatch:* logs:* xray:*",
    "CloudWatchLogsFullAccess": "cloudwatch:GenerateQuery GenerateQueryResultsSummary logs:*",
    "CloudWatchReadOnlyAccess": (
        "cloudwatch:BatchGet* CreateOneTimeDeepLinkCode Describe* GenerateQuery Get* List* logs:Describe* "
        "FilterLogEvents Get* List* StartLiveTail StartQuery StopLiveTail StopQuery TestMetricFilter "
        "xray:BatchGet* CancelTraceRetrieval Get* List* StartTraceRetrieval"
    ),
    "AWSXRayDaemonWriteAccess": _TRACE,
    "AWSXrayWriteOnlyAccess": _TRACE,
    "AWSXrayFullAccess": "xray:*",
    "AWSCloudMapDiscoverInstanceAccess": "servicediscovery:DiscoverInstances DiscoverInstancesRevision",
    "AWSCloudMapFullAccess": "servicediscovery:*",
    "AWSCloudMapReadOnlyAccess": "servicediscovery:DiscoverInstances DiscoverInstancesRevision Get* List*",
    "AWSCloudMapRegisterInstanceAccess": (
        "servicediscovery:DeregisterInstance DiscoverInstances DiscoverInstancesRevision Get* List* "
        "RegisterInstance"
    ),
    "AmazonS3FullAccess": "s3:*",
    "AmazonS3ReadOnlyAccess": "s3:Describe* Get* List*",
    "AmazonElasticFileSystemClientFullAccess": (
        "elasticfilesystem:ClientMount ClientRootAccess ClientWrite DescribeMountTargets"
    ),
    "AmazonElasticFileSystemClientReadOnlyAccess": "elasticfilesystem:ClientMount DescribeMountTargets",
    "AmazonElasticFileSystemClientReadWriteAccess": (
        "elasticfilesystem:ClientMount ClientWrite DescribeMountTargets"
    ),
    "AmazonDynamoDBFullAccess": f"{_WATCH} cloudwatch:DeleteAlarms PutMetricAlarm",
    "AmazonDynamoDBReadOnlyAccess": _WATCH,
    "service-role/AWSLambdaBasicExecutionRole": _LOG,
    "service-role/AWSLambdaVPCAccessExecutionRole": _LOG,
}
# Policy -> what it allows on every resource.  An action without a prefix has that of the one before it.

_SOMEWHERE: Final = (
    (
        "AmazonECS_FullAccess",
        "ssm:GetParameter GetParameters GetParametersByPath",
        "ssm:*:*:parameter/aws/service/ecs*",
    ),
    (
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        "ecs:ListTagsForResource",
        "ecs:*:*:task/*/* ecs:*:*:container-instance/*/*",
    ),
    (
        _BALANCERS,
        "elasticloadbalancing:DeregisterTargets RegisterTargets",
        "elasticloadbalancing:*:*:targetgroup/*/*",
    ),
    (
        _BALANCERS,
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:*:*:listener/app/*/*/* elasticloadbalancing:*:*:listener/net/*/*/*",
    ),
    (_BALANCERS, "elasticloadbalancing:ModifyRule", "elasticloadbalancing:*:*:listener-rule/app/*/*/*/*"),
    (
        "SecretsManagerReadWrite",
        "s3:GetObject",
        "s3:::awsserverlessrepo-changesets* s3:::secrets-manager-rotation-apps-*/*",
    ),
    (_READ_SECRETS, "secretsmanager:DescribeSecret GetSecretValue", "secretsmanager:*:*:secret:*"),
    (_READ_SECRETS, "kms:Decrypt", "kms:*:*:key/*"),
    ("CloudWatchAgentServerPolicy", "ssm:GetParameter", "ssm:*:*:parameter/AmazonCloudWatch-*"),
    ("CloudWatchAgentAdminPolicy", "ssm:GetParameter PutParameter", "ssm:*:*:parameter/AmazonCloudWatch-*"),
    ("AmazonDynamoDBFullAccess", "cloudwatch:GetInsightRuleReport", _INSIGHT),
    ("AmazonDynamoDBReadOnlyAccess", "cloudwatch:GetInsightRuleReport", _INSIGHT),
)
# Policy, actions, and the resources on which alone it allows them, without `arn:<partition>:`.

_IF: Final = (
    ("AmazonECS_FullAccess", "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateAction", _CREATE),
    ("service-role/AmazonEC2ContainerServiceEventsRole", "ecs:TagResource", "ecs:CreateAction", "RunTask"),
    (
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        "ecs:TagResource",
        "ecs:CreateAction",
        "CreateCluster RegisterContainerInstance",
    ),
)
# Policy, actions, condition key, and the values of which it must have one.

_SILENT: Final = (
    "AWSAppMeshEnvoyAccess AWSStepFunctionsFullAccess AmazonECSInfrastructureRolePolicyForVpcLattice "
    "AmazonESFullAccess AmazonKinesisFirehoseFullAccess AmazonKinesisFullAccess "
    "AmazonOpenSearchServiceFullAccess AmazonPollyFullAccess AmazonPrometheusRemoteWriteAccess "
    "AmazonRekognitionFullAccess AmazonSESFullAccess AmazonSNSFullAccess AmazonSQSFullAccess "
    "AmazonSQSReadOnlyAccess AmazonTextractFullAccess "
    "service-role/AmazonECSInfrastructureRolePolicyForVolumes"
)
# Policies that allow nothing in the services described: they do not help a task to start.

_Condition: TypeAlias = "dict[str, dict[str, list[str]]]"

_DECRYPT_SECRETS: Final[_Condition] = {
    "StringLike": {
        "kms:EncryptionContext:SecretARN": ["arn:aws:secretsmanager:*:*:secret:*"],
        "kms:ViaService": ["secretsmanager.*.amazonaws.com"],
    }
}


def _allow(actions: str, resources: str = "*", condition: _Condition | None = None) -> Statement:
    """Return a statement that allows actions, each with its prefix."""
    whole: list[str] = []
    prefix = ""
    for action in actions.split():
        prefix = action.rpartition(":")[0] or prefix
        whole.append(action if ":" in action or not prefix else f"{prefix}:{action}")
    arns = [end if end == "*" else f"arn:aws:{end}" for end in resources.split()]
    statement = Statement(Effect="Allow", Action=whole, Resource=arns)
    if condition:
        statement["Condition"] = condition
    return statement


def _statements() -> Mapping[str, tuple[Statement, ...]]:
    """Return each policy of the tables with its statements."""
    table: dict[str, list[Statement]] = {name: [] for name in _SILENT.split()}
    table["PowerUserAccess"] = [
        Statement(Effect="Allow", NotAction=["account:*", "iam:*", "organizations:*"], Resource=["*"])
    ]
    for name, actions in _EVERYWHERE.items():
        table.setdefault(name, []).append(_allow(actions))
    for name, actions, resources in _SOMEWHERE:
        condition = _DECRYPT_SECRETS if actions == "kms:Decrypt" else None
        table.setdefault(name, []).append(_allow(actions, resources, condition))
    for name, actions, key, values in _IF:
        table.setdefault(name, []).append(_allow(actions, "*", {"StringEquals": {key: values.split()}}))
    return MappingProxyType({name: tuple(statements) for name, statements in table.items()})


_STATEMENTS: Final = _statements()

MANAGED_POLICIES: Final = frozenset(_STATEMENTS)
"""The policies that are known, by path and name.

`PowerUserAccess` has a second statement, about services that are not described.
Source: aws-managed-policy/latest/reference, the page of each policy, as of 2026-09; a test compares.
"""

_NAMES: Final = frozenset(path.rpartition("/")[2] for path in _STATEMENTS)

_ARN: Final = re.compile(r"arn:(aws|aws-cn|aws-us-gov):iam::aws:policy/(.+)")


def managed_policy(arn: str) -> tuple[Statement, ...] | None:
    """Return the statements of a policy, with the partition of its ARN in theirs, or None if unknown.

    The statements are the caller's own; an empty tuple allows nothing in `DESCRIBED_SERVICES`.

    >>> managed_policy("arn:aws-cn:iam::aws:policy/AmazonS3FullAccess")
    ({'Effect': 'Allow', 'Action': ['s3:*'], 'Resource': ['*']},)
    >>> managed_policy("arn:aws:iam::aws:policy/Unheard") is None
    True
    """
    match = _ARN.fullmatch(arn)
    if not match or match[2] not in _STATEMENTS:
        return None
    statements = tuple(deepcopy(statement) for statement in _STATEMENTS[match[2]])
    for statement in statements:
        statement["Resource"] = [
            resource.replace("arn:aws:", f"arn:{match[1]}:", 1) for resource in statement["Resource"]
        ]
    return statements


def is_misplaced(arn: str) -> bool:
    """Say whether an ARN names a policy that AWS has under another path: there is none at this one.

    The name of a policy is unique in its account, whatever its path, and so in that of AWS.
    Source: IAM/latest/UserGuide/reference_iam-quotas.html, unique names.

    >>> is_misplaced("arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy")
    True
    >>> is_misplaced("arn:aws:iam::aws:policy/Unheard")
    False
    """
    match = _ARN.fullmatch(arn)
    return bool(match) and match[2] not in _STATEMENTS and match[2].rpartition("/")[2] in _NAMES


def describes(action: str) -> bool:
    """Say whether the policies are known as far as an action goes.

    >>> describes("ecr:BatchGetImage"), describes("ec2:RunInstances")
    (True, False)
    """
    return action.partition(":")[0].lower() in DESCRIBED_SERVICES
