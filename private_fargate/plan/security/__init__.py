"""What a deployment changes in who may do what, and in what is protected how.

    for change in security_changes(old, new):
        change.direction, change.resource, change.message

Policies are compared by what they allow, not by how they are written: the same statements in another order,
split, or with something that another one allows anyway, are no change.
"""

from private_fargate.plan.security.changes import security_changes

__all__ = ["security_changes"]
