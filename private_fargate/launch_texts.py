"""What a team sees of what it launches: for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from private_fargate.catalog.changelog import headline
from private_fargate.catalog.provisioned import MEANING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.catalog.launching import Launch
    from private_fargate.catalog.provisioned import Provisioned
    from private_fargate.catalog.records import Result

_COLOURS: Final[Mapping[str, str]] = {"AVAILABLE": "green", "TAINTED": "red", "ERROR": "red"}


def asked_document(asked: Launch) -> dict[str, Any]:
    """Return what is about to be launched, for programs."""
    return {
        "name": asked.name,
        "product": asked.offer.name,
        "version": asked.offer.version.name,
        "parameters": dict(asked.parameters),
        "tags": dict(asked.tags),
    }


def asked_text(asked: Launch, region: str) -> Group:
    """Return what is about to be launched, for rich to print."""
    offer = asked.offer
    lines = [Text(f"LAUNCH {offer.name} {offer.version.name} as {asked.name} in {region}", "bold")]
    if said := headline(offer.version.description):
        lines.append(Text(f"  {said}", "dim"))
    lines += [Text(f"  {key} = {value}") for key, value in sorted(asked.parameters.items())]
    lines.append(Text("  the defaults of the launch form hold for what is not named", "dim"))
    lines += [Text(f"  tag {key} = {value}") for key, value in sorted(asked.tags.items())]
    return Group(*lines)


def result_document(result: Result) -> dict[str, Any]:
    """Return how it ended, for programs."""
    return {
        "name": result.name,
        "id": result.id,
        "status": result.status,
        "succeeded": result.succeeded,
        "changed": result.changed,
        "outputs": dict(result.outputs),
        "errors": list(result.errors),
    }


def result_text(result: Result) -> Group:
    """Return how it ended, for rich to print; what went wrong is told in AWS's words."""
    unchanged = "" if result.changed else ", nothing to change"
    means = "" if result.succeeded or result.status not in MEANING else f": it {MEANING[result.status]}"
    lines = [Text(f"{result.name}: {result.status}{unchanged}{means}")]
    lines += [Text(f"{key} = {value}") for key, value in sorted(result.outputs.items())]
    lines += [Text(error, "red") for error in result.errors]
    return Group(*lines)


def launched_document(found: Sequence[Provisioned]) -> list[dict[str, Any]]:
    """Return what was launched, for programs."""
    return [
        {
            "name": each.name,
            "id": each.id,
            "status": each.status,
            "message": each.message,
            "product": each.product_name,
            "version": each.version_name,
            "created": each.created.isoformat(),
            "stack": each.stack,
        }
        for each in found
    ]


def launched_table(found: Sequence[Provisioned]) -> Table:
    """Return what was launched, for rich to print."""
    table = Table(box=None, pad_edge=False)
    for title in ("Name", "Status", "Product", "Version", "Launched", "What that means"):
        table.add_column(title, overflow="fold")
    for each in found:
        meaning = MEANING.get(each.status, "") if each.status != "AVAILABLE" else ""
        table.add_row(
            each.name,
            Text(each.status, _COLOURS.get(each.status, "yellow")),
            each.product_name or each.product,
            each.version_name or each.version,
            f"{each.created:%Y-%m-%d %H:%M}",
            meaning,
        )
    return table
