"""The names that endpoint services have, the names that people give them, and the names they answer to.

`endpoints` has the services that a task may need.  A template of somebody else may have an endpoint to any
service, and a name that is not in this table is not wrong for it: AWS adds names every month.  A
name in `NEAR_MISSES` is: it never existed, and what was meant is known.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: Final = (
    "access-analyzer account acm acm-pca airflow.api airflow.env airflow.ops analytics-omics apigateway "
    "app-integrations appconfig appconfigdata application-autoscaling application-signals "
    "applicationinsights appmesh appmesh-envoy-management apprunner apprunner.requests appstream.api "
    "appstream.streaming appsync-api apptest aps aps-workspaces arsenal-discovery athena auditmanager "
    "autoscaling autoscaling-plans awsconnector b2bi backup backup-gateway batch bcm-pricing-calculator "
    "bedrock bedrock-agent bedrock-agent-runtime bedrock-agentcore bedrock-agentcore.gateway "
    "bedrock-data-automation bedrock-data-automation-runtime bedrock-runtime billing billingconductor braket "
    "cases cassandra ce cleanrooms cleanrooms-ml cloudcontrolapi clouddirectory cloudformation cloudhsmv2 "
    "cloudtrail codeartifact.api codeartifact.repositories codebuild codecatalyst.git codecatalyst.packages "
    "codecommit codeconnections.api codedeploy codedeploy-commands-secure codeguru-profiler "
    "codeguru-reviewer codepipeline codestar-connections.api codewhisperer cognito-identity cognito-idp "
    "comprehend comprehendmedical compute-optimizer config connect-campaigns console control-storage-omics "
    "controlcatalog controltower cost-optimization-hub data-servicediscovery databrew dataexchange datasync "
    "datazone deadline.management deadline.scheduling detective deviceadvisor.iot devops-guru "
    "dicom-medical-imaging diode-messaging diode-messaging-proxy directconnect discovery dlm dms drs ds "
    "ds-data dsql dynamodb dynamodb-streams ebs ec2 ec2messages ecr-public.api ecr.api ecr.dkr ecs ecs-agent "
    "ecs-telemetry eks eks-auth eks-proxy elastic-inference.runtime elasticache elasticbeanstalk "
    "elasticbeanstalk-health elasticfilesystem elasticloadbalancing elasticmapreduce email email-smtp "
    "emr-containers emr-serverless emr-serverless-services.livy emr-serverless.dashboard emrwal.prod "
    "entityresolution events evidently evidently-dataplane evs execute-api finspace finspace-api fis fms "
    "forecast forecastquery frauddetector freetier fsx gamelift gameliftstreams geo.geofencing geo.maps "
    "geo.metadata geo.places geo.routes geo.tracking git-codecommit glue glue.dashboard grafana "
    "grafana-workspace greengrass groundstation guardduty guardduty-data healthlake highlander identitystore "
    "imagebuilder inspector-scan inspector2 internetmonitor invoicing iot-fips.api iot-fips.tunneling.api "
    "iot-fips.tunneling.data iot.api iot.credentials iot.data iot.fleethub.api iot.tunneling.api "
    "iot.tunneling.data iotfleetwise iotmanagedintegrations-fips.api iotmanagedintegrations.api "
    "iotroborunner iotsitewise.api iotsitewise.data iottwinmaker.api iottwinmaker.data iotwireless.api "
    "ivs.contribute kafka kafkaconnect kendra kinesis-firehose kinesis-streams kinesisanalytics kms "
    "lakeformation lambda launchwizard license-manager license-manager-linux-subscriptions "
    "license-manager-user-subscriptions lightsail logs lookoutequipment lookoutmetrics lookoutvision "
    "lorawan.cups lorawan.lns m2 macie2 mail-manager mail-manager-smtp.auth.fips mail-manager-smtp.open.fips "
    "managedblockchain-query managedblockchain.bitcoin.mainnet managedblockchain.bitcoin.testnet "
    "mediaconnect mediaconvert medical-imaging memory-db memorydb-fips metering-marketplace mgn "
    "migrationhub-orchestrator migrationhub-strategy models-v2-lex monitoring mq neptune-graph "
    "neptune-graph-data network-firewall networkflowmonitor networkflowmonitorreports networkmanager "
    "networkmonitor nimble notifications notifications-contacts oam observabilityadmin organizations osis "
    "outposts panorama payment-cryptography.controlplane payment-cryptography.dataplane pca-connector-ad "
    "pca-connector-scep pcs personalize personalize-events personalize-runtime pi pinpoint "
    "pinpoint-sms-voice-v2 pipes pipes-data polly pricing.api private-networks profile proton q qapps "
    "qldb.session quicksight-website ram rbin rds rds-data redshift redshift-data redshift-serverless "
    "refactor-spaces rekognition repostspace resource-explorer-2 resource-groups robomaker rolesanywhere rum "
    "rum-dataplane runtime-medical-imaging runtime-v2-lex s3 s3-outposts s3express s3tables s3vectors "
    "sagemaker-data-science-assistant sagemaker-geospatial sagemaker.api sagemaker.featurestore-runtime "
    "sagemaker.metrics sagemaker.runtime scheduler schemas scn secretsmanager securityhub securitylake "
    "serverlessrepo service.user-subscriptions servicecatalog servicecatalog-appregistry servicediscovery "
    "servicequotas shield signin simspaceweaver sms snow-device-management sns social-messaging sqs ssm "
    "ssm-contacts ssm-guiconnect ssm-incidents ssm-quicksetup ssm-sap ssmmessages states storage-omics "
    "storagegateway streaming-rekognition sts swf sync-states synthetics tagging tags-omics tax textract "
    "thinclient.api timestream-influxdb timestream.ingest-cell timestream.query-cell tnb transcribe "
    "transcribe.cn transcribestreaming transfer transfer.server transform transform-custom translate "
    "trustedadvisor verifiedpermissions voiceid vpc-lattice wafv2 wellarchitected wisdom workflows-omics "
    "workmail workmailmessageflow workspaces workspaces-web xray"
)

_WITH_FIPS: Final = (
    "access-analyzer acm acm-pca airflow.api airflow.env analytics-omics appconfig appconfigdata autoscaling "
    "bedrock-data-automation bedrock-data-automation-runtime bedrock bedrock-runtime cassandra cleanrooms "
    "cloudcontrolapi cloudformation codebuild codecommit codedeploy cognito-identity cognito-idp config "
    "control-storage-omics controltower data-servicediscovery databrew datazone detective directconnect dlm "
    "dms ds-data dynamodb ebs ec2 eks elasticache elasticfilesystem elasticmapreduce email entityresolution "
    "events evs fis fms forecast forecastquery fsx git-codecommit groundstation guardduty-data guardduty "
    "inspector-scan inspector2 internetmonitor kafka kinesis-streams kinesisanalytics kms license-manager "
    "license-manager-linux-subscriptions license-manager-user-subscriptions macie2 mail-manager mediaconvert "
    "mq neptune-graph network-firewall organizations pcs pi pipes polly ram rbin rds redshift-data redshift "
    "redshift-serverless rekognition resource-explorer-2 resource-groups rolesanywhere sagemaker.api "
    "sagemaker.featurestore-runtime sagemaker.runtime securityhub securitylake servicediscovery shield sms "
    "social-messaging sqs ssm ssm-incidents ssm-sap streaming-rekognition sts swf synthetics tags-omics "
    "textract timestream-influxdb transcribestreaming verifiedpermissions wafv2 workflows-omics "
    "workspaces-web"
)

KNOWN_ENDPOINT_NAMES: Final = frozenset(
    {*_NAMES.split(), *(f"{name}-fips" for name in _WITH_FIPS.split()), "s3-global.accesspoint"}
)
"""What stands after `com.amazonaws.<region>.` in the names of the endpoint services of AWS.

