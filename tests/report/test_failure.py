"""A failure is explained by the catalogue: its words lead to the rule, and the templates say which it is."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from private_fargate.plan.diagnosis import Diagnosis, Evidence
from private_fargate.report.failure import failure_document, failure_text, matched
from private_fargate.report.wordings import WORDINGS
from private_fargate.verify.rules import RULES
from private_fargate.verify.rules.account import ACCOUNT_CHECKS
from tests.report.aws_texts import SEEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.report.aws_texts import Seen

BREAKER = (
    "Resource handler returned message: \"Error occurred during operation 'ECS Deployment "
    "Circuit Breaker was "
    "triggered'.\" (RequestToken: ab34b83e-964b-5576-4799-9effbf346081, HandlerErrorCode: "
    "GeneralServiceException)"
)
SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/prod/web"


def failed(reason: str, *facts: str) -> Diagnosis:
    return Diagnosis(
        path=("Services", "Web"),
        logical_id="Service",
        type="AWS::ECS::Service",
        status="CREATE_FAILED",
        reason=reason,
        evidence=tuple(Evidence(source=f"stopped task {i}", fact=fact) for i, fact in enumerate(facts)),
        physical_id=SERVICE,
        stack_arn="arn:aws:cloudformation:eu-west-1:123456789012:stack/web/1f2e",
        region="eu-west-1",
    )


@pytest.mark.parametrize("seen", SEEN, ids=[f"{i}-{each.rules[0]}" for i, each in enumerate(SEEN)])
def test_the_words_of_aws_lead_to_the_rule(seen: Seen) -> None:
    match = matched(failed(BREAKER, seen.text))
    assert match is not None
    named = [each.rule for each in match.candidates]
    assert named[0] == seen.rules[0]
    assert set(seen.rules) <= set(named)
    assert match.words == seen.text


def test_at_least_twenty_five_texts_are_known() -> None:
    assert len({each.text for each in SEEN}) >= 25
    assert all(each.source for each in SEEN)


def test_a_wording_names_only_rules_that_can_be_explained() -> None:
    known = {rule.id for rule in RULES} | {check.id for check in ACCOUNT_CHECKS}
    assert {rule for wording in WORDINGS for rule in wording.rules} <= known


@pytest.mark.parametrize("text", [rule.symptom for rule in RULES], ids=[rule.id for rule in RULES])
def test_what_a_rule_says_is_never_taken_for_another_rule(text: str) -> None:
    """Several rules may share a symptom; none may be told by another's and not by its own."""
    own = {rule.id for rule in RULES if rule.symptom == text}
    match = matched(failed(text))
    if match is not None and not text.startswith("none:"):
        assert own & {each.rule for each in match.candidates}


def test_words_that_the_catalogue_does_not_have_are_not_guessed_at() -> None:
    assert matched(failed("Invalid request provided: Create Service: the moon is full")) is None


def test_an_echo_of_the_failure_is_no_reason() -> None:
    """The circuit breaker says that tasks failed, and the end of a container that it ended."""
    assert matched(failed(BREAKER, "EssentialContainerExited: Essential container in task exited")) is None


def test_the_words_closest_to_the_cause_count() -> None:
    match = matched(
        failed("No Fargate configuration exists for given values.", "Access to KMS is not allowed")
    )
    assert match is not None
    assert match.rule == "IAM-014"


def test_what_a_container_wrote_is_not_taken_for_the_words_of_aws() -> None:
    """Its own tables may exist already; only what is about the task itself counts."""

    def wrote(line: str) -> Diagnosis:
        logged = Evidence(source="log /ecs/web main/web/1f2e", fact=line)
        return replace(failed(BREAKER), evidence=(logged,))

    assert matched(wrote("relation users already exists")) is None
    match = matched(wrote("exec /app: exec format error"))
    assert match is not None
    assert match.rule == "TASK-015"
    shown = failure_document(wrote("gone"), None)["look_further"]
    assert shown == (
        "aws logs get-log-events --log-group-name '/ecs/web' --log-stream-name 'main/web/1f2e' "
        "--region eu-west-1"
    )


