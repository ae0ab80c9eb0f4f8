"""What becomes of a resource that a stack gives up.

Source: AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html and
aws-attribute-updatereplacepolicy.html there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.templates.resolving import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.plan.model import Fate
    from private_fargate.verify.templates.resources import Resource

_FATES: Final[Mapping[str, Fate]] = {
    "Delete": "Delete",
    "Retain": "Retain",
    "RetainExceptOnCreate": "Retain",  # the creation that the exception is about is over
    "Snapshot": "Snapshot",
}


def fate_of_removed(old: Resource) -> Fate:
    """Return what becomes of a resource that is taken out of its stack, or goes with it.

    The policy is that of the template that is deployed.  Without one all are deleted, except databases: a
    snapshot is made of a DB cluster, and of a DB instance that belongs to none.
    """
    written = _policy(old, "DeletionPolicy")
    if written is not None:
        return written
    if old.type == "AWS::RDS::DBCluster":
        return "Snapshot"
    stands_alone = old.type == "AWS::RDS::DBInstance" and old.get("DBClusterIdentifier") is None
    return "Snapshot" if stands_alone else "Delete"


def fate_of_replaced(new: Resource) -> Fate:
    """Return what becomes of the old resource of a replacement: deleted unless the new template says else."""
    return _policy(new, "UpdateReplacePolicy") or "Delete"


def _policy(resource: Resource, attribute: str) -> Fate | None:
    written = resource.body.get(attribute)
    return None if written is None else _FATES.get(str(resolve(resource.stack, written)))
