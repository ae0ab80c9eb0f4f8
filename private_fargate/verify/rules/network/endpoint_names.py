"""Rules about the names of endpoint services: whether there is such a service, and where."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from private_fargate.aws.endpoint_names import (
    CN_PLAIN,
    CN_PREFIXED,
    KNOWN_ENDPOINT_NAMES,
    NEAR_MISSES,
    is_known_endpoint_name,
)
from private_fargate.aws.needs import REACH_ECS
from private_fargate.aws.regions import needs_ecs_endpoints
from private_fargate.verify.network.endpoints import CN_PREFIX, COMMON_PREFIX, service_name
from private_fargate.verify.rules.network.facts import endpoints_in, home_region
from private_fargate.verify.rules.paths import listed
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.symbols import Unknown, has_symbol, is_unknown
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

_SERVICES: Final = "vpc/latest/privatelink/aws-services-privatelink-support.html"
_AT: Final = ("ServiceName",)
_GATEWAYS: Final = frozenset({"dynamodb", "s3", "s3express"})
_OWN: Final = "com.amazonaws.vpce."
_WRONG_PREFIXES: Final = ("com.amazon.", "com.aws.", "amazonaws.com.", "amazonaws.", "aws.com.")


def belongs_to_interface(endpoint: Endpoint) -> bool:
    """Say whether an endpoint's service is certainly none that a gateway leads to."""
    text = as_text(endpoint.resource.get("ServiceName") or "")
    if text.startswith(_OWN):
        return True
    return bool(endpoint.name) and endpoint.name not in _GATEWAYS and is_known_endpoint_name(endpoint.name)


@rule(
    "NET-016",
    "error",
    "An endpoint is a gateway only to S3 or DynamoDB",
    symptom="Endpoint type (Gateway) does not match available service types ([Interface])",
    fix="Write VpcEndpointType: Interface, with SubnetIds, SecurityGroupIds and PrivateDnsEnabled: true.",
    source="AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html",
)
def gateways_lead_to_few_services(model: Model) -> Iterator[Fault]:
    """`VpcEndpointType` may be left out, and then it is Gateway, whatever the service is."""
    for endpoint in model.endpoints:
        if not endpoint.is_gateway or not belongs_to_interface(endpoint):
            continue
        written = endpoint.resource.get("VpcEndpointType") is not None
        how = "VpcEndpointType is Gateway" if written else "VpcEndpointType is left out, which means Gateway"
        message = f"{how}, and {_shown(endpoint)} is reached by an interface only"
        yield Fault(endpoint.resource, message, at=("VpcEndpointType",) if written else _AT)


def _shown(endpoint: Endpoint) -> str:
    return endpoint.name or as_text(endpoint.resource.get("ServiceName"))


@rule(
    "NET-019",
    "error",
    "An endpoint's service is in the region of the deployment, or ServiceRegion says where",
    symptom="The Vpc Endpoint Service 'com.amazonaws.us-east-1.ecr.api' does not exist",
    fix="Write ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api.",
    source=_SERVICES,
)
def services_are_in_the_region(model: Model) -> Iterator[Fault]:
    """A name with a region in it works in that region, where it was written, and in no other.

    Where nobody says what region that is, a template for one region is right there; doubt is in order when
    one interface names a region and another takes whichever it is.
    """
    found = [endpoint for endpoint in model.endpoints if endpoint.region]
    written = [
        endpoint for endpoint in found if not has_symbol(endpoint.region) and endpoint.service_region is None
    ]
    home = home_region(model.system)
    if home:
        for endpoint in written:
            if endpoint.region != home:
                message = f"the service is that of {endpoint.region}, and the stack is deployed to {home}"
                yield Fault(endpoint.resource, message, at=_AT)
        return
    yield from _minority(written)
    others = [endpoint for endpoint in found if _is_pseudo(model.system, endpoint.region)]
    alike = [endpoint for endpoint in others if not endpoint.is_gateway]
    # What a generator writes for one region has a gateway that takes AWS::Region, and interfaces that do not.
    for endpoint in written if alike and len({found.region for found in written}) == 1 else ():
        name = alike[0].resource.address
        message = f"the service is that of {endpoint.region} only, while {name} takes AWS::Region"
        yield Fault(endpoint.resource, message, at=_AT, severity="warning")


def _is_pseudo(system: System, region: Value) -> bool:
    meaning = system.world.symbols.meaning(region) if is_unknown(region) else None
    return isinstance(meaning, Unknown) and meaning.name == "AWS::Region"


def _minority(written: list[Endpoint]) -> Iterator[Fault]:
    """Find what differs from most of the others: one stack is in one region."""
    most = Counter(endpoint.region for endpoint in written).most_common(1)
    for endpoint in written:
        if endpoint.region != most[0][0]:
            message = f"the service is that of {endpoint.region}, while other endpoints name {most[0][0]}"
            yield Fault(endpoint.resource, message, at=_AT)


