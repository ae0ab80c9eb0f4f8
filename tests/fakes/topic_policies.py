"""Policies of SNS topics as resources of a stack, which the embedded AWS does not know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ministack.services import sns

from private_fargate.local.server.handlers import Handler, register

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties


def extend() -> None:
    """Add the type; to be called in the process of the embedded AWS."""
    register("AWS::SNS::TopicPolicy", Handler(create=_create, delete=_delete, update=_update))


def _create(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
    _write(properties["Topics"], json.dumps(properties["PolicyDocument"]))
    return f"{stack}-{logical_id}", {}


def _update(_physical_id: str, _old: Properties, new: Properties) -> None:
    _write(new["Topics"], json.dumps(new["PolicyDocument"]))


def _delete(_physical_id: str, properties: Properties) -> None:
    _write(properties["Topics"], "")


def _write(topics: list[str], policy: str) -> None:
    for arn in topics:
        if arn in sns._topics:
            sns._topics[arn]["attributes"]["Policy"] = policy
