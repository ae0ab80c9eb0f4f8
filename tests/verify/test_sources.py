"""Templates are read as CloudFormation reads them, and what cannot be read is said with its line."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from private_fargate.verify.templates import sources
from private_fargate.verify.templates.sources import MOST_LEVELS, Template, TemplateError


def read(text: str) -> Template:
    return Template(Path("x.yaml"), text)


def value(written: str) -> Any:
    return read(f"Resources: {{}}\nvalue: {written}\n").body["value"]


def refusal(text: str) -> str:
    with pytest.raises(TemplateError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "long"),
    [
        ("!Ref X", {"Ref": "X"}),
        ("!Condition X", {"Condition": "X"}),
        ("!GetAtt A.B", {"Fn::GetAtt": ["A", "B"]}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B.C]", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!Sub 'a-${B}'", {"Fn::Sub": "a-${B}"}),
        ("!Sub ['${B}', { B: !Ref C }]", {"Fn::Sub": ["${B}", {"B": {"Ref": "C"}}]}),
        ("!Join ['', [!Ref A, b]]", {"Fn::Join": ["", [{"Ref": "A"}, "b"]]}),
        ("!Select [0, !GetAZs '']", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
        ("!If [A, !Ref B, !Ref AWS::NoValue]", {"Fn::If": ["A", {"Ref": "B"}, {"Ref": "AWS::NoValue"}]}),
        ("!Equals [!Ref A, '']", {"Fn::Equals": [{"Ref": "A"}, ""]}),
        ("!Not [!Condition A]", {"Fn::Not": [{"Condition": "A"}]}),
        ("!And [!Condition A, !Condition B]", {"Fn::And": [{"Condition": "A"}, {"Condition": "B"}]}),
        ("!FindInMap [A, !Ref AWS::Region, B]", {"Fn::FindInMap": ["A", {"Ref": "AWS::Region"}, "B"]}),
        ("!ImportValue a", {"Fn::ImportValue": "a"}),
        ("!Split [',', a]", {"Fn::Split": [",", "a"]}),
        ("!Cidr [10.0.0.0/16, 2, 8]", {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}),
        ("!Base64 a", {"Fn::Base64": "a"}),
        ("!Transform { Name: A }", {"Fn::Transform": {"Name": "A"}}),
        ("!Base64\n  Fn::Sub: a", {"Fn::Base64": {"Fn::Sub": "a"}}),
        ("!Ref 012345678901", {"Ref": "012345678901"}),
    ],
)
def test_short_forms_are_written_out(written: str, long: Any) -> None:
    assert value(written) == long


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("443", 443),
        ("-1", -1),
        ("0", 0),
        ("0.5", 0.5),
        ("012345678901", "012345678901"),
        ("000000000017", "000000000017"),
        ("123456789012", 123456789012),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1.4.0", "1.4.0"),
        ("'443'", "443"),
        ("2012-10-17", "2012-10-17"),
        ("2012-10-17T10:00:00Z", "2012-10-17T10:00:00Z"),
        ("true", True),
        ("no", False),
        ("On", True),
        ("'no'", "no"),
        ("~", None),
        ("", None),
        ("null", None),
        ("=", "="),
        ("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/a"),
        ("AWS::EC2::VPC", "AWS::EC2::VPC"),
        ("|\n  a\n  b", "a\nb\n"),
        (">-\n  a\n  b", "a b"),
        ("!!str 443", "443"),
    ],
)
def test_scalars_are_what_cloudformation_takes_them_for(written: str, expected: Any) -> None:
    found = value(written)
    assert found == expected
    assert type(found) is type(expected)


def test_keys_are_text() -> None:
    assert read("Resources: {}\n1: a\ntrue: b\n2012-10-17: c\n").body == {
        "Resources": {},
        "1": "a",
        "true": "b",
        "2012-10-17": "c",
    }


def test_json_and_yaml_say_the_same() -> None:
    body = {"Resources": {"A": {"Type": "T", "Properties": {"B": [1, 0.5, True, None, "ä", "01"]}}}}
    assert read(json.dumps(body)).body == body
    assert read(json.dumps(body, indent="\t")).body == body
    assert read(f"\ufeff{json.dumps(body)}").body == body


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_endings_of_lines_do_not_matter(ending: str) -> None:
    found = read(ending.join(["Resources:", "  A:", "    Type: T", ""]))
    assert found.body == {"Resources": {"A": {"Type": "T"}}}
    assert found.line(("Resources", "A", "Type")) == 3


def test_aliases_and_merges_are_followed() -> None:
    text = """
Resources:
  A: &a { Type: T, Properties: &p { X: 1, Y: !Ref Q } }
  B: *a
  C: { Type: T, Properties: { <<: *p, X: 2 } }
  D: { Type: T, Properties: { X: 3, <<: [{ X: 4, Z: 5 }, { Z: 6, V: 7 }] } }
"""
    made = read(text).body["Resources"]
    assert made["B"] == made["A"]
    assert made["C"]["Properties"] == {"X": 2, "Y": {"Ref": "Q"}}
    # Of what is merged the first counts, and before it what is written out.
    assert made["D"]["Properties"] == {"X": 3, "Z": 5, "V": 7}


def test_of_a_key_that_is_there_twice_the_last_counts() -> None:
    text = "Resources:\n  A: { Type: T }\n  B: { Type: T }\n  A: { Type: U }\n"
    found = read(text)
    assert found.body["Resources"]["A"] == {"Type": "U"}
    assert found.line(("Resources", "A")) == 4
    assert read('{"Resources": {"A": 1, "A": 2}}').body == {"Resources": {"A": 2}}


YAML = """\
Parameters:
  P: { Type: String }
