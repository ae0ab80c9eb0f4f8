"""The rules of a template hold, fail, or cannot be told, as CloudFormation's functions for rules have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from private_fargate.verify.templates.assertions import Open, assertions, faults, plainly
from private_fargate.verify.templates.combinations import combinations, number
from private_fargate.verify.templates.forms import Form
from private_fargate.verify.templates.sources import Template

PARAMETERS = """
Parameters: { Size: { Type: String }, Names: { Type: CommaDelimitedList }, Stage: { Type: String } }
"""
VALUES = {"Size": "large", "Stage": "test", "Names": ["a", "b"]}


def body(text: str) -> dict[str, object]:
    return Template(Path("template.yaml"), f"{text}\nResources: {{}}").body


def rule(claim: str, condition: str = "") -> dict[str, object]:
    when = f"RuleCondition: {condition}, " if condition else ""
    return body(f"{PARAMETERS}Rules: {{ Rule: {{ {when}Assertions: [{{ Assert: {claim} }}] }} }}")


def holds(claim: str, condition: str = "", **values: object) -> bool | None:
    (assertion,) = assertions(rule(claim, condition))
    return plainly(assertion, VALUES | values)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("!Equals [!Ref Size, large]", True),
        ("!Equals [!Ref Size, small]", False),
        ("!Not [!Equals [!Ref Size, small]]", True),
        ("!And [!Equals [!Ref Size, large], !Equals [!Ref Stage, test]]", True),
        ("!And [!Equals [!Ref Size, large], !Equals [!Ref Stage, live]]", False),
        ("!Or [!Equals [!Ref Size, small], !Equals [!Ref Stage, test]]", True),
        ("!Or [!Equals [!Ref Size, small], !Equals [!Ref Stage, live]]", False),
        ("!Contains [[small, large], !Ref Size]", True),
        ("!Contains [[small, tiny], !Ref Size]", False),
        ("!Contains [!Ref Names, a]", True),
        ("!Contains [!Ref Names, c]", False),
        ("!EachMemberIn [!Ref Names, [a, b, c]]", True),
        ("!EachMemberIn [!Ref Names, [a, c]]", False),
        ("!EachMemberEquals [[large, large], !Ref Size]", True),
        ("!EachMemberEquals [!Ref Names, a]", False),
        ('!Contains [!RefAll "AWS::EC2::VPC::Id", !Ref Size]', None),
        ("!Equals [!ValueOf [Size, Attribute], a]", None),
        ('!EachMemberIn [!ValueOfAll ["AWS::EC2::VPC::Id", Tags.Department], [it]]', None),
        ("!Select [0, [a]]", None),
    ],
)
def test_a_claim_is_decided(claim: str, expected: bool | None) -> None:  # noqa: FBT001 -- what is expected
    assert holds(claim) is expected


def test_a_rule_counts_only_under_its_condition() -> None:
    claim, condition = "!Equals [!Ref Size, small]", "!Equals [!Ref Stage, %s]"
    assert holds(claim, condition % "test") is False
    assert holds(claim, condition % "live") is True
    assert holds(claim, condition % "test", Stage=Open()) is None
    assert holds("!Equals [!Ref Size, large]", condition % "test", Stage=Open()) is True


def test_numbers_and_texts_are_alike() -> None:
    assert holds("!Contains [[256, 512], !Ref Size]", Size="512") is True
    assert holds('!Contains [["256", "512"], !Ref Size]', Size=256) is True


def test_what_a_value_is_not_is_known_of_one_that_is_open() -> None:
    not_empty = Open(frozenset({""}))
    assert holds('!Equals [!Ref Size, ""]', Size=not_empty) is False
    assert holds("!Equals [!Ref Size, large]", Size=not_empty) is None
    assert holds('!Not [!Contains [["", small], !Ref Size]]', Size=not_empty) is None


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("!Equals [!Ref Sise, large]", "names Sise, and the template has no such parameter"),
        ("!Equals [!ValueOf [Sise, A], a]", "names Sise, and the template has no such parameter"),
        ("!If [A, true, false]", "calls Fn::If, which cannot be used in rules"),
        ("!Condition IsLarge", "calls Condition, which cannot be used in rules"),
        ("!Equals [!Ref AWS::Region, eu-west-1]", ""),
        ("!Contains [[small, large], !Ref Size]", ""),
    ],
)
def test_what_cannot_be_read_is_named(claim: str, why: str) -> None:
    assert [reason for _, reason in faults(rule(claim))] == ([why] if why else [])


@pytest.mark.parametrize(
    "written", ["{}", "{ Assertions: [] }", "{ Assertions: [{ Assertion: true }] }", "[]"]
)
def test_a_rule_without_assertions_is_named(written: str) -> None:
    (fault,) = faults(body(f"Rules: {{ Rule: {written} }}"))
    assert fault[0] == "Rule"
    assert fault[1].startswith("has no Assertions")


FORM = """
Parameters:
  Cpu: { Type: Number, AllowedValues: [256, 512], Default: 512 }
  Memory: { Type: Number, AllowedValues: [512, 1024, 4096], Default: 1024 }
  Days: { Type: Number, AllowedValues: [1, 7], Default: 7 }
  Name: { Type: String, Default: "" }
