"""What every function of a template stands for, on small templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.systems import Loader, systems
from private_fargate.verify.templates.values import same

if TYPE_CHECKING:
    from private_fargate.verify.templates.systems import System

TOPIC = "AWS::SNS::Topic"
PARAMETERS = """
Parameters:
  Name: { Type: String, Default: web }
  Port: { Type: Number, Default: 443 }
  Flag: { Type: String, Default: true }
  Empty: { Type: String, Default: "" }
  Names: { Type: CommaDelimitedList, Default: "a, b,c" }
  Subnets: { Type: "List<AWS::EC2::Subnet::Id>", Default: "subnet-1,subnet-2" }
  Nobody: { Type: String }
  NobodyList: { Type: CommaDelimitedList }
  Stage: { Type: String, AllowedValues: [dev, prod] }
  Ami: { Type: "AWS::SSM::Parameter::Value<String>", Default: /ami }
  AmiName: { Type: "AWS::SSM::Parameter::Name", Default: /ami }
  Secret: { Type: String, Default: "{{resolve:ssm:/secret}}" }
Mappings:
  Sizes:
    eu-west-1: { small: 1, names: [x, y], same: z }
    us-east-1: { small: 2, names: [x, y], same: z, read: "{{resolve:ssm:/a}}" }
  Accounts:
    "012345678901": { name: ours }
Conditions:
  Always: !Equals [a, a]
  Never: !Not [!Condition Always]
  IsTrue: !Equals [!Ref Flag, "true"]
  Is443: !Equals [!Ref Port, 443]
  Both: !And [!Condition Always, !Condition IsTrue]
  OneNot: !And [!Condition Always, !Condition Never]
  Either: !Or [!Condition Never, !Condition Always]
  Neither: !Or [!Condition Never, !Equals [a, b]]
  NoList: !Equals [!Join ["", !Ref Names], ""]
  Here: !Equals [!Ref AWS::Region, eu-west-1]
