"""The opposite of a deployment, with what others have left in the way of it."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.destroy import MissingStackError, ProtectedError, Remover, destroy, removal
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.stack_state import find_stack
from private_fargate.deploy.watching import Watcher
from private_fargate.local.census import difference, take_census
from private_fargate.plan.model import each
from tests.deploy.house import BUCKET, house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.blockers import Blocker
    from private_fargate.deploy.session import Session

pytestmark = pytest.mark.emulator

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}
SUBNET = {
    "Type": "AWS::EC2::Subnet",
    "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.0.0/24"},
}
REPOSITORY = {"Type": "AWS::ECR::Repository"}
MANIFEST = json.dumps(
    {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []}
)


class Asked(Remover):
    """Answers every question alike, and remembers what was asked."""

    def __init__(self, *, agrees: bool) -> None:
        self._agrees = agrees
        self.blockers: list[Blocker] = []

    def may_remove(self, blocker: Blocker) -> bool:
        self.blockers.append(blocker)
        return self._agrees


@pytest.fixture
def deployment(aws: Session) -> Iterator[Deployment]:
    name = f"doomed-{uuid.uuid4().hex[:8]}"
    yield Deployment(session=aws, stack=name, templates=house(), bucket=BUCKET)
    if find_stack(aws, name):
        destroy(aws, name, Asked(agrees=True), unprotect=True)


def with_annex(deployment: Deployment, **resources: dict[str, Any]) -> Deployment:
    return replace(deployment, templates=house(annex=resources))


def physical_id(aws: Session, stack: str, logical_id: str) -> str:
    changes = each(removal(aws, stack))
    return next(change.physical_id for _, change in changes if change.logical_id == logical_id)


def test_what_goes_and_what_stays_is_told_beforehand(deployment: Deployment) -> None:
    kept = {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain"}
    deploy(with_annex(deployment, Kept=kept), Watcher())
    aws = deployment.session
    found = {"/".join((*path, c.logical_id)): c for path, c in each(removal(aws, deployment.stack))}
    assert {name for name, change in found.items() if change.fate == "Retain"} == {"Middle/Kept"}
    assert {change.action for change in found.values()} == {"Remove"}
    group = found["Middle/Kept"].physical_id
    assert destroy(aws, deployment.stack, Remover()).succeeded
    assert aws.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    aws.client("logs").delete_log_group(logGroupName=group)


def test_a_protected_stack_is_not_deleted_before_somebody_says_so(deployment: Deployment) -> None:
    protected = replace(deployment, options=StackOptions(is_protected=True))
    deploy(protected, Watcher())
    with pytest.raises(ProtectedError, match="--unprotect"):
        destroy(deployment.session, deployment.stack, Remover())
    assert find_stack(deployment.session, deployment.stack)
    assert destroy(deployment.session, deployment.stack, Remover(), unprotect=True).succeeded


def test_a_stack_that_is_not_there_is_said_to_be_missing(aws: Session) -> None:
    assert removal(aws, "nothing-here") == ()
    with pytest.raises(MissingStackError, match="there is no stack nothing-here in us-east-1"):
        destroy(aws, "nothing-here", Remover())


def test_images_are_removed_only_after_a_question_that_says_they_are_data(deployment: Deployment) -> None:
    aws = deployment.session
    before = take_census(aws)
    deploy(with_annex(deployment, Images=REPOSITORY), Watcher())
    repository = physical_id(aws, deployment.stack, "Images")
    aws.client("ecr").put_image(repositoryName=repository, imageManifest=MANIFEST, imageTag="1")
    refusing = Asked(agrees=False)
    outcome = destroy(aws, deployment.stack, refusing)
    assert (outcome.status, outcome.needs_a_person) == ("DELETE_FAILED", True)
    [blocker] = refusing.blockers
    assert (blocker.resource, blocker.loses_data) == ("Middle/Images", True)
    assert f"1 images in the repository {repository}" in blocker.what
    assert aws.client("ecr").list_images(repositoryName=repository)["imageIds"]
    assert destroy(aws, deployment.stack, Asked(agrees=True)).succeeded, "it is taken up where it failed"
    assert difference(before, take_census(aws)) == {}


def test_an_interface_that_somebody_left_in_a_subnet_is_found_and_removed(deployment: Deployment) -> None:
    aws = deployment.session
    before = take_census(aws)
    deploy(with_annex(deployment, Vpc=VPC, Subnet=SUBNET), Watcher())
    subnet = physical_id(aws, deployment.stack, "Subnet")
    ec2 = aws.client("ec2")
    left = ec2.create_network_interface(SubnetId=subnet, Description="a test of somebody")["NetworkInterface"]
    asked = Asked(agrees=True)
    assert destroy(aws, deployment.stack, asked).succeeded
    assert [each.what for each in asked.blockers] == [
        f"the unused network interface {left['NetworkInterfaceId']} (a test of somebody)"
    ]
    assert not asked.blockers[0].loses_data
    assert difference(before, take_census(aws)) == {}


def test_the_endpoint_that_guardduty_added_is_found_and_removed(deployment: Deployment) -> None:
    aws = deployment.session
    before = take_census(aws)
    deploy(with_annex(deployment, Vpc=VPC, Subnet=SUBNET), Watcher())
    ec2 = aws.client("ec2")
    vpc, subnet = (physical_id(aws, deployment.stack, name) for name in ("Vpc", "Subnet"))
    managed = [{"Key": "GuardDutyManaged", "Value": "true"}]
    group = ec2.create_security_group(
        GroupName=f"GuardDutyManagedSecurityGroup-{vpc}",
        Description="Associated with VPC",
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": managed}],
    )["GroupId"]
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.guardduty-data",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": managed}],
    )
    asked = Asked(agrees=True)
    assert destroy(aws, deployment.stack, asked).succeeded
    assert any("GuardDuty's endpoint" in each.what for each in asked.blockers)
    assert difference(before, take_census(aws)) == {}
