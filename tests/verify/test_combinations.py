"""What is offered for others to launch is proven for everything that they can choose, or it is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from private_fargate import verifying
from private_fargate.report.verification.document import verification_document
from private_fargate.report.verification.needs import summary_line
from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from private_fargate.verify.findings import Report

FORM = """
Parameters:
  Registry: { Type: String, AllowedValues: ["yes", "no"], Default: "yes" }
  Layers: { Type: String, AllowedValues: ["yes", "no"], Default: "yes" }
  Log: { Type: String, AllowedValues: ["yes", "no"], Default: "yes" }
Conditions:
  HasRegistry: !Equals [!Ref Registry, "yes"]
  HasLayers: !Equals [!Ref Layers, "yes"]
  HasLog: !Equals [!Ref Log, "yes"]
  HasWay: !Or [!Condition HasRegistry, !Condition HasLayers, !Condition HasLog]
"""
ONE_OF_THREE = FORM + "Resources: { EcrDkrEndpoint: { Condition: HasWay } }"
"""Only where all three choices are not the default, a door is missing."""

FORBIDDEN = """
Rules:
  OneIsLeft:
    RuleCondition: !And [!Equals [!Ref Registry, "no"], !Equals [!Ref Log, "no"]]
    Assertions:
      - Assert: !EachMemberIn [[!Ref Layers], ["yes"]]
        AssertDescription: One of the three has to stay
"""


def report(change: str, most_worlds: int | None = 64, **arguments: str) -> Report:
    """Verify a correct template with a change."""
    example = Example(rule="", base="isolated", fails="", passes="", parameters={})
    template = example.template(change, "template")
    return verify(template.path, arguments=arguments, loader=Loader([template]), most_worlds=most_worlds)


def bare(text: str, most_worlds: int | None = 64, **arguments: str) -> Report:
    template = Template(Path("template.yaml"), text)
    return verify(template.path, arguments=arguments, loader=Loader([template]), most_worlds=most_worlds)


def rules(found: Report) -> set[str]:
    return {finding.rule for finding in found.findings}


def fails(found: Report) -> set[str]:
    return {proof.need for proof in found.proofs if proof.holds is False}


def test_a_fault_of_three_choices_at_once_is_found() -> None:
    assert fails(report(ONE_OF_THREE, None)) == set(), "with the defaults everything is there"
    found = report(ONE_OF_THREE)
    assert fails(found) == {"ecr.dkr:443"}
    assert found.combinations.possible == found.combinations.looked_at == 8


def test_a_value_that_is_given_is_no_choice() -> None:
    found = report(ONE_OF_THREE, Log="yes")
    assert fails(found) == set()
    assert found.combinations.possible == 4


def test_what_a_rule_forbids_is_not_looked_at() -> None:
    found = report(FORBIDDEN + ONE_OF_THREE)
    assert fails(found) == set()
    assert (found.combinations.looked_at, found.combinations.refused) == (7, 1)
    assert found.combinations.are_all


def test_a_rule_forbids_no_more_than_it_says() -> None:
    """It forbids that none is left if there is no log; without a registry and layers there may be a log."""
    found = report(
        FORBIDDEN.replace("!Ref Log", "!Ref Layers") + ONE_OF_THREE.replace("HasWay }", "HasLog }")
    )
    assert fails(found) == {"ecr.dkr:443"}


def test_more_combinations_than_asked_for_are_said() -> None:
    found = report(ONE_OF_THREE, 4)
    assert (found.combinations.looked_at, found.combinations.possible) == (4, 8)
    assert not found.combinations.are_all
    assert [entry.need for entry in found.unproven] == ["conditions"]
    assert "8 ways, and 4 were looked at" in found.unproven[0].reason
    assert "in 4 of 8 combinations" in summary_line([found])
    (document,) = verification_document([found])
    assert document["combinations"] == {
        "possible": 8,
        "refused": 0,
        "proven": 4,
        "sampled": 0,
        "missed": [],
        "all": False,
    }


TOPIC = "Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Stage } } }"


def test_something_else_is_a_value_that_the_rules_let_through() -> None:
    """The conditions ask for one of four; the rules refuse another, and two are left."""
    text = """
