"""What `plan`, `deploy` and `destroy` do around the deployer: settings, templates, images and approval."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import click

from private_fargate import building, inputs, terminal
from private_fargate.config.checks import region_of
from private_fargate.config.models import RepositoryImage
from private_fargate.deploy.artifacts import MissingBucketError, bootstrap, require_bucket
from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.destroy import Remover, destroy
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.session import explained
from private_fargate.deploy.stack_state import StuckError, find_stack
from private_fargate.deploy.watching import Watcher
from private_fargate.errors import UserError
from private_fargate.mirroring import digest_parameters, known_digests, mirror_images
from private_fargate.plan.documents import plan_document, read_plan
from private_fargate.plan.trees import PARENT
from private_fargate.report.plan.losses import losses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from private_fargate.cli_options import Where
    from private_fargate.config.models import Environment
    from private_fargate.deploy.events import Event
    from private_fargate.deploy.following import Outcome
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.stack_state import StackState
    from private_fargate.deploy.watching import Decision
    from private_fargate.plan.model import Plan

Approval: TypeAlias = Literal["never", "replacement", "security", "any"]
"""For which plans somebody is asked: each level holds those before it."""

APPROVALS: Final[tuple[Approval, ...]] = ("never", "replacement", "security", "any")


class NotProvenError(UserError):
    """The linters or the verifier object to the templates, so they are not deployed."""

    exit_code = 1


class ApprovalError(UserError):
    """Somebody has to agree, and nobody did."""

    exit_code = 3


class ImageError(UserError):
    """The stack is deployed, but an image could not be copied, so its service runs no task."""

    exit_code = 4


@dataclass(frozen=True, kw_only=True)
class Job:
    """An environment, and its deployment to one place."""

    environment: Environment
    deployment: Deployment


def prepared(
    path: Path,
    where: Where,
    *,
    parameters: Sequence[str] = (),
    saved: Plan | None = None,
    may_bootstrap: Watcher | None = None,
) -> Job:
    """Return what is to be deployed; templates that are not built and proven yet are now.

    Args:
        path: the environment's file.
        where: to deploy to.
        parameters: `KEY=VALUE`, of the root.
        saved: a plan whose parameters are taken, too.
        may_bootstrap: makes the bucket for templates if it is missing, with this onlooker; None refuses.

    Raises:
        NotProvenError: something objects to the templates.
        MissingBucketError: there is no bucket for templates.
        UserError: the settings, a parameter or the region are wrong.
    """
    environment = building.load(path)
    templates = templates_of(path)
    session = where.session(environment)
    with explained():
        bucket = _bucket(session, may_bootstrap)
    deployment = Deployment(
        session=session,
        stack=where.stack or environment.name,
        templates=templates,
        bucket=bucket,
        parameters={**(saved.parameters if saved else {}), **parameters_of(parameters, templates)},
        options=options_of(environment, session.region),
    )
    return Job(environment=environment, deployment=deployment)


def templates_of(path: Path) -> Mapping[str, bytes]:
    """Return the templates of an environment, built and proven.

    Raises:
        NotProvenError: the linters or the verifier object to them.
    """
    directory = building.place(path)
    cache = inputs.ROOT / ".cache" / "lint"
    result = building.build(path, directory, cache=cache, progress=terminal.progress)
    if result.findings:
        found = "\n".join(map(str, result.findings))
        message = f"{found}\nthe templates are not deployed; mend this, `make templates` shows it again"
        raise NotProvenError(message)
    return {name: (directory / name).read_bytes() for name in result.templates}


def _bucket(session: Session, may_bootstrap: Watcher | None) -> str:
    try:
        return require_bucket(session)
    except MissingBucketError:
        if may_bootstrap is None:
            raise
    from stacks import artifacts  # noqa: PLC0415 -- troposphere, and once for an account and region

    outcome = bootstrap(session, artifacts.render()["artifacts.json"], may_bootstrap)
    if not outcome.succeeded:
        message = f"the bucket for templates could not be made: {outcome.explain()}"
        raise MissingBucketError(message)
    return require_bucket(session)


def parameters_of(given: Sequence[str], templates: Mapping[str, bytes]) -> dict[str, str]:
    """Return KEY=VALUE texts as parameters of the root.

    Raises:
        UserError: one is no such text, or the root has no parameter of that name.
    """
    declared = json.loads(templates[PARENT]).get("Parameters", {})
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or key not in declared:
            message = f"--parameter: {text}: write KEY=VALUE with one of {', '.join(sorted(declared))}"
            raise UserError(message)
        found[key] = value
    return found


def options_of(environment: Environment, region: str) -> StackOptions:
    """Return what the settings say of the stack itself; ARNs of other regions are left out."""
    said = environment.deployment
    protected = said.termination_protection
    return StackOptions(
        tags={"Environment": environment.name, **environment.tags},
        topics=tuple(arn for arn in said.notify if region_of(arn) == region),
        role=said.role or "",
        alarms=tuple(arn for arn in said.rollback.alarms if region_of(arn) == region),
        watched_minutes=said.rollback.minutes,
        express=said.mode == "express",
        is_protected=environment.deletion == "retain" if protected is None else protected,
        stack_policy=said.stack_policy,
    )


def save_plan(plan: Plan, file: Path) -> None:
    """Write a plan's file, all of it or nothing.

    Raises:
        UserError: it cannot be written.
    """
    text = json.dumps(plan_document(plan), indent=2, sort_keys=True) + "\n"
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        message = f"{file}: the plan cannot be written: {error.strerror}; name another file with --save"
        raise UserError(message) from error


def read_plan_file(file: Path) -> Plan:
    """Return the plan of a file.

    Raises:
        UserError: it cannot be read, is no plan, or was made offline and so can only be looked at.
    """
    try:
        plan = read_plan(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file}: cannot be read: {error}"
        raise UserError(message) from error
    if plan.kind == "OFFLINE":
        message = f"{file}: this plan was made without an account; make one with `build.py plan --save`"
        raise UserError(message)
    return plan


def needs_approval(plan: Plan, level: Approval) -> bool:
    """Say whether somebody has to agree to a plan.

    Args:
        plan: with its security changes.
        level: `replacement` is for what is given up and somebody notices, `security` also for what opens or
            may open, `any` for everything.
    """
    if level == "never" or plan.is_empty:
        return False
    if level == "any" or any(not loss.is_harmless for loss in losses(plan.changes)):
        return True
    return level == "security" and any(change.direction != "narrowed" for change in plan.security)


def delete_failed(job: Job, onlooker: Remover) -> None:
    """Delete a stack whose creation failed, so that it can be made anew; leave any other alone.

    Raises:
        StuckError: what is left of it cannot be deleted.
    """
    session, stack = job.deployment.session, job.deployment.stack
    with explained():
        state = find_stack(session, stack)
    if state is None or state.next != "delete":
        return
    outcome = destroy(session, state.arn, onlooker, unprotect=True)
    if not outcome.succeeded:
        raise StuckError(outcome.explain())


def confirm_name(name: str, said: str | None) -> None:
    """Make sure that somebody means to delete just this.

    Args:
        name: of the environment's stack.
        said: what was said beforehand; None asks the person at the terminal.

    Raises:
        ApprovalError: another name was said, or nobody was there to say one.
    """
    if said is None and not sys.stdin.isatty():
        message = f"nobody is there to type the name; say --confirm {name}"
        raise ApprovalError(message)
    if said is None:
        said = click.prompt(f"Type {name} to delete it", default="", show_default=False, err=True)
    if said != name:
        message = f"{said or 'nothing'} is not {name}; nothing was deleted"
        raise ApprovalError(message)


def turned_on(job: Job, outcome: Outcome, onlooker: Watcher) -> Outcome:
    """Copy the images that are missing and turn their services on: the second half of a first deployment.

    Returns:
        The outcome of that; the given one if no image was missing.

    Raises:
        ImageError: an image could not be had or stored; the stack stays as it is.
    """
    with explained():
        state = find_stack(job.deployment.session, outcome.stack_arn)
    deployed = dict(state.parameters) if state else dict[str, str]()
    services = missing_images(job.environment, deployed)
    if not services:
        return outcome
    with terminal.progress(f"Copying the images of {', '.join(services)}"):
        job = with_images(job, services, deployed)
    return deploy(job.deployment, _Agreed(onlooker))


class _Agreed(Watcher):
    """Shows what another shows, and does not ask again what was agreed to."""

    def __init__(self, onlooker: Watcher) -> None:
        self._onlooker = onlooker

    def show(self, event: Event) -> None:
        self._onlooker.show(event)

    def interrupted(self, state: StackState) -> Decision:
        return self._onlooker.interrupted(state)


def missing_images(environment: Environment, parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Return the services whose image comes from elsewhere and is in no repository of ours yet.

    Args:
        environment: the settings.
        parameters: of the deployed root.
    """
    known = known_digests(environment, parameters)
    return tuple(
        name
        for name, service in environment.services.items()
        if isinstance(service.image, RepositoryImage) and service.image.mirror and name not in known
    )


