"""Where values of variables are kept, and what they are when they have come."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, cast

_PLAIN: Final = 7  # parts of the ARN of a secret
_WITH_PARTS: Final = 10  # the same with key, stage and version
_ARN: Final = "arn:"


class BadSecretError(Exception):
    """A place is written wrongly, or what is there is of no use; the text has the words of ECS's agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlace:
    """A secret in Secrets Manager.

    Attributes:
        key: whose value of a JSON object is meant; empty for the whole secret.
    """

    arn: str
    region: str
    key: str
    stage: str
    version: str

    def arguments(self) -> dict[str, str]:
        """Return what GetSecretValue takes."""
        wanted = {"SecretId": self.arn, "VersionStage": self.stage, "VersionId": self.version}
        return {name: value for name, value in wanted.items() if value}


def is_secret(place: str) -> bool:
    """Say whether a value is in Secrets Manager; else it is a parameter of Systems Manager.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
    """
    return place.startswith(_ARN) and place.split(":")[2:3] == ["secretsmanager"]


def region_of(place: str, here: str) -> str:
    """Return the region of a place; that of the task, if it names none."""
    parts = place.split(":")
    return parts[3] if place.startswith(_ARN) and parts[3:4] and parts[3] else here


def secret_place(place: str, here: str) -> SecretPlace:
    """Return what a place in Secrets Manager means: `ARN` or `ARN:key:stage:version`.

    Raises:
        BadSecretError: it is neither.

    Source: getASMParametersFromInput in agent/taskresource/asmsecret/asmsecret.go of amazon-ecs-agent.
    """
    parts = place.split(":")
    if len(parts) not in {_PLAIN, _WITH_PARTS}:
        words = (
            "an invalid ARN format for the AWS Secrets Manager secret was specified. "
            "Specify a valid ARN and try again."
        )
        raise BadSecretError(f"trying to retrieve secret with value {place} resulted in error: {words}")
    key, stage, version = (*parts[_PLAIN:], "", "", "")[:3]
    arn = ":".join(parts[:_PLAIN])
    return SecretPlace(arn=arn, region=region_of(place, here), key=key, stage=stage, version=version)


def value_of(text: str, key: str) -> str:
    """Return what a secret is worth: its text, or what its JSON has under a key.

    Raises:
        BadSecretError: it is no JSON object, or has no such key.

    Source: GetSecretFromASMWithInput in agent/asm/asm.go of amazon-ecs-agent.
    """
    if not key:
        return text
    try:
        content = json.loads(text)
    except ValueError as error:
        character = text.strip()[:1] or "EOF"
        raise BadSecretError(f"invalid character '{character}' looking for beginning of value") from error
    if not isinstance(content, dict):
        raise BadSecretError("json: cannot unmarshal into Go value of type map[string]interface {}")
    values = cast("dict[str, Any]", content)
    if key not in values:
        raise BadSecretError(f"retrieved secret from Secrets Manager did not contain json key {key}")
    return as_go(values[key])


def as_go(value: object) -> str:
    """Return a value of JSON as Go prints it with `%v`.

    >>> as_go({"b": [1, True], "a": None})
    'map[a:<nil> b:[1 true]]'
    """
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        pairs = sorted(cast("dict[str, object]", value).items())
        return f"map[{' '.join(f'{name}:{as_go(each)}' for name, each in pairs)}]"
    if isinstance(value, list):
        return f"[{' '.join(as_go(each) for each in cast('list[object]', value))}]"
    return str(value)