Parameters: { Stage: { Type: String, AllowedValues: [test, trial, live, spare], Default: test } }
Conditions: { IsTest: !Equals [!Ref Stage, test] }
Rules: { NoTrial: { Assertions: [{ Assert: !Not [!Equals [!Ref Stage, trial]] }] } }
"""
    found = bare(text + TOPIC)
    assert (found.combinations.looked_at, found.combinations.refused) == (2, 0)
    none_left = text.replace("trial]]", "trial]] }, { Assert: !Not [!Contains [[live, spare], !Ref Stage]]")
    found = bare(none_left + TOPIC)
    assert (found.combinations.looked_at, found.combinations.refused) == (1, 1)


def test_a_digest_that_nobody_gave_yet_is_looked_at_with_and_without() -> None:
    form = """
Parameters: { Digest: { Type: String, Default: "" } }
Conditions: { HasNoImage: !Equals [!Ref Digest, ""] }
Resources: { EcrDkrEndpoint: { Condition: HasNoImage } }
"""
    assert fails(report(form, None)) == set()
    assert fails(report(form)) == {"ecr.dkr:443"}


def test_what_a_mapping_decides_is_not_claimed() -> None:
    """A condition that asks for what follows from a parameter is decided by its default alone."""
    found = bare("""
Parameters: { Stage: { Type: String, AllowedValues: [test, live], Default: test } }
Mappings: { Stages: { test: { Is: small }, live: { Is: large } } }
Conditions: { IsLarge: !Equals [!FindInMap [Stages, !Ref Stage, Is], large] }
Resources: { Topic: { Type: AWS::SNS::Topic, Condition: IsLarge } }
""")
    assert not found.combinations.are_all
    assert "decides some" in found.unproven[0].reason


def test_what_only_some_choices_ask_for_is_explored_or_said() -> None:
    """The last question shows itself only where four others turn out in one of sixteen ways."""
    names = ("A", "B", "C", "D")
    form = "".join(f"  {name}: {{ Type: String, AllowedValues: [x, y, z], Default: x }}\n" for name in names)
    asked = "".join(f"  Is{name}: !Equals [!Ref {name}, y]\n" for name in names)
    hidden = "!If [IsA, !If [IsB, a, !If [IsC, !If [IsD, a, !Ref Stage], a]], a]"
    text = f"""
Parameters:
  Stage: {{ Type: String, AllowedValues: [a, b], Default: a }}
{form}
Conditions:
{asked}
  IsStage: !Equals [{hidden}, b]
Resources: {{ Topic: {{ Type: AWS::SNS::Topic, Condition: IsStage }} }}
"""
    found = bare(text)
    assert found.combinations.possible == 32 or not found.combinations.are_all


SIZES = """
Parameters:
  Cpu: { Type: Number, AllowedValues: [256, 512], Default: 256 }
  Memory: { Type: Number, AllowedValues: [512, 1024, 4096], Default: 512 }
"""
SIZED = "Resources: { TaskDefinition: { Properties: { Cpu: !Ref Cpu, Memory: !Ref Memory } } }"
SIZE_RULES = """
Rules:
  Sold:
    Assertions:
      - Assert: !Or [!Not [!Equals [!Ref Cpu, "256"]], !Contains [["512", "1024"], !Ref Memory]]
      - Assert: !Or [!Not [!Equals [!Ref Cpu, "512"]], !Contains [["1024", "4096"], !Ref Memory]]