def isolated(**more: object) -> dict[str, bytes]:
    """A service in a subnet without a way out, as far as ECR is concerned; `more` are other resources."""
    task = {
        "RequiresCompatibilities": ["FARGATE"],
        "NetworkMode": "awsvpc",
        "Cpu": "256",
        "Memory": "512",
        "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "ContainerDefinitions": [
            {"Name": "web", "Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"}
        ],
    }
    role = {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        "ManagedPolicyArns": [
            {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"}
        ],
    }
    vpc = {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": True}
    awsvpc = {"Subnets": [{"Ref": "Subnet"}], "SecurityGroups": [{"Ref": "Group"}]}
    properties: dict[str, tuple[str, Mapping[str, object]]] = {
        "Vpc": ("AWS::EC2::VPC", vpc),
        "Subnet": ("AWS::EC2::Subnet", {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}),
        "Routes": ("AWS::EC2::RouteTable", {"VpcId": {"Ref": "Vpc"}}),
        "SubnetRoutes": (
            "AWS::EC2::SubnetRouteTableAssociation",
            {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Routes"}},
        ),
        "Group": ("AWS::EC2::SecurityGroup", {"GroupDescription": "web", "VpcId": {"Ref": "Vpc"}}),
        "Role": ("AWS::IAM::Role", role),
        "Cluster": ("AWS::ECS::Cluster", {}),
        "Task": ("AWS::ECS::TaskDefinition", task),
        "Service": (
            "AWS::ECS::Service",
            {
                "Cluster": {"Ref": "Cluster"},
                "LaunchType": "FARGATE",
                "TaskDefinition": {"Ref": "Task"},
                "NetworkConfiguration": {"AwsvpcConfiguration": awsvpc},
            },
        ),
    }
    resources = {name: {"Type": kind, "Properties": body} for name, (kind, body) in properties.items()}
    return {"parent.json": json.dumps({"Resources": {**resources, **more}}).encode()}


def endpoint(service: str, **more: object) -> dict[str, object]:
    properties = {
        "VpcEndpointType": "Interface",
        "VpcId": {"Ref": "Vpc"},
        "ServiceName": {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"},
        "SubnetIds": [{"Ref": "Subnet"}],
        "PrivateDnsEnabled": True,
        **more,
    }
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}


LOGIN = SEEN[1].text


def test_the_templates_decide_between_causes_of_the_same_words() -> None:
    nowhere = matched(failed(BREAKER, LOGIN), isolated())
    assert nowhere is not None
    assert nowhere.rule == "NET-001"
    shut = {"VpcId": {"Ref": "Vpc"}, "GroupDescription": "nobody"}
    closed = matched(
        failed(BREAKER, LOGIN),
        isolated(
            Shut={"Type": "AWS::EC2::SecurityGroup", "Properties": shut},
            Api=endpoint("ecr.api", SecurityGroupIds=[{"Ref": "Shut"}]),
            Registry=endpoint("ecr.dkr", SecurityGroupIds=[{"Ref": "Shut"}]),
        ),
    )
    assert closed is not None
    assert closed.rule == "SG-001"
    assert "Shut" in closed.candidates[0].places[0]


def test_the_templates_tell_where_the_words_do_not() -> None:
    alone = matched(failed(BREAKER), isolated())
    assert alone is not None
    assert alone.words == ""
    assert "NET-001" in {each.rule for each in alone.candidates}


def test_templates_that_cannot_be_read_are_no_second_failure() -> None:
    match = matched(failed(BREAKER, LOGIN), {"parent.json": b"{"})
    assert match is not None
    assert match.rule == "NET-001"


def screen(diagnosis: Diagnosis) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(failure_text(diagnosis, matched(diagnosis)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_person_reads_what_where_why_and_what_to_do() -> None:
    shown = screen(failed(BREAKER, LOGIN))
    lines = shown.splitlines()
    assert lines[0] == "Services/Web/Service ECS::Service CREATE_FAILED"
    assert "RequestToken" not in shown
    assert "There is a connection issue between the task and Amazon ECR" in " ".join(shown.split())
    assert "NET-001: A task with an image in ECR has a way to ECR" in shown
    assert "fix: " in shown
    assert lines[-1] == (
        "look further: aws ecs describe-services --cluster prod --services web --region eu-west-1"
    )


def test_a_long_story_fits_on_a_screen() -> None:
    many = [f"{LOGIN} {i} " + "and so on " * 200 for i in range(40)]
    assert len(screen(failed(BREAKER, *many)).splitlines()) <= 50  # the rule's own words included
    assert "and 32 more" in screen(failed(BREAKER, *many))


def test_what_a_container_wrote_does_not_steer_the_terminal() -> None:
    assert "\x1b" not in screen(failed(BREAKER, "\x1b[2Jgone"))


def test_a_program_gets_all_of_it() -> None:
    diagnosis = failed(BREAKER, LOGIN, "x" * 5_000)
    document = failure_document(diagnosis, matched(diagnosis))
    assert json.loads(json.dumps(document)) == document
    assert document["reason"] == BREAKER
    assert [each["fact"] for each in document["evidence"]] == [LOGIN, "x" * 5_000]
    assert document["rules"][0]["id"] == "NET-001"
    assert document["matched"] == LOGIN
    assert failure_document(diagnosis, None)["rules"] == []
