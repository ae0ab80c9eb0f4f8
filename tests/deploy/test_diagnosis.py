"""A failed deployment is traced to its one reason, and whoever knows more about it is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.stub import ANY, Stubber

from private_fargate.deploy.diagnosis import diagnose, diagnose_change_set, evidence_of
from private_fargate.deploy.events import Event
from private_fargate.deploy.session import connect_to
from private_fargate.report.failure import matched
from tests.deploy.house import house

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from private_fargate.deploy.session import Session
    from private_fargate.plan.diagnosis import Evidence
    from tests.deploy.conftest import Deploy

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ACCOUNT = "123456789012"
CLUSTER = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/prod"
SERVICE = f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/prod/web"
DEFINITION = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/web:7"
STACK_ARN = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/web-Service-1A/1f2e"
CHANGE_SET = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:changeSet/ours/1f2e"
NESTED_SET = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:changeSet/ours-Network/3d4c"
BREAKER = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
NO_IMAGE = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
    f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/web:1: not found"
)


class Stubs:
    """Clients that give answers written here, whose shapes botocore checks against its model of AWS."""

    def __init__(self) -> None:
        self.session: Session = connect_to(
            {
                "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "none",
                "AWS_SECRET_ACCESS_KEY": "none",
            }
        )
        self._stubbers: dict[str, Any] = {}

    def answers(self, service: str, operation: str, answer: dict[str, Any], **expected: object) -> None:
        self._stubber(service).add_response(operation, answer, expected)

    def refuses(self, service: str, operation: str, code: str = "AccessDeniedException") -> None:
        self._stubber(service).add_client_error(operation, code, "is not authorized to perform this")

    def _stubber(self, service: str) -> Any:  # botocore has no types
        if service not in self._stubbers:
            self._stubbers[service] = Stubber(cast("Any", self.session.client(service)))
            self._stubbers[service].activate()
        return self._stubbers[service]

    def assert_all_asked(self) -> None:
        for stubber in self._stubbers.values():
            stubber.assert_no_pending_responses()


@pytest.fixture
def stubs() -> Iterator[Stubs]:
    made = Stubs()
    yield made
    made.assert_all_asked()


def failure(kind: str, physical_id: str, reason: str = "it failed", logical_id: str = "Thing") -> Event:
    return Event(
        time=NOON,
        id="1",
        stack_arn=STACK_ARN,
        path=("Services", "Web"),
        logical_id=logical_id,
        type=kind,
        status="CREATE_FAILED",
        reason=reason,
        physical_id=physical_id,
    )


def stopped(number: int, reason: str, code: str = "TaskFailedToStart", **container: object) -> dict[str, Any]:
    task = f"{number:032x}"
    return {
        "taskArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/prod/{task}",
        "taskDefinitionArn": DEFINITION,
        "stopCode": code,
        "stoppedReason": reason,
        "stoppedAt": NOON + timedelta(minutes=number),
        "containers": [{"name": "web", **container}],
    }


def tasks_of_web(stubs: Stubs, *tasks: dict[str, Any]) -> None:
    arns = [task["taskArn"] for task in tasks]
    stubs.answers(
        "ecs", "list_tasks", {"taskArns": arns}, cluster="prod", serviceName="web", desiredStatus="STOPPED"
    )
    if arns:
        stubs.answers("ecs", "describe_tasks", {"tasks": list(tasks)}, cluster="prod", tasks=arns)


def web_says(stubs: Stubs, *messages: str, **deployment: object) -> None:
    events = [{"id": str(i), "createdAt": NOON, "message": words} for i, words in enumerate(messages)]
    deployments = [{"id": "ecs-svc/1", "rolloutState": "IN_PROGRESS", **deployment}]
    service = {"serviceName": "web", "events": events, "deployments": deployments}
    stubs.answers("ecs", "describe_services", {"services": [service]}, cluster="prod", services=["web"])


def facts(found: Iterable[Evidence]) -> list[str]:
    return [each.fact for each in found]


@pytest.mark.emulator
def test_a_failure_in_a_grandchild_is_named_with_its_place_and_its_rule(
    aws: Session, deploy_house: Deploy
) -> None:
    outcome = deploy_house(house(cpu="4096"))
    found = diagnose(aws, outcome.stack_arn, outcome.events)
    assert found is not None
    assert (found.where, found.type) == ("Middle/Leaf/Task", "AWS::ECS::TaskDefinition")
    assert (found.status, found.region) == ("CREATE_FAILED", aws.region)
    assert "No Fargate configuration exists" in found.reason
    match = matched(found)
    assert match is not None
    assert match.rule == "TASK-001"


@pytest.mark.emulator
def test_a_deployment_that_succeeded_has_no_diagnosis(aws: Session, deploy_house: Deploy) -> None:
    outcome = deploy_house(house())
    assert diagnose(aws, outcome.stack_arn, outcome.events) is None


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("kind", "physical_id", "said"),
    [
        ("AWS::ECS::Service", SERVICE, "ClusterNotFoundException"),
        ("AWS::EC2::VPCEndpoint", "vpce-0123456789abcdef0", "vpce-0123456789abcdef0"),
        ("AWS::EC2::Instance", "i-0123456789abcdef0", "i-0123456789abcdef0"),
        ("Custom::Thing", "thing", "does not exist"),
    ],
)
def test_what_is_gone_by_the_time_it_is_asked_for_is_said(
    aws: Session, kind: str, physical_id: str, said: str
) -> None:
    assert any(said in fact for fact in facts(evidence_of(aws, failure(kind, physical_id))))


def test_an_aws_out_of_reach_is_a_fact_and_no_second_failure() -> None:
    nowhere = Stubs().session  # nobody listens there
    found = diagnose(nowhere, STACK_ARN, [failure("AWS::EC2::NatGateway", "nat-1")])
    assert found is not None
    assert "Could not connect" in facts(found.evidence)[0]


def test_a_service_is_explained_by_its_stopped_tasks_first(stubs: Stubs) -> None:
    old = stopped(1, "Scaling activity initiated by (deployment ecs-svc/1)", "ServiceSchedulerInitiated")
    tasks_of_web(stubs, old, stopped(2, NO_IMAGE), stopped(3, NO_IMAGE))
    web_says(
        stubs,
        "(service web) is unable to consistently start tasks successfully.",
        "(service web) has started 1 tasks: (task 1f2e).",
        rolloutState="FAILED",
        rolloutStateReason="ECS deployment circuit breaker: tasks failed to start.",
        failedTasks=2,
    )
    found = diagnose(stubs.session, STACK_ARN, [failure("AWS::ECS::Service", SERVICE, BREAKER)])
    assert found is not None
    assert [(each.source, each.fact) for each in found.evidence] == [
        (f"stopped task {3:032x} and 1 more", f"TaskFailedToStart: {NO_IMAGE}"),
        ("ECS about web", "(service web) is unable to consistently start tasks successfully."),
        (
            "deployment ecs-svc/1",
            "ECS deployment circuit breaker: tasks failed to start. (2 tasks failed)",
        ),
    ]
    assert found.evidence[0].time == NOON + timedelta(minutes=3)
    match = matched(found)
    assert match is not None
    assert {"SVC-021", "TASK-017"} <= {each.rule for each in match.candidates}


def test_a_deployment_that_failed_without_a_stopped_task_says_why(stubs: Stubs) -> None:
    tasks_of_web(stubs)
    web_says(stubs, rolloutState="FAILED", rolloutStateReason="ECS deployment failed: alarm went off.")
    found = evidence_of(stubs.session, failure("AWS::ECS::Service", SERVICE))
    assert facts(found) == ["ECS deployment failed: alarm went off."]


def test_a_container_that_ended_is_heard_by_its_last_lines(stubs: Stubs) -> None:
    task = stopped(5, "Essential container in task exited", "EssentialContainerExited", exitCode=1)
    tasks_of_web(stubs, task)
    logged = {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/ecs/web",
            "awslogs-stream-prefix": "main",
            "awslogs-region": "us-east-1",
        },
    }
    stubs.answers(
        "ecs",
        "describe_task_definition",
        {"taskDefinition": {"containerDefinitions": [{"name": "web", "logConfiguration": logged}]}},
        taskDefinition=DEFINITION,
    )
    moment = int(NOON.timestamp() * 1000)
    lines = [{"timestamp": moment, "message": "starting"}, {"timestamp": moment, "message": "no DB_URL\n"}]
    stream = f"main/web/{5:032x}"
    stubs.answers(
        "logs",
        "get_log_events",
        {"events": lines},
        logGroupName="/ecs/web",
        logStreamName=stream,
        limit=ANY,
        startFromHead=False,
    )
    web_says(stubs)
    found = evidence_of(stubs.session, failure("AWS::ECS::Service", SERVICE))
    assert facts(found) == [
        "EssentialContainerExited: Essential container in task exited",
        "container web: exit code 1",
        "starting",
        "no DB_URL",
    ]
    assert found[-1].source == f"log /ecs/web {stream}"
    assert found[-1].time == NOON


def test_what_may_not_be_asked_is_said_and_the_rest_is_asked_all_the_same(stubs: Stubs) -> None:
    stubs.refuses("ecs", "list_tasks")
    web_says(stubs, "(service web) was unable to place a task. Reason: RESOURCE:ENI.")
    found = evidence_of(stubs.session, failure("AWS::ECS::Service", SERVICE))
    assert [each.source for each in found] == ["ecs list_tasks", "ECS about web"]
    assert "AccessDeniedException" in found[0].fact


def test_what_was_asked_before_the_rollback_is_not_asked_again(stubs: Stubs) -> None:
    tasks_of_web(stubs, stopped(1, NO_IMAGE))
    web_says(stubs)
    event = failure("AWS::ECS::Service", SERVICE)
    early = evidence_of(stubs.session, event)
    stubs.assert_all_asked()
    found = diagnose(stubs.session, STACK_ARN, [event], seen={event.id: early})
    assert found is not None
    assert found.evidence == early


def test_the_name_of_a_service_may_be_in_another_of_its_events(stubs: Stubs) -> None:
    tasks_of_web(stubs)
    web_says(stubs, "(service web) was unable to place a task.")
    begun = failure("AWS::ECS::Service", SERVICE)
    found = diagnose(
        stubs.session,
        STACK_ARN,
        [
            replace(begun, id="0", status="CREATE_IN_PROGRESS"),
            failure("AWS::ECS::Service", "", BREAKER),
        ],
    )
    assert found is not None
    assert found.physical_id == SERVICE
    assert facts(found.evidence) == ["(service web) was unable to place a task."]


def test_a_nat_gateway_says_why_it_failed(stubs: Stubs) -> None:
    words = "Network vpc-0123456789abcdef0 has no Internet gateway attached"
    gateway = {"NatGatewayId": "nat-1", "State": "failed", "FailureCode": "Gateway.NotAttached"}
    stubs.answers(
        "ec2",
        "describe_nat_gateways",
        {"NatGateways": [{**gateway, "FailureMessage": words}]},
        NatGatewayIds=["nat-1"],
    )
    found = evidence_of(stubs.session, failure("AWS::EC2::NatGateway", "nat-1"))
    assert facts(found) == [f"Gateway.NotAttached: {words}"]


def test_an_endpoint_says_its_state_and_its_last_error(stubs: Stubs) -> None:
    endpoint = {
        "ServiceName": "com.amazonaws.us-east-1.ecr.api",
        "State": "Failed",
        "LastError": {"Code": "InternalError", "Message": "no addresses"},
    }
    stubs.answers("ec2", "describe_vpc_endpoints", {"VpcEndpoints": [endpoint]}, VpcEndpointIds=["vpce-1"])
    found = evidence_of(stubs.session, failure("AWS::EC2::VPCEndpoint", "vpce-1"))
    assert facts(found) == ["com.amazonaws.us-east-1.ecr.api is Failed: InternalError: no addresses"]


def test_an_instance_says_why_it_stopped(stubs: Stubs) -> None:
    instance = {
        "State": {"Name": "terminated"},
        "StateReason": {
            "Code": "Client.InternalError",
            "Message": "Client.InternalError: Client error on launch",
        },
    }
    stubs.answers(
        "ec2",
        "describe_instances",
        {"Reservations": [{"Instances": [instance]}]},
        InstanceIds=["i-1"],
    )
    found = evidence_of(stubs.session, failure("AWS::EC2::Instance", "i-1"))
    assert facts(found) == ["terminated: Client.InternalError: Client error on launch"]


def test_a_custom_resource_is_heard_by_its_functions_log(stubs: Stubs) -> None:
    body = '{"Resources": {"Thing": {"Properties": {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}}}}}'
    stubs.answers("cloudformation", "get_template", {"TemplateBody": body}, StackName=STACK_ARN)
    maker = {
        "LogicalResourceId": "Maker",
        "PhysicalResourceId": "maker-1A",
        "ResourceType": "AWS::Lambda::Function",
        "LastUpdatedTimestamp": NOON,
        "ResourceStatus": "CREATE_COMPLETE",
    }
    stubs.answers(
        "cloudformation",
        "describe_stack_resource",
        {"StackResourceDetail": maker},
        StackName=STACK_ARN,
        LogicalResourceId="Maker",
    )
    stubs.answers("lambda", "get_function_configuration", {}, FunctionName="maker-1A")
    stream = "2026/11/26/[$LATEST]0123456789abcdef0123456789abcdef"
    stubs.answers(
        "logs",
        "get_log_events",
        {"events": [{"timestamp": 0, "message": "KeyError: 'Name'"}]},
        logGroupName="/aws/lambda/maker-1A",
        logStreamName=stream,
        limit=ANY,
        startFromHead=False,
    )
    reason = f"Received response status [FAILED] from custom resource. Message returned: See {stream}"
    assert facts(evidence_of(stubs.session, failure("Custom::Thing", "", reason))) == ["KeyError: 'Name'"]


def test_a_hook_that_refused_is_named_with_its_reason(stubs: Stubs) -> None:
    refused = {
        "StackId": STACK_ARN,
        "EventId": "9",
        "StackName": "web",
        "Timestamp": NOON,
        "LogicalResourceId": "Thing",
        "HookType": "Example::Buckets::Private",
        "HookStatus": "HOOK_COMPLETE_FAILED",
        "HookStatusReason": "buckets are private here",
    }
    other = {**refused, "EventId": "8", "LogicalResourceId": "Other", "HookStatusReason": "not about it"}
    stubs.answers(
        "cloudformation", "describe_stack_events", {"StackEvents": [other, refused]}, StackName=STACK_ARN
    )
    stubs.refuses("cloudformation", "describe_events", "InvalidAction")
    reason = "The following hook(s) failed: [Example::Buckets::Private]"
    found = evidence_of(stubs.session, failure("AWS::S3::Bucket", "", reason))
    assert [(each.source, each.fact) for each in found] == [
        ("hook Example::Buckets::Private", "buckets are private here")
    ]


def test_early_validation_in_a_nested_change_set_is_traced_to_its_resource(stubs: Stubs) -> None:
    words = (
        "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To "
        "troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information."
    )
    stubs.answers(
        "cloudformation",
        "describe_change_set",
        {"StackId": STACK_ARN, "StackName": "web-Network-1A", "Status": "FAILED", "StatusReason": words},
        ChangeSetName=NESTED_SET,
    )
    stack = {
        "StackName": "web-Network-1A",
        "CreationTime": NOON,
        "StackStatus": "REVIEW_IN_PROGRESS",
        "ParentId": "arn:parent",
    }
    stubs.answers("cloudformation", "describe_stacks", {"Stacks": [stack]}, StackName=STACK_ARN)
    nested = {
        "LogicalResourceId": "Network",
        "PhysicalResourceId": STACK_ARN,
        "ResourceType": "AWS::CloudFormation::Stack",
        "Timestamp": NOON,
        "ResourceStatus": "CREATE_IN_PROGRESS",
    }
    stubs.answers(
        "cloudformation",
        "describe_stack_resources",
        {"StackResources": [nested]},
        PhysicalResourceId=STACK_ARN,
    )
    event = {
        "EventId": "1",
        "EventType": "VALIDATION_ERROR",
        "LogicalResourceId": "LogGroup",
        "ResourceType": "AWS::Logs::LogGroup",
        "ValidationName": "NAME_CONFLICT_VALIDATION",
        "ValidationStatus": "FAILED",
        "ValidationPath": "/Resources/LogGroup/Properties/LogGroupName",
        "ValidationStatusReason": "Resource of type 'AWS::Logs::LogGroup' with identifier '/ecs/web' already "
        "exists.",
        "Timestamp": NOON,
    }
    stubs.answers(
        "cloudformation",
        "describe_events",
        {"OperationEvents": [event]},
        ChangeSetName=NESTED_SET,
        Filters={"FailedEvents": True},
    )
    stubs.answers("cloudformation", "describe_change_set_hooks", {"Hooks": []}, ChangeSetName=NESTED_SET)
    reason = f"Nested change set {NESTED_SET} was not successfully created: Currently in FAILED."
    found = diagnose_change_set(stubs.session, CHANGE_SET, reason)
    assert (found.where, found.type, found.reason) == ("Network/LogGroup", "AWS::Logs::LogGroup", words)
    assert found.evidence[0].source == "validation NAME_CONFLICT_VALIDATION"
    assert "'/ecs/web' already exists" in found.evidence[0].fact
    match = matched(found)
    assert match is not None
    assert match.rule == "CFN-010"