Source: vpc/latest/privatelink/aws-services-privatelink-support.html, a copy of 2026, and aws-cdk
aws-ec2/lib/vpc-endpoint.ts, class InterfaceVpcEndpointAwsService; either has names that the other lacks.
"""

GLOBAL_SERVICE_NAMES: Final = frozenset(
    {
        "com.amazonaws.cloudfront",
        "com.amazonaws.iam",
        "com.amazonaws.route53",
        "com.amazonaws.s3-global.accesspoint",
        "com.amazonaws.savingsplans",
    }
)
"""The whole names of services that have no region in theirs.  Source: as above."""

OTHER_PREFIXES: Final = frozenset({"api.aws", "aws.api", "aws.api.global", "aws.sagemaker", "eu.amazonaws"})
"""What stands before the region where it is not `com.amazonaws`: `com.amazonaws.vpce` aside, not judged.

China has `CN_PREFIXED`.  Source: as above.
"""


def is_known_endpoint_name(name: str) -> bool:
    """Say whether a service is known by what stands after `com.amazonaws.<region>.` in its name.

    A FIPS variant of a known service counts, listed or not, and so does a numbered cell of Timestream.

    >>> is_known_endpoint_name("ecr.dkr"), is_known_endpoint_name("logs-fips")
    (True, True)
    >>> is_known_endpoint_name("timestream.ingest-cell1"), is_known_endpoint_name("ecr")
    (True, False)
    """
    plain = name.removesuffix("-fips")
    return {name, plain, plain.rstrip("0123456789")} & KNOWN_ENDPOINT_NAMES != set()


_MEANT: Final = {
    "acm-pca": "acmpca private-ca",
    "appconfigdata": "appconfig-data appconfig.data",
    "application-autoscaling": "applicationautoscaling app-autoscaling",
    "aps-workspaces": "amp prometheus",
    "cognito-idp cognito-identity": "cognito",
    "codeartifact.api codeartifact.repositories": "codeartifact",
    "data-servicediscovery": "data-service-discovery servicediscovery-data servicediscovery.data",
    "dynamodb": "dynamo dynamo-db ddb",
    "ec2messages": "ec2-messages ec2.messages ec2message",
    "ecr.api": "ecr-api ecr_api api.ecr ecrapi",
    "ecr.api ecr.dkr": "ecr container-registry elastic-container-registry registry",
    "ecr.dkr": "ecr-dkr ecr_dkr ecr-docker ecr.docker dkr.ecr dkr docker ecrdkr",
    "ecr-public.api": "ecr-public public-ecr public.ecr",
    "ecs": "elastic-container-service ecs.api ecs-api",
    "ecs-agent": "ecs.agent ecsagent ecs-a ecs-sc service-connect serviceconnect",
    "ecs-telemetry": "ecs.telemetry ecstelemetry ecs-t",
    "elasticfilesystem": "efs elastic-filesystem elastic-file-system",
    "elasticloadbalancing": "elb elbv2 alb elastic-load-balancing loadbalancing elasticloadbalancingv2",
    "elasticmapreduce": "emr",
    "email-smtp email": "ses smtp ses-smtp",
    "events": "eventbridge event-bridge cloudwatch-events cloudwatchevents cloudwatch.events",
    "guardduty-data": "guardduty.data guarddutydata guardduty-agent",
    "kafka": "msk",
    "kinesis-firehose": "firehose data-firehose kinesis.firehose kinesisfirehose kinesis-data-firehose",
    "kinesis-streams": "kinesis kinesis-stream kinesis.streams kinesis-data-streams",
    "kms": "key-management-service kms.api",
    "logs": "log cloudwatch-logs cloudwatchlogs cloudwatch.logs cloudwatch-log awslogs cwlogs cw-logs",
    "monitoring": "cloudwatch cloudwatch-monitoring cloudwatch-metrics metrics cloudwatch.monitoring",
    "rds-data": "rdsdata rds.data",
    "s3": "s3-gateway s3.gateway simple-storage-service",
    "sagemaker.api sagemaker.runtime": "sagemaker sagemaker-api sagemaker-runtime",
    "secretsmanager": "secrets-manager secretmanager secret-manager secrets secret secrets.manager asm",
    "servicediscovery": "cloudmap cloud-map service-discovery service.discovery cloudmap.api",
    "ssm": "systems-manager systemsmanager system-manager parameter-store parameterstore ssm.api",
    "ssmmessages": "ssm-messages ssm.messages ssmmessage ssm-message session-manager sessionmanager ecs-exec",
    "states": "stepfunctions step-functions sfn state",
    "sts": "security-token-service securitytoken",
    "xray": "x-ray xray-daemon x.ray",
}

NEAR_MISSES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {wrong: tuple(meant.split()) for meant, mistakes in _MEANT.items() for wrong in mistakes.split()}
)
"""A name that no endpoint service has -> the services that were meant.

