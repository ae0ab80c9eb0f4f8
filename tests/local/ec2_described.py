"""What EC2 describes, as short as a test wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session


def described(aws: Session, operation: str, key: str, /, **arguments: Any) -> list[dict[str, Any]]:
    return list(getattr(aws.client("ec2"), operation)(**arguments)[key])


def the(aws: Session, operation: str, key: str, /, **arguments: Any) -> dict[str, Any]:
    (item,) = described(aws, operation, key, **arguments)
    return item


def interfaces_in(aws: Session, subnet: str) -> list[dict[str, Any]]:
    inside = [{"Name": "subnet-id", "Values": [subnet]}]
    return described(aws, "describe_network_interfaces", "NetworkInterfaces", Filters=inside)


def routes_of(aws: Session, table: str) -> dict[str, str]:
    """Return targets by destination, without the local route."""
    routes = the(aws, "describe_route_tables", "RouteTables", RouteTableIds=[table])["Routes"]
    found = {
        each.get("DestinationCidrBlock") or each["DestinationPrefixListId"]: (
            each.get("NatGatewayId") or each.get("GatewayId")
        )
        for each in routes
    }
    return {destination: target for destination, target in found.items() if target != "local"}


def egress_of(aws: Session, group_id: str) -> list[dict[str, Any]]:
    found = the(aws, "describe_security_groups", "SecurityGroups", GroupIds=[group_id])
    return list(found["IpPermissionsEgress"])


def tags_of(aws: Session, resource_id: str) -> dict[str, str]:
    of_it = [{"Name": "resource-id", "Values": [resource_id]}]
    found = described(aws, "describe_tags", "Tags", Filters=of_it)
    return {tag["Key"]: tag["Value"] for tag in found if not tag["Key"].startswith("aws:")}