"""


def files(tmp_path: Path, **templates: str) -> Path:
    """Write templates, and give the path of the first."""
    for name, text in templates.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path / f"{next(iter(templates))}.yaml"


def system(text: str, region: str | None = "eu-west-1", **arguments: str) -> System:
    """Give the system of a template, which has to be one."""
    found = systems_of(text, region, **arguments)
    assert len(found) == 1
    return found[0]


def systems_of(text: str, region: str | None = "eu-west-1", **arguments: str) -> list[System]:
    template = Template(Path("template.yaml"), text)
    return systems(template.path, arguments, Place(region), Loader([template]))


def resolved(expression: str, region: str | None = "eu-west-1", **arguments: str) -> tuple[System, Any]:
    """Give what an expression stands for, and the system that it is part of."""
    expression = f"{{ {expression} }}" if expression.startswith("Fn::") else expression
    text = (
        f"{PARAMETERS}Resources:\n  Topic:\n    Type: {TOPIC}\n    Properties:\n      Value: {expression}\n"
    )
    found = system(text, region, **arguments)
    return found, found.root.resources["Topic"].get("Value")


def given(expression: str, region: str | None = "eu-west-1", **arguments: str) -> Any:
    """Give what an expression stands for, its symbols written out."""
    return shown(*resolved(expression, region, **arguments))


def shown(found: System, value: Any) -> Any:
    if isinstance(value, list):
        return [shown(found, item) for item in value]
    if isinstance(value, dict):
        return {key: shown(found, item) for key, item in value.items()}
    return found.show(value) if isinstance(value, str) else value


KNOWN: list[tuple[str, Any]] = [
    ("!Ref Name", "web"),
    ("!Ref Port", 443),
    ("!Ref Names", ["a", "b", "c"]),
    ("!Ref Subnets", ["subnet-1", "subnet-2"]),
    ("!Ref AmiName", "/ami"),
    ("!Ref AWS::Region", "eu-west-1"),
    ("!Ref AWS::Partition", "aws"),
    ("!Ref AWS::URLSuffix", "amazonaws.com"),
    ("!Ref AWS::NoValue", None),
    ("[a, !Ref AWS::NoValue, b]", ["a", "b"]),
    ("{ A: !Ref AWS::NoValue, B: b }", {"B": "b"}),
    ("!Sub x-${Name}-${Port}", "x-web-443"),
    ("!Sub x-${ Name }", "x-web"),
    ("!Sub ${!Name}-${Name}", "${Name}-web"),
    ("!Sub ${!}", "${}"),
    ("!Sub $Name", "$Name"),
    ("!Sub ${Flag}", "true"),
    ("!Sub ${Empty}", ""),
    ("!Sub [ '${Name}-${Own}', { Own: !Ref Port } ]", "web-443"),
    ("!Sub [ '${Name}', { Name: other } ]", "other"),
    ("!Sub [ '${Inner}', { Inner: !Sub 'a${Name}' } ]", "aweb"),
    ("!Join ['-', [a, !Ref Name, 1, true]]", "a-web-1-true"),
    ("!Join [',', !Ref Names]", "a,b,c"),
    ("!Join ['-', []]", ""),
    ("!Join ['-', [a, !Ref AWS::NoValue, b]]", "a-b"),
    ("!Split [',', 'a,b,,c']", ["a", "b", "", "c"]),
    ("!Split ['::', 'a::b:c']", ["a", "b:c"]),
    ("!Split [',', !Join [',', !Ref Names]]", ["a", "b", "c"]),
    ("!Select [1, [a, b, c]]", "b"),
    ("!Select ['1', !Ref Names]", "b"),
    ("!Select [0, !Split ['-', !Sub '${Name}-x']]", "web"),
    ("!If [Always, a, b]", "a"),
    ("!If [Never, a, b]", "b"),
    ("!If [IsTrue, a, b]", "a"),
    ("!If [Is443, a, b]", "a"),
    ("!If [Both, a, b]", "a"),
    ("!If [OneNot, a, b]", "b"),
    ("!If [Either, a, b]", "a"),
    ("!If [Neither, a, b]", "b"),
    ("!If [NoList, a, b]", "b"),
    ("!If [Here, a, b]", "a"),
    ("!If [Never, a, !Ref AWS::NoValue]", None),
    ("[!If [Never, a, !Ref AWS::NoValue], b]", ["b"]),
    ("!FindInMap [Sizes, !Ref AWS::Region, small]", 1),
    ("!FindInMap [Sizes, eu-west-1, names]", ["x", "y"]),
    ("!FindInMap [Accounts, '012345678901', name]", "ours"),
    ("!FindInMap [Sizes, nowhere, small, { DefaultValue: !Ref Name }]", "web"),
    ("!FindInMap [Sizes, us-east-1, nothing, { DefaultValue: 7 }]", 7),
    ("!FindInMap [Sizes, us-east-1, small, { DefaultValue: 7 }]", 2),
    ("!Select [1, !GetAZs '']", "zone 2 of eu-west-1"),
    ("!Select [1, !GetAZs { Ref: AWS::Region }]", "zone 2 of eu-west-1"),
    ("!Select [0, !GetAZs us-west-2]", "zone 1 of us-west-2"),
    ("!Cidr [10.0.0.0/16, 3, 8]", ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
    ("!Cidr [10.0.0.0/16, '2', '12']", ["10.0.0.0/20", "10.0.16.0/20"]),
    ("!Select [1, !Cidr ['2001:db8::/56', 2, 64]]", "2001:db8:0:1::/64"),
    ("!Cidr [10.0.0.0/24, 4, 7]", ["10.0.0.0/25", "10.0.0.128/25"]),
    ("!Base64 abc", "abc"),
    ("Fn::Length: !Ref Names", 3),
    ("Fn::Length: [a, !Ref Nobody]", 2),
    ("Fn::ToJsonString: { A: !Ref Port, B: [!Ref Name] }", '{"A": 443, "B": ["web"]}'),
]

UNKNOWN = [
    ("!Ref Nobody", "Nobody"),
    ("!Ref NobodyList", "NobodyList"),
    ("!Ref Ami", "ssm:/ami"),
    ("!Ref Secret", "{{resolve:ssm:/secret}}"),
    ("!Ref Nowhere", "Nowhere"),
    ("!Ref AWS::AccountId", "AWS::AccountId"),
    ("!Sub x-${Nobody}", "x-${Nobody}"),
    ("!Sub x-${Nowhere.Arn}", "x-${Nowhere.Arn}"),
    ("!Join [',', !Ref NobodyList]", "NobodyList"),
    ("!Split [',', !Join [',', !Ref NobodyList]]", "NobodyList"),
    ("!Select [0, !Ref NobodyList]", "NobodyList[0]"),
    ("!Select [9, [a]]", "[a][9]"),
    ("!Select [-1, [a]]", "[a][-1]"),
    ("!Select [!Ref Nobody, [a]]", "[a][Nobody]"),
    ("!FindInMap [Sizes, us-east-1, read]", "{{resolve:ssm:/a}}"),
    ("!FindInMap [Sizes, eu-west-1, nothing]", "Mappings.Sizes.eu-west-1.nothing"),
    ("!FindInMap [Sizes, !Ref Nobody, small]", "Mappings.Sizes.Nobody.small"),
    ("!FindInMap [Sizes, !Ref Nobody, same, { DefaultValue: d }]", "Mappings.Sizes.Nobody.same"),
    ("!Cidr [!Ref Nobody, !Ref Nobody, 8]", "Cidr [Nobody, Nobody, 8]"),
    ("!Cidr [10.0.0.0/8, 1000000000, 8]", "Cidr [10.0.0.0/8, 1000000000, 8]"),
    ("!Select [0, !Cidr [10.0.0.0/16, 2]]", "Cidr [10.0.0.0/16, 2, ][0]"),
    ("!Select [0, !Cidr [10.0.0.0/24, 2, 16]]", "Cidr [10.0.0.0/24, 2, 16][0]"),
    ("!Select [1, !Cidr [!Ref Nobody, 2, 8]]", "Cidr [Nobody, 2, 8][1]"),
    ("Fn::Length: !Ref NobodyList", "Length of NobodyList"),
    ("!ImportValue vpc", "export vpc"),
    ("!ImportValue { 'Fn::Sub': '${Name}-vpc' }", "export web-vpc"),
    (
        "Fn::GetStackOutput: { StackName: net, OutputName: Vpc }",
        "output {StackName: net, OutputName: Vpc}",
    ),
    ("Fn::Transform: { Name: X }", "Fn::Transform"),
    ("'{{resolve:ssm:/a}}'", "{{resolve:ssm:/a}}"),
    ("'a-{{resolve:ssm:/a}}-b'", "a-${{{resolve:ssm:/a}}}-b"),
    ("!Sub '{{resolve:ssm:/${Name}/a}}'", "{{resolve:ssm:/web/a}}"),
    ("!Sub '{{resolve:ssm:/${Name}}}'", "{{resolve:ssm:/web}}"),
    ("!Join ['', ['{{resolve:ssm:/', !Ref Name, '}}']]", "{{resolve:ssm:/web}}"),
    ("!Sub '{{resolve:ssm:/${Nobody}}}'", "{{resolve:ssm:/${Nobody}}}"),
]


@pytest.mark.parametrize(("expression", "value"), KNOWN, ids=[expression for expression, _ in KNOWN])
def test_what_is_known(expression: str, value: Any) -> None:
    found = given(expression)
    assert found == value
    assert type(found) is type(value)
    assert not has_unknown(resolved(expression)[1])


@pytest.mark.parametrize(("expression", "name"), UNKNOWN, ids=[expression for expression, _ in UNKNOWN])
def test_what_is_not_known_is_named_after_where_it_comes_from(expression: str, name: str) -> None:
    assert given(expression) == name
    assert has_unknown(resolved(expression)[1])


def test_the_same_answer_for_all_keys_is_known() -> None:
    """Which region it is does not matter, unless there is a default for others."""
    assert given("!FindInMap [Sizes, !Ref Nobody, same]") == "z"
    assert given("!FindInMap [Sizes, !Ref Nobody, same, { DefaultValue: z }]") == "z"


def test_without_a_region_it_is_open() -> None:
    """The condition on the region is explored both ways; the zones are of a region without a name."""
    text = f"Resources: {{ T: {{ Type: {TOPIC}, Properties: {{ Z: !GetAZs '', R: !Ref AWS::Region }} }} }}"
    found = system(text, None)
    topic = found.root.resources["T"]
    assert found.show(topic.get("R")) == "AWS::Region"
    assert found.show(topic.get("Z")[0]) == "zone 1 of AWS::Region"


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_partitions_follow_from_regions(region: str, partition: str, suffix: str) -> None:
    assert given("!Sub ${AWS::Partition}/${AWS::URLSuffix}", region) == f"{partition}/{suffix}"


def test_templates_that_name_one_region_are_for_it() -> None:
    body = f"Resources: {{ T: {{ Type: {TOPIC}, Properties: {{ V: !Ref AWS::Region, Z: eu-central-1a }} }} }}"
    assert system(body, None).world.region == "eu-central-1"
    assert system(body, "us-east-1").world.region == "us-east-1"


RESOURCES = """
Parameters:
  Name: { Type: String, Default: web }
