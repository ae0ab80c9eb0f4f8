"""The launchable system of an environment, as it is with what a team has filled into its form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader, systems
from stacks import launchable

if TYPE_CHECKING:
    from private_fargate.config.models import Environment


class Launched:
    """What is made from the form, worked out as CloudFormation does; everything is given or has a default."""

    def __init__(self, environment: Environment, **filled_in: str) -> None:
        self.files = launchable.render(environment)
        self.root: dict[str, Any] = json.loads(self.files["parent.json"])
        loader = Loader(Template(Path(name), body.decode()) for name, body in self.files.items())
        (self.system,) = systems(Path("parent.json"), filled_in, Place("us-east-1"), loader)

    @property
    def addresses(self) -> set[str]:
        """Every resource that is made, as STACK/LOGICAL-ID."""
        return {str(resource.address) for resource in self.system.resources}

    def values(self, kind: str, name: str) -> dict[str, Any]:
        """Return a property of every resource of a type, by the resource's address."""
        return {
            str(resource.address): resource.get(name)
            for resource in self.system.resources
            if resource.type == kind
        }
