"""`build.py catalog …`: an environment offered in Service Catalog, and launched from there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from private_fargate import building, cli_launch, cli_launch_role, cli_versions, terminal
from private_fargate.cli_options import catalog_options, environment_argument, format_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.approving import Approval
    from private_fargate.catalog.proposals import Proposal
    from private_fargate.catalog.publication import Publication
    from private_fargate.catalog.publishing import Published
    from private_fargate.cli_options import Where
    from private_fargate.onlookers import Onlooker

_EXIT_CODES: Final = """\b
Exit codes:
  0    done, or nothing to do
  1    failed and taken back, or something objects to the templates
  2    the settings or the command line are wrong
  3    somebody has to agree, or did not
  4    failed, and a person is needed; AWS refuses or is not there
  130  stopped by Ctrl-C; AWS may go on
"""
_WAIT: Final = 7_200  # seconds


@click.group(epilog=_EXIT_CODES)
def catalog() -> None:
    """Offer ENVIRONMENT as a product of Service Catalog, and launch it.

    A platform team publishes versions; other teams launch them by filling in a form. --stack names the
    catalog's stack, which is ENVIRONMENT-catalog if it is left out.
    """


@catalog.command(epilog=_EXIT_CODES)
@environment_argument
@catalog_options
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Agree to it before it is shown.")
@click.option(
    "--require-approval",
    "level",
    type=click.Choice(["never", "replacement", "security", "any"]),
    default="any",
    help="Ask for nothing, for what gives something up (versions and shares too), also for what opens "
    "something, or for all.",
)
@click.option("--wait", is_flag=True, help="Wait while somebody else deploys the catalog's stack.")
@click.option("--replace-failed", is_flag=True, help="Delete a stack whose creation failed, then make it.")
@format_option
def publish(  # noqa: PLR0913 -- one for each option
    environment: str,
    where: Where,
    level: Approval,
    style: str,
    *,
    dry_run: bool,
    yes: bool,
    wait: bool,
    replace_failed: bool,
) -> int:
    """Publish ENVIRONMENT as a new version of its product.

    The first time that makes the portfolio, the product and the launch role. The same templates published
    again do nothing. Earlier versions stay as they are; of more than the settings keep, older ones are
    deprecated, and removed if nobody can be using them. A run that was cut off is finished by the next.
    """
    from private_fargate.catalog import proposals, publishing  # noqa: PLC0415 -- boto3
    from private_fargate.catalog.publication import prepared  # noqa: PLC0415 -- as above
    from private_fargate.cli_deploy import end, looking_on  # noqa: PLC0415 -- as above

    with looking_on(f"{environment} catalog", style, level=level, agrees=yes) as onlooker:
        publication = prepared(building.find(environment), where, may_bootstrap=None if dry_run else onlooker)
        if not dry_run:
            if replace_failed:
                _delete_failed(publication, onlooker)
            outcome = publishing.settle(publication, onlooker, patience=_WAIT if wait else 0)
            if outcome is not None and not outcome.succeeded:
                return end(outcome, style)
        proposal = proposals.propose(publication)
        try:
            _show_proposal(proposal, style)
            if not dry_run:
                _agree(proposal, level, agrees=yes)
        except BaseException:  # an interrupt is a "no", too
            proposals.withdraw(proposal)
            raise
        if dry_run:
            proposals.withdraw(proposal)
            return 0
        done = publishing.publish(proposal, onlooker, _teller(style))
    if done.outcome is not None and not done.outcome.succeeded:
        return end(done.outcome, style)
    return _show_published(done, proposal, style)


def _delete_failed(publication: Publication, onlooker: Onlooker) -> None:
    from private_fargate import deploying  # noqa: PLC0415 -- boto3

    job = deploying.Job(environment=publication.environment, deployment=publication.deployment(None))
    deploying.delete_failed(job, onlooker)


def _show_proposal(proposal: Proposal, style: str) -> None:
    from private_fargate.catalog import wordings  # noqa: PLC0415 -- as above
    from private_fargate.plan.documents import plan_document  # noqa: PLC0415 -- pydantic
    from private_fargate.report.plan import plan_text  # noqa: PLC0415 -- rich

    plan = proposal.planned.plan
    if style == "json":
        _write("plan", plan_document(plan))
        _write("publication", wordings.proposal_document(proposal))
        return
    if not plan.is_empty:
        terminal.console().print(plan_text(plan))
    for line in wordings.proposal_lines(proposal):
        click.echo(line)


def _agree(proposal: Proposal, level: Approval, *, agrees: bool) -> None:
    """Ask, unless somebody has agreed or it is not of that kind.

    Raises:
        ApprovalError: nobody agreed.
    """
    from private_fargate.approving import ApprovalError, needs_approval  # noqa: PLC0415 -- rich

    gives_up = bool(proposal.shares.removed or proposal.pruning.removed)
    opens = bool(proposal.shares.added or proposal.shares.changed or proposal.opened_for)
    asked = (
        (level == "any" and not proposal.is_empty)
        or (level in {"replacement", "security"} and gives_up)
        or (level == "security" and opens)
        or needs_approval(proposal.planned.plan, level)
    )
    if agrees or not asked:
        return
    if not sys.stdin.isatty():
        message = (
            "this has to be agreed to, and there is nobody to ask; "
            "say --yes, or for what to ask (--require-approval)"
        )
        raise ApprovalError(message)
    if not click.confirm("Publish this?", err=True):
        message = "not published; nothing was changed"
        raise ApprovalError(message)


def _teller(style: str) -> Callable[[str], None]:
    """Return what is told of each step: a line for a person or for a program."""
    if style == "json":
        return lambda step: _write("step", step)
    return lambda step: click.echo(f"{step} …", err=True)


def _show_published(done: Published, proposal: Proposal, style: str) -> int:
    from private_fargate.catalog import wordings  # noqa: PLC0415 -- as above

    if style == "json":
        _write("published", wordings.published_document(done))
    elif done.version is not None and done.product is not None:
        what = "published" if done.added else "is published already"
        rest = ", nothing to do" if proposal.is_empty else ""
        click.echo(f"{done.version.name} ({done.version.id}) of {done.product.id}: {what}{rest}")
    return 0


def _write(kind: str, document: Any) -> None:  # noqa: ANN401 -- JSON
    from private_fargate.onlookers import write  # noqa: PLC0415 -- rich

    write(kind, document)


for _command in (*cli_versions.COMMANDS, *cli_launch_role.COMMANDS, *cli_launch.COMMANDS):
    catalog.add_command(_command)

COMMANDS: Final = (catalog,)