Most are the name of the product, of its SDK client or of its IAM prefix, with which that of the endpoint
is easily confused.  Source: the names on the right are those of `KNOWN_ENDPOINT_NAMES`.
"""

_DNS_LABELS: Final = {
    "ecr.api": "api.ecr",
    "ecr.dkr": "*.dkr.ecr",
    "ecs-agent": "ecs-a",
    "ecs-telemetry": "ecs-t",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
    "s3": "*.s3",
}

_SAME_LABEL: Final = (
    "appconfigdata application-signals aps-workspaces cloudformation data-servicediscovery dynamodb ec2 "
    "ec2messages ecs elasticfilesystem events kms lambda logs monitoring rds-data secretsmanager "
    "servicediscovery sns sqs ssm ssmmessages states sts xray"
)

PRIVATE_DNS_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        name: f"{_DNS_LABELS.get(name, name)}.{{region}}.{{suffix}}"
        for name in (*_DNS_LABELS, *_SAME_LABEL.split())
    }
)
"""Name of a service -> the name that its interface endpoint answers to, if private DNS is enabled.

`{suffix}` is `AWS::URLSuffix`.  Newer services have further names, under `api.aws`, which no client uses
unasked.  Source: `PrivateDnsName` of `aws ec2 describe-vpc-endpoint-services`, as shown in
vpc/latest/privatelink/aws-services-privatelink-support.html; AmazonECR/latest/userguide/vpc-endpoints.html;
the endpoints of botocore 1.44.  The two of ECS's agent are unverified.
"""

_CN: Final = (
    "application-autoscaling appmesh-envoy-management athena autoscaling awsconnector backup batch cassandra "
    "cloudcontrolapi cloudformation codedeploy-commands-secure databrew dms ebs ec2 ecr.api ecr.dkr eks "
    "elasticache elasticbeanstalk elasticfilesystem elasticfilesystem-fips emr-containers execute-api fsx "
    "imagebuilder iot.data kinesis-streams lambda license-manager monitoring rds redshift redshift-data "
    "sagemaker.api sagemaker.featurestore-runtime sagemaker.runtime securityhub servicecatalog sms sqs "
    "states sts sync-states synthetics transcribe transcribestreaming transfer xray"
)

CN_PREFIXED: Final = frozenset(_CN.split())
"""The services whose name begins with `cn.com.amazonaws` in both regions of China.

`transcribe` ends with `.cn` there as well.  S3 is left out: only its interface endpoint has the prefix, its
gateway has not.
Source: aws-cdk aws-ec2/lib/vpc-endpoint.ts, getDefaultEndpointPrefix.
"""

CN_PREFIXED_SOMEWHERE: Final = frozenset(
    {"account", "iotsitewise.api", "iotsitewise.data", "polly", "workspaces"}
)
"""The services of which the same is known of one of the two regions only.  Source: as above."""

CN_PLAIN: Final = frozenset(
    {
        "ec2messages",
        "ecs",
        "ecs-agent",
        "ecs-telemetry",
        "elasticloadbalancing",
        "events",
        "kinesis-firehose",
        "kms",
        "logs",
        "secretsmanager",
        "sns",
        "ssm",
        "ssmmessages",
    }
)
"""The services that are known to begin with `com.amazonaws` in China as elsewhere: no others are said to.

Source: docs.amazonaws.cn vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html for ecs,
kms and kinesis-firehose; for the others, that they are missing in the list above.
"""
