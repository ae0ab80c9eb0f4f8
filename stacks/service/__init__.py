"""One Fargate service: what its tasks run, may do, may reach, and under which name they are found.

All services of the same shape share this template; what differs is in their parameters.  An image
of ours is named by its digest, and while that is empty the service has no tasks: so everything can
be deployed before the first image is pushed, and a deployment never waits for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import Equals, GetAtt, If, Not, Ref, Sub, ec2, ecs, logs, servicediscovery

from private_fargate.kit.groups import NOWHERE, https, tcp
from private_fargate.kit.retention import keep
from private_fargate.kit.roles import add_role
from stacks.service.roles import EACH_SAYS_WHY, execution_statements, taken_by_tasks, task_statements
from stacks.service.shape import Config, Inputs, chosen, task_count
from stacks.service.task import HAS_IMAGE, add_task_definition

if TYPE_CHECKING:
    from private_fargate.kit.scope import Scope

__all__ = ["Config", "Inputs", "Outputs", "build", "chosen", "task_count"]

FAILED_TASKS_BEFORE_ROLLBACK = 3
DISCOVERY_TTL = 10  # seconds; the reference's


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Services are found by name; nobody waits for one."""


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Service: Fargate tasks in private subnets, found by name in the namespace."""
    log = scope.add(
        logs.LogGroup(
            "LogGroup",
            RetentionInDays=inputs.log_retention,
            KmsKeyId=inputs.key_arn,
            **keep(retain=config.retain),
        ),
        why="What the container writes to its standard output",
    )
    execution_role, execution_policy = add_role(
        scope,
        "Execution",
        taken_by_tasks(),
        execution_statements(config, inputs, log),
        why=("Fargate starts the tasks with it", EACH_SAYS_WHY),
    )
    task_role, task_policy = add_role(
        scope,
        "Task",
        taken_by_tasks(),
        task_statements(config, inputs),
        why=("What the application may do", EACH_SAYS_WHY),
    )
    definition = add_task_definition(scope, config, inputs, log, (execution_role, task_role))
    registration = _registration(scope, inputs)
    group = _security_group(scope, config, inputs)
    service = _service(scope, config, inputs, definition, registration, group)
    service.resource["DependsOn"] = [*execution_policy, *task_policy]
    return Outputs()


def _registration(scope: Scope, inputs: Inputs) -> servicediscovery.Service:
    records = [servicediscovery.DnsRecord(Type=kind, TTL=DISCOVERY_TTL) for kind in ("A", "SRV")]
    return scope.add(
        servicediscovery.Service(
            "DiscoveryService",
            Name=inputs.service_name,
            NamespaceId=inputs.namespace_id,
            DnsConfig=servicediscovery.DnsConfig(DnsRecords=records, RoutingPolicy="MULTIVALUE"),
            HealthCheckCustomConfig=servicediscovery.HealthCheckCustomConfig(FailureThreshold=1),
        ),
        why="The name by which the tasks are found; ECS adds and removes their addresses",
    )


def _security_group(scope: Scope, config: Config, inputs: Inputs) -> ec2.SecurityGroup:
    peers = [
        tcp("A service that it may call", port, CidrIp=inputs.peer_cidr[number])
        for number, port in inputs.peer_port.items()
    ]
    internet = [https("Calls out to the internet", CidrIp="0.0.0.0/0")] if config.internet else []
    return scope.add(
        ec2.SecurityGroup(
            "TaskSecurityGroup",
            GroupDescription=Sub("Tasks of ${Name}", Name=inputs.service_name),
            VpcId=inputs.vpc_id,
            SecurityGroupIngress=[
                tcp("Requests from inside the VPC", inputs.container_port, CidrIp=inputs.vpc_cidr)
            ],
            SecurityGroupEgress=[*peers, *internet] or [NOWHERE],
        ),
        why="Who may call the tasks, and whom they may call",
    )


def _service(  # noqa: PLR0913, PLR0917  # each part is a resource of its own
    scope: Scope,
    config: Config,
    inputs: Inputs,
    definition: ecs.TaskDefinition,
    registration: servicediscovery.Service,
    group: ec2.SecurityGroup,
) -> ecs.Service:
    count: object = inputs.task_count
    if config.image == "repository":
        scope.template.add_condition(HAS_IMAGE, Not(Equals(inputs.image_digest, "")))
        count = If(HAS_IMAGE, inputs.task_count, 0)
    return scope.add(
        ecs.Service(
            "Service",
            Cluster=inputs.cluster_name,
            TaskDefinition=Ref(definition),
            DesiredCount=count,
            # A strategy and not a launch type: another provider is then an update, not a replacement.
            CapacityProviderStrategy=[ecs.CapacityProviderStrategyItem(CapacityProvider="FARGATE", Weight=1)],
            PlatformVersion="LATEST",
            AvailabilityZoneRebalancing="ENABLED",
            DeploymentConfiguration=_deployment(),
            EnableECSManagedTags=True,
            EnableExecuteCommand=config.exec,
            PropagateTags="SERVICE",
            NetworkConfiguration=ecs.NetworkConfiguration(
                AwsvpcConfiguration=ecs.AwsvpcConfiguration(
                    AssignPublicIp="DISABLED",
                    Subnets=inputs.private_subnet_ids,
                    SecurityGroups=[GetAtt(group, "GroupId"), inputs.client_security_group_id],
                )
            ),
            ServiceRegistries=[
                ecs.ServiceRegistry(
                    RegistryArn=GetAtt(registration, "Arn"),
                    ContainerName=inputs.service_name,
                    ContainerPort=inputs.container_port,
                )
            ],
        ),
        why="Keeps the wanted number of tasks running, spread over the zones",
        must="It waits for the policies of both roles: a task without them fails to start",
    )


def _deployment() -> ecs.DeploymentConfiguration:
    """Roll back after a few failed tasks; without that CloudFormation waits for three hours."""
    return ecs.DeploymentConfiguration(
        MinimumHealthyPercent=100,
        MaximumPercent=200,
        DeploymentCircuitBreaker=ecs.DeploymentCircuitBreaker(
            Enable=True,
            Rollback=True,
            ThresholdConfiguration=ecs.ThresholdConfiguration(
                Type="COUNT", Value=FAILED_TASKS_BEFORE_ROLLBACK
            ),
        ),
    )
