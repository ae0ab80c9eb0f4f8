"""What AWS also says, beside the symptoms that the rules have: other versions' words, and neighbours' faults.

One text often has several causes: a timeout of the login to ECR is the same whether the endpoint is missing,
or its security group is shut.  Each row lists them, the likeliest first.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Wording(NamedTuple):
    """One text of AWS, and the rules that it may be about.

    Attributes:
        words: The text, without what differs from case to case.
        rules: Their ids, the likeliest first.
        source: Where the text was read.
        weak: Whether it only repeats that something failed, so that it says nothing unless the templates do.
    """

    words: str
    rules: tuple[str, ...]
    source: str
    weak: bool = False


_SHUT: Final = ("NET-012", "SG-001", "SG-002", "SG-003", "SG-004", "SG-005", "NET-023", "NET-025", "NET-024")
"""What makes a call time out although there is an endpoint or a NAT gateway: catalogue, under SG-001."""

_LOGIN: Final = ("NET-001", "NET-002", *_SHUT, "NET-033", "NET-046")
_MANIFEST: Final = ("NET-003", *_SHUT, "NET-036", "NET-033", "NET-046")
_LAYERS: Final = ("NET-004", "NET-005", "NET-006", "NET-007", "NET-044", "SG-006", "NET-046", "NET-023")
_LOGGING: Final = ("NET-008", *_SHUT)

_DOCS: Final = "AmazonECS/latest/developerguide/"

WORDINGS: Final[tuple[Wording, ...]] = (
    Wording(
        "unable to retrieve ecr registry auth: service call has been retried: RequestError: send "
        "request failed "
        "caused by: Post https://api.ecr.amazonaws.com dial tcp i/o timeout",
        _LOGIN,
        "catalogue NET-001, the older form",
    ),
    Wording(
        "The task cannot pull registry auth from Amazon ECR: There is a connection issue between the "
        "task and "
        "Amazon ECR. Check your task network configuration.",
        _LOGIN,
        "catalogue NET-001, the newer form",
    ),
    Wording(
        "CannotPullContainerError: failed to resolve ref: failed to do request: Head "
        "dkr.ecr.amazonaws.com dial "
        "tcp i/o timeout",
        _MANIFEST,
        "catalogue NET-003",
    ),
    Wording(
        "CannotPullContainerError dkr.ecr.amazonaws.com net/http: request canceled while waiting for "
        "connection "
        "(Client.Timeout exceeded while awaiting headers)",
        _MANIFEST,
        "catalogue NET-003, the older form",
    ),
    Wording("CannotPullContainerError starport-layer-bucket s3 i/o timeout", _LAYERS, "catalogue NET-004"),
    Wording(
        "CannotPullContainerError starport-layer-bucket s3 context canceled", _LAYERS, "catalogue NET-004"
    ),
    Wording(
        "CannotPullContainerError starport-layer-bucket s3 403 Forbidden",
        ("NET-038", "NET-039"),
        "catalogue NET-038",
    ),
    Wording(
        "CannotPullContainerError: failed to resolve ref: failed to do request: Head dial tcp i/o timeout",
        ("NET-035", "NET-034"),
        "catalogue NET-035, whatever the registry is called",
    ),
    Wording(
        "failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined "
        "in the task "
        "definition. There is a connection issue between the task and Amazon CloudWatch.",
        _LOGGING,
        "catalogue NET-008",
    ),
    Wording(
        "failed to validate logger args: create stream has been retried: failed to create Cloudwatch "
        "log stream: "
        "RequestError: send request failed caused by: Post https://logs.amazonaws.com dial tcp i/o timeout",
        (*_LOGGING, "TASK-007"),
        "catalogue NET-008, the older form",
    ),
    Wording(
        "unable to retrieve secret from asm: There is a connection issue between the task and AWS "
        "Secrets Manager.",
        ("NET-009", *_SHUT),
        "catalogue NET-009",
    ),
    Wording(
        "There is a connection issue between the task and AWS Systems Manager Parameter Store.",
        ("NET-010", *_SHUT),
        "catalogue NET-010",
    ),
    Wording(
        "unable to retrieve secrets from ssm: service call has been retried: RequestCanceled: request "
        "context "
        "canceled caused by: context deadline exceeded",
        ("NET-010", *_SHUT),
        "catalogue NET-010, the older form; github.com/umotif-public/terraform-aws-ecs-fargate/issues/50",
    ),
    Wording(
        "not authorized to perform because no VPC endpoint policy allows the action",
        ("NET-041", "NET-040", "NET-042"),
        "catalogue NET-040 and NET-041",
    ),
    Wording(
        "failed to validate logger args AccessDeniedException not authorized to perform: "
        "logs:CreateLogStream",
        ("IAM-009", "IAM-010", "IAM-012"),
        "catalogue IAM-009",
    ),
    Wording(
        "failed to validate logger args not authorized to perform: logs:CreateLogGroup",
        ("IAM-019", "IAM-012"),
        "catalogue IAM-019",
    ),
    Wording(
        "failed to validate logger args ResourceNotFoundException: The specified log group does not exist",
        ("TASK-006", "TASK-007"),
        "catalogue TASK-006",
    ),
    Wording(
        "not authorized to perform: secretsmanager:GetSecretValue",
        ("IAM-011", "IAM-012"),
        "catalogue IAM-011",
    ),
    Wording(
        "not authorized to perform: ssm:GetParameters",
        ("IAM-013", "IAM-012", "TASK-019"),
        "catalogue IAM-013",
    ),
    Wording(
        "not authorized to perform: ecr:GetAuthorizationToken on resource because no identity-based "
        "policy allows",
        ("IAM-005", "IAM-006", "IAM-012", "IAM-020"),
        "catalogue IAM-005",
    ),
    Wording(
        "not authorized to perform: ecr:BatchGetImage on resource",
        ("IAM-007", "IAM-008"),
        "catalogue IAM-007",
    ),
    Wording("Access to KMS is not allowed", ("IAM-014",), "catalogue IAM-014"),
    Wording("exec format error", ("TASK-015",), "catalogue TASK-015"),
    Wording(
        "image Manifest does not contain descriptor matching platform", ("TASK-015",), "catalogue TASK-015"
    ),
    Wording("CannotPullContainerError: not found", ("TASK-017", "SVC-021"), "catalogue TASK-017, SVC-021"),
    Wording(
        "Task failed ELB health checks in (target-group",
        ("SG-007", "SG-008", "SG-009", "SVC-008"),
        "catalogue SG-007",
    ),
    Wording(
        "is unhealthy in (target-group due to (reason Request timed out)",
        ("SG-007", "SG-008", "SG-009", "SVC-008"),
        f"{_DOCS}service-unhealthy-event-messages.html",
    ),
    Wording(
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for",
        ("NET-015", "CFN-011"),
        "catalogue NET-015 and CFN-011",
    ),
    Wording("The maximum number of addresses has been reached", ("NET-052",), "catalogue NET-052"),
    Wording("RESOURCE:ENI", ("NET-047",), "catalogue NET-047"),
    Wording("insufficient free addresses in subnet", ("NET-047",), "catalogue NET-047"),
    Wording("has no Internet gateway attached", ("NET-027", "NET-028", "LB-008"), "catalogue NET-027"),
    Wording("The specified capacity provider was not found", ("SVC-003",), "catalogue SVC-003"),
    Wording(
        "The VPC endpoint service does not support the availability zone of the subnet",
        ("NET-057",),
        "catalogue NET-057",
    ),
    Wording(
        "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
        ("IAM-032",),
        "catalogue IAM-032",
    ),
    Wording("already exists in stack", ("CFN-010",), "catalogue CFN-010"),
    Wording("already exists", ("CFN-010",), "catalogue CFN-010"),
    Wording("has dependencies and cannot be deleted", ("CFN-019", "CFN-018"), "catalogue CFN-019"),
    Wording("Essential container in task exited", ("TASK-031",), "catalogue TASK-031", weak=True),
    Wording(
        "ECS Deployment Circuit Breaker was triggered",
        ("SVC-021", "NET-048", "IAM-031"),
        "catalogue SVC-021",
        weak=True,
    ),
    Wording(
        "did not stabilize", ("SVC-021", "NET-048", "IAM-031", "SVC-005"), "catalogue SVC-005", weak=True
    ),
)

REMEDIES: Final = {
    "NET-057": "Leave out of the endpoint the subnets of zones in which AWS does not offer its service.",
    "IAM-032": "Make the role once: `aws iam create-service-linked-role --aws-service-name "
    "ecs.amazonaws.com`.",
    "CFN-018": "Delete GuardDuty's endpoint and then its security group, and the stack again.",
}
"""What to do about a fault that is in the account, and in no template."""
