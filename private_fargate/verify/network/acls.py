"""Network ACLs: what a subnet lets in and out, packet by packet, in both directions.

An ACL is stateless: the answer to a call is judged too, on its way back to the port that the caller took.
Within a subnet it is not asked.

Source: vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.verify.network.addresses import blocks_of
from private_fargate.verify.network.blocks import covers, network
from private_fargate.verify.network.groups import Passage
from private_fargate.verify.templates.remembering import remembered
from private_fargate.verify.templates.symbols import has_symbol, has_unknown, is_unknown
from private_fargate.verify.templates.values import all_of, as_int, as_text

if TYPE_CHECKING:
    from private_fargate.verify.network.routes import Routes
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth

Direction: TypeAlias = Literal["in", "out"]
Ports: TypeAlias = tuple[int, int]
"""The first and the last of some ports."""

PUBLIC: Final = "52.216.0.0/15"
"""Addresses of S3 and other public services, as an example of the internet.

Source: ip-ranges.json, service S3, region us-east-1.
"""

ANSWERS: Final = (32768, 60999)
"""The first and the last port from which Linux calls.

Source: net.ipv4.ip_local_port_range of the kernel; vpc/latest/userguide/nacl-ephemeral-ports.html
"""

NAT_ANSWERS: Final = (1024, 65535)
"""The first and the last port from which a NAT gateway calls.

Source: vpc/latest/userguide/nacl-ephemeral-ports.html
"""

_FEW: Final = 64
"""So few ports of thousands that a caller hardly ever takes one of them."""

_VERBS: Final = {"in": "in from", "out": "out to"}
_TCP: Final = 6
_ALL: Final = -1


class Acls:
    """The network ACLs of a system."""

    def __init__(self, system: System, routes: Routes) -> None:
        """Look at the ACLs of a system."""
        self.system = system
        self.routes = routes
        self.passes = remembered(self._passes)

    @cached_property
    def _associations(self) -> dict[Value, Value]:
        return {
            as_text(association.get("SubnetId") or ""): association.get("NetworkAclId")
            for association in self.system.of("EC2::SubnetNetworkAclAssociation")
        }

    @cached_property
    def _entries(self) -> dict[Value, list[Resource]]:
        found: dict[Value, list[Resource]] = {}
        for entry in self.system.of("EC2::NetworkAclEntry"):
            found.setdefault(as_text(entry.get("NetworkAclId") or ""), []).append(entry)
        return {acl: sorted(entries, key=_order) for acl, entries in found.items()}

    def has_own(self, subnet: Value) -> bool:
        """Say whether a subnet has an ACL other than its VPC's default one, which lets everything through."""
        return as_text(subnet) in self._associations

    def _passes(self, subnet: Value, direction: Direction, block: str, ports: tuple[int, int]) -> Passage:
        """Say whether a subnet's ACL lets packets through.

        Args:
            subnet: The subnet.
            direction: Whether they come or go.
            block: The addresses on the other side; all of them are meant.
            ports: The first and the last port that they are sent to; all in between are meant.
        """
        acl = self._associations.get(as_text(subnet))
        if acl is None:
            return self._default(subnet)
        if not self.system.find(acl, "EC2::NetworkAcl"):
            why = self.system.why_unknown(acl) or f"{self.system.show(acl)} is not in the templates"
            return Passage(None, why=why)
        return self._by_entries(acl, direction, block, ports)

    def _by_entries(self, acl: Value, direction: Direction, block: str, ports: Ports) -> Passage:
        """Ask the entries of an ACL in their order; what one is about, no later one is asked about."""
        left, refused = [ports], list[Ports]()
        grant: Resource | None = None
        denial: Resource | None = None
        for entry in self._entries.get(acl, ()):
            if not left or entry.flag("Egress") not in (direction == "out", None):
                continue
            about = self._about(entry, block, left)
            if about is False:
                continue
            if about is None or not _is_known(entry):
                return Passage(None, str(entry.address), f"what {entry.address} is about is not known", entry)
            left, taken = _divided(left, entry)
            if as_text(entry.get("RuleAction")).lower() == "allow":
                grant = grant or entry
            else:
                denial = denial or entry
                refused += taken
        if any(is_unknown(key) for key in self._entries):
            return Passage(None, why=f"not all entries of {self.system.show(acl)} are known")
        if grant and not left and not refused:
            return Passage(True, str(grant.address), "", grant)
        by = denial or self._resource(acl)
        name = str(by.address) if by else self.system.show(acl)
        verb = "denies" if denial else "lets no"
        why = f"{name} {verb} {_said([*refused, *left][0])} {_VERBS[direction]} {self._say(block)}"
        few = ports[0] != ports[1] and _count([*refused, *left]) <= _FEW
        return Passage(None if few else False, name, why, by)

    def _resource(self, acl: Value) -> Resource | None:
        return self.system.find(acl, "EC2::NetworkAcl")

    def _say(self, block: str) -> str:
        return "the internet" if block == PUBLIC else self.system.show(block)

    def _default(self, subnet: Value) -> Passage:
        """Judge by the default ACL of the VPC, which lets everything through unless somebody changed it."""
        if any(is_unknown(key) for key in self._associations):
            return Passage(None, why="an ACL is given to a subnet that is not known")
        if self.routes.vpc_of(subnet) is None:
            return Passage(None, why=self.system.why_unknown(subnet) or "the subnet is not in the templates")
        return Passage(True, "the default network ACL")

    def _about(self, entry: Resource, block: str, ports: list[Ports]) -> Truth:
        """Say whether an entry is about some packets, or a part of them."""
        protocol = as_int(entry.get("Protocol"))
        if protocol not in (_ALL, _TCP):
            return None if has_unknown(entry.get("Protocol")) else False
        own = entry.get("CidrBlock")
        if own is None:
            return False
        addresses = True if as_text(own) == "0.0.0.0/0" else self._holds(own, block)
        return all_of([addresses, True if protocol == _ALL else _ports(entry, ports)])

    def _holds(self, own: Value, block: str) -> Truth:
        """Say whether an entry's addresses hold all of a block; None if only a part, or if not known."""
        if own == block:
            return True
        if has_symbol(own) or has_symbol(block):
            return None
        found = network(as_text(own))
        if block == PUBLIC and found is not None and not found.is_private:
            return None  # some part of the internet, of which nobody says what it holds
        return True if covers(own, block) else None if covers(block, own) else False

    def calls(self, source: Value, target: Value, port: int) -> Passage:
        """Say whether a call from one subnet to another passes, there and back."""
        if source == target or not (self.has_own(source) or self.has_own(target)):
            return Passage(True, "the network ACLs")
        there, back = self._block(target), self._block(source)
        if not there or not back:
            return Passage(None, why="the addresses of the subnets are not known")
        return _first_failing(
            self.passes(source, "out", there, (port, port)),
            self.passes(target, "in", back, (port, port)),
            self.passes(target, "out", back, ANSWERS),
            self.passes(source, "in", there, ANSWERS),
        )

    def calls_internet(self, source: Value, nat_subnet: Value | None, port: int = 443) -> Passage:
        """Say whether a call from a subnet to the internet passes, its NAT gateway's subnet included."""
        steps: list[Passage] = []
        if self.has_own(source):
            steps += [
                self.passes(source, "out", PUBLIC, (port, port)),
                self.passes(source, "in", PUBLIC, ANSWERS),
            ]
        own = self._block(source)
        if nat_subnet is not None and nat_subnet != source and self.has_own(nat_subnet) and own:
            steps += [
                self.passes(nat_subnet, "in", own, (port, port)),
                self.passes(nat_subnet, "out", PUBLIC, (port, port)),
                self.passes(nat_subnet, "in", PUBLIC, NAT_ANSWERS),
                self.passes(nat_subnet, "out", own, ANSWERS),
            ]
        return _first_failing(*steps) if steps else Passage(True, "the network ACLs")

    def _block(self, subnet: Value) -> str:
        blocks = blocks_of(self.system, subnet)
        return blocks[0] if blocks else ""