"""


def test_a_pair_that_nobody_sells_is_found_although_the_defaults_are_sold() -> None:
    assert rules(report(SIZES + SIZED, None)) == set()
    offered = [finding.message for finding in report(SIZES + SIZED).findings if finding.rule == "TASK-039"]
    assert offered == [
        "no size that Fargate sells, but to be chosen: Cpu 256 and Memory 4096; Cpu 512 and Memory 512"
    ]


def test_a_pair_that_the_rules_refuse_is_no_offer() -> None:
    found = report(SIZES + SIZE_RULES + SIZED)
    assert rules(found) == set()
    assert found.combinations.sampled > 0, "each size was there once"
    leak = SIZE_RULES.replace('[["512", "1024"]', '[["512", "1024", "4096"]')
    assert "Cpu 256 and Memory 4096" in str(report(SIZES + leak + SIZED).findings)


def test_a_size_that_can_be_anything_is_found() -> None:
    free = SIZES.replace(", AllowedValues: [512, 1024, 4096]", "")
    assert "Memory can be anything" in str(report(free + SIZED).findings)
    assert rules(report(free + SIZED, None)) == set()


def test_a_size_is_followed_into_nested_stacks(tmp_path: Path) -> None:
    example = Example(rule="", base="isolated", fails="", passes="", parameters={})
    inner = example.template(
        "Parameters: { TaskCpu: { Type: Number }, TaskMemory: { Type: Number } }\n"
        "Resources: { TaskDefinition: { Properties: { Cpu: !Ref TaskCpu, Memory: !Ref TaskMemory } } }",
        "inner",
    )
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {
            "TemplateURL": "inner.json",
            "Parameters": {"TaskCpu": {"Ref": "Cpu"}, "TaskMemory": {"Ref": "Memory"}},
        },
    }
    (tmp_path / "inner.json").write_text(json.dumps(inner.body))
    for form, expected in ((SIZES, {"TASK-001", "TASK-039"}), (SIZES + SIZE_RULES, set[str]())):
        body = Template(Path("form.yaml"), form + "Resources: {}").body | {"Resources": {"Web": nested}}
        (tmp_path / "parent.json").write_text(json.dumps(body))
        assert rules(verify(tmp_path / "parent.json", most_worlds=64)) == expected


DAYS = "Parameters: { Days: { Type: Number, AllowedValues: [%s], Default: 30 } }\n"
GROUP = "Resources: { LogGroup: { Properties: { RetentionInDays: !Ref Days } } }"


def test_each_number_of_days_on_offer_is_looked_up() -> None:
    offered = "1, 3, 5, 7, 14, 30, 60, 90, 91, 120"
    assert rules(report(DAYS % offered + GROUP, None)) == set()
    assert rules(report(DAYS % offered + GROUP)) == {"CFN-026"}
    assert rules(report(DAYS % offered.replace("91, ", "") + GROUP)) == set()


def test_each_value_on_offer_is_tried() -> None:
    form = "Parameters: { Way: { Type: String, AllowedValues: [%s], Default: private } }\n"
    ways = "Mappings: { Ways: { private: { Names: true }, public: { Names: false } } }\n"
    private = "!FindInMap [Ways, !Ref Way, Names]"
    names = f"Resources: {{ EcrDkrEndpoint: {{ Properties: {{ PrivateDnsEnabled: {private} }} }} }}"
    assert fails(report(form % "private, public" + ways + names, None)) == set()
    assert fails(report(form % "private, public" + ways + names)) == {"ecr.dkr:443"}
    assert fails(report(form % "private" + ways + names)) == set()


def test_the_largest_number_of_tasks_has_to_have_room() -> None:
    form = "Parameters: { Count: { Type: Number, MinValue: 0, MaxValue: %s, Default: 1 } }\n"
    service = "Resources: { Service: { Properties: { DesiredCount: !Ref Count } } }"
    assert rules(report(form % 100_000 + service)) == {"NET-047"}
    assert rules(report(form % 100 + service)) == set()


def test_each_range_that_the_form_lets_through_has_to_hold_the_subnets() -> None:
    form = """
