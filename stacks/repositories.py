"""A group of repositories, for systems with more of them than one template holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_fargate.kit import kinds
from private_fargate.kit.naming import logical_id
from private_fargate.kit.texts import worded
from stacks import repository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.kit.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Config:
    """Which repositories; `group` is 0 in the parent itself.

    Attributes:
        group: number of the group.
        prefix: what stands before the slash in each repository's name, if no name is asked for.
        names: what stands after it.
        repository: the shape that all of them have.
    """

    group: int
    prefix: str
    names: tuple[str, ...]
    repository: repository.Config

    @property
    def slug(self) -> str:
        """The number of the group."""
        return str(self.group)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The key that encrypts the layers, and the prefix if the person launching chooses it."""

    key_arn: kinds.KeyArn
    name: kinds.SystemName | None = None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where images are pushed to and pulled from, by the names in the settings."""

    repository_uri: Mapping[str, kinds.RepositoryUri]
    repository_arn: Mapping[str, kinds.RepositoryArn]


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Repositories: a stack for each, of one template."""
    made = {name: _nest(scope, config, inputs, name) for name in config.names}
    return Outputs(
        repository_uri={name: found.repository_uri for name, found in made.items()},
        repository_arn={name: found.repository_arn for name, found in made.items()},
    )


def _nest(scope: Scope, config: Config, inputs: Inputs, name: str) -> repository.Outputs:
    prefix = inputs.name or config.prefix
    return scope.nest(
        f"Repository{logical_id(name)}",
        repository.build,
        config.repository,
        repository.Inputs(
            repository_name=kinds.RepositoryName.given(worded(f"${{Prefix}}/{name}", Prefix=prefix)),
            key_arn=inputs.key_arn,
        ),
    )
