"""What the examples of the task rules do not reach: severities, open worlds, and who else could be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example
from private_fargate.verify.rules.tasks import containers as task_containers
from private_fargate.verify.rules.tasks import images as task_images
from private_fargate.verify.rules.tasks import log_regions as task_log_regions
from private_fargate.verify.rules.tasks import logging as task_logging
from private_fargate.verify.rules.tasks import platforms as task_platforms
from private_fargate.verify.rules.tasks import secrets as task_secrets
from private_fargate.verify.rules.tasks import sizes as task_sizes
from private_fargate.verify.rules.tasks import volumes as task_volumes
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from private_fargate.verify.templates.sources import Template

MODULES = (
    task_containers,
    task_images,
    task_log_regions,
    task_logging,
    task_platforms,
    task_secrets,
    task_sizes,
    task_volumes,
)
RULES = tuple(rule for module in MODULES for rule in module.RULES)
IMAGE = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"


class Ready(Loader):
    """Hands out one template without a file."""

    def __init__(self, template: Template) -> None:
        super().__init__()
        self._templates[template.path] = template


def found(change: str, base: str = "isolated", region: str | None = None) -> list[tuple[str, str]]:
    """Give the rules that a change of a correct template breaks, with how bad that is."""
    template = Example(rule="", base=base, fails="", passes="", parameters={}).template(change, "template")
    findings = verify(template.path, place=Place(region), rules=RULES, loader=Ready(template)).findings
    return [(finding.rule, finding.severity) for finding in findings]


def with_container(properties: str, *others: str) -> str:
    """Write a change of the first container, and of resources beside it."""
    lines = [f"  {line}" for other in others for line in other.splitlines()]
    definition = f"  TaskDefinition: {{ Properties: {{ ContainerDefinitions: {{ '0': {properties} }} }} }}"
    return "\n".join(["Resources:", *lines, definition])


def with_option(name: str, value: str, *others: str) -> str:
    """Write a change of an option of the log driver."""
    return with_container(f"{{ LogConfiguration: {{ Options: {{ {name}: {value} }} }} }}", *others)


def test_every_rule_of_the_catalogue_is_there() -> None:
    assert sorted(rule.id for rule in RULES) == [f"TASK-{number:03}" for number in range(1, 39)]


@pytest.mark.parametrize("launch", ["EC2", "!Ref AWS::StackName"])
def test_a_service_that_is_not_on_fargate_beyond_doubt_is_left_alone(launch: str) -> None:
    change = f"""
      Service: {{ Properties: {{ LaunchType: {launch} }} }}
      TaskDefinition: {{ Properties: {{ RequiresCompatibilities: null, NetworkMode: host, Cpu: "300" }} }}
    """
    assert found(change) == []


def test_a_definition_for_ec2_has_one_finding_that_says_so() -> None:
    change = (
        "TaskDefinition: { Properties: { RequiresCompatibilities: [EC2], NetworkMode: host, Cpu: null } }"
    )
    assert found(change) == [("TASK-024", "error")]


def test_a_definition_that_nothing_runs_yet_is_looked_at() -> None:
    assert found("Service: null\nTaskDefinition: { Properties: { Cpu: '300' } }") == [("TASK-001", "error")]


def test_a_log_group_that_a_custom_resource_makes_is_there() -> None:
    maker = "Maker: { Type: 'Custom::LogRetention', Properties: { LogGroupName: /ecs/web } }"
    assert found(with_option("awslogs-group", "/ecs/web", maker)) == []


def test_a_nested_stack_out_of_sight_may_make_a_log_group() -> None:
    nested = (
        "Logs: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: https://example.com/a } }"
    )
    assert found(with_option("awslogs-group", "/ecs/web", nested)) == []


def test_a_log_group_that_the_default_of_a_parameter_names_may_exist() -> None:
    parameter = "Parameters: { Group: { Type: String, Default: /ecs/web } }\n"
    assert found(parameter + with_option("awslogs-group", "!Ref Group")) == [("TASK-006", "warning")]


def test_logs_may_go_to_another_region_where_there_is_a_way() -> None:
    """A log group of one's own cannot be there; one that is made elsewhere can."""
    elsewhere = "us-east-1, awslogs-group: central"
    assert found(with_option("awslogs-region", elsewhere), "balanced", "eu-west-1") == []
    assert found(with_option("awslogs-region", elsewhere), "isolated", "eu-west-1") == [("TASK-007", "error")]
    mine = with_option("awslogs-region", "us-east-1")
    assert found(mine, "balanced", "eu-west-1") == [("TASK-007", "error")]


def test_a_region_that_is_a_zone_is_wrong_wherever_it_is_deployed() -> None:
    assert found(with_option("awslogs-region", "eu-west-1a")) == [("TASK-007", "error")]


def test_a_template_for_one_region_may_say_so_everywhere() -> None:
    change = with_option(
        "awslogs-region", "eu-west-1", "PrivateSubnet2: { Properties: { AvailabilityZone: eu-west-1b } }"
    )
    assert found(change) == []


def test_a_read_only_container_beside_another_is_only_a_warning() -> None:
    """Exec still opens sessions in the other one."""
    change = """
      TaskDefinition:
        Properties:
          ContainerDefinitions:
            "1":
              Name: side
              Image: example.com/side:1
              ReadonlyRootFilesystem: true
              LogConfiguration: { LogDriver: splunk }
    """
    assert found(change) == [("TASK-022", "warning")]


def test_a_repository_that_another_container_uses_is_not_the_one_that_was_meant() -> None:
    repository = "Repository: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: worker } }"
    typo = f"{{ Image: !Sub '{IMAGE}/workers:1' }}"
    assert found(with_container(typo, repository)) == [("TASK-017", "error")]
    other = f"""Other:
  Type: AWS::ECS::TaskDefinition
  Properties:
    ContainerDefinitions: [{{ Name: other, Image: !Sub '{IMAGE}/worker:1' }}]"""
    assert found(with_container(typo, repository, other)) == []


def test_a_repository_behind_a_cache_needs_no_resource() -> None:
    repository = "Repository: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: hub/worker } }"
    cache = "Cache: { Type: 'AWS::ECR::PullThroughCacheRule', Properties: { EcrRepositoryPrefix: hub } }"
    assert found(with_container(f"{{ Image: !Sub '{IMAGE}/hub/workers:1' }}", repository, cache)) == []


@pytest.mark.parametrize(
    ("value", "rules"),
    [
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf", []),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf:password::", []),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf::AWSPREVIOUS:", []),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf:password", ["TASK-020"]),
        ("arn:aws:ssm:eu-west-1:111122223333:parameter/db/password", []),
        ("/aws/reference/secretsmanager/db", []),
        ("db.password", []),
        ("rds!db-1234", ["TASK-019"]),
    ],
)
def test_what_a_secret_is_read_from(value: str, rules: list[str]) -> None:
    change = with_container(f"{{ Secrets: {{ '0': {{ ValueFrom: '{value}' }} }} }}")
    assert [rule for rule, _ in found(change)] == rules


@pytest.mark.parametrize(
    "value", ["'1'", "'true'", "https://example.com/token", "/run/secrets/token", "arn:aws:x", "''"]
)
def test_a_variable_that_is_named_like_a_secret_may_be_none(value: str) -> None:
    assert found(with_container(f"{{ Environment: [{{ Name: API_TOKEN, Value: {value} }}] }}")) == []
