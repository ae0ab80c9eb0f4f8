"""What making, changing and removing a system needs, read from its templates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from private_fargate.aws.handlers import HANDLERS, linked_services, permissions
from private_fargate.aws.handlers.launching import ON_STACKS, ON_TEMPLATES
from private_fargate.aws.handlers.parameters import ZONE_LOOKUP, is_stored, lookups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_ROLE: Final = "AWS::IAM::Role"
_SUFFIX: Final = "${AWS::URLSuffix}"
_SUFFIXES: Final = ("amazonaws.com", "amazonaws.com.cn")


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """One action that a role of the system may call.

    Attributes:
        action: With its prefix.
        anywhere: Whether its statement names every resource, because the action has none to name.
    """

    action: str
    anywhere: bool


@dataclass(frozen=True, kw_only=True)
class Needs:
    """All of it, each sorted.

    Attributes:
        actions: What is called, by CloudFormation's handlers and by Service Catalog.
        passed_to: The services that get a role of the system.
        linked_services: The services that may get a role of their own.
        stored: Names of parameters in the Parameter Store that the launch form reads.
        allowed: What the roles of the system may do, together.
    """

    actions: tuple[str, ...]
    passed_to: tuple[str, ...]
    linked_services: tuple[str, ...]
    stored: tuple[str, ...]
    allowed: tuple[Allowed, ...]

    @classmethod
    def of(cls, *systems: Mapping[str, bytes], bounded: bool = True) -> Needs:
        """Read the templates of a system, or of several versions of it: what any of them needs.

        Args:
            *systems: file name or address -> JSON, for each version.
            bounded: whether each role has to have a boundary.

        Raises:
            ValueError: a template has a resource of which is not known what it needs, or a role that the
                launch role could not make.
        """
        texts = {text: None for system in systems for _, text in sorted(system.items())}  # most are alike
        documents = [cast("dict[str, Json]", json.loads(text)) for text in texts]
        resources = [found for document in documents for found in _resources(document, bounded=bounded)]
        actions = set(ON_STACKS | ON_TEMPLATES)
        actions.update(action for document in documents for action in _lookups(document))
        actions.update(action for found in resources for action in found.actions)
        return cls(
            actions=tuple(sorted(actions)),
            passed_to=tuple(sorted({service for found in resources for service in found.takers()})),
            linked_services=tuple(sorted({name for found in resources for name in found.linked_services})),
            stored=tuple(sorted({name for document in documents for name in _stored(document)})),
            allowed=_allowed(resources),
        )


@dataclass(frozen=True, kw_only=True)
class _Resource:
    """One resource of a template."""

    title: str
    cfn_type: str
    properties: dict[str, Json]
    bounded: bool

    def __post_init__(self) -> None:
        """Refuse what the launch role could not make."""
        if self.cfn_type not in HANDLERS:
            message = (
                f"{self.title}: nobody knows what the handlers of {self.cfn_type} call; add what its schema "
                "lists to private_fargate/aws/handlers"
            )
            raise ValueError(message)
        if self.bounded and self.cfn_type == _ROLE and "PermissionsBoundary" not in self.properties:
            message = (
                f"{self.title}: a role without a PermissionsBoundary cannot be made in a product; give its "
                "library the boundary of the environment"
            )
            raise ValueError(message)
        if self.bounded and self.cfn_type == _ROLE and "ManagedPolicyArns" in self.properties:
            message = (
                f"{self.title}: ManagedPolicyArns hide what the role may do, of which its boundary is made; "
                "write its statements into a policy of the template"
            )
            raise ValueError(message)

    @property
    def actions(self) -> frozenset[str]:
        return permissions(self.cfn_type, self.properties)

    @property
    def linked_services(self) -> frozenset[str]:
        return linked_services(self.cfn_type, self.properties)

    def takers(self) -> Iterator[str]:
        """Give the services that may take this role, in every partition."""
        for found in _maps(self.properties.get("AssumeRolePolicyDocument")):
            for name in _texts(found.get("Service")):
                yield from (name.replace(_SUFFIX, suffix) for suffix in _SUFFIXES)

    def statements(self) -> Iterator[dict[str, Json]]:
        """Give what this resource lets a role do; what refuses something bounds nothing."""
        inline = self.properties.get("Policies") if self.cfn_type == _ROLE else None
        attached = self.properties.get("PolicyDocument") if self.cfn_type.startswith("AWS::IAM::") else None
        for found in (*_maps(inline), *_maps(attached)):
            if found.get("Effect") == "Allow":
                yield found


def _resources(document: dict[str, Json], *, bounded: bool) -> Iterator[_Resource]:
    for title, resource in cast("dict[str, dict[str, Json]]", document.get("Resources", {})).items():
        yield _Resource(
            title=title,
            cfn_type=cast("str", resource["Type"]),
            properties=cast("dict[str, Json]", resource.get("Properties", {})),
            bounded=bounded,
        )


def _parameters(document: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Give the type and the default of each parameter."""
    for found in cast("dict[str, dict[str, str]]", document.get("Parameters", {})).values():
        yield found["Type"], str(found.get("Default", ""))


def _lookups(document: dict[str, Json]) -> Iterator[str]:
    for cfn_type, _ in _parameters(document):
        yield from lookups(cfn_type)
    if any("Fn::GetAZs" in found for found in _maps(document)):
        yield from ZONE_LOOKUP


def _stored(document: dict[str, Json]) -> Iterator[str]:
    return (default for cfn_type, default in _parameters(document) if is_stored(cfn_type))


def _allowed(resources: list[_Resource]) -> tuple[Allowed, ...]:
    anywhere: dict[str, bool] = {}
    for statement in (statement for found in resources for statement in found.statements()):
        everything = "*" in _texts(statement.get("Resource"))
        for action in _texts(statement.get("Action")):
            anywhere[action] = anywhere.get(action, False) or everything
    return tuple(Allowed(action=action, anywhere=anywhere[action]) for action in sorted(anywhere))


def _maps(value: Json) -> Iterator[dict[str, Json]]:
    """Give every mapping in a document, outer ones first, whatever condition it stands under."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from _maps(item)


def _texts(value: Json) -> list[str]:
    """Return the texts of a value that is one or a list of them; of `Fn::Sub`, its template."""
    items = value if isinstance(value, list) else [value]
    found = (item.get("Fn::Sub") if isinstance(item, dict) else item for item in items)
    return [item for item in found if isinstance(item, str)]
