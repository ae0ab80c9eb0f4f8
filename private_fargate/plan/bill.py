"""What the resources of a system cost in a month before anybody uses them, as far as templates tell.

What grows with use is left out: data, requests, log events, images.  Of a number that only the deployment
tells, such as a count that is a parameter without a value, the position is named as not known.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from private_fargate.aws import prices
from private_fargate.verify.network.addresses import public_address
from private_fargate.verify.tasks.workloads import default_strategy, definition_of, is_on_fargate, one_word
from private_fargate.verify.templates.values import as_int, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Items

Position: TypeAlias = tuple[str, Decimal | None]
"""What is paid for, and USD a month; None where the price is not known here."""

_DISK: Final = 8  # GB, the size of the image of Amazon Linux 2023
_FREE_STORAGE: Final = 20  # GB of ephemeral storage that a task has for nothing

_NOTHING: Final[dict[str, Any]] = {}

_BY_THE_PIECE: Final = (
    ("AWS::KMS::Key", "KMS keys", prices.KMS_KEY.usd),
    ("AWS::KMS::ReplicaKey", "KMS keys", prices.KMS_KEY.usd),
    ("AWS::SecretsManager::Secret", "secrets", prices.SECRET.usd),
    ("AWS::Route53::HostedZone", "hosted zones", prices.HOSTED_ZONE.usd),
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", "hosted zones", prices.HOSTED_ZONE.usd),
    ("AWS::ServiceDiscovery::PublicDnsNamespace", "hosted zones", prices.HOSTED_ZONE.usd),
    ("AWS::EC2::EIP", "public IPv4 addresses", prices.PUBLIC_IPV4.monthly),
)

_UNPRICED_TYPES: Final = (
    "AWS::AutoScaling::AutoScalingGroup AWS::CloudWatch::Alarm AWS::EC2::TransitGatewayAttachment "
    "AWS::EC2::Volume AWS::EC2::VPNConnection AWS::ECS::ExpressGatewayService "
    "AWS::ElastiCache::CacheCluster AWS::ElastiCache::ReplicationGroup "
    "AWS::ElasticLoadBalancing::LoadBalancer AWS::ElasticLoadBalancingV2::LoadBalancer "
    "AWS::FSx::FileSystem AWS::MSK::Cluster AWS::MemoryDB::Cluster AWS::NetworkFirewall::Firewall "
    "AWS::OpenSearchService::Domain AWS::RDS::DBCluster AWS::RDS::DBInstance AWS::RDS::DBProxy "
    "AWS::Redshift::Cluster AWS::SageMaker::Endpoint AWS::WAFv2::WebACL"
)
# The usual types that cost something by the hour or the month, and whose price is not among ours.


def positions(system: System) -> Iterator[Position]:
    """Yield the positions of the bill; what is paid for may come several times."""
    for resource_type, what, price in _BY_THE_PIECE:
        yield from ((what, price) for _ in system.by_type.get(resource_type, ()))
    for service in system.of("ECS::Service"):
        yield from _tasks(system, service)
    for gateway in system.of("EC2::NatGateway"):
        yield from _gateway(system, gateway)
    for endpoint in system.of("EC2::VPCEndpoint"):
        yield from _endpoint(endpoint)
    for instance in system.of("EC2::Instance"):
        yield from _instance(system, instance)
    for resource_type in _UNPRICED_TYPES.split():
        yield from (
            (f"{found.address} ({found.type})", None) for found in system.by_type.get(resource_type, ())
        )


def _tasks(system: System, service: Resource) -> Iterator[Position]:
    """Yield what the tasks of a service cost on Fargate; those on instances are paid with these."""
    what = f"Fargate tasks of {service.address}"
    on_fargate = is_on_fargate(system, service)
    if on_fargate is False or one_word(service.get("SchedulingStrategy"), "DAEMON") is True:
        return
    count = 1 if service.get("DesiredCount") is None else service.number("DesiredCount")
    definition = definition_of(system, service.get("TaskDefinition"))
    price = _price_of_task(definition) if definition else None
    if count == 0:
        yield what, Decimal(0)
    elif on_fargate is None or count is None or price is None or not _is_on_demand(system, service):
        yield what, None
    else:
        yield what, price * count
        if one_word(service.get("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"), "ENABLED"):
            yield "public IPv4 addresses", prices.PUBLIC_IPV4.monthly * count


def _is_on_demand(system: System, service: Resource) -> bool:
    """Say whether no task runs on Fargate Spot, whose price moves and is not known here."""
    strategy = service.items("CapacityProviderStrategy")
    if service.get("LaunchType") is not None:
        return True
    if not strategy.values and strategy.complete:
        strategy = default_strategy(system, service.get("Cluster")) or strategy
    providers = [as_text(item.get("CapacityProvider")) for item in _objects(strategy)]
    return strategy.complete and all(provider.upper() == "FARGATE" for provider in providers)


def _price_of_task(definition: Resource) -> Decimal | None:
    """Return what one task costs in a month; None if its size is not known, or it is one of Windows."""
    cpu, memory = definition.number("Cpu"), definition.number("Memory")
    system = definition.text("RuntimePlatform", "OperatingSystemFamily") or "LINUX"
    if cpu is None or memory is None or system.upper() != "LINUX":
        return None
    arm = one_word(definition.get("RuntimePlatform", "CpuArchitecture"), "ARM64") is True
    vcpu = prices.FARGATE_ARM_VCPU if arm else prices.FARGATE_X86_VCPU
    gigabyte = prices.FARGATE_ARM_MEMORY if arm else prices.FARGATE_X86_MEMORY
    storage = definition.number("EphemeralStorage", "SizeInGiB") or _FREE_STORAGE
    extra = prices.FARGATE_STORAGE.monthly * max(0, storage - _FREE_STORAGE)
    return vcpu.monthly * cpu / 1024 + gigabyte.monthly * memory / 1024 + extra


def _gateway(system: System, gateway: Resource) -> Iterator[Position]:
    """Yield what a NAT gateway costs; a regional one is billed for each zone, and has its own addresses."""
    if one_word(gateway.get("AvailabilityMode"), "REGIONAL") is not True:
        yield "NAT gateways", prices.NAT_GATEWAY.monthly
        return
    vpc = gateway.get("VpcId")
    subnets = [subnet for subnet in system.of("EC2::Subnet") if subnet.get("VpcId") == vpc]
    zones = len({repr(subnet.get("AvailabilityZone") or subnet.address) for subnet in subnets})
    if not zones:
        yield "NAT gateways", None
        return
    yield "NAT gateways", prices.NAT_GATEWAY.monthly * zones
    if gateway.get("AvailabilityZoneAddresses") is None:
        yield "public IPv4 addresses", prices.PUBLIC_IPV4.monthly * zones


def _endpoint(endpoint: Resource) -> Iterator[Position]:
    kind = (endpoint.text("VpcEndpointType") or "Gateway").upper()
    subnets = endpoint.items("SubnetIds")
    if kind == "INTERFACE":
        monthly = prices.INTERFACE_ENDPOINT.monthly * len(subnets.values) if subnets.complete else None
        yield "interface endpoints", monthly
    elif kind != "GATEWAY":
        yield f"{endpoint.address} ({endpoint.type}, {endpoint.text('VpcEndpointType')})", None


def _instance(system: System, instance: Resource) -> Iterator[Position]:
    price = prices.INSTANCES.get(instance.text("InstanceType") or "")
    yield f"instance {instance.address}", None if price is None else price.monthly
    disks = _objects(instance.items("BlockDeviceMappings"))
    sizes = [as_int(_inside(disk, "Ebs").get("VolumeSize")) for disk in disks]
    gigabytes = sum(size for size in sizes if size) or _DISK
    yield f"disks of {instance.address}", prices.GP3_STORAGE.usd * gigabytes
    first = next(iter(_objects(instance.items("NetworkInterfaces"))), _NOTHING)
    subnet = system.find(first.get("SubnetId") or instance.get("SubnetId"), "EC2::Subnet")
    if public_address(first.get("AssociatePublicIpAddress"), subnet):
        yield "public IPv4 addresses", prices.PUBLIC_IPV4.monthly


def _objects(items: Items) -> list[dict[str, Any]]:
    """Return those items of a list that are objects, as far as they are known."""
    return [cast("dict[str, Any]", item) for item in items.values if isinstance(item, dict)]


def _inside(record: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object within an object; an empty one if there is none."""
    value = record.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else _NOTHING
