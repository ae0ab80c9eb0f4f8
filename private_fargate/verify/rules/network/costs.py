"""Rules about what the network costs without need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.network.facts import demands_of, endpoints_in, lacks_endpoint
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.hosts import setting
from private_fargate.verify.templates.values import as_text, matches, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.iam import Policy
    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value


@rule(
    "NET-054",
    "info",
    "Image layers come through a gateway endpoint of S3, which is free",
    symptom="Every pull of an image pays the NAT gateway for its layers, $0.045 per GB",
    fix="Add an AWS::EC2::VPCEndpoint of type Gateway to s3, with the route tables of the tasks' subnets.",
    source="vpc/latest/privatelink/gateway-endpoints.html; AmazonECR/latest/userguide/vpc-endpoints.html",
)
def layers_come_through_a_gateway(model: Model) -> Iterator[Fault]:
    """The tasks start all the same, and the layers are on the bill of the NAT gateway."""
    told: set[str] = set()
    for task in model.tasks:
        if not any(demand.layers for demand in demands_of(model, task)):
            continue
        for subnet in task.subnets.values:
            way = model.routes.internet(subnet, False)
            vpc = model.routes.vpc_of(subnet)
            if "NAT gateway" not in way.kind or way.by is None or as_text(vpc) in told:
                continue
            lacks = lacks_endpoint(model, vpc, "s3")
            if lacks or _is_left_out(model, subnet, vpc):
                told.add(as_text(vpc))
                message = f"{task.name} pulls image layers through {way.by.address}"
                where = "its VPC has no gateway endpoint of S3" if lacks else "that of S3 is not on its route"
                yield Fault(way.by, f"{message}, and {where}")


def _is_left_out(model: Model, subnet: Value, vpc: Value | None) -> bool:
    """Say whether all endpoints that may be of S3 are gateways, and none is on a subnet's route table."""
    table = model.routes.table_of(subnet)
    found = [endpoint for endpoint in endpoints_in(model, vpc) if endpoint.name in ("", "s3")]
    if not found or not table.known or not model.system.is_whole:
        return False
    return all(
        endpoint.is_route
        and endpoint.route_tables.complete
        and not any(same(value, table.value) is not False for value in endpoint.route_tables.values)
        for endpoint in found
    )


@rule(
    "NET-055",
    "info",
    "An endpoint of KMS is there for somebody who calls KMS",
    symptom="The endpoint costs $7.30 a month in each zone, and nothing calls it",
    fix="Remove the endpoint: Secrets Manager, Systems Manager and CloudWatch Logs call KMS themselves.",
    source="AmazonECS/latest/developerguide/ecs-exec.html; AWS PrivateLink pricing",
)
def kms_has_callers(model: Model) -> Iterator[Fault]:
    """An encrypted secret looks as if the task had to reach KMS; the service that keeps it does."""
    found = [e for e in model.endpoints if e.name == "kms" and e.is_interface]
    if not found or not model.system.is_whole or not model.tasks or _has_other_callers(model):
        return
    if any(_may_call_kms(model, task) for task in model.tasks):
        return
    for endpoint in found:
        if model.routes.is_ours(endpoint.vpc):
            yield Fault(endpoint.resource, f"no task calls KMS, and {endpoint.resource.address} leads there")


def _has_other_callers(model: Model) -> bool:
    """Say whether something that is no task may call KMS from a VPC."""
    others = ("EC2::LaunchTemplate", "AutoScaling::AutoScalingGroup", "EKS::Cluster")
    functions = (f.get("VpcConfig") is not None for f in model.system.of("Lambda::Function"))
    instances = (_has_calling_role(model, instance) for instance in model.system.of("EC2::Instance"))
    return any(True for _ in model.system.of(*others)) or any(functions) or any(instances)


def _has_calling_role(model: Model, instance: Resource) -> bool:
    """Say whether an instance may call KMS; without a profile it has nothing to call with."""
    if setting(model.system, instance, "IamInstanceProfile") is None:
        return False
    role = model.roles.of_host(instance)
    return role is None or _lets_call_kms(model, role)


def _may_call_kms(model: Model, task: Workload) -> bool:
    """Say whether a task may call KMS: for Exec, or because its role lets it or nobody knows."""
    if task.definition is None or any(d.endpoint == "kms" or d.unknown for d in demands_of(model, task)):
        return True
    if task.exec is not False and model.system.find(task.cluster, "ECS::Cluster") is None:
        return True
    role = task.definition.get("TaskRoleArn")
    return role is not None and _lets_call_kms(model, role)


def _lets_call_kms(model: Model, value: Value) -> bool:
    """Say whether a role may let its holder call KMS; one that is not ours may."""
    role = model.roles.role(value)
    return role is None or any(_speaks_of_kms(policy) for policy in role.about("kms:Decrypt"))


def _speaks_of_kms(policy: Policy) -> bool:
    """Say whether a policy may allow a call of KMS."""
    return not policy.complete or any(
        statement.effect != "Deny"
        and (
            statement.actions.negated
            or any(matches(text.partition(":")[0], "kms") is not False for text in statement.actions.texts)
        )
        for statement in policy.statements
    )


RULES: Final[tuple[Rule, ...]] = (layers_come_through_a_gateway, kms_has_callers)
