"""What an update does to what is deployed: which resources it makes anew, which go, and which only move.

An attribute of a resource is the same before and after, unless the update replaces the resource; then what
refers to it changes too, and is replaced in turn if it cannot be changed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.aws.create_only import CONDITIONALLY_CREATE_ONLY, CREATE_ONLY, NAME_PROPERTIES
from private_fargate.verify.templates.symbols import Attribute, has_symbol, has_unknown
from private_fargate.verify.templates.translation import Translation, plain, texts
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.verify.model import Model
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Address, Symbols, Value
    from private_fargate.verify.templates.values import Truth

_DEFAULTS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("AWS::EC2::NatGateway", "AvailabilityMode"): "zonal",
        ("AWS::EC2::NatGateway", "ConnectivityType"): "public",
        ("AWS::EC2::VPCEndpoint", "VpcEndpointType"): "Gateway",
        ("AWS::ECS::Service", "SchedulingStrategy"): "REPLICA",
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme"): "internet-facing",
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Type"): "application",
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "IpAddressType"): "ipv4",
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "ProtocolVersion"): "HTTP1",
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetType"): "instance",
        ("AWS::IAM::InstanceProfile", "Path"): "/",
        ("AWS::IAM::ManagedPolicy", "Path"): "/",
        ("AWS::IAM::Role", "Path"): "/",
    }
)
# To write down what holds anyway may replace a resource or not; the provider of its type decides.


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A resource that an update makes anew, and whose predecessor it then deletes.

    Attributes:
        address: Where it stands, before and after.
        type: As `AWS::EC2::VPC`.
        properties: The create-only properties that change, as paths: `VpcId`, `A/B`.
        certain: Whether it is replaced for sure; not if a value is unknown, or the change replaces only in
            some circumstances.
        causes: The replaced resources whose new attributes these properties take; empty if the properties
            are written differently.
    """

    address: Address
    type: str
    properties: tuple[str, ...]
    certain: bool
    causes: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Rename:
    """A resource that only gets another logical ID, or another stack: CloudFormation makes it anew.

    Attributes:
        old: Where it stands in the deployed templates.
        new: Where it stands in the new ones.
        type: As `AWS::EC2::VPC`.
    """

    old: Address
    new: Address
    type: str


def replacements(before: Model, now: Model) -> tuple[Replacement, ...]:
    """Give what an update replaces, in the order of the new templates.

    Args:
        before: What is deployed.
        now: What will be.
    """
    return tuple(comparison(before, now).replaced.values())


def renames(before: Model, now: Model) -> tuple[Rename, ...]:
    """Give the resources that vanish at one address, and appear at another with the same properties."""
    return comparison(before, now).renames


@lru_cache(maxsize=1)
def comparison(before: Model, now: Model) -> Comparison:
    """Compare two models; all rules about updates ask for the same comparison, one after the other."""
    return Comparison(before, now)