Parameters: { Range: { Type: String, Default: 10.0.0.0/16, AllowedPattern: '^10\\.0\\.0\\.0/(16|%s)$' } }
Resources: { Vpc: { Properties: { CidrBlock: !Ref Range } } }
"""
    assert rules(report(form % "24", None)) == set()
    assert rules(report(form % "24")) != set(), "a subnet of /20 is not in a range of /24"
    assert rules(report(form % "18")) == set()


IMPOSSIBLE = """
Parameters: { Stage: { Type: String, AllowedValues: [test, live], Default: test } }
Conditions: { IsTest: !Equals [!Ref Stage, test] }
Rules:
  NotTest: { Assertions: [{ Assert: !Not [!Equals [!Ref Stage, test]], AssertDescription: Take live }] }
  NotLive: { Assertions: [{ Assert: !Not [!Equals [!Ref Stage, live]], AssertDescription: Take test }] }
"""


def test_rules_that_refuse_everything_are_a_fault() -> None:
    found = bare(IMPOSSIBLE + TOPIC)
    assert [(finding.rule, finding.severity) for finding in found.findings if finding.rule == "CFN-028"] == [
        ("CFN-028", "error")
    ]
    assert found.combinations.looked_at == 0
    line = next(finding.line for finding in found.findings if finding.rule == "CFN-028")
    assert line == 5, "where the rule is written"


def test_defaults_that_the_rules_refuse_are_for_information() -> None:
    """Such a form wants to be filled in; values that are refused are another matter."""
    text = IMPOSSIBLE[: IMPOSSIBLE.index("  NotLive")] + TOPIC
    severity = {f.rule: f.severity for f in bare(text, None).findings}
    assert severity["CFN-028"] == "info"
    assert {f.rule: f.severity for f in bare(text, None, Stage="test").findings}["CFN-028"] == "error"
    assert "CFN-028" not in rules(bare(text, None, Stage="live"))
    assert "CFN-028" not in rules(bare(text)), "there is a value that can be launched"


def test_a_rule_about_the_account_forbids_nothing_and_is_said() -> None:
    rule = """
Rules: { Known: { Assertions: [{ Assert: !EachMemberIn [[!Ref Log], !RefAll "AWS::EC2::VPC::Id"] }] } }
"""
    found = report(rule + ONE_OF_THREE)
    assert fails(found) == {"ecr.dkr:443"}
    assert "rule Known" in {entry.need for entry in found.unproven}
    assert found.combinations.refused == 0


def test_a_rule_of_a_nested_template_limits_nothing(tmp_path: Path) -> None:
    """Nobody says that CloudFormation asks it; so what it would refuse is looked at, and told."""
    (tmp_path / "inner.yaml").write_text("""
Parameters: { Stage: { Type: String } }
Rules: { OnlyTest: { Assertions: [{ Assert: !Equals [!Ref Stage, test] }] } }
Resources: { Topic: { Type: AWS::SNS::Topic } }
""")
    (tmp_path / "parent.yaml").write_text("""
Parameters: { Stage: { Type: String, AllowedValues: [test, live], Default: test } }
Conditions: { IsTest: !Equals [!Ref Stage, test] }
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: inner.yaml, Parameters: { Stage: !Ref Stage } }
""")
    found = verify(tmp_path / "parent.yaml", most_worlds=64)
    assert (found.combinations.looked_at, found.combinations.refused) == (2, 0)
    assert {finding.rule: finding.severity for finding in found.findings}["CFN-028"] == "warning"
    assert "CFN-028" not in rules(verify(tmp_path / "parent.yaml"))


def checked(text: str, most_worlds: int | None) -> list[str]:
    body = json.dumps(Template(Path("parent.yaml"), text).body).encode()
    found = verifying.check({"parent.json": body}, (), most_worlds=most_worlds)
    return [f"{finding.severity} {finding.rule}: {finding.message}" for finding in found.findings]


def test_a_product_that_is_not_proven_in_full_is_refused() -> None:
    text = FORM + "Resources: { Topic: { Type: AWS::SNS::Topic, Condition: HasWay } }"
    assert checked(text, 8) == checked(text, None) == []
    (refused,) = checked(text, 7)
    assert refused.startswith("error combinations: conditions: they can turn out in 8 ways, and 7 were")


def test_a_product_that_nobody_can_launch_is_refused() -> None:
    assert any("refuse every combination" in message for message in checked(IMPOSSIBLE + TOPIC, 8))


BOUNDARY = """
Resources:
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: bound
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: ["ecr:*"], Resource: "*" }
          - Effect: Allow
            Action: ["logs:*"]
            Resource: !Sub "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:SC-*"
