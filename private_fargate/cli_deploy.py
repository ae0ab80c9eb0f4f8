"""Commands that plan, deploy and destroy an environment."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from private_fargate import building, output, terminal
from private_fargate.cli_options import environment_argument, format_option, where_options

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from private_fargate.approving import Approval
    from private_fargate.cli_options import Where
    from private_fargate.deploy.following import Outcome
    from private_fargate.deploying import Job
    from private_fargate.onlookers import Onlooker
    from private_fargate.plan.diagnosis import Diagnosis
    from private_fargate.plan.model import Plan

_EXIT_CODES: Final = """\b
Exit codes:
  0    done, or nothing to do
  1    failed and rolled back, or something objects to the templates
  2    the settings or the command line are wrong
  3    somebody has to agree, or did not
  4    failed, and a person is needed: the rollback or the deletion failed, AWS refuses or is not there
  130  stopped by Ctrl-C; AWS may go on
"""

_WAIT: Final = 7_200  # seconds


def _parameters(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--parameter",
        "parameters",
        multiple=True,
        metavar="KEY=VALUE",
        help="A value of the root's parameters; repeatable. Others keep what they have.",
    )(command)


@click.command(epilog=_EXIT_CODES)
@environment_argument
@_parameters
@where_options
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep the plan, and its change set, for deploy --plan.",
)
@click.option(
    "--offline",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Compare with the templates in DIR, such as those that were deployed last; no account is needed.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    help="For people, for programs, or for a pull request.",
)
def plan(  # noqa: PLR0913, PLR0917 -- one for each option
    environment: str,
    parameters: tuple[str, ...],
    where: Where,
    save: Path | None,
    offline: Path | None,
    style: str,
) -> int:
    """Show what deploying ENVIRONMENT would do, and do nothing.

    AWS works it out for every nested stack. First is what is replaced or deleted, then what opens or closes,
    what the verifier finds anew, and what it costs; then every resource and property that changes.
    """
    from private_fargate import deploying  # noqa: PLC0415 -- boto3

    path = building.find(environment)
    if offline is not None:
        found = _offline(path, offline, parameters, where)
    else:
        found = _planned(deploying.prepared(path, where, parameters=parameters), save)
    _show_plan(found, style)
    return 0


def _offline(path: Path, old: Path, parameters: tuple[str, ...], where: Where) -> Plan:
    from private_fargate import deploying  # noqa: PLC0415 -- as above
    from private_fargate.plan.offline import offline_plan  # noqa: PLC0415 -- the verifier

    environment = building.load(path)
    new = deploying.templates_of(path)
    given = deploying.parameters_of(parameters, new)
    region = where.region or environment.regions[0]
    before = {
        file.name: file.read_bytes() for file in sorted(old.glob("*.json")) if file.name != output.MANIFEST
    }
    return offline_plan(before, new, stack=where.stack or environment.name, parameters=given, region=region)


def _planned(job: Job, save: Path | None) -> Plan:
    """Return the plan; its change set is kept only together with the plan's file."""
    from private_fargate import approving  # noqa: PLC0415 -- as above
    from private_fargate.deploy.deploy import forget, make_plan  # noqa: PLC0415 -- as above
    from private_fargate.plan.judging import judged  # noqa: PLC0415 -- the verifier

    with terminal.progress(f"Planning {job.deployment.stack}"):
        planned = make_plan(job.deployment)
        try:
            found = judged(planned)
            if save is not None:
                approving.save_plan(found, save)
        except BaseException:
            forget(job.deployment.session, planned.plan)
            raise
        if save is None:
            forget(job.deployment.session, planned.plan)
    return found


def _show_plan(found: Plan, style: str) -> None:
    if style == "json":
        from private_fargate.plan.documents import plan_document  # noqa: PLC0415 -- pydantic

        terminal.print_json(plan_document(found))
        return
    from private_fargate.report.plan import plan_markdown, plan_text  # noqa: PLC0415 -- rich

    if style == "markdown":
        click.echo(plan_markdown(found))
    else:
        terminal.console().print(plan_text(found))


