"""The second half of a first deployment: images into their repositories, and the services on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from private_fargate import terminal
from private_fargate.config.models import RepositoryImage
from private_fargate.deploy.deploy import deploy
from private_fargate.deploy.session import explained
from private_fargate.deploy.stack_state import find_stack
from private_fargate.deploy.watching import Watcher
from private_fargate.errors import UserError
from private_fargate.mirroring import digest_parameters, known_digests, mirror_images
from private_fargate.plan.trees import PARENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.config.models import Environment
    from private_fargate.deploy.events import Event
    from private_fargate.deploy.following import Outcome
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.stack_state import StackState
    from private_fargate.deploy.watching import Decision
    from private_fargate.deploying import Job


class ImageError(UserError):
    """The stack is deployed, but an image could not be copied, so its service runs no task."""

    exit_code = 4


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
    if not session.is_on_this_machine:
        return mirror_images(session, environment)
    from private_fargate.local.images import push_images  # noqa: PLC0415 -- for this machine only

    with explained():
        return {name: image.digest for name, image in push_images(session, environment).items()}
