"""Random policies and requests with known values, of the kinds on which the oracle is right.

It is wrong, or says less than AWS, on these, which are written out in the other tests instead: the case of
resources, keys that are absent under `StringNotLike`, `IfExists` with numbers, dates and networks, wildcards
across the parts of an ARN, several keys or negations under `ForAnyValue`, several dates, and `NotPrincipal`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"
SERVICE = "ecs-tasks.amazonaws.com"

RESOURCES = [
    "*",
    f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/app",
    f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/app-two",
    f"arn:aws:ecr:eu-north-1:{OTHER_ACCOUNT}:repository/app",
    "arn:aws:s3:::store/app/key",
]
ACTIONS = ["ecr:BatchGetImage", "ecr:PutImage", "s3:GetObject"]

CONTEXT = {
    "aws:SourceVpc": ["vpc-1", "vpc-12", "VPC-1"],
    "aws:PrincipalTag/team": ["app", "app-two", "store"],
    "aws:SourceArn": [
        f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/app/1",
        f"arn:aws:ecs:eu-north-1:{OTHER_ACCOUNT}:task/app",
    ],
    "aws:ViaAWSService": ["true", "false"],
    "aws:SourceIp": ["10.0.0.7", "10.1.0.7", "2001:db8::7"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z", "1780000000"],
    "s3:max-keys": ["1", "10", "100"],
    "aws:TagKeys": ["app", "store", "team"],
}
MULTIVALUED = "aws:TagKeys"
ABOUT_ROLES = {
    "aws:PrincipalArn": [ROLE],
    "aws:PrincipalAccount": [ACCOUNT],
    "aws:SecureTransport": ["true"],
    "aws:PrincipalIsAWSService": ["false"],
}


def _patterns(texts: list[str]) -> st.SearchStrategy[str]:
    """Patterns near some texts: one or two pieces of a text, never its colons, become wildcards."""

    @st.composite
    def pattern(draw: st.DrawFn) -> str:
        text = draw(st.sampled_from(texts))
        for _ in range(draw(st.integers(0, 2))):
            parts = text.split(":")
            which = draw(st.integers(0, len(parts) - 1))
            start = draw(st.integers(0, len(parts[which])))
            end = draw(st.integers(start, len(parts[which])))
            wild = draw(st.sampled_from(["*", "?" * (end - start)]))
            parts[which] = parts[which][:start] + wild + parts[which][end:]
            text = ":".join(parts)
        return text

    return pattern()


def _some(values: st.SearchStrategy[str], at_most: int = 3) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=at_most)


def _mixed_case(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from([text, text.lower(), text.upper(), text.swapcase()])


def _conditions() -> st.SearchStrategy[dict[str, Any]]:
    texts = st.sampled_from(["aws:SourceVpc", "aws:PrincipalTag/team", MULTIVALUED])
    equal = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"]
    like = ["StringLike", "StringLikeIfExists", "StringNotLikeIfExists"]
    sets = ["ForAnyValue:StringEquals", "ForAnyValue:StringLike", "ForAllValues:StringNotEquals"]
    arns = ["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "ArnLikeIfExists"]
    orders = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
    networks = st.sampled_from(["10.0.0.0/16", "10.1.0.7/32", "2001:db8::/32"])
    number, moment = st.sampled_from(CONTEXT["s3:max-keys"]), st.sampled_from(CONTEXT["aws:CurrentTime"])

    def under(operators: list[str], keys: Any, values: Any) -> st.SearchStrategy[Any]:
        key = keys if isinstance(keys, st.SearchStrategy) else st.just(keys)
        return st.tuples(st.sampled_from(operators), key.flatmap(_mixed_case), values)

    words = [value for key in ("aws:SourceVpc", "aws:PrincipalTag/team") for value in CONTEXT[key]]
    every = [*equal, *(f"{name}IfExists" for name in equal)]
    kinds = st.one_of(
        under(every, texts, _some(st.sampled_from(words))),
        under([*like, "ForAllValues:StringLike", *sets], texts, _some(_patterns(words))),
        under(arns, "aws:SourceArn", _some(_patterns(CONTEXT["aws:SourceArn"]))),
        under(["Bool", "BoolIfExists"], "aws:ViaAWSService", st.sampled_from(["true", "false"])),
        under(["Null"], st.sampled_from(sorted(CONTEXT)), st.sampled_from(["true", "false"])),
        under(["IpAddress", "NotIpAddress"], "aws:SourceIp", _some(networks)),
        under([f"Numeric{order}" for order in orders], "s3:max-keys", _some(number)),
        under([f"Date{order}" for order in orders], "aws:CurrentTime", moment),
    )
    return st.lists(kinds, min_size=1, max_size=2).map(
        lambda chosen: {operator: {key: value} for operator, key, value in chosen}
    )


def _principals(*, stars: bool) -> st.SearchStrategy[Any]:
    names = [ROLE, f"{ROLE}s", ACCOUNT, OTHER_ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"]
    of_aws = _some(st.sampled_from([*names, *(["*"] if stars else [])]))
    services = _some(st.sampled_from([SERVICE, "ecs.amazonaws.com"]))
    return st.one_of(
        st.just("*"),
        st.fixed_dictionaries({"AWS": of_aws}),
        st.fixed_dictionaries({"Service": services}),
        st.fixed_dictionaries({"AWS": of_aws, "Service": services}),
    )


_ACTION = _patterns([*ACTIONS, "*", "ecr:*"]).flatmap(_mixed_case)
_VARIABLE = st.just("arn:aws:ecr:eu-west-1:${aws:PrincipalAccount}:repository/app*")
_RESOURCE = st.just("*") | _patterns(RESOURCES[1:]) | _VARIABLE
_ELEMENTS = {
    "Effect": st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
    "Action": st.just("*") | _some(_ACTION),
    "NotAction": _some(_ACTION, 2),
    "Resource": st.just("*") | _some(_RESOURCE),
    "NotResource": _some(_RESOURCE, 2),
    "Condition": _conditions(),
    "Principal": _principals(stars=False),
    "AnyPrincipal": _principals(stars=True),
}


@st.composite
def statements(draw: st.DrawFn, principal: str) -> dict[str, Any]:
    """A statement whose every element may decide, or one where it is the condition that does."""
    statement = {"Effect": draw(_ELEMENTS["Effect"])}
    wide = draw(st.booleans())
    for element in ("Action", "Resource"):
        name = draw(st.sampled_from([element, element, f"Not{element}"]))
        statement |= {element: "*"} if wide else {name: draw(_ELEMENTS[name])}
    if principal:
        statement["Principal"] = draw(st.just("*") if wide else _ELEMENTS[principal])
    if wide or draw(st.booleans()):
        statement["Condition"] = draw(_ELEMENTS["Condition"])
    return statement


def _documents(principal: str) -> st.SearchStrategy[dict[str, Any]]:
    one = statements(principal)
    listed = st.lists(one, min_size=1, max_size=3) | one
    return listed.map(lambda listed: {"Version": "2012-10-17", "Statement": listed})


_DOCUMENTS = {principal: _documents(principal) for principal in ("", "Principal", "AnyPrincipal")}
_CONTEXT = st.fixed_dictionaries(
    {
        key: st.lists(st.sampled_from(values), max_size=3 if key == MULTIVALUED else 1, unique=True)
        for key, values in CONTEXT.items()
    }
)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """A request with what decides it: conditions alone, a role, a resource, or a key and a role."""
    kind = draw(st.sampled_from(["conditions", "identity", "resource", "key"]))
    by_service = kind == "resource" and draw(st.booleans())
    # To the oracle a star that is no more than an account is no name, and no service.
    principal = "AnyPrincipal" if kind == "resource" and not by_service else "Principal"
    about = {"aws:PrincipalAccount": [ACCOUNT]} if by_service else ABOUT_ROLES
    question = {
        "kind": kind,
        "action": draw(st.sampled_from(ACTIONS)),
        "resource": draw(st.sampled_from(RESOURCES)),
        "principal": "" if by_service else ROLE,
        "account": ACCOUNT,
        "service_principal": SERVICE if by_service else "",
        "context": draw(_CONTEXT) | about,
        "policies": [],
        "boundary": None,
        "resource_policy": draw(_DOCUMENTS[principal]) if kind in ("resource", "key") else None,
    }
    if kind == "conditions":
        wide = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": draw(_ELEMENTS["Condition"])}
        return question | {"kind": "identity", "policies": [{"Version": "2012-10-17", "Statement": wide}]}
    if kind in ("identity", "key"):
        question["policies"] = draw(st.lists(_DOCUMENTS[""], max_size=3))
        question["boundary"] = draw(st.none() | _DOCUMENTS[""])
    return question
