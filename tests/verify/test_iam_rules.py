"""What the examples of the rules on roles do not reach: one rule for a cause, and other ways to be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example, examples
from private_fargate.verify.rules.roles import execution as execution_roles
from private_fargate.verify.rules.roles import hosts as host_roles
from private_fargate.verify.rules.roles import hygiene as role_hygiene
from private_fargate.verify.rules.roles import images as image_roles
from private_fargate.verify.rules.roles import keys as resource_policies
from private_fargate.verify.rules.roles import logs as log_roles
from private_fargate.verify.rules.roles import tasks as task_roles
from private_fargate.verify.rules.roles import trust as trust_policies
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from private_fargate.verify.findings import Finding
    from private_fargate.verify.templates.sources import Template

MODULES = (
    execution_roles,
    host_roles,
    image_roles,
    log_roles,
    resource_policies,
    role_hygiene,
    task_roles,
    trust_policies,
)
RULES = tuple(rule for module in MODULES for rule in module.RULES)
OWN = [example for rule in RULES for example in examples()[rule.id]]


def findings(template: Template, example: Example) -> list[Finding]:
    report = verify(
        template.path,
        arguments=example.parameters,
        place=Place(example.region),
        rules=RULES,
        loader=Loader([template]),
    )
    return list(report.findings)


def found(change: str, base: str = "isolated", region: str | None = None) -> list[Finding]:
    """Give what a change of a correct template breaks."""
    example = Example(rule="", base=base, fails="", passes="", parameters={}, region=region)
    return findings(example.template(change, "template"), example)


def ids(change: str, base: str = "isolated", region: str | None = None) -> list[str]:
    return [finding.rule for finding in found(change, base, region)]


def number(example: Example) -> str:
    return f"{example.rule}-{examples()[example.rule].index(example)}"


@pytest.mark.parametrize("example", OWN, ids=number)
def test_a_fault_has_one_rule(example: Example) -> None:
    told = findings(example.template(example.fails, "template"), example)
    assert {finding.rule for finding in told} - {"IAM-004"} - {example.rule} == set()
    assert example.rule in {finding.rule for finding in told}


ROLE = """
  Other:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: { Service: ecs-tasks.amazonaws.com }
            Action: sts:AssumeRole
            Condition: { StringEquals: { aws:SourceAccount: !Ref AWS::AccountId } }
"""


def test_a_role_of_another_stack_may_do_anything() -> None:
    roles = "{ ExecutionRoleArn: !ImportValue role, TaskRoleArn: !ImportValue role }"
    change = f"TaskDefinition: {{ Properties: {roles} }}"
    assert ids(change) == []


def test_a_policy_that_is_not_known_may_allow_anything() -> None:
    change = "ExecutionRole: { Properties: { Policies: null, ManagedPolicyArns: [!ImportValue policy] } }"
    assert ids(change) == []


def test_a_policy_of_its_own_belongs_to_its_role() -> None:
    policy = """
  Secrets:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: secrets
      Roles: [!Ref ExecutionRole]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: "secretsmanager:GetSecretValue", Resource: !Ref Secret }]
  ExecutionRole:
    Properties: { Policies: { "0": { PolicyDocument: { Statement: { "3": null } } } } }
"""
    assert ids(f"Resources:{policy}") == []
    assert ids(f"Resources:{policy.replace('!Ref ExecutionRole', '!Ref TaskRole')}") == ["IAM-012"]


def test_a_task_definition_that_nothing_runs_is_judged() -> None:
    change = f"""
Resources:{ROLE}
  Batch:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      ExecutionRoleArn: !GetAtt Other.Arn
      ContainerDefinitions:
        - Name: batch
          Image: busybox
          Secrets: [{{ Name: A, ValueFrom: !Ref Secret }}]
"""
    (told,) = found(change)
    assert (told.rule, told.resource, told.breaks) == ("IAM-011", "Other", ("Batch -> secretsmanager:443",))


def test_a_denial_is_told_with_its_statement() -> None:
    deny = '"5": { Effect: Deny, Action: "secretsmanager:*", Resource: "*" }'
    change = f"""
ExecutionRole:
  Properties: {{ Policies: {{ "0": {{ PolicyDocument: {{ Statement: {{ {deny} }} }} }} }} }}
"""
    (told,) = found(change)
    assert told.rule == "IAM-011"
    assert "statement 6 of ExecutionRole denies secretsmanager:GetSecretValue" in told.message


def test_a_login_by_an_endpoint_fails_over_nat() -> None:
    policy = """
