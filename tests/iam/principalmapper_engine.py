"""Decide requests with the engine of principalmapper: a JSON list of requests in, a list of booleans out.

A process of its own: the engine is under the AGPL, and reads a name from `collections` that Python
moved in 3.10.  It knows no endpoint policies, but one is a policy of a resource on the way: what no
statement of it allows does not pass.  Every resource here that has a policy needs its consent: roles, keys.
"""

from __future__ import annotations

import collections
import collections.abc
import json
import sys
from typing import Any

collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
collections.MutableMapping = collections.abc.MutableMapping  # type: ignore[attr-defined]

from principalmapper.common import Node, Policy  # noqa: E402  # after the names it needs
from principalmapper.querying.local_policy_simulation import (  # noqa: E402
    ResourcePolicyEvalResult as Result,
)
from principalmapper.querying.local_policy_simulation import (  # noqa: E402
    has_matching_statement,
    resource_policy_authorization,
)
from principalmapper.util.case_insensitive_dict import CaseInsensitiveDict  # noqa: E402

BY_NAME = {Result.NODE_MATCH, Result.SERVICE_MATCH}
"""A policy of a resource names the caller, so that no policy of the caller is needed."""


def allowed(request: dict[str, Any]) -> bool:
    """Decide one request: no door may be closed, then either side may allow; of two accounts both must."""
    principal = _principal(request)
    endpoint, resource = request.get("endpoint"), request.get("resource_policy")
    if endpoint and _decision(request, principal, endpoint) in {Result.NO_MATCH, Result.DENY_MATCH}:
        return False
    if resource:
        decision = _decision(request, principal, resource)
        if decision in {Result.NO_MATCH, Result.DENY_MATCH}:
            return False
        if decision in BY_NAME:
            return True
    return isinstance(principal, Node) and _may(request, principal)


def _principal(request: dict[str, Any]) -> Any:
    """Return an AWS service by its name, and everyone else as a node with policies."""
    name = request["principal"]
    if not name.startswith("arn:"):
        return name
    policies = [Policy(f"{name}/{n}", str(n), document) for n, document in enumerate(request["identity"])]
    nobody = {
        "group_memberships": [],
        "instance_profile": None,
        "num_access_keys": 0,
        "active_password": False,
    }
    plain = {"is_admin": False, "permissions_boundary": None, "has_mfa": False, "tags": None}
    return Node(name, name, policies, trust_policy={}, **nobody, **plain)


def _may(request: dict[str, Any], principal: Any) -> bool:
    context = CaseInsensitiveDict(request["context"])
    denied, granted = (
        has_matching_statement(principal, effect, request["action"], request["resource"], context)
        for effect in ("Deny", "Allow")
    )
    return granted and not denied


def _decision(request: dict[str, Any], principal: Any, document: dict[str, Any]) -> Any:
    return resource_policy_authorization(
        principal,
        request["owner"],
        document,
        request["action"],
        request["resource"],
        CaseInsensitiveDict(request["context"]),
    )


if __name__ == "__main__":
    json.dump([allowed(request) for request in json.load(sys.stdin)], sys.stdout)
