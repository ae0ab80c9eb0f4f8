"""The same in other words of AWS: policies and rules that mean what they meant."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final

from tests.verify.generated.written import Of, Text

if TYPE_CHECKING:
    import random

HARMLESS: Final = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
"""A statement that stops nothing that a task does."""


def varied(rng: random.Random, fancy: float, value: Any) -> Any:
    """Give a value in which policies and lists of rules may be said in another way."""
    match value:
        case Of() | Text():
            return value
        case {"Statement": [*statements], **rest}:
            return {**rest, "Statement": _statements(rng, fancy, statements)}
        case dict():
            return {key: varied(rng, fancy, item) for key, item in value.items()}
        case list():
            return [new for item in value for new in _item(rng, fancy, item)]
        case _:
            return value


def _item(rng: random.Random, fancy: float, item: Any) -> list[Any]:
    """Give an item of a list; a rule for a block may be two rules for its halves."""
    if isinstance(item, dict) and "IpProtocol" in item:
        item = {**item, "IpProtocol": rng.choice(["6", 6])} if _is_fancy(rng, fancy, item) else item
        if isinstance(item.get("CidrIp"), str) and item["IpProtocol"] != "-1" and rng.random() < fancy:
            halves = ipaddress.ip_network(item["CidrIp"]).subnets()
            return [{**item, "CidrIp": str(half)} for half in halves]
        return [item]
    return [varied(rng, fancy, item)]


def _is_fancy(rng: random.Random, fancy: float, item: dict[str, Any]) -> bool:
    return item["IpProtocol"] == "tcp" and rng.random() < fancy


def _statements(rng: random.Random, fancy: float, statements: list[dict[str, Any]]) -> Any:
    found: list[dict[str, Any]] = []
    for statement in statements:
        actions = statement["Action"]
        is_list = isinstance(actions, list) and len(actions) > 1
        apart = [[action] for action in actions] if is_list and rng.random() < fancy else [actions]
        found += [_statement(rng, fancy, {**statement, "Action": some}) for some in apart]
    if rng.random() < fancy:
        has_principal = any("Principal" in statement for statement in statements)
        found.append({**HARMLESS, "Principal": "*"} if has_principal else HARMLESS)
    rng.shuffle(found)
    return found[0] if len(found) == 1 and rng.random() < fancy else found


def _statement(rng: random.Random, fancy: float, statement: dict[str, Any]) -> dict[str, Any]:
    found = dict(statement)
    if isinstance(found["Action"], list):
        found["Action"] = [_action(rng, fancy, action) for action in found["Action"]]
    for key in ("Action", "Resource"):
        if isinstance(found.get(key), list) and len(found[key]) == 1 and rng.random() < 0.5:
            (found[key],) = found[key]
    match found.get("Principal"):
        case "*" if rng.random() < 0.5:
            found["Principal"] = {"AWS": "*"}
        case {"Service": str() as service} if rng.random() < 0.5:
            found["Principal"] = {"Service": [service]}
        case _:
            pass
    return found


def _action(rng: random.Random, fancy: float, action: str) -> str:
    """Write an action so that it matches no other of those that a task needs."""
    if rng.random() >= fancy or ":" not in action:
        return action
    service, name = action.split(":")
    at = rng.randrange(len(name) - 1)
    return rng.choice(
        [
            action.upper(),
            action.lower(),
            f"{service}:{name[:at]}?{name[at + 1 :]}",
            f"{service}:{name[:at]}*{name[at + 1 :]}",
        ]
    )