Resources:
  Role: { Type: AWS::IAM::Role, Properties: { RoleName: !Ref Name, Path: /app/ } }
  Group: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: !Sub "/x/${Name}" } }
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Other: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Security: { Type: AWS::EC2::SecurityGroup, Properties: { VpcId: !Ref Vpc } }
  Absent: { Type: AWS::EC2::VPC, Condition: Never }
  Own: { Type: Custom::Thing }
  Theirs: { Type: "Some::Other::Thing" }
  Mine: { Type: AWS::CloudFormation::CustomResource }
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      Value: VALUE
Conditions: { Never: !Equals [a, b] }
"""


def of_resources(expression: str) -> tuple[System, Any]:
    found = system(RESOURCES.replace("VALUE", expression))
    return found, found.root.resources["Topic"].get("Value")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("!Ref Role", "web"),
        ("!GetAtt Role.Arn", "arn:aws:iam::${AWS::AccountId}:role/app/web"),
        ("!GetAtt [Role, Arn]", "arn:aws:iam::${AWS::AccountId}:role/app/web"),
        ("{ 'Fn::GetAtt': Role.Arn }", "arn:aws:iam::${AWS::AccountId}:role/app/web"),
        ("!Sub ${Role.Arn}", "arn:aws:iam::${AWS::AccountId}:role/app/web"),
        ("!Select [5, !Split [':', !GetAtt Role.Arn]]", "role/app/web"),
        ("!Ref Group", "/x/web"),
        ("!Ref Vpc", "Vpc"),
        ("!Sub '${Vpc}'", "Vpc"),
        ("!GetAtt Vpc.CidrBlock", "10.0.0.0/16"),
        ("!GetAtt Vpc.VpcId", "Vpc"),
        ("!GetAtt Security.GroupId", "Security"),
        ("!GetAtt Security.VpcId", "Vpc"),
        ("!Select [0, !Split [',', !Join [',', [!Ref Vpc]]]]", "Vpc"),
    ],
)
def test_what_a_resource_gives(expression: str, value: str) -> None:
    found, resolved = of_resources(expression)
    assert found.show(resolved) == value


def test_resources_differ_from_each_other_and_from_what_is_written_down() -> None:
    found, value = of_resources("[!Ref Vpc, !Ref Other, !GetAtt Vpc.VpcId]")
    assert same(value[0], value[1]) is False
    assert same(value[0], value[2]) is True
    assert same(value[0], "vpc-1") is False
    assert found.find(value[0], "EC2::VPC") is found.root.resources["Vpc"]


@pytest.mark.parametrize(
    "expression",
    [
        *("!Ref Own", "!GetAtt Own.VpcId", "!Ref Theirs", "!GetAtt Theirs.VpcId", "!Ref Mine"),
        *("!GetAtt Mine.VpcId", "!Ref Absent", "!GetAtt Absent.CidrBlock"),
        *("!Select [0, !Split ['-', !Ref Vpc]]", "!Select [1, !Split ['/', !Ref Vpc]]"),
    ],
)
def test_what_somebody_elses_code_gives_can_be_anything(expression: str) -> None:
    """Also what is not there, and parts of what only AWS knows."""
    found, value = of_resources(expression)
    assert has_unknown(value)
    assert same(value, "vpc-1") is None
    assert same(value, found.root.resources["Vpc"].ref) is None


def test_a_property_that_refers_to_itself_ends() -> None:
    circle = "Resources: { R: { Type: AWS::IAM::Role, Properties: { RoleName: !Ref R } } }"
    found = system(circle)
    assert has_unknown(found.root.resources["R"].ref)


CHILD = """
Parameters:
  Vpc: { Type: String }
  Names: { Type: CommaDelimitedList, Default: "" }
  Size: { Type: String, Default: small }
