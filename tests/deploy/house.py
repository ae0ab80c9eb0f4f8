"""A system of three storeys, small enough to be read."""

from __future__ import annotations

import json
from typing import Any

BUCKET = "deploy-tests"

STACK = "AWS::CloudFormation::Stack"


def nested(template: str, **parameters: object) -> dict[str, Any]:
    return {"Type": STACK, "Properties": {"TemplateURL": template, "Parameters": parameters}}


def task_definition(cpu: str = "256") -> dict[str, Any]:
    """A task that ECS accepts with 256 CPU units; no Fargate task of 512 MiB has 4096."""
    return {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "Cpu": cpu,
            "Memory": "512",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "ContainerDefinitions": [{"Name": "web", "Image": "example/web:1"}],
        },
    }


def house(
    *, cpu: str = "256", extra: dict[str, Any] | None = None, annex: dict[str, Any] | None = None
) -> dict[str, bytes]:
    """The parent nests a middle stack, which nests a leaf: a log group and a task definition.

    `extra` are more resources of the leaf, `annex` of the middle stack.
    """
    days = {"Days": {"Type": "Number", "Default": 7}}
    parent = {
        "Parameters": days,
        "Resources": {
            "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 1}},
            "Middle": nested("middle.json", Days={"Ref": "Days"}),
        },
        "Outputs": {"Group": {"Value": {"Fn::GetAtt": ["Middle", "Outputs.Group"]}}},
    }
    middle = {
        "Parameters": days,
        "Resources": {"Leaf": nested("leaf.json", Days={"Ref": "Days"}), **(annex or {})},
        "Outputs": {"Group": {"Value": {"Fn::GetAtt": ["Leaf", "Outputs.Group"]}}},
    }
    leaf = {
        "Parameters": days,
        "Resources": {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}},
            "Task": {**task_definition(cpu), "DependsOn": "Group"},
            **(extra or {}),
        },
        "Outputs": {"Group": {"Value": {"Ref": "Group"}}},
    }
    documents = {"parent.json": parent, "middle.json": middle, "leaf.json": leaf}
    return {name: json.dumps(document).encode() for name, document in documents.items()}