@rule(
    "NET-020",
    "error",
    "An endpoint's service has the name that AWS gave it",
    symptom="The Vpc Endpoint Service 'com.amazonaws.us-east-1.ecr' does not exist",
    fix="Write the name that `aws ec2 describe-vpc-endpoint-services` lists, such as ecr.api and ecr.dkr.",
    source=_SERVICES,
)
def services_exist(model: Model) -> Iterator[Fault]:
    """The names differ from those of the products and of the SDK, and nothing compares them before EC2."""
    for endpoint in model.endpoints:
        value = endpoint.resource.get("ServiceName")
        message = _misnamed(endpoint, as_text(value)) if value is not None else ""
        if message:
            yield Fault(endpoint.resource, message, at=_AT)


def _misnamed(endpoint: Endpoint, text: str) -> str:
    if endpoint.name:
        meant = NEAR_MISSES.get(endpoint.name, ())
        known = is_known_endpoint_name(endpoint.name) or not meant
        return "" if known else f"there is no service {endpoint.name}, but {listed(meant)}"
    if service_name(text) is not None:
        return ""
    if not has_symbol(text) and text.removeprefix(f"{COMMON_PREFIX}.") in KNOWN_ENDPOINT_NAMES:
        return f"{text} names a service without its region"
    wrong = next((prefix for prefix in _WRONG_PREFIXES if text.startswith(prefix)), "")
    meant_name = service_name(f"{COMMON_PREFIX}.{text.removeprefix(wrong)}") if wrong else None
    if meant_name is None or not is_known_endpoint_name(meant_name.name):
        return ""
    return f"{text} begins with {wrong.rstrip('.')}, where {COMMON_PREFIX} belongs"


@rule(
    "NET-063",
    "warning",
    "In newer regions a VPC has all three endpoints of ECS, or none",
    symptom="If you do not configure all of the endpoints, your traffic will go over the public endpoints",
    fix="Add the endpoints that are missing of ecs, ecs-agent and ecs-telemetry.",
    source="AmazonECS/latest/developerguide/vpc-endpoints.html",
)
def ecs_endpoints_come_together(model: Model) -> Iterator[Fault]:
    """It holds for the regions opened since 2023-12-23 only, so that a template works elsewhere."""
    region = home_region(model.system)
    if not region or not needs_ecs_endpoints(region) or not model.system.is_whole:
        return
    for vpc in _vpcs_of_tasks(model):
        found = endpoints_in(model, vpc)
        present = [endpoint for endpoint in found if endpoint.name in REACH_ECS.endpoints]
        names = {endpoint.name for endpoint in present}
        missing = [name for name in REACH_ECS.endpoints if name not in names]
        if present and missing and all(endpoint.name for endpoint in found):
            present_names, others = listed(sorted(names)), listed(missing)
            message = (
                f"there is an endpoint to {present_names} and none to {others}, all of which {region} needs"
            )
            yield Fault(present[0].resource, message, at=_AT)


def _vpcs_of_tasks(model: Model) -> list[Value]:
    """Give the VPCs of ours in which tasks run."""
    subnets = [subnet for task in model.tasks for subnet in task.subnets.values]
    vpcs = dict.fromkeys(as_text(model.routes.vpc_of(subnet) or "") for subnet in subnets)
    return [vpc for vpc in vpcs if model.routes.is_ours(vpc)]


@rule(
    "NET-064",
    "error",
    "In China a service has the prefix that AWS gave it there",
    symptom="The Vpc Endpoint Service 'com.amazonaws.cn-north-1.ecr.api' does not exist",
    fix="Write cn.com.amazonaws.${AWS::Region}.ecr.api in China; logs, ssm and secretsmanager have no cn.",
    source="aws-cdk aws-ec2/lib/vpc-endpoint.ts, getDefaultEndpointPrefix",
)
def china_has_prefixes_of_its_own(model: Model) -> Iterator[Fault]:
    """About half of the services begin with `cn.com.amazonaws` there, and no rule tells which."""
    home = home_region(model.system)
    for endpoint in model.endpoints:
        found = service_name(endpoint.resource.get("ServiceName"))
        if found is None or not endpoint.name or found.prefix not in (COMMON_PREFIX, CN_PREFIX):
            continue
        # A name that is of another region is a fault of its own.
        region = home if has_symbol(endpoint.region) else endpoint.region
        wanted = _prefix(endpoint, region) if region else None
        if wanted is not None and wanted != found.prefix:
            message = f"in {region} the name of {endpoint.name} begins with {wanted}, not with {found.prefix}"
            yield Fault(endpoint.resource, message, at=_AT)


def _prefix(endpoint: Endpoint, region: str) -> str | None:
    """Give how a service's name begins in a region; None if that is not known."""
    if not region.startswith("cn-"):
        return COMMON_PREFIX
    if endpoint.name in _GATEWAYS and endpoint.is_gateway:
        return COMMON_PREFIX
    if endpoint.name in CN_PREFIXED:
        return CN_PREFIX
    return COMMON_PREFIX if endpoint.name in CN_PLAIN else None


RULES: Final[tuple[Rule, ...]] = (
    gateways_lead_to_few_services,
    services_are_in_the_region,
    services_exist,
    ecs_endpoints_come_together,
    china_has_prefixes_of_its_own,
)
