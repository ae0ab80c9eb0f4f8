"""What an environment costs in a month before anybody uses it.

What grows with use is left out: data through gateways and endpoints, log events, DNS queries,
image storage.  So are keys and secrets, at a dollar or less each.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.table import Table

from private_fargate.aws import prices
from private_fargate.config.derived import zone_count
from private_fargate.report.endpoints import endpoint_rows, total

if TYPE_CHECKING:
    from private_fargate.config.models import Environment, JumpHost, Service

_HOST_DISK = 8  # GB, the size of the image of Amazon Linux 2023


@dataclass(frozen=True, slots=True)
class CostLine:
    """One position of the bill.

    Attributes:
        what: What is paid for.
        monthly: USD a month; None where the price of an instance type is not known here.
    """

    what: str
    monthly: Decimal | None


def monthly_cost(environment: Environment) -> tuple[CostLine, ...]:
    """Return the lines of the bill: services in the order of the file, then what they stand on."""
    return (
        *(_tasks(name, service) for name, service in environment.services.items()),
        *_gateways(environment),
        CostLine("VPC endpoints", total(endpoint_rows(environment))),
        CostLine("hosted zone of the namespace", prices.HOSTED_ZONE.usd),
        *(() if environment.jump_host == "none" else _host(environment.jump_host)),
    )


def _tasks(name: str, service: Service) -> CostLine:
    arm = service.platform == "linux/arm64"
    vcpu = prices.FARGATE_ARM_VCPU if arm else prices.FARGATE_X86_VCPU
    memory = prices.FARGATE_ARM_MEMORY if arm else prices.FARGATE_X86_MEMORY
    task = vcpu.monthly * service.cpu / 1024 + memory.monthly * service.memory / 1024
    return CostLine(
        f"{name}: {service.count} x {service.cpu}/{service.memory} on Fargate", task * service.count
    )


def _gateways(environment: Environment) -> tuple[CostLine, ...]:
    """Return the NAT gateways and their addresses; a regional one is billed for each zone it serves."""
    if environment.network.egress == "none":
        return ()
    count = 1 if environment.network.egress == "nat-single" else zone_count(environment)
    return (
        CostLine(f"NAT gateways, {count}", prices.NAT_GATEWAY.monthly * count),
        CostLine(f"addresses of NAT gateways, {count}", prices.PUBLIC_IPV4.monthly * count),
    )


def _host(host: JumpHost) -> tuple[CostLine, ...]:
    price = prices.INSTANCES.get(host.instance_type)
    lines = (
        CostLine(f"jump host, {host.instance_type}", None if price is None else price.monthly),
        CostLine(f"disk of the jump host, {_HOST_DISK} GB", prices.GP3_STORAGE.usd * _HOST_DISK),
    )
    if host.placement == "private":
        return lines
    return (*lines, CostLine("address of the jump host", prices.PUBLIC_IPV4.monthly))


def known_total(lines: tuple[CostLine, ...]) -> Decimal:
    """Return the sum of the lines whose price is known, in USD a month."""
    return sum((line.monthly for line in lines if line.monthly is not None), Decimal(0))


def cost_table(environment: Environment) -> Table:
    """Return the bill as a table for a terminal."""
    lines = monthly_cost(environment)
    table = Table(
        title=f"What {environment.name} costs before anybody uses it",
        caption=f"Prices: {prices.REGION}, {prices.AS_OF}. Data, logs, images, keys and secrets come on top.",
        caption_justify="left",
        show_footer=True,
    )
    table.add_column("what", "total")
    table.add_column("USD/month", f"{known_total(lines):,.2f}", justify="right", no_wrap=True)
    for line in lines:
        table.add_row(line.what, "unknown" if line.monthly is None else f"{line.monthly:,.2f}")
    return table


def cost_document(environment: Environment) -> dict[str, object]:
    """Return the bill for a program; a price that is not known is null, and not in the total."""
    lines = monthly_cost(environment)
    return {
        "environment": environment.name,
        "prices": dict(prices.BASIS),
        "lines": [
            {"what": line.what, "monthly": None if line.monthly is None else round(float(line.monthly), 2)}
            for line in lines
        ],
        "total": round(float(known_total(lines)), 2),
    }
