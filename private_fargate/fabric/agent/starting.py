"""The steps in the order of ECS, up to containers that lie there unpacked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from private_fargate.fabric.agent import needs, words
from private_fargate.fabric.agent.layers import BadLayerError, unpack
from private_fargate.fabric.agent.telling import StepFailed, step

if TYPE_CHECKING:
    from private_fargate.fabric.agent.orders import Order
    from private_fargate.fabric.agent.steps import Steps
    from private_fargate.fabric.parts.workloads import Container

_EVERYBODY = 65536  # users that a system has at least, if it has more than one


def prepare(order: Order, steps: Steps) -> None:
    """Fetch all that the containers of a task need, one after the other.

    Raises:
        StepFailed: at the first that fails; the text is what ECS says.
    """
    for region in needs.registries(order):
        steps.registry_auth(region)
    for container, secret in needs.private_auths(order):
        steps.private_auth(container, secret)
    for container, place in needs.secrets(order):
        steps.secret(container, place)
    for region, names in needs.parameters(order):
        steps.parameters(region, names)
    for container, arn in needs.environment_files(order):
        steps.environment_file(container, arn)
    for container in needs.logging(order):
        steps.log_stream(container)
    for container in order.task.containers:
        steps.manifest(container)
        steps.layers(container)
        _unpack(order, steps, container)
    shutil.rmtree(steps.blobs, ignore_errors=True)


def root_of(order: Order, container: Container) -> Path:
    """Return the folder that is the root of a container."""
    return Path(order.folder, "roots", container.name)


def has_one_user() -> bool:
    """Say whether this user namespace knows only one user, as that of somebody without privileges does."""
    rows = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    return sum(int(row.split()[2]) for row in rows) < _EVERYBODY


def _unpack(order: Order, steps: Steps, container: Container) -> None:
    keep_owners = os.geteuid() == 0 and not has_one_user()
    root = root_of(order, container)
    root.mkdir(parents=True, exist_ok=True)
    with step("unpack", container=container.name, subject=container.image, host=""):
        for digest in steps.layers_of(container):
            try:
                unpack(steps.blob(digest), root, keep_owners=keep_owners)
            except BadLayerError as error:
                raise StepFailed(words.not_unpacked(digest, str(error))) from error
