"""Which interface belongs to what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.fabric.parts.places import Owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from private_fargate.fabric.answers import Ec2Answers
    from private_fargate.fabric.parts.places import Endpoint, NatGateway
    from private_fargate.fabric.parts.workloads import Instance, LoadBalancer, Task

_BALANCER = "ELB "  # begins a description that ends like the ARN: `ELB app/shop/50dc6c495c0c9188`


def owners_by_name(
    *,
    nat_gateways: Iterable[NatGateway],
    endpoints: Iterable[Endpoint],
    instances: Iterable[Instance],
    tasks: Iterable[Task],
) -> dict[str, Owner]:
    """Return what interfaces belong to, where the owner names them; by the ID of the interface."""
    owners: dict[str | None, Owner] = {}
    for gateway in nat_gateways:
        owner = Owner(kind="NAT gateway", id=gateway.id)
        owners |= {address.interface_id: owner for address in gateway.addresses}
    for endpoint in endpoints:
        owners |= dict.fromkeys(endpoint.interface_ids, Owner(kind="endpoint", id=endpoint.id))
    for instance in instances:
        owners |= dict.fromkeys(instance.interface_ids, Owner(kind="instance", id=instance.id))
    for task in tasks:
        owners[task.interface_id] = Owner(kind="task", id=task.arn)
    return {interface: owner for interface, owner in owners.items() if interface is not None}


def owners_by_description(answers: Ec2Answers, balancers: Iterable[LoadBalancer]) -> dict[str, Owner]:
    """Return what interfaces belong to, where only their description says it: to load balancers.

    Source: https://repost.aws/knowledge-center/elb-find-load-balancer-ip
    """
    by_ending = {each.arn.partition(":loadbalancer/")[2]: each.arn for each in balancers}
    return {
        interface: Owner(kind="load balancer", id=by_ending[ending])
        for interface, ending in _endings(answers)
        if ending in by_ending
    }


def _endings(answers: Ec2Answers) -> Iterator[tuple[str, str]]:
    for each in answers.of_the_vpc["describe_network_interfaces"]:
        description: str = each.get("Description", "")
        if description.startswith(_BALANCER):
            yield each["NetworkInterfaceId"], description.removeprefix(_BALANCER)
