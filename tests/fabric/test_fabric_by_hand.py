"""A network that people changed by hand: what is gone is gone, and what is no longer true is not said."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from private_fargate.deploy.session import connect_to
from private_fargate.fabric.describing import read
from private_fargate.fabric.errors import NetworkNotReadError
from private_fargate.fabric.parts.filters import AclEntry, Traffic
from private_fargate.fabric.parts.workloads import Listener, Recipient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Client, Session
    from private_fargate.fabric.model import Network
    from private_fargate.local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

ANYWHERE = "0.0.0.0/0"


class Place(NamedTuple):
    """A VPC with two subnets, of which the first has a route table of its own."""

    session: Session
    vpc: str
    subnets: tuple[str, str]
    table: str

    @property
    def ec2(self) -> Client:
        return self.session.client("ec2")

    def read(self) -> Network:
        return read(self.session, self.vpc)


@pytest.fixture
def place(aws: Session) -> Place:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    first, second = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for block, zone in (("10.9.1.0/24", "us-east-1a"), ("10.9.2.0/24", "us-east-1b"))
    )
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=first)
    return Place(aws, vpc, (first, second), table)


def test_a_subnet_without_a_table_of_its_own_uses_the_main_one(place: Place) -> None:
    network = place.read()
    first, second = (network.route_table_of(subnet) for subnet in place.subnets)
    assert (first.id, first.is_main, second.is_main) == (place.table, False, True)
    assert network.route_tables.keys() == {first.id, second.id}


def test_a_route_to_a_nat_gateway_that_is_gone_leads_nowhere(place: Place) -> None:
    """The embedded AWS goes on calling it active."""
    made = place.ec2.create_nat_gateway(SubnetId=place.subnets[0], ConnectivityType="private")
    gateway = made["NatGateway"]["NatGatewayId"]
    place.ec2.create_route(RouteTableId=place.table, DestinationCidrBlock=ANYWHERE, NatGatewayId=gateway)

    def default(network: Network) -> tuple[str | None, bool]:
        routes = network.route_table_of(place.subnets[0]).routes
        (found,) = [each for each in routes if each.destination == IPv4Network(ANYWHERE)]
        return found.target_id, found.is_blackhole

    before = place.read()
    assert default(before) == (gateway, False)
    assert (before.nat_gateways[gateway].is_public, before.nat_gateways[gateway].mode) == (False, "zonal")
    assert [each.public for each in before.nat_gateways[gateway].addresses] == [None]
    place.ec2.delete_nat_gateway(NatGatewayId=gateway)
    after = place.read()
    assert default(after) == (gateway, True)
    assert after.nat_gateways == {}


def test_an_endpoint_that_was_deleted_is_gone(place: Place) -> None:
    asked = {"ServiceName": "com.amazonaws.us-east-1.s3", "VpcEndpointType": "Gateway"}
    made = place.ec2.create_vpc_endpoint(VpcId=place.vpc, RouteTableIds=[place.table], **asked)
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]
    found = place.read().endpoints
    assert found.keys() == {endpoint}
    assert found[endpoint].route_table_ids == {place.table}
    place.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert place.read().endpoints == {}


def test_an_instance_that_was_terminated_is_gone(place: Place) -> None:
    made = place.ec2.run_instances(
        MinCount=1, MaxCount=1, ImageId="ami-0c2023a1b2c3d4e5f", SubnetId=place.subnets[1]
    )
    instance = made["Instances"][0]["InstanceId"]
    assert place.read().instances[instance].profile_arn is None
    place.ec2.stop_instances(InstanceIds=[instance])
    assert place.read().instances[instance].state == "stopped"
    place.ec2.terminate_instances(InstanceIds=[instance])
    assert place.read().instances == {}


def test_a_subnet_has_the_acl_that_it_was_given(place: Place) -> None:
    filters = [{"Name": "vpc-id", "Values": [place.vpc]}]
    (first,) = place.ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    second = place.ec2.create_network_acl(VpcId=place.vpc)["NetworkAcl"]["NetworkAclId"]
    (moved,) = [one for one in first["Associations"] if one["SubnetId"] == place.subnets[1]]
    place.ec2.replace_network_acl_association(
        AssociationId=moved["NetworkAclAssociationId"], NetworkAclId=second
    )
    network = place.read()
    found = [network.subnets[each].acl_id for each in place.subnets]
    assert found == [first["NetworkAclId"], second]
    assert network.acls.keys() == {first["NetworkAclId"], second}


def test_a_denial_comes_before_what_it_takes_back(place: Place) -> None:
    filters = [{"Name": "vpc-id", "Values": [place.vpc]}]
    (acl,) = place.ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    entry = {"RuleNumber": 90, "Egress": False, "CidrBlock": "192.0.2.0/24", "RuleAction": "deny"}
    place.ec2.create_network_acl_entry(
        NetworkAclId=acl["NetworkAclId"], Protocol="6", PortRange={"From": 22, "To": 23}, **entry
    )
    entries = place.read().acls[acl["NetworkAclId"]].entries
    assert [each.number for each in entries if each.direction == "in"] == [90, 100, 32767]
    assert entries[0] == AclEntry(
        number=90,
        direction="in",
        allows=False,
        traffic=Traffic(protocol="tcp", ports=(22, 23)),
        block=IPv4Network("192.0.2.0/24"),
    )


def test_a_task_counts_from_its_start_to_its_stop(place: Place) -> None:
    ecs = place.session.client("ecs")
    cluster = ecs.create_cluster(clusterName="by-hand")["cluster"]["clusterArn"]
    definition = ecs.register_task_definition(
        family="by-hand",
        networkMode="awsvpc",
        containerDefinitions=[{"name": "web", "image": "example/web:1", "memory": 128}],
    )["taskDefinition"]["taskDefinitionArn"]
    network = {"awsvpcConfiguration": {"subnets": [place.subnets[1]]}}
    started = ecs.run_task(cluster=cluster, taskDefinition=definition, networkConfiguration=network)
    (arn,) = (task["taskArn"] for task in started["tasks"])
    found = place.read()
    (task,) = found.tasks.values()
    assert (task.arn, task.service, task.definition_arn) == (arn, None, definition)
    assert (task.subnet_id, task.execution_role_arn) == (place.subnets[1], None)
    assert found.interfaces[task.interface_id or ""].subnet_id == task.subnet_id
    ecs.stop_task(cluster=cluster, task=arn)
    assert place.read().tasks == {}


def test_a_load_balancer_is_found_by_its_subnets(place: Place) -> None:
    elb = place.session.client("elbv2")
    made = elb.create_load_balancer(Name="shop", Subnets=list(place.subnets), Scheme="internal")
    balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    group = {"Name": "shop", "Protocol": "HTTP", "Port": 80, "TargetType": "ip"}
    elsewhere = elb.create_target_group(VpcId="vpc-other", **{**group, "Name": "elsewhere"})
    arn = elb.create_target_group(VpcId=place.vpc, **group)["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": arn}
    listener = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=8080, DefaultActions=[action]
    )["Listeners"][0]["ListenerArn"]
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.9.1.7", "Port": 80}])
    network = place.read()
    (found,) = network.load_balancers.values()
    assert (found.arn, found.kind, found.is_internal) == (balancer, "application", True)
    assert found.subnet_ids == set(place.subnets)
    assert found.listeners == (Listener(arn=listener, protocol="HTTP", port=8080, target_group_arns=(arn,)),)
    (targets,) = network.target_groups.values()
    assert (targets.arn, targets.protocol, targets.port, targets.target_type) == (arn, "HTTP", 80, "ip")
    assert targets.recipients == (Recipient(id="10.9.1.7", port=80, health="healthy"),)
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    for each in (arn, elsewhere["TargetGroups"][0]["TargetGroupArn"]):
        elb.delete_target_group(TargetGroupArn=each)


def test_an_address_is_in_the_subnet_that_holds_it(place: Place) -> None:
    network = place.read()
    found = [network.subnet_of(IPv4Address(each)) for each in ("10.9.1.0", "10.9.2.255", "10.9.3.0")]
    assert [each.id if each else None for each in found] == [*place.subnets, None]


def test_a_vpc_that_is_not_there_is_named(aws: Session) -> None:
    with pytest.raises(NetworkNotReadError) as raised:
        read(aws, "vpc-0123")
    assert str(raised.value) == (
        f"vpc-0123: no such VPC in us-east-1 at {aws.endpoint}; `aws ec2 describe-vpcs` shows what there is"
    )


class Refusing(BaseHTTPRequestHandler):
    """Refuses whatever it is asked for, in the words of EC2."""

    def do_POST(self) -> None:
        body = (
            b"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not you</Message></Error>"
            b"</Errors><RequestID>1</RequestID></Response>"
        )
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def elsewhere(embedded_aws: EmbeddedAws, port: int) -> Session:
    return connect_to({**embedded_aws.environment(), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})


def test_a_refusal_is_told_in_the_words_of_aws(embedded_aws: EmbeddedAws, refusing: HTTPServer) -> None:
    with pytest.raises(NetworkNotReadError) as raised:
        read(elsewhere(embedded_aws, refusing.server_port), "vpc-0123")
    assert str(raised.value) == (
        "vpc-0123: cannot be read: An error occurred (UnauthorizedOperation) when calling the DescribeVpcs "
        "operation: not you"
    )


def test_nobody_at_the_address_is_told(embedded_aws: EmbeddedAws, refusing: HTTPServer) -> None:
    port = refusing.server_port
    refusing.socket.close()
    with pytest.raises(NetworkNotReadError, match=r"^vpc-0123: cannot be read: .*is the address right"):
        read(elsewhere(embedded_aws, port), "vpc-0123")