ExecutionRole:
  Properties:
    ManagedPolicyArns: null
    Policies:
      - PolicyName: start
        PolicyDocument:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: ecr:GetAuthorizationToken
              Resource: "*"
              Condition: { StringEquals: { aws:SourceVpce: vpce-0123456789abcdef0 } }
            - { Effect: Allow, Action: ["ecr:B*", "ecr:GetDownloadUrlForLayer", "logs:*"], Resource: "*" }
"""
    assert [(told.rule, told.severity) for told in found(policy, "balanced")] == [("IAM-020", "error")]


def test_on_ec2_the_role_of_the_host_can_do() -> None:
    change = """
Service: { Properties: { LaunchType: EC2 } }
TaskDefinition:
  Properties: { RequiresCompatibilities: [EC2], ExecutionRoleArn: null, TaskRoleArn: null }
"""
    assert ids(change) == []


def test_a_launch_type_that_is_not_known_is_no_fault() -> None:
    change = """
Parameters: { Launch: { Type: String } }
Resources:
  Service: { Properties: { LaunchType: !Ref Launch } }
  TaskDefinition: { Properties: { RequiresCompatibilities: null, ExecutionRoleArn: null } }
"""
    assert "IAM-001" not in ids(change)


def test_a_key_that_does_not_know_the_role_is_to_be_mended() -> None:
    example = examples()["IAM-014"][1]
    (told,) = findings(example.template(example.fails, "template"), example)
    assert (told.resource, told.property) == ("Key", "Properties/KeyPolicy")


@pytest.mark.parametrize(("name", "severity"), [("Bastion", "error"), ("OpsHost", "warning")])
def test_a_host_may_be_there_for_something_else(name: str, severity: str) -> None:
    change = f"""
Host: null
{name}:
  Type: AWS::EC2::Instance
  Properties: {{ SubnetId: !Ref Subnet, SecurityGroupIds: [!Ref HostSecurityGroup] }}
"""
    assert [(told.rule, told.severity) for told in found(change, "host")] == [("IAM-023", severity)]


def test_a_denial_for_one_repository_does_not_stop_the_login() -> None:
    deny = """
ExecutionRole:
  Properties:
    Policies:
      "0":
        PolicyDocument:
          Statement:
            "5":
              Effect: Deny
              Action: ecr:*
              Resource: !Sub arn:${AWS::Partition}:ecr:*:*:repository/*
              Condition: { StringNotEquals: { aws:SourceVpc: !Ref Vpc } }
"""
    assert ids(deny) == []


def test_a_host_with_a_connect_endpoint_needs_no_session_manager() -> None:
    endpoint = "Connect: { Type: AWS::EC2::InstanceConnectEndpoint, Properties: { SubnetId: !Ref Subnet } }"
    assert ids(f"Host: {{ Properties: {{ IamInstanceProfile: null }} }}\n{endpoint}", "host") == []


def test_what_ecs_says_of_a_task_is_not_known_to_the_letter() -> None:
    source = '!Sub "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/*"'
    change = f"""
ExecutionRole:
  Properties:
    AssumeRolePolicyDocument:
      Statement: {{ "0": {{ Condition: {{ ArnLike: {{ aws:SourceArn: {source} }} }} }} }}
"""
    assert ids(change) == []


def test_nobody_said_which_partition_it_is() -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    change = f"ExecutionRole: {{ Properties: {{ ManagedPolicyArns: [{arn}] }} }}"
    assert ids(change, "balanced") == []
    assert ids(change, "balanced", "eu-west-1") == []
    assert "IAM-024" in ids(change, "balanced", "cn-north-1")


def test_a_cluster_can_keep_the_agent_of_guardduty_away() -> None:
    example = examples()["IAM-026"][0]
    tags = '\nCluster:\n  Properties: { Tags: [{ Key: GuardDutyManaged, Value: "false" }] }\n'
    assert findings(example.template(example.fails + tags, "template"), example) == []


@pytest.mark.parametrize(
    "service", ["logs.amazonaws.com", "logs.eu-west-1.amazonaws.com", "!ImportValue logs"]
)
def test_a_key_may_name_the_service_of_logs_in_other_ways(service: str) -> None:
    statement = f"{{ Effect: Allow, Principal: {{ Service: {service} }}, Action: 'kms:*', Resource: '*' }}"
    change = f"""
Key:
  Type: AWS::KMS::Key
  Properties: {{ KeyPolicy: {{ Version: "2012-10-17", Statement: [{statement}] }} }}
LogGroup: {{ Properties: {{ KmsKeyId: !GetAtt Key.Arn }} }}
"""
    assert ids(change, "balanced") == []


def test_a_key_without_a_policy_is_for_the_account_alone() -> None:
    change = "Key: { Type: AWS::KMS::Key }\nLogGroup: { Properties: { KmsKeyId: !GetAtt Key.Arn } }"
    assert ids(change, "balanced") == ["IAM-015"]
