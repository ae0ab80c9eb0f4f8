"""`build.py catalog launch`, `update`, `terminate`, `list` and `outputs`: what a team does with a product."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from private_fargate import building, terminal
from private_fargate.cli_launch_options import offer_options, place_options
from private_fargate.cli_options import environment_argument, format_option

if TYPE_CHECKING:
    from private_fargate.catalog.launching import Launch
    from private_fargate.catalog.provisioned import Provisioned
    from private_fargate.catalog.records import Result
    from private_fargate.cli_launch_options import Wanted
    from private_fargate.config.models import Environment
    from private_fargate.plan.model import Change
    from private_fargate.whereabouts import Where

_EXIT_CODES: Final = """\b
Exit codes:
  0    done, or nothing to do
  1    failed and rolled back, or the update cannot be made
  2    the settings, the values or the command line are wrong
  3    somebody has to agree, or did not
  4    failed, and a person is needed: a role or a state is wrong, AWS refuses or is not there
  130  stopped by Ctrl-C; Service Catalog goes on
"""

_name_argument = click.argument("name")


@click.command(epilog=_EXIT_CODES)
@environment_argument
@_name_argument
@offer_options
@place_options
@click.option("--yes", is_flag=True, help="Agree before it is shown.")
@format_option
def launch(  # noqa: PLR0913 -- one for each option
    environment: str,
    name: str,
    where: Where,
    wanted: Wanted,
    style: str,
    *,
    yes: bool,
) -> int:
    """Launch the product of ENVIRONMENT under NAME.

    The values are checked against the launch form before anything is asked for. A launch that was cut off is
    joined by the same command; what is there already, made of the same, is left as it is.
    """
    from private_fargate.catalog import launching, provisioned, rules  # noqa: PLC0415 -- boto3
    from private_fargate.catalog import parameters as forms  # noqa: PLC0415 -- as above
    from private_fargate.catalog.offers import find_offer  # noqa: PLC0415 -- as above
    from private_fargate.cli_deploy import looking_on  # noqa: PLC0415 -- as above
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    settings = building.load(building.find(environment))
    provisioned.check_name(name)
    session, given = where.session(settings), forms.read(wanted.parameters)
    with explained(), terminal.progress("Asking Service Catalog"):
        offer = find_offer(
            session, wanted.product or _product(settings), version=wanted.version, path=wanted.path
        )
        form = forms.form_of(session, offer)
        values, chosen = forms.checked(form, given), forms.tags_for(form, wanted.tags)
        rules.keep(session, offer, form, given)
    asked = launching.Launch(name=name, offer=offer, parameters=values, tags=chosen)
    _confirm(asked, session.region, style, agrees=yes)
    with looking_on(name, style) as onlooker:
        result = launching.launch(session, asked, onlooker)
    return _end(result, style)


@click.command(epilog=_EXIT_CODES)
@environment_argument
@_name_argument
@offer_options
@place_options
@click.option("--yes", is_flag=True, help="Agree to the plan before it is shown.")
@format_option
def update(  # noqa: PLR0913 -- one for each option
    environment: str,
    name: str,
    where: Where,
    wanted: Wanted,
    style: str,
    *,
    yes: bool,
) -> int:
    """Bring NAME to a version of ENVIRONMENT's product, or to other values.

    Service Catalog plans it first: what is replaced is shown, and what that means; then it asks. Values that
    are not said stay as they are.
    """
    from private_fargate.catalog import offers, provisioned, rules, updating  # noqa: PLC0415 -- boto3
    from private_fargate.catalog import parameters as forms  # noqa: PLC0415 -- as above
    from private_fargate.cli_deploy import looking_on  # noqa: PLC0415 -- as above
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    settings = building.load(building.find(environment))
    session, given = where.session(settings), forms.read(wanted.parameters)
    with explained(), terminal.progress("Asking Service Catalog"):
        there = provisioned.require(session, name)
        said = {"version": wanted.version, "path": wanted.path}
        product = wanted.product or ("" if there.product else _product(settings))
        if product:
            offer = offers.find_offer(session, product, current=there.version, **said)
        else:
            offer = offers.find_own_offer(session, there, **said)
        form = forms.form_of(session, offer)
        had = updating.values_of(session, there)
        kept = (frozenset(had) or frozenset(form.fields)) & form.fields.keys()
        values = forms.checked(form, given, kept=kept)
        if had:
            rules.keep(session, offer, form, given, had=had)
        chosen = forms.tags_for(form, wanted.tags) if wanted.tags else {}
    asked = updating.Update(there=there, offer=offer, parameters=values, kept=kept, tags=chosen)
    with looking_on(name, style, level="any", agrees=yes) as onlooker:
        result = updating.update(session, asked, onlooker, onlooker)
    return _end(result, style)


@click.command(epilog=_EXIT_CODES)
@environment_argument
@_name_argument
@place_options
@click.option("--confirm", metavar="NAME", help="The name again, so that nobody is asked for it.")
@click.option(
    "--retain-resources", is_flag=True, help="Let the stack live on by itself; Service Catalog forgets it."
)
@format_option
def terminate(  # noqa: PLR0913 -- one for each option
    environment: str,
    name: str,
    where: Where,
    confirm: str | None,
    style: str,
    *,
    retain_resources: bool,
) -> int:
    """Delete NAME, which was launched from ENVIRONMENT's product, except what its templates retain.

    What goes and what stays is shown first, and the name has to be typed.
    """
    from private_fargate import approving  # noqa: PLC0415 -- boto3
    from private_fargate.catalog import provisioned, terminating  # noqa: PLC0415 -- as above
    from private_fargate.cli_deploy import looking_on  # noqa: PLC0415 -- as above
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    settings = building.load(building.find(environment))
    session = where.session(settings)
    with explained():
        there = provisioned.find(session, name)
    if there is None:
        click.echo(f"nothing was launched as {name} in {session.region}; nothing to do", err=True)
        return 0
    if retain_resources:
        click.echo(f"{there.name}: Service Catalog forgets it, and its stack stays with all in it", err=True)
    else:
        _show_removal(there, terminating.going(session, there))
    approving.confirm_name(there.name, confirm)
    with looking_on(there.name, style) as onlooker:
        result = terminating.terminate(session, there, onlooker, retain_resources=retain_resources)
    return _end(result, style)


@click.command("list", epilog=_EXIT_CODES)
@environment_argument
@place_options
@click.option("--everyones", is_flag=True, help="Also what others have launched in this account.")
@click.option("--all", "every", is_flag=True, help="Of all products, not of this one alone.")
@format_option
def list_(environment: str, where: Where, style: str, *, everyones: bool, every: bool) -> int:
    """List what was launched from the product of ENVIRONMENT, and how it is."""
    from private_fargate.catalog import provisioned  # noqa: PLC0415 -- boto3
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above
    from private_fargate.launch_texts import launched_document, launched_table  # noqa: PLC0415 -- rich

    settings = building.load(building.find(environment))
    session = where.session(settings)
    with explained(), terminal.progress("Asking Service Catalog"):
        product = None if every else _product(settings)
        found = provisioned.launched(session, product=product, everyones=everyones)
    if style == "json":
        terminal.print_json(launched_document(found))
    elif found:
        terminal.console().print(launched_table(found))
    else:
        nothing = f"nothing was launched in {session.region}"
        click.echo(
            nothing if everyones else f"{nothing} by you; --everyones shows what others have", err=True
        )
    return 0


@click.command(epilog=_EXIT_CODES)
@environment_argument
@_name_argument
@place_options
@format_option
def outputs(environment: str, name: str, where: Where, style: str) -> int:
    """Show the outputs of NAME, which was launched from ENVIRONMENT's product."""
    from private_fargate.catalog import provisioned  # noqa: PLC0415 -- boto3
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    session = where.session(building.load(building.find(environment)))
    with explained():
        there = provisioned.require(session, name)
        found = provisioned.outputs_of(session, there.id)
    if there.status != "AVAILABLE":
        click.echo(there.in_words(), err=True)
    if style == "json":
        terminal.print_json(found)
    else:
        for key, value in sorted(found.items()):
            click.echo(f"{key} = {value}")
    return 0


