"""Decide requests with the engine of principalmapper: a JSON object a line in, `true` or `false` a line out.

A process of its own, as in `tests/iam`, whose engine makes the imports work; it stays alive, because a
property asks hundreds of times.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "iam"))

import principalmapper_engine  # noqa: F401  # gives `collections` the names that principalmapper needs
from principalmapper.common import Node
from principalmapper.querying.local_policy_simulation import (
    ResourcePolicyEvalResult as Result,
)
from principalmapper.querying.local_policy_simulation import (
    policy_has_matching_statement,
    resource_policy_authorization,
)
from principalmapper.util.case_insensitive_dict import CaseInsensitiveDict


def allowed(asked: dict[str, Any]) -> bool:
    """Decide by the policies of a role, by the policy of a resource, or by that of a key with both."""
    if asked["kind"] == "identity":
        return not _any(asked, "Deny") and _any(asked, "Allow") and _bounded(asked)
    result = _by_resource(asked)
    if asked["kind"] == "resource" or result in {Result.NO_MATCH, Result.DENY_MATCH}:
        return result not in {Result.NO_MATCH, Result.DENY_MATCH}
    if _any(asked, "Deny") or not _bounded(asked):
        return False
    return result is Result.NODE_MATCH or _any(asked, "Allow")


def _any(asked: dict[str, Any], effect: str) -> bool:
    documents = [*asked["policies"], *([asked["boundary"]] if effect == "Deny" and asked["boundary"] else [])]
    return any(_has(asked, document, effect) for document in documents)


def _bounded(asked: dict[str, Any]) -> bool:
    return asked["boundary"] is None or _has(asked, asked["boundary"], "Allow")


def _has(asked: dict[str, Any], document: dict[str, Any], effect: str) -> bool:
    context = CaseInsensitiveDict(asked["context"])
    return policy_has_matching_statement(document, effect, asked["action"], asked["resource"], context)


def _by_resource(asked: dict[str, Any]) -> Any:
    nobody = {"attached_policies": [], "group_memberships": [], "trust_policy": {}, "instance_profile": None}
    plain = {"num_access_keys": 0, "active_password": False, "is_admin": False, "permissions_boundary": None}
    principal = asked["service_principal"] or Node(
        asked["principal"], "AROA", **nobody, **plain, has_mfa=False, tags=None
    )
    return resource_policy_authorization(
        principal,
        asked["account"],
        asked["resource_policy"],
        asked["action"],
        asked["resource"],
        CaseInsensitiveDict(asked["context"]),
    )


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(allowed(json.loads(line))) + "\n")
        sys.stdout.flush()
