"""The table at the end of `make demo` is worth something only if each row can disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.config.models import Cluster, Environment, FlowLogs, Network, RepositoryImage, Service
from private_fargate.deploy.destroy import Remover, destroy
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.local.images import push_images
from private_fargate.local.inspection import inspect
from private_fargate.mirroring import digest_parameters
from tests.support.deployments import deployed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

BUCKET = "inspection-tests"
NETWORK = Network(zones=2)
WEB = Service(image=RepositoryImage(repository="web"), port=80)
ASKED = Environment(name="inspected", deletion="delete", network=NETWORK, services={"web": WEB})


@pytest.fixture(scope="module")
def aws(embedded_aws: EmbeddedAws) -> Session:
    return connect_to(embedded_aws.environment())


@pytest.fixture(scope="module")
def outputs(aws: Session) -> Iterator[Mapping[str, str]]:
    """A system that is as asked for, with images."""
    ensure_bucket(aws, BUCKET)
    deployed(aws, ASKED, {}, bucket=BUCKET)
    digests = {name: image.digest for name, image in push_images(aws, ASKED).items()}
    yield deployed(aws, ASKED, digest_parameters(ASKED, digests, ["WebImageDigest"]), bucket=BUCKET)
    destroy(aws, ASKED.name, Remover())


def disagreeing(aws: Session, outputs: Mapping[str, str], asked: Environment = ASKED) -> set[str]:
    return {row.what for row in inspect(aws, asked, outputs) if not row.agrees}


def test_a_system_as_asked_for_agrees_in_every_row(aws: Session, outputs: Mapping[str, str]) -> None:
    rows = inspect(aws, ASKED, outputs)
    assert [row for row in rows if not row.agrees] == []
    assert len(rows) > 20


ENDPOINTS = {f"endpoint {name}" for name in ("s3", "ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages")}


@pytest.mark.parametrize(
    ("changed", "rows"),
    [
        (
            {"network": NETWORK.model_copy(update={"zones": 3})},
            {"private subnets", "public subnets", "NAT gateways", "private default routes", *ENDPOINTS},
        ),
        ({"network": NETWORK.model_copy(update={"cidr": "10.1.0.0/16"})}, {"VPC"}),
        (
            {"network": NETWORK.model_copy(update={"egress": "nat-single"})},
            {"NAT gateways", "private default routes"},
        ),
        ({"network": NETWORK.model_copy(update={"flow_logs": FlowLogs(retention=7)})}, {"flow log"}),
        ({"network": NETWORK.model_copy(update={"endpoints": ("s3",)})}, {"other endpoints"}),
        ({"cluster": Cluster(container_insights="disabled")}, {"cluster"}),
        ({"services": {"web": WEB.model_copy(update={"memory": 2048})}}, {"service web"}),
        (
            {"services": {"web": WEB.model_copy(update={"count": 2})}},
            {"service web", "service web: network", "service web: name"},
        ),
        ({"services": {"web": WEB, "api": WEB}}, {"service api"}),
        ({"jump_host": "none"}, {"jump host", "other endpoints"}),
    ],
)
def test_asking_for_something_else_is_noticed(
    aws: Session, outputs: Mapping[str, str], changed: Mapping[str, object], rows: set[str]
) -> None:
    assert disagreeing(aws, outputs, ASKED.model_copy(update=changed)) == rows


def open_to_the_world(aws: Session, group: str) -> Callable[[], object]:
    """Let everybody in to port 22; return what takes it back."""
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2 = aws.client("ec2")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return lambda: ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])


def group_of(aws: Session, vpc: str, description: str) -> str:
    groups = aws.client("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    return next(g["GroupId"] for g in groups["SecurityGroups"] if description in g["Description"])


def test_a_door_opened_behind_cloudformations_back_is_noticed(
    aws: Session, outputs: Mapping[str, str]
) -> None:
    close = open_to_the_world(aws, group_of(aws, outputs["VpcId"], "Jump host"))
    assert disagreeing(aws, outputs) == {"jump host"}
    close()
    close = open_to_the_world(aws, group_of(aws, outputs["VpcId"], "HTTPS to the VPC endpoints"))
    assert disagreeing(aws, outputs) == ENDPOINTS - {"endpoint s3"}
    close()
    assert disagreeing(aws, outputs) == set()


def test_a_task_that_nobody_can_find_is_noticed(aws: Session, outputs: Mapping[str, str]) -> None:
    cloud_map = aws.client("servicediscovery")
    service = next(each["Id"] for each in cloud_map.list_services()["Services"] if each["Name"] == "web")
    instance = cloud_map.list_instances(ServiceId=service)["Instances"][0]
    cloud_map.deregister_instance(ServiceId=service, InstanceId=instance["Id"])
    assert disagreeing(aws, outputs) == {"service web: name"}
    cloud_map.register_instance(
        ServiceId=service, InstanceId=instance["Id"], Attributes=instance["Attributes"]
    )


def test_private_dns_switched_off_is_noticed(aws: Session, outputs: Mapping[str, str]) -> None:
    """Without it a task would ask for the public address of an API, and wait for an answer."""
    ec2 = aws.client("ec2")
    vpc = outputs["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    assert disagreeing(aws, outputs) == {"VPC"}
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
