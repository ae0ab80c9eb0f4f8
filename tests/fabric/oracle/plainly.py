"""A system as one template of CloudFormation, said in the plainest words.

That the verifier understands every spelling is tested elsewhere; here it is about what follows from what is
said.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final, cast

from tests.fabric.oracle.changed_access import REFUSED
from tests.fabric.oracle.changed_filters import Denial
from tests.verify.generated.resources import resources
from tests.verify.generated.variations import varied
from tests.verify.generated.written import Cut, Manner, Of, Pseudo, Resource, Text, Zone

if TYPE_CHECKING:
    from tests.verify.generated.systems import System

_FANCY: Final = (0, 0.1, 0.4)
_AS_IT_IS: Final = frozenset({"AssumeRolePolicyDocument", "KeyPolicy"})
"""Policies in which not everything may be said that other policies may have."""

_PARAMETER: Final = "SSM::Parameter"
_SERVICE: Final = "ECS::Service"


def template(system: System, seed: int) -> dict[str, Any]:
    """Write a system; the seed draws by which resources, and in which words its policies are."""
    rng = random.Random(seed)  # noqa: S311 -- no secret: the same templates on every machine
    manner = _manner(rng, system)
    fancy = rng.choice(_FANCY)
    written = resources(system, manner)
    there = {resource.name for resource in written}
    bodies = {each.name: _body(each, rng, fancy, there) for each in written}
    for name in _denials(system):
        bodies[name]["Properties"]["RuleAction"] = "deny"
    return {"Resources": _by_arn(bodies, {secret.name for secret in system.secrets})}


def _by_arn(value: Any, secrets: set[str]) -> Any:
    """Ask for the ARN of a secret by another word: of its `Ref` the embedded AWS makes a name."""
    match value:
        case {"Ref": str() as name} if name in secrets:
            return {"Fn::GetAtt": [name, "Id"]}
        case dict():
            return {key: _by_arn(item, secrets) for key, item in cast("dict[str, Any]", value).items()}
        case list():
            return [_by_arn(item, secrets) for item in cast("list[Any]", value)]
        case _:
            return value


def _denials(system: System) -> list[str]:
    """Name the entries of ACLs that deny, as the generator names all entries."""
    return [
        f"{acl.name}Entry{number + 1}"
        for acl in system.acls
        for number, entry in enumerate(acl.entries)
        if isinstance(entry, Denial)
    ]


def _manner(rng: random.Random, system: System) -> Manner:
    return Manner(
        apart=frozenset(group.name for group in system.groups if rng.random() < 0.4),
        held=rng.choice(["inline", "policy", "attached", "attaching"]),
        strategy=rng.random() < 0.3,
        default_namespace=False,
        named_logs=rng.random() < 0.3,
        cuts=False,
    )


def _body(resource: Resource, rng: random.Random, fancy: float, there: set[str]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        key: value if key in _AS_IT_IS else varied(rng, fancy, value)
        for key, value in resource.properties.items()
    }
    if resource.type == _PARAMETER:  # the name that the embedded AWS makes up is none of AWS's: it is a path
        properties = {**properties, "Name": resource.name}
    if resource.type == _SERVICE:
        # The subnets take turns: so many tasks are one in each.
        where = properties["NetworkConfiguration"]["AwsvpcConfiguration"]
        properties = {**properties, "DesiredCount": len(where["Subnets"])}
    body: dict[str, Any] = {"Type": f"AWS::{resource.type}"}
    if after := [name for name in resource.after if name in there]:
        body["DependsOn"] = after
    if properties:
        body["Properties"] = said(properties)
    return body


def said(value: Any) -> Any:  # noqa: PLR0911 -- one for each kind of value
    """Say a value in the words of CloudFormation."""
    match value:
        case Of(name, ""):
            return {"Ref": name}
        case Of(name, attribute):
            return {"Fn::GetAtt": [name, attribute]}
        case Pseudo(name):
            return {"Ref": f"AWS::{name}"}
        case Zone(number):
            return {"Fn::Select": [number, {"Fn::GetAZs": ""}]}
        case Cut(block):
            return block
        case Text(pieces):
            return {"Fn::Join": ["", [said(piece) for piece in pieces]]}
        case {"Effect": "Allow", "Action": actions, **rest} if _is_refusal(actions):
            return {"Effect": "Deny", "Action": _unmarked(actions), **said(rest)}
        case dict():
            return {key: said(item) for key, item in cast("dict[str, Any]", value).items()}
        case list():
            return [said(item) for item in cast("list[Any]", value)]
        case _:
            return value


def _is_refusal(actions: str | list[str]) -> bool:
    return actions[0].startswith(REFUSED)


def _unmarked(actions: str | list[str]) -> str | list[str]:
    if isinstance(actions, str):
        return actions.removeprefix(REFUSED)
    return [action.removeprefix(REFUSED) for action in actions]
