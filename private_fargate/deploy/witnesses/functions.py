"""What the function behind a custom resource wrote before it reported failure, or reported nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.witnesses.services import note_lines

if TYPE_CHECKING:
    from private_fargate.deploy.witnesses.inquiry import Inquiry

# Lambda's name of a log stream, which many functions put into their answer.
_STREAM: Final = re.compile(r"\d{4}/\d\d/\d\d/\S*\[[^\]]+\][0-9a-f]{32}")
_FUNCTION: Final = re.compile(r":function:([^:]+)")


def ask_about_custom_resource(inquiry: Inquiry, stack: str, logical_id: str, reason: str) -> None:
    """Note the last lines of the function's log: of the stream that the reason names, else of the last one.

    Args:
        inquiry: where they are noted.
        stack: the ARN of the stack that has the custom resource.
        logical_id: of the custom resource.
        reason: what CloudFormation says about it.
    """
    function = _function(inquiry, stack, logical_id)
    if not function:
        return
    configured = inquiry.ask("lambda", "get_function_configuration", FunctionName=function)
    group = configured.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function}"
    named = _STREAM.search(reason)
    if named:
        note_lines(inquiry, group, named[0])
        return
    last = inquiry.ask(
        "logs", "describe_log_streams", logGroupName=group, orderBy="LastEventTime", descending=True, limit=1
    )
    for stream in last.get("logStreams", []):
        note_lines(inquiry, group, stream["logStreamName"])


def _function(inquiry: Inquiry, stack: str, logical_id: str) -> str:
    """Return the name of the function behind a ServiceToken; empty if it is a topic, or cannot be told."""
    body: Any = inquiry.ask("cloudformation", "get_template", StackName=stack).get("TemplateBody", {})
    if isinstance(body, str):
        body = json.loads(body) if body.startswith("{") else {}
    token: Any = body.get("Resources", {}).get(logical_id, {}).get("Properties", {}).get("ServiceToken", "")
    if isinstance(token, str):
        named = _FUNCTION.search(token)
        return named[1] if named else ""
    target: Any = token.get("Fn::GetAtt", "")
    name = str(target).partition(".")[0] if isinstance(target, str) else str(target[0])
    if not name:
        return ""
    answer = inquiry.ask("cloudformation", "describe_stack_resource", StackName=stack, LogicalResourceId=name)
    return str(answer.get("StackResourceDetail", {}).get("PhysicalResourceId", ""))
