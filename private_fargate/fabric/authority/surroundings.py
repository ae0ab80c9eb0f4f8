"""What is known of a call beside what its door knows: who makes it, when and where.

Source: IAM/latest/UserGuide/reference_policies_condition-keys.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.fabric.authority import resources
from private_fargate.fabric.authority.people import TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from private_fargate.fabric.authority.patterns import Values
    from private_fargate.fabric.authority.people import Caller
    from private_fargate.fabric.authority.roles import Role

_NOBODY: Final = {
    "aws:principalaccount": "anonymous",
    "aws:principaltype": "Anonymous",
    "aws:userid": "anonymous",
}
"""Source: IAM/latest/UserGuide/reference_policies_variables.html, "Principal key values"."""


def written(moment: datetime) -> str:
    """Return a moment as conditions have it: `2026-01-31T12:00:00Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def of_call(now: datetime, region: str) -> dict[str, str]:
    """Return what is known of every call, unless its door knows better."""
    return {
        "aws:currenttime": written(now),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:requestedregion": region,
        "aws:securetransport": "true",
        "aws:viaawsservice": "false",
    }


def of_caller(caller: Caller | None, role: Role | None) -> Mapping[str, str]:
    """Return what is known of a session of a role, or of somebody who did not sign."""
    if caller is None or role is None:
        return _NOBODY
    return {
        "aws:principalarn": role.arn,
        "aws:principalaccount": role.account,
        "aws:principaltype": "AssumedRole",
        "aws:userid": f"{role.id}:{caller.session_arn.rpartition('/')[2]}",
        "aws:principalisawsservice": "false",
        "aws:multifactorauthpresent": "false",
        **{f"aws:principaltag/{key.lower()}": value for key, value in role.tags.items()},
        **caller.known,
    }


def of_resource(arn: str, caller: Caller | None) -> Mapping[str, str]:
    """Return the account of what is called; nothing for a bucket, of which only the door knows."""
    owner = resources.account_of(arn)
    if not owner and caller and resources.service_of(arn) != "s3":
        owner = caller.account
    return {"aws:resourceaccount": owner} if owner else {}


def of_service(role: Role, service: str, region: str, source_arn: str | None, session: str) -> dict[str, str]:
    """Return what is known of a service that takes a role.

    ECS says for what it does so, EC2 does not.
    Source: AmazonECS/latest/developerguide/task-iam-roles.html.
    """
    known = {
        "aws:principalisawsservice": "true",
        "aws:principalservicename": service,
        "aws:resourceaccount": role.account,
        "sts:rolesessionname": session,
    }
    if service == TASKS:
        partition = role.arn.split(":")[1]
        task = f"arn:{partition}:ecs:{region}:{role.account}:task/{session}"
        known |= {"aws:sourceaccount": role.account, "aws:sourcearn": source_arn or task}
    return known


def normal(context: Mapping[str, str | list[str]]) -> Values:
    """Return a context with keys in small letters, under each of which are several values."""
    return {
        key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in context.items()
    }