class Comparison:
    """Two models, resource by resource.

    Attributes:
        before: What is deployed.
        now: What will be.
        translation: From the symbols of the one to those of the other.
    """

    def __init__(self, before: Model, now: Model) -> None:
        """Take two models."""
        self.before = before.system
        self.now = now.system
        self._symbols: Symbols = now.system.world.symbols
        self.translation = Translation(before.system.world.symbols, self._symbols)

    def old(self, resource: Resource) -> Resource | None:
        """Give what is deployed at a resource's address, if it is of its type."""
        found = self.before.by_address.get(resource.address)
        return found if found and found.type == resource.type else None

    @cached_property
    def added(self) -> tuple[Resource, ...]:
        """What is new."""
        return tuple(resource for resource in self.now.resources if self.old(resource) is None)

    @cached_property
    def removed(self) -> tuple[Resource, ...]:
        """What is deployed and no longer in the templates."""
        kept = {(resource.address, resource.type) for resource in self.now.resources}
        return tuple(old for old in self.before.resources if (old.address, old.type) not in kept)

    @cached_property
    def replaced(self) -> dict[Address, Replacement]:
        """What is replaced: by a property of its own, or because something that it refers to is."""
        found = {
            resource.address: replacement
            for resource in self.now.resources
            if (replacement := self._own_replacement(resource))
        }
        self._follow(found)
        in_order = (resource.address for resource in self.now.resources)
        return {address: found[address] for address in in_order if address in found}

    def _own_replacement(self, resource: Resource) -> Replacement | None:
        old = self.old(resource)
        if old is None:
            return None
        changes = {path: self._change(old, resource, path) for path in sorted(CREATE_ONLY.get(old.type, ()))}
        changed = [path for path, truth in changes.items() if truth]
        if changed:
            certain = any(self._is_certain(old, resource, path) for path in changed)
            return _replacement(resource, changed, certain=certain)
        sometimes = sorted(CONDITIONALLY_CREATE_ONLY.get(old.type, ()))
        unsure = [path for path, truth in changes.items() if truth is None]
        unsure += [path for path in sometimes if self._change(old, resource, path) is not False]
        return _replacement(resource, unsure, certain=False) if unsure else None

    def _change(self, old: Resource, new: Resource, path: str) -> Truth:
        parts = path.split("/")
        return self.translation.changed(old.get(*parts), new.get(*parts))

    def _is_certain(self, old: Resource, new: Resource, path: str) -> bool:
        """Say whether a change is one: not if a default is only written down, or left out."""
        parts = path.split("/")
        values = [old.get(*parts), new.get(*parts)]
        if None not in values:
            return True
        written = next((as_text(value) for value in values if value is not None), "")
        return _DEFAULTS.get((old.type, path), "").lower() != written.lower()

    def _follow(self, found: dict[Address, Replacement]) -> None:
        """Add what refers to something replaced where it cannot be changed, and so on from there."""
        users = self._users
        open_ = list(found)
        while open_:
            cause = open_.pop()
            for user, path in users.get(cause, ()):
                known = found.get(user.address)
                certain = found[cause].certain
                if known is None or (certain and not known.certain):
                    found[user.address] = _replacement(user, [path], certain=certain, causes=(cause,))
                    open_.append(user.address)

    @cached_property
    def _users(self) -> dict[Address, list[tuple[Resource, str]]]:
        """For each resource, those that were there before and refer to it in a create-only property."""
        found: dict[Address, list[tuple[Resource, str]]] = defaultdict(list)
        for resource in self.now.resources:
            if self.old(resource) is None:
                continue
            for path in sorted(CREATE_ONLY.get(resource.type, ())):
                for address in dict.fromkeys(self.named_in(resource.get(*path.split("/")))):
                    found[address].append((resource, path))
        return found

    def named_in(self, value: Value) -> Iterator[Address]:
        """Give the resources whose attributes a value holds."""
        for text in texts(value):
            for character in text if has_symbol(text) else "":
                meaning = self._symbols.meaning(character) if has_symbol(character) else None
                if isinstance(meaning, Attribute):
                    yield meaning.resource

    def is_new(self, resource: Resource) -> bool:
        """Say whether nothing of a resource's type is deployed at its address."""
        return self.old(resource) is None

    def is_replaced(self, address: Address) -> bool:
        """Say whether a resource is replaced for sure."""
        return address in self.replaced and self.replaced[address].certain

    def may_be_replaced(self, value: Value) -> bool:
        """Say whether a value holds an attribute of a resource that is replaced, or may be."""
        return any(address in self.replaced for address in self.named_in(value))

    def created(self, *types: str) -> Iterator[Resource]:
        """Give the resources of some types that an update makes: new ones, and those replaced for sure."""
        for resource in self.now.of(*types):
            if resource.address in self._fresh or self.is_replaced(resource.address):
                yield resource

    def left_behind(self, *types: str) -> Iterator[Resource]:
        """Give the deployed resources that are still there while the new ones are made, and go after that."""
        for old in self.before.of(*types):
            if old.address in self._gone or self.is_replaced(old.address):
                yield old

    @cached_property
    def _fresh(self) -> frozenset[Address]:
        return frozenset(resource.address for resource in self.added)

    @cached_property
    def _gone(self) -> frozenset[Address]:
        return frozenset(resource.address for resource in self.removed)

    def collisions(self, resource_type: str, *names: str) -> Iterator[tuple[Resource, Resource]]:
        """Give what an update makes while something has the same values, with that: the new and the old.

        Args:
            resource_type: Their type, `AWS::` left out.
            names: The properties that tell one from another; they have to be written in both.
        """
        rivals: dict[str, Resource] = {}
        for old in self.left_behind(resource_type):
            values = [self.translation.translated(old.get(name)) for name in names]
            if None not in values:
                rivals.setdefault(repr(values), old)
        for new in self.created(resource_type) if rivals else ():
            values = [plain(new.get(name)) for name in names]
            old = None if None in values else rivals.get(repr(values))
            if old and not self.may_be_replaced(values):
                yield new, old

    def agree(self, old: Resource, new: Resource, name: str) -> bool:
        """Say whether two resources have certainly the same value of a property that both have."""
        was, will = self.translation.translated(old.get(name)), plain(new.get(name))
        return was is not None and was == will and not self.may_be_replaced(will)

    @cached_property
    def renames(self) -> tuple[Rename, ...]:
        """What vanishes at one address, and appears at another with the same name or the same properties."""
        gone: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for old in self.removed:
            gone[old.type, self._identity(old, self.translation.translated(old.properties))].append(old)
        found: list[Rename] = []
        for new in self.added:
            candidates = gone.get((new.type, self._identity(new, plain(new.properties))))
            if candidates:
                found.append(Rename(candidates.pop(0).address, new.address, new.type))
        return tuple(found)

    def _identity(self, resource: Resource, properties: Value) -> str:
        name = properties.get(NAME_PROPERTIES.get(resource.type, ""))
        return repr(sorted(properties.items())) if name is None or has_unknown(name) else repr(name)


def _replacement(
    resource: Resource, properties: list[str], *, certain: bool, causes: tuple[Address, ...] = ()
) -> Replacement:
    return Replacement(
        address=resource.address,
        type=resource.type,
        properties=tuple(properties),
        certain=certain,
        causes=causes,
    )
