"""What CloudFormation itself knows about a refusal: hooks, and the validation before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from private_fargate.deploy.witnesses.inquiry import Inquiry

_REFUSED: Final = frozenset({"HOOK_COMPLETE_FAILED", "HOOK_FAILED"})
_TELLING: Final = frozenset({"VALIDATION_ERROR", "HOOK_INVOCATION_ERROR", "PROVISIONING_ERROR"})
_PAGES: Final = 5  # of failed events: more are never read


def speaks_of_a_check(reason: str) -> bool:
    """Say whether a reason is about a hook or a validation, which say more elsewhere."""
    words = reason.lower()
    return "hook" in words or "validation failed" in words or "describeevents" in words


def ask_about_hooks(inquiry: Inquiry, stack: str, logical_id: str) -> None:
    """Note which hook refused a resource, and why, from the events of its stack."""
    answer = inquiry.ask("cloudformation", "describe_stack_events", StackName=stack)
    for event in answer.get("StackEvents", []):
        if event.get("HookStatus") in _REFUSED and event["LogicalResourceId"] == logical_id:
            reason = event.get("HookStatusReason", event["HookStatus"])
            inquiry.note(f"hook {event.get('HookType', '')}", reason, event.get("Timestamp"))


def ask_about_failed_events(inquiry: Inquiry, **subject: str) -> list[dict[str, Any]]:
    """Note the failures that DescribeEvents lists for a stack or a change set, and return them.

    It does not look into nested stacks, and neither older libraries nor the embedded AWS have it.

    Args:
        inquiry: where they are noted.
        subject: `StackName` or `ChangeSetName`.
    """
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    for _ in range(_PAGES):
        page = inquiry.ask(
            "cloudformation", "describe_events", **subject, Filters={"FailedEvents": True}, **token
        )
        found += [event for event in page.get("OperationEvents", []) if event.get("EventType") in _TELLING]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    for event in found:
        inquiry.note(*_told(event), event.get("Timestamp"))
    return found


def _told(event: dict[str, Any]) -> tuple[str, str]:
    """Return who refused, and what it says, of one failed event."""
    where = " ".join(
        part for part in (event.get("LogicalResourceId", ""), event.get("ValidationPath", "")) if part
    )
    if event["EventType"] == "VALIDATION_ERROR":
        words = event.get("ValidationStatusReason", "") or event.get("ResourceStatusReason", "")
        source = f"validation {event.get('ValidationName', '')}"
    elif event["EventType"] == "HOOK_INVOCATION_ERROR":
        words, source = event.get("HookStatusReason", ""), f"hook {event.get('HookType', '')}"
    else:
        words, source = event.get("ResourceStatusReason", ""), "CloudFormation"
    return source, f"{where}: {words}" if where else words


def ask_which_hooks(inquiry: Inquiry, change_set: str) -> None:
    """Note which hooks a change set was put before; each says its reason in the failed events, if at all."""
    answer = inquiry.ask("cloudformation", "describe_change_set_hooks", ChangeSetName=change_set)
    for hook in answer.get("Hooks", []):
        target = hook.get("TargetDetails", {}).get("ResourceTargetDetails", {})
        fact = (
            f"{target.get('LogicalResourceId', 'the stack')} is put before it ({hook.get('FailureMode', '')})"
        )
        inquiry.note(f"hook {hook.get('TypeName', '')}", fact)
