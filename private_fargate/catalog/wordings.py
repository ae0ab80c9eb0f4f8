"""What publishing would do, which versions there are, and how two differ: for people and for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from private_fargate.plan.documents import plan_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Group
    from rich.table import Table

    from private_fargate.catalog.differences import Difference
    from private_fargate.catalog.products import Product
    from private_fargate.catalog.proposals import Proposal
    from private_fargate.catalog.pruning import Pruning
    from private_fargate.catalog.publishing import Published
    from private_fargate.catalog.shares import ShareChanges
    from private_fargate.catalog.versions import Version

UNSEEN = "only products of this account are counted; what other accounts have launched cannot be seen"


def proposal_lines(proposal: Proposal) -> list[str]:
    """Return what becomes of everything but the stack, a line each."""
    publication = proposal.publication
    lines: list[str] = []
    if proposal.there:
        lines.append(f"version {proposal.there.name} has these templates already; none is added")
    elif proposal.product is None:
        lines.append(f"version {publication.name} comes with the stack")
    else:
        lines.append(f"version {publication.name} is added")
    if proposal.opened_for:
        lines.append(f"all accounts of {proposal.opened_for} may read the templates in {publication.bucket}")
    lines += [*_share_lines(proposal.shares), *pruning_lines(proposal.pruning)]
    return lines + [f"note: {note}" for note in proposal.notes]


def _share_lines(changes: ShareChanges) -> Iterator[str]:
    yield from (f"the portfolio is shared with {each.id}" for each in changes.added)
    yield from (f"what {each.id} gets with the portfolio changes" for each in changes.changed)
    yield from (f"the portfolio is no longer shared with {each.id}" for each in changes.removed)


def pruning_lines(found: Pruning) -> Iterator[str]:
    """Yield what becomes of old versions, a line each."""
    yield from (f"version {each.name} is deprecated: no more launches" for each in found.deprecated)
    yield from (f"version {each.name} is removed for good" for each in found.removed)
    yield from (f"version {each.name} is kept: {why}" for each, why in found.spared)


def proposal_document(proposal: Proposal) -> dict[str, Any]:
    """Return the same as JSON; the plan of the stack is written apart from it."""
    publication = proposal.publication
    return {
        "version": proposal.there.name if proposal.there else publication.name,
        "added": proposal.there is None,
        "opened_for": proposal.opened_for,
        "shares": {key: [asdict(each) for each in found] for key, found in vars(proposal.shares).items()},
        "pruning": pruning_document(proposal.pruning),
        "notes": list(proposal.notes),
        "nothing_to_do": proposal.is_empty,
    }


def pruning_document(found: Pruning) -> dict[str, Any]:
    """Return what becomes of old versions as JSON."""
    return {
        "deprecated": [each.name for each in found.deprecated],
        "removed": [each.name for each in found.removed],
        "kept": {each.name: why for each, why in found.spared},
    }


def published_document(done: Published) -> dict[str, Any]:
    """Return what came of it as JSON."""
    return {
        "version": None if done.version is None else version_document(done.version),
        "added": done.added,
        "portfolio": None if done.product is None else done.product.portfolio,
        "product": None if done.product is None else done.product.id,
        "pruning": pruning_document(done.pruned),
    }


def version_document(version: Version, uses: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Return a version as JSON, with the number of its products if they were counted."""
    counted = {} if uses is None else {"provisioned_products": uses.get(version.id, 0)}
    said = {**asdict(version), "created": version.created.isoformat(), "digest": version.digest}
    return {**said, **counted}


def versions_table(product: Product, uses: Mapping[str, int]) -> Table:
    """Return the versions of a product, the newest first."""
    from rich.table import Table  # noqa: PLC0415 -- 50 ms

    table = Table(box=None)
    for title in ("version", "created", "offered", "id"):
        table.add_column(title, overflow="fold")
    table.add_column("products", justify="right")
    for each in product.versions:
        created = each.created.strftime("%Y-%m-%d %H:%M")
        products = str(uses.get(each.id, 0))
        table.add_row(each.name, created, offered(each), each.id, products)
    return table


def offered(version: Version) -> str:
    """Return how a team sees a version, in a word."""
    if not version.active:
        return "hidden"
    return "deprecated" if version.deprecated else "yes"


def difference_text(found: Difference) -> Group:
    """Return how two versions differ, for rich to print."""
    from rich.console import Group  # noqa: PLC0415 -- 50 ms
    from rich.text import Text  # noqa: PLC0415 -- as above

    from private_fargate.report.plan import plan_text  # noqa: PLC0415 -- as above

    told = [Text(line) for line in _difference_lines(found)]
    if found.plan.is_empty:
        return Group(*told, Text("an update of a product changes no resource"))
    return Group(*told, Text("\nWhat an update of a product does\n", "bold"), plan_text(found.plan))


def difference_markdown(found: Difference) -> str:
    """Return the same for a pull request."""
    from private_fargate.report.plan import plan_markdown  # noqa: PLC0415 -- rich

    head, *lines = _difference_lines(found)
    return "\n".join(
        [f"## {head}", "", *(f"- {line.strip()}" for line in lines), "", plan_markdown(found.plan)]
    )


def _difference_lines(found: Difference) -> Iterator[str]:
    yield f"{found.old} → {found.new}"
    if not (found.parameters or found.templates):
        yield "no template differs"
    for each in found.parameters:
        told = " → ".join(part for part in (each.before, each.after) if part)
        must = "; it has no default, so an update has to give it" if each.must_be_given else ""
        yield f"parameter {each.name} {each.what}: {told}{must}"
    for template in found.templates:
        yield f"template {template.path} {template.what}"


def difference_document(found: Difference) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "from": found.old,
        "to": found.new,
        "parameters": [asdict(each) for each in found.parameters],
        "templates": [asdict(each) for each in found.templates],
        "plan": plan_document(found.plan),
    }