Conditions: { Large: !Equals [!Ref Size, large] }
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      { Vpc: !Ref Vpc, Names: !Ref Names, Size: !Ref Size, Stack: !Ref AWS::StackName, Is: !If [Large, y, n] }
  Other: { Type: AWS::EC2::SecurityGroup }
Outputs:
  Group: { Value: !Ref Other }
  Names: { Value: !Join [",", [!Ref Other, !Ref Vpc]] }
  Absent: { Value: x, Condition: Large }
"""
PARENT = """
Resources:
  Vpc: { Type: AWS::EC2::VPC }
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: child.yaml
      Parameters:
        Vpc: !Ref Vpc
        Names: !Join [",", [!Ref Vpc, b]]
        Size: !Ref AWS::NoValue
  Listed:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./child.yaml
      Parameters: { Vpc: !GetAtt Child.Outputs.Group, Names: [a, b], Size: large }
  Remote:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: "https://example.com/child.yaml" }
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      Group: !GetAtt Child.Outputs.Group
      Names: !Split [",", !GetAtt Child.Outputs.Names]
      Absent: !GetAtt Child.Outputs.Absent
      Present: !GetAtt Listed.Outputs.Absent
      Nowhere: !GetAtt Child.Outputs.Nowhere
      Remote: !GetAtt Remote.Outputs.Group
      Stack: !Ref AWS::StackName
