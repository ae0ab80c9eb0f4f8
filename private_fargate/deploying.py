"""What `plan`, `deploy` and `destroy` do around the deployer: settings, templates, images and approval."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from private_fargate import building, inputs, terminal
from private_fargate.config.checks import region_of
from private_fargate.deploy.artifacts import MissingBucketError, require_bucket
from private_fargate.deploy.deploy import Deployment
from private_fargate.deploy.destroy import Remover, destroy
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.session import explained
from private_fargate.deploy.stack_state import StuckError, find_stack
from private_fargate.errors import UserError
from private_fargate.plan.trees import PARENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from private_fargate.building import Kind
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher
    from private_fargate.plan.model import Plan
    from private_fargate.whereabouts import Where


class NotProvenError(UserError):
    """The linters or the verifier object to the templates, so they are not deployed."""

    exit_code = 1


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
        bucket = bucket_of(session, may_bootstrap)
    deployment = Deployment(
        session=session,
        stack=where.stack or environment.name,
        templates=templates,
        bucket=bucket,
        parameters={**(saved.parameters if saved else {}), **parameters_of(parameters, templates)},
        options=options_of(environment, session.region),
    )
    return Job(environment=environment, deployment=deployment)


def templates_of(path: Path, kind: Kind = "environment") -> Mapping[str, bytes]:
    """Return one set of the templates of an environment, built and proven.

    Args:
        path: the environment's file.
        kind: which set.

    Raises:
        NotOfferedError: the settings say nothing of a product, and it or its catalog is asked for.
        NotProvenError: the linters or the verifier object to them.
    """
    directory = building.place(path, kind)
    cache = inputs.ROOT / ".cache" / "lint"
    result = building.build(path, directory, kind=kind, cache=cache, progress=terminal.progress)
    if result.findings:
        found = "\n".join(map(str, result.findings))
        command = "templates" if kind == "environment" else "product"
        message = f"{found}\nthe templates are not deployed; mend this, `build.py {command}` shows it again"
        raise NotProvenError(message)
    return {name: (directory / name).read_bytes() for name in result.templates}


def bucket_of(session: Session, may_bootstrap: Watcher | None, *, may_choose: bool = False) -> str:
    """Return the bucket for templates.

    Args:
        session: where.
        may_bootstrap: makes it if it is missing, with this onlooker; None refuses.
        may_choose: whether whoever asks could name another bucket, which a refusal then tells.

    Raises:
        MissingBucketError: it is missing, and was not made.
    """
    try:
        return require_bucket(session, may_choose=may_choose)
    except MissingBucketError:
        if may_bootstrap is None:
            raise
    from private_fargate.artifacts import make_bucket  # noqa: PLC0415 -- once for an account and region

    outcome = make_bucket(session, may_bootstrap)
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


def reverting_drift(job: Job) -> Job:
    """Return the job that also brings back what was changed by hand."""
    options = replace(job.deployment.options, revert_drift=True)
    return replace(job, deployment=replace(job.deployment, options=options))


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