def with_images(job: Job, services: Sequence[str], deployed: Mapping[str, str]) -> Job:
    """Copy the images of services into their repositories; return the job that turns the services on.

    Args:
        job: what was deployed.
        services: whose images.
        deployed: parameters of the deployed root; digests that it knows stay.

    Raises:
        ImageError: an image could not be had or stored.
    """
    environment = job.environment
    wanted = environment.model_copy(update={"services": {n: environment.services[n] for n in services}})
    try:
        found = _copied(job.deployment.session, wanted)
    except UserError as error:
        message = (
            f"the stack is deployed, but {', '.join(services)} cannot run yet: {error}. "
            "The same command again goes on from here"
        )
        raise ImageError(message) from error
    digests = {**known_digests(environment, deployed), **found}
    declared = json.loads(job.deployment.templates[PARENT]).get("Parameters", {})
    parameters = {**job.deployment.parameters, **digest_parameters(environment, digests, declared)}
    return replace(job, deployment=replace(job.deployment, parameters=parameters))


def _copied(session: Session, environment: Environment) -> dict[str, str]:
    """Copy images from where they are; for an AWS on this machine they are made here, as for the demo."""
    if not is_local(session):
        return mirror_images(session, environment)
    from private_fargate.local.images import push_images  # noqa: PLC0415 -- for this machine only

    with explained():
        return {name: image.digest for name, image in push_images(session, environment).items()}


def is_local(session: Session) -> bool:
    """Say whether the AWS is on this machine."""
    host = urlsplit(session.endpoint or "").hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
