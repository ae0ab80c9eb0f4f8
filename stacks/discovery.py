"""The private DNS namespace: `curl http://nginx.<namespace>` works because of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import servicediscovery

from private_fargate.config.derived import namespace
from private_fargate.kit import kinds

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Config:
    """The DNS name under which services are found, if it is not the name that is asked for."""

    namespace: str

    @classmethod
    def of(cls, environment: Environment) -> Config:
        """Return the namespace that an environment asks for."""
        return cls(namespace=namespace(environment))


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The VPC in which the namespace is visible, and its name if the person launching chooses it."""

    vpc_id: kinds.VpcId
    name: kinds.SystemName | None = None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The namespace."""

    namespace_id: kinds.NamespaceId


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Discovery: a Cloud Map namespace, as a private hosted zone of the VPC."""
    zone = scope.add(
        servicediscovery.PrivateDnsNamespace(
            "Namespace",
            Name=inputs.name or config.namespace,
            Vpc=inputs.vpc_id,
            Description="Names of the services of this environment",
        ),
        why="Services find each other by name, without a load balancer",
        must="Name and VPC cannot change: a new namespace gets new services in it",
    )
    return Outputs(namespace_id=kinds.NamespaceId.of(zone))