"""


def test_parameters_and_outputs_of_nested_stacks(tmp_path: Path) -> None:
    found = systems(files(tmp_path, parent=PARENT, child=CHILD), {}, Place("eu-west-1"))[0]
    stacks = {"/".join(stack.path): stack for stack in found.stacks}
    assert sorted(stacks) == ["", "Child", "Listed"]
    vpc, group = stacks[""].resources["Vpc"].ref, stacks["Child"].resources["Other"].ref
    first, second = stacks["Child"].resources["Topic"], stacks["Listed"].resources["Topic"]
    assert (first.get("Vpc"), first.get("Names"), first.get("Size")) == (vpc, [vpc, "b"], "small")
    assert (second.get("Vpc"), second.get("Names"), second.get("Size")) == (group, ["a", "b"], "large")
    assert (first.get("Is"), second.get("Is")) == ("n", "y")
    topic = stacks[""].resources["Topic"]
    assert (topic.get("Group"), topic.get("Names")) == (group, [group, vpc])
    assert topic.get("Present") == "x"
    for name in ("Absent", "Nowhere", "Remote"):
        assert has_unknown(topic.get(name))
    assert "not at hand" in found.why_unknown(topic.get("Remote"))


def test_each_stack_has_a_name_of_its_own(tmp_path: Path) -> None:
    """What is named after it in two nested stacks is not the same, and does not collide."""
    found = systems(files(tmp_path, parent=PARENT, child=CHILD), {}, Place("eu-west-1"))[0]
    names = [stack.resources["Topic"].get("Stack") for stack in found.stacks]
    assert len(set(names)) == 3
    assert same(names[0], names[1]) is None
    assert found.show(names[1]) == "Child/AWS::StackName"


def test_templates_that_nest_each_other_end(tmp_path: Path) -> None:
    nesting = "Resources: { N: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: %s } } }"
    path = files(tmp_path, one=nesting % "two.yaml", two=nesting % "./one.yaml")
    assert [stack.path for stack in systems(path, {}, Place())[0].stacks] == [(), ("N",)]
    path = files(tmp_path, itself=nesting % "./itself.yaml")
    assert [stack.path for stack in systems(path, {}, Place())[0].stacks] == [()]


def test_an_address_that_is_no_file_is_not_at_hand(tmp_path: Path) -> None:
    nesting = "Resources: { N: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: %s } } }"
    for url in ("x" * 5000, "nowhere.yaml", "!Ref AWS::StackName", "!Sub 'https://x/${AWS::Region}'", "."):
        found = systems(files(tmp_path, parent=nesting % url), {}, Place())
        assert [stack.path for stack in found[0].stacks] == [()], url


def test_parameters_that_are_given_win() -> None:
    assert given("!Ref Name", Name="other") == "other"
    assert given("!Ref Names", Names="x,y") == ["x", "y"]
    assert given("!If [IsTrue, a, b]", Flag="false") == "b"
    assert given("!Sub ${Nobody}", Nobody="here") == "here"


LOOP = """
Transform: AWS::LanguageExtensions
Parameters:
  Names: { Type: CommaDelimitedList, Default: "a,b" }