def _product(settings: Environment) -> str:
    from private_fargate.config.derived import product_name  # noqa: PLC0415 -- pydantic

    return product_name(settings)


def _confirm(asked: Launch, region: str, style: str, *, agrees: bool) -> None:
    """Show what is about to be launched, and ask.

    Raises:
        ApprovalError: nobody agreed.
    """
    from private_fargate.approving import ApprovalError  # noqa: PLC0415 -- rich
    from private_fargate.launch_texts import asked_document, asked_text  # noqa: PLC0415 -- as above
    from private_fargate.onlookers import write  # noqa: PLC0415 -- as above

    if style == "json":
        write("launch", asked_document(asked))
    else:
        terminal.console().print(asked_text(asked, region), soft_wrap=True, highlight=False)
    if agrees:
        return
    if not sys.stdin.isatty():
        message = "this launch has to be agreed to, and there is nobody to ask; say --yes"
        raise ApprovalError(message)
    if not click.confirm("Launch this?", err=True):
        message = "not launched; nothing was changed"
        raise ApprovalError(message)


def _show_removal(there: Provisioned, going: tuple[Change, ...] | None) -> None:
    from private_fargate.report.removal import removal_text  # noqa: PLC0415 -- rich

    if going is None:
        unseen = "what is in it cannot be seen; all of it goes that its templates do not retain"
        click.echo(f"{there.name}: {unseen}", err=True)
    else:
        terminal.console(stderr=True).print(removal_text(there.name, going))


def _end(result: Result, style: str) -> int:
    """Print how it ended, and the one reason if it failed; return the exit code."""
    from private_fargate.cli_deploy import show_failure  # noqa: PLC0415 -- rich
    from private_fargate.launch_texts import result_document, result_text  # noqa: PLC0415 -- as above
    from private_fargate.onlookers import write  # noqa: PLC0415 -- as above

    if style == "json":
        write("outcome", result_document(result))
    else:
        terminal.console().print(result_text(result), soft_wrap=True, highlight=False)
    if result.outcome and result.outcome.diagnosis:
        show_failure(result.outcome.diagnosis, style, None)
    if result.succeeded:
        return 0
    return 4 if result.needs_a_person else 1


COMMANDS: Final = (launch, update, terminate, list_, outputs)
