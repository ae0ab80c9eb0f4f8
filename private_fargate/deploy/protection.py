"""What protects a stack from mistakes, and is part of no change set: termination protection, stack policies.

A stack policy counts for the resources of its own stack only, so each nested stack gets one, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from private_fargate.deploy.deployed import each_stack
from private_fargate.plan.model import SettingChange

if TYPE_CHECKING:
    from private_fargate.deploy.options import StackOptions
    from private_fargate.deploy.session import Client, Session
    from private_fargate.deploy.stack_state import StackState

_HOLDS_DATA: Final = (
    "AWS::ECR::Repository",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
)
_EVERYTHING: Final = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
_NOT_DATA: Final = {
    "Effect": "Deny",
    "Action": ["Update:Replace", "Update:Delete"],
    "Principal": "*",
    "Resource": "*",
    "Condition": {"StringEquals": {"ResourceType": list(_HOLDS_DATA)}},
}

# A stack policy cannot be taken away again, only be replaced by one that allows everything.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
_POLICIES: Final = {
    "none": {"Statement": [_EVERYTHING]},
    "protect-data": {"Statement": [_EVERYTHING, _NOT_DATA]},
}


def setting_changes(
    session: Session, state: StackState | None, options: StackOptions
) -> tuple[SettingChange, ...]:
    """Return what would change of the stack itself.

    Args:
        session: where.
        state: the state of the root; None if there is none yet.
        options: what it is to be.
    """
    changes: list[SettingChange] = []
    if options.is_protected is not None and options.is_protected != bool(state and state.is_protected):
        before, after = ("off", "on") if options.is_protected else ("on", "off")
        changes.append(SettingChange(name="termination protection", before=before, after=after))
    if options.stack_policy is not None:
        before = "none" if state is None else _policy_of(session.client("cloudformation"), state.arn)
        if before != options.stack_policy:
            changes.append(SettingChange(name="stack policy", before=before, after=options.stack_policy))
    return tuple(changes)


def protect(session: Session, state: StackState, options: StackOptions) -> None:
    """Bring a root and the stacks nested in it to what the options say; what is so already is left alone."""
    cloudformation = session.client("cloudformation")
    if options.is_protected is not None and options.is_protected != state.is_protected:
        cloudformation.update_termination_protection(
            StackName=state.arn, EnableTerminationProtection=options.is_protected
        )
    if options.stack_policy is None:
        return
    for _, stack in each_stack(session, state.arn):
        if _policy_of(cloudformation, stack) != options.stack_policy:
            body = json.dumps(_POLICIES[options.stack_policy])
            cloudformation.set_stack_policy(StackName=stack, StackPolicyBody=body)


def _policy_of(cloudformation: Client, stack: str) -> str:
    """Return which of our policies a stack has: `none` without one, `another` if it is a stranger's."""
    text = cloudformation.get_stack_policy(StackName=stack).get("StackPolicyBody")
    if not text:
        return "none"
    policy = cast("dict[str, Any]", json.loads(text))
    return next((name for name, ours in _POLICIES.items() if policy == ours), "another")
