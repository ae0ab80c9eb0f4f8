"""Endpoints of which some addresses can be reached and others cannot.

The name of an endpoint in several subnets has an address in each, and which of them a client tries first is
chance.  The verifier wants all of them to be reached.  A client that tries the next one after a while comes
through with any of them; one that gives up before does not.  What packets do then is no evidence against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.fabric.oracle.claims import claims, report
from tests.fabric.oracle.comparing import by_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.fabric.oracle.comparing import Key

_ENDPOINT: Final = "AWS::EC2::VPCEndpoint"


def reached_in_part(template: Mapping[str, Any], region: str) -> set[Key]:
    """Return the steps that are claimed to succeed if each endpoint has one of its addresses alone."""
    found: set[Key] = set()
    for alone in _one_address_each(template):
        said = by_key(claims(report(alone, region)))
        found |= {key for key, claim in said.items() if claim.holds is not False}
    return found


def _one_address_each(template: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the template with each endpoint in its first subnet alone, in its second one, and so on."""
    resources: dict[str, dict[str, Any]] = template["Resources"]
    several = {
        name: body["Properties"]
        for name, body in resources.items()
        if body["Type"] == _ENDPOINT and len(body["Properties"].get("SubnetIds", ())) > 1
    }
    for at in range(max((len(each["SubnetIds"]) for each in several.values()), default=0)):
        alone = {
            name: {
                **resources[name],
                "Properties": {**each, "SubnetIds": [each["SubnetIds"][at % len(each["SubnetIds"])]]},
            }
            for name, each in several.items()
        }
        yield {**template, "Resources": {**resources, **alone}}