Rules:
  Sold:
    Assertions:
      - Assert: !Or [!Not [!Equals [!Ref Cpu, 256]], !Contains [[512, 1024], !Ref Memory]]
      - Assert: !Or [!Not [!Equals [!Ref Cpu, 512]], !Contains [[1024, 4096], !Ref Memory]]
  Named: { Assertions: [{ Assert: !Not [!Equals [!Ref Name, ""]] }] }
"""


def test_values_that_satisfy_the_rules_are_found() -> None:
    form = Form(body(FORM), {}, explores=True)
    assert form.satisfy({}) == {"Cpu": "512", "Memory": "1024", "Name": Open(frozenset({""}))}
    assert form.satisfy({"Cpu": ("256",), "Memory": ("4096",)}) is None
    assert Form(body(FORM), {}).satisfy({}) is None, "the default of the name is refused"
    assert Form(body(FORM), {"Name": "web"}).satisfy({}) is not None


def test_a_list_is_read_as_one() -> None:
    text = """
Parameters: { Zones: { Type: CommaDelimitedList, Default: "a, b" } }
Rules: { Known: { Assertions: [{ Assert: !EachMemberIn [!Ref Zones, [a, b, c]] }] } }
"""
    assert Form(body(text), {}).conflict() == ()
    assert len(Form(body(text), {"Zones": "a,d"}).conflict()) == 1


def test_pairs_are_those_that_the_rules_let_through() -> None:
    pairs = Form(body(FORM), {}, explores=True).together(["Cpu", "Memory"])
    found = {(pair["Cpu"], pair["Memory"]) for pair in pairs}
    assert found == {("256", "512"), ("256", "1024"), ("512", "1024"), ("512", "4096")}


def test_each_value_is_sampled_once_with_what_goes_with_it() -> None:
    samples = Form(body(FORM), {}, explores=True).samples(frozenset())
    assert {sample.get("Days") for sample in samples} >= {"1"}
    assert ("256", "512") in {(sample.get("Cpu"), sample.get("Memory")) for sample in samples}
    assert "4096" in {sample.get("Memory") for sample in samples}
    assert all(
        form is not None
        for form in (
            Form(body(FORM), {}, explores=True).satisfy({name: (value,) for name, value in sample.items()})
            for sample in samples
        )
    )


def test_of_too_many_combinations_those_with_few_differences_come_first() -> None:
    answers = dict.fromkeys("abcdefgh", (True, False))
    assert number(answers) == 256
    assert len({tuple(found.values()) for found in combinations(answers, 256)}) == 256
    few = [set(found.values()) for found in combinations(answers, 2)]
    assert few == [{True}, {False}], "all of the first, all of the last"
    first = [tuple(found.values()) for found in combinations(answers, 74)]
    assert len(set(first)) == 74
    pairs = {(i, j, v[i], v[j]) for v in first for i in range(8) for j in range(i)}
    assert len(pairs) == 28 * 4, "each two choices in each way"