Resources:
  A:
    Type: T
    Properties:
      List:
        - first
        - Name: second
          Value: !Sub
            - "${X}"
            - { X: y }
      Flow: [a,
        b]
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ((), 1),
        (("Resources",), 3),
        (("Resources", "A"), 4),
        (("Resources", "A", "Properties", "List"), 7),
        (("Resources", "A", "Properties", "List", 0), 8),
        (("Resources", "A", "Properties", "List", 1, "Value"), 10),
        (("Resources", "A", "Properties", "Flow", 1), 14),
        (("Resources", "A", "Properties", "Nothing", "Below"), 6),
        (("Resources", "A", "Properties", "List", 7), 7),
        (("Resources", "A", "Properties", "List", 0, "Below"), 8),
        (("Nowhere",), 1),
    ],
)
def test_lines(keys: tuple[str | int, ...], line: int) -> None:
    """Of what is there, or else of what is nearest above."""
    assert read(YAML).line(keys) == line


def test_lines_of_json() -> None:
    body = {"Resources": {"A": {"Type": "T", "Properties": {"B": ["x", "y"]}}}}
    for indent in (2, "\t"):
        found = read(json.dumps(body, indent=indent))
        assert found.line(("Resources", "A", "Properties", "B", 1)) == 8
    assert read(json.dumps(body)).line(("Resources", "A")) == 1
    escaped = {"Description": "\U0001f600 a/b", **body}
    assert "\\ud83d\\ude00" in json.dumps(escaped)
    assert read(json.dumps(escaped, indent=1).replace("/", "\\/")).line(("Resources", "A")) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.yaml: this is no CloudFormation template: its top is not a mapping"),
        ("- a", "x.yaml: this is no CloudFormation template: its top is not a mapping"),
        ("just a text", "x.yaml: this is no CloudFormation template: its top is not a mapping"),
        ("[]", "x.yaml: this is no CloudFormation template: its top is not a mapping"),
        ("a: b", "x.yaml: this is no CloudFormation template: it has no Resources"),
        ("Resources: []", "x.yaml: this is no CloudFormation template: it has no Resources"),
        ('{"Resources": null}', "x.yaml: this is no CloudFormation template: it has no Resources"),
        ("Resources:\n  A: b: c", "x.yaml:2: mapping values are not allowed in this context"),
        ("Resources: {}\nOutputs: [a]", "x.yaml:2: Outputs is not a mapping"),
        ("Resources: {}\nA: *b", "x.yaml:2: found undefined alias"),
        ("Resources: {}\n---\nResources: {}", "x.yaml:2: but found another document"),
        ('Resources:\n  A: "b', "x.yaml:2: found unexpected end of stream"),
        ('{"Resources": {"A": }\n', "x.yaml:2: did not find expected ',' or '}'"),
        ("Resources: &r\n  A: { B: *r }", "x.yaml:1: contains itself through an alias"),
    ],
)
def test_what_is_no_template_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message


def test_a_control_character_is_refused() -> None:
    assert refusal('Resources: {}\nA: "\x01"').startswith("x.yaml: unacceptable character #x0001")


def test_a_few_lines_do_not_grow_to_a_billion_values() -> None:
    lines = ["Resources: {}", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "values once its aliases are followed" in refusal("\n".join(lines))
    mapping = ["Resources: {}", "a0: &a0 { a: 1, b: 2 }"]
    mapping += [f"a{n}: &a{n} {{ a: *a{n - 1}, b: *a{n - 1} }}" for n in range(1, 40)]
    assert "values once its aliases are followed" in refusal("\n".join(mapping))


@pytest.mark.parametrize("depth", [150, 900, 3000, 100_000])
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_nested_too_deep_is_refused(depth: int, form: str) -> None:
    deep = "[" * depth + "]" * depth
    text = f"Resources: {{}}\nA: {deep}" if form == "yaml" else f'{{"Resources": {{}}, "A": {deep}}}'
    assert "deep" in refusal(text) or "nesting depth" in refusal(text)


def test_what_is_nested_as_deep_as_templates_are_is_read() -> None:
    depth = MOST_LEVELS - 2
    assert read(f"Resources: {{}}\nA: {'[' * depth}{']' * depth}").body["Resources"] == {}


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / "nowhere.yaml", "there is no such file"),
        (tmp_path, "Is a directory"),
        (tmp_path / "latin.yaml", "can't decode"),
    ):
        if path.name == "latin.yaml":
            path.write_bytes("Resources: {} # ä".encode("latin-1"))
        with pytest.raises(TemplateError) as caught:
            sources.read(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert why in str(caught.value)


words = st.text(st.sampled_from("ab:-{}[]&*!|>'\"%@`#,?~ \n\t=0<."), max_size=40)


@settings(max_examples=300, deadline=None)
@given(text=words)
def test_any_text_is_a_template_or_is_refused(text: str) -> None:
    for written in (text, f"Resources: {{}}\nA: {text}", f"{{{text}"):
        with contextlib.suppress(TemplateError):
            assert isinstance(read(written).body["Resources"], dict)


trees = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=5)),
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.text(max_size=3), below, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(tree=trees)
def test_json_is_read_as_it_is(tree: Any) -> None:
    """And what is JSON is YAML, so that its lines are found, too."""
    body = {"Resources": {}, "A": tree}
    assert read(json.dumps(body)).body == body
    assert read(json.dumps(body, indent=1)).line(("A",)) == 3
