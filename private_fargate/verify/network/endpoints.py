"""VPC endpoints: which service each leads to, read from the service's name, and how it is set up.

A name is read as far as it is written.  Its region is often an unknown, and so may be its beginning, which
some templates look up by partition.

Source: vpc/latest/privatelink/aws-services-privatelink-support.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from private_fargate.aws.endpoint_names import GLOBAL_SERVICE_NAMES
from private_fargate.verify.templates.symbols import has_symbol, has_unknown
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Items, Truth

EndpointType: TypeAlias = Literal[
    "Interface", "Gateway", "GatewayLoadBalancer", "Resource", "ServiceNetwork", "unknown"
]

COMMON_PREFIX: Final = "com.amazonaws"
CN_PREFIX: Final = "cn.com.amazonaws"

BY_ROUTE: Final = ("s3", "dynamodb")
"""The services that have gateway endpoints.

Source: vpc/latest/privatelink/gateway-endpoints.html
"""

_TYPES: Final[dict[str, EndpointType]] = {
    "interface": "Interface",
    "gateway": "Gateway",
    "gatewayloadbalancer": "GatewayLoadBalancer",
    "resource": "Resource",
    "servicenetwork": "ServiceNetwork",
}
_SYMBOLS: Final = "\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_NAME: Final = re.compile(
    rf"""(?P<prefix>
            (?:cn\.|[{_SYMBOLS}]\.?)?com\.amazonaws
            | com\.amazonaws[{_SYMBOLS}] | [{_SYMBOLS}]
            | eu\.amazonaws | (?:aws\.)?api\.aws | aws\.api | aws\.sagemaker
            | gov\.ic\.c2s | gov\.sgov\.sc2s | uk\.adc-e\.cloud
        )
        \.(?P<region>[{_SYMBOLS}] | [a-z]{{2,4}}(?:-[a-z]+)+-\d+)
        \.(?P<name>.+)""",
    re.VERBOSE | re.DOTALL,
)


_OTHERS: Final = re.compile(
    rf"com\.amazonaws\.vpce\.(?:[{_SYMBOLS}]|[a-z0-9-]+)\.(?P<name>vpce-svc-[0-9a-f]+)"
)
"""The names of services that are somebody's, and none of AWS's.

Source: vpc/latest/privatelink/privatelink-share-your-services.html
"""


class ServiceName(NamedTuple):
    """The parts of the name of an endpoint service of AWS.

    Attributes:
        prefix: What stands before the region: `com.amazonaws`, `cn.com.amazonaws`, …; may hold a symbol.
        region: The region, which may be a symbol; empty for a service without one.
        name: The rest, `ecr.api`; may hold symbols.
    """

    prefix: str
    region: str
    name: str


def service_name(value: Value) -> ServiceName | None:
    """Read the name of an endpoint service; None if it is not one of AWS's, or nobody can tell.

    >>> tuple(service_name("com.amazonaws.eu-west-1.ecr.api"))
    ('com.amazonaws', 'eu-west-1', 'ecr.api')
    >>> service_name("com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0") is None
    True
    """
    if value is None or isinstance(value, list | dict):
        return None
    text = as_text(value)
    if text in GLOBAL_SERVICE_NAMES:
        return ServiceName(COMMON_PREFIX, "", text.removeprefix(f"{COMMON_PREFIX}."))
    found = _NAME.fullmatch(text)
    return ServiceName(found["prefix"], found["region"], found["name"]) if found else None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint.

    Attributes:
        resource: The endpoint.
        type: What kind it is; `unknown` if the templates do not tell.
        name: The service, as `ecr.api`, or `vpce-svc-…` for one that is not AWS's; empty if it is not known.
        region: The region of the service as its name has it; empty if the name is not known.
        service_region: The region that `ServiceRegion` names; None if it is not written.
        vpc: What refers to its VPC.
        subnets: Where an interface has its addresses.
        groups: The security groups of an interface; none means the default group of the VPC.
        route_tables: The route tables that a gateway puts its route into.
        private_dns: Whether the public name of the service leads to it.
        policy: Its policy: a document, an unknown, or None where everything is allowed.
    """

    resource: Resource
    type: EndpointType
    name: str
    region: str
    service_region: Value | None
    vpc: Value
    subnets: Items
    groups: Items
    route_tables: Items
    private_dns: Truth
    policy: Value | None

    @property
    def is_interface(self) -> bool:
        """Whether it has addresses in subnets, and security groups."""
        return self.type == "Interface"

    @property
    def is_gateway(self) -> bool:
        """Whether it is a route."""
        return self.type == "Gateway"

    @property
    def is_route(self) -> bool:
        """Whether it leads to its service by route tables."""
        return self.is_gateway and self.name in BY_ROUTE

    @property
    def has_addresses(self) -> bool:
        """Whether it leads to its service by addresses, or would if its type were the service's."""
        return self.is_interface or (self.is_gateway and not self.is_route)


def endpoints(system: System) -> tuple[Endpoint, ...]:
    """Give all VPC endpoints of a system."""
    return tuple(endpoint(resource) for resource in system.of("EC2::VPCEndpoint"))


def endpoint(resource: Resource) -> Endpoint:
    """Read one VPC endpoint."""
    written = resource.get("ServiceName")
    found = service_name(written)
    other = _OTHERS.fullmatch(as_text(written)) if found is None and isinstance(written, str) else None
    return Endpoint(
        resource=resource,
        type=endpoint_type(resource.get("VpcEndpointType")),
        name=other["name"] if other else "" if found is None or has_symbol(found.name) else found.name,
        region="" if found is None else found.region,
        service_region=resource.get("ServiceRegion"),
        vpc=resource.get("VpcId"),
        subnets=resource.items("SubnetIds"),
        groups=resource.items("SecurityGroupIds"),
        route_tables=resource.items("RouteTableIds"),
        private_dns=resource.flag("PrivateDnsEnabled"),
        policy=_document(resource.get("PolicyDocument")),
    )


def endpoint_type(value: Value) -> EndpointType:
    """Read the type of an endpoint, which is a gateway if it is not written.

    Source: AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html

    >>> endpoint_type("Interface"), endpoint_type(None)
    ('Interface', 'Gateway')
    """
    if value is None:
        return "Gateway"
    return _TYPES.get(as_text(value).lower(), "unknown")


def _document(value: Value) -> Value | None:
    """Read a policy, which may be written as JSON in a text."""
    if not isinstance(value, str) or has_unknown(value):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
