"""Would IAM let this call pass?  The decision of AWS, from policies that are known in part.

    policy = read(document, "ExecutionRole")
    request = Request(action="ecr:BatchGetImage", resource=repository, principal=role, account=account)
    decision = identity([policy], None, request)
    decision.holds, decision.why

Policies are read once and asked often.  Nothing here knows of templates or resources: texts go in, with
symbols for what is not known, and a decision in three values comes out, with its reason in plain words.
"""

from private_fargate.verify.iam.evaluation import (
    Decision,
    decide,
    grant,
    identity,
    key_policy,
    resource_policy,
)
from private_fargate.verify.iam.patterns import FOREIGN, covers
from private_fargate.verify.iam.requests import Request
from private_fargate.verify.iam.statements import Policy, Statement, read
from private_fargate.verify.iam.trust import may_assume, task_arn

__all__ = [
    "FOREIGN",
    "Decision",
    "Policy",
    "Request",
    "Statement",
    "covers",
    "decide",
    "grant",
    "identity",
    "key_policy",
    "may_assume",
    "read",
    "resource_policy",
    "task_arn",
]
