"""A deployed network, as the AWS where it is describes it.

Nothing is taken from templates or settings: what was lost between them and the services is missing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.deploy.session import DeployError, explained
from private_fargate.fabric.answers import ask_cloud_map, ask_ec2, ask_ecs, ask_elb
from private_fargate.fabric.errors import NetworkNotReadError
from private_fargate.fabric.interview import interview
from private_fargate.fabric.model import Network
from private_fargate.fabric.readers import filters, owners, places, workloads

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.fabric.answers import CloudMapAnswers, Ec2Answers, EcsAnswers, ElbAnswers


def read(session: Session, vpc_id: str) -> Network:
    """Return what is in a VPC, and what belongs to it elsewhere: tasks, names, load balancers.

    It takes one look at what may be changing.  What came or went in the meantime may be in one part of the
    answer and missing in another.

    Raises:
        NetworkNotReadError: there is no such VPC, or the AWS cannot be asked; the message says what to do.
    """
    try:
        with explained(), interview(session, vpc_id) as asked:
            ec2 = ask_ec2(asked)
            subnets = frozenset(each["SubnetId"] for each in ec2.of_the_vpc["describe_subnets"])
            ecs, cloud_map, elb = ask_ecs(asked, subnets), ask_cloud_map(asked), ask_elb(asked, subnets)
    except DeployError as error:
        message = f"{vpc_id}: cannot be read: {error}"
        raise NetworkNotReadError(message) from error
    return _network(session.region, ec2, ecs, cloud_map, elb)


def _network(
    region: str, ec2: Ec2Answers, ecs: EcsAnswers, cloud_map: CloudMapAnswers, elb: ElbAnswers
) -> Network:
    internet_gateways = places.internet_gateways_of(ec2)
    nat_gateways = places.nat_gateways_of(ec2)
    endpoints = places.endpoints_of(ec2)
    instances = workloads.instances_of(ec2)
    tasks = workloads.tasks_of(ecs)
    load_balancers = workloads.load_balancers_of(elb)
    owned = owners.owners_by_name(
        nat_gateways=nat_gateways.values(),
        endpoints=endpoints.values(),
        instances=instances.values(),
        tasks=tasks.values(),
    )
    owned |= owners.owners_by_description(ec2, load_balancers.values())
    interfaces = places.interfaces_of(ec2, owned)
    return Network(
        region=region,
        vpc=places.vpc_of(ec2),
        subnets=places.subnets_of(ec2),
        route_tables=places.route_tables_of(
            ec2, existing={*internet_gateways, *nat_gateways, *endpoints, *interfaces}
        ),
        internet_gateways=internet_gateways,
        nat_gateways=nat_gateways,
        endpoints=endpoints,
        prefix_lists=places.prefix_lists_of(ec2),
        acls=filters.acls_of(ec2),
        groups=filters.groups_of(ec2),
        interfaces=interfaces,
        instances=instances,
        tasks=tasks,
        namespaces=workloads.namespaces_of(cloud_map),
        discovery_services=workloads.discovery_services_of(cloud_map),
        load_balancers=load_balancers,
        target_groups=workloads.target_groups_of(elb),
    )
