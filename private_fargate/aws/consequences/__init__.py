"""What it means for people and data that a resource is replaced or removed, by its type."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.aws.consequences.model import HARMS, Consequence, Harm
from private_fargate.aws.consequences.network import NETWORK
from private_fargate.aws.consequences.stores import STORES
from private_fargate.aws.consequences.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONSEQUENCES", "HARMS", "Consequence", "Harm"]

CONSEQUENCES: Final[Mapping[str, Consequence]] = MappingProxyType({**NETWORK, **STORES, **WORKLOADS})
"""Resource type -> what it means to give one up; a type that is not here is not known."""
