"""Private doors to the AWS APIs that a task calls before its first line of code runs.

With no NAT gateway a task starts only if every API that it calls has an endpoint in the VPC.
ECR is the trap: login, registry and image layers are three services, and the third is S3, which
is reached by a route instead of an address.

Whoever may use the doors is in one security group, which tasks and the jump host join.  It stands
here, beside the group that it opens, so that neither has to know the stacks that come after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from troposphere import Equals, FindInMap, GetAtt, If, Join, Partition, Region, ec2

from private_fargate.config.derived import any_exec, other_registries, without_jump_host
from private_fargate.config.endpoints import endpoint_plan
from private_fargate.kit import kinds
from private_fargate.kit.endpoint_policies import gateway_policy, interface_policy
from private_fargate.kit.groups import NOWHERE, https
from private_fargate.kit.texts import name_tag

if TYPE_CHECKING:
    from troposphere import Tags

    from private_fargate.config.endpoints import PlannedEndpoint
    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
PREFIXES = "EndpointPrefixes"
HAS_JUMP_HOST = "HasJumpHost"


@dataclass(frozen=True, kw_only=True)
class Config:
    """Which endpoints, each with the reasons why.

    Attributes:
        name: prefix of the Name tags, if none is asked for.
        endpoints: the plan, as `private_fargate.config.endpoints` derives it.
        only_for_jump_host: names of those that would not be in it without a jump host.
        registries: account IDs, other than ours, whose ECR repositories hold images of ours.
        package_repositories: whether a jump host installs packages of Amazon Linux from S3.
        exec_sessions: whether people run commands inside tasks.
    """

    name: str
    endpoints: tuple[PlannedEndpoint, ...]
    only_for_jump_host: frozenset[str]
    registries: tuple[str, ...]
    package_repositories: bool
    exec_sessions: bool

    @classmethod
    def of(cls, environment: Environment) -> Config:
        """Return the endpoints that an environment needs, or lists."""
        return cls(
            name=environment.name,
            endpoints=endpoint_plan(environment),
            only_for_jump_host=_names(environment) - _names(without_jump_host(environment)),
            registries=other_registries(environment),
            package_repositories=environment.jump_host != "none",
            exec_sessions=any_exec(environment, environment.services),
        )

    @property
    def follows_jump_host(self) -> bool:
        """Whether something here depends on whether there is a jump host."""
        gateway = any(planned.service.name == "s3" for planned in self.endpoints)
        return bool(self.only_for_jump_host) or (self.package_repositories and gateway)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where the doors stand, whose routes lead to S3, and what the person launching chooses."""

    vpc_id: kinds.VpcId
    private_subnet_ids: kinds.PrivateSubnetIds
    private_route_table_ids: kinds.PrivateRouteTableIds
    s3_prefix_list_id: kinds.S3PrefixListId
    name: kinds.SystemName | None = None
    with_jump_host: kinds.JumpHostChoice | None = None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The security group that opens the doors."""

    client_security_group_id: kinds.EndpointClientSecurityGroupId


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """VPC endpoints: HTTPS from tasks to AWS APIs, and a route to S3 for image layers."""
    interfaces = [planned for planned in config.endpoints if planned.service.type == "Interface"]
    if inputs.with_jump_host is not None:
        scope.template.add_condition(HAS_JUMP_HOST, Equals(inputs.with_jump_host, "yes"))
    clients = _client_group(scope, config, inputs)
    if interfaces:
        scope.template.add_mapping(PREFIXES, _prefixes(interfaces))
        doors = _door_group(scope, config, inputs, clients)
        for planned in interfaces:
            _interface_endpoint(scope, config, inputs, planned, doors)
    for planned in config.endpoints:
        if planned.service.type == "Gateway":
            _gateway_endpoint(scope, config, inputs, planned)
    return Outputs(client_security_group_id=kinds.EndpointClientSecurityGroupId.of(clients))


def _client_group(scope: Scope, config: Config, inputs: Inputs) -> ec2.SecurityGroup:
    return scope.add(
        ec2.SecurityGroup(
            "EndpointClientSecurityGroup",
            GroupDescription="May call AWS APIs through the VPC endpoints",
            VpcId=inputs.vpc_id,
            SecurityGroupEgress=[
                https("Image layers and packages, from S3", DestinationPrefixListId=inputs.s3_prefix_list_id)
            ],
            Tags=_name_tag(config, inputs, "endpoint clients"),
        ),
        why="Tasks and the jump host are in it; it says where AWS APIs are reached, and no more",
    )


def _door_group(
    scope: Scope, config: Config, inputs: Inputs, clients: ec2.SecurityGroup
) -> ec2.SecurityGroup:
    doors = scope.add(
        ec2.SecurityGroup(
            "EndpointSecurityGroup",
            GroupDescription="HTTPS to the VPC endpoints",
            VpcId=inputs.vpc_id,
            SecurityGroupIngress=[
                https(
                    "Tasks and the jump host call AWS APIs",
                    SourceSecurityGroupId=GetAtt(clients, "GroupId"),
                )
            ],
            # An endpoint never opens a connection; left out, CloudFormation would allow all of them.
            SecurityGroupEgress=[NOWHERE],
            Tags=_name_tag(config, inputs, "endpoints"),
        ),
        why="The endpoints answer their clients and nobody else in the VPC",
    )
    scope.add(
        ec2.SecurityGroupEgress(
            "EndpointClientEgress",
            GroupId=GetAtt(clients, "GroupId"),
            Description="AWS APIs, through the endpoints",
            DestinationSecurityGroupId=GetAtt(doors, "GroupId"),
            IpProtocol="tcp",
            FromPort=443,
            ToPort=443,
        ),
        why="Apart from the group, because the two groups name each other",
    )
    return doors


def _interface_endpoint(
    scope: Scope, config: Config, inputs: Inputs, planned: PlannedEndpoint, doors: ec2.SecurityGroup
) -> None:
    service = planned.service
    prefix = FindInMap(PREFIXES, Partition, service.title)
    _endpoint(
        scope,
        planned,
        _condition(config, inputs, service.name),
        VpcEndpointType="Interface",
        ServiceName=Join(".", [prefix, Region, service.name]),
        VpcId=inputs.vpc_id,
        SubnetIds=inputs.private_subnet_ids,
        SecurityGroupIds=[GetAtt(doors, "GroupId")],
        PrivateDnsEnabled=True,
        PolicyDocument=interface_policy(service.name, config.registries, exec_sessions=config.exec_sessions),
        Tags=_name_tag(config, inputs, service.name),
    )


def _gateway_endpoint(scope: Scope, config: Config, inputs: Inputs, planned: PlannedEndpoint) -> None:
    service = planned.service
    _endpoint(
        scope,
        planned,
        _condition(config, inputs, service.name),
        VpcEndpointType="Gateway",
        # Gateway endpoints have the same name in every partition.
        ServiceName=Join(".", ["com.amazonaws", Region, service.name]),
        VpcId=inputs.vpc_id,
        RouteTableIds=inputs.private_route_table_ids,
        PolicyDocument=_gateway_policy(config, inputs, service.name),
        Tags=_name_tag(config, inputs, service.name),
    )


def _gateway_policy(config: Config, inputs: Inputs, service: str) -> object:
    """Return the policy of a gateway: packages are for the jump host alone."""
    packages = config.package_repositories
    document = gateway_policy(service, packages=packages)
    if inputs.with_jump_host is None or not packages or service != "s3":
        return document
    return If(HAS_JUMP_HOST, document, gateway_policy(service, packages=False))


def _endpoint(scope: Scope, planned: PlannedEndpoint, condition: str | None, **properties: Any) -> None:
    endpoint = ec2.VPCEndpoint(f"{planned.service.title}Endpoint", **properties)
    scope.add(endpoint, why=planned.because, condition=condition)


def _condition(config: Config, inputs: Inputs, service: str) -> str | None:
    """Return under which condition an endpoint exists."""
    depends = inputs.with_jump_host is not None and service in config.only_for_jump_host
    return HAS_JUMP_HOST if depends else None


def _name_tag(config: Config, inputs: Inputs, of: str) -> Tags:
    return name_tag(inputs.name or config.name, of)


def _names(environment: Environment) -> frozenset[str]:
    return frozenset(planned.service.name for planned in endpoint_plan(environment))


def _prefixes(interfaces: list[PlannedEndpoint]) -> dict[str, dict[str, str]]:
    return {
        partition: {planned.service.title: planned.service.prefix(partition) for planned in interfaces}
        for partition in PARTITIONS
    }
