"""The most that any role of a product may do, whatever policies it has.

It is the union of what the roles of the templates may do.  An application that is to do more needs a template
in which its task role says so: then the boundary grows with the next version of the catalog, in the open.  A
boundary that anticipated it would let whoever writes a template of a product have it unseen.

A role's own policy names the very log group or repository; a boundary cannot, for it is older than they are.
So it names what their names or their account allow, and what names everything there names everything here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from awacs.aws import Action
from troposphere import Sub

from private_fargate.aws.handlers.launching import STACK_PREFIX
from private_fargate.kit.naming import logical_id
from private_fargate.kit.policy import allow, arn, deny

if TYPE_CHECKING:
    from awacs.aws import Statement

    from stacks.launch_role.needs import Needs

NOBODY: Final = deny("NoRoleMayDoAnything", [Action("*")], ["*"])
"""What a boundary says where the templates have no role, or only roles without a policy."""


def statements(needs: Needs) -> tuple[Statement, ...]:
    """Return a statement for each service whose actions the roles may call, and each reach.

    Raises:
        ValueError: the roles use resources of a service whose reach nobody has decided.
    """
    actions: dict[tuple[str, bool], list[str]] = {}
    for allowed in needs.allowed:
        service, _, name = allowed.action.partition(":")
        actions.setdefault((service, allowed.anywhere), []).append(name)
    if not actions:
        return (NOBODY,)
    return tuple(
        allow(
            f"Use{logical_id(service)}{'Anywhere' if anywhere else ''}",
            [Action(service, name) for name in names],
            ["*"] if anywhere else [_reach(service)],
        )
        for (service, anywhere), names in sorted(actions.items())
    )


def _reach(service: str) -> Sub:
    """Return the widest that the roles of a product may reach in a service.

    Images and secrets may be of other accounts, where those let them be read; keys and logs are not.
    """
    reaches = {
        "ecr": Sub("arn:${AWS::Partition}:ecr:*:*:repository/*"),
        "kms": arn("kms", "key/*"),
        "logs": arn("logs", f"log-group:{STACK_PREFIX}*"),
        "secretsmanager": Sub("arn:${AWS::Partition}:secretsmanager:*:*:secret:*"),
        "ssm": Sub("arn:${AWS::Partition}:ssm:${AWS::Region}:*:parameter/*"),
    }
    if service not in reaches:
        message = (
            f"{service}: roles use it, and nobody has decided how far those of a product may reach; "
            "add it to stacks/launch_role/boundary.py"
        )
        raise ValueError(message)
    return reaches[service]
