"""Texts of AWS as people have seen them, each with its source and the rule that it is about.

The first of several rules is the one that is to be named first; the others have to be named, too.
"""

from __future__ import annotations

from typing import NamedTuple


class Seen(NamedTuple):
    text: str
    rules: tuple[str, ...]
    source: str


CATALOGUE = "the catalogue's row of this rule"
ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/web-ExecutionRole-1AB/0123456789abcdef0123456789abcdef"
PULL = "ResourceInitializationError: unable to pull secrets or registry auth: "
LOGGER = "ResourceInitializationError: failed to validate logger args: "
LAYER = (
    "https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/1f2e/3d4c?X-Amz-Date=20261126"
)
MANIFEST = "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "

SEEN = (
    Seen(
        PULL
        + "execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been "
        'retried 3 time(s): RequestError: send request failed caused by: Post "https://api.ecr.eu-west-1.'
        'amazonaws.com/": dial tcp 10.0.1.7:443: i/o timeout. Please check your task network configuration.',
        ("NET-001", "NET-002", "SG-001", "NET-012"),
        CATALOGUE,
    ),
    Seen(
        "service dev-api-gateway was unable to place a task. Reason: "
        + PULL
        + "The task cannot pull registry "
        "auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task "
        "network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number "
        "of attempts, "
        "3, https response error StatusCode: 0, RequestID: , request send failed, Post "
        '"https://api.ecr.eu-north-1.amazonaws.com/": dial tcp 13.48.84.1:443: i/o timeout',
        ("NET-001", "NET-002", "SG-005", "NET-025"),
        "catalogue; the whole sentence in a public repository, code search 14916462128",
    ),
    Seen(
        MANIFEST + f'{REGISTRY}/web:1: failed to do request: Head "https://{REGISTRY}/v2/web/manifests/1": '
        "dial tcp 10.0.1.7:443: i/o timeout",
        ("NET-003", "SG-001"),
        CATALOGUE,
    ),
    Seen(
        f"CannotPullContainerError: Error response from daemon: Get https://{REGISTRY}/v2/: net/http: "
        "request "
        "canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        ("NET-003",),
        CATALOGUE,
    ),
    Seen(
        "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: "
        "httpReadSeeker: failed "
        f'open: failed to do request: Get "{LAYER}": dial tcp 52.218.1.2:443: i/o timeout',
        ("NET-004", "NET-005", "NET-006", "NET-007", "SG-006", "NET-046"),
        CATALOGUE,
    ),
    Seen(
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: Get "
        f'"{LAYER}": context '
        "canceled",
        ("NET-004", "NET-005", "SG-006"),
        CATALOGUE,
    ),
    Seen(
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: "
        "httpReadSeeker: failed "
        f"open: unexpected status code {LAYER}: 403 Forbidden",
        ("NET-038", "NET-039"),
        CATALOGUE,
    ),
    Seen(
        LOGGER
        + "The task cannot find the Amazon CloudWatch log group defined in the task definition. There is "
        "a connection issue between the task and Amazon CloudWatch. Check your network "
        "configuration. : signal: "
        "killed",
        ("NET-008", "SG-001", "NET-012"),
        CATALOGUE,
    ),
    Seen(
        PULL
        + "unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets "
        "Manager. Check your task network configuration. failed to fetch secret "
        "arn:aws:secretsmanager:us-east-1:"
        f"{ACCOUNT}:secret:rds!db-a57bd929 from secrets manager: operation error Secrets Manager: "
        "GetSecretValue",
        ("NET-009", "SG-001"),
        "catalogue; the end of it in a public repository, code search 2648179595",
    ),
    Seen(
        PULL
        + "unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There "
        "is a connection issue between the task and AWS Systems Manager Parameter Store. Check your "
        "task network "
        "configuration. RequestCanceled: request context canceled caused by: context deadline exceeded",
        ("NET-010",),
        "catalogue; the whole sentence in a public repository, code search 39751692766",
    ),
    Seen(
        PULL
        + "execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been "
        "retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded",
        ("NET-010",),
        "github.com/umotif-public/terraform-aws-ecs-fargate/issues/50",
    ),
    Seen(
        MANIFEST
        + 'docker.io/tryretool/backend:2.110.5: failed to do request: Head "https://registry-1.docker.io/'
        'v2/tryretool/backend/manifests/2.110.5": dial tcp 34.205.13.154:443: i/o timeout',
        ("NET-035",),
        "github.com/ActionIQ/terraform-aws-retool-ecs-fargate/issues/20",
    ),
    Seen(
        MANIFEST
        + 'public.ecr.aws/nginx/nginx:1.29: failed to do request: Head "https://public.ecr.aws/v2/nginx/'
        'nginx/manifests/1.29": dial tcp 75.2.101.78:443: i/o timeout',
        ("NET-034",),
        CATALOGUE,
    ),
    Seen(
        f"{PULL}execution resource retrieval failed: unable to retrieve ecr registry auth: service "
        "call has been "
        f"retried 1 time(s): AccessDeniedException: User: {ROLE} is not authorized to perform: "
        "ecr:GetAuthorizationToken on resource: * because no VPC endpoint policy allows the "
        "ecr:GetAuthorizationToken action status code: 400, request id: 1",
        ("NET-040",),
        CATALOGUE,
    ),
    Seen(
        f"{PULL}execution resource retrieval failed: unable to retrieve ecr registry auth: service "
        "call has been "
        f"retried 1 time(s): AccessDeniedException: User: {ROLE} is not authorized to perform: "
        "ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the "
        "ecr:GetAuthorizationToken action status code: 400, request id: 1",
        ("IAM-005", "IAM-006"),
        CATALOGUE,
    ),
    Seen(
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
        f"{REGISTRY}/web:1: unexpected status from HEAD request to "
        f"https://{REGISTRY}/v2/web/manifests/1: 403 "
        "Forbidden",
        ("IAM-007", "IAM-008"),
        CATALOGUE,
    ),
    Seen(
        f"{LOGGER}create stream has been retried 1 times: failed to create Cloudwatch log stream: "
        f"AccessDeniedException: User: {ROLE} is not authorized to perform: logs:CreateLogStream on "
        "resource: "
        f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/ecs/web:log-stream:web/web/1 because no identity-based "
        "policy allows the logs:CreateLogStream action status code: 400, request id: 1 : exit status 1",
        ("IAM-009", "IAM-010"),
        CATALOGUE,
    ),
    Seen(
        f"{LOGGER}create stream has been retried 1 times: failed to create Cloudwatch log group: "
        f"AccessDeniedException: User: {ROLE} is not authorized to perform: logs:CreateLogGroup on resource: "
        f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/ecs/web:log-stream: : exit status 1",
        ("IAM-019",),
        CATALOGUE,
    ),
    Seen(
        f"{PULL}execution resource retrieval failed: unable to retrieve secret from asm: service call "
        "has been "
        f"retried 1 time(s): failed to fetch secret: AccessDeniedException: User: {ROLE} is not "
        "authorized to "
        "perform: secretsmanager:GetSecretValue on resource: db because no identity-based policy allows the "
        "secretsmanager:GetSecretValue action",
        ("IAM-011",),
        CATALOGUE,
    ),
    Seen(
        f"{PULL}execution resource retrieval failed: unable to retrieve secrets from ssm: "
        "AccessDeniedException: "
        f"User: {ROLE} is not authorized to perform: ssm:GetParameters on resource: "
        f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/db",
        ("IAM-013", "TASK-019"),
        CATALOGUE,
    ),
    Seen(
        f"{PULL}unable to retrieve secret from asm: AccessDeniedException: Access to KMS is not "
        "allowed status "
        "code: 400",
        ("IAM-014",),
        CATALOGUE,
    ),
    Seen(
        f"ECS was unable to assume the role 'arn:aws:iam::{ACCOUNT}:role/web' that was provided for "
        "this task. "
        "Please verify that the role being passed has the proper trust relationship and permissions and that "
        "your IAM user has permissions to pass this role.",
        ("IAM-002", "IAM-003"),
        CATALOGUE,
    ),
    Seen(
        f"{LOGGER}create stream has been retried 1 times: failed to create Cloudwatch log stream: "
        "ResourceNotFoundException: The specified log group does not exist. status code: 400 : exit status 1",
        ("TASK-006",),
        CATALOGUE,
    ),
    Seen(f"{MANIFEST}{REGISTRY}/web:1: {REGISTRY}/web:1: not found", ("SVC-021", "TASK-017"), CATALOGUE),
    Seen(
        "CannotPullContainerError: ref pull has been retried 1 time(s): image Manifest does not contain "
        "descriptor matching platform 'linux/amd64'",
        ("TASK-015",),
        CATALOGUE,
    ),
    Seen("exec /docker-entrypoint.sh: exec format error", ("TASK-015",), CATALOGUE),
    Seen(
        f"{PULL}unexpected ARN format with parameters when trying to retrieve ASM secret",
        ("TASK-020",),
        CATALOGUE,
    ),
    Seen(
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "
        "b'mount.nfs4: Connection timed out' : unsuccessful EFS utils command execution; code: 32",
        ("SG-014",),
        CATALOGUE,
    ),
    Seen(
        'Resource handler returned message: "Enabling private DNS requires both enableDnsSupport and '
        "enableDnsHostnames VPC attributes set to true for vpc-0123456789abcdef0 (Service: Ec2, "
        'Status Code: 400)"',
        ("NET-013",),
        CATALOGUE,
    ),
    Seen(
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
        "ecr.eu-west-1.amazonaws.com in the VPC vpc-0123456789abcdef0",
        ("NET-015", "CFN-011"),
        CATALOGUE,
    ),
    Seen("Network vpc-0123456789abcdef0 has no Internet gateway attached", ("NET-027",), CATALOGUE),
    Seen(
        'Resource handler returned message: "The maximum number of addresses has been reached. '
        "(Service: Ec2, "
        'Status Code: 400, Request ID: 1)"',
        ("NET-052",),
        CATALOGUE,
    ),
    Seen(
        "Invalid request provided: CreateService error: The target group with targetGroupArn "
        f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:targetgroup/web/1f2e does not have an "
        "associated load "
        "balancer.",
        ("LB-002", "LB-003"),
        CATALOGUE,
    ),
    Seen(
        "(service web) (task 1f2e) failed ELB health checks in (target-group "
        f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:targetgroup/web/1f2e)",
        ("SVC-008", "SG-007"),
        CATALOGUE,
    ),
    Seen(
        "(service web) (task 1f2e) (port 80) is unhealthy in (target-group "
        "arn:aws:elasticloadbalancing:eu-west-1"
        f":{ACCOUNT}:targetgroup/web/1f2e) due to (reason Request timed out)",
        ("SG-007", "SG-008", "SG-009"),
        "AmazonECS/latest/developerguide/service-unhealthy-event-messages.html; catalogue SG-007 for "
        "the reason",
    ),
    Seen(
        "(service web) was unable to place a task because no container instance met all of its requirements. "
        "Reason: No Container Instances were found in your cluster.",
        ("SVC-001",),
        CATALOGUE,
    ),
    Seen("No Fargate configuration exists for given values.", ("TASK-001",), CATALOGUE),
    Seen(
        "The VPC endpoint service com.amazonaws.us-east-1.ecr.api does not support the availability "
        "zone of the "
        "subnet: subnet-0123456789abcdef0.",
        ("NET-057",),
        CATALOGUE,
    ),
    Seen(
        "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
        ("IAM-032",),
        CATALOGUE,
    ),
    Seen(
        "/ecs/web already exists in stack arn:aws:cloudformation:eu-west-1:1:stack/old/1f2e",
        ("CFN-010",),
        CATALOGUE,
    ),
)
