"""Network interfaces of NAT gateways, endpoints and tasks: in their subnet, with their security groups.

moto gives the first two an address from anywhere in 10.0.0.0/8, and others the address of the network itself.
"""

from __future__ import annotations

from ipaddress import ip_network
from itertools import islice
from typing import TYPE_CHECKING, Any

from private_fargate.local.server import moto_backend as moto
from private_fargate.local.server.handlers import ONE_AT_A_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_RESERVED = (
    3  # AWS keeps the first four addresses and the last one; hosts() leaves out the first and the last
)


def create(subnet_id: str, groups: Sequence[str], description: str, kind: str) -> Any:  # noqa: ANN401 -- moto's record
    """Make an interface at the lowest free address of a subnet, and return moto's record of it.

    Args:
        subnet_id: where.
        groups: IDs of security groups; none means the default group of the VPC.
        description: which EC2 shows.
        kind: its InterfaceType: nat_gateway, vpc_endpoint, interface.

    Raises:
        ValueError: no address is free.
    """
    options = {"Groups": list(groups)} if groups else {}
    with ONE_AT_A_TIME:
        address = _free_address(subnet_id)
        made = moto.client().create_network_interface(
            SubnetId=subnet_id, Description=description, PrivateIpAddress=address, **options
        )
        record = moto.backend().enis[made["NetworkInterface"]["NetworkInterfaceId"]]
        record.subnet.request_ip(address, record)  # else moto gives it to an instance too
    record.interface_type = kind
    return record


def remove(interface_ids: Iterable[str]) -> None:
    """Remove interfaces that AWS removes with their owner; those that are gone are no matter."""
    backend = moto.backend()
    for interface_id in interface_ids:
        interface = backend.enis.pop(interface_id, None)
        if interface is not None:
            backend.get_subnet(interface.subnet.id).del_subnet_ip(interface.private_ip_address)


def _free_address(subnet_id: str) -> str:
    backend = moto.backend()
    subnet = backend.get_subnet(subnet_id)
    taken = {each.private_ip_address for each in backend.enis.values() if each.subnet.id == subnet_id}
    taken |= set(subnet._subnet_ips)
    for host in islice(ip_network(subnet.cidr_block).hosts(), _RESERVED, None):
        if str(host) not in taken:
            return str(host)
    raise ValueError(f"InsufficientFreeAddressesInSubnet: {subnet_id} has no free address")