@click.command(epilog=_EXIT_CODES)
@environment_argument
@_parameters
@where_options
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Execute this plan, as it is.",
)
@click.option("--yes", is_flag=True, help="Agree to the plan before it is shown.")
@click.option(
    "--require-approval",
    "level",
    type=click.Choice(["never", "replacement", "security", "any"]),
    default="any",
    help="Ask for no plan, for those that give up what somebody would miss, also for those that open "
    "something, or for all.",
)
@click.option(
    "--revert-drift", is_flag=True, help="Bring back what was changed by hand in the root stack; always asks."
)
@click.option("--wait", is_flag=True, help="Wait while somebody else deploys this stack.")
@click.option("--replace-failed", is_flag=True, help="Delete a stack whose creation failed, then make it.")
@click.option("--no-images", is_flag=True, help="Copy no images; services without one run no task.")
@format_option
def deploy(  # noqa: PLR0913, PLR0917 -- one for each option
    environment: str,
    parameters: tuple[str, ...],
    where: Where,
    plan_file: Path | None,
    level: Approval,
    style: str,
    *,
    yes: bool,
    revert_drift: bool,
    wait: bool,
    replace_failed: bool,
    no_images: bool,
) -> int:
    """Deploy ENVIRONMENT: plan it, ask, and do it.

    The first time that is all of it: the bucket for templates, the stack, the images that the settings
    mirror, and then the services. A run that was cut off is joined or finished by the next one. When it
    fails, what is shown is the one reason.
    """
    from private_fargate import approving, deploying, switching_on  # noqa: PLC0415 -- boto3
    from private_fargate.deploy.change_set import ImpossibleChangeError  # noqa: PLC0415 -- as above
    from private_fargate.deploy.deploy import deploy as deploy_it  # noqa: PLC0415 -- as above

    saved = approving.read_plan_file(plan_file) if plan_file else None
    if revert_drift:
        level = "any"  # AWS is known to report replacements there that are none, and perhaps the reverse
    with looking_on(environment, style, level=level, agrees=yes and not revert_drift) as onlooker:
        job = deploying.prepared(
            building.find(environment), where, parameters=parameters, saved=saved, may_bootstrap=onlooker
        )
        if revert_drift:
            job = deploying.reverting_drift(job)
        if replace_failed:
            deploying.delete_failed(job, onlooker)
        patience = _WAIT if wait else 0
        try:
            outcome = deploy_it(job.deployment, onlooker, plan=saved, patience=patience)
            if outcome.succeeded and not no_images:
                outcome = switching_on.turned_on(job, outcome, onlooker)
        except ImpossibleChangeError as error:
            show_failure(error.diagnosis, style, job)
            raise
    return end(outcome, style, job)


@click.command(epilog=_EXIT_CODES)
@environment_argument
@where_options
@click.option("--confirm", metavar="NAME", help="The name of the stack, so that nobody is asked for it.")
@click.option("--unprotect", is_flag=True, help="Turn termination protection off first.")
@click.option("--remove-leftovers", is_flag=True, help="Remove what blocks the deletion and holds no data.")
@format_option
def destroy(  # noqa: PLR0913 -- one for each option
    environment: str,
    where: Where,
    confirm: str | None,
    style: str,
    *,
    unprotect: bool,
    remove_leftovers: bool,
) -> int:
    """Delete ENVIRONMENT, except what its settings retain.

    What goes and what stays is shown first, and the name of the stack has to be typed. What others have put
    into it (GuardDuty's endpoint, images, tasks) is named, and removed only after a question. A deletion that
    was cut off or failed is taken up again.
    """
    from private_fargate import approving  # noqa: PLC0415 -- boto3
    from private_fargate.deploy import destroy as deletion  # noqa: PLC0415 -- as above
    from private_fargate.report.removal import removal_text  # noqa: PLC0415 -- rich

    settings = building.load(building.find(environment))
    session, name = where.session(settings), where.stack or settings.name
    gone = deletion.removal(session, name)
    if not gone:
        click.echo(f"there is no stack {name} in {session.region}; nothing to do", err=True)
        return 0
    terminal.console(stderr=True).print(removal_text(name, gone))
    approving.confirm_name(name, confirm)
    with looking_on(environment, style, agrees=remove_leftovers) as onlooker:
        outcome = deletion.destroy(session, name, onlooker, unprotect=unprotect)
    return end(outcome, style)


