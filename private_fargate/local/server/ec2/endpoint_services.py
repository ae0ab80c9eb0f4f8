"""The services to which an endpoint can lead, and the names that those answer to; moto fails when asked."""

from __future__ import annotations

import hashlib
from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.vpcs import VPCBackend

from private_fargate.aws.endpoint_names import CN_PREFIXED, KNOWN_ENDPOINT_NAMES, PRIVATE_DNS_NAMES
from private_fargate.aws.endpoints import domain_of

_GATEWAYS = ("dynamodb", "s3")
_DIGITS = 17  # of an id


def install() -> None:
    """Let moto take these services for all that AWS has."""
    VPCBackend._collect_default_endpoint_services = staticmethod(_services)


def _services(_account: str, region: str) -> list[dict[str, Any]]:
    """Return the services of a region; a private name is only there where it is known."""
    kinds = [(name, "Interface") for name in KNOWN_ENDPOINT_NAMES] + [(name, "Gateway") for name in _GATEWAYS]
    zones = [zone.name for zone in RegionsAndZonesBackend.zones.get(region, [])]
    return [_service(name, kind, region, zones) for name, kind in sorted(kinds)]


def _service(name: str, kind: str, region: str, zones: list[str]) -> dict[str, Any]:
    is_chinese = region.startswith("cn-")
    suffix = domain_of(region)
    prefix = (
        "cn.com.amazonaws" if is_chinese and name in CN_PREFIXED and kind == "Interface" else "com.amazonaws"
    )
    service = f"{prefix}.{region}.{name}"
    described: dict[str, Any] = {
        "AcceptanceRequired": False,
        "AvailabilityZones": zones,
        "BaseEndpointDnsNames": [f"{name}.{region}.{'vpce.' if kind == 'Interface' else ''}{suffix}"],
        "ManagesVpcEndpoints": False,
        "Owner": "amazon",
        "ServiceId": f"vpce-svc-{hashlib.sha256(f'{service} {kind}'.encode()).hexdigest()[:_DIGITS]}",
        "ServiceName": service,
        "ServiceType": [{"ServiceType": kind}],
        "Tags": [],
        "VpcEndpointPolicySupported": True,
    }
    if kind == "Interface" and name in PRIVATE_DNS_NAMES:
        private = PRIVATE_DNS_NAMES[name].format(region=region, suffix=suffix)
        described |= {
            "PrivateDnsName": private,
            "PrivateDnsNames": [{"PrivateDnsName": private}],
            "PrivateDnsNameVerificationState": "verified",
        }
    return described
