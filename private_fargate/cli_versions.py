"""`build.py catalog versions`, `deprecate`, `prune` and `diff`: the versions of a product."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from private_fargate import building, terminal
from private_fargate.cli_options import catalog_options, environment_argument, format_option

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.catalog.differences import Difference
    from private_fargate.catalog.products import Product
    from private_fargate.catalog.pruning import Pruning
    from private_fargate.cli_options import Where
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session

_EXIT_CODES: Final = """\b
Exit codes:
  0    done, or nothing to do
  1    something objects to the templates
  2    the settings or the command line are wrong, or nothing is published
  3    somebody has to agree, or did not
  4    AWS refuses or is not there
  130  stopped by Ctrl-C
"""
_NOT_APPROVED: Final = 3


@click.command(epilog=_EXIT_CODES)
@environment_argument
@catalog_options
@format_option
def versions(environment: str, where: Where, style: str) -> int:
    """List the versions of the product of ENVIRONMENT, the newest first.

    `products` counts what was launched from each in this account and Region; what accounts have launched with
    which the portfolio is shared cannot be seen from here.
    """
    from private_fargate.catalog import wordings  # noqa: PLC0415 -- boto3
    from private_fargate.catalog.versions import uses  # noqa: PLC0415 -- as above
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    _, _, session, product = _there(environment, where)
    with explained():
        counted = uses(session)
    if style == "json":
        found = [wordings.version_document(each, counted) for each in product.versions]
        terminal.print_json({"product": product.id, "portfolio": product.portfolio, "versions": found})
        return 0
    terminal.console().print(wordings.versions_table(product, counted))
    click.echo(wordings.UNSEEN, err=True)
    return 0


@click.command(epilog=_EXIT_CODES)
@environment_argument
@click.argument("version")
@catalog_options
@click.option("--undo", is_flag=True, help="Offer it again.")
@format_option
def deprecate(environment: str, version: str, where: Where, style: str, *, undo: bool) -> int:
    """Let VERSION be launched no more; what was launched from it can still be updated and terminated.

    VERSION is a name, an ID, a digest, or `latest`.
    """
    from private_fargate.catalog import versions as known  # noqa: PLC0415 -- boto3
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    _, _, session, product = _there(environment, where)
    found = known.chosen(product.versions, version)
    changed = found.deprecated is undo or (undo and not found.active)
    if changed:
        with explained():
            known.deprecate(session, product.id, found.id, deprecated=not undo)
    state = "offered" if undo else "deprecated"
    if style == "json":
        terminal.print_json({"version": found.name, "id": found.id, "state": state, "changed": changed})
    else:
        click.echo(f"{found.name} is {state}" + ("" if changed else " already"))
    return 0


@click.command(epilog=_EXIT_CODES)
@environment_argument
@catalog_options
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="How many stay as they are; catalog.keep_versions of the settings, if left out.",
)
@click.option(
    "--even-if-shared",
    is_flag=True,
    help="Remove also what accounts with which the portfolio is shared may be using, unseen.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@format_option
def prune(  # noqa: PLR0913 -- one for each option
    environment: str, where: Where, keep: int | None, style: str, *, even_if_shared: bool, yes: bool
) -> int:
    """Deprecate old versions of the product of ENVIRONMENT, and remove those that nobody uses.

    Shown first, then asked; what is removed is gone for good. The version with which the stack made the
    product stays. Other accounts' products cannot be seen, so that nothing of a shared portfolio is removed
    unless you say so: what they have launched from it goes on, but they have to update it to a version that
    is still there.
    """
    from private_fargate.catalog import products, pruning  # noqa: PLC0415 -- boto3
    from private_fargate.catalog import versions as known  # noqa: PLC0415 -- as above
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    path, settings, session, product = _there(environment, where)
    said = products.offered_by(settings, path)
    with explained():
        found = pruning.pruning(
            product.versions,
            keep=keep or said.keep_versions,
            kept={product.first: pruning.BY_STACK},
            uses=known.uses(session),
            shared=not even_if_shared and products.is_shared(session, said, product),
        )
    if style == "table":
        _show_pruning(found)
    agreed = found.is_empty or yes or _is_agreed(found, style)
    done = pruning.Pruning()
    if agreed and not found.is_empty:
        with explained():
            done = pruning.prune(session, product.id, found)
    return _show_pruned(found, done, style, agreed=agreed)


def _show_pruning(found: Pruning) -> None:
    from private_fargate.catalog import wordings  # noqa: PLC0415 -- as above

    for line in wordings.pruning_lines(found):
        click.echo(line)


def _is_agreed(found: Pruning, style: str) -> bool:
    if style == "json" or not sys.stdin.isatty():
        click.echo("nothing is done without a yes; give --yes where nobody can be asked", err=True)
        return False
    question = f"Deprecate {len(found.deprecated)} versions, and remove {len(found.removed)} for good?"
    return click.confirm(question, err=True)


def _show_pruned(found: Pruning, done: Pruning, style: str, *, agreed: bool) -> int:
    from private_fargate.catalog import wordings  # noqa: PLC0415 -- as above

    if style == "json":
        terminal.print_json({"found": wordings.pruning_document(found), **wordings.pruning_document(done)})
    elif found.is_empty:
        click.echo("nothing to do")
    elif agreed:
        click.echo(f"{len(done.deprecated)} deprecated, {len(done.removed)} removed")
    return 0 if agreed else _NOT_APPROVED


@click.command(epilog=_EXIT_CODES)
@environment_argument
@click.argument("old", metavar="V1")
@click.argument("new", metavar="[V2]", required=False)
@catalog_options
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="KEY=VALUE",
    help="What a team has chosen in the launch form; repeatable. Others have their defaults.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    help="For people, for programs, or for a pull request.",
)
def diff(  # noqa: PLR0913, PLR0917 -- as above
    environment: str, old: str, new: str | None, where: Where, parameters: tuple[str, ...], style: str
) -> int:
    """Show what V2 changes against V1: the launch form, the templates, and what an update would replace.

    V1 and V2 are names, IDs or digests of versions, or `latest`; V2 is what would be published now, if it is
    left out.
    """
    from private_fargate.catalog import differences  # noqa: PLC0415 -- boto3
    from private_fargate.catalog import versions as known  # noqa: PLC0415 -- as above
    from private_fargate.config.derived import product_name  # noqa: PLC0415 -- as above
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    path, settings, session, product = _there(environment, where)
    before = known.chosen(product.versions, old)
    with explained():
        one = differences.published(session, known.template_url(session, product.id, before.id))
        if new is None:
            name, other = _unpublished(path)
        else:
            after = known.chosen(product.versions, new)
            url = known.template_url(session, product.id, after.id)
            name, other = after.name, differences.published(session, url)
    found = differences.difference(
        one,
        other,
        names=(before.name, name),
        product=product_name(settings),
        parameters=_given(parameters, other),
        region=session.region,
    )
    _show_difference(found, style)
    return 0


def _unpublished(path: Path) -> tuple[str, Any]:
    """Return the name and the templates of the version that would be published now."""
    from private_fargate import deploying, inputs  # noqa: PLC0415 -- boto3
    from private_fargate.catalog.changelog import release, version_name  # noqa: PLC0415 -- as above

    templates = deploying.templates_of(path, kind="product")
    return version_name(release(inputs.ROOT).number, templates), templates


def _given(parameters: tuple[str, ...], templates: Any) -> dict[str, str]:  # noqa: ANN401 -- as `_unpublished`
    from private_fargate import deploying  # noqa: PLC0415 -- boto3

    return deploying.parameters_of(parameters, templates)


def _show_difference(found: Difference, style: str) -> None:
    from private_fargate.catalog import wordings  # noqa: PLC0415 -- as above

    if style == "json":
        terminal.print_json(wordings.difference_document(found))
    elif style == "markdown":
        click.echo(wordings.difference_markdown(found))
    else:
        terminal.console().print(wordings.difference_text(found))


def _there(environment: str, where: Where) -> tuple[Path, Environment, Session, Product]:
    """Return the settings of an environment, and the product that is there.

    Raises:
        NoCatalogError: there is none.
    """
    from private_fargate.catalog import products  # noqa: PLC0415 -- boto3

    path = building.find(environment)
    settings = building.load(path)
    products.offered_by(settings, path)
    session = where.session(settings)
    return path, settings, session, products.require(session, products.stack_name(settings, where))


COMMANDS: Final = (versions, deprecate, prune, diff)
