"""What each VPC endpoint is for and what it costs: the table of `build.py endpoints`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.table import Table

from private_fargate.aws import prices
from private_fargate.config.derived import zone_count
from private_fargate.config.endpoints import endpoint_plan

if TYPE_CHECKING:
    from private_fargate.aws.endpoints import EndpointType
    from private_fargate.config.endpoints import PlannedEndpoint, Reason
    from private_fargate.config.models import Environment

NAT_PER_ZONE = prices.NAT_GATEWAY.monthly + prices.PUBLIC_IPV4.monthly
"""USD a month for a NAT gateway and the address that it needs, in one zone, before any data."""

_SAVED_PER_GB = prices.NAT_GATEWAY_DATA.usd - prices.INTERFACE_ENDPOINT_DATA.usd


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointRow:
    """One endpoint of an environment.

    Attributes:
        service: The name that the settings use, such as `ecr.api`.
        type: Interface or Gateway.
        needed_by: Every reason.
        because: The reasons in one line of bounded length.
        zones: In how many zones it has an address; none for a gateway, which is a route.
        monthly: USD a month, without data.
    """

    service: str
    type: EndpointType
    needed_by: tuple[Reason, ...]
    because: str
    zones: int
    monthly: Decimal


def endpoint_rows(environment: Environment) -> tuple[EndpointRow, ...]:
    """Return a row for each endpoint, in the order of the plan."""
    zones = zone_count(environment)
    return tuple(_row(planned, zones) for planned in endpoint_plan(environment))


def _row(planned: PlannedEndpoint, zones: int) -> EndpointRow:
    interface = planned.service.type == "Interface"
    return EndpointRow(
        service=planned.service.name,
        type=planned.service.type,
        needed_by=planned.needed_by,
        because=planned.because,
        zones=zones if interface else 0,
        monthly=prices.INTERFACE_ENDPOINT.monthly * zones if interface else prices.GATEWAY_ENDPOINT.monthly,
    )


def total(rows: tuple[EndpointRow, ...]) -> Decimal:
    """Return what the endpoints cost together, in USD a month, without data."""
    return sum((row.monthly for row in rows), Decimal(0))


def nat_comparison(environment: Environment) -> str:
    """Return one line: the endpoints against a NAT gateway in each zone, for the same traffic.

    NAT costs less than many endpoints while little goes through them, for its price per GB is higher.
    The line says from how many GB a month, over all zones, the endpoints cost less.
    """
    zones = zone_count(environment)
    rows = endpoint_rows(environment)
    count = sum(row.type == "Interface" for row in rows)
    nat = NAT_PER_ZONE * zones
    more = total(rows) - nat
    gateways = f"a NAT gateway with its address in each zone (USD {nat:,.2f})"
    line = f"{count} interface endpoints in {zones} zones cost USD {total(rows):,.2f} a month"
    if more < 0:
        return f"{line}, USD {-more:,.2f} less than {gateways}."
    if more == 0:
        return f"{line}, as much as {gateways}, and less per GB."
    even = more / _SAVED_PER_GB
    return f"{line}, USD {more:,.2f} more than {gateways}; they pay from {even:,.0f} GB a month on."


def endpoint_table(environment: Environment) -> Table:
    """Return the table for a terminal: one line per endpoint, and the sum."""
    rows = endpoint_rows(environment)
    table = Table(
        title=f"VPC endpoints of {environment.name}",
        caption=f"{nat_comparison(environment)} Prices: {prices.REGION}, {prices.AS_OF}, without data.",
        caption_justify="left",
        show_footer=True,
    )
    table.add_column("service", "total", no_wrap=True)
    table.add_column("type")
    table.add_column("needed by", overflow="fold")
    table.add_column("zones", justify="right")
    table.add_column("USD/month", f"{total(rows):,.2f}", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.service,
            row.type,
            row.because.replace("; ", "\n"),
            str(row.zones or "-"),
            f"{row.monthly:,.2f}",
        )
    return table


def endpoint_document(environment: Environment) -> dict[str, object]:
    """Return the same for a program: plain dicts, lists, strings and numbers, ready for JSON."""
    rows = endpoint_rows(environment)
    return {
        "environment": environment.name,
        "prices": dict(prices.BASIS),
        "endpoints": [
            {
                "service": row.service,
                "type": row.type,
                "needed_by": [{"who": reason.who, "why": reason.why} for reason in row.needed_by],
                "zones": row.zones,
                "monthly": float(row.monthly),
            }
            for row in rows
        ],
        "monthly": float(total(rows)),
        "comparison": nat_comparison(environment),
    }
