from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.change_set import OURS
from private_fargate.deploy.inventory import NoSuchStackError, each_found, root_of
from private_fargate.deploy.services import targets_of
from private_fargate.deploy.session import AccessError, connect
from private_fargate.deploy.status import NoSuchOutputError, output_of, status_of
from private_fargate.live.model import STUCK, Environment, ServiceState, Stack, Target
from tests.deploy.house import house
from tests.support.deployments import delete
from tests.support.standing import DEMO, demo_standing
from tests.support.stubbed import stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from tests.deploy.conftest import Deploy

pytestmark = pytest.mark.emulator

WEB = {
    "Cluster": {"Type": "AWS::ECS::Cluster"},
    "Web": {
        "Type": "AWS::ECS::Service",
        "Properties": {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 1},
    },
}
MANIFEST = '{"schemaVersion":2,"config":{"digest":"sha256:%s"},"layers":[]}' % ("0" * 64)


@pytest.fixture(scope="module")
def demo(aws: Session) -> Iterator[tuple[Environment, str]]:
    """The demo as it is read, and the digest of what it runs."""
    with demo_standing(aws) as digest:
        yield status_of(aws, DEMO), digest


def test_a_deployed_environment_is_steady(demo: tuple[Environment, str]) -> None:
    found, _ = demo
    assert (found.verdict, found.notes, found.region) == ("steady", (), "us-east-1")


def test_every_nested_stack_is_in_the_tree(demo: tuple[Environment, str]) -> None:
    found, _ = demo
    assert found.root.name == DEMO
    assert {"Foundation", "Network", "Endpoints", "Egress", "Nginx"} <= {s.name for s in found.root.within}
    assert {stack.status for stack in found.root.each()} <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert all(stack.since for stack in found.root.each())


def test_a_service_has_the_name_of_the_settings_and_the_digest_that_runs(
    demo: tuple[Environment, str],
) -> None:
    found, digest = demo
    (nginx,) = found.services
    assert nginx.name == "nginx"
    assert (nginx.desired, nginx.running, nginx.pending, nginx.rollout) == (1, 1, 0, "COMPLETED")
    (image,) = nginx.images
    assert image.endswith(f"/{DEMO}/nginx@{digest}")


def test_stacks_in_stacks_are_a_tree(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house()).succeeded
    (middle,) = status_of(aws, stack).root.within
    (leaf,) = middle.within
    assert (middle.name, leaf.name, leaf.within) == ("Middle", "Leaf", ())


def test_a_service_that_somebody_deleted_is_named(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house(extra=WEB)).succeeded
    (web,) = status_of(aws, stack).services
    cluster = web.arn.split("/")[1]
    aws.client("ecs").delete_service(cluster=cluster, service=web.arn, force=True)
    found = status_of(aws, stack)
    assert (found.verdict, found.services) == ("unsteady", ())
    assert found.notes == (f"service {web.name}: {web.arn} is gone; somebody deleted it",)


def test_services_of_one_stack_are_told_apart(aws: Session, stack: str, deploy_house: Deploy) -> None:
    """Two in a stack have no name that the stack was told; the templates have one for each."""
    assert deploy_house(house(extra={**WEB, "Admin": WEB["Web"]})).succeeded
    assert [service.name for service in status_of(aws, stack).services] == ["Admin", "Web"]


def test_without_a_task_the_image_is_the_one_that_would_run(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    resting = {**WEB, "Web": {**WEB["Web"], "Properties": {**WEB["Web"]["Properties"], "DesiredCount": 0}}}
    assert deploy_house(house(extra=resting)).succeeded
    (web,) = status_of(aws, stack).services
    assert (web.images, web.running, web.is_steady) == (("example/web:1",), 0, True)


def test_what_was_rolled_back_is_not_steady(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house()).succeeded
    assert not deploy_house(house(cpu="4096")).succeeded
    found = status_of(aws, stack)
    assert (found.root.status, found.verdict) == ("UPDATE_ROLLBACK_COMPLETE", "unsteady")


def test_a_deletion_that_failed_needs_a_person(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house(extra={"Images": {"Type": "AWS::ECR::Repository"}})).succeeded
    leaf = each_found(aws, root_of(aws, stack))[-1]
    (repository,) = (each["PhysicalResourceId"] for each in leaf.of_type("AWS::ECR::Repository"))
    ecr = aws.client("ecr")
    ecr.put_image(repositoryName=repository, imageManifest=MANIFEST, imageTag="1")
    assert not delete(aws, stack)
    found = status_of(aws, stack)
    ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": "1"}])
    assert (found.root.status, found.verdict) == ("DELETE_FAILED", "stuck")
    assert "failed to delete" in found.root.reason


def test_change_sets_of_ours_that_wait_are_listed(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house()).succeeded
    cloudformation = aws.client("cloudformation")
    for name in (f"{OURS}plan-0123", "somebody-elses"):
        cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=name,
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": "Days", "ParameterValue": "3"}],
        )
    (waiting,) = status_of(aws, stack).change_sets
    assert (waiting.name, waiting.execution) == (f"{OURS}plan-0123", "AVAILABLE")


