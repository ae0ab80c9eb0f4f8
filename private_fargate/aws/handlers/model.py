"""What the handlers of a resource type call, as the type's own schema lists it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SOURCE: Final = (
    "CloudFormation registry schemas of us-east-1, handlers.*.permissions and tagging.permissions, as the "
    "package c7n-awscc 0.1.38 of 2026-10-01 bundles them"
)


@dataclass(frozen=True, kw_only=True)
class Handlers:
    """The permissions of each handler, sorted; an action without a prefix has that of the one before it.

    Attributes:
        create: What making one calls.
        read: What looking at one calls; CloudFormation does so for its attributes and for drift.
        update: What changing one calls; empty where every change is a replacement.
        delete: What removing one calls, when a stack ends and when it rolls back.
        tags: What the tags of a stack call; Service Catalog tags the stack of every product.
        source: Where the lists are from.
    """

    create: str
    read: str
    update: str = ""
    delete: str
    tags: str = ""
    source: str = SOURCE

    def of(self, handler: str) -> frozenset[str]:
        """Return the actions of one handler, each with its prefix.

        >>> sorted(Handlers(create="ec2:CreateVpc DescribeVpcs", read="", delete="").of("create"))
        ['ec2:CreateVpc', 'ec2:DescribeVpcs']
        """
        return actions(getattr(self, handler))


def actions(text: str) -> frozenset[str]:
    """Return the actions that a text lists, each with its prefix.

    >>> sorted(actions("ecs:CreateCluster TagResource iam:PassRole"))
    ['ecs:CreateCluster', 'ecs:TagResource', 'iam:PassRole']
    """
    found: set[str] = set()
    prefix = ""
    for action in text.split():
        prefix, _, name = action.rpartition(":") if ":" in action else (prefix, ":", action)
        found.add(f"{prefix}:{name}")
    return frozenset(found)
