"""The containers of a task definition, as it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_fargate.verify.tasks.images import Image, image
from private_fargate.verify.templates.symbols import is_unknown
from private_fargate.verify.templates.values import (
    Items,
    as_bool,
    as_int,
    as_items,
    as_text,
)

if TYPE_CHECKING:
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a task definition.

    Attributes:
        body: Its definition, resolved.
        index: Its place in `ContainerDefinitions`.
        name: Its name.
        image: Where its image comes from.
    """

    body: dict[str, Value]
    index: int
    name: str
    image: Image

    def get(self, name: str, *path: str) -> Value:
        """Give a property, or what is below it; None if it is not there."""
        value: Value = self.body.get(name)
        for key in path:
            if is_unknown(value):
                return value
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def items(self, name: str, *path: str) -> Items:
        """Give a property that is a list."""
        return as_items(self.get(name, *path))

    def flag(self, name: str, *, default: bool = False) -> Truth:
        """Give a property that is true or false."""
        return as_bool(self.get(name), default=default)

    def number(self, name: str) -> int | None:
        """Give a property that is a whole number."""
        return as_int(self.get(name))

    @property
    def log_driver(self) -> str:
        """Its log driver; empty if there is none."""
        return as_text(self.get("LogConfiguration", "LogDriver") or "")

    def log_option(self, name: str) -> Value:
        """Give an option of its log driver; None if it is not set."""
        options = self.get("LogConfiguration", "Options")
        return options.get(name) if isinstance(options, dict) else options

    @property
    def ports(self) -> list[dict[str, Value]]:
        """Its port mappings."""
        return [mapping for mapping in self.items("PortMappings").values if isinstance(mapping, dict)]

    @property
    def pairs(self) -> list[tuple[int, dict[str, Value]]]:
        """Its secrets, with the place of each."""
        secrets = enumerate(self.items("Secrets").values)
        return [(index, secret) for index, secret in secrets if isinstance(secret, dict)]


def containers(definition: Resource) -> list[Container]:
    """Give the containers of a task definition that are known."""
    bodies = as_items(definition.get("ContainerDefinitions")).values
    return [
        Container(body, index, as_text(body.get("Name") or f"container {index}"), image(body.get("Image")))
        for index, body in enumerate(bodies)
        if isinstance(body, dict)
    ]
