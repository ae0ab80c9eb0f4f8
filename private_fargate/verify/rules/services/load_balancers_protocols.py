"""Rules about the names of load balancers, and the protocols that they pass on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.load_balancers_facts import (
    BALANCER,
    GROUP,
    Forwards,
    is_application,
)
from private_fargate.verify.tasks.workloads import one_word
from private_fargate.verify.templates.symbols import has_symbol
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource

_LONGEST_NAME: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_SYMBOL: Final = re.compile("[\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_TUNNEL: Final = "GENEVE"
"""What a Gateway Load Balancer speaks, whose listeners name no protocol."""
_ENCRYPTED: Final = ("HTTP2", "GRPC")
_HTTP: Final = frozenset({"HTTP", "HTTPS"})
_TARGETS: Final = {
    "HTTP": _HTTP,
    "HTTPS": _HTTP,
    "TCP": frozenset({"TCP", "TCP_UDP"}),
    "TLS": frozenset({"TCP", "TLS"}),
    "UDP": frozenset({"UDP", "TCP_UDP"}),
    "TCP_UDP": frozenset({"TCP_UDP"}),
    "QUIC": frozenset({"QUIC", "TCP_QUIC"}),
    "TCP_QUIC": frozenset({"TCP_QUIC"}),
}
"""The protocol of a listener -> those of the target groups it can forward to.

Source: elasticloadbalancing/latest/network/load-balancer-listeners.html;
elasticloadbalancing/latest/application/load-balancer-target-groups.html
"""


@rule(
    "LB-011",
    "error",
    "The name of a load balancer or target group is one that it may have",
    symptom="The load balancer name '…' cannot be longer than '32' characters / cannot begin with "
    "'internal-'",
    fix="Shorten Name to 32 letters, digits and hyphens, or remove it.",
    source="elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html, Name; "
    "API_CreateTargetGroup.html, Name",
)
def has_a_legal_name(model: Model) -> Iterator[Fault]:
    """A name that is put together from others is too long only in the stack with the long name."""
    for resource in model.system.of(BALANCER, GROUP):
        name = resource.text("Name")
        fault = _fault_of(name, is_balancer=resource.type == f"AWS::{BALANCER}") if name else ""
        if fault:
            yield Fault(resource, f"the name {name} of {resource.address} {fault}", ("Name",))


def _fault_of(name: str, *, is_balancer: bool) -> str:
    """Say what is wrong with a name for certain; empty if nothing is."""
    written = len(_SYMBOL.sub("", name))
    if written > _LONGEST_NAME:
        return f"has {written} characters or more, and 32 are the most"
    if is_balancer and name.startswith("internal-"):
        return "begins with internal-"
    if not has_symbol(name) and not _NAME.fullmatch(name):
        return "has other characters than letters, digits and inner hyphens"
    return ""


@rule(
    "LB-012",
    "error",
    "A listener forwards to targets that speak its protocol",
    symptom="IncompatibleProtocols: The listener and its associated target group … / Listener protocol 'TCP' "
    "must be one of 'HTTPS, HTTP' / Listener protocol 'HTTP' is not supported with a target group with the "
    "protocol-version 'HTTP2'",
    fix="With HTTP and HTTPS on both sides use Type: application; with TCP, TLS and UDP Type: network; with "
    "ProtocolVersion HTTP2 or GRPC a listener of HTTPS.",
    source="elasticloadbalancing/latest/network/load-balancer-listeners.html; "
    "elasticloadbalancing/latest/application/load-balancer-target-groups.html, protocol version",
)
def speaks_one_protocol(model: Model) -> Iterator[Fault]:
    """Listener, load balancer and target group each say a part of it."""
    forwards = Forwards(model.system)
    for listener in model.system.of("ElasticLoadBalancingV2::Listener"):
        spoken = _protocol(listener)
        balancer = model.system.find(listener.get("LoadBalancerArn"), BALANCER)
        kind = _kind(balancer) if balancer else None
        if (
            spoken
            and spoken != _TUNNEL
            and balancer
            and kind
            and (spoken in _HTTP) != (kind == "application")
        ):
            message = f"{listener.address} speaks {spoken}, and {balancer.address} is of the type {kind}"
            yield Fault(listener, message, ("Protocol",))
    for forward in forwards.all:
        listener, group = forwards.listener(forward), model.system.find(forward.target, GROUP)
        spoken, understood = _protocol(listener), _protocol(group)
        if spoken and understood and understood not in _TARGETS.get(spoken, (_TUNNEL,)):
            target = as_text(forward.target)
            message = f"{forward.by.address} forwards {spoken} to {target}, which takes {understood}"
            yield Fault(forward.by, message, forward.at)
        version = group.text("ProtocolVersion") if group else None
        if spoken == "HTTP" and version and version.upper() in _ENCRYPTED:
            target = as_text(forward.target)
            message = f"{forward.by.address} forwards HTTP to {target}, whose version {version} needs HTTPS"
            yield Fault(forward.by, message, forward.at)


def _protocol(resource: Resource | None) -> str | None:
    """Give the protocol of a listener or a target group, if it is one of those that are known here."""
    written = resource.text("Protocol") if resource else None
    known = written is not None and written.upper() in (*_TARGETS, _TUNNEL)
    return written.upper() if written and known else None


def _kind(balancer: Resource) -> str | None:
    """Give the type of a load balancer that listens for protocols; None if it is not known."""
    if is_application(balancer):
        return "application"
    return "network" if one_word(balancer.get("Type"), "NETWORK") is True else None


RULES: Final[tuple[Rule, ...]] = (has_a_legal_name, speaks_one_protocol)
