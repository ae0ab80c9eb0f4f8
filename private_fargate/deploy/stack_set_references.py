"""Which artifacts the StackSets of an account point to.

Their instances are stacks in other accounts, which cannot be seen from here.  Those that are CURRENT are of
the template that the StackSet has; of which templates the others are, nobody tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from private_fargate.deploy.session import code_of, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.references import References
    from private_fargate.deploy.session import Client, Session

_REFUSALS: Final = (ClientError, BotoCoreError, ResponseParserError)
_NO_STACK_SETS: Final = frozenset({"InvalidAction", "NotImplemented", "UnknownOperationException"})


def add_stack_sets(session: Session, found: References) -> None:
    """Count the templates of all StackSets, also of those that the account has as a delegated administrator.

    Args:
        session: the account and region.
        found: what is in use so far.
    """
    client = session.client("cloudformation")
    for caller in ("SELF", "DELEGATED_ADMIN"):
        try:
            for summary in _summaries(client, "list_stack_sets", Status="ACTIVE", CallAs=caller):
                _add(client, summary["StackSetName"], caller, found)
        except _REFUSALS as error:
            code = code_of(error) if isinstance(error, ClientError) else ""
            is_no_delegate = caller == "DELEGATED_ADMIN" and code in {"ValidationError", "AccessDenied"}
            if code not in _NO_STACK_SETS and not is_no_delegate:
                found.doubt("the StackSets of the region", error)


def _add(client: Client, name: str, caller: str, found: References) -> None:
    told = client.describe_stack_set(StackSetName=name, CallAs=caller)["StackSet"]
    found.add(told.get("TemplateBody", ""))
    behind = [
        each
        for each in _summaries(client, "list_stack_instances", StackSetName=name, CallAs=caller)
        if each.get("Status") != "CURRENT"
    ]
    if behind:
        found.doubt(
            f"the StackSet {name}",
            f"{len(behind)} of its instances are not CURRENT, and may be of older templates; roll out again",
        )


def _summaries(client: Client, operation: str, **arguments: str) -> Iterator[dict[str, Any]]:
    for page in pages(client, operation, **arguments):
        yield from page["Summaries"]
