"""Is everything there that the settings ask for?  The answer of the services, not of CloudFormation.

CREATE_COMPLETE says that the templates were gone through.  A resource whose properties were lost on the way
is complete, too, so each row asks the service that owns the resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from private_fargate.local.inspection.network import Network, network_rows
from private_fargate.local.inspection.row import Row
from private_fargate.local.inspection.services import service_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session

__all__ = ["Row", "inspect", "table"]


def inspect(session: Session, environment: Environment, outputs: Mapping[str, str]) -> list[Row]:
    """Return a row for each part of a deployed system.

    Args:
        session: where it is deployed.
        environment: what was asked for, with an image for every service.
        outputs: of the parent stack, which say where to look.
    """
    network = Network.read(session, outputs["VpcId"])
    return [
        *network_rows(session, environment, network),
        *service_rows(session, environment, network, outputs),
    ]


def table(rows: Sequence[Row]) -> Table:
    """Return the rows as a table for rich, a tick or a cross in front of each."""
    grid = Table("", title="What is there, by the services' own word")
    for heading in ("what", "asked for", "found"):
        grid.add_column(heading, overflow="fold")  # a cut value could hide the difference
    for row in rows:
        mark = Text("✓", "green") if row.agrees else Text("✗", "bold red")
        found = Text(row.found) if row.agrees else Text(row.found, "red")
        grid.add_row(mark, Text(row.what), Text(row.asked), found)
    return grid