def _first_failing(*steps: Passage) -> Passage:
    """Give the first that fails, else the first that cannot be told, else the last."""
    for holds in (False, None):
        for step in steps:
            if step.holds is holds:
                return step
    return steps[-1]


def _order(entry: Resource) -> int:
    return entry.number("RuleNumber") or 0


def _is_known(entry: Resource) -> bool:
    """Say whether an entry's place, direction and answer are known."""
    return not has_unknown([entry.get(name) for name in ("RuleNumber", "Egress", "RuleAction")])


def _said(ports: Ports) -> str:
    first, last = ports
    return f"tcp/{first}" if first == last else f"tcp/{first}-{last}"


def _ports(entry: Resource, ports: list[Ports]) -> Truth:
    """Say whether an entry is about any of some ports; None if that is not known."""
    if entry.get("PortRange") is None:
        return True
    first, last = entry.number("PortRange", "From"), entry.number("PortRange", "To")
    if first is None or last is None:
        return None
    return any(first <= end and begin <= last for begin, end in ports)


def _divided(ports: list[Ports], entry: Resource) -> tuple[list[Ports], list[Ports]]:
    """Divide ports into those that an entry leaves to those behind it, and those that it is about."""
    first, last = entry.number("PortRange", "From"), entry.number("PortRange", "To")
    if entry.number("Protocol") == _ALL or first is None or last is None:
        return [], ports
    below = [(begin, min(end, first - 1)) for begin, end in ports]
    above = [(max(begin, last + 1), end) for begin, end in ports]
    taken = [(max(begin, first), min(end, last)) for begin, end in ports]
    return _filled([*below, *above]), _filled(taken)


def _filled(ports: list[Ports]) -> list[Ports]:
    return [(begin, end) for begin, end in ports if begin <= end]


def _count(ports: list[Ports]) -> int:
    return sum(end - begin + 1 for begin, end in ports)
