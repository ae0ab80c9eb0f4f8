"""The roles by which self-managed StackSets come into accounts, and what they lack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

from tests.fakes.stack_sets.forms import invalid

if TYPE_CHECKING:
    from tests.fakes.stack_sets.records import StackSet

ADMINISTRATION = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION = "AWSCloudFormationStackSetExecutionRole"
_SERVICE = "cloudformation.amazonaws.com"


def administration_arn(stack_set: StackSet) -> str:
    """Return the ARN of the role that the administrator account lends to StackSets."""
    default = f"arn:aws:iam::{stack_set.arn.split(':')[4]}:role/{ADMINISTRATION}"
    return str(stack_set.settings.get("AdministrationRoleARN") or default)


def execution_name(stack_set: StackSet) -> str:
    """Return the name of the role in target accounts."""
    return str(stack_set.settings.get("ExecutionRoleName") or EXECUTION)


def check_administration(stack_set: StackSet) -> None:
    """Refuse an operation for which there is no role in this account.

    Raises:
        RefusalError: in the words of AWS.
    """
    if stack_set.is_service_managed:
        return
    name = administration_arn(stack_set).rsplit("/", 1)[-1]
    role = iam._roles.get(name)
    if role is None or not _trusts_the_service(role["AssumeRolePolicyDocument"]):
        account = get_account_id()
        raise invalid(
            f"Account {account} should have '{name}' role with trust relationship to CloudFormation service."
        )


def refusal(stack_set: StackSet, account: str, region: str, action: str) -> str | None:
    """Return why the roles do not allow a stack operation in an account; None if they do."""
    if stack_set.is_service_managed:
        return None
    administration, name = administration_arn(stack_set), execution_name(stack_set)
    role = iam._roles.get_scoped(account, None, name)
    arn = f"arn:aws:iam::{account}:role/{name}"
    trusted = role and iam_evaluator.evaluate_trust_policy(role["AssumeRolePolicyDocument"], administration)
    if not trusted or not _allows(administration, "sts:AssumeRole", arn, region):
        short = administration.rsplit("/", 1)[-1]
        return f"Account {account} should have '{name}' role with trust relationship to Role '{short}'."
    stack = f"arn:aws:cloudformation:{region}:{account}:stack/StackSet-{stack_set.set_id.replace(':', '-')}/*"
    if not _allows(arn, action, stack, region):
        return (
            f"User: arn:aws:sts::{account}:assumed-role/{name}/{stack_set.set_id.split(':')[-1]} is not "
            f"authorized to perform: {action} on resource: {stack} because no identity-based policy allows "
            f"the {action} action"
        )
    return None


def _allows(role_arn: str, action: str, resource: str, region: str) -> bool:
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
    )
    policies = iam_evaluator._gather_role_policies(name, account)
    return bool(iam_evaluator.evaluate(context, policies).decision == "Allow")


def _trusts_the_service(document: str) -> bool:
    for statement in json.loads(document)["Statement"]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement["Effect"] == "Allow" and _SERVICE in (
            [services] if isinstance(services, str) else services
        ):
            return True
    return False
