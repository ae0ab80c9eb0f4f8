"""Security groups: what they let in and out, by group, by address and by prefix list.

A group is stateful, so that only the first packet of a connection is judged; DNS to the VPC's resolver is
not filtered at all.

The default rule, which lets everything out, goes when a rule for egress is written in the group, and also
when a resource of its own adds one: CloudFormation then takes the default rule away.

Source: vpc/latest/userguide/vpc-security-groups.html; AWSCloudFormation/latest/TemplateReference,
AWS::EC2::SecurityGroup; github.com/aws/aws-cdk, issues 987, 3355, 14657 and 15297, where it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.network.addresses import blocks_of, vpc_blocks
from private_fargate.verify.network.blocks import (
    Within,
    covers,
    is_everywhere,
    is_public,
    is_s3,
    joined,
)
from private_fargate.verify.network.group_rules import INLINE, Direction, Group, Rule, by_group, read_rule
from private_fargate.verify.templates.remembering import remembered
from private_fargate.verify.templates.symbols import has_symbol, has_unknown, is_unknown
from private_fargate.verify.templates.values import all_of, any_of, as_items, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.verify.network.routes import Routes
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Items, Truth


S3: Final = "the addresses of S3"
INTERNET: Final = "the internet"

_DEFAULT_GROUP: Final = "DefaultSecurityGroup"


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a connection: some network interfaces that are alike.

    Attributes:
        groups: Their security groups.
        subnets: Where they stand; every one of them is meant.
        vpc: Their VPC, for the default group where no group is named.
        place: `S3` or `INTERNET` instead, if it is none of ours.
    """

    groups: Items
    subnets: tuple[Value, ...] = ()
    vpc: Value | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Whether groups let something through.

    Attributes:
        holds: Whether they do.
        by: The resource whose rule admits it; or a group that lacks one.
        rule_of: The resource in which the deciding rule is written, where that is another.
        why: Why not.
    """

    holds: Truth
    by: str = ""
    why: str = ""
    resource: Resource | None = None


class Groups:
    """The security groups of a system."""

    def __init__(self, system: System, routes: Routes) -> None:
        """Look at the groups of a system."""
        self.system = system
        self.routes = routes
        self._separate: dict[Direction, dict[Value, list[Resource]]] = {
            "ingress": by_group(system.of("EC2::SecurityGroupIngress")),
            "egress": by_group(system.of("EC2::SecurityGroupEgress")),
        }
        self._has_strays = any(is_unknown(key) for rules in self._separate.values() for key in rules)
        self.group = remembered(self._group)
        self.passes = remembered(self._passes)
        self._sorted = remembered(self._sort)

    def default_group(self, vpc: Value | None) -> Value | None:
        """Give what refers to the default group of a VPC of ours."""
        resource = self.system.find(vpc, "EC2::VPC")
        return resource.symbol(_DEFAULT_GROUP) if resource else None

    def _group(self, value: Value) -> Group:
        """Give a group by what refers to it."""
        resource = self.system.find(value, "EC2::SecurityGroup")
        if resource is None:
            return self._default_or_unknown(value)
        ingress, egress = self._inline(resource, "ingress"), self._inline(resource, "egress")
        written, added = resource.get(INLINE["egress"]), tuple(self._added(value, "egress"))
        return Group(
            value,
            resource,
            ingress=(*(ingress or ()), *self._added(value, "ingress")),
            egress=(*(egress or ()), *added),
            known=ingress is not None and egress is not None and not self._is_handed_on(value),
            lets_all_out=(written is None or written == []) and not added,
        )

    def _default_or_unknown(self, value: Value) -> Group:
        attribute = self.system.world.symbols.attribute_in(value)
        vpc = self.system.by_address.get(attribute.resource) if attribute else None
        if vpc is None or attribute is None or attribute.name != _DEFAULT_GROUP:
            return Group(value, None, known=False)
        itself = Rule(vpc, "-1", group=value)
        ingress = (itself, *self._added(value, "ingress"))
        egress = tuple(self._added(value, "egress"))
        return Group(value, vpc, ingress, egress, lets_all_out=not egress, is_default=True)

    def _is_handed_on(self, value: Value) -> bool:
        """Say whether a stack that is not at hand is given a group, to which it may add rules."""
        return as_text(value) in self._handed_on

    @cached_property
    def _handed_on(self) -> str:
        """What the stacks that are not at hand are given, as one text."""
        stacks = self.system.of("CloudFormation::Stack")
        unseen = [stack for stack in stacks if stack.logical_id not in stack.stack.children]
        given = [stack.get("Parameters") for stack in unseen]
        values = [value for each in given if isinstance(each, dict) for value in each.values()]
        return " ".join(as_text(item) for value in values for item in as_items(value).values)

    def _inline(self, resource: Resource, direction: Direction) -> list[Rule] | None:
        """Read the rules in a group itself; None if they are not known."""
        items = as_items(resource.get(INLINE[direction]))
        if not items.complete or any(is_unknown(body) for body in items.values):
            return None
        return [rule for body in items.values if (rule := read_rule(resource, body, direction))]

    def _added(self, value: Value, direction: Direction) -> list[Rule]:
        """Read the rules that resources of their own add to a group."""
        added = self._separate[direction].get(as_text(value), ())
        rules = (read_rule(resource, resource.properties, direction) for resource in added)
        return [rule for rule in rules if rule]

    def _passes(
        self, direction: Direction, own: Side, peer: Side, port: int, protocol: str = "tcp"
    ) -> Passage:
        """Say whether the groups of one side let a connection with the other through.

        Args:
            direction: `egress` for the side that calls, `ingress` for the one that is called.
            own: The side whose groups are asked.
            peer: The other side.
            port: The port that is called.
            protocol: `tcp` or `udp`.
        """
        values = own.groups.values
        if not values and own.groups.complete:
            default = self.default_group(own.vpc)
            if default is None:
                return Passage(None, why="the default group of a VPC that is not in the templates")
            values = (default,)
        groups = [self.group(value) for value in values]
        unsure = "" if own.groups.complete else self.system.why_unknown(own.groups.unknown)
        for group in groups:
            found = self._by_one(group, direction, peer, port, protocol)
            if found.holds:
                return found
            if found.holds is None:
                unsure = unsure or found.why
        if unsure or not groups:
            return Passage(None, why=unsure or "the groups are not known")
        names = " and ".join(self._name(group) for group in groups)
        verb = "out to" if direction == "egress" else "in from"
        lets = "lets" if len(groups) == 1 else "let"
        why = f"{names} {lets} no {protocol}/{port} {verb} {self._name_of(peer)}"
        return Passage(False, names, why, groups[0].resource)

    def _by_one(self, group: Group, direction: Direction, peer: Side, port: int, protocol: str) -> Passage:
        name = self._name(group)
        if group.resource is None:
            why = self.system.why_unknown(group.value) or f"the rules of {name} are not in the templates"
            return Passage(None, why=why)
        if direction == "egress" and group.lets_all_out:
            return Passage(True, name, resource=group.resource)
        unsure = ""
        for rule in self._about(group, direction, peer):
            about = rule.covers(port, protocol)
            if about is False:
                continue
            holds = all_of([about, self.meets(rule, peer)])
            if holds:
                return Passage(True, str(rule.by.address), resource=rule.by)
            if holds is None:
                unsure = unsure or self._why_unsure(rule, name)
        together = self._meets_together(group, direction, peer, port, protocol)
        if together:
            return Passage(True, name, resource=group.resource)
        if together is None:
            unsure = unsure or f"whether rules of {name} cover it together is not known"
        if not group.known or self._has_strays:
            unsure = unsure or f"not all rules of {name} are known"
        return Passage(None if unsure else False, name, unsure, group.resource)

    def _why_unsure(self, rule: Rule, name: str) -> str:
        peers = [peer for peer in (rule.block, rule.group, rule.prefix_list) if peer is not None]
        return self.system.why_unknown(*peers) or f"whether a rule of {name} covers it is not known"

    def _meets_together(
        self, group: Group, direction: Direction, peer: Side, port: int, protocol: str
    ) -> Truth:
        """Say whether several rules together cover every subnet of the other side, or everything."""
        rules = [(rule, rule.covers(port, protocol)) for rule in self._about(group, direction, peer)]
        perhaps = [rule for rule, about in rules if about is not False]
        certain = [rule for rule, about in rules if about]
        if peer.place:
            return any(map(is_everywhere, joined(b for rule in certain for b in self._networks_of(rule))))
        if len(perhaps) < 2 or not peer.subnets:  # noqa: PLR2004 -- one alone was asked before
            return False
        if all(self._meet_one(certain, peer, subnet) for subnet in peer.subnets):
            return True
        possible = all(self._meet_one(perhaps, peer, subnet) is not False for subnet in peer.subnets)
        return None if possible else False

    def _meet_one(self, rules: list[Rule], peer: Side, subnet: Value) -> Truth:
        """Say whether some rules together cover a subnet."""
        side = Side(peer.groups, (subnet,), peer.vpc)
        together = joined(block for rule in rules for block in self._networks_of(rule))
        own = self._blocks(subnet, peer.vpc)[0]
        return any_of(
            [*(self.meets(rule, side) for rule in rules), *(covers(block, own) for block in together)]
        )

    def _about(self, group: Group, direction: Direction, peer: Side) -> Iterable[Rule]:
        """Give the rules of a group in their order, but none that is only about groups that the peer has not.

        A hundred services that each add a rule to one group would look at a hundred rules each.
        """
        wanted: tuple[Value, ...] = () if peer.place else peer.groups.values
        if not wanted and not peer.place:
            wanted = (self.default_group(peer.vpc) or "",)
        if wanted == ("",) or not peer.groups.complete or has_unknown(wanted):
            return group.rules(direction)
        by_group, others = self._sorted(group.value, direction)
        found = others + [entry for value in wanted for entry in by_group.get(as_text(value), ())]
        return dict(sorted(found, key=_place)).values()

    def _sort(self, value: Value, direction: Direction) -> tuple[dict[str, list[_Entry]], list[_Entry]]:
        """Give the rules of a group that are about one group, by that group, and the others; all numbered."""
        by_group: dict[str, list[_Entry]] = {}
        others: list[_Entry] = []
        for entry in enumerate(self.group(value).rules(direction)):
            peer = entry[1].group
            if entry[1].block is None and isinstance(peer, str) and not has_unknown(peer):
                by_group.setdefault(peer, []).append(entry)
            else:
                others.append(entry)
        return by_group, others

    def _networks_of(self, rule: Rule) -> list[Value]:
        """Give the blocks that a rule is about."""
        if rule.block is not None:
            return [rule.block]
        resource = self.system.find(rule.prefix_list, "EC2::PrefixList")
        entries = resource.items("Entries").values if resource else ()
        return [entry.get("Cidr") for entry in entries if isinstance(entry, dict)]

    def meets(self, rule: Rule, peer: Side) -> Truth:
        """Say whether a rule is about the other side."""
        if rule.block is not None:
            return self._block_meets(rule.block, peer)
        if rule.group is not None:
            return self._group_meets(rule.group, peer)
        if rule.prefix_list is not None:
            return self._list_meets(rule.prefix_list, peer)
        return None

    def _group_meets(self, group: Value, peer: Side) -> Truth:
        if peer.place:
            return False
        values: tuple[Value, ...] = peer.groups.values
        if not values and peer.groups.complete:
            default = self.default_group(peer.vpc)
            values = (default,) if default is not None else ()
            if default is None:
                return None
        known = any_of(same(group, value) for value in values)
        return known if known or peer.groups.complete else None

    def _list_meets(self, prefix_list: Value, peer: Side) -> Truth:
        if peer.place == S3:
            return is_s3(self.system, prefix_list)
        resource = self.system.find(prefix_list, "EC2::PrefixList")
        if resource is None:
            return False if is_s3(self.system, prefix_list) else None
        entries = as_items(resource.get("Entries"))
        holds = any_of(
            self._block_meets(entry.get("Cidr"), peer) for entry in entries.values if isinstance(entry, dict)
        )
        return holds if holds or entries.complete else None

    def _block_meets(self, block: Value, peer: Side) -> Truth:
        if is_everywhere(block):
            return True
        if peer.place:
            return None if has_unknown(block) else is_public(block)
        if has_symbol(block):
            return self._same_block(block, peer)
        return (
            all_of(
                any_of(covers(block, own) for own in self._blocks(subnet, peer.vpc))
                for subnet in peer.subnets
            )
            if peer.subnets
            else None
        )

    def _same_block(self, block: Value, peer: Side) -> Truth:
        """Compare a block that is not written down with the blocks of the VPC and of the subnets."""
        whole = any(same(block, own) is True for own in self._vpc_blocks(peer))
        each = bool(peer.subnets) and all(
            any(same(block, own) is True for own in blocks_of(self.system, subnet)) for subnet in peer.subnets
        )
        return True if whole or each else None

    def _vpc_blocks(self, peer: Side) -> tuple[str, ...]:
        vpc = self.routes.vpc_of(peer.subnets[0]) if peer.subnets else peer.vpc
        own = vpc_blocks(self.system, vpc)
        resource = self.system.find(vpc, "EC2::VPC")
        return (*own, resource.symbol("CidrBlock")) if resource else own

    def _blocks(self, subnet: Value, vpc: Value | None) -> tuple[Value, ...]:
        """Give what is known of a subnet's addresses: its block, else that of its VPC."""
        blocks = [block for block in blocks_of(self.system, subnet) if ":" not in block]
        if blocks and not has_symbol(blocks[0]):
            return (blocks[0],)
        inside = vpc_blocks(self.system, vpc if vpc is not None else self.routes.vpc_of(subnet))
        # A block that covers the VPC's only one covers the subnet too; else nothing can be said.
        whole = [block for block in inside if not has_symbol(block)]
        if len(whole) == 1:
            return (Within(whole[0]),)
        return (blocks[0],) if blocks else (self.system.root.unknown("addresses", "addresses are not known"),)

    def _name(self, group: Group) -> str:
        if group.resource is None:
            return self.system.show(group.value)
        return (
            f"the default group of {group.resource.address}"
            if group.is_default
            else str(group.resource.address)
        )

    def _name_of(self, peer: Side) -> str:
        if peer.place:
            return peer.place
        values = peer.groups.values
        if not values and peer.groups.complete and (default := self.default_group(peer.vpc)) is not None:
            values = (default,)
        parts = [self._name(self.group(value)) for value in values]
        parts += [self.system.show(subnet) for subnet in peer.subnets] if not parts else []
        return " and ".join(dict.fromkeys(parts)) or "anything"


_Entry: TypeAlias = tuple[int, Rule]
"""A rule behind its place in its group."""


def _place(entry: _Entry) -> int:
    return entry[0]
