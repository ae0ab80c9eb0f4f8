"""Environments in code, rendered, and read back as CloudFormation would."""

from __future__ import annotations

import json
from typing import Any

from private_fargate.config.models import Environment, RepositoryImage, Service
from stacks import parent

Template = dict[str, Any]


class Rendered:
    """The templates of an environment, by the titles of the nested stacks."""

    def __init__(self, environment: Environment) -> None:
        self.files = parent.render(environment)
        self.parent: Template = json.loads(self.files["parent.json"])

    def child(self, title: str) -> Template:
        url = self.parent["Resources"][title]["Properties"]["TemplateURL"]
        return json.loads(self.files[url])

    @property
    def children(self) -> dict[str, Template]:
        return {title: self.child(title) for title in self.parent["Resources"]}

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return properties of every resource of a type in the system, by stack and logical ID."""
        return {
            f"{title}/{logical_id}": resource.get("Properties", {})
            for title, template in self.children.items()
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    def count(self, kind: str) -> int:
        return len(self.of_type(kind))


def service(**settings: Any) -> Service:
    return Service(**{"image": RepositoryImage(repository="nginx"), "port": 80, **settings})


def environment(services: dict[str, Service] | None = None, **settings: Any) -> Environment:
    return Environment(name="demo", services=services or {"nginx": service()}, **settings)
