"""Policies of endpoints, which stand between a task and an API as much as its role does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.paths import at_check, callers, failing, faults, listed, plain
from private_fargate.verify.rules.rule import rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.paths import Pair
    from private_fargate.verify.rules.rule import Fault, Rule
    from private_fargate.verify.tasks.path import Check, Path

_LAYERS: Final = "CannotPullContainerError: … unexpected status from GET request to S3: 403 Forbidden"
_POLICIES: Final = "vpc/latest/privatelink/vpc-endpoints-access.html"
_ECR: Final = "AmazonECR/latest/userguide/vpc-endpoints.html"
_LOGIN: Final = "ecr:GetAuthorizationToken"


def _refused(model: Model, keep: Callable[[Path, Check], bool]) -> Iterator[Fault]:
    found: list[Pair] = [
        (path, check) for path, check in failing(model, "endpoint policy") if keep(path, check)
    ]

    def message(group: list[Pair]) -> str:
        who = callers(group)
        actions = listed(check.call.action for _, check in group if check.call)
        why = plain(model, group[0][1].why)
        return f"the policy of {group[0][1].by} stops {actions} of {who}: {why}"

    yield from faults(found, at_check, message, ("PolicyDocument",))


@rule(
    "NET-038",
    "error",
    "The policy of the S3 endpoint lets image layers through",
    symptom=_LAYERS,
    fix="Allow s3:GetObject on arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/* for "
    "Principal *.",
    source=_ECR,
)
def layers_not_allowed(model: Model) -> Iterator[Fault]:
    """Layers lie in a bucket of AWS, which a list of one's own buckets does not hold."""
    yield from _refused(model, lambda path, check: path.demand.layers and check.stopped != "condition")


@rule(
    "NET-039",
    "error",
    "The statement that lets image layers through has no condition on accounts",
    symptom=_LAYERS,
    fix="Put the bucket of the layers into a statement of its own, without conditions on "
    "aws:PrincipalAccount, aws:PrincipalOrgID, aws:PrincipalArn, aws:ResourceAccount or aws:ResourceOrgID.",
    source=f"{_ECR}; public issue awsdocs/amazon-ecr-user-guide 8",
)
def layers_under_condition(model: Model) -> Iterator[Fault]:
    """A principal of AWS signs the addresses of layers, so that no condition on one's own accounts holds."""
    yield from _refused(model, lambda path, check: path.demand.layers and check.stopped == "condition")


def _stopped_by_principal(check: Check) -> bool:
    return check.stopped == "principal"


@rule(
    "NET-040",
    "error",
    "The policy of the ECR API endpoint lets the login through",
    symptom="ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: "
    "User is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no VPC endpoint "
    "policy allows the ecr:GetAuthorizationToken action",
    fix="Allow ecr:GetAuthorizationToken on * in the policy of the ecr.api endpoint.",
    source=f"{_ECR}: the policy that is shown there as an example leaves it out",
)
def login_not_allowed(model: Model) -> Iterator[Fault]:
    """The action has no resource level, so that a policy for one repository does not hold it."""
    yield from _refused(
        model,
        lambda _, check: (
            check.call is not None and check.call.action == _LOGIN and not _stopped_by_principal(check)
        ),
    )


@rule(
    "NET-041",
    "error",
    "The policy of an endpoint lets through what its tasks do there",
    symptom="AccessDeniedException: User is not authorized to perform this action because no VPC endpoint "
    "policy allows it",
    fix="Allow the actions named in the finding, on the resources of the tasks.",
    source=_POLICIES,
)
def call_not_allowed(model: Model) -> Iterator[Fault]:
    """A policy of an endpoint is written apart from the roles, and nothing compares the two."""
    yield from _refused(
        model,
        lambda path, check: (
            not path.demand.layers
            and (check.call is None or check.call.action != _LOGIN)
            and not (path.demand.endpoint.startswith("ecr") and _stopped_by_principal(check))
        ),
    )


@rule(
    "NET-042",
    "error",
    "The policy of an ECR endpoint is about the execution role, which pulls the image",
    symptom="CannotPullContainerError: … 403 Forbidden; or AccessDeniedException on "
    "ecr:GetAuthorizationToken",
    fix="Name the execution role as Principal, or the account, or * with a condition on "
    "aws:PrincipalAccount.",
    source="AmazonECS/latest/developerguide/task_execution_IAM_role.html",
)
def pull_of_another_role(model: Model) -> Iterator[Fault]:
    """The task role is the application's; what starts the task is the execution role."""
    yield from _refused(
        model, lambda path, check: path.demand.endpoint.startswith("ecr") and _stopped_by_principal(check)
    )


RULES: Final[tuple[Rule, ...]] = (
    layers_not_allowed,
    layers_under_condition,
    login_not_allowed,
    call_not_allowed,
    pull_of_another_role,
)