"""
BOUND = """
ExecutionRole:
  Properties: { PermissionsBoundary: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/bound" }
"""


def bounded(boundary: str, stack: str = "SC-") -> tuple[dict[str, object], Report]:
    example = Example(rule="", base="isolated", fails="", passes="", parameters={})
    template = example.template(BOUND, "template")
    beside = [Template(Path("role.yaml"), boundary)] if boundary else []
    loader, others = Loader([template, *beside]), [other.path for other in beside]
    found = verify(template.path, place=Place(stack=stack), loader=loader, beside=others)
    return {proof.need: proof.holds for proof in found.proofs}, found


def test_a_boundary_that_is_there_already_is_read() -> None:
    needs = ("ecr.dkr:443", "logs:443")
    assert {bounded("")[0][need] for need in needs} == {None}, "nobody knows what it allows"
    assert {bounded(BOUNDARY)[0][need] for need in needs} == {True}
    assert bounded(BOUNDARY.replace('"ecr:*"', '"s3:*"'))[0]["ecr.dkr:443"] is False


def test_a_log_group_is_named_after_the_stack_that_service_catalog_makes() -> None:
    assert bounded(BOUNDARY, stack="")[0]["logs:443"] is None
    assert bounded(BOUNDARY.replace("SC-*", "mine-*"))[0]["logs:443"] is False


def test_what_is_beside_is_no_part_of_the_system() -> None:
    stray = BOUNDARY + "  Group: { Type: AWS::Logs::LogGroup, Properties: { RetentionInDays: 31 } }\n"
    assert rules(bounded(stray)[1]) == rules(bounded(BOUNDARY)[1])


def test_whoever_asks_for_every_combination_gets_it(tmp_path: Path) -> None:
    example = Example(rule="", base="isolated", fails="", passes="", parameters={})
    root, role = tmp_path / "template.json", tmp_path / "role.yaml"
    root.write_text(json.dumps(example.template(ONE_OF_THREE, "template").body))
    role.write_text(BOUNDARY)
    (plain,) = verifying.reports([root])
    (every,) = verifying.reports([root], every_combination=True)
    assert (fails(plain), fails(every)) == (set(), {"ecr.dkr:443"})
    root.write_text(json.dumps(example.template(BOUND, "template").body))
    product = verifying.place(None, None, is_product=True)
    (bound,) = verifying.reports([root], place=product, beside=[role], every_combination=True)
    assert {proof.holds for proof in bound.proofs if proof.need == "logs:443"} == {True}


def test_what_stands_for_something_else_is_not_what_the_rules_refuse() -> None:
    form = """
Parameters: { Way: { Type: String, AllowedValues: [private, public, own], Default: private } }
Mappings: { Ways: { private: { Names: true }, public: { Names: false }, own: { Names: true } } }
Conditions: { IsPrivate: !Equals [!Ref Way, private] }
Resources: { EcrDkrEndpoint: { Properties: { PrivateDnsEnabled: !FindInMap [Ways, !Ref Way, Names] } } }
"""
    assert fails(report(form)) == {"ecr.dkr:443"}
    refused = "Rules: { Closed: { Assertions: [{ Assert: !Not [!Equals [!Ref Way, public]] }] } }"
    assert fails(report(form + refused)) == set()