def test_a_stack_that_is_not_there_is_named_with_the_remedy(aws: Session) -> None:
    with pytest.raises(NoSuchStackError) as caught:
        status_of(aws, "nobodys")
    assert str(caught.value) == (
        f"nobodys: no such stack in us-east-1 at {aws.endpoint}; deploy it (`build.py deploy`), "
        "or say where it is (--region, --profile, --stack)"
    )
    assert caught.value.exit_code == 2


def test_targets_are_told_with_their_health(aws: Session) -> None:
    elb = aws.client("elbv2")
    made = elb.create_target_group(
        Name="status-tests", Protocol="HTTP", Port=80, TargetType="ip", VpcId="vpc-0"
    )
    group = made["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.1", "Port": 80}])
    try:
        assert targets_of(aws, [group]) == (Target(address="10.0.0.1:80", state="healthy"),)
    finally:
        elb.delete_target_group(TargetGroupArn=group)


def test_a_target_that_is_not_well_says_why() -> None:
    with stubbed("elbv2") as (session, stubber):
        health = {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"}
        answer = {
            "TargetHealthDescriptions": [{"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": health}]
        }
        stubber.add_response("describe_target_health", answer, {"TargetGroupArn": "arn"})
        found = targets_of(session, ["arn"])
    assert found == (Target(address="10.0.0.1:80", state="unhealthy", reason="Request timed out"),)


@pytest.mark.parametrize(
    "change",
    [
        {"running": 0},
        {"pending": 1},
        {"rollout": "IN_PROGRESS"},
        {"rollout": "FAILED"},
        {"status": "DRAINING"},
        {"targets": (Target(address="10.0.0.1:80", state="initial"),)},
    ],
    ids=str,
)
def test_a_service_is_steady_only_if_all_of_it_is(change: dict[str, Any]) -> None:
    steady = {"desired": 1, "running": 1, "pending": 0, "rollout": "COMPLETED", "status": "ACTIVE"}
    assert ServiceState(name="web", arn="arn", **steady).is_steady
    assert not ServiceState(name="web", arn="arn", **{**steady, **change}).is_steady


@pytest.mark.parametrize("status", sorted(STUCK))
def test_a_nested_stack_that_is_stuck_makes_the_whole_stuck(status: str) -> None:
    child = Stack(name="Network", arn="arn", status=status)
    root = Stack(name="web", arn="arn", status="UPDATE_IN_PROGRESS", within=(child,))
    assert Environment(region="us-east-1", root=root).verdict == "stuck"


def test_an_output_is_found_by_name_and_a_wrong_name_gets_the_right_ones() -> None:
    outputs = {"VpcId": "vpc-1", "ClusterName": "main"}
    assert output_of("web", outputs, "VpcId") == "vpc-1"
    with pytest.raises(NoSuchOutputError, match=r"^Vpc: web has no such output; it has ClusterName, VpcId$"):
        output_of("web", outputs, "Vpc")


def test_a_role_is_taken_on(aws: Session, embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in embedded_aws.environment().items():
        monkeypatch.setenv(name, value)
    iam = aws.client("iam")
    role = iam.create_role(RoleName="onlooker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    try:
        caller = connect("us-east-1", role=role).client("sts").get_caller_identity()
    finally:
        iam.delete_role(RoleName="onlooker")
    assert caller["Arn"].endswith(":assumed-role/onlooker/private-fargate")


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with pytest.raises(AccessError, match=r"nobodys.*list-profiles"):
        connect("us-east-1", profile="nobodys")
