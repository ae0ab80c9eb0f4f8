"""Our resolution is cfn-lint's, wherever cfn-lint comes to one value.

The two share no code.  cfn-lint tries each value that a parameter may have and both ways of a condition, also
of one that is decided: so there is no condition here, and each parameter has its default.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.template import Template as LintedTemplate
from hypothesis import event, given, settings
from hypothesis import strategies as st

from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.symbols import has_symbol
from private_fargate.verify.templates.systems import Loader, systems
from private_fargate.verify.templates.values import as_text

REGION = "eu-west-1"
HEADER: dict[str, Any] = {
    "Parameters": {
        "One": {"Type": "String", "Default": "one"},
        "Two": {"Type": "String", "Default": "two,2"},
        "Port": {"Type": "Number", "Default": 443},
        "Empty": {"Type": "String", "Default": ""},
        "Key": {"Type": "String", "Default": "b"},
        "List": {"Type": "CommaDelimitedList", "Default": "x, y,z"},
        "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>", "Default": "subnet-1,subnet-2"},
    },
    "Mappings": {
        "Map": {
            "a": {"text": "A", "list": ["p", "q", "r"], "number": 1},
            "b": {"text": "B,C", "list": ["s", "t"], "number": 2},
            REGION: {"text": "here", "list": ["u"], "number": 3},
        }
    },
}
TEXTS = ["One", "Two", "Port", "Empty", "Key"]

pieces = st.sampled_from(["", "a", "-", ",", "x,y", "$", "{}", "$x", "/", "b:c", "0", "ä"])
delimiters = st.sampled_from([",", "-", ":", "ab", "."])
names = st.sampled_from([*TEXTS, "AWS::Region", "AWS::Partition", "AWS::URLSuffix"])
keys = st.sampled_from(["a", "b", {"Ref": "Key"}, {"Ref": "AWS::Region"}, REGION])


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


@st.composite
def sub(draw: st.DrawFn, texts: st.SearchStrategy[Any]) -> dict[str, Any]:
    parts = draw(st.lists(st.one_of(pieces, names.map(lambda name: f"${{{name}}}")), max_size=4))
    if draw(st.booleans()):
        return {"Fn::Sub": "".join(parts)}
    own = draw(st.dictionaries(st.sampled_from(["V", "W", "One"]), texts, min_size=1, max_size=2))
    parts += [f"${{{name}}}" for name in own]
    return {"Fn::Sub": ["".join(draw(st.permutations(parts))), own]}


@st.composite
def find_in_map(draw: st.DrawFn, second: str, default: st.SearchStrategy[Any] | None) -> dict[str, Any]:
    arguments: list[Any] = ["Map", draw(keys), second]
    if default is not None and draw(st.booleans()):
        # cfn-lint tries the default also where it is not needed.
        arguments[1:] = ["nowhere", second, {"DefaultValue": draw(default)}]
    return {"Fn::FindInMap": arguments}


def lists(texts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(texts, min_size=1, max_size=3),
        st.sampled_from([ref("List"), ref("Subnets")]),
        st.tuples(delimiters, texts).map(lambda both: {"Fn::Split": list(both)}),
        find_in_map("list", None),
    )


def larger(texts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        sub(texts),
        st.tuples(delimiters, lists(texts)).map(lambda both: {"Fn::Join": list(both)}),
        st.tuples(st.sampled_from([0, 1, "0", "2"]), lists(texts)).map(
            lambda both: {"Fn::Select": list(both)}
        ),
        find_in_map("text", texts),
    )


smallest = st.one_of(pieces, names.map(ref), find_in_map("text", None), find_in_map("number", None))
expressions = st.recursive(smallest, larger, max_leaves=6)


def template(expression: Any) -> dict[str, Any]:
    resource = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": expression}}
    return {**HEADER, "Resources": {"Topic": resource}}


def by_cfn_lint(expression: Any) -> set[str]:
    """Give all values to which cfn-lint comes."""
    linted = LintedTemplate(None, template(expression), [REGION])
    validator = CfnTemplateValidator({}).evolve(cfn=linted, context=linted.context)
    return {str(value) for value, _, error in validator.resolve_value(expression) if error is None}


def by_us(expression: Any) -> Any:
    ours = Template(Path("template.json"), json.dumps(template(expression)))
    (system,) = systems(ours.path, {}, Place(REGION), Loader([ours]))
    return system.root.resources["Topic"].get("TopicName")


@settings(max_examples=300, deadline=None)
@given(expression=expressions)
def test_we_resolve_as_cfn_lint_does(expression: Any) -> None:
    theirs, ours = by_cfn_lint(expression), by_us(expression)
    if len(theirs) != 1:
        event("cfn-lint comes to none, or to several")
        return
    event("cfn-lint comes to one value")
    assert not has_symbol(ours)
    assert as_text(ours) == theirs.pop()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Fn::Join": [",", {"Ref": "List"}]}, "x,y,z"),
        ({"Fn::Select": [1, {"Fn::Split": [",", {"Fn::Sub": "${One},${Port}"}]}]}, "443"),
        ({"Fn::FindInMap": ["Map", {"Ref": "Key"}, "text"]}, "B,C"),
        ({"Fn::Sub": ["${V}-${AWS::Region}", {"V": {"Ref": "One"}}]}, "one-eu-west-1"),
    ],
)
def test_cfn_lint_comes_to_one_value(expression: Any, value: str) -> None:
    """Or the property above would hold for nothing."""
    assert by_cfn_lint(expression) == {value}
    assert by_us(expression) == value
