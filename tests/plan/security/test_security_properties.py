"""What holds for any two policies, with the verifier's decision engine as the judge."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from security_pairs import document, group, role, tcp

from private_fargate.plan.security import security_changes
from private_fargate.plan.trees import StackTemplate
from private_fargate.verify import iam

if TYPE_CHECKING:
    from private_fargate.plan.model import SecurityChange

# Every set of these patterns that any text can match is matched by one of the texts after them.
ACTION_PATTERNS = ["*", "s3:*", "s3:Get*", "S3:GetObject", "s3:*Object", "s3:PutObject", "iam:PassRole"]
ACTIONS = [
    "s3:GetObject",
    "s3:GetXObject",
    "s3:GetX",
    "s3:PutObject",
    "s3:XObject",
    "s3:X",
    "iam:PassRole",
    "x",
]
RESOURCE_PATTERNS = ["*", "a/*", "a/b*", "a/*c", "a/bc", "d"]
RESOURCES = ["a/bc", "a/bxc", "a/bx", "a/c", "a/x", "d", "x"]
VALUES = ["1", "2", "absent"]


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    operators = ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringLike"]
    values = st.lists(st.sampled_from(["1", "2"]), min_size=1, max_size=2, unique=True)
    some = st.tuples(st.sampled_from(operators), values).map(lambda two: {two[0]: {"aws:SourceVpc": two[1]}})
    null = st.sampled_from(["true", "false"]).map(lambda value: {"Null": {"aws:SourceVpc": value}})
    return some | null


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    for element, patterns in (("Action", ACTION_PATTERNS), ("Resource", RESOURCE_PATTERNS)):
        name = draw(st.sampled_from([element, element, f"Not{element}"]))
        statement[name] = draw(st.lists(st.sampled_from(patterns), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        statement["Condition"] = draw(conditions())
    return statement


POLICIES = st.lists(statements(), max_size=3)


def changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> tuple[SecurityChange, ...]:
    old, new = (StackTemplate(body={"Resources": {"Role": role(*policy)}}) for policy in (before, after))
    return security_changes(old, new)


def directions(found: tuple[SecurityChange, ...]) -> set[str]:
    return {change.direction for change in found}


def allowed(statements: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    policy = iam.read(document(*statements))
    found = set()
    for action, resource, value in itertools.product(ACTIONS, RESOURCES, VALUES):
        context = {"aws:SourceVpc": () if value == "absent" else (value,)}
        request = iam.Request(action=action, resource=resource, context=context)
        if iam.identity([policy], None, request).holds:
            found.add((action, resource, value))
    # The value 3 stands for all others; it is asked as a value that no policy names.
    for action, resource in itertools.product(ACTIONS, RESOURCES):
        request = iam.Request(action=action, resource=resource, context={"aws:SourceVpc": ("3",)})
        if iam.identity([policy], None, request).holds:
            found.add((action, resource, "3"))
    return found


@settings(max_examples=400, deadline=None)
@given(POLICIES, POLICIES)
def test_widened_is_said_exactly_if_a_request_passes_that_did_not(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    was, will = allowed(before), allowed(after)
    said = directions(changes(before, after))
    assert ("widened" in said) == bool(will - was)
    assert ("narrowed" in said) == bool(was - will)


@settings(max_examples=100, deadline=None)
@given(POLICIES)
def test_a_policy_beside_itself_says_nothing(policy: list[dict[str, Any]]) -> None:
    assert changes(policy, list(reversed(policy))) == ()
    twice = [statement | {"Sid": "Again"} for statement in policy]
    assert changes(policy, [*policy, *twice]) == ()


@settings(max_examples=150, deadline=None)
@given(POLICIES, POLICIES)
def test_what_widens_one_way_narrows_the_other(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    swapped = {"widened": "narrowed", "narrowed": "widened", "changed": "changed"}
    assert {swapped[said] for said in directions(changes(before, after))} == directions(
        changes(after, before)
    )


BLOCKS = ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.2.3/32"]
ADDRESSES = ["8.8.8.8", "10.0.0.1", "10.1.2.3", "10.200.0.1"]
PORTS = [(0, 65535), (80, 90), (80, 85), (86, 90), (443, 443)]
INGRESS = st.lists(
    st.tuples(st.sampled_from(PORTS), st.sampled_from(BLOCKS), st.sampled_from(["tcp", "udp", "-1"])),
    max_size=4,
)


def passing(rules: list[Any]) -> set[tuple[str, int, str]]:
    import ipaddress  # noqa: PLC0415 -- the judge's own arithmetic, beside that which is judged

    return {
        (protocol, port, address)
        for protocol, port, address in itertools.product(["tcp", "udp", "gre"], [1, 80, 86, 443], ADDRESSES)
        for (first, last), block, about in rules
        if about in (protocol, "-1")
        and (about == "-1" or first <= port <= last)
        and ipaddress.ip_address(address) in ipaddress.ip_network(block)
    }


@settings(max_examples=300, deadline=None)
@given(INGRESS, INGRESS)
def test_a_group_is_opened_exactly_if_a_packet_passes_that_did_not(
    before: list[Any], after: list[Any]
) -> None:
    old, new = (
        StackTemplate(
            body={
                "Resources": {
                    "G": group(
                        *(
                            {**tcp(ports[0], ports[1], CidrIp=block), "IpProtocol": about}
                            for ports, block, about in rules
                        )
                    )
                }
            }
        )
        for rules in (before, after)
    )
    said = directions(security_changes(old, new))
    assert ("widened" in said) == bool(passing(after) - passing(before))
    assert ("narrowed" in said) == bool(passing(before) - passing(after))