@click.command("continue-rollback", epilog=_EXIT_CODES)
@environment_argument
@where_options
@click.option(
    "--skip", multiple=True, metavar="RESOURCE", help="A resource to leave as it is: Network/Vpc; repeatable."
)
@format_option
def continue_rollback(
    environment: str,
    where: Where,
    skip: tuple[str, ...],
    style: str,
) -> int:
    """Get ENVIRONMENT out of a rollback that failed.

    Mend first what the events name; what cannot be mended is skipped, and is then no longer what
    CloudFormation believes it to be.
    """
    from private_fargate.deploy.recovery import continue_rollback as continue_it  # noqa: PLC0415 -- as above

    settings = building.load(building.find(environment))
    with looking_on(environment, style) as onlooker:
        outcome = continue_it(where.session(settings), where.stack or settings.name, onlooker, skip=skip)
    return end(outcome, style)


@contextmanager
def looking_on(
    title: str, style: str, *, level: Approval = "never", agrees: bool = False
) -> Generator[Onlooker]:
    """Yield who looks on: a person, or a program that reads lines of JSON."""
    from private_fargate.deploy.progress import shown_on  # noqa: PLC0415 -- rich
    from private_fargate.onlookers import LineOnlooker, Onlooker  # noqa: PLC0415 -- as above

    if style == "json":
        yield LineOnlooker(level=level, agrees=agrees)
        return
    expected: dict[tuple[str, ...], float] = {}
    with shown_on(terminal.console(stderr=True), title, expected) as show:
        yield Onlooker(terminal.console(), show, level=level, agrees=agrees, expected=expected)


def end(outcome: Outcome, style: str, job: Job | None = None) -> int:
    """Print how it ended; return the exit code."""
    if style == "json":
        from private_fargate.onlookers import write  # noqa: PLC0415 -- as above

        document = {"status": outcome.status, "succeeded": outcome.succeeded, "changed": outcome.changed}
        write("outcome", {**document, "outputs": dict(outcome.outputs)})
    else:
        console = terminal.console()
        console.print(_headline(outcome), soft_wrap=True, highlight=False)
        for key, value in sorted(outcome.outputs.items()) if outcome.succeeded else ():
            console.print(f"{key} = {value}", soft_wrap=True, markup=False, highlight=False)
    if outcome.diagnosis:
        show_failure(outcome.diagnosis, style, job)
    if outcome.succeeded:
        return 0
    return 4 if outcome.needs_a_person else 1


def show_failure(found: Diagnosis, style: str, job: Job | None) -> None:
    """Print the one reason, with the rule of the verifier whose words these are."""
    from private_fargate.report.failure import failure_document, failure_text, matched  # noqa: PLC0415 -- rich

    given = (job.deployment.templates, job.deployment.parameters) if job else (None, None)
    match = matched(found, *given)
    if style == "json":
        from private_fargate.onlookers import write  # noqa: PLC0415 -- as above

        write("failure", failure_document(found, match))
    else:
        terminal.console(stderr=True).print(failure_text(found, match))


def _headline(outcome: Outcome) -> str:
    name = outcome.stack_arn.split("/")[1]
    if outcome.succeeded:
        return f"{name}: {outcome.status}" + ("" if outcome.changed else ", nothing to change")
    return f"{name}: {outcome.status}" + (", as was asked" if outcome.was_cancelled else "")


COMMANDS: Final = (plan, deploy, destroy, continue_rollback)