Mappings:
  Lists: { All: { Zones: ["1", "2"] } }
Resources:
  Fn::ForEach::Topics:
    - Name
    - COLLECTION
    - Topic${Name}:
        Type: AWS::SNS::Topic
        Properties: { TopicName: !Ref Name, DisplayName: !Sub "x-${Name}" }
  Last: { Type: AWS::SNS::Topic }
Outputs:
  Fn::ForEach::Out:
    - Name
    - COLLECTION
    - Out${Name}: { Value: !Ref "Topic${Name}" }
"""


@pytest.mark.parametrize(
    ("collection", "names"),
    [
        ("[a, b]", ["a", "b"]),
        ("!Ref Names", ["a", "b"]),
        ("!FindInMap [Lists, All, Zones]", ["1", "2"]),
        ("[]", []),
    ],
)
def test_loops_are_written_out(collection: str, names: list[str]) -> None:
    found = system(LOOP.replace("COLLECTION", collection))
    made = found.root.resources
    assert [*made] == [*(f"Topic{name}" for name in names), "Last"]
    for name in names:
        assert made[f"Topic{name}"].get("TopicName") == name
        assert made[f"Topic{name}"].get("DisplayName") == f"x-{name}"
        assert same(found.root.output(f"Out{name}"), made[f"Topic{name}"].ref) is True


def test_a_loop_over_a_list_that_nobody_knows_is_gone_through_once() -> None:
    """To think that it makes nothing would be a fault of ours."""
    text = LOOP.replace("COLLECTION", "!Ref Unsaid").replace(
        "Parameters:\n", "Parameters:\n  Unsaid: { Type: CommaDelimitedList }\n"
    )
    found = system(text)
    made = found.root.resources
    assert [*made] == ["Topic${Name}", "Last"]
    assert found.show(made["Topic${Name}"].get("DisplayName")) == "x-${item of Unsaid}"
    assert same(made["Topic${Name}"].get("TopicName"), "a") is None
    assert has_unknown(found.root.output("Outa"))


def test_loops_within_loops() -> None:
    text = """
Resources:
  Fn::ForEach::Outer:
    - A
    - [x, y]
    - Fn::ForEach::Inner:
        - B
        - ["10.0", "2"]
        - Topic${A}&{B}:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: !Sub "${A}-${B}"
              Fn::ForEach::Props:
                - P
                - [Display]
                - ${P}Name: !Join ["", [!Ref A, !Ref P]]
"""
    made = system(text).root.resources
    assert [*made] == ["Topicx100", "Topicx2", "Topicy100", "Topicy2"]
    assert made["Topicy100"].properties == {"TopicName": "y-10.0", "DisplayName": "yDisplay"}


def test_yaml_of_these_tests_is_what_it_says() -> None:
    """A template with a mistake would make nothing known, and pass half of the tests."""
    assert yaml.compose(PARAMETERS) is not None
    assert given("!Ref Name") == "web"
